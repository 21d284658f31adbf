//! The only thread that writes: group commit.

use super::{
    File,
    append::{Refusal, Writing},
    file::WAL_LIMIT_BYTES,
    numbers::Numbers,
    queue::{Answer, Request},
};
use crate::error::{outcome_unknown, store_error};
use quadrille_core::{AppendError, Position, StoreError, store::AppendAll};
use rusqlite::Connection;
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};
use tokio::sync::watch;

/// Appends that share a commit at most; more would only make the first wait.
const BATCH_APPENDS: usize = 1024;
const BATCH_BYTES: usize = 8 << 20;
/// How long the writer stands still for readers when the write-ahead log has to be cut, for each
/// [`WAL_LIMIT_BYTES`] that it holds: the larger it is, the more that is worth.
const CUT_TIMEOUT: Duration = Duration::from_millis(250);

pub(super) struct Writer {
    connection: Connection,
    file: File,
    requests: mpsc::Receiver<Request>,
    head: watch::Sender<Position>,
    numbers: Numbers,
    wal: Wal,
}

/// When the write-ahead log is cut.
struct Wal {
    path: PathBuf,
    /// The size at which to try, in bytes.
    due: u64,
}

/// How far a batch came that was not committed.
enum Failed {
    /// No transaction was begun.
    Begin(rusqlite::Error),
    /// A statement failed, and all was rolled back.
    Statement(rusqlite::Error),
    /// The commit failed, which some of its pages may have outlived.
    Commit(rusqlite::Error),
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        file: File,
        requests: mpsc::Receiver<Request>,
        head: watch::Sender<Position>,
    ) -> Self {
        let wal = Wal { path: file.wal(), due: WAL_LIMIT_BYTES };
        Self { connection, file, requests, head, numbers: Numbers::default(), wal }
    }

    /// Writes until all handles are gone and the queue is empty; returns the open connection.
    pub(super) fn run(mut self) -> Connection {
        while let Ok(first) = self.requests.recv() {
            let batch = self.gather(first);
            self.write(batch);
            self.cut_wal();
        }
        self.connection
    }

    /// All that queued while the last batch was written.
    fn gather(&self, first: Request) -> Vec<Request> {
        let mut bytes = first.bytes;
        let mut batch = vec![first];
        while batch.len() < BATCH_APPENDS && bytes < BATCH_BYTES {
            let Ok(request) = self.requests.try_recv() else { break };
            bytes += request.bytes;
            batch.push(request);
        }
        batch
    }

    fn write(&mut self, batch: Vec<Request>) {
        let appends: Vec<&AppendAll> = batch.iter().map(|request| &request.appends).collect();
        let answers = match self.commit(&appends) {
            Ok(answers) => answers,
            // One append may be what SQLite stumbles over: the others shall not suffer for it.
            Err((Failed::Statement(_), _)) if batch.len() > 1 => {
                return batch.into_iter().for_each(|request| self.write(vec![request]));
            }
            Err((failed, answers)) => self.explain(failed, answers, batch.len()),
        };
        for (request, answer) in batch.into_iter().zip(answers) {
            // Whoever appended may have gone meanwhile.
            let _ = request.answer.send(answer);
        }
    }

    /// Accepts or refuses each on its own and commits what was accepted. When that fails, the
    /// answers are what would have been said.
    fn commit(&mut self, batch: &[&AppendAll]) -> Result<Vec<Answer>, (Failed, Vec<Answer>)> {
        if let Err(error) = self.execute("BEGIN IMMEDIATE") {
            return Err((Failed::Begin(error), vec![]));
        }
        let (answers, head) = match self.accept(batch) {
            Ok(accepted) => accepted,
            Err(error) => {
                self.roll_back();
                return Err((Failed::Statement(error), vec![]));
            }
        };
        if let Err(error) = self.execute("COMMIT") {
            self.roll_back();
            return Err((Failed::Commit(error), answers));
        }
        self.head.send_if_modified(|seen| {
            let news = head > *seen;
            *seen = head.max(*seen);
            news
        });
        Ok(answers)
    }

    fn accept(&mut self, batch: &[&AppendAll]) -> rusqlite::Result<(Vec<Answer>, Position)> {
        let mut writing = Writing::begin(&self.connection, &mut self.numbers)?;
        let mut answers = Vec::with_capacity(batch.len());
        for appends in batch {
            answers.push(match writing.append_all(appends) {
                Ok(receipts) => Ok(receipts),
                Err(Refusal::Said(error)) => Err(*error),
                Err(Refusal::Failed(error)) => return Err(error),
            });
        }
        Ok((answers, writing.head()))
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }

    fn roll_back(&mut self) {
        // What was numbered in this transaction is no longer there.
        self.numbers = Numbers::default();
        if !self.connection.is_autocommit() {
            // If this fails too, the next BEGIN says so and nothing is written.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// Tells each the truth: refused, not written, or not known.
    fn explain(&self, failed: Failed, answers: Vec<Answer>, count: usize) -> Vec<Answer> {
        let path = &self.file.path;
        match failed {
            Failed::Begin(error) | Failed::Statement(error) => {
                let error = Arc::new(error);
                let answer = || Err(store_error(path, error.clone()).into());
                (0..count).map(|_| answer()).collect()
            }
            Failed::Commit(error) => {
                let error = Arc::new(error);
                let explain = |answer: Answer| -> AppendError {
                    match answer {
                        Ok(_) => outcome_unknown(path, error.clone()).into(),
                        // It was refused because of what others in the batch did, perhaps.
                        Err(_) => {
                            let what = path.display().to_string();
                            StoreError::unavailable(what, error.clone()).into()
                        }
                    }
                };
                answers.into_iter().map(|answer| Err(explain(answer))).collect()
            }
        }
    }

    /// SQLite begins its log anew when no reader needs it. With readers that never pause it grows,
    /// so beyond a limit the writer waits for them.
    fn cut_wal(&mut self) {
        let size = || fs::metadata(&self.wal.path).map_or(0, |metadata| metadata.len());
        let before = size();
        if before < self.wal.due {
            return;
        }
        let usual = self.file.options.busy_timeout;
        let times = u32::try_from(before / WAL_LIMIT_BYTES).unwrap_or(u32::MAX);
        let patience = CUT_TIMEOUT.saturating_mul(times).min(usual);
        // A reader of another process may hold on for long: then it is tried again later.
        let cut = || {
            self.connection.busy_timeout(patience)?;
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        };
        let cut = cut().and(self.connection.busy_timeout(usual));
        if let Err(error) = cut {
            tracing::warn!(file = %self.file.path.display(), %error, "cut the write-ahead log");
        }
        self.wal.due = size() + WAL_LIMIT_BYTES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SqliteOptions;
    use quadrille_core::{
        Append, CorrelationId, EventId, ExpectedVersion, Metadata, NewEvent, store::AppendAll,
    };

    fn writer() -> (tempfile::TempDir, Writer) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.db");
        let file = File { path, options: SqliteOptions::default() };
        file.prepare().unwrap();
        let connection = file.writer().unwrap();
        let (_, requests) = mpsc::channel();
        (directory, Writer::new(connection, file, requests, watch::Sender::default()))
    }

    fn append(bytes: usize) -> AppendAll {
        let flow = CorrelationId::new();
        let metadata = Metadata::new(flow, flow.0, "test", chrono::Utc::now());
        let event = NewEvent::new(EventId::new(), "order.placed", vec![b'1'; bytes], metadata);
        let (stream, expected) = ("order-1".parse().unwrap(), ExpectedVersion::NoStream);
        let append = Append { stream, expected, events: vec![event.unwrap()] };
        AppendAll { appends: vec![append], unless: vec![] }
    }

    fn answers(writer: &mut Writer, batch: &[&AppendAll]) -> Vec<Answer> {
        let result = writer.commit(batch);
        result.unwrap_or_else(|(failed, answers)| writer.explain(failed, answers, batch.len()))
    }

    #[test]
    fn a_full_disk_makes_appends_unavailable_until_there_is_room() {
        let (_directory, mut writer) = writer();
        writer.connection.pragma_update(None, "max_page_count", 40).unwrap();
        let large = append(1 << 20);
        let full = answers(&mut writer, &[&large]);
        let Err(AppendError::Store(error @ StoreError::Unavailable { .. })) = &full[0] else {
            panic!("{full:?}")
        };
        assert!(error.to_string().contains("disk is full"), "{error}");
        // The stream and the names of the failed append are gone again.
        answers(&mut writer, &[&append(1)])[0].as_ref().unwrap();
    }

    #[test]
    fn a_commit_that_fails_is_unknown_to_who_wrote_and_unavailable_to_who_was_refused() {
        let (_directory, mut writer) = writer();
        let (first, refused) = (append(1), append(1));
        // Deferred foreign keys are checked by COMMIT.
        let dangling = "PRAGMA foreign_keys = ON;
             CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER dangle AFTER INSERT ON events BEGIN INSERT INTO child VALUES (7); END";
        writer.connection.execute_batch(dangling).unwrap();
        let failed = answers(&mut writer, &[&first, &refused]);
        let unknown =
            matches!(&failed[0], Err(AppendError::Store(StoreError::OutcomeUnknown { .. })));
        let unavailable =
            matches!(&failed[1], Err(AppendError::Store(StoreError::Unavailable { .. })));
        assert!(unknown && unavailable, "{failed:?}");

        writer.connection.execute_batch("DROP TRIGGER dangle").unwrap();
        let again = answers(&mut writer, &[&first]);
        assert!(!again[0].as_ref().unwrap()[0].repeated);
    }
}
