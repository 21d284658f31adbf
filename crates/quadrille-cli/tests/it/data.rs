//! Real logs, which are not part of the project: tests read them through a path.

use std::path::{Path, PathBuf};

/// A file of the folder that `QUADRILLE_DATA` names, or of `shared/data` beside the workspace.
/// `None` when it is not there, which is said aloud.
pub fn file(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("QUADRILLE_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: there is no {} (name its folder in QUADRILLE_DATA)", path.display());
    None
}

/// The directly-follows counts that another tool found in a log: from, to, count.
pub fn directly_follows(name: &str) -> Option<Vec<(String, String, u64)>> {
    let text = std::fs::read_to_string(file(name)?).expect("the file is readable");
    let edge = |line: &str| {
        let mut fields = line.split(',').map(str::to_owned);
        let mut field = || fields.next().expect("three fields in a line");
        let (from, to, count) = (field(), field(), field());
        (from, to, count.trim().parse().expect("a count"))
    };
    let mut edges: Vec<_> = text.lines().skip(1).map(edge).collect();
    edges.sort();
    Some(edges)
}
