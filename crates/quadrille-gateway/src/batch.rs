//! Batch append: many appends on one call, each answered by itself.

use crate::{
    append::{Collected, Outcome},
    context::Context,
    event::uuid,
    expected::Expected,
    phase::Phase,
    proto::{
        AllStreamPosition, StreamIdentifier, Uuid as WireUuid,
        streams::{
            BatchAppendReq, BatchAppendResp,
            batch_append_req::{
                Options,
                options::{DeadlineOption, ExpectedStreamPosition as Wanted},
            },
            batch_append_resp::{
                ExpectedStreamPosition as Echoed, Result as Answer, Success,
                success::{CurrentRevisionOption, PositionOption},
            },
        },
    },
    status,
};
use bytes::Bytes;
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, FuturesUnordered},
};
use quadrille_core::Position;
use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, SystemTime},
};
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::{Status, Streaming};
use uuid::Uuid;

mod error;

/// The answers to all batches, in the order in which they were done.
pub(crate) fn answers(
    context: Context,
    requests: Streaming<BatchAppendReq>,
) -> impl Stream<Item = Result<BatchAppendResp, Status>> {
    stream::try_unfold(Batches::new(context, requests), |mut batches| async move {
        Ok(batches.next().await?.map(|answer| (answer, batches)))
    })
}

/// Of how many of the largest appends the batches of one call may take the bytes, before they are
/// in the store.
const APPENDS: usize = 4;

/// One append, as far as it has come in.
struct Batch {
    correlation: WireUuid,
    stream: Bytes,
    wanted: Wanted,
    /// When its client no longer waits for it.
    until: Option<Instant>,
    /// Its events, or why it is refused.
    events: Result<Collected, Status>,
}

impl Batch {
    /// What it takes in memory.
    fn bytes(&self) -> usize {
        self.stream.len() + self.events.as_ref().map_or(0, |events| events.bytes)
    }
}

/// An answer, with the stream and the bytes of its batch.
type Answered = (Bytes, usize, BatchAppendResp);

/// Where all batches of a call are.
struct Batches {
    context: Context,
    requests: Streaming<BatchAppendReq>,
    /// Those that have not come in whole.
    open: HashMap<Uuid, Batch>,
    /// Streams that are being appended to, with what waits for it: a stream's batches are
    /// appended one after the other, as they came.
    lanes: HashMap<Bytes, VecDeque<Batch>>,
    running: FuturesUnordered<BoxFuture<'static, Answered>>,
    /// Whole batches that have not been answered.
    pending: usize,
    /// What all of them take in memory, and when no more is taken in.
    bytes: usize,
    most_bytes: usize,
    /// Whether no more is taken on, and the error that is told when all that was is answered.
    ended: bool,
    error: Option<Status>,
}

impl Batches {
    fn new(context: Context, requests: Streaming<BatchAppendReq>) -> Self {
        let most_bytes = APPENDS * context.store.limits().append_bytes;
        Self {
            context,
            requests,
            open: HashMap::new(),
            lanes: HashMap::new(),
            running: FuturesUnordered::new(),
            pending: 0,
            bytes: 0,
            most_bytes,
            ended: false,
            error: None,
        }
    }

    async fn next(&mut self) -> Result<Option<BatchAppendResp>, Status> {
        loop {
            let full = self.bytes > self.most_bytes;
            if full && self.running.is_empty() && !self.ended {
                self.end(Some(self.too_much_open()));
            }
            let takes = !self.ended && !full && self.pending < self.context.batches;
            let phases = self.context.phases.clone();
            tokio::select! {
                biased;
                Some((stream, bytes, answer)) = self.running.next() => {
                    self.done(&stream, bytes);
                    return Ok(Some(answer));
                }
                () = phases.reached(Phase::Stopping), if !self.ended => {
                    self.end(Some(status::stopping()));
                }
                request = self.requests.message(), if takes => match request {
                    Ok(Some(request)) => self.take(request).unwrap_or_else(|error| self.end(Some(error))),
                    Ok(None) => self.end(None),
                    Err(error) => self.end(Some(error)),
                },
                else => return self.error.take().map_or(Ok(None), Err),
            }
        }
    }

    /// Takes no more on. Whatever came in whole is still answered.
    fn end(&mut self, error: Option<Status>) {
        (self.ended, self.error) = (true, error);
    }

    /// Takes what came in: a batch, or a part of one.
    fn take(&mut self, request: BatchAppendReq) -> Result<(), Status> {
        let BatchAppendReq { correlation_id, options, proposed_messages, is_final } = request;
        let id = uuid(correlation_id.as_ref(), "a batch's correlation id")?;
        let mut batch = match (self.open.remove(&id), options) {
            (Some(batch), _) => {
                self.bytes -= batch.bytes();
                batch
            }
            (None, Some(options)) => self.begin(correlation_id.unwrap_or_default(), options)?,
            (None, None) => {
                return Err(Status::invalid_argument("a batch begins with its options"));
            }
        };
        for event in proposed_messages {
            let pushed = batch.events.as_mut().map(|events| events.push(event.into()));
            if let Ok(Err(error)) = pushed {
                batch.events = Err(error);
            }
        }
        if !is_final && self.open.len() >= self.context.batches {
            return Err(self.too_much_open());
        }
        self.bytes += batch.bytes();
        match is_final {
            true => self.start(batch),
            false => drop(self.open.insert(id, batch)),
        }
        Ok(())
    }

    fn too_much_open(&self) -> Status {
        Status::resource_exhausted(format!(
            "more than {} batches at once, or more than {} bytes of them, have not come in whole",
            self.context.batches, self.most_bytes
        ))
    }

    fn begin(&self, correlation: WireUuid, options: Options) -> Result<Batch, Status> {
        let (Some(stream), Some(wanted)) =
            (options.stream_identifier, options.expected_stream_position)
        else {
            return Err(Status::invalid_argument(
                "a batch says which stream it is for and what is expected of it",
            ));
        };
        let events = Ok(Collected::new(&self.context));
        // A copy: these bytes keep the whole message in memory.
        let stream = Bytes::copy_from_slice(&stream.stream_name);
        let until = options.deadline_option.and_then(until);
        Ok(Batch { correlation, stream, wanted, until, events })
    }

    /// Appends a batch, or lets it wait for its stream's last.
    fn start(&mut self, batch: Batch) {
        self.pending += 1;
        match self.lanes.get_mut(&batch.stream) {
            Some(lane) => lane.push_back(batch),
            None => {
                self.lanes.insert(batch.stream.clone(), VecDeque::new());
                self.running.push(Box::pin(append(self.context.clone(), batch)));
            }
        }
    }

    fn done(&mut self, stream: &Bytes, bytes: usize) {
        self.pending -= 1;
        self.bytes -= bytes;
        match self.lanes.get_mut(stream).and_then(VecDeque::pop_front) {
            Some(batch) => self.running.push(Box::pin(append(self.context.clone(), batch))),
            None => drop(self.lanes.remove(stream)),
        }
    }
}

/// When a deadline passes. One that is too far away for a clock never does.
fn until(deadline: DeadlineOption) -> Option<Instant> {
    let left = match deadline {
        DeadlineOption::Deadline(left) => Duration::try_from(left).unwrap_or_default(),
        DeadlineOption::Deadline21100(at) => {
            let at = SystemTime::try_from(at).ok()?;
            at.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Instant::now().checked_add(left)
}

/// Appends a batch. Once it has begun, no deadline ends it: it would be written, and nobody told.
async fn append(context: Context, batch: Batch) -> Answered {
    let bytes = batch.bytes();
    let Batch { correlation, stream, wanted, until, events } = batch;
    let Expected(expected) = wanted.into();
    let outcome = match events {
        _ if until.is_some_and(|until| until <= Instant::now()) => {
            Err(Status::deadline_exceeded("nothing was written: the batch's deadline has passed"))
        }
        Ok(Collected { events, .. }) => context.append_to(&stream, expected, events).await,
        Err(error) => Err(error),
    };
    let result = match outcome {
        Ok(outcome) => answer(&stream, outcome),
        Err(error) => Answer::Error(error::of_status(&error, &stream)),
    };
    let answer = BatchAppendResp {
        correlation_id: Some(correlation),
        stream_identifier: Some(StreamIdentifier { stream_name: stream.clone() }),
        expected_stream_position: Some(match wanted {
            Wanted::StreamPosition(at) => Echoed::StreamPosition(at),
            Wanted::NoStream(()) => Echoed::NoStream(()),
            Wanted::Any(()) => Echoed::Any(()),
            Wanted::StreamExists(()) => Echoed::StreamExists(()),
        }),
        result: Some(result),
    };
    (stream, bytes, answer)
}

fn answer(stream: &[u8], outcome: Outcome) -> Answer {
    let (version, position) = match outcome {
        Outcome::Done(version, position) => (version, position),
        Outcome::Wrong { expected, actual } => {
            return Answer::Error(error::wrong_version(stream, expected, actual));
        }
    };
    Answer::Success(Success {
        current_revision_option: Some(match crate::expected::revision(version) {
            Some(revision) => CurrentRevisionOption::CurrentRevision(revision),
            None => CurrentRevisionOption::NoStream(()),
        }),
        position_option: Some(match position {
            Some(Position(position)) => PositionOption::Position(AllStreamPosition {
                commit_position: position,
                prepare_position: position,
            }),
            None => PositionOption::NoPosition(()),
        }),
    })
}
