mod orders;

use super::{
    Expected,
    bench::{Bench, Telling},
    show,
    story::Story,
};
use quadrille_core::{
    Aggregate, Command, Event, EventId, Input, ProcessManager, Rejected, Rejection, journal::Cause,
};
use std::{fmt::Display, rc::Rc, time::Duration};

/// Things that may come due while a clock is turned before it is taken for a loop.
const MOST_DUE: usize = 1_000;

/// One instance of a process manager, under a clock that the test turns.
///
/// Commands that it sends are accepted unless [`Process::rejects`] says otherwise.
pub fn process<P: ProcessManager>() -> Process<P> {
    Process { bench: Bench::default(), story: Story::default(), got: Vec::new(), last: None }
}

/// A process manager under test: see [`process`].
pub struct Process<P: ProcessManager> {
    bench: Bench<P>,
    story: Story,
    got: Vec<String>,
    last: Option<(EventId, &'static str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Given,
    When,
}

impl<P: ProcessManager> Process<P> {
    /// Refuses commands to the aggregate `A` from now on: those for which the function, given the
    /// aggregate's id and the command, returns an error.
    pub fn rejects<A: Aggregate>(
        mut self,
        refuses: impl Fn(&str, A::Command) -> Option<A::Error> + 'static,
    ) -> Self {
        self.bench.refuses.push(Rc::new(move |to, name, data| {
            if to.category().as_str() != <A::Event as Event>::CATEGORY {
                return Ok(None);
            }
            let command = A::Command::decode(name, data)
                .map_err(|error| super::recorded::chain(&error))?
                .ok_or_else(|| format!("`{name}` is not read back from its name"))?;
            let refused = refuses(to.id(), command);
            Ok(refused.map(|error| rejected::<A>(to.id(), name, &error)))
        }));
        self
    }

    /// Lets these inputs happen; what it does about them is not compared.
    ///
    /// # Panics
    /// When the process does something that the input does not declare, or an input cannot be
    /// one: a deadline, or one of another instance.
    #[track_caller]
    pub fn given(mut self, inputs: impl IntoIterator<Item = P::Input>) -> Self {
        for input in inputs {
            self.take(Phase::Given, EventId::new(), input);
        }
        self.got.clear();
        self
    }

    /// Lets this input happen.
    ///
    /// # Panics
    /// As [`Process::given`].
    #[track_caller]
    pub fn when(mut self, input: P::Input) -> Self {
        self.got.clear();
        self.take(Phase::When, EventId::new(), input);
        self
    }

    /// Lets this refusal of a command happen, whether or not the command was sent.
    ///
    /// # Panics
    /// When the input takes no refusals, and as [`Process::given`].
    #[track_caller]
    pub fn when_rejected<A: Aggregate>(
        self,
        id: impl Display,
        command: impl Into<A::Command>,
        error: A::Error,
    ) -> Self {
        let command = command.into();
        let rejected = rejected::<A>(&id.to_string(), command.command_type().name, &error);
        match P::Input::rejected(rejected) {
            Some(input) => self.when(input),
            None => self.story.fail("no variant of the input is `#[on(rejected)]`"),
        }
    }

    /// Lets the last input come again, as a consumer that starts anew would hand it over. Nothing
    /// must follow.
    ///
    /// # Panics
    /// When there was no input, or it would be taken once more.
    #[track_caller]
    pub fn again(mut self) -> Self {
        self.got.clear();
        let Some((id, kind)) = self.last else { self.story.fail("nothing has happened yet") };
        let instance = &self.bench.instance;
        if instance.started() && !instance.completed && !instance.has_consumed(&Cause::Event(id)) {
            self.story.fail(format_args!("`{kind}` would be taken twice"));
        }
        self.story.when(format_args!("{kind} again"));
        self
    }

    /// Turns the clock: deadlines and delayed commands come due, in their order.
    ///
    /// # Panics
    /// As [`Process::given`].
    #[track_caller]
    pub fn after(mut self, time: Duration) -> Self {
        self.got.clear();
        self.story.when(format_args!("{} pass", show::duration(time)));
        let until = self.bench.now + time;
        for _ in 0..MOST_DUE {
            let Some(telling) = self.bench.fire_next(until) else {
                self.bench.now = until;
                return self;
            };
            self.tell(Phase::When, telling);
        }
        self.story.fail(format_args!("{MOST_DUE} things came due: is this a loop?"));
    }

    /// Expects that the last `when` or `after` led to these effects, in this order.
    ///
    /// # Panics
    /// When it led to others.
    #[track_caller]
    pub fn then(self, effects: impl IntoIterator<Item = Expected>) -> Self {
        let expected: Vec<_> = effects.into_iter().map(|expected| expected.0).collect();
        self.story.same("the process did otherwise", &expected, &self.got);
        self
    }

    /// Expects that the last `when` or `after` led to nothing.
    ///
    /// # Panics
    /// When it led to something.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then([])
    }

    /// Expects that compensating now would send these commands, in this order: the latest first.
    ///
    /// # Panics
    /// When it would send others.
    #[track_caller]
    pub fn then_undoes(self, commands: impl IntoIterator<Item = Expected>) -> Self {
        let expected: Vec<_> = commands.into_iter().map(|expected| expected.0).collect();
        let undo = self.bench.instance.undo.iter().rev().map(|entry| &entry.undo);
        let got: Vec<_> = undo
            .map(|undo| {
                let (to, data) = (&undo.to, undo.data.get().as_bytes());
                show::send(to.category(), to.id(), &undo.command, data, Duration::ZERO)
            })
            .collect();
        self.story.same("compensating would send otherwise", &expected, &got);
        self
    }

    /// Expects that the instance has completed.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn then_done(self) -> Self {
        if !self.bench.instance.completed {
            self.story.fail("the process has not completed");
        }
        self
    }

    /// Expects that the instance has started and not completed.
    ///
    /// # Panics
    /// When that is not so.
    #[track_caller]
    pub fn then_open(self) -> Self {
        if !self.bench.instance.started() {
            self.story.fail("the process has not started");
        }
        if self.bench.instance.completed {
            self.story.fail("the process has completed");
        }
        self
    }

    #[track_caller]
    fn take(&mut self, phase: Phase, id: EventId, input: P::Input) {
        self.last = Some((id, input.kind()));
        let telling = self.bench.take(id, input);
        self.tell(phase, telling);
    }

    #[track_caller]
    fn tell(&mut self, phase: Phase, telling: Telling) {
        let told = telling.unwrap_or_else(|problem| self.story.fail(problem));
        for told in told {
            match phase {
                Phase::Given => self.story.given(told.line),
                Phase::When => self.story.when(told.line),
            }
            self.got.extend(told.effects);
        }
    }
}

fn rejected<A: Aggregate>(id: &str, command: &str, error: &A::Error) -> Rejected {
    Rejected {
        aggregate: <A::Event as Event>::CATEGORY.into(),
        id: id.into(),
        command: command.into(),
        code: error.code().into(),
        message: error.to_string(),
    }
}
