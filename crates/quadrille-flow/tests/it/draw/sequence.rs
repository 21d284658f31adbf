//! Sequence diagrams: nothing covers anything else, and nothing is taken for more than text.

use super::page::{self, Page, Rect};
use crate::{
    flows::{order, order_with_models},
    log::{FLOW, Log, command, deadline, issued, step},
};
use proptest::prelude::*;
use quadrille_core::journal::Cause;
use quadrille_flow::{
    draw::{self, Style, Theme},
    trace::{Input, Trace},
};
use std::{fs, path::Path};

fn draw(input: &Input) -> String {
    let trace = Trace::build(input);
    let svg = draw::sequence::svg(&trace, &Style::default());
    assert_eq!(svg, draw::sequence::svg(&trace, &Style::default()), "another picture");
    svg
}

/// Reads a picture and checks what all of them keep to.
fn check(input: &Input) -> Page {
    let page = page::read(&draw(input));
    let cards = page.boxes.iter().map(|(_, own)| own);
    let all: Vec<&Rect> = cards.chain(&page.labels).chain(&page.lanes).collect();
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            assert!(!one.overlaps(other), "{one:?} overlaps {other:?}");
        }
    }
    let canvas = Rect { left: 0.0, top: 0.0, right: page.width, bottom: page.height };
    assert!(all.iter().all(|own| canvas.holds(own)));
    for line in &page.lines {
        assert!(line.points.iter().all(|point| canvas.has(*point, 0.0)), "{}", line.title);
        let covers = |label: &&Rect| line.points.iter().any(|point| label.has(*point, 0.5));
        assert_eq!(page.labels.iter().filter(covers).count(), 0, "{} crosses a label", line.title);
        let crossed = page
            .boxes
            .iter()
            .filter(|(_, own)| line.points.iter().any(|point| own.has(*point, 1.5)));
        let crossed: Vec<_> = crossed.map(|(title, _)| title).collect();
        assert!(crossed.is_empty(), "{} passes behind {crossed:?}", line.title);
    }
    page
}

#[test]
fn an_order_is_drawn_without_overlaps() {
    let page = check(&order_with_models());
    assert_eq!(page.lanes.len(), 6);
    let said = |part: &str| page.texts.iter().any(|(_, text)| text.contains(part));
    for part in ["outside", "✗ card_declined: the card was", "3 attempts", "2 d later", "↩ compen"]
    {
        assert!(said(part), "{part} is not said in {:?}", page.texts);
    }
}

#[test]
fn small_flows_are_drawn() {
    check(&Input::new(FLOW, Vec::new()));
    let mut log = Log::default();
    let first = log.plain("case-1", "case.opened", FLOW.0);
    log.plain("case-1", "case.closed", first.0);
    log.of("other").plain("case-2", "case.copied", first.0);
    let page = check(&Input::new(FLOW, log.events));
    assert_eq!((page.lanes.len(), page.boxes.len(), page.lines.len()), (2, 3, 1));
}

#[test]
fn names_are_text_in_every_format() {
    let mut log = Log::default();
    let (kind, name) = ("a.<b>&\"'\u{1b}[31m", "a.end; %%{init}%% #35; \n->>");
    let placed = log.of("end").event("order-o1", kind, name, command(1), None);
    log.of("<script>").event("x-1", "x.y", "x.z", command(2), Some(placed));
    let page = check(&Input::new(FLOW, log.events.clone()));
    assert!(page.texts.iter().any(|(_, text)| text.starts_with("a.<b>&\"'")));
    let trace = Trace::build(&Input::new(FLOW, log.events));
    let chart = draw::sequence::mermaid(&trace, &Style::titled("a \"title\""));
    let body = chart.split_once("sequenceDiagram").unwrap().1;
    assert!(!body.contains(['<', '\u{1b}', '%', '"', ';'].as_slice()) || body.contains("#60;"));
    for line in body.lines().filter(|line| line.contains(": ")) {
        let text = line.split_once(": ").unwrap().1;
        let bare = text
            .split('#')
            .skip(1)
            .all(|part| part.split_once(';').is_some_and(|(code, _)| code.parse::<u32>().is_ok()));
        assert!(bare && !text.contains(['<', '>', '%', '"', '\u{1b}']), "{text}");
    }
    assert!(chart.contains("participant l1 as (end)"), "{chart}");
}

#[test]
fn a_flow_in_mermaid_has_its_messages_and_notes() {
    let chart = draw::sequence::mermaid(&Trace::build(&order_with_models()), &Style::default());
    assert_eq!(chart.lines().nth(3), Some("sequenceDiagram"), "{chart}");
    for line in [
        "  participant l0 as outside",
        "  l0->>l1: ▶ order.place → order-o1 by alice",
        "  Note over l1: ● order.placed order-o1#35;1",
        "  l1-->>l2: ◆ fulfilment o1#58; Placed",
    ] {
        assert!(chart.lines().any(|own| own == line), "no {line:?} in\n{chart}");
    }
    assert!(chart.contains("  l2-xl4: ▶ payment.capture"), "{chart}");
    assert!(chart.contains("Note over l1: ▤ order_status"), "{chart}");
}

#[test]
fn orders_can_be_looked_at() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&folder).unwrap();
    let trace = Trace::build(&order_with_models());
    for (name, theme) in [("sequence", Theme::Light), ("sequence.dark", Theme::Dark)] {
        let svg = draw::sequence::svg(&trace, &Style { theme, ..Style::default() });
        assert!(!svg.contains("var("));
        fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
    }
    assert!(draw(&order()).contains("prefers-color-scheme"));
}

/// What may happen next: in which component, what, and because of which that came before.
type Happening = (usize, u8, usize, u32);

fn flow(happenings: &[Happening]) -> Input {
    const COMPONENTS: [&str; 5] = ["orders", "stock", "a component of many words", "p", "mails"];
    let (mut log, mut met) = (Log::default(), Vec::new());
    for (n, (component, what, cause, seconds)) in happenings.iter().enumerate() {
        let component = component % COMPONENTS.len();
        log.of(COMPONENTS[component]).wait(chrono::Duration::seconds((*seconds).into()));
        let cause = (!met.is_empty()).then(|| met[cause % met.len()]);
        let to = format!("{}-{n}", ["order", "stock", "word", "p", "mail"][component]);
        let name = "_and_so_on".repeat(usize::from(what % 5));
        let id = command(n as u128);
        met.push(match (what % 6, cause) {
            (0 | 1, _) | (_, None) => log.event(&to, &format!("a.b{name}"), "a.go", id, cause),
            (2, Some(cause)) => log.plain(&to, "a.plain", cause.0),
            (3, Some(cause)) => log.reaction("mailer", cause, Vec::new()),
            (4, Some(cause)) => log.step(step("Went", Cause::Event(cause)), cause),
            (_, Some(cause)) => {
                let mut taken = step(&format!("Went{name}"), Cause::Event(cause));
                taken.issued = vec![issued(id, &to, "go"), issued(command(999), "p-1", "stop")];
                taken.deadlines = vec![deadline(n as u128, "Late", log.now())];
                taken.compensates = (*what > 128).then(|| "it went too far for all".repeat(3));
                log.step(taken, cause)
            }
        });
    }
    Input::new(FLOW, log.events)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_flow_is_drawn_without_overlaps(
        happenings in prop::collection::vec((0..5_usize, any::<u8>(), 0..40_usize, 0..90_u32), 0..24)
    ) {
        check(&flow(&happenings));
    }
}
