use crate::bench::Bench;

#[test]
fn wrong_usage_ends_with_two_and_says_why() {
    let bench = Bench::new();
    let check = |args: &[&str], expected: &str| {
        let error = bench.run(args).error();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    };
    check(&["dance"], "unrecognized subcommand");
    check(&["trace", "nonsense"], "has no `-` between its category and its id");
    check(&["events", "--last", "3", "--limit", "3"], "cannot be used with");
    check(&["streams"], "error: failed to open the store: there is no file log.db");
    check(&["--store", "", "streams"], "it is no URL such as sqlite:bank.db");
    let nobody = "postgres://bank:s3cr3t@127.0.0.1:1/bank";
    check(&["--store", nobody, "streams"], "reach postgres://bank:***@127.0.0.1:1/bank");
    check(&["--store", "postgres://db/bank?sslmod=require", "streams"], "no parameter \"sslmod\"");
    let nobody = "esdb://admin:s3cr3t@127.0.0.1:1?tls=false";
    check(&["--store", nobody, "streams"], "esdb://admin:***@127.0.0.1:1?tls=false");
    check(&["--store", nobody, "projections"], "it keeps events only; say where the read models");
    let models =
        "failed to find the read models on esdb://admin:***@127.0.0.1:1?tls=false: it keeps";
    check(&["--read-models", nobody, "migrate"], models);
    assert!(!bench.path("log.db").exists());
    check(&["import", "xes", "nowhere.xes"], "error: failed to read nowhere.xes: ");
    assert!(!bench.path("nowhere.xes").exists());
}

#[test]
fn nothing_is_made_by_looking() {
    let bench = Bench::new();
    bench.run(&["streams"]).error();
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 0);
}

#[test]
fn help_is_a_result() {
    let bench = Bench::new();
    let help = bench.run(&["--help"]).out();
    for command in [
        "events",
        "streams",
        "trace",
        "why",
        "flow",
        "import",
        "export",
        "projections",
        "processes",
        "migrate",
        "stalls",
        "deadlines",
        "parked",
        "serve",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
    assert!(help.contains("Exit codes: 0 done"));
    assert!(bench.run(&["import", "jsonl", "--help"]).out().contains("schema_version"));
}

#[test]
fn a_file_that_is_no_store_is_an_error_with_its_causes() {
    let bench = Bench::new();
    bench.write("log.db", "this is no database, though it is as long as the header of one would be: 100 bytes and more, and so on");
    let error = bench.run(&["streams"]).error();
    assert!(error.starts_with("error: failed to open the store: "), "{error}");
}

#[test]
fn every_error_says_what_failed() {
    let bench = Bench::new();
    let check = |args: &[&str], expected: &str| {
        let mut command = bench.command(args);
        let output = command.env_remove("QUADRILLE_STORE").output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
    };
    check(&["streams"], "error: failed to find the store: none is named; say --store URL, ");
    bench.run(&["migrate"]).out();
    let store = ["--store", "sqlite:log.db"];
    let on = |args: &[&'static str]| [&store[..], args].concat();
    check(&on(&["trace", "order-x"]), "error: failed to find a trail: the log holds no events of ");
    let show = on(&["processes", "show", "shipping", "o1"]);
    check(&show, "error: failed to show shipping o1: there is no such instance");
    let rebuild = on(&["projections", "rebuild", "orders"]);
    check(&rebuild, "error: failed to have orders rebuilt: no read model is called so: there are");
    let nobody = "00000000-0000-0000-0000-000000000007";
    let replay = on(&["parked", "replay", "--consumer", "mailer", nobody, "--reason", "r"]);
    check(&replay, "error: failed to have it replayed: mailer has not parked the event ");
}

#[cfg(unix)]
#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };
    let bench = Bench::new();
    let mut log = String::from("<log>");
    for case in 0..2_000 {
        log.push_str(&format!(
            r#"<trace><string key="concept:name" value="{case}"/><event><string key="concept:name" value="x"/><date key="time:timestamp" value="2024-03-01T12:00:00Z"/></event></trace>"#
        ));
    }
    log.push_str("</log>");
    bench.write("log.xes", log);
    bench.run(&["import", "xes", "log.xes"]).out();
    let mut command = bench.command(&["events", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"position\":1,"));
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
}

/// Each command on a pipe that was closed before it began, as by `| true`.
#[cfg(unix)]
#[tokio::test]
async fn no_command_minds_that_nobody_reads_it() {
    use std::{io::pipe, process::Stdio};
    let bench = Bench::new();
    let store = bench.store().await;
    crate::log::two_instances(&store).await;
    store.close().await;
    let check = |args: &[&str]| {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let output = bench.command(args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*error), (Some(0), ""), "{args:?}");
    };
    for command in [
        "--help",
        "--version",
        "migrate",
        "events",
        "events --last 1 --format json",
        "streams",
        "streams --format json",
        "trace order-o1",
        "trace order-o1 --format json",
        "trace order-o1 --format sequence",
        "trace order-o1 --format timeline",
        "trace order-o1 --format svg",
        "trace order-o1 --format mermaid",
        "why order-o1 total_cents",
        "events diff order-o1#1 order-o1#1",
        "flow open",
        "flow show --observed",
        "flow show --observed --by sequence --format json",
        "flow manifest",
        "flow show --declared",
        "flow show --declared --observed",
        "projections",
        "projections --all --format json",
        "processes",
        "processes show fulfilment o1",
        "deadlines",
        "deadlines --format json",
        "parked",
        "serve",
        "stalls",
        "export jsonl",
        "export jsonl log.jsonl",
        "import jsonl log.jsonl",
    ] {
        check(&command.split(' ').collect::<Vec<_>>());
    }
}

#[cfg(unix)]
#[test]
fn progress_that_nobody_reads_ends_nothing() {
    use std::{io::pipe, process::Stdio};
    let bench = Bench::new();
    let event = r#"<event><string key="concept:name" value="x"/><date key="time:timestamp" value="2024-03-01T12:00:00Z"/></event>"#;
    let mut log = String::from("<log>");
    for case in 0..51 {
        let events = event.repeat(1_000);
        log.push_str(&format!(
            r#"<trace><string key="concept:name" value="{case}"/>{events}</trace>"#
        ));
    }
    log.push_str("</log>");
    bench.write("log.xes", log);
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = bench.command(&["import", "xes", "log.xes"]);
    let output = command.stdout(Stdio::piped()).stderr(writer).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(out, "imported 51,000 events of 51 cases\n");
}
