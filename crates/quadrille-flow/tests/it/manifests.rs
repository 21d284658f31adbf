//! Small manifests to check.

use quadrille_core::manifest::{
    AggregateManifest, CommandManifest, ComponentManifest, EventManifest, ExternalManifest,
    FieldManifest, Manifest, ProcessManifest, ProjectorManifest, ReactionManifest, ReadManifest,
    StepManifest,
};

pub fn app(name: &str, components: Vec<ComponentManifest>) -> Manifest {
    Manifest { app: name.into(), store: "store".into(), components }
}

pub fn component(name: &str) -> ComponentManifest {
    let owner = Some(format!("team-{name}"));
    ComponentManifest { name: name.into(), owner, ..Default::default() }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(Into::into).collect()
}

/// `commands` are written `place>placed,noted`; one without `>` does not say what it emits.
/// `events` are those that there are besides.
pub fn aggregate(category: &str, commands: &str, events: &str) -> AggregateManifest {
    let full = |name: &str| format!("{category}.{name}");
    let mut names = words(events);
    let commands = words(commands).into_iter().map(|command| {
        let (name, emits) =
            command.split_once('>').map_or((&*command, None), |(n, e)| (n, Some(e)));
        let emits = emits.map(|emits| emits.split(',').map(str::to_owned).collect::<Vec<_>>());
        names.extend(emits.iter().flatten().cloned());
        let emits = emits.map(|emits| emits.iter().map(|event| full(event)).collect());
        CommandManifest { name: full(name), emits }
    });
    let commands = commands.collect();
    names.sort();
    names.dedup();
    let events = names.iter().map(|name| event(&full(name), 1)).collect();
    let rejections = Vec::new();
    AggregateManifest { category: category.into(), version: 1, commands, events, rejections }
}

pub fn event(name: &str, version: u32) -> EventManifest {
    EventManifest { name: name.into(), version, reads_from: 1, fields: fields("id") }
}

pub fn fields(names: &str) -> Vec<FieldManifest> {
    words(names).into_iter().map(|name| FieldManifest { name, optional: false }).collect()
}

pub fn reads(events: &str) -> Vec<ReadManifest> {
    let read = |event| ReadManifest { event, from_version: 1, to_version: 1, fields: fields("id") };
    words(events).into_iter().map(read).collect()
}

pub fn reaction(name: &str, events: &str, commands: &str) -> ReactionManifest {
    ReactionManifest { name: name.into(), reads: reads(events), sends: words(commands) }
}

pub fn projector(name: &str, events: &str) -> ProjectorManifest {
    ProjectorManifest { name: name.into(), version: 1, rows: true, reads: reads(events) }
}

pub fn external(name: &str, emits: &str, reads: &str, sends: &str) -> ExternalManifest {
    let owner = Some(format!("team-{name}"));
    let (emits, reads, sends) = (words(emits), words(reads), words(sends));
    ExternalManifest { name: name.into(), owner, emits, reads, sends }
}

pub fn process(name: &str, steps: Vec<StepManifest>) -> ProcessManifest {
    ProcessManifest { name: name.into(), version: 1, steps }
}

/// A step: its trigger is `event` where it reads some.
pub fn step(input: &str, trigger: &str, events: &str) -> StepManifest {
    StepManifest {
        input: input.into(),
        trigger: trigger.into(),
        reads: reads(events),
        sends: Vec::new(),
        sets: Vec::new(),
        marks: Vec::new(),
    }
}

pub trait Then {
    fn sends(self, commands: &str) -> Self;
    fn sets(self, deadlines: &str) -> Self;
    fn marked(self, marks: &str) -> Self;
}

impl Then for StepManifest {
    fn sends(self, commands: &str) -> Self {
        Self { sends: words(commands), ..self }
    }
    fn sets(self, deadlines: &str) -> Self {
        Self { sets: words(deadlines), ..self }
    }
    fn marked(self, marks: &str) -> Self {
        Self { marks: words(marks), ..self }
    }
}

/// A small shop in which everything is as it should be.
pub fn shop() -> Manifest {
    let mut sales = component("sales");
    sales.aggregates = vec![aggregate("order", "place>placed cancel>cancelled note_paid>paid", "")];
    sales.reactions = vec![reaction("note-paid", "payment.captured", "order.note_paid")];
    sales.processes = vec![process(
        "overdue",
        vec![
            step("Placed", "event", "order.placed").sets("Late").marked("starts"),
            step("Paid", "event", "order.paid").marked("completes"),
            step("Late", "deadline", "").sends("order.cancel").marked("completes"),
            step("Refused", "rejection", ""),
        ],
    )];
    sales.projectors = vec![projector("orders", "order.placed order.cancelled")];
    sales.externals = vec![external("website", "", "", "order.place")];
    let mut till = component("till");
    till.aggregates = vec![aggregate("payment", "request>requested capture>captured", "")];
    till.reactions = vec![reaction("request-payment", "order.placed", "payment.request")];
    till.externals = vec![external("bank", "", "payment.requested", "payment.capture")];
    // As an app has it that keeps everything in components of their own.
    let main = ComponentManifest { name: "shop".into(), ..Default::default() };
    app("shop", vec![main, sales, till])
}
