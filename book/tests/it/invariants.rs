//! What ARCHITECTURE.md says is absent is absent.

use crate::support::{project, read};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// All files of the project that are text, and none that were made by building it.
fn files(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == ".git" || name == "target" || path.ends_with("book/book") {
            continue;
        }
        if path.is_dir() && !name.ends_with(".read-models") {
            files(&path, into);
        } else if path.is_file()
            && let Ok(text) = fs::read_to_string(&path)
        {
            into.push((path, text));
        }
    }
}

fn all_files() -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    files(&project(), &mut all);
    assert!(all.len() > 100, "only {} files: is this the project?", all.len());
    all
}

fn rust_files() -> Vec<(PathBuf, String)> {
    let mut all = all_files();
    all.retain(|(path, _)| path.extension().is_some_and(|ext| ext == "rs"));
    all
}

/// The names under `[dependencies]` in a manifest, optional ones included.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let names = lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    names.filter_map(|line| line.split(['.', ' ', '=']).next().map(str::to_owned)).collect()
}

/// The packages of the lock file, each with what it needs.
fn locked() -> BTreeMap<String, BTreeSet<String>> {
    let lock = read(&project().join("Cargo.lock"));
    let mut packages = BTreeMap::<String, BTreeSet<String>>::new();
    for package in lock.split("[[package]]").skip(1) {
        let quoted: Vec<&str> = package.split('"').collect();
        let name = quoted[1].to_owned();
        let needs = package.split_once("dependencies = [").map_or("", |(_, needs)| needs);
        let needs = needs.lines().filter_map(|line| {
            line.trim().trim_matches([',', '"']).split(' ').next().map(str::to_owned)
        });
        packages.entry(name).or_default().extend(needs.filter(|name| name.len() > 1));
    }
    packages
}

/// A package with all that it needs, also through others.
fn needed_by(package: &str, packages: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let mut next = vec![package.to_owned()];
    while let Some(name) = next.pop() {
        if needed.insert(name.clone()) {
            next.extend(packages.get(&name).into_iter().flatten().cloned());
        }
    }
    needed
}

#[test]
fn core_knows_no_runtime_and_no_database() {
    let packages = locked();
    let needed = needed_by("quadrille-core", &packages);
    assert!(needed.contains("serde_json"), "the lock file was not understood: {needed:?}");
    for absent in ["tokio", "sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys", "async-std", "smol"]
    {
        assert!(!needed.contains(absent), "quadrille-core needs {absent}");
        let known = packages.contains_key(absent) || ["async-std", "smol"].contains(&absent);
        assert!(known, "{absent} is no package: is its name still right?");
    }
}

#[test]
fn crates_depend_on_one_another_in_one_direction() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("crates/quadrille-core", [].as_slice()),
        ("crates/quadrille-macros", &[]),
        ("migrations", &[]),
        ("crates/quadrille-flow", &["quadrille-core"]),
        ("crates/quadrille-sqlite", &["quadrille-core", "quadrille-migrations"]),
        ("crates/quadrille-postgres", &["quadrille-core", "quadrille-migrations"]),
        ("crates/quadrille-testing", &["quadrille-core", "quadrille-flow", "quadrille"]),
        ("crates/quadrille-otel", &["quadrille"]),
        ("crates/quadrille-gateway", &["quadrille-core"]),
        ("crates/quadrille-kurrentdb", &["quadrille-core"]),
        (
            "crates/quadrille",
            &[
                "quadrille-core",
                "quadrille-kurrentdb",
                "quadrille-macros",
                "quadrille-postgres",
                "quadrille-sqlite",
            ],
        ),
    ]);
    for (folder, may) in allowed {
        let needs = dependencies(&read(&project().join(folder).join("Cargo.toml")));
        let ours = needs.iter().filter(|name| name.starts_with("quadrille"));
        let not: Vec<_> = ours.filter(|name| !may.contains(&name.as_str())).collect();
        assert!(not.is_empty(), "{folder} must not depend on {not:?}");
    }
}

#[test]
fn only_one_crate_knows_opentelemetry() {
    let packages = locked();
    let knows = |package: &str| needed_by(package, &packages).contains("opentelemetry");
    let ours = packages.keys().filter(|name| name.starts_with("quadrille") && knows(name));
    assert_eq!(ours.collect::<Vec<_>>(), ["quadrille-book", "quadrille-otel"]);
}

#[test]
fn only_the_database_crates_and_the_test_kit_name_a_database_driver() {
    // Benchmarks measure what drivers can do alone.
    let benches = project().join("benches");
    let manifests = all_files().into_iter().filter(|(path, _)| path.ends_with("Cargo.toml"));
    let manifests = manifests.filter(|(path, _)| !path.starts_with(&benches));
    let drivers = ["rusqlite", "sqlx", "libsqlite3-sys"];
    let mut found = Vec::new();
    for (path, text) in manifests {
        if drivers.iter().any(|driver| dependencies(&text).contains(*driver)) {
            found.push(path.parent().and_then(Path::file_name).map(|n| n.to_owned()));
        }
    }
    found.sort();
    let expected = ["quadrille-postgres", "quadrille-sqlite", "quadrille-testing"];
    assert_eq!(found, expected.map(|name| Some(name.into())));
}

#[test]
fn one_module_names_the_client_of_kurrentdb() {
    let source = project().join("crates/quadrille-kurrentdb/src");
    let names_it = |line: &str| line.contains("eventstore::") || line.contains("use kurrentdb::");
    let mut found = BTreeSet::new();
    for (path, text) in rust_files() {
        if path.starts_with(&source) && text.lines().any(names_it) {
            found.insert(path);
        }
    }
    assert_eq!(found, BTreeSet::from([source.join("client/official.rs")]));
}

#[test]
fn every_package_forbids_unsafe_code() {
    for (path, text) in all_files() {
        if path.ends_with("Cargo.toml") && text.contains("[package]") {
            let inherits = text.contains("[lints]\nworkspace = true");
            let says = text.contains("unsafe_code = \"forbid\"");
            assert!(inherits || says, "{} takes no lints", path.display());
        }
    }
    assert!(read(&project().join("Cargo.toml")).contains("unsafe_code = \"forbid\""));
}

#[test]
fn nothing_is_left_to_be_done_and_no_test_is_switched_off() {
    // Put together here, or this file would find itself.
    let marks = [["to", "do!("], ["unimple", "mented!("], ["#[igno", "re"], ["db", "g!("]];
    let marks = marks.map(|parts| parts.concat());
    for (path, text) in rust_files() {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let found = marks.iter().find(|mark| line.contains(mark.as_str()));
            assert!(found.is_none(), "{}: {line}", path.display());
        }
        assert!(!path.ends_with("mod.rs"), "{}: name it after its folder", path.display());
    }
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    let paths = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/tm", "p/"], ["C:", "\\"]];
    let hosts = [["crates", ".io"], ["docs", ".rs"], ["index.", "crates"], ["static.", "crates"]];
    let marks: Vec<String> = paths.iter().chain(&hosts).map(|parts| parts.concat()).collect();
    for (path, text) in all_files() {
        if path.ends_with("Cargo.lock") {
            continue;
        }
        for line in text.lines() {
            let found = marks.iter().find(|mark| line.contains(mark.as_str()));
            assert!(found.is_none(), "{}: {line}", path.display());
        }
    }
}
