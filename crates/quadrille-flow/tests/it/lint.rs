use crate::manifests::*;
use chrono::{TimeZone, Utc};
use quadrille_core::{
    Position,
    manifest::{ComponentManifest, Manifest},
};
use quadrille_flow::{
    expected::{FlowReport, Monitor, parse},
    graph::{Edge, Graph, Kind, Latency, Node},
    lint::{Config, Finding, Glimpse, Input, Level, RULES, Report, Seen, check},
    observed::Follower,
};
use std::collections::BTreeMap;

fn run(manifests: &[Manifest], config: &str) -> Report {
    check(Input::new(manifests), &config.parse().unwrap())
}

/// The findings of one lint.
fn of(report: Report, lint: &str) -> Vec<Finding> {
    assert!(RULES.iter().any(|rule| rule.name == lint), "there is no {lint}");
    report.findings.into_iter().filter(|finding| finding.lint == lint).collect()
}

/// What a lint says about the shop after a change.
fn found(lint: &str, change: impl FnOnce(&mut Vec<ComponentManifest>)) -> Vec<Finding> {
    let mut shop = shop();
    change(&mut shop.components);
    of(run(&[shop], ""), lint)
}

#[track_caller]
fn one(findings: Vec<Finding>, level: Level, subjects: &[&str], message: &str) {
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!(
        (finding.level, &finding.subjects[..]),
        (level, &subjects.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..])
    );
    assert_eq!(finding.message, message);
}

fn seen_once(event: &str, version: u32) -> BTreeMap<String, Seen> {
    let recorded_at = Utc.with_ymd_and_hms(2024, 3, 1, 12, 0, 0).unwrap();
    let glimpse = Glimpse { schema_version: version, position: Position(7), recorded_at };
    BTreeMap::from([(event.to_owned(), Seen { first: glimpse, last: glimpse })])
}

#[test]
fn nothing_is_found_where_all_is_as_it_should_be() {
    let report = run(&[shop()], "");
    assert_eq!(report, Report::default());
    assert_eq!(report.to_string(), "nothing found\n");
    assert!(!report.reaches(Level::Warn));
}

#[test]
fn a_dead_event_is_emitted_and_read_by_nobody() {
    let drop_readers = |parts: &mut Vec<ComponentManifest>| parts[1].projectors.clear();
    one(
        found("dead-event", drop_readers),
        Level::Warn,
        &["order.cancelled"],
        "order.cancelled is emitted, and nobody reads it",
    );
    // Somebody outside reads it.
    let auditor = |parts: &mut Vec<ComponentManifest>| {
        drop_readers(parts);
        parts[1].externals.push(external("auditor", "", "order.cancelled", ""));
    };
    assert_eq!(found("dead-event", auditor), []);
}

#[test]
fn a_dead_event_was_seen_last_at_some_time_or_never() {
    let mut shop = shop();
    shop.components[1].projectors.clear();
    let said = |seen: &BTreeMap<String, Seen>| {
        let input = Input { seen: Some(seen), ..Input::new(std::slice::from_ref(&shop)) };
        of(check(input, &Config::default()), "dead-event")[0].message.clone()
    };
    let emitted = "order.cancelled is emitted, and nobody reads it";
    assert_eq!(said(&BTreeMap::new()), format!("{emitted}; the log holds none"));
    let seen = seen_once("order.cancelled", 1);
    assert_eq!(said(&seen), format!("{emitted}; last seen 2024-03-01 12:00:00"));
}

#[test]
fn a_deaf_handler_reads_what_nobody_emits() {
    let email = |parts: &mut Vec<ComponentManifest>| {
        parts[1].reactions.push(reaction("email", "order.shipped", ""));
    };
    one(
        found("deaf-handler", email),
        Level::Deny,
        &["reaction:email", "order.shipped"],
        "reaction:email reads order.shipped, which nobody emits",
    );
    // Another app may emit what is of no aggregate here.
    let elsewhere = |parts: &mut Vec<ComponentManifest>| {
        parts[1].reactions.push(reaction("email", "parcel.shipped", ""));
    };
    one(
        found("deaf-handler", elsewhere),
        Level::Warn,
        &["reaction:email", "parcel.shipped"],
        "reaction:email reads parcel.shipped, which nobody emits",
    );
    let carrier = |parts: &mut Vec<ComponentManifest>| {
        email(parts);
        parts[1].externals.push(external("carrier", "order.shipped", "", ""));
    };
    assert_eq!(found("deaf-handler", carrier), []);
}

#[test]
fn what_the_log_holds_is_not_certainly_unheard() {
    let mut shop = shop();
    shop.components[1].reactions.push(reaction("email", "order.shipped", ""));
    shop.components[1].projectors.push(projector("shipped", "order.shipped"));
    let seen = seen_once("order.shipped", 1);
    let input = Input { seen: Some(&seen), ..Input::new(std::slice::from_ref(&shop)) };
    one(
        of(check(input, &Config::default()), "deaf-handler"),
        Level::Warn,
        &["reaction:email", "order.shipped"],
        "reaction:email reads order.shipped, which nobody emits; last seen 2024-03-01 12:00:00",
    );
}

#[test]
fn a_process_manager_may_wait_for_what_it_never_brings_about() {
    let with =
        |step| found("deaf-handler", |parts| parts[1].processes.push(process("p", vec![step])));
    let late = step("Late", "deadline", "");
    let never = "process:p waits in Late for a deadline that it never sets";
    one(with(late.clone()), Level::Warn, &["process:p"], never);
    assert_eq!(with(late.sets("Late")), []);
    let refused = step("No", "rejection", "");
    let never = "process:p waits in No for refusals, and sends no command";
    one(with(refused.clone()), Level::Warn, &["process:p"], never);
    assert_eq!(with(refused.sends("order.cancel")), []);
}

#[test]
fn an_unused_command_has_no_sender() {
    let closed = |parts: &mut Vec<ComponentManifest>| parts[1].externals.clear();
    one(
        found("unused-command", closed),
        Level::Warn,
        &["command:order.place"],
        "nobody declares to send order.place",
    );
    let mut shop = shop();
    closed(&mut shop.components);
    let sent = Node { count: Some(3), ..Node::new(Kind::Command, "order.place") };
    let observed = Graph::new([sent], []);
    let input = Input { observed: Some(&observed), ..Input::new(std::slice::from_ref(&shop)) };
    assert_eq!(of(check(input, &Config::default()), "unused-command"), []);
}

#[test]
fn a_loop_has_a_guard_or_is_found() {
    let again = |parts: &mut Vec<ComponentManifest>| {
        parts[2].reactions.push(reaction("again", "payment.requested", "payment.request"));
    };
    one(
        found("event-loop", again),
        Level::Warn,
        &["command:payment.request", "payment.requested", "reaction:again"],
        "payment.request → payment.requested → again → payment.request",
    );
    let retry = |marks: &'static str| {
        move |parts: &mut Vec<ComponentManifest>| {
            let again = step("Again", "event", "payment.requested").sends("payment.request");
            parts[2].processes.push(process("retry", vec![again.marked(marks)]));
        }
    };
    one(
        found("event-loop", retry("starts")),
        Level::Warn,
        &["command:payment.request", "payment.requested", "process:retry"],
        "payment.request → payment.requested → retry/Again → payment.request",
    );
    assert_eq!(found("event-loop", retry("starts completes")), []);
    // Who is outside may think before the next command.
    let caller = |parts: &mut Vec<ComponentManifest>| {
        parts[2].externals.push(external("clerk", "", "payment.requested", "payment.request"));
    };
    assert_eq!(found("event-loop", caller), []);
}

#[test]
fn inputs_that_do_not_lead_to_one_another_are_no_loop() {
    let waits = |parts: &mut Vec<ComponentManifest>| {
        let steps = vec![
            step("Asked", "event", "payment.requested").sets("Late"),
            step("Late", "deadline", "").sends("payment.request"),
        ];
        parts[2].processes.push(process("waits", steps));
    };
    let found = found("event-loop", waits);
    let loops =
        ["command:payment.request", "payment.requested", "process:waits", "deadline:waits.Late"];
    assert_eq!(found[0].subjects, loops);
    let only_waits = |parts: &mut Vec<ComponentManifest>| {
        waits(parts);
        parts[2].processes[0].steps[1].sends = vec!["order.cancel".into()];
    };
    assert_eq!(self::found("event-loop", only_waits), []);
}

#[test]
fn handlers_of_one_event_with_commands_to_one_aggregate_are_coupled_by_time() {
    let second = |sends: &'static str| {
        move |parts: &mut Vec<ComponentManifest>| {
            parts[2].reactions.push(reaction("check-risk", "order.placed", sends));
        }
    };
    one(
        found("hidden-temporal-coupling", second("payment.capture")),
        Level::Warn,
        &["reaction:check-risk", "reaction:request-payment", "order.placed"],
        "reaction:check-risk, reaction:request-payment all react to order.placed with commands to payment, in any order",
    );
    assert_eq!(found("hidden-temporal-coupling", second("order.cancel")), []);
}

/// Some aggregates whose events one reaction answers with commands to others of them.
fn hub(one_by_one: bool) -> Manifest {
    let names = ["a", "b", "c", "d"];
    let mut part = component("hub");
    part.aggregates = names.iter().map(|name| aggregate(name, "go>went", "")).collect();
    let lead = |(from, to): (&str, &str), name: &str| {
        reaction(name, &format!("{from}.went"), &format!("{to}.go"))
    };
    if one_by_one {
        let next = names.iter().zip(&names[1..]);
        part.reactions =
            next.map(|(from, to)| lead((*from, *to), &format!("after-{from}"))).collect();
    } else {
        part.reactions =
            vec![reaction("lead", "a.went b.went c.went d.went", "a.go b.go c.go d.go")];
    }
    app("hub", vec![part])
}

#[test]
fn a_reaction_that_everything_passes_is_an_orchestrator() {
    let findings = of(run(&[hub(false)], ""), "implicit-orchestrator");
    let share = findings[0].measure.value;
    assert!(share > 0.9, "{share}");
    let message = format!(
        "{} % of all ways through the flow lead through reaction:lead",
        (share * 100.0).round()
    );
    one(findings, Level::Warn, &["reaction:lead"], &message);
    assert_eq!(of(run(&[hub(true)], ""), "implicit-orchestrator"), []);
}

#[test]
fn what_the_log_shows_decides_who_orchestrates() {
    let nodes = [Node::new(Kind::Reaction, "lead"), Node::new(Kind::Event, "a.went")];
    let observed = Graph::new(nodes, [Edge::new("a.went", "reaction:lead")]);
    let manifests = [hub(false)];
    let input = Input { observed: Some(&observed), ..Input::new(&manifests) };
    assert_eq!(of(check(input, &Config::default()), "implicit-orchestrator"), []);
}

fn coordinator(inputs: &[&str]) -> Vec<Finding> {
    found("god-coordinator", |parts| {
        let steps = inputs.iter().map(|event| step(event, "event", event).marked("completes"));
        parts[1].processes.push(process("all", steps.collect()));
    })
}

#[test]
fn a_coordinator_that_knows_everything_is_found() {
    one(
        coordinator(&["a.x", "b.x", "c.x", "d.x", "e.x"]),
        Level::Warn,
        &["process:all"],
        "process:all knows 5 aggregates, takes 5 inputs and reads 5 fields of others' events",
    );
    assert_eq!(coordinator(&["a.x", "b.x", "c.x", "order.placed"]), []);
    let many: Vec<String> = (0..11).map(|n| format!("order.x{n}")).collect();
    let findings = coordinator(&many.iter().map(|name| &**name).collect::<Vec<_>>());
    assert_eq!((findings[0].measure.name, findings[0].measure.value), ("inputs", 11.0));
}

#[test]
fn a_reaction_may_read_too_many_types() {
    let email = |events: &'static str| {
        move |parts: &mut Vec<ComponentManifest>| {
            parts[1].reactions.push(reaction("email", events, ""));
        }
    };
    one(
        found("broad-handler", email("a.a a.b a.c a.d a.e a.f")),
        Level::Warn,
        &["reaction:email"],
        "reaction:email reads 6 event types",
    );
    assert_eq!(found("broad-handler", email("a.a a.b a.c a.d a.e")), []);
}

#[test]
fn an_event_may_have_too_many_handlers() {
    let readers = |count: usize| {
        found("fan-out", |parts| {
            for n in 0..count {
                parts[1].reactions.push(reaction(&format!("r{n}"), "order.cancelled", ""));
                parts[1].projectors.push(projector(&format!("p{n}"), "order.cancelled"));
            }
        })
    };
    let message = "7 handlers react to order.cancelled";
    one(readers(7), Level::Warn, &["order.cancelled"], message);
    assert_eq!(readers(6), []);
}

#[test]
fn a_flow_may_be_too_deep() {
    let chain = |length: usize| {
        let mut part = component("chain");
        for n in 0..=length {
            part.aggregates.push(aggregate(&format!("a{n}"), "go>went", ""));
        }
        for n in 0..length {
            let (event, command) = (format!("a{n}.went"), format!("a{}.go", n + 1));
            part.reactions.push(reaction(&format!("r{n}"), &event, &command));
        }
        of(run(&[app("chain", vec![part])], ""), "flow-depth")
    };
    let findings = chain(9);
    assert_eq!(findings[0].measure.value, 9.0);
    assert!(findings[0].message.ends_with(": reaction:r0 → reaction:r1 → reaction:r2 → reaction:r3 → reaction:r4 → reaction:r5 → reaction:r6 → reaction:r7 → reaction:r8"));
    assert_eq!(chain(8), []);
}

#[test]
fn a_process_manager_ends() {
    let endless = |marks: &'static str| {
        move |parts: &mut Vec<ComponentManifest>| {
            let steps = vec![step("Placed", "event", "order.placed").marked(marks)];
            parts[1].processes.push(process("endless", steps));
        }
    };
    let findings = found("process-without-completion", endless("starts"));
    one(findings, Level::Deny, &["process:endless"], "no input completes process:endless");
    assert_eq!(found("process-without-completion", endless("starts completes")), []);
}

#[test]
fn a_deadline_has_an_input_that_takes_it() {
    let forget = |parts: &mut Vec<ComponentManifest>| {
        parts[1].processes[0].steps.retain(|step| step.input != "Late");
    };
    one(
        found("deadline-without-handler", forget),
        Level::Deny,
        &["process:overdue", "deadline:overdue.Late"],
        "process:overdue sets the deadline Late, and no input takes it",
    );
}

#[test]
fn a_reader_knows_the_versions_that_are_written() {
    let second = |to: u32| {
        move |parts: &mut Vec<ComponentManifest>| {
            parts[1].aggregates[0].events[0].version = 2;
            parts[1].projectors[0].reads[1].to_version = to;
        }
    };
    one(
        found("upcaster-gap", second(1)),
        Level::Deny,
        &["projector:orders", "order.cancelled"],
        "order.cancelled has version 2, and projector:orders reads versions 1 to 1",
    );
    assert_eq!(found("upcaster-gap", second(2)), []);
}

#[test]
fn a_gap_between_two_apps_is_not_certain() {
    let mut shop = shop();
    shop.components[1].aggregates[0].events[0].version = 2;
    shop.components[1].projectors.clear();
    let old = ComponentManifest {
        name: "mail".into(),
        owner: Some("team-mail".into()),
        reactions: vec![reaction("greet", "order.cancelled", "")],
        ..ComponentManifest::default()
    };
    let mail = Manifest { app: "mail".into(), components: vec![old], ..Manifest::default() };
    let gaps = of(run(&[shop, mail], ""), "upcaster-gap");
    let greet = gaps.iter().find(|gap| gap.subjects[0] == "reaction:greet").unwrap();
    assert_eq!(greet.level, Level::Warn);
    let said = "reaction:greet of the app mail reads versions 1 to 1";
    assert!(greet.message.ends_with(said), "{}", greet.message);
}

#[test]
fn a_terminal_is_shown_no_control_characters() {
    let wild = |parts: &mut Vec<ComponentManifest>| {
        parts[1].reactions.push(reaction("r\u{1b}]0;x\u{7}\nerror: fake", "order.shipped", ""));
    };
    let mut shop = shop();
    wild(&mut shop.components);
    let text = run(&[shop], "").to_string();
    assert!(text.contains("reaction:r·]0;x··error: fake reads"), "{text}");
}

#[test]
fn a_limit_of_nothing_hides_nothing() {
    let lots = |parts: &mut Vec<ComponentManifest>| {
        let steps = (0..3).map(|n| step(&format!("S{n}"), "deadline", "").sets("S0")).collect();
        parts[1].processes.push(process("p", steps));
    };
    let mut shop = shop();
    lots(&mut shop.components);
    let limits = "[lints.god-coordinator]\naggregates = 0\nforeign_fields = 0\ninputs = 2";
    let found = of(run(&[shop], limits), "god-coordinator");
    assert!(found.iter().any(|one| one.subjects == ["process:p"]), "{found:?}");
}

#[test]
fn an_owner_knows_the_versions_that_the_log_holds() {
    let with = |held: u32| {
        let mut shop = shop();
        let event = &mut shop.components[2].aggregates[0].events[1];
        (event.version, event.reads_from) = (3, 2);
        shop.components[2].externals[0].reads.clear();
        let seen = seen_once("payment.requested", held);
        let input = Input { seen: Some(&seen), ..Input::new(std::slice::from_ref(&shop)) };
        of(check(input, &Config::default()), "upcaster-gap")
    };
    let said =
        |held| format!("payment.requested has version {held}, and its owner reads versions 2 to 3");
    one(with(1), Level::Deny, &["payment.requested"], &said(1));
    one(with(4), Level::Deny, &["payment.requested"], &said(4));
    assert_eq!(with(2), []);
}

#[test]
fn everything_has_an_owner() {
    let disown = |parts: &mut Vec<ComponentManifest>| parts[1].owner = None;
    let findings = found("owner-missing", disown);
    one(findings, Level::Warn, &["component:sales"], "nobody answers for component:sales");
    let bank = |parts: &mut Vec<ComponentManifest>| parts[2].externals[0].owner = None;
    let findings = found("owner-missing", bank);
    one(findings, Level::Warn, &["external:bank"], "nobody answers for external:bank");
    let known_elsewhere = |parts: &mut Vec<ComponentManifest>| {
        bank(parts);
        parts[1].externals.push(external("bank", "", "", ""));
    };
    assert_eq!(found("owner-missing", known_elsewhere), []);
}

#[test]
fn what_several_apps_register_is_found_once() {
    let mut shop = shop();
    shop.components[1].externals.clear();
    let other = Manifest { app: "shop-2".into(), ..shop.clone() };
    assert_eq!(run(&[shop.clone(), other], "").findings, run(&[shop], "").findings);
}

const ALLOWED: &str = "\
[[allow]]
lint = \"dead-event\"
subject = \"order.cancelled\"
reason = \"auditors read it in the log\"
";

#[test]
fn what_is_meant_is_allowed_with_a_reason() {
    let mut open = shop();
    open.components[1].projectors.clear();
    let report = run(&[open], ALLOWED);
    assert_eq!(report.findings, []);
    assert_eq!(report.allowed[0].reason, "auditors read it in the log");
    assert_eq!(report.to_string(), "nothing found; 1 allowed\n");

    one(
        of(run(&[shop()], ALLOWED), "unused-allow"),
        Level::Warn,
        &["order.cancelled"],
        "dead-event is allowed for order.cancelled, and was not found there",
    );
    let off = format!("[lints.dead-event]\nlevel = \"allow\"\n{ALLOWED}");
    assert_eq!(run(&[shop()], &off), Report::default());
    let silent = format!("[lints.unused-allow]\nlevel = \"allow\"\n{ALLOWED}");
    assert_eq!(run(&[shop()], &silent), Report::default());
}

#[test]
fn levels_and_limits_can_be_set() {
    let mut open = shop();
    open.components[1].projectors.clear();
    let open = [open];
    let level = |config: &str| of(run(&open, config), "dead-event").first().map(|f| f.level);
    assert_eq!(level(""), Some(Level::Warn));
    assert_eq!(level("[lints.dead-event]\nlevel = \"deny\""), Some(Level::Deny));
    assert_eq!(level("[lints.dead-event]\nlevel = \"allow\""), None);
    assert_eq!(level("[lints.dead-event]\nconsumers = 0"), None);
    let strict = of(run(&[shop()], "[lints.fan-out]\nhandlers = 1"), "fan-out");
    assert_eq!((strict[0].measure.value, strict[0].measure.threshold), (2.0, 1.0));
}

#[test]
fn a_report_reads_well() {
    let mut bad = shop();
    bad.components[1].projectors.clear();
    bad.components[1].owner = None;
    bad.components[1].reactions.push(reaction("email", "order.shipped", ""));
    assert_eq!(
        run(&[bad], "").to_string(),
        "\
error: deaf-handler
  reaction:email reads order.shipped, which nobody emits
  → mend the name, declare who emits it outside (`External::emits`), or remove the handler once nothing waits for it

warning: dead-event
  order.cancelled is emitted, and nobody reads it
  → declare who reads it outside (`External::reads`), let somebody read it, or stop emitting it

warning: owner-missing
  nobody answers for component:sales
  → name who answers for it: `.owner(\"team-…\")`

1 error, 2 warnings
"
    );
}

#[test]
fn a_report_in_sarif_has_all_that_the_standard_asks_for() {
    let mut open = shop();
    open.components[1].projectors.clear();
    open.components[1].reactions.push(reaction("email", "order.shipped", ""));
    let sarif = run(&[open], ALLOWED).sarif();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), RULES.len());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
    }
    assert_eq!(results[0]["level"], "error");
    let place = &results[0]["locations"][0]["logicalLocations"][0];
    assert_eq!(place["fullyQualifiedName"], "reaction:email");
    let other = &results[0]["relatedLocations"][0]["logicalLocations"][0];
    assert_eq!(other["fullyQualifiedName"], "order.shipped");
    let suppressed = serde_json::json!([
        { "kind": "external", "justification": "auditors read it in the log" }
    ]);
    assert_eq!(results[1]["suppressions"], suppressed);
}

#[test]
fn every_lint_says_what_it_is() {
    for rule in RULES {
        assert!(rule.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.name);
        assert!(rule.summary.ends_with('.') && !rule.way_out.is_empty(), "{}", rule.name);
        assert!(!rule.limits.is_empty(), "{}", rule.name);
        assert_eq!(RULES.iter().filter(|other| other.name == rule.name).count(), 1);
    }
}

fn reports(log: &crate::expected::Log, text: &str) -> Vec<FlowReport> {
    let mut monitor = Monitor::new(parse(text).unwrap());
    log.0.iter().for_each(|event| monitor.push(event));
    monitor.report(None, 1)
}

#[test]
fn an_unexpected_flow_is_told_once_for_each_way_to_differ() {
    let mut log = crate::expected::Log::default();
    log.flow(1, "a.a/x b.b/x").flow(2, "a.a/x").flow(3, "a.a/x c.c/x").flow(4, "a.a/x c.c/x");
    let expected = reports(&log, "flow f { a.a b.b }");
    let shop = [shop()];
    let said = |config: &str| {
        let input = Input { expected: &expected, ..Input::new(&shop) };
        of(check(input, &config.parse().unwrap()), "unexpected-flow")
    };
    let message = "f: c.c extra in 2 of 4 flows: in 00000000-0000-0000-0000-000000000003, \
                   c.c has no place there (event 00000000-0000-0000-0000-00000000e005 at position 50)";
    one(said(""), Level::Deny, &["c.c", "flow:f"], message);
    assert_eq!(said("lints.unexpected-flow.share = 0.5"), []);
    let allow =
        "[[allow]]\nlint = \"unexpected-flow\"\nsubject = \"flow:f\"\nreason = \"they know\"";
    assert_eq!(said(allow), []);
}

#[test]
fn an_expected_flow_that_never_was_is_doubtful() {
    let expected = reports(&crate::expected::Log::default(), "flow f { a.a }");
    let shop = [shop()];
    let report = check(Input { expected: &expected, ..Input::new(&shop) }, &Config::default());
    let found = of(report, "unexpected-flow");
    one(found, Level::Warn, &["flow:f"], "f: no flow on this store is one of these");
}

#[test]
fn a_latency_that_shifts_is_told_either_way() {
    let graph = |micros, count| {
        let latency = Latency { p50_micros: micros, p95_micros: micros, p99_micros: micros };
        let (latency, count) = (Some(latency), Some(count));
        Graph::new([], [Edge { latency, count, ..Edge::new("order.placed", "reaction:mail") }])
    };
    let shop = [shop()];
    let said = |before: &Graph, now: &Graph| {
        let input = Input { baseline: Some([before, now]), ..Input::new(&shop) };
        of(check(input, &Config::default()), "latency-shift")
    };
    let (fast, slow) = (graph(20_000, 40), graph(50_000, 30));
    one(
        said(&fast, &slow),
        Level::Warn,
        &["reaction:mail", "order.placed"],
        "from order.placed to reaction:mail it takes 50 ms (median of 30), where it took 20 ms (of 40)",
    );
    assert_eq!(said(&slow, &fast).len(), 1);
    assert_eq!(said(&fast, &graph(40_000, 30)), []);
    // Seen too seldom, or too short to matter.
    assert_eq!(said(&fast, &graph(50_000, 19)), []);
    assert_eq!(said(&graph(100, 40), &graph(10_000, 40)), []);
}
