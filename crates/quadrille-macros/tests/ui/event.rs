use quadrille::Event;

#[derive(Event)]
enum AccountEvent {
    Opened,
}

#[derive(Event)]
#[event(category = "bank-account")]
enum Hyphen {
    Opened,
}

#[derive(Event)]
#[event(category = "quadrille")]
enum Framework {
    Opened,
}

#[derive(Event)]
#[event(categroy = "account")]
enum Misspelt {
    Opened,
}

#[derive(Event)]
#[event(category = "account")]
enum Twice {
    Opened,
    #[event(type = "account.opened")]
    Reopened,
}

#[derive(Event)]
#[event(category = "account")]
enum Empty {}

#[derive(Event)]
#[event(category = "account")]
struct Opened;

#[derive(Event)]
#[event(category = "account")]
enum Generic<T> {
    Opened(T),
}

#[derive(Event)]
#[event(category = "account")]
#[serde(tag = "type")]
enum Tagged {
    Opened,
}

#[derive(Event)]
#[event(category = "account")]
enum Renamed {
    #[serde(rename = "created")]
    Opened,
}

#[derive(Event)]
#[event(category = "account")]
enum Skipped {
    #[serde(skip)]
    Opened,
}

#[derive(Event)]
#[event(category = "account")]
enum Pinned {
    #[event(name = "account.opened")]
    Opened,
}

#[derive(Event)]
#[event(category = "account")]
enum TaggedPlace {
    Opened(#[event(tag)] String),
}

fn main() {}
