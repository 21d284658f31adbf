//! Projectors, which take many events at once.

use crate::{shop::*, support::*};
use opentelemetry::SpanId;
use quadrille_otel::OpenTelemetry;

#[test]
fn a_page_is_linked_to_each_command_that_wrote_into_it_once() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        for n in 0..3 {
            app.execute::<Order>(n, place()).await.unwrap();
        }
        app.settle().await.unwrap();
        let spans = backend.spans();
        let (mut linked, mut events) = (Vec::new(), 0);
        for page in spans.0.iter().filter(|span| span.name == "project orders") {
            linked.extend(links(page));
            assert_eq!(page.parent_span_id, SpanId::INVALID);
            let found = attributes(page);
            assert_eq!(found["quadrille.outcome"], "handled");
            events += found["messaging.batch.message_count"].parse::<usize>().unwrap();
        }
        let wrote = |name: &str| {
            let spans = spans.0.iter().filter(|span| span.name == name);
            spans.map(|span| ids(&span.span_context)).collect::<Vec<_>>()
        };
        let mut commands = wrote("execute order.place");
        commands.extend(wrote("execute order.ship"));
        commands.sort();
        linked.sort();
        assert_eq!((linked, events), (commands, 6));
    });
}
