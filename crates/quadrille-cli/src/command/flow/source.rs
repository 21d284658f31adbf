//! Where manifests come from.

use crate::{
    args::{AppVersion, ManifestSource},
    explain::{Explain, Outcome},
};
use quadrille_core::{EventStore, manifest::Manifest};
use quadrille_flow::declared;
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// The manifests that a source names.
pub(super) async fn manifests(
    source: &ManifestSource,
    store: Option<&dyn EventStore>,
) -> Outcome<Vec<Manifest>> {
    match source {
        ManifestSource::Input => input(),
        ManifestSource::Named(name) if source.is_file() => file(Path::new(name)),
        ManifestSource::Named(name) => {
            let AppVersion { app, version } = name.parse()?;
            let recorded = declared::load_version(there(store)?, &app, version).await?;
            Ok(vec![recorded.manifest])
        }
    }
}

fn input() -> Outcome<Vec<Manifest>> {
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    read.explain(|| "read standard input".to_owned())?;
    parse(&text).explain(|| "read a manifest in standard input".to_owned())
}

/// The manifests of a file, or those on standard input for `-`.
pub(super) fn file_or_input(path: &Path) -> Outcome<Vec<Manifest>> {
    if path == Path::new("-") { input() } else { file(path) }
}

/// The manifests of a file.
fn file(path: &Path) -> Outcome<Vec<Manifest>> {
    let text = fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
    parse(&text).explain(|| format!("read a manifest in {}", path.display()))
}

/// The newest manifests of all apps on a store.
pub(super) async fn all(store: &dyn EventStore) -> Outcome<Vec<Manifest>> {
    let recorded = declared::load(store).await?;
    Ok(recorded.into_iter().map(|recorded| recorded.manifest).collect())
}

/// The manifests of these apps, or the newest ones of all.
pub(super) async fn of(apps: &[AppVersion], store: &dyn EventStore) -> Outcome<Vec<Manifest>> {
    if apps.is_empty() {
        return all(store).await;
    }
    let mut manifests = Vec::with_capacity(apps.len());
    for AppVersion { app, version } in apps {
        manifests.push(declared::load_version(store, app, *version).await?.manifest);
    }
    Ok(manifests)
}

/// One manifest, or an array of them.
fn parse(text: &str) -> Result<Vec<Manifest>, serde_json::Error> {
    if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        Ok(vec![serde_json::from_str(text)?])
    }
}

/// A store that was opened because the command needs one.
pub(super) fn there(store: Option<&dyn EventStore>) -> Outcome<&dyn EventStore> {
    store.ok_or_else(|| "find the store: none was opened".into())
}
