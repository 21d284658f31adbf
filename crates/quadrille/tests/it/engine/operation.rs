//! What operators ask for, and how an app ends.

use super::{domain::bank::*, support::*};
use quadrille::{
    app::SettleError,
    journal::{Fact, Operation, OperationAnswered, OperationRequested},
    prelude::*,
    state::{Activity, Consumer, ConsumerKind, Consumers},
};

#[derive(View)]
#[reads("account.withdrawn")]
struct Withdrawal {
    cents: i64,
}

async fn start(home: &Home) -> App {
    let to_the_vault =
        |event: &Recorded<Withdrawal>| send::<Account>("vault", deposit(event.cents));
    let app = home.app().aggregate::<Account>().fold(balance).on("vault", to_the_vault);
    app.start().await.unwrap()
}

/// Asks through the control stream, as another process would, and returns the answer.
async fn ask(app: &App, operation: Operation) -> OperationAnswered {
    let metadata = OperationRequested::metadata("ann", app.clock().now());
    let request = OperationRequested { operation, actor: "ann".into() };
    let event = request.event(quadrille::EventId::new(), metadata).unwrap();
    let id = event.id;
    append(app, "quadrille-control", event).await;
    loop {
        let answers = facts::<OperationAnswered>(app).await;
        if let Some(answer) = answers.into_iter().find(|answer| answer.request == id) {
            return answer;
        }
        let head = app.store().head().await.unwrap().unwrap();
        app.store().appended_after(head.position).await;
    }
}

#[test]
fn a_request_in_the_control_stream_is_carried_out_and_answered() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        app.execute::<Account>("a", deposit(5)).await.unwrap();
        let done = ask(&app, Operation::Rebuild { projection: "balance".into() }).await;
        assert_eq!(done.error, None);
        assert_eq!(app.row::<Balance>("a").await.unwrap().map(|row| row.cents), Some(5));
        let refused = ask(&app, Operation::Rebuild { projection: "vault".into() }).await;
        let expected = "operate: reaction vault is no read model";
        assert_eq!(refused.error.as_deref(), Some(expected));
    });
}

#[test]
fn a_shutdown_keeps_checkpoints_and_statuses() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        app.execute::<Account>("a", deposit(5)).await.unwrap();
        let last = app.execute::<Account>("a", withdraw(5)).await.unwrap();
        app.settle().await.unwrap();
        app.shutdown().await;
        for kind in [ConsumerKind::RowProjector, ConsumerKind::Reaction] {
            let name = if kind.is_projector() { "balance" } else { "vault" };
            let claim = home.state.progress(&Consumer::handler(kind, name)).await.unwrap();
            let checkpoint = claim.unwrap().checkpoint.unwrap();
            assert!(checkpoint.place.position > last.position, "{name}");
        }
        let statuses = app.statuses().await.unwrap();
        assert_eq!(statuses.len(), 2);
        assert!(statuses.iter().all(|status| status.activity == Activity::Running));
        assert!(statuses.iter().all(|status| status.position > last.position));
        assert!(matches!(app.settle().await, Err(SettleError::ShutDown)));
    });
}

#[test]
fn an_app_whose_handles_are_dropped_stops() {
    on_both(|store| async move {
        let home = Home::new(store);
        drop(start(&home).await);
        // The next one would be fenced if the first still wrote.
        let app = start(&home).await;
        app.execute::<Account>("a", deposit(5)).await.unwrap();
        app.settle().await.unwrap();
    });
}

#[test]
fn the_same_manifest_is_recorded_once() {
    on_both(|store| async move {
        let home = Home::new(store);
        for _ in 0..2 {
            start(&home).await.shutdown().await;
        }
        let app = home.app().aggregate::<Account>().start().await.unwrap();
        let manifests = stream(&app, "quadrille-manifest-app").await;
        assert_eq!(manifests.len(), 2, "one for each set of what is registered");
    });
}

#[tokio::test]
async fn what_is_outside_is_declared() {
    let branch = External::new("branch")
        .owner("team-branches")
        .emits(["branch.opened"])
        .reads(["account.deposited"])
        .sends::<Account>(["deposit"]);
    let app = Quadrille::in_memory().owner("team-bank").aggregate::<Account>().external(branch);
    let app = app.start().await.unwrap();
    let main = &app.manifest().components[0];
    assert_eq!(main.owner.as_deref(), Some("team-bank"));
    assert_eq!((main.aggregates[0].version, main.aggregates[0].events[0].reads_from), (1, 1));
    let branch = &main.externals[0];
    assert_eq!((&*branch.name, branch.owner.as_deref()), ("branch", Some("team-branches")));
    assert_eq!(
        (&branch.emits[..], &branch.reads[..], &branch.sends[..]),
        (
            &["branch.opened".into()][..],
            &["account.deposited".into()][..],
            &["account.deposit".into()][..]
        )
    );
}
