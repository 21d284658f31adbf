//! The replay as a program.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loan-applications"));
    command.args(args).current_dir(folder).env_remove("QUADRILLE_DATA");
    command
}

fn error(output: Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).expect("it prints text")
}

#[test]
fn without_a_log_it_says_how_to_get_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = error(program(folder.path(), &[]).output().unwrap());
    let there_is_none =
        "error: failed to find a log: there is no bpic2012.xes.gz or running-example.xes in data\n";
    assert!(missing.starts_with(there_is_none), "{missing}");
    assert!(missing.contains("Download `financial_log.xes.gz`"), "{missing}");
    let named = error(program(folder.path(), &["--log", "nowhere.xes"]).output().unwrap());
    assert!(named.starts_with("error: failed to open nowhere.xes: "), "{named}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[cfg(unix)]
#[test]
fn nobody_need_read_what_it_prints() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = r#"<log><trace><string key="concept:name" value="1"/><event><string key="concept:name" value="register request"/><date key="time:timestamp" value="2024-03-01T12:00:00Z"/></event></trace></log>"#;
    std::fs::write(folder.path().join("log.xes"), log).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program(folder.path(), &["--log", "log.xes"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]), "{output:?}");
}
