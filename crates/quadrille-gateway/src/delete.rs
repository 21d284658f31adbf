use crate::{
    context::Context,
    expected::{Expected, required},
    name::Target,
    proto::{
        StreamIdentifier,
        streams::{
            DeleteReq, DeleteResp, TombstoneReq, TombstoneResp, delete_resp, tombstone_resp,
        },
    },
    status,
    stream_state::{self, ATTEMPTS, DELETED, StreamState, TOMBSTONED},
};
use chrono::Utc;
use quadrille_core::{
    Append, AppendError, CorrelationId, EventId, ExpectedVersion, Metadata, NewEvent, Position,
    StreamId, Version,
};
use tonic::Status;

/// The component of facts that the gateway records itself.
const COMPONENT: &str = "gateway";

impl Context {
    /// Hides all there is of a stream. A later append goes on behind it.
    pub async fn delete(&self, request: DeleteReq) -> Result<DeleteResp, Status> {
        let options = required(request.options, "what to delete")?;
        let expected = required(options.expected_stream_revision, "what is expected of it")?;
        let Position(position) =
            self.end(options.stream_identifier, expected.into(), DELETED).await?;
        let position =
            delete_resp::Position { commit_position: position, prepare_position: position };
        Ok(DeleteResp { position_option: Some(delete_resp::PositionOption::Position(position)) })
    }

    /// Hides a stream for ever.
    pub async fn tombstone(&self, request: TombstoneReq) -> Result<TombstoneResp, Status> {
        let options = required(request.options, "what to delete")?;
        let expected = required(options.expected_stream_revision, "what is expected of it")?;
        let Position(position) =
            self.end(options.stream_identifier, expected.into(), TOMBSTONED).await?;
        let position =
            tombstone_resp::Position { commit_position: position, prepare_position: position };
        let position = tombstone_resp::PositionOption::Position(position);
        Ok(TombstoneResp { position_option: Some(position) })
    }

    async fn end(
        &self,
        stream: Option<StreamIdentifier>,
        Expected(expected): Expected,
        fact: &'static str,
    ) -> Result<Position, Status> {
        let name = required(stream, "which stream")?.stream_name;
        let target = Target::parse(&name)?;
        self.allow(&target)?;
        let Target::Events(stream) = target else {
            return Err(Status::invalid_argument(format!(
                "{}: the metadata of a stream is not deleted; write it anew",
                target.shown()
            )));
        };
        for _ in 0..ATTEMPTS {
            if let Some(position) = self.record_end(&stream, expected, fact).await? {
                return Ok(position);
            }
        }
        Err(status::metadata_contended(&stream))
    }

    /// Records that a stream ends; `None` when somebody else wrote facts about it meanwhile.
    ///
    /// Whoever appends after its version was looked at comes after the end: of a deleted stream
    /// it begins again with that, of one that is deleted for ever it is hidden.
    async fn record_end(
        &self,
        stream: &StreamId,
        expected: ExpectedVersion,
        fact: &'static str,
    ) -> Result<Option<Position>, Status> {
        let state = self.alive(stream).await?;
        let last = self.last_version(stream).await?;
        let is_there = last != Version::NONE && !state.deleted(last);
        let met = match expected {
            // So a deletion whose answer was lost may be repeated.
            ExpectedVersion::Exact(version) => version == last,
            ExpectedVersion::NoStream => !is_there,
            ExpectedVersion::Exists => is_there,
            ExpectedVersion::Any => true,
        };
        if !met {
            let actual = if is_there { last } else { Version::NONE };
            return Err(status::wrong_version(&stream.to_string(), expected, actual));
        }
        let facts = stream_state::facts_of(stream).ok_or_else(|| {
            Status::invalid_argument(format!("{stream}: its name is too long to be deleted"))
        })?;
        let append = Append {
            stream: facts,
            expected: ExpectedVersion::at(state.version),
            events: vec![end(fact, &state, last)?],
        };
        match self.store.append(append).await {
            Ok(receipt) => Ok(Some(receipt.position)),
            Err(AppendError::Conflict { .. }) => Ok(None),
            Err(AppendError::Store(error)) => Err(status::of_store(&error)),
            Err(error) => Err(Status::internal(status::told(&error))),
        }
    }
}

/// The fact that a stream ends behind `last`. It keeps what was known of the stream.
fn end(fact: &str, state: &StreamState, last: Version) -> Result<NewEvent, Status> {
    let data = stream_state::truncated(&state.data, last);
    let id = EventId::new();
    let mut metadata = Metadata::new(CorrelationId(id.0), id, COMPONENT, Utc::now());
    metadata.tags.push(stream_state::deleted_at(last));
    NewEvent::new(id, fact, data, metadata).map_err(|error| Status::internal(error.to_string()))
}
