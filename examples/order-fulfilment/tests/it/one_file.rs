//! The order flow on a file of its own.

use quadrille_cli::Done;
use std::{
    ffi::OsString,
    path::Path,
    process::{Command, Output, Stdio},
};

const UNCHANGED: &str = "All of it had happened before: this run changed nothing.";

fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_order-fulfilment"));
    command.args(args).current_dir(folder);
    command
}

#[track_caller]
fn texts(output: Output, code: i32) -> (String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    let (out, error) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{error}");
    (out, error)
}

#[tokio::test]
async fn a_second_run_changes_nothing_and_ends_with_commands_that_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = || texts(program(folder.path(), &["--orders", "40"]).output().unwrap(), 0).0;
    let first = run();
    assert!(!first.contains(UNCHANGED), "{first}");
    let second = run();
    assert!(second.contains(UNCHANGED), "{second}");
    let trail = |text: &str| {
        let trail = text.lines().skip_while(|line| !line.starts_with("The trail of order"));
        trail.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(trail(&first), trail(&second));

    assert!(second.contains("  export QUADRILLE_STORE='sqlite:orders.db'\n"), "{second}");
    let store = format!("sqlite:{}", folder.path().join("orders.db").display());
    let commands: Vec<_> =
        second.lines().filter_map(|line| line.strip_prefix("  quadrille ")).collect();
    assert!(commands.len() > 3, "{second}");
    for command in commands {
        let args = ["quadrille", "--store", &store].into_iter().chain(command.split(' '));
        assert_eq!(quadrille_cli::main(args.map(OsString::from)).await, Done::Well, "{command}");
    }
}

#[test]
fn what_is_wrong_with_a_file_of_orders_is_said_in_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |file: &str, expected: &str| {
        let output = program(folder.path(), &["--input", file]).output().unwrap();
        let error = texts(output, 2).1;
        assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
    };
    check("nowhere.csv", "error: failed to read nowhere.csv: ");
    std::fs::write(folder.path().join("bad.csv"), "order,customer\n1,2\n").unwrap();
    check("bad.csv", "error: failed to read bad.csv: ");
}

#[cfg(unix)]
#[test]
fn nobody_need_read_what_it_prints() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program(folder.path(), &["--orders", "3"]);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(texts(output, 0).1, "");
}
