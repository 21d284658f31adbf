//! Loading aggregates: what is asked for while loads are on their way shares the next statement.

use super::{Core, ROWS_AT_ONCE, append::int, envelope::malformed, read::statement};
use crate::error::store_error;
use quadrille_core::{EventId, StoreError, StreamId, Version, store::StoredPayload};
use sqlx::{Error, Row, postgres::PgRow};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Loads that share a statement at most.
const MOST_TOGETHER: usize = 64;
/// Rows that a shared statement is to return, and those of each of its streams at least.
const ROWS_TOGETHER: usize = 4_000;
const ROWS_OF_EACH: usize = 100;

/// Loads on their way, and those that wait for one of them to end.
#[derive(Debug, Default)]
pub(super) struct Loads(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    running: u32,
    waiting: VecDeque<Wanted>,
}

#[derive(Debug)]
struct Wanted {
    stream: StreamId,
    above: Version,
    answer: oneshot::Sender<Result<Part, StoreError>>,
}

/// Events of a stream.
#[derive(Debug)]
struct Part {
    events: Vec<StoredPayload>,
    /// Whether there may be more.
    more: bool,
}

/// The events of a stream above a version, `limit` of them at most.
pub(super) async fn load(
    core: &Arc<Core>,
    stream: &StreamId,
    above: Version,
    limit: usize,
) -> Result<Vec<StoredPayload>, StoreError> {
    let Part { mut events, mut more } = part(core, stream, above, limit).await?;
    while more && events.len() < limit {
        let above = events.last().map_or(above, |event| event.version);
        let rest = part(core, stream, above, limit - events.len()).await?;
        events.extend(rest.events);
        more = rest.more;
    }
    // A shared statement does not know how much each of its callers wants.
    events.truncate(limit);
    Ok(events)
}

async fn part(
    core: &Arc<Core>,
    stream: &StreamId,
    above: Version,
    limit: usize,
) -> Result<Part, StoreError> {
    match Turn::take(core, stream, above) {
        Ok(_turn) => core.load_one(stream, above, limit.min(ROWS_AT_ONCE)).await,
        Err(answer) => answer.await.unwrap_or_else(|gone| {
            Err(StoreError::unavailable(
                format!("{}, which is being closed", core.server.shown),
                gone,
            ))
        }),
    }
}

/// One of the loads on their way. When it ends, those that wait have their turn.
struct Turn(Arc<Core>);

impl Turn {
    /// A turn at once, or else the answer of a load that others take along.
    fn take(
        core: &Arc<Core>,
        stream: &StreamId,
        above: Version,
    ) -> Result<Self, oneshot::Receiver<Result<Part, StoreError>>> {
        let mut state = core.loads.state();
        if state.running < core.options.loads() {
            state.running += 1;
            return Ok(Self(Arc::clone(core)));
        }
        let (sender, answer) = oneshot::channel();
        state.waiting.push_back(Wanted { stream: stream.clone(), above, answer: sender });
        Err(answer)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.0.loads.state();
        // Who has gone needs no answer.
        state.waiting.retain(|wanted| !wanted.answer.is_closed());
        let count = state.waiting.len().min(MOST_TOGETHER);
        let together: Vec<Wanted> = state.waiting.drain(..count).collect();
        if together.is_empty() {
            state.running -= 1;
            return;
        }
        drop(state);
        let turn = Self(Arc::clone(&self.0));
        self.0.runtime.spawn(async move {
            turn.0.load_many(together).await;
            drop(turn);
        });
    }
}

impl Loads {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    async fn load_one(
        &self,
        stream: &StreamId,
        above: Version,
        limit: usize,
    ) -> Result<Part, StoreError> {
        let rows = self.loading.fetch(|| {
            statement(&self.statements.payloads)
                .bind(stream.category().as_str())
                .bind(stream.id())
                .bind(int(above.0))
                .bind(int(limit as u64))
        });
        let mut events = Vec::new();
        for row in rows.await.map_err(|error| self.reads.error(error))? {
            let event = payload(&row, events.last()).map_err(|error| self.reads.error(error))?;
            events.push(event);
        }
        let more = events.len() >= limit;
        Ok(Part { events, more })
    }

    async fn load_many(&self, wanted: Vec<Wanted>) {
        let limit = (ROWS_TOGETHER / wanted.len()).max(ROWS_OF_EACH);
        match self.parts(&wanted, limit).await {
            Ok(parts) => {
                for (wanted, part) in wanted.into_iter().zip(parts) {
                    // Whoever asked may have gone meanwhile.
                    let _ = wanted.answer.send(Ok(part));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for wanted in wanted {
                    let error = store_error(&self.server.shown, Arc::clone(&error));
                    let _ = wanted.answer.send(Err(error));
                }
            }
        }
    }

    async fn parts(&self, wanted: &[Wanted], limit: usize) -> Result<Vec<Part>, Error> {
        let streams = || wanted.iter().map(|wanted| &wanted.stream);
        let categories: Vec<_> = streams().map(|stream| stream.category().as_str()).collect();
        let ids: Vec<_> = streams().map(StreamId::id).collect();
        let above: Vec<_> = wanted.iter().map(|wanted| int(wanted.above.0)).collect();
        let load = || {
            let load = statement(&self.statements.payloads_of_many);
            load.bind(&categories).bind(&ids).bind(&above).bind(int(limit as u64))
        };
        let rows = self.loading.fetch(load).await;
        let mut parts: Vec<Part> =
            wanted.iter().map(|_| Part { events: Vec::new(), more: false }).collect();
        for row in rows? {
            let number: i64 = row.try_get(5)?;
            let part = usize::try_from(number - 1).ok().and_then(|at| parts.get_mut(at));
            let part = part.ok_or(Error::RowNotFound)?;
            part.events.push(payload(&row, part.events.last())?);
        }
        for part in &mut parts {
            part.more = part.events.len() >= limit;
            // They are in order already, which no one has promised.
            part.events.sort_by_key(|event| event.version);
        }
        Ok(parts)
    }
}

/// Neighbours are most often of one type, whose name they share.
fn payload(row: &PgRow, before: Option<&StoredPayload>) -> Result<StoredPayload, Error> {
    let event_type: &str = row.try_get(2)?;
    let same = before.filter(|before| *before.event_type == *event_type);
    Ok(StoredPayload {
        id: EventId(row.try_get(0)?),
        version: Version(row.try_get::<i64, _>(1)? as u64),
        event_type: same.map_or_else(|| event_type.into(), |same| Arc::clone(&same.event_type)),
        schema_version: u32::try_from(row.try_get::<i64, _>(3)?).map_err(malformed)?,
        data: row.try_get(4)?,
    })
}
