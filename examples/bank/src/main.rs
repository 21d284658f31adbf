use quadrille::prelude::*;
use {AccountCommand::*, AccountEvent::*};

#[derive(Event)]
#[event(category = "account")]
enum AccountEvent {
    Deposited { cents: i64 },
    Withdrawn { cents: i64 },
}
#[derive(Command)]
enum AccountCommand {
    Deposit { cents: i64 },
    Withdraw { cents: i64 },
}
#[derive(Debug, thiserror::Error, Rejection)]
#[error("only {0} cents are left")]
struct InsufficientFunds(i64);
#[derive(Default)]
struct Account {
    balance: i64,
}
impl Aggregate for Account {
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = InsufficientFunds;
    fn decide(&self, command: AccountCommand) -> Decision<Self> {
        match command {
            Deposit { cents } => Ok(vec![Deposited { cents }]),
            Withdraw { cents } if cents > self.balance => Err(InsufficientFunds(self.balance)),
            Withdraw { cents } => Ok(vec![Withdrawn { cents }]),
        }
    }
    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            Deposited { cents } => self.balance += cents,
            Withdrawn { cents } => self.balance -= cents,
        }
    }
}
#[derive(Row)] // the table comes from the struct
struct Balance {
    #[row(stream_id)]
    account: String,
    cents: i64,
}
fn sum(row: &mut Balance, event: &Recorded<AccountEvent>) {
    match **event {
        Deposited { cents } => row.cents += cents,
        Withdrawn { cents } => row.cents -= cents,
    }
}
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bank = Quadrille::sqlite("bank.db").await?.aggregate::<Account>().fold(sum).start().await?;
    bank.execute::<Account>("alice", Deposit { cents: 500 }).await?;
    println!("{:?}", bank.row::<Balance>("alice").await?.map(|row| row.cents));
    Ok(())
}
