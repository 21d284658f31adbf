use super::{READERS, Step, WRITERS, model::Model};
use chrono::Utc;
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestCaseResult},
};
use quadrille_core::{
    Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent, Position,
    Query, store::Direction,
};
use quadrille_postgres::PostgresStore;
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;
use uuid::Uuid;

const INSERT: &str =
    "INSERT INTO quadrille.events (version, occurred_at, recorded_at, schema_version, id,
        correlation, causation, run, category, stream, type, component, data)
    SELECT 1, now(), now(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1,
        'slow', gen_random_uuid()::text, 'slow.event', 'somebody', '{}'::bytea
    FROM generate_series(1, $1) RETURNING position";

/// One that reads up to a bound that it found out before.
#[derive(Debug, Default, Clone)]
struct Reader {
    bound: u64,
    after: u64,
    seen: Vec<u64>,
}

/// Sessions and a store at work, and the model of what they do.
pub struct Run {
    url: String,
    store: PostgresStore,
    bound: &'static str,
    /// A session that nobody ends.
    session: PgConnection,
    writers: [Option<PgConnection>; WRITERS],
    readers: Vec<Reader>,
    /// How far pages of the store were read.
    after: u64,
    paged: Vec<u64>,
    model: Model,
}

impl Run {
    /// Goes on where the log ends now, once what an earlier run left open has ended.
    pub async fn start(url: &str, store: PostgresStore, bound: &'static str) -> Self {
        let mut session = PgConnection::connect(url).await.unwrap();
        end_sessions(&mut session, None).await;
        let last = "SELECT coalesce(pg_sequence_last_value('quadrille.events_position_seq'), 0)";
        let last: i64 = sqlx::query_scalar(last).fetch_one(&mut session).await.unwrap();
        let last = last.unsigned_abs();
        let reader = Reader { bound: last, after: last, seen: vec![] };
        Self {
            url: format!("{url}?application_name=floor_writer"),
            store,
            bound,
            session,
            writers: Default::default(),
            readers: vec![reader; READERS],
            after: last,
            paged: vec![],
            model: Model::after(last),
        }
    }

    pub async fn take(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Begin(writer) => {
                self.begun(writer).await;
            }
            Step::Append(writer, count) => {
                let drawn = insert(self.begun(writer).await, count).await;
                prop_assert_eq!(drawn, self.model.append(writer, count));
            }
            Step::Undo(writer, count) => {
                let session = self.begun(writer).await;
                session.execute("SAVEPOINT before").await.unwrap();
                insert(session, count).await;
                session.execute("ROLLBACK TO before").await.unwrap();
                self.model.undo(count);
            }
            Step::Commit(writer) => self.finish(writer, true).await,
            Step::RollBack(writer) => self.finish(writer, false).await,
            Step::Kill(writer) => self.kill(writer).await,
            Step::AppendWhole(count) => {
                let receipt = self.store.append(append(count)).await.unwrap();
                let positions = self.model.append_whole(count);
                prop_assert_eq!(Some(&receipt.position.0), positions.last());
            }
            Step::Look(reader) => self.look(reader).await,
            Step::Read(reader) => self.read(reader).await,
            Step::Page(limit) => {
                self.page(limit).await?;
            }
        }
        self.check_bound().await
    }

    /// All that is on its way is committed, and everybody reads on to the head.
    pub async fn end(mut self) -> TestCaseResult {
        for writer in 0..WRITERS {
            self.finish(writer, true).await;
        }
        let committed: Vec<u64> = self.model.committed().collect();
        for reader in 0..READERS {
            self.look(reader).await;
            self.read(reader).await;
            let seen = &self.readers[reader].seen;
            prop_assert_eq!(seen, &committed, "a reader skipped or repeated events");
        }
        while self.page(3).await? {}
        prop_assert_eq!(&self.paged, &committed, "pages skipped or repeated events");
        let head = self.store.head().await.unwrap().map(|head| head.position.0);
        prop_assert!(committed.last().is_none_or(|last| head == Some(*last)));
        prop_assert_eq!(self.store.stalls().await.unwrap(), vec![]);
        end_sessions(&mut self.session, None).await;
        Ok(())
    }

    /// The session of a writer, within a transaction.
    async fn begun(&mut self, writer: usize) -> &mut PgConnection {
        if !self.model.is_open(writer) {
            if self.writers[writer].is_none() {
                self.writers[writer] = Some(PgConnection::connect(&self.url).await.unwrap());
            }
            let session = self.writers[writer].as_mut().expect("it was connected");
            session.execute("BEGIN").await.unwrap();
            self.model.begin(writer);
        }
        self.writers[writer].as_mut().expect("who has a transaction has a session")
    }

    async fn finish(&mut self, writer: usize, commits: bool) {
        if !self.model.is_open(writer) {
            return;
        }
        let how = if commits { "COMMIT" } else { "ROLLBACK" };
        self.begun(writer).await.execute(how).await.unwrap();
        self.model.end(writer, commits);
    }

    async fn kill(&mut self, writer: usize) {
        let Some(mut killed) = self.writers[writer].take() else { return };
        let ask = sqlx::query_scalar("SELECT pg_backend_pid()");
        let pid: i32 = ask.fetch_one(&mut killed).await.unwrap();
        end_sessions(&mut self.session, Some(pid)).await;
        self.model.end(writer, false);
    }

    async fn look(&mut self, reader: usize) {
        let bound: i64 = sqlx::query_scalar(self.bound).fetch_one(&mut self.session).await.unwrap();
        self.readers[reader].bound = bound.unsigned_abs();
    }

    async fn read(&mut self, reader: usize) {
        let reader = &mut self.readers[reader];
        let read = "SELECT position FROM quadrille.events
            WHERE position > $1 AND position <= $2 ORDER BY position";
        let read = sqlx::query_scalar(read).bind(int(reader.after)).bind(int(reader.bound));
        let found: Vec<i64> = read.fetch_all(&mut self.session).await.unwrap();
        reader.seen.extend(found.iter().map(|position| position.unsigned_abs()));
        reader.after = reader.seen.last().copied().unwrap_or(reader.after);
    }

    /// A page through the store, which holds what the model says. Whether there was anything in it.
    async fn page(&mut self, limit: usize) -> Result<bool, TestCaseError> {
        let (all, from) = (Query::all(), Position(self.after));
        let page = self.store.read(&all, from, Direction::Forward, limit).await.unwrap();
        let found: Vec<u64> = page.events.iter().map(|event| event.position.0).collect();
        prop_assert_eq!(&found, &self.model.readable(self.after, limit));
        self.after = page.through.map_or(self.after, |through| through.position.0);
        self.paged.extend(&found);
        Ok(!found.is_empty())
    }

    async fn check_bound(&mut self) -> TestCaseResult {
        let ask = sqlx::query_scalar("SELECT quadrille.bound()");
        let bound: i64 = ask.fetch_one(&mut self.session).await.unwrap();
        prop_assert_eq!(bound.unsigned_abs(), self.model.bound());
        Ok(())
    }
}

async fn insert(session: &mut PgConnection, count: u64) -> Vec<u64> {
    let insert = sqlx::query_scalar(INSERT).bind(int(count));
    let drawn: Vec<i64> = insert.fetch_all(session).await.unwrap();
    drawn.iter().map(|position| position.unsigned_abs()).collect()
}

fn append(count: u64) -> Append {
    let flow = CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, "test", Utc::now());
    let event = |_| NewEvent::new(EventId::new(), "order.placed", "{}", metadata.clone()).unwrap();
    let stream = format!("order-{}", Uuid::new_v4()).parse().unwrap();
    let events = (0..count).map(event).collect();
    Append { stream, expected: ExpectedVersion::NoStream, events }
}

fn int(number: u64) -> i64 {
    number.try_into().unwrap()
}

/// Ends a writer's session, or those of all, and waits until the server has let go of all that they
/// held.
async fn end_sessions(session: &mut PgConnection, pid: Option<i32>) {
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'floor_writer'
            AND pid = coalesce($1, pid)";
    loop {
        let ended = sqlx::query_scalar(end).bind(pid).fetch_one(&mut *session).await;
        let still: i64 = ended.unwrap();
        if still == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
