//! What the tests of several chapters begin with.

use chrono::{DateTime, TimeZone, Utc};
use quadrille::{CommandId, CorrelationId, ManualClock, core::error::BoxError, prelude::*};
use quadrille_book::{account::*, transfer::*};
use quadrille_cli::{CommandLine, Done};
use quadrille_flow::trace::{self, TraceOf, TreeStyle};
use std::path::{Path, PathBuf};
use uuid::Uuid;

pub fn morning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 8, 0, 0).single().expect("a moment that exists")
}

/// A command's id that is the same in every run, so that a trail can be printed in the book.
pub fn id(n: u128) -> CommandId {
    CommandId(Uuid::from_u128(0x019c_ac3c_2c00_7000_8000_0000_0000_0000 + n))
}

/// Two accounts, one with 500 cents on it.
pub async fn two_accounts(app: &App) -> Result<(), BoxError> {
    for (n, (account, owner)) in [("alice", "Alice"), ("bob", "Bob")].into_iter().enumerate() {
        let open = app.execute::<Account>(account, AccountCommand::Open { owner: owner.into() });
        open.command_id(id(n as u128)).await?;
    }
    let deposit = app.execute::<Account>("alice", AccountCommand::Deposit { cents: 500 });
    deposit.command_id(id(10)).await?;
    Ok(())
}

/// Asks for a transfer from alice to bob, and says which flow it began.
pub async fn request(app: &App, transfer: &str, cents: i64) -> Result<CorrelationId, BoxError> {
    let (from, to) = ("alice".into(), "bob".into());
    let request = TransferCommand::Request { from, to, cents };
    let request = app.execute::<Transfer>(transfer, request).command_id(id(20)).actor("alice");
    Ok(CorrelationId::of_command(request.await?.command_id))
}

pub async fn on(components: impl IntoIterator<Item = Component>) -> (App, ManualClock) {
    on_quadrille(components, |app| app).await
}

/// The same, with whatever else an app needs.
pub async fn on_quadrille(
    components: impl IntoIterator<Item = Component>,
    with: impl FnOnce(Quadrille) -> Quadrille,
) -> (App, ManualClock) {
    let clock = ManualClock::new(morning());
    let mut app = with(Quadrille::in_memory().name("bank").clock(clock.clone()));
    for component in components {
        app = app.component(component);
    }
    (app.start().await.unwrap(), clock)
}

/// The tree of the flow.
pub async fn tree(app: &App, flow: CorrelationId) -> String {
    let (store, state) = (&**app.store(), Some(&**app.state()));
    let load = trace::Load::default();
    let traces = trace::load(store, state, &TraceOf::Correlation(flow), load).await.unwrap();
    traces.iter().map(|trace| trace.tree(TreeStyle::default())).collect()
}

/// What a command prints on this app's store.
pub async fn printed(app: &App, args: &str) -> String {
    let mut out = Vec::new();
    let args = ["quadrille"].into_iter().chain(args.split(' ')).map(Into::into);
    let done = quadrille_cli::run(args, &app.command_line(), &mut out).await;
    assert_eq!(done, Done::Well);
    String::from_utf8(out).unwrap()
}

/// The book's folder.
pub fn book() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The whole project's folder.
pub fn project() -> PathBuf {
    book().parent().expect("the book lies in the project").into()
}

pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Compares with a file that the book shows. `BOOK_BLESS=1` writes the file instead.
pub fn check_shown(name: &str, got: &str) {
    let path = book().join("shown").join(name);
    if std::env::var_os("BOOK_BLESS").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let shown = read(&path);
    assert_eq!(shown, got, "{} shows something else", path.display());
}
