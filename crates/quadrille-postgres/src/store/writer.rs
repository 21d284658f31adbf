//! Group commit: what queues up while transactions are on their way shares the next one.

use super::{
    Core,
    append::Columns,
    batch::{Busy, streams},
    queue::{Answer, Request},
};
use crate::error::{is_lost, is_passing, lost_a_race, store_error};
use futures_util::future::{BoxFuture, FutureExt};
use quadrille_core::{StoreError, StreamId};
use sqlx::Error;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc,
    task::{self, JoinSet},
};

/// Races that a batch loses before each of its appends goes alone.
const RACES_TOGETHER: u32 = 3;
/// Races that a single append loses before it is given up.
const RACES_ALONE: u32 = 100;
/// The wait after the first failure of a connection; it doubles each time, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    core: Arc<Core>,
    requests: mpsc::UnboundedReceiver<Request>,
    waiting: VecDeque<Request>,
    busy: Busy,
    commits: JoinSet<()>,
    /// Whose streams are free again when which commit has ended.
    streams: HashMap<task::Id, Vec<StreamId>>,
}

impl Writer {
    pub(super) fn new(core: Arc<Core>, requests: mpsc::UnboundedReceiver<Request>) -> Self {
        Self {
            core,
            requests,
            waiting: VecDeque::new(),
            busy: Busy::default(),
            commits: JoinSet::new(),
            streams: HashMap::new(),
        }
    }

    /// Writes until all handles are gone and the queue is empty.
    pub(super) async fn run(mut self) {
        let mut open = true;
        while open || !self.waiting.is_empty() || !self.commits.is_empty() {
            tokio::select! {
                request = self.requests.recv(), if open => match request {
                    Some(request) => self.waiting.push_back(request),
                    None => open = false,
                },
                Some(done) = self.commits.join_next_with_id() => {
                    let id = done.map_or_else(|error| error.id(), |(id, ())| id);
                    self.busy.free(&self.streams.remove(&id).unwrap_or_default());
                }
            }
            while let Ok(request) = self.requests.try_recv() {
                self.waiting.push_back(request);
            }
            self.start();
        }
    }

    fn start(&mut self) {
        while self.commits.len() < self.core.options.writers as usize && !self.waiting.is_empty() {
            let batch = self.busy.next_batch(&mut self.waiting);
            if batch.is_empty() {
                break;
            }
            let (core, streams) = (Arc::clone(&self.core), streams(&batch).cloned().collect());
            let commit = async move { commit(&core, batch, Attempts::new()).await };
            self.streams.insert(self.commits.spawn(commit).id(), streams);
        }
    }
}

/// What became of attempts so far.
#[derive(Clone, Copy)]
struct Attempts {
    began: Instant,
    races: u32,
    wait: Duration,
    /// Whether one of them may have been committed.
    unsure: bool,
}

impl Attempts {
    fn new() -> Self {
        Self { began: Instant::now(), races: 0, wait: FIRST_WAIT, unsure: false }
    }
}

/// Has a batch written and answers each request.
fn commit(core: &Core, batch: Vec<Request>, mut attempts: Attempts) -> BoxFuture<'_, ()> {
    async move {
        loop {
            let error = match attempt(core, &batch, &mut attempts).await {
                Ok(answers) => {
                    core.appended(&answers);
                    return give(batch, answers);
                }
                Err(error) => error,
            };
            let alone = batch.len() == 1;
            if lost_a_race(&error) {
                attempts.races += 1;
                if !alone && attempts.races >= RACES_TOGETHER {
                    return one_by_one(core, batch, attempts).await;
                }
                if attempts.races < RACES_ALONE {
                    // Who lost again steps back a little, so that somebody can win.
                    pause(Duration::from_millis(u64::from(attempts.races - 1).min(20))).await;
                    continue;
                }
            } else if is_passing(&error) {
                if attempts.began.elapsed() < core.options.patience {
                    pause(attempts.wait).await;
                    attempts.wait = (attempts.wait * 2).min(LONGEST_WAIT);
                    continue;
                }
            } else if !alone {
                // One append may be what the database stumbles over: the others shall not suffer.
                return one_by_one(core, batch, attempts).await;
            }
            return fail(core, batch, attempts, error);
        }
    }
    .boxed()
}

async fn one_by_one(core: &Core, batch: Vec<Request>, attempts: Attempts) {
    for request in batch {
        commit(core, vec![request], attempts).await;
    }
}

async fn attempt(
    core: &Core,
    batch: &[Request],
    attempts: &mut Attempts,
) -> Result<Vec<Answer>, Error> {
    let columns = Columns::of(batch);
    // Without a connection nothing was sent.
    let connection = core.writes.take().await?;
    let call = columns.query(&core.statements.append);
    let rows = core.writes.fetch_all(connection, call).await;
    attempts.unsure |= rows.as_ref().is_err_and(is_lost);
    columns.answers(batch, &rows?)
}

/// Tells everybody what is known: that nothing was written, or that it may have been.
fn fail(core: &Core, batch: Vec<Request>, attempts: Attempts, error: Error) {
    let error = Arc::new(error);
    for request in batch {
        let what = || format!("the append to {} in {}", first_stream(&request), core.server.shown);
        let error = if attempts.unsure {
            StoreError::OutcomeUnknown { what: what(), source: Arc::clone(&error).into() }
        } else if lost_a_race(&error) {
            let what = format!("{}, which others write to all the time", what());
            StoreError::unavailable(what, Arc::clone(&error))
        } else {
            store_error(&core.server.shown, Arc::clone(&error))
        };
        request.answer(Err(error.into()));
    }
}

fn first_stream(request: &Request) -> String {
    request.appends.appends.first().map_or_else(String::new, |append| append.stream.to_string())
}

fn give(batch: Vec<Request>, answers: Vec<Answer>) {
    for (request, answer) in batch.into_iter().zip(answers) {
        request.answer(answer);
    }
}

async fn pause(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}
