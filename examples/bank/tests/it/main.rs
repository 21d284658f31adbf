//! The bank is as short as it says, and keeps what it was given.

use std::{path::Path, process::Command};

#[test]
fn the_whole_bank_has_at_most_58_lines() {
    let lines = include_str!("../../src/main.rs").lines().count();
    assert!(lines <= 58, "{lines} lines");
}

#[test]
fn a_second_run_goes_on_where_the_first_ended() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    assert_eq!(run_in(directory.path()), "Some(500)\n");
    assert_eq!(run_in(directory.path()), "Some(1000)\n");
}

fn run_in(directory: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bank"))
        .current_dir(directory)
        .output()
        .expect("the bank can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}
