use crate::support::{request, two_accounts};
use quadrille::{StartError, core::error::BoxError, memory::MemoryStore, prelude::*};
use quadrille_book::{process, statements::*, transfer::*};
use quadrille_testing::crash::{Run, Scenario, Stores, command_id, everywhere};

// ANCHOR: crash
#[test]
fn wherever_it_dies_the_resumed_run_ends_as_an_undisturbed_one() {
    let build = async |app: Quadrille| -> Result<App, StartError> {
        app.component(process::transfers()).fold(balance).start().await
    };
    let drive = async |run: &Run| -> Result<(), BoxError> {
        two_accounts(&run.app).await?;
        let flow = request(&run.app, "t1", 200).await?;
        run.app.settle().await?;
        let accept = run.app.execute::<Transfer>("t1", TransferCommand::Accept);
        accept.command_id(command_id(1)).correlation(flow).await?;
        run.app.settle().await?;
        Ok(())
    };
    let observe = async |app: &App| -> Result<serde_json::Value, BoxError> {
        let rows = app.all_rows::<Balance>().await?;
        Ok(rows.into_iter().map(|row| serde_json::json!([row.account, row.cents])).collect())
    };
    everywhere(|| Stores::on(MemoryStore::new()), &Scenario { build, drive, observe });
}
// ANCHOR_END: crash
