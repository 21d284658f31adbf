//! The store's identity: one event in a stream of its own, which readers of the log do not see.

use super::{envelope::envelope, stream::is_deleted};
use crate::client::{Problem, Proposed, Recorded, Sent, Server, Start};
use quadrille_core::{
    Category, CorrelationId, EventId, Metadata, StoreError, StoreId, StreamId, conventions,
    store::Direction,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::sleep;

const STREAM: &str = "quadrille-store";
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Serialize, Deserialize)]
struct StoreCreated {
    store: StoreId,
}

/// Whether a stream holds the identity.
pub(super) fn is_its(stream: &StreamId) -> bool {
    *stream.category() == Category::FRAMEWORK && stream.id() == "store"
}

/// Reads the identity, or makes it. Of those who make it at once, one wins, and all agree.
pub(super) async fn find(server: &Server, create: bool) -> Result<StoreId, StoreError> {
    let created = proposed(StoreId::new());
    let mut unknown = None;
    for _ in 0..ATTEMPTS {
        if let Some(store) = look(server).await? {
            return Ok(store);
        }
        if !create {
            let problem = "there is no store on it yet; run an app on it, or `quadrille migrate`";
            return Err(StoreError::unusable(server.name(), problem));
        }
        match server.append(STREAM, None, std::slice::from_ref(&created), true).await {
            Ok(Sent::Written | Sent::WrongRevision) => unknown = None,
            Ok(Sent::Unknown(problem)) | Err(problem @ Problem::Unreachable(_)) => {
                unknown = Some(problem);
                sleep(PAUSE).await;
            }
            Err(problem) => return Err(problem.concerning(server.name())),
        }
    }
    let problem = || unknown.map_or_else(|| gone(server), |it| it.concerning(server.name()));
    look(server).await?.ok_or_else(problem)
}

/// The identity; `None` where there never was one.
async fn look(server: &Server) -> Result<Option<StoreId>, StoreError> {
    let found = match server.stream(STREAM, Start::First, Direction::Forward, 1).await {
        Err(Problem::Missing) => match is_deleted(server, STREAM).await {
            Ok(true) => return Err(gone(server)),
            Ok(false) => return Ok(None),
            Err(problem) => Err(problem),
        },
        found => found,
    };
    let found = found.map_err(|problem| problem.concerning(server.name()))?;
    found.into_iter().next().ok_or_else(|| gone(server)).and_then(read).map(Some)
}

fn gone(server: &Server) -> StoreError {
    let problem = format!("{STREAM}, which holds the store's identity, was deleted or truncated");
    StoreError::corrupt(server.name(), problem)
}

fn proposed(store: StoreId) -> Proposed {
    let flow = CorrelationId(store.0);
    let metadata = Metadata::new(flow, flow.0, "quadrille", chrono::Utc::now());
    let data = serde_json::to_vec(&StoreCreated { store }).expect("an id has a JSON form");
    Proposed {
        id: EventId::new().0,
        event_type: "quadrille.store_created".into(),
        data: data.into(),
        metadata: conventions::to_json(&metadata, 1).into(),
    }
}

fn read(event: Recorded) -> Result<StoreId, StoreError> {
    let stream: StreamId = STREAM.parse().expect("a stream's name");
    let event = envelope(event, stream)?;
    let created = serde_json::from_slice::<StoreCreated>(&event.data);
    let created = created.map_err(|error| StoreError::corrupt(STREAM, error.to_string()))?;
    Ok(created.store)
}
