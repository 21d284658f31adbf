use super::{
    External,
    aggregates::{Register, Registration, Show, Snapshots},
    external::command_name,
};
use crate::{
    Aggregate, Messages, ProcessManager, Projector, Recorded, Row, RowProjector, View,
    consumer::{Behaviour, Options, PartOf, process, reaction, rows, sql},
    manifest::{ComponentManifest, ProcessManifest, ProjectorManifest, ReactionManifest, reads},
    view::reads_of,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{num::NonZeroU64, sync::Arc};

/// A named, owned group of aggregates, read models, reactions and process managers: what the flow
/// graph draws as one box.
pub struct Component {
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
    pub(crate) aggregates: Vec<Box<dyn Registration>>,
    pub(crate) consumers: Vec<PlannedConsumer>,
    externals: Vec<External>,
}

/// A consumer, before the app is built.
pub(crate) struct PlannedConsumer {
    pub options: Options,
    pub declared: Declared,
    pub build: Box<dyn FnOnce(PartOf) -> Arc<dyn Behaviour> + Send>,
}

/// A consumer's part of the manifest.
pub(crate) enum Declared {
    Projector(ProjectorManifest),
    Reaction(ReactionManifest),
    Process(ProcessManifest),
}

impl Component {
    /// A component that holds nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            owner: None,
            aggregates: Vec::new(),
            consumers: Vec::new(),
            externals: Vec::new(),
        }
    }

    /// Who answers for it.
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Adds an aggregate.
    pub fn aggregate<A: Aggregate>(mut self) -> Self {
        self.aggregates.push(Box::new(Register::<A> { snapshots: None, show: None }));
        self
    }

    /// Adds an aggregate whose state can be looked at, after any of its events: see
    /// [`App::states`](crate::App::states). One with snapshots can as well.
    pub fn inspectable_aggregate<A: Aggregate + Serialize>(mut self) -> Self {
        let show: Show<A> = |state| serde_json::to_value(state);
        self.aggregates.push(Box::new(Register::<A> { snapshots: None, show: Some(show) }));
        self
    }

    /// Adds an aggregate whose state is kept every so many events, for streams that grow long.
    /// A kept state of another [`Aggregate::VERSION`] is dropped.
    pub fn aggregate_with_snapshots<A>(mut self, every: NonZeroU64) -> Self
    where
        A: Aggregate + Serialize + DeserializeOwned,
    {
        let snapshots = Snapshots::<A> {
            every: every.get(),
            encode: |state| serde_json::to_vec(state),
            decode: |data| serde_json::from_slice(data),
        };
        self.aggregates.push(Box::new(Register::<A> {
            snapshots: Some(snapshots),
            show: Some(|state| serde_json::to_value(state)),
        }));
        self
    }

    /// Adds a read model that is written with SQL.
    pub fn projector<P: Projector>(self, projector: P) -> Self {
        let declared = ProjectorManifest {
            name: P::NAME.into(),
            version: P::VERSION,
            rows: false,
            reads: reads(&reads_of::<P::Event>()),
        };
        self.consumer(Declared::Projector(declared), |part| sql::behaviour(projector, part))
    }

    /// Adds a read model of rows.
    pub fn rows<R: RowProjector>(self) -> Self {
        let declared = row_manifest::<R, R::Event>();
        self.consumer(declared, |part| rows::of_projector::<R>(part))
    }

    /// Adds a read model of rows, one for each stream, changed by a function.
    pub fn fold<R, E, F>(self, apply: F) -> Self
    where
        R: Row,
        E: View,
        F: Fn(&mut R, &Recorded<E>) + Send + Sync + 'static,
    {
        const {
            assert!(
                R::KEYED_BY_STREAM,
                "mark the key field `#[row(stream_id)]`, or implement `RowProjector`"
            )
        };
        self.consumer(row_manifest::<R, E>(), |part| rows::of_fold::<R, E>(apply, part))
    }

    /// Adds a process manager.
    pub fn process<P: ProcessManager>(self) -> Self {
        let declared = Declared::Process(ProcessManifest::of::<P>());
        self.consumer(declared, |part| process::behaviour::<P>(part))
    }

    /// Adds a stateless reaction: an event in, commands out, or an effect outside. Effects
    /// outside happen at least once: the event's id is the key to recognise a repetition by.
    pub fn on<E, M, F>(self, name: impl Into<String>, react: F) -> Self
    where
        E: View,
        M: Into<Messages>,
        F: Fn(&Recorded<E>) -> M + Send + Sync + 'static,
    {
        let name = name.into();
        let declared = ReactionManifest {
            name: name.clone(),
            reads: reads(&reads_of::<E>()),
            sends: Vec::new(),
        };
        let react = move |event: &Recorded<E>| react(event).into();
        self.consumer(Declared::Reaction(declared), |part| reaction::behaviour(name, react, part))
    }

    /// Declares something outside that this component has to do with. Nothing is run: it is there
    /// for the flow graph and its checks.
    pub fn external(mut self, external: External) -> Self {
        self.externals.push(external);
        self
    }

    fn consumer(
        mut self,
        declared: Declared,
        build: impl FnOnce(PartOf) -> Arc<dyn Behaviour> + Send + 'static,
    ) -> Self {
        let options = Options::default();
        self.consumers.push(PlannedConsumer { options, declared, build: Box::new(build) });
        self
    }

    /// Declares commands that the reaction before this may send, such as `["cancel"]`.
    ///
    /// # Panics
    /// When no reaction was added before, or the aggregate has no such command.
    pub fn sends<A: Aggregate>(mut self, commands: impl IntoIterator<Item = &'static str>) -> Self {
        let category = <A::Event as crate::Event>::CATEGORY;
        let Some(PlannedConsumer { declared: Declared::Reaction(reaction), options, .. }) =
            self.consumers.last_mut()
        else {
            panic!("`sends` declares what a reaction may send: call it right after `on`");
        };
        for command in commands {
            reaction.sends.push(command_name::<A>(category, command));
            options.sends.get_or_insert_default().push((category, command));
        }
        self
    }

    /// Lets the reaction or process manager before this begin at the start of the log, and not
    /// with what is appended from now on.
    ///
    /// # Panics
    /// When no consumer was added before.
    pub fn from_beginning(mut self) -> Self {
        self.last("from_beginning").options.from_beginning = true;
        self
    }

    /// Says that the reaction or process manager before this had another name: it goes on where
    /// that one stood, and keeps its name in the log. A read model cannot: under another name it
    /// is built from the log, and an app that says otherwise does not start.
    ///
    /// # Panics
    /// When no consumer was added before.
    pub fn was(mut self, name: impl Into<String>) -> Self {
        self.last("was").options.was = Some(name.into());
        self
    }

    /// Lets the SQL projector before this put aside events that it cannot handle, at most `cap`
    /// at a time, and go on with other streams. Without it, the projector stops.
    ///
    /// # Panics
    /// When no consumer was added before.
    pub fn parks(mut self, cap: usize) -> Self {
        self.last("parks").options.parks = Some(cap);
        self
    }

    fn last(&mut self, method: &str) -> &mut PlannedConsumer {
        let last = self.consumers.last_mut();
        last.unwrap_or_else(|| panic!("`{method}` is about the consumer before it: add one first"))
    }

    pub(crate) fn manifest(&self) -> ComponentManifest {
        let mut manifest = ComponentManifest {
            name: self.name.clone(),
            owner: self.owner.clone(),
            aggregates: self.aggregates.iter().map(|aggregate| aggregate.manifest()).collect(),
            externals: self.externals.iter().map(|external| external.manifest().clone()).collect(),
            ..ComponentManifest::default()
        };
        for consumer in &self.consumers {
            match &consumer.declared {
                Declared::Projector(part) => manifest.projectors.push(part.clone()),
                Declared::Reaction(part) => manifest.reactions.push(part.clone()),
                Declared::Process(part) => manifest.processes.push(part.clone()),
            }
        }
        manifest
    }
}

fn row_manifest<R: Row, E: View>() -> Declared {
    Declared::Projector(ProjectorManifest {
        name: R::TABLE.into(),
        version: R::VERSION,
        rows: true,
        reads: reads(&reads_of::<E>()),
    })
}
