//! The two logs, where they are there.

use loan_applications::{cases, replay::Case};
use std::{env, path::PathBuf};

/// The first `limit` cases of a log in the folder that `QUADRILLE_DATA` names; none, said loudly,
/// without.
pub fn cases(name: &str, limit: usize) -> Option<Vec<Case>> {
    let Some(folder) = env::var_os("QUADRILLE_DATA").map(PathBuf::from) else {
        eprintln!("SKIPPED: QUADRILLE_DATA does not name the folder that holds {name}");
        return None;
    };
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("SKIPPED: there is no {}", path.display());
        return None;
    }
    Some(cases::read(&path, limit).unwrap())
}
