//! On SQLite: one thread that writes, two that read.

mod read_model;

use crate::command::{
    ACTOR, COMPONENT, Command, EVENT, NAME, States, TOGETHER, send, stream as stream_of,
};
use anyhow::{Result, anyhow};
use bench_harness::{AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target};
use chrono::Utc;
use rusqlite::{Connection, TransactionBehavior, params};
use std::{
    mem,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

const READERS: usize = 2;
const LOAD: &str = "SELECT version, data FROM events WHERE stream = ?1 ORDER BY version";

type Loaded = Result<AccountState>;
type Wanted = (String, oneshot::Sender<Loaded>);

#[derive(Clone)]
pub struct Bare {
    path: PathBuf,
    writer: mpsc::Sender<Command>,
    readers: Arc<Vec<mpsc::UnboundedSender<Wanted>>>,
    next: Arc<AtomicUsize>,
}

fn connect(path: &Path, synchronous: &str) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    Ok(connection)
}

impl Bare {
    pub async fn open(target: Target, synchronous: &str) -> Result<Self> {
        let path = target.folder.join("events.db");
        let connection = connect(&path, synchronous)?;
        if target.fresh {
            connection.execute_batch(include_str!("sqlite/schema.sql"))?;
        }
        let (writer, commands) = mpsc::channel(TOGETHER);
        thread::spawn(move || write(connection, commands));
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let connection = connect(&path, synchronous)?;
            let (sender, wanted) = mpsc::unbounded_channel();
            thread::spawn(move || read(&connection, wanted));
            readers.push(sender);
        }
        Ok(Self { path, writer, readers: readers.into(), next: Arc::default() })
    }
}

impl Subject for Bare {
    async fn deposit(&self, account: Uuid, n: u64, events: usize) -> Result<(), CommandError> {
        send(&self.writer, account, Deposited::several(account, n, events)).await
    }

    async fn load(&self, account: Uuid) -> Result<AccountState> {
        let (answer, answered) = oneshot::channel();
        let next = self.next.fetch_add(1, Ordering::Relaxed) % READERS;
        let sent = self.readers[next].send((stream_of(account), answer));
        sent.map_err(|_| anyhow!("the reader is gone"))?;
        answered.await?
    }

    async fn catch_up(&self, how: CatchUp, total: u64, _: Duration) -> Result<Option<Projected>> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || read_model::catch_up(&path, how, total))
            .await?
            .map(Some)
    }
}

fn read(connection: &Connection, mut wanted: mpsc::UnboundedReceiver<Wanted>) {
    let load = |stream: &str| -> Loaded {
        let mut statement = connection.prepare_cached(LOAD)?;
        let mut rows = statement.query([stream])?;
        let mut state = AccountState::default();
        while let Some(row) = rows.next()? {
            state.apply(&serde_json::from_slice(row.get_ref(1)?.as_blob()?)?);
        }
        Ok(state)
    };
    while let Some((stream, answer)) = wanted.blocking_recv() {
        let _ = answer.send(load(&stream));
    }
}

fn write(mut connection: Connection, mut commands: mpsc::Receiver<Command>) {
    let mut states = States::default();
    let mut waiting = Vec::with_capacity(TOGETHER);
    while commands.blocking_recv_many(&mut waiting, TOGETHER) > 0 {
        let batch = mem::take(&mut waiting);
        match carry_out(&mut connection, &mut states, &batch) {
            Ok(()) => batch.into_iter().for_each(|command| command.answer(Ok(true))),
            Err(error) => {
                states.forget(&batch);
                batch.into_iter().for_each(|command| command.answer(Err(error.to_string())));
            }
        }
    }
}

fn carry_out(connection: &mut Connection, states: &mut States, batch: &[Command]) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for stream in states.missing(batch) {
        let mut load = tx.prepare_cached(LOAD)?;
        let mut rows = load.query([&stream])?;
        while let Some(row) = rows.next()? {
            states.load(&stream, row.get(0)?, row.get_ref(1)?.as_blob()?)?;
        }
    }
    let rows = states.decide(batch)?;
    let now = Utc::now().timestamp_micros();
    let mut append = tx.prepare_cached(include_str!("sqlite/append.sql"))?;
    for (index, stream) in rows.stream.iter().enumerate() {
        append.execute(params![
            stream,
            rows.version[index],
            rows.id[index].as_bytes(),
            rows.command[index].as_bytes(),
            rows.data[index],
            now,
            now,
            EVENT,
            NAME,
            COMPONENT,
            ACTOR
        ])?;
    }
    drop(append);
    Ok(tx.commit()?)
}
