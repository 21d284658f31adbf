//! The book's own rules: whatever a reader sees as code was compiled, and whatever a reader is
//! told to type is typed by `.ci/run`.

use crate::support::{book, project, read};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn chapters() -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(book().join("src")).unwrap().map(|entry| entry.unwrap().path());
    let chapters = files.filter(|path| path.extension().is_some_and(|ext| ext == "md"));
    chapters.map(|path| (path.clone(), read(&path))).collect()
}

/// The fenced blocks of a text: what stands behind the fence, and the lines within.
fn blocks(text: &str) -> Vec<(String, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some((info.trim().to_owned(), Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end");
    blocks
}

/// The lines that `PATH` or `PATH:ANCHOR` includes, for files under `folder`.
fn included(folder: &Path, what: &str) -> Result<String, String> {
    let (path, anchor) = what.split_once(':').map_or((what, None), |(p, a)| (p, Some(a)));
    let text = fs::read_to_string(folder.join(path)).map_err(|error| format!("{path}: {error}"))?;
    let Some(anchor) = anchor else { return Ok(text) };
    let mark = |kind: &str| {
        let mark = format!("{kind}: {anchor}");
        let place =
            text.lines().position(|line| line.trim_start_matches(['/', '#', '-', ' ']) == mark);
        place.ok_or_else(|| format!("{path} has no `{mark}`"))
    };
    let (start, end) = (mark("ANCHOR")?, mark("ANCHOR_END")?);
    let lines: Vec<&str> =
        text.lines().skip(start + 1).take(end.saturating_sub(start + 1)).collect();
    Ok(lines.join("\n"))
}

/// What is wrong with the code that a chapter shows.
fn problems(folder: &Path, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (info, lines) in blocks(text) {
        let include = match lines[..] {
            [line] => line.trim().strip_prefix("{{#include ").and_then(|l| l.strip_suffix("}}")),
            _ => None,
        };
        let Some(what) = include else {
            problems.push(format!("a block of {info:?} is not one include: {lines:?}"));
            continue;
        };
        let home = match info.as_str() {
            "rust" => ["../code/", "../tests/it/", "../../examples/"].as_slice(),
            "toml" => &["../../examples/"],
            "flow" => &["../code/", "../../examples/"],
            "sh" => &["../sessions/"],
            "python" | "javascript" => &["../../crates/quadrille-gateway/clients/"],
            "sql" => &["../../migrations/"],
            "text" => &["../shown/"],
            _ => &[],
        };
        if !home.iter().any(|home| what.starts_with(home)) {
            problems.push(format!("{what} is no place for a block of {info:?}"));
        }
        match included(folder, what) {
            Ok(lines) if lines.trim().is_empty() => problems.push(format!("{what} is empty")),
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

#[test]
fn whatever_a_chapter_shows_is_compiled_or_run() {
    for (path, text) in chapters() {
        let problems = problems(&book().join("src"), &text);
        assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
    }
}

#[test]
fn code_from_nowhere_is_found() {
    let check = |text: &str, part: &str| {
        let problems = problems(&book().join("src"), text);
        assert!(problems.len() == 1 && problems[0].contains(part), "{problems:?}");
    };
    check("```rust\nfn made_up() {}\n```\n", "is not one include");
    check("```rust\n{{#include ../code/nowhere.rs:a}}\n```\n", "nowhere.rs");
    check("```rust\n{{#include ../code/account.rs:nothing}}\n```\n", "no `ANCHOR: nothing`");
    check("```sh\n{{#include ../code/account.rs}}\n```\n", "is no place for");
}

#[test]
fn every_chapter_is_in_the_summary_and_every_link_leads_somewhere() {
    let mut linked = BTreeSet::new();
    for (path, text) in chapters() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if link.starts_with("http") || file.is_empty() {
                continue;
            }
            assert!(book().join("src").join(file).exists(), "{}: {link}", path.display());
            if path.ends_with("SUMMARY.md") {
                linked.insert(file.to_owned());
            }
        }
    }
    let names =
        chapters().into_iter().filter_map(|(path, _)| path.file_name().map(|n| n.to_owned()));
    let names = names.map(|name| name.into_string().unwrap()).filter(|name| name != "SUMMARY.md");
    assert_eq!(names.collect::<BTreeSet<_>>(), linked);
}

#[test]
fn every_printed_trail_is_checked_by_a_test() {
    let tests: String = fs::read_dir(book().join("tests/it"))
        .unwrap()
        .map(|entry| read(&entry.unwrap().path()))
        .collect();
    for entry in fs::read_dir(book().join("shown")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(tests.contains(&format!("check_shown(\"{name}\"")), "nothing checks {name}");
    }
}

#[test]
fn every_session_is_typed_by_the_build() {
    let build = read(&project().join(".ci/run"));
    assert!(build.contains("book/sessions/*.sh"), ".ci/run does not run the sessions");
    let rest: Vec<_> = fs::read_dir(book().join("sessions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|ext| ext != "sh"))
        .collect();
    assert!(rest.is_empty(), "no session: {rest:?}");
}
