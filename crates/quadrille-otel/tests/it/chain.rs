//! From span to span, and between spans and the log.

use crate::{shop::*, support::*};
use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::{Sampler, SpanData};
use quadrille::{
    App, CorrelationId, Envelope,
    journal::{Fact, ProcessSettled, ProcessStepped, ReactionSettled},
};
use quadrille_otel::OpenTelemetry;

/// A flow up to its end.
async fn flow() -> (App, CorrelationId) {
    let (app, clock) = open(|app| app.telemetry(OpenTelemetry::new())).await;
    let placed = app.execute::<Order>("1", place()).await.unwrap();
    app.settle().await.unwrap();
    clock.advance(quadrille::prelude::days(2));
    app.settle().await.unwrap();
    (app, CorrelationId::of_command(placed.command_id))
}

fn ids_in(event: &Envelope) -> Ids {
    ids_of(event.metadata.trace.as_ref().expect("it was written within a span"))
}

#[test]
fn an_event_carries_the_span_of_its_command_and_leads_to_the_next_by_a_link() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = flow().await;
        let spans = backend.spans();
        let written_by = |event: &Envelope, span: &SpanData| {
            assert_eq!(ids_in(event), ids(&span.span_context), "{}", event.event_type);
        };
        let hops = [
            ("order.placed", "execute order.place", "handle take-payment"),
            ("payment.taken", "execute payment.take", "handle shipping"),
        ];
        for (event_type, writer, taker) in hops {
            let event = event(&app, event_type).await;
            let (writer, taker) = (spans.one(writer), spans.one(taker));
            written_by(&event, writer);
            assert_eq!(links(taker), [ids(&writer.span_context)]);
            assert_eq!(taker.parent_span_id, opentelemetry::SpanId::INVALID);
            assert_ne!(taker.span_context.trace_id(), writer.span_context.trace_id());
            assert_eq!(attributes(taker)["quadrille.event"], event.id.to_string());
        }
        let sent = [
            ("handle take-payment", "execute payment.take", "payment.taken"),
            ("handle shipping", "execute order.ship", "order.shipped"),
            ("fire shipping", "execute order.remind", "order.reminded"),
        ];
        for (sender, command, event_type) in sent {
            let (sender, command) = (spans.one(sender), spans.one(command));
            assert_eq!(command.parent_span_id, sender.span_context.span_id());
            assert_eq!(command.span_context.trace_id(), sender.span_context.trace_id());
            written_by(&event(&app, event_type).await, command);
        }
        let fired = spans.one("fire shipping");
        assert_eq!(links(fired), [ids(&spans.one("handle shipping").span_context)]);
        assert_eq!(attributes(fired)["quadrille.due"], "Late");
    });
}

#[test]
fn what_handlers_record_carries_their_spans() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = flow().await;
        let spans = backend.spans();
        let span = |name: &str| ids(&spans.one(name).span_context);
        assert_eq!(ids_in(&event(&app, ReactionSettled::TYPE).await), span("handle take-payment"));
        for event_type in [ProcessStepped::TYPE, ProcessSettled::TYPE] {
            let found = events(&app, event_type).await;
            let found: Vec<_> = found.iter().map(ids_in).collect();
            assert_eq!(found, [span("handle shipping"), span("fire shipping")], "{event_type}");
        }
    });
}

#[test]
fn spans_say_what_they_are_and_how_they_ended() {
    let backend = Backend::listening();
    run(async {
        let (app, correlation) = flow().await;
        let refused = app.execute::<Order>("1", place()).await.unwrap_err();
        assert!(refused.rejection().is_some());
        app.execute::<Order>("1", OrderCommand::Nothing).await.unwrap();
        let spans = backend.spans();
        let check = |span: &SpanData, expected: &[(&str, &str)]| {
            let found = attributes(span);
            for (key, value) in expected {
                let got = found.get(*key).map(String::as_str);
                assert_eq!(got, Some(*value), "{key} of {}", span.name);
            }
            assert_eq!(span.status, Status::Unset, "{}", span.name);
        };
        let flow = &*correlation.to_string();
        let placed = event(&app, "order.placed").await;
        let (event_id, position) = (&*placed.id.to_string(), &*placed.position.to_string());
        let first = spans.0.iter().find(|span| span.name == "execute order.place").unwrap();
        assert_eq!(first.span_kind, SpanKind::Producer);
        check(
            first,
            &[
                ("messaging.system", "quadrille"),
                ("messaging.destination.name", "order"),
                ("quadrille.command", "order.place"),
                ("quadrille.command_id", flow),
                ("quadrille.correlation", flow),
                ("quadrille.stream", "order-1"),
                ("quadrille.outcome", "accepted"),
                ("quadrille.attempts", "1"),
                ("quadrille.events", "1"),
                ("quadrille.position", position),
            ],
        );
        let handled = spans.one("handle take-payment");
        assert_eq!(handled.span_kind, SpanKind::Consumer);
        check(
            handled,
            &[
                ("messaging.operation.type", "process"),
                ("messaging.consumer.group.name", "take-payment"),
                ("messaging.message.id", event_id),
                ("quadrille.handler_kind", "reaction"),
                ("quadrille.event", event_id),
                ("quadrille.event_type", "order.placed"),
                ("quadrille.stream", "order-1"),
                ("quadrille.position", position),
                ("quadrille.correlation", flow),
                ("quadrille.outcome", "handled"),
                ("quadrille.attempts", "1"),
            ],
        );
        assert!(!attributes(handled).contains_key("quadrille.instance"));
        check(
            spans.one("handle shipping"),
            &[("quadrille.handler_kind", "process"), ("quadrille.instance", "1")],
        );
        check(
            spans.one("fire shipping"),
            &[("quadrille.instance", "1"), ("quadrille.correlation", flow)],
        );
        let again = spans.0.iter().rfind(|span| span.name == "execute order.place").unwrap();
        check(again, &[("quadrille.outcome", "rejected"), ("quadrille.rejection", "taken")]);
        check(spans.one("execute order.nothing"), &[("quadrille.outcome", "unchanged")]);
    });
}

#[test]
fn an_append_lies_below_whoever_began_it_and_follows_from_all_that_share_it() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        // The second and the third wait for the first, and share the next append.
        let commands = (0..3).map(|_| app.execute::<Order>("1", OrderCommand::Ship));
        let commands: Vec<_> = commands.map(|command| tokio::spawn(command)).collect();
        for command in commands {
            command.await.unwrap().unwrap();
        }
        let spans = backend.spans();
        let commands = spans.0.iter().filter(|span| span.name == "execute order.ship");
        let commands: Vec<_> = commands.map(|span| ids(&span.span_context)).collect();
        let appends = spans.0.iter().filter(|span| span.name == "append order");
        let (mut covered, mut events, mut shared) = (Vec::new(), 0, 0);
        for append in appends {
            let trace = append.span_context.trace_id();
            covered.push((trace.to_string(), append.parent_span_id.to_string()));
            covered.extend(links(append));
            shared += append.links.len();
            let found = attributes(append);
            assert_eq!(found["quadrille.commands"], (1 + append.links.len()).to_string());
            assert_eq!(found["quadrille.outcome"], "appended");
            events += found["quadrille.events"].parse::<i32>().unwrap();
        }
        covered.sort();
        let mut commands = commands;
        commands.sort();
        assert_eq!((covered, events), (commands, 3));
        assert_eq!(shared, 1, "the second and the third share one");
    });
}

#[test]
fn a_flow_that_is_not_sampled_is_traced_in_the_log_all_the_same() {
    let backend = Backend::sampling(Sampler::AlwaysOff);
    run(async {
        let (app, _) = flow().await;
        assert_eq!(backend.spans().names(), Vec::<&str>::new());
        let placed = event(&app, "order.placed").await.metadata.trace.unwrap();
        assert!(placed.parent.ends_with("-00"), "{placed:?}");
        let taken = event(&app, "payment.taken").await.metadata.trace.unwrap();
        assert_ne!(ids_of(&taken).0, ids_of(&placed).0);
    });
}

#[test]
fn a_flow_can_be_one_trace() {
    let backend = Backend::listening();
    run(async {
        let telemetry = OpenTelemetry::new().one_trace_per_flow();
        let (app, clock) = open(|app| app.telemetry(telemetry)).await;
        app.execute::<Order>("1", place()).await.unwrap();
        app.settle().await.unwrap();
        clock.advance(quadrille::prelude::days(2));
        app.settle().await.unwrap();
        let spans = backend.spans();
        let first = spans.one("execute order.place").span_context.clone();
        let taken = spans.one("handle take-payment");
        assert_eq!(taken.parent_span_id, first.span_id());
        assert_eq!(links(taken), []);
        for name in ["execute order.ship", "fire shipping", "execute order.remind"] {
            assert_eq!(spans.one(name).span_context.trace_id(), first.trace_id(), "{name}");
        }
        let reminded = event(&app, "order.reminded").await;
        assert_eq!(ids_in(&reminded).0, first.trace_id().to_string());
    });
}
