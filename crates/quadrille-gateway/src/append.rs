use crate::{
    context::Context,
    event::Proposed,
    expected::{Expected, required, revision},
    name::Target,
    proto::streams::{
        AppendReq, AppendResp,
        append_req::Content,
        append_resp::{
            Position as AtPosition, Result as Answer, Success, WrongExpectedVersion,
            success::{CurrentRevisionOption, PositionOption},
            wrong_expected_version::{
                CurrentRevisionOption as Current, CurrentRevisionOption2060 as OldCurrent,
                ExpectedRevisionOption as Wanted, ExpectedRevisionOption2060 as OldWanted,
            },
        },
    },
    status,
    stream_state::{self, ATTEMPTS, DESCRIBED, METADATA_TYPE, StreamState},
};
use quadrille_core::{
    Append, AppendError, EventId, ExpectedVersion, NewEvent, Position, StreamId, Version,
    store::{Direction, InvalidAppend},
};
use tonic::{Status, Streaming};

/// A version that no stream has: whoever expects it writes nothing, and still hears of what was
/// written before under the same ids.
const NEVER: ExpectedVersion = ExpectedVersion::Exact(Version(i64::MAX as u64));

/// What became of an append.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The stream is at this version now; the position is that of the last event.
    Done(Version, Option<Position>),
    /// Nothing was written: it is at this version.
    Wrong { expected: ExpectedVersion, actual: Version },
}

impl Context {
    /// Collects what a client sends, no more than the store takes, and appends it.
    pub async fn append(&self, mut request: Streaming<AppendReq>) -> Result<AppendResp, Status> {
        let first = request.message().await?.and_then(|message| message.content);
        let Some(Content::Options(options)) = first else {
            return Err(Status::invalid_argument("an append begins with its options"));
        };
        let name = required(options.stream_identifier, "which stream")?.stream_name;
        let expected = required(options.expected_stream_revision, "what is expected of it")?;
        let mut events = Collected::new(self);
        while let Some(message) = request.message().await? {
            match message.content {
                Some(Content::ProposedMessage(event)) => events.push(event.into())?,
                _ => return Err(Status::invalid_argument("an append has one stream")),
            }
        }
        let Expected(expected) = expected.into();
        Ok(answer(self.append_to(&name, expected, events.events).await?))
    }

    /// Appends to a stream, or to its metadata.
    pub async fn append_to(
        &self,
        name: &[u8],
        expected: ExpectedVersion,
        events: Vec<Proposed>,
    ) -> Result<Outcome, Status> {
        let target = Target::parse(name)?;
        self.allow(&target)?;
        match &target {
            Target::Events(stream) => {
                let state = self.alive(stream).await?;
                let events = events.into_iter().map(named).collect::<Result<Vec<_>, _>>()?;
                self.append_events(stream, expected, &state, events).await
            }
            Target::Metadata(stream) => self.append_metadata(stream, expected, events).await,
        }
    }

    async fn append_events(
        &self,
        stream: &StreamId,
        expected: ExpectedVersion,
        state: &StreamState,
        events: Vec<NewEvent>,
    ) -> Result<Outcome, Status> {
        // Of a deleted stream clients expect that there is none, and go on behind what it had.
        let met = match (state.deleted_at(), expected) {
            (Some(at), ExpectedVersion::NoStream) => ExpectedVersion::at(at),
            (Some(_), ExpectedVersion::Exists) => {
                let actual = self.last_version(stream).await?;
                if state.deleted(actual) {
                    return Ok(Outcome::Wrong { expected, actual });
                }
                expected
            }
            _ => expected,
        };
        let outcome = self.store_events(stream.clone(), met, events).await?;
        Ok(match outcome {
            Outcome::Wrong { actual, .. } => Outcome::Wrong { expected, actual },
            done => done,
        })
    }

    async fn append_metadata(
        &self,
        stream: &StreamId,
        expected: ExpectedVersion,
        events: Vec<Proposed>,
    ) -> Result<Outcome, Status> {
        let facts = stream_state::facts_of(stream).ok_or_else(|| {
            Status::invalid_argument(format!("{stream}: its name is too long to have metadata"))
        })?;
        let described = events.into_iter().map(|event| described(stream, event));
        let described = described.collect::<Result<Vec<_>, _>>()?;
        for _ in 0..ATTEMPTS {
            let state = self.alive(stream).await?;
            let last = self.last_version(stream).await?;
            // Only what is known is written behind: nobody's tombstone or deletion is undone.
            let met = match expected.allows(state.version) {
                true => ExpectedVersion::at(state.version),
                false => NEVER,
            };
            let events = described.iter().map(|event| state.keep_hidden(event.clone(), last));
            match self.store_events(facts.clone(), met, events.collect()).await? {
                Outcome::Wrong { actual, .. } if actual == state.version || met == NEVER => {
                    return Ok(Outcome::Wrong { expected, actual });
                }
                Outcome::Wrong { .. } => {}
                done => return Ok(done),
            }
        }
        Err(status::metadata_contended(stream))
    }

    async fn store_events(
        &self,
        stream: StreamId,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Outcome, Status> {
        if events.is_empty() {
            let actual = self.last_version(&stream).await?;
            let met = expected.allows(actual);
            return Ok(match met {
                true => Outcome::Done(actual, None),
                false => Outcome::Wrong { expected, actual },
            });
        }
        let append = Append { stream: stream.clone(), expected, events };
        match self.store.append(append).await {
            Ok(receipt) => Ok(Outcome::Done(receipt.last_version, Some(receipt.position))),
            Err(AppendError::Conflict { actual, .. }) => Ok(Outcome::Wrong { expected, actual }),
            Err(AppendError::IdReused { event, .. }) => {
                self.id_reused(&stream, expected, event).await
            }
            Err(AppendError::Invalid(error)) => Err(invalid(&error)),
            Err(AppendError::Store(error)) => Err(status::of_store(&error)),
            Err(error) => Err(Status::internal(status::told(&error))),
        }
    }

    /// The official server calls it a wrong version when some of an append's ids are in the
    /// stream. It does not look at other streams; some of Quadrille's stores do.
    async fn id_reused(
        &self,
        stream: &StreamId,
        expected: ExpectedVersion,
        event: EventId,
    ) -> Result<Outcome, Status> {
        let other = self.store.event(event).await.map_err(|error| status::of_store(&error))?;
        if let Some(other) = other.filter(|other| other.stream != *stream) {
            return Err(Status::invalid_argument(format!(
                "the event id {event} is taken by an event of {}; an id belongs to one event",
                other.stream
            )));
        }
        let actual = self.last_version(stream).await?;
        Ok(Outcome::Wrong { expected, actual })
    }

    /// What is known of a stream besides its events.
    ///
    /// # Errors
    /// When it was deleted for ever.
    pub async fn alive(&self, stream: &StreamId) -> Result<StreamState, Status> {
        let state = StreamState::load(&*self.store, stream).await;
        let state = state.map_err(|error| status::of_store(&error))?;
        state.check_alive(stream)?;
        Ok(state)
    }

    /// The version of a stream's last event.
    pub async fn last_version(&self, stream: &StreamId) -> Result<Version, Status> {
        let last = self.store.read_stream(stream, Version(u64::MAX), Direction::Backward, 1).await;
        let last = last.map_err(|error| status::of_store(&error))?;
        Ok(last.first().map_or(Version::NONE, |event| event.version))
    }
}

/// Proposed events, no more than the store takes in one append.
pub(crate) struct Collected {
    pub events: Vec<Proposed>,
    /// What they take in memory.
    pub bytes: usize,
    most_events: usize,
    /// Of payloads, which are all that the store counts: there is as much room for all else.
    most_bytes: usize,
}

impl Collected {
    pub fn new(context: &Context) -> Self {
        let limits = context.store.limits();
        let (most_events, most_bytes) = (limits.events_per_append, limits.append_bytes);
        Self { events: Vec::new(), bytes: 0, most_events, most_bytes }
    }

    pub fn push(&mut self, event: Proposed) -> Result<(), Status> {
        let bytes = self.bytes + event.size();
        if bytes > 2 * self.most_bytes || self.events.len() >= self.most_events {
            let message = format!(
                "Maximum Append Size Exceeded: {} bytes and {} events fit into one append; send less in each",
                self.most_bytes, self.most_events
            );
            return Err(status::append_too_large(message, self.most_bytes));
        }
        self.bytes = bytes;
        self.events.push(event);
        Ok(())
    }
}

/// An event about a stream.
fn described(stream: &StreamId, event: Proposed) -> Result<NewEvent, Status> {
    if event.event_type()? != METADATA_TYPE {
        return Err(Status::invalid_argument(format!(
            "$${stream} holds events of the type {METADATA_TYPE} only"
        )));
    }
    event.into_event(DESCRIBED)
}

/// An event under the type that its client gave it.
fn named(event: Proposed) -> Result<NewEvent, Status> {
    let event_type = event.event_type()?.to_owned();
    event.into_event(&event_type)
}

fn invalid(error: &InvalidAppend) -> Status {
    let message = status::told(error);
    match error {
        InvalidAppend::EventTooLarge { limit, .. } | InvalidAppend::TooLarge { limit, .. } => {
            status::append_too_large(message, *limit)
        }
        _ => Status::invalid_argument(message),
    }
}

fn answer(outcome: Outcome) -> AppendResp {
    let result = match outcome {
        Outcome::Done(version, position) => Answer::Success(Success {
            current_revision_option: Some(match revision(version) {
                Some(revision) => CurrentRevisionOption::CurrentRevision(revision),
                None => CurrentRevisionOption::NoStream(()),
            }),
            position_option: Some(match position {
                Some(Position(position)) => PositionOption::Position(AtPosition {
                    commit_position: position,
                    prepare_position: position,
                }),
                None => PositionOption::NoPosition(()),
            }),
        }),
        Outcome::Wrong { expected, actual } => {
            Answer::WrongExpectedVersion(wrong_version(expected, actual))
        }
    };
    AppendResp { result: Some(result) }
}

/// Said twice, for clients from before release 20.6.1 of the official server too.
fn wrong_version(expected: ExpectedVersion, actual: Version) -> WrongExpectedVersion {
    let (current, old_current) = match revision(actual) {
        Some(at) => (Current::CurrentRevision(at), OldCurrent::CurrentRevision2060(at)),
        None => (Current::CurrentNoStream(()), OldCurrent::NoStream2060(())),
    };
    let (wanted, old_wanted) = match expected {
        ExpectedVersion::Exact(version) => {
            let at = version.0.saturating_sub(1);
            (Wanted::ExpectedRevision(at), Some(OldWanted::ExpectedRevision2060(at)))
        }
        ExpectedVersion::Any => (Wanted::ExpectedAny(()), Some(OldWanted::Any2060(()))),
        ExpectedVersion::Exists => {
            (Wanted::ExpectedStreamExists(()), Some(OldWanted::StreamExists2060(())))
        }
        ExpectedVersion::NoStream => (Wanted::ExpectedNoStream(()), None),
    };
    WrongExpectedVersion {
        current_revision_option_20_6_0: Some(old_current),
        expected_revision_option_20_6_0: old_wanted,
        current_revision_option: Some(current),
        expected_revision_option: Some(wanted),
    }
}
