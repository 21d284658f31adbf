//! What must not leave the log.

use crate::{shop::*, support::*};
use quadrille::prelude::*;
use quadrille_otel::OpenTelemetry;

#[derive(View)]
#[reads("order.placed")]
struct Placed {
    card: String,
}

#[derive(Input)]
#[process(key = order)]
enum Copied {
    #[on("payment.taken", starts)]
    Taken {
        #[view(id)]
        order: String,
        card: String,
    },
}

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Careless;

impl ProcessManager for Careless {
    const NAME: &'static str = "careless";
    type Input = Copied;

    fn react(&mut self, input: Copied, out: &mut Outbox<Copied>) {
        let Copied::Taken { order, card } = input;
        if order == "1" {
            out.send::<Payment>("again", PaymentCommand::Take { card });
        }
    }
}

#[test]
fn no_payload_reaches_tracing() {
    let backend = Backend::listening();
    run(async {
        let component = Component::new("careless")
            .process::<Careless>()
            .on("undeclared", |e: &Recorded<Placed>| {
                send::<Payment>("copy", PaymentCommand::Take { card: e.card.clone() })
            })
            .sends::<Order>(["ship"]);
        let telemetry = OpenTelemetry::new();
        let (app, _) = open(|app| app.component(component).telemetry(telemetry)).await;
        app.execute::<Order>("1", place()).await.unwrap();
        app.execute::<Order>("1", place()).await.unwrap_err();
        app.settle().await.unwrap();
        let spans = backend.spans();
        let told = spans.0.iter().flat_map(|span| span.events.iter());
        let warned = told.filter(|event| format!("{event:?}").contains("declared")).count();
        assert!(warned >= 2, "both handlers are warned of: {:?}", spans.0);
        check(&spans);
    });
}

#[test]
fn why_a_handler_failed_is_told_by_the_log_alone() {
    let backend = Backend::listening();
    run(async {
        let component = Component::new("careless").on("failing", |e: &Recorded<Placed>| {
            assert_ne!(e.card, SECRET);
            send::<Payment>("copy", PaymentCommand::Take { card: e.card.clone() })
        });
        let with = |app: Quadrille| {
            let app = app.component(component).telemetry(OpenTelemetry::new());
            app.settings(|settings| settings.handler_retry.attempts = 2)
        };
        let (app, _) = open(with).await;
        app.execute::<Order>("1", place()).await.unwrap();
        app.settle().await.unwrap();
        let parked = app.parked().await.unwrap();
        assert!(parked[0].1.reason.contains(SECRET), "{parked:?}");
        let spans = backend.spans();
        let failing = spans.one("handle failing");
        let found = attributes(failing);
        assert_eq!((&*found["quadrille.outcome"], &*found["quadrille.attempts"]), ("parked", "2"));
        let mut told = failing.events.iter().map(|event| format!("{event:?}"));
        assert!(told.any(|event| event.contains("a handler failed")), "{failing:?}");
        check(&spans);
    });
}

fn check(spans: &Spans) {
    for span in &spans.0 {
        let text = format!("{span:?}");
        assert!(!text.contains(SECRET), "{text}");
    }
}
