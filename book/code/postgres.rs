//! The bank on PostgreSQL.

use crate::{account::*, transfer::TransferEvent};
use quadrille::StartError;

// ANCHOR: open
use quadrille::{
    postgres::{Postgres, PostgresStore, query},
    prelude::{App, Component, Projected, Projector, Quadrille, Recorded, Tx},
};

/// The bank on a database that `quadrille migrate` has prepared.
pub async fn bank(url: &str, reporting: Component) -> Result<App, StartError> {
    let store = PostgresStore::options(url).writers(2).readers(4).open().await?;
    let read_models = Postgres::options(url).connections(8).open().await?;
    Quadrille::new(store)
        .name("bank")
        .database(read_models)
        .aggregate::<Account>()
        .component(reporting)
        .start()
        .await
}
// ANCHOR_END: open

// ANCHOR: projector
/// What is under way, written with the SQL of PostgreSQL.
pub struct UnderWay;

impl Projector for UnderWay {
    const NAME: &'static str = "under_way";
    type Event = TransferEvent;
    type Db = Postgres;

    async fn setup(&self, tx: &mut Tx<Postgres>) -> Projected {
        tx.execute("CREATE TABLE under_way (transfer text PRIMARY KEY, cents bigint NOT NULL)")
            .await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<TransferEvent>, tx: &mut Tx<Postgres>) -> Projected {
        let transfer = event.id().to_owned();
        match &**event {
            TransferEvent::Requested { cents, .. } => {
                let insert = query("INSERT INTO under_way VALUES ($1, $2)");
                tx.execute(insert.bind(transfer).bind(*cents)).await?;
            }
            TransferEvent::Completed | TransferEvent::Failed { .. } => {
                let delete = query("DELETE FROM under_way WHERE transfer = $1");
                tx.execute(delete.bind(transfer)).await?;
            }
            TransferEvent::Accepted => {}
        }
        Ok(())
    }
}
// ANCHOR_END: projector
