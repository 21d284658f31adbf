//! Word of appends: to those who wait in this process, and to other processes.

use super::Core;
use crate::server::Server;
use chrono::{TimeDelta, Utc};
use quadrille_core::Position;
use sqlx::{postgres::PgListener, query};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

/// Notifications follow each other at this distance at least: each takes a lock that all of the
/// server's notifications share.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(5);
/// How often to look for who holds readers back, and how long that is nothing special.
const STALL_INTERVAL: Duration = Duration::from_secs(5);
const STALL: TimeDelta = TimeDelta::seconds(5);
/// How long to wait before listening is tried again.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// What is known of the end of the log.
#[derive(Debug)]
pub(super) struct News {
    channel: String,
    /// How often something was appended, as far as this process heard of it.
    calls: watch::Sender<u64>,
    /// The last event that an append of this process was told of.
    own: AtomicU64,
    /// Others have to be told.
    untold: Notify,
}

impl News {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            // Schemas have plain names, so that this is one too.
            channel: format!("quadrille_{}", server.schema),
            calls: watch::Sender::default(),
            own: AtomicU64::default(),
            untold: Notify::new(),
        }
    }

    /// This process has appended up to here.
    pub(super) fn appended(&self, position: Position) {
        self.own.fetch_max(position.0, Ordering::Relaxed);
        self.call();
        self.untold.notify_one();
    }

    /// Somebody may have appended.
    fn call(&self) {
        self.calls.send_modify(|calls| *calls = calls.wrapping_add(1));
    }

    pub(super) fn calls(&self) -> watch::Receiver<u64> {
        self.calls.subscribe()
    }

    pub(super) fn own(&self) -> Position {
        Position(self.own.load(Ordering::Relaxed))
    }
}

/// Starts to tell others, to listen to them and to look for stalls, until what is returned is dropped.
pub(super) fn start(core: &Arc<Core>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(tell(Arc::clone(core)));
    tasks.spawn(watch_stalls(Arc::clone(core)));
    if core.options.listen && !core.options.pooler {
        tasks.spawn(listen(Arc::clone(core)));
    }
    tasks
}

/// After the commit and on another connection: within the append's transaction it would let
/// appends wait for each other.
async fn tell(core: Arc<Core>) {
    loop {
        core.news.untold.notified().await;
        let notify = query("SELECT pg_notify($1, '')").bind(&core.news.channel);
        if let Err(error) = core.reads.fetch_once(notify).await {
            // Others poll, so that they notice later.
            tracing::debug!(%error, "others could not be notified of an append");
        }
        tokio::time::sleep(NOTIFY_INTERVAL).await;
    }
}

/// Measures for how long and how far readers are held back, and says in the log of the program who
/// does so for longer than an append should take.
///
/// The measures are fields of a trace whose names begin with `gauge.`, by which layers that export
/// metrics know them.
async fn watch_stalls(core: Arc<Core>) {
    loop {
        tokio::time::sleep(STALL_INTERVAL).await;
        // Where this fails, readers say so.
        let Ok(stalls) = core.stalls().await else { continue };
        let since = stalls.first().and_then(|stall| stall.since);
        let held = since.map_or(TimeDelta::zero(), |since| Utc::now() - since);
        let behind = stalls.first().map_or(0, |stall| stall.drawn.0 - stall.readable.0);
        tracing::trace!(
            gauge.quadrille.stall.held_ms = held.num_milliseconds().max(0),
            gauge.quadrille.stall.behind = behind,
            "readers of the log"
        );
        let Some(stall) = stalls.first() else { continue };
        if held >= STALL {
            let (session, application) = (stall.session.as_deref(), stall.application.as_deref());
            let (readable, drawn) = (stall.readable.0, stall.drawn.0);
            let held_ms = held.num_milliseconds();
            tracing::warn!(readable, drawn, session, application, held_ms, "readers are held back");
        }
    }
}

/// A notification says nothing but that it is worth looking: one that is lost, or comes while the
/// connection is made anew, costs a reader the time until it polls.
async fn listen(core: Arc<Core>) {
    let pool = core.server.pool(1, core.options.patience);
    let mut told = false;
    loop {
        let error = match hear(&core, pool.sqlx()).await {
            Ok(never) => match never {},
            Err(error) => error,
        };
        if !told {
            told = true;
            tracing::warn!(%error, server = %core.server.shown, "notifications do not arrive; what others append is noticed by polling");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

async fn hear(core: &Core, pool: &sqlx::PgPool) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(&core.news.channel).await?;
    loop {
        // What came while it did not listen is not known either.
        core.news.call();
        listener.try_recv().await?;
    }
}
