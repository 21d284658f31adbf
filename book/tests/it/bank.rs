use crate::support::{book, read};
use std::process::Command;

/// What the program prints in this folder.
fn run(folder: &std::path::Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bank")).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_bank_keeps_its_money_between_two_runs() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path()), "Some(500)\n");
    assert_eq!(run(folder.path()), "Some(1000)\n");
}

#[test]
fn the_readme_shows_what_is_compiled_and_checked() {
    let readme = read(&crate::support::project().join("README.md"));
    for file in ["code/bank.rs", "shown/compensated.txt"] {
        let shown = read(&book().join(file));
        assert!(readme.contains(&shown), "README.md shows another text than book/{file}");
    }
}
