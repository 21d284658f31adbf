//! The page for a review: what it says, what it holds, and what it can be made of.

use crate::manifests::*;
use chrono::{DateTime, TimeZone, Utc};
use quadrille_core::manifest::{ComponentManifest, Manifest};
use quadrille_flow::{
    graph::{Change, Edge, Graph, Kind, Node},
    lint::{Config, Input},
    report::{Asked, FanOut, Known, ReadError, Review, page, read},
};
use quick_xml::{Reader, events::Event};

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 3, 1, hour, 0, 0).unwrap()
}

fn review_of(manifest: Manifest, hour: u32) -> Review {
    let asked = Asked { title: "The shop".into(), made_at: at(hour) };
    Review::of(Input::new(&[manifest]), &Config::default(), asked)
}

fn review(change: impl FnOnce(&mut Vec<ComponentManifest>)) -> Review {
    let mut shop = shop();
    change(&mut shop.components);
    review_of(shop, 12)
}

/// Fails unless the page is well formed; hands back its text without markup.
#[track_caller]
fn text_of(page: &str) -> String {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut text, mut open, mut skip) = (String::new(), Vec::new(), false);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{page}")) {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                skip = matches!(&*name, "style" | "script");
                open.push(name);
            }
            Event::End(_) => {
                open.pop();
                skip = false;
                text.push(' ');
            }
            Event::Text(words) if !skip => text.push_str(words.as_ref()),
            Event::GeneralRef(name) if !skip => {
                text.push_str(&format!("&{};", AsRef::<str>::as_ref(&name)));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_flow_is_known_by_whoever_is_on_its_way() {
    let review = review(|_| ());
    let [place, capture] = &review.flows[..] else { panic!("{:#?}", review.flows) };
    let told = |flow: &Known| {
        let parts = flow.parts.iter().map(|part| {
            let name = part.component.clone().unwrap_or_default();
            format!("{name} {} {}", part.handlers.join(","), part.read_models.join(","))
        });
        (parts.collect::<Vec<_>>(), flow.events, flow.commands, flow.depth, flow.widest)
    };
    assert_eq!((&*place.entry, &*place.from[0].name), ("command:order.place", "website"));
    let parts = ["sales process:overdue projector:orders", "till reaction:request-payment "];
    assert_eq!(told(place), (parts.map(String::from).to_vec(), 3, 3, 3, 2));
    assert_eq!(&*capture.entry, "command:payment.capture");
    let parts = ["till  ", "sales reaction:note-paid,process:overdue "];
    assert_eq!(told(capture), (parts.map(String::from).to_vec(), 2, 2, 2, 1));
    assert!(capture.parts[0].decides);
}

#[test]
fn what_nobody_sends_or_emits_begins_a_flow_as_well() {
    let review = review(|parts| {
        parts[1].externals.clear();
        parts[1].reactions.push(reaction("email", "order.shipped", ""));
    });
    let entries: Vec<_> =
        review.flows.iter().map(|flow| (&*flow.entry, flow.from.len(), flow.parts.len())).collect();
    assert_eq!(
        entries,
        [("command:order.place", 0, 2), ("command:payment.capture", 1, 2), ("order.shipped", 0, 1)]
    );
}

#[test]
fn components_are_coupled_by_events_that_they_read_and_commands_that_they_send() {
    let review = review(|parts| {
        parts[2].reactions.push(reaction("give-up", "payment.requested", "order.cancel"));
    });
    let names: Vec<_> = review.components.iter().map(|part| &*part.component).collect();
    assert_eq!(names, ["sales", "till"]);
    let [sales, till] = &review.components[..] else { panic!("{names:?}") };
    assert_eq!((sales.efferent(), sales.afferent(), sales.instability()), (1, 2, Some(1.0 / 3.0)));
    assert_eq!((till.efferent(), till.afferent(), till.instability()), (2, 1, Some(2.0 / 3.0)));
    assert_eq!((sales.aggregates, sales.handlers, sales.read_models), (1, 2, 1));
    assert!(till.sends.contains("order.cancel") && sales.sent_by_others.contains("order.cancel"));
    assert!(till.depends_on.contains("sales") && till.needed_by.contains("sales"));
    assert_eq!(sales.owner.as_deref(), Some("team-sales"));
}

#[test]
fn events_that_several_read_are_listed() {
    let [FanOut { event, component, handlers, read_models, outside }] = &review(|_| ()).fan_out[..]
    else {
        panic!("only one event has more than one reader");
    };
    assert_eq!((&**event, component.as_deref()), ("order.placed", Some("sales")));
    assert_eq!(handlers[..], ["process:overdue", "reaction:request-payment"]);
    assert_eq!((read_models.len(), outside.len()), (1, 0));
}

#[test]
fn a_page_says_all_of_it_and_asks_for_nothing() {
    let made = review(|parts| parts[1].projectors.clear());
    let page = page(&made, None);
    let text = text_of(&page);
    for part in [
        "The shop",
        "1 March 2024, 12:00 UTC · from the manifests of the app shop",
        "flows 2",
        "warning dead-event",
        "order.cancelled is emitted, and nobody reads it",
        "order.place from website team-website",
        "2 components · 3 commands · 3 event types · depth 3",
        "sales team-sales overdue",
        "0.50",
    ] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    assert!(!text.contains("What changed"), "{text}");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("default-src 'none'"));
    let hosts: Vec<_> = page.split("http").skip(1).map(|rest| &rest[..22]).collect();
    assert!(
        hosts
            .iter()
            .all(|host| host.starts_with("://www.w3.org/2000/svg") || host.starts_with("-equiv=")),
        "{hosts:?}"
    );
    assert!(!page.contains("url(") && !page.contains("src=") && !page.contains("href="));
}

#[test]
fn the_data_of_a_page_is_read_back() {
    let made = review(|parts| parts[1].projectors.clear());
    assert_eq!(read(&page(&made, None)).unwrap(), made);
    let check = |page: &str, expected: &str| {
        let error = read(page).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check("<html></html>", "this is no page of `quadrille flow report`");
    let whole = page(&made, None);
    check(&whole[..whole.len() - 100], "this is no page of");
    check(&whole.replace("{\"format\":1", "{\"format\":2"), "reads form 1 at most");
    check(&whole.replace("{\"format\":1,", "{\"format\":1,,"), "read the data of a flow report");
    let newer = read(&whole.replace("{\"format\":1", "{\"format\":7"));
    assert!(matches!(newer, Err(ReadError::Newer(7))));
}

#[test]
fn a_name_is_text_whatever_it_holds() {
    let wild = "</script><img src=x onerror=\"alert(1)\">&amp;'\u{202e}\u{1b}[31m\n";
    let made = review(|parts| {
        parts[1].name = wild.into();
        parts[1].owner = Some(wild.into());
        parts[1].reactions.push(reaction(wild, "order.shipped", "order.cancel"));
        parts[2].externals[0].name = wild.into();
        parts[2].externals[0].owner = Some(wild.into());
    });
    let page = page(&made, Some(&made.since(&review(|_| ()))));
    let text = text_of(&page);
    assert!(!page.contains("<img"));
    let (shown, _) = page.split_once("<script").unwrap();
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{1b}'));
    assert!(text.contains("&lt;/script&gt;&lt;img src=x"), "{text}");
    assert_eq!(page.matches("</script>").count(), 1);
    assert_eq!(read(&page).unwrap(), made);
}

#[test]
fn what_has_changed_since_the_last_one_is_told() {
    let old = review(|parts| parts[1].projectors.clear());
    let mut shop = shop();
    shop.components[2].reactions.push(reaction("email", "payment.captured", ""));
    shop.components[1].processes.clear();
    shop.components[1].owner = None;
    let new = review_of(shop, 15);
    let changes = new.since(&old);
    assert_eq!(changes.nodes(Change::Added), ["projector:orders", "reaction:email"]);
    assert_eq!(changes.nodes(Change::Removed), ["deadline:overdue.Late", "process:overdue"]);
    assert!(changes.edges(Change::Added).contains(&("payment.captured", "reaction:email")));
    let lints = |noted: &[quadrille_flow::report::Noted]| {
        noted.iter().map(|one| one.lint.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lints(&changes.found), ["dead-event", "unused-command", "owner-missing"]);
    assert_eq!(lints(&changes.gone), ["dead-event"]);
    let moved: Vec<_> =
        changes.moved.iter().map(|m| format!("{} {} {} {}", m.of, m.figure, m.was, m.is)).collect();
    assert!(moved.contains(&"command:order.place depth 3 1".to_owned()), "{moved:?}");
    assert!(moved.contains(&"read models  0 1".to_owned()), "{moved:?}");
    let text = text_of(&page(&new, Some(&changes)));
    for part in [
        "Since the report of 1 March 2024, 12:00 UTC.",
        "New: 2 nodes, 3 edges orders email",
        "Gone: 2 nodes",
        "No longer open: 1 finding order.cancelled is emitted, and nobody reads it",
        "depth order.place 3 1 −2",
    ] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
}

#[test]
fn nothing_has_changed_since_an_equal_one() {
    let (old, new) = (review(|_| ()), review_of(shop(), 18));
    let changes = new.since(&old);
    assert!(changes.is_empty());
    assert!(text_of(&page(&new, Some(&changes))).contains("12:00 UTC. Nothing."));
}

#[test]
fn what_the_log_counted_stands_in_the_graph_and_what_nobody_declared_beside_it() {
    let seen = Node { count: Some(7), ..Node::new(Kind::Event, "order.placed") };
    let place = Node::new(Kind::Command, "order.place");
    let nodes = [seen, place, Node::new(Kind::Reaction, "spy")];
    let counted = |from, to, count| Edge { count: Some(count), ..Edge::new(from, to) };
    let edges = [
        counted("command:order.place", "order.placed", 7),
        counted("order.placed", "reaction:spy", 5),
    ];
    let observed = Graph::new(nodes, edges);
    let manifests = [shop()];
    let input = Input { observed: Some(&observed), ..Input::new(&manifests) };
    let asked = Asked { title: "The shop".into(), made_at: at(12) };
    let made = Review::of(input, &Config::default(), asked);
    let edge = made.graph.edge("command:order.place", "order.placed").unwrap();
    assert_eq!(edge.count, Some(7));
    assert_eq!(made.undeclared.len(), 1);
    let text = text_of(&page(&made, None));
    assert!(text.contains("Happened, and nobody declared it: 1 edge"), "{text}");
    assert!(text.contains("order.placed spy 5"), "{text}");
    assert!(text.contains("from the manifests and log of the app shop"), "{text}");
}
