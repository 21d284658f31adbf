use quadrille::{Command, Event};
use std::error::Error;

#[derive(Event)]
#[event(category = "stock")]
enum StockEvent {
    Reserved { order: String },
    Released,
}

#[derive(Debug, PartialEq, Command)]
enum StockCommand {
    #[emits(StockEvent::Reserved, Released)]
    ReserveAll {
        order: String,
        #[serde(default)]
        pieces: u32,
    },
    #[emits(Released)]
    Release,
    #[emits()]
    Look(u8),
    r#Move {},
}

#[test]
fn commands_are_recorded_by_name_with_what_they_may_lead_to() {
    let shown: Vec<_> =
        StockCommand::TYPES.iter().map(|of| (of.name, of.variant, of.emits)).collect();
    let expected = [
        ("reserve_all", "ReserveAll", Some(&["Reserved", "Released"][..])),
        ("release", "Release", Some(&["Released"][..])),
        ("look", "Look", Some(&[][..])),
        ("move", "Move", None),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_command_is_read_back_from_its_name_and_payload() {
    let check = |command: StockCommand, json: &str| {
        assert_eq!(String::from_utf8(command.encode().unwrap()).unwrap(), json);
        let name = command.command_type().name;
        assert_eq!(StockCommand::decode(name, json.as_bytes()).unwrap(), Some(command));
    };
    check(
        StockCommand::ReserveAll { order: "o1".into(), pieces: 2 },
        r#"{"order":"o1","pieces":2}"#,
    );
    check(StockCommand::Release, "{}");
    check(StockCommand::Look(7), "7");
    check(StockCommand::Move {}, "{}");
    assert_eq!(StockCommand::decode("unheard_of", b"{}").unwrap(), None);
}

#[test]
fn a_payload_that_does_not_fit_names_the_command() {
    let error = StockCommand::decode("reserve_all", b"{}").unwrap_err();
    assert_eq!(error.to_string(), "decode StockCommand::ReserveAll version 1");
    assert!(error.source().unwrap().to_string().starts_with("missing field `order`"));
    assert_eq!(StockEvent::Reserved { order: String::new() }.kind(), 0);
    assert_eq!(StockEvent::Released.kind(), 1);
}
