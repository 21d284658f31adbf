use quadrille::{Aggregate, Decision, Never};

enum AccountEvent {
    Opened,
}
enum AccountCommand {
    Open,
}

#[derive(Default)]
struct Account;
impl Aggregate for Account {
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = Never;
    fn decide(&self, command: AccountCommand) -> Decision<Self> {
        match command {
            AccountCommand::Open => Ok(vec![AccountEvent::Opened]),
        }
    }
    fn evolve(&mut self, _: &AccountEvent) {}
}

fn main() {}
