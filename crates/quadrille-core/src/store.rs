//! The contract of an event store: bytes in streams, and all of them in one order.
//!
//! Every store runs the conformance suite of `quadrille-testing`; each guarantee below names the
//! case that proves it.

mod append;
mod query;

pub use append::{Append, AppendAll, AppendError, Appended, InvalidAppend, Limits, Unless};
pub use query::{Direction, Page, Place, Query, StoredPayload, StreamFilter, StreamInfo};

use crate::{CommandId, Envelope, EventId, Position, StoreError, StoreId, StreamId, Version};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// What a store can do beyond the base contract. Nothing in the engine needs any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// [`EventStore::append_all`] with several streams in one atomic append.
    pub several_streams: bool,
    /// [`EventStore::append_all`] with conditions on tags.
    pub tag_conditions: bool,
}

impl Capabilities {
    /// The base contract alone.
    pub const BASE: Self = Self { several_streams: false, tag_conditions: false };
    /// Everything.
    pub const ALL: Self = Self { several_streams: true, tag_conditions: true };
}

/// An append that is on its way and holds readers of the log back: what committed behind it is
/// shown when it has ended, one way or the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stall {
    /// Readers see events up to here.
    pub readable: Position,
    /// Positions were handed out up to here.
    pub drawn: Position,
    /// The session that it belongs to, as the database calls it; `None` where it has none.
    pub session: Option<String>,
    /// The session's user, where it may be known.
    pub user: Option<String>,
    /// The session's application, where it may be known.
    pub application: Option<String>,
    /// What the session does, in the database's words, such as `idle in transaction`.
    pub state: Option<String>,
    /// When its transaction began, where it may be known.
    pub since: Option<DateTime<Utc>>,
}

/// An append-only log of streams.
///
/// The base contract is one stream an append, atomic, with one condition. An implementation is
/// shared between tasks; every method may be called at any time and dropped half-way.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// The store's identity, made when the store was created and never changed.
    fn id(&self) -> StoreId;

    /// What this store does beyond the base contract.
    fn capabilities(&self) -> Capabilities {
        Capabilities::BASE
    }

    /// The limits that [`EventStore::append`] enforces.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Appends events to one stream.
    ///
    /// - All of them or none, whatever else is written at the same time
    ///   (`a_refused_append_leaves_nothing`, `racing_appends_have_one_winner`).
    /// - They take the stream's next versions, without a gap, in the order given
    ///   (`versions_are_dense`), and positions that rise in that order (`positions_rise`).
    /// - The expected version is met, or nothing is written (`expected_version_is_checked`).
    /// - Idempotent: when all these ids are in the stream already, in this order and next to each
    ///   other, the first receipt is returned, whatever the expected version says
    ///   (`the_same_append_twice_is_written_once`). When only some are, or in another order,
    ///   the append is refused (`a_reused_id_is_refused`). Payloads are not compared. Where the
    ///   expected version is not met either, a store may name whichever it finds first. An id
    ///   that lies in another stream is the caller's mistake: stores with an index on ids refuse
    ///   it, others cannot see it.
    /// - When it returns `Ok`, the events are as durable as the store promises and every reader
    ///   of their stream sees them; readers of the whole log see them as soon as nothing is on its
    ///   way before them (`an_append_is_seen_at_once`).
    ///
    /// # Errors
    /// See [`AppendError`]. After [`StoreError::OutcomeUnknown`] the same append may be tried
    /// again: its ids make it safe.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// Appends to several streams at once, or to none, unless something that matters was recorded.
    ///
    /// - The receipts come in the order of the appends, and so do the positions
    ///   (`several_streams_or_none`).
    /// - Each condition looks at the whole log, the framework's streams included; of appends that
    ///   race under one condition, one wins (`a_tag_boundary_has_one_winner`).
    /// - Idempotent as a whole: when every one of the appends took place before, the first
    ///   receipts are returned, whatever versions and conditions say. When only some did, all
    ///   are refused (`several_streams_twice_are_written_once`).
    ///
    /// # Errors
    /// As [`EventStore::append`], and [`StoreError::Unsupported`] where
    /// [`EventStore::capabilities`] says so.
    async fn append_all(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        let _ = appends;
        Err(AppendError::Store(StoreError::Unsupported {
            capability: "append to several streams or under a condition on tags",
            instead: "append to one stream at a time and let a process manager join them",
        }))
    }

    /// Events of one stream in the order of their versions, at most `limit` of them (from 1 to
    /// [`usize::MAX`]): all that there are up to there, never fewer.
    ///
    /// Forward: those with a version above `from`, so [`Version::NONE`] begins at the first.
    /// Backward: those with a version below `from`; `Version(u64::MAX)` begins at the last. A
    /// stream without events gives none (`a_stream_reads_both_ways`).
    ///
    /// # Errors
    /// When the store cannot be reached or holds what it cannot read.
    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError>;

    /// Events of one stream above a version, without their metadata, as
    /// [`EventStore::read_stream`] gives them (`payloads_are_those_of_the_stream`).
    ///
    /// Aggregates are loaded by it: a store that can leave the rest where it is may be faster.
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn read_payloads(
        &self,
        stream: &StreamId,
        above: Version,
        limit: usize,
    ) -> Result<Vec<StoredPayload>, StoreError> {
        let events = self.read_stream(stream, above, Direction::Forward, limit).await?;
        Ok(events.into_iter().map(StoredPayload::from).collect())
    }

    /// Events of the whole log that `query` selects, in the order of their positions, at most
    /// `limit` of them (from 1 to [`usize::MAX`]).
    ///
    /// Forward: those above `from`; backward: those below it, from [`Position::END`] the last.
    /// A page may hold fewer than `limit` events, even none, before the end: [`Page::through`]
    /// says how far it looked and [`Page::more`] whether to go on (`pages_meet`,
    /// `a_page_says_how_far_it_looked`).
    ///
    /// - Agrees with [`Query::matches`] (`queries_agree_with_matches`); the framework's own
    ///   streams are hidden unless asked for (`framework_streams_are_hidden`).
    /// - **No committed event is ever skipped:** whatever commits later has a position above
    ///   every [`Page::through`] handed out before (`no_event_is_skipped`).
    /// - Every payload and all metadata come back as they were written
    ///   (`everything_comes_back`).
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError>;

    /// The last committed event that a reader may have seen, the framework's own included, or
    /// `None` in an empty store. Nothing that commits later lies below it
    /// (`the_head_is_the_last_event`). What was appended by this handle is waited for a little,
    /// where something on its way holds it back.
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn head(&self) -> Result<Option<Place>, StoreError>;

    /// The event at exactly this position; `None` in a gap (`an_event_is_found_by_its_place`).
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError>;

    /// The event with this id. A store without an index on ids may scan
    /// (`an_event_is_found_by_its_id`).
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError>;

    /// The events that a command left in a stream, in order; none if it left none
    /// (`a_command_is_found_by_its_id`).
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError>;

    /// Streams in the order of their names (category, then id, each by its bytes), at most `limit`,
    /// behind `after`, which need not exist (`streams_are_listed`).
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError>;

    /// Appends that are on their way and hold readers of the log back, the one that matters first.
    /// Most are gone a moment later. A store whose readers wait for nobody has none.
    ///
    /// # Errors
    /// As [`EventStore::read_stream`].
    async fn stalls(&self) -> Result<Vec<Stall>, StoreError> {
        Ok(Vec::new())
    }

    /// Returns when there may be events above `after`, at once if there are some already
    /// (`a_waiting_reader_is_woken`).
    ///
    /// It only saves polling: it may return for no reason, and where it does not know of other
    /// processes it may miss what they append. Callers bound the wait and then read.
    async fn appended_after(&self, after: Position);
}
