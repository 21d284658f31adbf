//! The derives must compile where names mean something else, and under the strictest lints.

#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]

/// A crate that depends on core alone.
mod core_alone {
    use quadrille::core;
    use quadrille_macros_under_test::{Command, Event, Row, View};

    mod quadrille_macros_under_test {
        pub use quadrille::{Command, Event, Row, View};
    }

    #[derive(Event)]
    #[quadrille(crate = "core")]
    #[event(category = "thing")]
    pub enum ThingEvent {
        Made { name: String },
    }
    #[derive(Command)]
    #[quadrille(crate = "core")]
    pub enum ThingCommand {
        Make { name: String },
    }
    #[derive(View)]
    #[quadrille(crate = "self::core")]
    #[reads("thing.made")]
    pub struct Made {
        pub name: String,
    }
    #[derive(Row)]
    #[quadrille(crate = "core")]
    pub struct Thing {
        #[row(stream_id)]
        pub id: String,
    }
}

/// Names of the prelude that mean something else here.
#[allow(dead_code, missing_docs, clippy::pedantic)]
pub mod shadowed {
    use quadrille as real;

    pub struct Option;
    pub struct Result;
    pub struct Vec;
    pub struct Envelope;
    pub struct Read;
    pub struct Payload;
    pub struct Mirror;
    pub fn kind() {}

    #[derive(real::Event)]
    #[event(category = "shadow")]
    pub enum Event {
        None,
        Some { envelope: std::string::String, data: i64, kind: i64 },
        Ok(i64),
        Err,
    }
    #[derive(real::Command)]
    pub enum Command {
        None { name: i64, data: i64, out: i64 },
        Some,
    }
    #[derive(real::View)]
    pub enum View {
        #[reads("shadow.some")]
        None {
            #[view(id)]
            id: std::string::String,
            envelope: std::string::String,
        },
        Some(Other),
    }
    #[derive(real::View)]
    #[reads("shadow.ok")]
    pub struct Other(i64);

    #[derive(real::Input)]
    #[process(key = key)]
    pub enum Input {
        #[on("shadow.some", starts)]
        None {
            key: i64,
            kind: i64,
            #[view(id)]
            envelope: std::string::String,
        },
        #[on(deadline)]
        Some { data: i64, kind: i64 },
        #[on(rejected)]
        Err(real::Rejected),
    }
    #[derive(real::Row)]
    pub struct Row {
        #[row(key)]
        values: i64,
        #[row(key)]
        key: i64,
        row: i64,
        id: i64,
    }
}

use quadrille::{Command, Event, Input, Row, View};

#[test]
fn shadowed_names_change_nothing() {
    assert_eq!(shadowed::Event::Err.event_type().name, "shadow.err");
    assert_eq!(shadowed::Command::Some.command_type().name, "some");
    assert_eq!(quadrille::view::reads_of::<shadowed::View>().len(), 2);
    assert_eq!(shadowed::Input::Some { data: 1, kind: 2 }.kind(), "Some");
    assert_eq!(shadowed::Row::new((1, 2)).key(), (1, 2));
}

#[test]
fn a_crate_may_say_where_the_contracts_are() {
    let event = core_alone::ThingEvent::Made { name: "x".into() };
    assert_eq!(event.event_type().name, "thing.made");
    let command = core_alone::ThingCommand::Make { name: "x".into() };
    assert_eq!(command.encode().unwrap(), br#"{"name":"x"}"#);
    let envelope = super::envelope("thing-1", "thing.made", 1, r#"{"name":"x"}"#);
    assert_eq!(core_alone::Made::decode(&envelope).unwrap().unwrap().name, "x");
    assert_eq!(core_alone::Thing::new("a".into()).id, "a");
}
