use chrono::{DateTime, Utc};
use quadrille_core::{
    Category, DecodeError, Envelope, EventStore, InvalidName, Position, StoreError, StreamId,
    Version,
    journal::{Fact, ManifestRecorded, manifest_stream},
    manifest::Manifest,
    store::{Direction, StreamFilter},
};
use serde::Serialize;

const PAGE: usize = 500;

/// A manifest, and where it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// What an app registered.
    pub manifest: Manifest,
    /// Its place among the manifests of its app, from 1.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// When the store recorded it.
    pub recorded_at: DateTime<Utc>,
}

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The app recorded none.
    #[error("find a manifest: no app named {0} has started on this store")]
    NoApp(String),
    /// The app recorded fewer.
    #[error("find a manifest: {app} has recorded no version {version}")]
    NoVersion {
        /// The app.
        app: String,
        /// The version asked for.
        version: u64,
    },
    /// No app can have this name.
    #[error("find a manifest")]
    Name(#[from] InvalidName),
    /// It is not understood: newer code wrote it.
    #[error("read a manifest")]
    Decode(#[from] DecodeError),
    /// The store has a problem.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The newest manifest of every app on a store, in the order of their names.
///
/// # Errors
/// When the store cannot be read, or a manifest is not understood.
pub async fn load(store: &dyn EventStore) -> Result<Vec<Recorded>, LoadError> {
    let mut found = Vec::new();
    for stream in streams(store).await? {
        found.extend(last(store, &stream, Version(u64::MAX)).await?);
    }
    Ok(found)
}

/// All manifests that the apps on a store ever recorded: an app after the other, each from its
/// oldest on.
///
/// # Errors
/// When the store cannot be read, or a manifest is not understood.
pub async fn load_history(store: &dyn EventStore) -> Result<Vec<Recorded>, LoadError> {
    let mut found = Vec::new();
    for stream in streams(store).await? {
        let mut from = Version(0);
        loop {
            let page = store.read_stream(&stream, from, Direction::Forward, PAGE).await?;
            let Some(last) = page.last() else { break };
            from = last.version;
            for event in &page {
                found.extend(read(event)?);
            }
        }
    }
    Ok(found)
}

/// The streams of manifests.
async fn streams(store: &dyn EventStore) -> Result<Vec<StreamId>, LoadError> {
    let filter = StreamFilter {
        category: Some(Category::FRAMEWORK),
        id_prefix: "manifest-".into(),
        framework: true,
    };
    let (mut found, mut after) = (Vec::new(), None::<StreamId>);
    loop {
        let page = store.streams(&filter, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.stream.clone());
        found.extend(page.into_iter().map(|info| info.stream));
    }
}

/// A manifest of an app: the newest, or the one of this version, from 1.
///
/// # Errors
/// When there is none, when the store cannot be read, or when it is not understood.
pub async fn load_version(
    store: &dyn EventStore,
    app: &str,
    version: Option<u64>,
) -> Result<Recorded, LoadError> {
    let stream = manifest_stream(app)?;
    let newest = last(store, &stream, Version(u64::MAX)).await?;
    let newest = newest.ok_or_else(|| LoadError::NoApp(app.into()))?;
    let Some(version) = version.filter(|version| *version != newest.version.0) else {
        return Ok(newest);
    };
    let missing = || LoadError::NoVersion { app: app.into(), version };
    let below = Version(version.checked_add(1).ok_or_else(missing)?);
    let found = last(store, &stream, below).await?;
    found.filter(|found| found.version.0 == version).ok_or_else(missing)
}

/// The last manifest of a stream below a version.
async fn last(
    store: &dyn EventStore,
    stream: &StreamId,
    below: Version,
) -> Result<Option<Recorded>, LoadError> {
    let events = store.read_stream(stream, below, Direction::Backward, 1).await?;
    events.first().map_or(Ok(None), read)
}

fn read(event: &Envelope) -> Result<Option<Recorded>, LoadError> {
    Ok(ManifestRecorded::read(event)?.map(|ManifestRecorded { manifest }| Recorded {
        manifest,
        version: event.version,
        position: event.position,
        recorded_at: event.recorded_at,
    }))
}
