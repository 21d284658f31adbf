//! The server, as the rest of this crate sees it: the only module that knows the client crate. Which
//! one that is, [`official`] says.
//!
//! What one must know of the client:
//! - The task behind it ends for good when it fails to connect, so it has to be made anew.
//! - Unless that happens the task never ends, and keeps its connection when all else is dropped.
//! - It never waits for itself: every call here has a deadline of its own.
//! - `eventstore` panics where another `rustls` provider is installed before it comes ([`provider`]).
//! - A subscription that the server ends with OK makes it spin inside one poll, which no timeout and
//!   no abort can end: the thread of the runtime is lost.

mod connection;
mod official;
mod problem;
mod provider;
mod sessions;
mod settings;

pub(crate) use problem::Problem;
pub(crate) use settings::Settings;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use connection::Connection;
use official::{
    AppendToStreamOptions, Client, EventData, ExpectedRevision, ReadAllOptions, ReadStream,
    ReadStreamOptions, ResolvedEvent, StreamPosition, SubscribeToAllOptions, Subscription,
    SubscriptionEvent, SubscriptionFilter,
};
use problem::{Fate, fate};
use quadrille_core::{StoreError, store::Direction};
use serde_json::value::RawValue;
use std::{future::Future, sync::Mutex, time::Duration};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// An event as the server hands it out.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) id: Uuid,
    pub(crate) event_type: String,
    pub(crate) stream: String,
    pub(crate) revision: u64,
    pub(crate) commit: u64,
    pub(crate) prepare: u64,
    pub(crate) created: DateTime<Utc>,
    pub(crate) data: Bytes,
    pub(crate) metadata: Bytes,
}

/// An event on its way to the server.
#[derive(Debug, Clone)]
pub(crate) struct Proposed {
    pub(crate) id: Uuid,
    pub(crate) event_type: String,
    pub(crate) data: Bytes,
    pub(crate) metadata: Bytes,
}

/// Where a read begins. Of a stream it is a revision, which is included; of the log a position,
/// which is included forward and left out backward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    First,
    At(u64),
    Last,
}

/// What became of an append.
#[derive(Debug)]
pub(crate) enum Sent {
    /// It is written, now or by an earlier one with the same ids.
    Written,
    /// It is not written, for the stream has another revision.
    WrongRevision,
    /// Nobody knows.
    Unknown(Problem),
}

/// What the server is to select by the beginning of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prefixes {
    Streams(Vec<String>),
    Types(Vec<String>),
}

/// What a subscription tells.
#[derive(Debug)]
pub(crate) enum News {
    /// It stands: whatever is appended from now on will be told.
    Begun,
    Event(Recorded),
    /// Everything up to this position was looked at.
    LookedThrough(u64),
    /// Everything that was there was told.
    CaughtUp,
    Nothing,
}

/// A server or a cluster. It is connected to again whenever that is lost.
pub(crate) struct Server {
    settings: Settings,
    current: Mutex<Option<Connection>>,
    /// Whose turn it is to connect, and when and why that failed last.
    connecting: tokio::sync::Mutex<Option<(Instant, Problem)>>,
}

impl Server {
    /// Connects for the first time.
    pub(crate) async fn connect(settings: Settings) -> Result<Self, StoreError> {
        provider::claim().map_err(|problem| StoreError::unusable(settings.name(), problem))?;
        let server = Self { settings, current: Mutex::default(), connecting: Default::default() };
        match server.connection().await {
            Ok(_) => Ok(server),
            Err(problem) => Err(problem.concerning(server.name())),
        }
    }

    /// Its URL without secrets.
    pub(crate) fn name(&self) -> &str {
        self.settings.name()
    }

    /// Appends events behind this revision, or as a stream's first. All or nothing.
    ///
    /// An error says that nothing is written.
    pub(crate) async fn append(
        &self,
        stream: &str,
        behind: Option<u64>,
        events: &[Proposed],
        alone: bool,
    ) -> Result<Sent, Problem> {
        let connection = self.connection().await?;
        let expected = behind.map_or(ExpectedRevision::NoStream, official::Exact);
        let events: Vec<EventData> = events.iter().map(event_data).collect();
        let session = match alone {
            true => None,
            false => {
                match timeout(self.patience(), connection.sessions.take(&connection.client)).await {
                    Ok(session) => session,
                    Err(_) => return Err(self.silence(&connection).await),
                }
            }
        };
        if let Some(session) = session {
            let append = session.append(stream, expected, events);
            // What went wrong is only told in prose there: asked again alone, the server is precise.
            return Ok(match timeout(self.patience(), append).await {
                Ok(Ok(())) => Sent::Written,
                Ok(Err(problem)) => Sent::Unknown(problem),
                Err(_) => Sent::Unknown(self.silence(&connection).await),
            });
        }
        let options = official::expecting(AppendToStreamOptions::default(), expected);
        let options = self.settings.user(options, AppendToStreamOptions::authenticated);
        let append = connection.client.append_to_stream(stream, &options, events);
        let error = match timeout(self.patience(), append).await {
            Ok(Ok(_)) => return Ok(Sent::Written),
            Ok(Err(error)) => error,
            Err(_) => return Ok(Sent::Unknown(self.silence(&connection).await)),
        };
        self.note(&connection, &error);
        match fate(&error) {
            Fate::WrongRevision => Ok(Sent::WrongRevision),
            Fate::NotWritten => Err(error.into()),
            Fate::Unknown => Ok(Sent::Unknown(error.into())),
        }
    }

    /// At most so many events of a stream.
    pub(crate) async fn stream(
        &self,
        stream: &str,
        from: Start,
        direction: Direction,
        count: usize,
    ) -> Result<Vec<Recorded>, Problem> {
        let position = match from {
            Start::First => StreamPosition::Start,
            Start::At(revision) => StreamPosition::Position(revision),
            Start::Last => StreamPosition::End,
        };
        let options = ReadStreamOptions::default().position(position).max_count(count);
        let options = match direction {
            Direction::Forward => options.forwards(),
            Direction::Backward => options.backwards(),
        };
        let options = self.settings.user(options, ReadStreamOptions::authenticated);
        self.read(&Question::Stream(stream, options)).await
    }

    /// At most so many events of the log, the server's own and links included.
    pub(crate) async fn log(
        &self,
        from: Start,
        direction: Direction,
        count: usize,
    ) -> Result<Vec<Recorded>, Problem> {
        let options = ReadAllOptions::default().position(position(from)).max_count(count);
        let options = match direction {
            Direction::Forward => options.forwards(),
            Direction::Backward => options.backwards(),
        };
        let options = self.settings.user(options, ReadAllOptions::authenticated);
        self.read(&Question::Log(options)).await
    }

    /// Follows the log behind a position.
    pub(crate) async fn follow(
        &self,
        behind: Start,
        only: Option<&Prefixes>,
    ) -> Result<Follow<'_>, Problem> {
        let connection = self.connection().await?;
        let options = SubscribeToAllOptions::default().position(position(behind));
        let options = match only {
            None => options,
            Some(Prefixes::Streams(names)) => {
                options.filter(with(SubscriptionFilter::on_stream_name(), names))
            }
            Some(Prefixes::Types(names)) => {
                options.filter(with(SubscriptionFilter::on_event_type(), names))
            }
        };
        let options = self.settings.user(options, SubscribeToAllOptions::authenticated);
        let subscription = connection.client.subscribe_to_all(&options).await;
        Ok(Follow { server: self, connection, subscription })
    }

    /// Reads, once more where the connection turns out to be gone.
    async fn read(&self, question: &Question<'_>) -> Result<Vec<Recorded>, Problem> {
        match self.read_once(question).await {
            Err(Problem::Unreachable(_)) => self.read_once(question).await,
            answer => answer,
        }
    }

    async fn read_once(&self, question: &Question<'_>) -> Result<Vec<Recorded>, Problem> {
        let connection = self.connection().await?;
        let mut events = Vec::new();
        let mut answer = self.in_time(&connection, question.ask(&connection.client)).await?;
        while let Some(event) = self.in_time(&connection, answer.next()).await? {
            events.push(recorded(event));
        }
        Ok(events)
    }

    async fn in_time<T>(
        &self,
        connection: &Connection,
        answer: impl Future<Output = official::Result<T>>,
    ) -> Result<T, Problem> {
        match timeout(self.patience(), answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                self.note(connection, &error);
                Err(error.into())
            }
            Err(_) => Err(self.silence(connection).await),
        }
    }

    fn patience(&self) -> Duration {
        self.settings.patience()
    }
}

/// What a read asks for.
enum Question<'a> {
    Stream(&'a str, ReadStreamOptions),
    Log(ReadAllOptions),
}

impl Question<'_> {
    async fn ask(&self, client: &Client) -> official::Result<ReadStream> {
        match self {
            Self::Stream(stream, options) => client.read_stream(*stream, options).await,
            Self::Log(options) => client.read_all(options).await,
        }
    }
}

/// A subscription to the log.
pub(crate) struct Follow<'a> {
    server: &'a Server,
    connection: Connection,
    subscription: Subscription,
}

impl Follow<'_> {
    /// What comes next, whenever that is.
    pub(crate) async fn next(&mut self) -> Result<News, Problem> {
        match self.subscription.next_subscription_event().await {
            Ok(SubscriptionEvent::Confirmed(_)) => Ok(News::Begun),
            Ok(SubscriptionEvent::EventAppeared(event)) => Ok(News::Event(recorded(event))),
            Ok(SubscriptionEvent::Checkpoint(at)) => Ok(News::LookedThrough(at.commit)),
            Ok(event) if official::has_caught_up(&event) => Ok(News::CaughtUp),
            Ok(_) => Ok(News::Nothing),
            Err(error) => {
                self.server.note(&self.connection, &error);
                Err(error.into())
            }
        }
    }
}

fn position(from: Start) -> StreamPosition<official::Position> {
    match from {
        Start::First => StreamPosition::Start,
        Start::At(at) => StreamPosition::Position(official::Position { commit: at, prepare: at }),
        Start::Last => StreamPosition::End,
    }
}

fn with(filter: SubscriptionFilter, prefixes: &[String]) -> SubscriptionFilter {
    prefixes.iter().fold(filter, SubscriptionFilter::add_prefix)
}

fn recorded(event: ResolvedEvent) -> Recorded {
    // Links are not resolved, so there is one event.
    let event = event.event.or(event.link).expect("the server answers with an event");
    // 100 ns since 1970: the client itself keeps whole seconds only.
    let ticks = event.metadata.get("created").and_then(|ticks| ticks.parse::<i64>().ok());
    let created = ticks.and_then(|ticks| DateTime::from_timestamp_micros(ticks / 10));
    Recorded {
        id: event.id,
        stream: official::stream_of(&event),
        event_type: event.event_type,
        revision: event.revision,
        commit: event.position.commit,
        prepare: event.position.prepare,
        created: created.unwrap_or(event.created),
        data: event.data,
        metadata: event.custom_metadata,
    }
}

/// Marked as JSON where it is, since the server's own tools look at nothing else.
fn event_data(event: &Proposed) -> EventData {
    let Proposed { id, event_type, data, metadata } = event;
    let raw = serde_json::from_slice::<&RawValue>(data).ok();
    let raw = raw.filter(|raw| raw.get().as_bytes() == data);
    let json = raw.and_then(|raw| EventData::json(event_type, &raw).ok());
    let event = json.unwrap_or_else(|| EventData::binary(event_type, data.clone()));
    event.id(*id).metadata(metadata.clone())
}
