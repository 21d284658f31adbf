//! On PostgreSQL: two owners, each with a connection; reads on four more.

mod read_model;

use crate::command::{
    ACTOR, COMPONENT, Command, EVENT, NAME, States, TOGETHER, send, stream as stream_of,
};
use anyhow::Result;
use bench_harness::{
    AccountState, CatchUp, CommandError, Deposited, Projected, Subject, Target, connect,
};
use chrono::Utc;
use std::{mem, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_postgres::{Client, Error, Statement, error::SqlState};
use uuid::Uuid;

const OWNERS: usize = 2;
const READERS: usize = 4;
const LOAD: &str = "SELECT data FROM events WHERE stream = $1 ORDER BY version";
const LOAD_MANY: &str =
    "SELECT stream, version, data FROM events WHERE stream = ANY ($1) ORDER BY stream, version";

#[derive(Clone)]
pub struct Bare {
    url: String,
    owners: Arc<Vec<mpsc::Sender<Command>>>,
    readers: Arc<Vec<(Client, Statement)>>,
}

impl Bare {
    pub async fn open(target: Target) -> Result<Self> {
        if target.fresh {
            let client = connect(&target.url).await?;
            client.batch_execute(include_str!("postgres/schema.sql")).await?;
        }
        let (mut owners, mut readers) = (Vec::new(), Vec::new());
        for _ in 0..OWNERS {
            let (sender, commands) = mpsc::channel(TOGETHER);
            tokio::spawn(Owner::open(&target.url).await?.run(commands));
            owners.push(sender);
        }
        for _ in 0..READERS {
            let client = connect(&target.url).await?;
            let load = client.prepare(LOAD).await?;
            readers.push((client, load));
        }
        Ok(Self { url: target.url, owners: owners.into(), readers: readers.into() })
    }
}

fn pick<T>(all: &[T], account: Uuid) -> &T {
    let bits = account.as_u128();
    &all[(bits ^ (bits >> 64)) as usize % all.len()]
}

impl Subject for Bare {
    async fn deposit(&self, account: Uuid, n: u64, events: usize) -> Result<(), CommandError> {
        let deposits = Deposited::several(account, n, events);
        send(pick(&self.owners, account), account, deposits).await
    }

    async fn load(&self, account: Uuid) -> Result<AccountState> {
        let (client, load) = pick(&self.readers, account);
        let mut state = AccountState::default();
        for row in client.query(load, &[&stream_of(account)]).await? {
            state.apply(&serde_json::from_slice(row.get(0))?);
        }
        Ok(state)
    }

    async fn catch_up(&self, how: CatchUp, total: u64, _: Duration) -> Result<Option<Projected>> {
        read_model::catch_up(&self.url, how, total).await.map(Some)
    }
}

/// The only one in this process that writes to its share of all aggregates.
struct Owner {
    client: Client,
    load: Statement,
    append: Statement,
    states: States,
}

impl Owner {
    async fn open(url: &str) -> Result<Self> {
        let client = connect(url).await?;
        let load = client.prepare(LOAD_MANY).await?;
        let append = client.prepare(include_str!("postgres/append.sql")).await?;
        Ok(Self { client, load, append, states: States::default() })
    }

    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut waiting = Vec::with_capacity(TOGETHER);
        while commands.recv_many(&mut waiting, TOGETHER).await > 0 {
            let batch = mem::take(&mut waiting);
            match self.carry_out(&batch).await {
                Ok(()) => batch.into_iter().for_each(|command| command.answer(Ok(true))),
                // Another process wrote to one of the streams: each is tried on its own.
                Err(error) if lost_a_race(&error) => {
                    self.states.forget(&batch);
                    self.one_by_one(batch).await;
                }
                Err(error) => {
                    self.states.forget(&batch);
                    batch.into_iter().for_each(|command| command.answer(Err(error.to_string())));
                }
            }
        }
    }

    async fn one_by_one(&mut self, batch: Vec<Command>) {
        for command in batch {
            let alone = [command];
            let outcome = self.carry_out(&alone).await;
            if outcome.is_err() {
                self.states.forget(&alone);
            }
            let [command] = alone;
            command.answer(match outcome {
                Ok(()) => Ok(true),
                Err(error) if lost_a_race(&error) => Ok(false),
                Err(error) => Err(error.to_string()),
            });
        }
    }

    async fn carry_out(&mut self, batch: &[Command]) -> Result<()> {
        let missing = self.states.missing(batch);
        if !missing.is_empty() {
            for row in self.client.query(&self.load, &[&missing]).await? {
                self.states.load(row.get(0), row.get(1), row.get(2))?;
            }
        }
        let rows = self.states.decide(batch)?;
        let now = Utc::now();
        let Self { client, append, .. } = self;
        let written = client
            .execute(
                &*append,
                &[
                    &rows.stream,
                    &rows.version,
                    &rows.id,
                    &rows.command,
                    &rows.data,
                    &now,
                    &EVENT,
                    &NAME,
                    &COMPONENT,
                    &ACTOR,
                ],
            )
            .await;
        written?;
        Ok(())
    }
}

fn lost_a_race(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<Error>().and_then(Error::code);
    code == Some(&SqlState::UNIQUE_VIOLATION)
}
