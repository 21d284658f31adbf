use quadrille::{Command, Event};

#[derive(Event)]
#[event(category = "account")]
enum AccountEvent {
    Opened,
}

#[derive(Command)]
enum AccountCommand {
    #[emits(AccountEvent::Opened, Closed)]
    Open,
    #[emits(AccountEvent::Closed)]
    Close,
}

fn main() {}
