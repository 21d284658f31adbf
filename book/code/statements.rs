//! The read models of the chapter on projections.

use crate::{account::AccountEvent, transfer::TransferEvent};
use quadrille::prelude::*;

// ANCHOR: fold
#[derive(Debug, PartialEq, Row)]
#[row(table = "balances")]
pub struct Balance {
    #[row(stream_id)]
    pub account: String,
    pub owner: String,
    pub cents: i64,
}

pub fn balance(row: &mut Balance, event: &Recorded<AccountEvent>) {
    match &**event {
        AccountEvent::Opened { owner } => row.owner.clone_from(owner),
        AccountEvent::Deposited { cents } | AccountEvent::Credited { cents, .. } => {
            row.cents += cents;
        }
        AccountEvent::Withdrawn { cents } | AccountEvent::Debited { cents, .. } => {
            row.cents -= cents;
        }
        AccountEvent::DebitDeclined { .. } | AccountEvent::Closed => {}
    }
}
// ANCHOR_END: fold

// ANCHOR: rows
/// How much goes from one account to another, whatever the transfer.
#[derive(Debug, PartialEq, Row)]
#[row(table = "connections")]
pub struct Connection {
    #[row(key)]
    pub from: String,
    #[row(key)]
    pub to: String,
    pub transfers: i64,
    pub cents: i64,
}

#[derive(View)]
#[reads("transfer.requested")]
pub struct Moved {
    from: String,
    to: String,
    cents: i64,
}

impl RowProjector for Connection {
    type Event = Moved;

    fn keys(moved: &Recorded<Moved>) -> impl IntoIterator<Item = (String, String)> {
        [(moved.from.clone(), moved.to.clone())]
    }

    fn apply(&mut self, moved: &Recorded<Moved>) {
        self.transfers += 1;
        self.cents += moved.cents;
    }
}
// ANCHOR_END: rows

// ANCHOR: sql
/// Every transfer and what became of it, written with SQL.
pub struct Transfers;

impl Projector for Transfers {
    const NAME: &'static str = "transfers";
    type Event = TransferEvent;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(
            "CREATE TABLE transfers (
                id TEXT PRIMARY KEY,
                cents INTEGER NOT NULL,
                state TEXT NOT NULL,
                requested_at TEXT NOT NULL,
                ended_at TEXT
            ) STRICT",
        )
        .await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<TransferEvent>, tx: &mut Tx<Sqlite>) -> Projected {
        let at = event.occurred_at().to_rfc3339();
        let state = match &**event {
            TransferEvent::Requested { cents, .. } => {
                let insert = query("INSERT INTO transfers VALUES (?, ?, 'under way', ?, NULL)");
                tx.execute(insert.bind(event.id().to_owned()).bind(*cents).bind(at)).await?;
                return Ok(());
            }
            TransferEvent::Accepted => return Ok(()),
            TransferEvent::Completed => "completed",
            TransferEvent::Failed { .. } => "failed",
        };
        let update = query("UPDATE transfers SET state = ?, ended_at = ? WHERE id = ?");
        tx.execute(update.bind(state).bind(at).bind(event.id().to_owned())).await?;
        Ok(())
    }
}
// ANCHOR_END: sql

// ANCHOR: component
pub fn reporting() -> Component {
    Component::new("reporting")
        .owner("team-finance")
        .fold(balance)
        .rows::<Connection>()
        .projector(Transfers)
}
// ANCHOR_END: component
