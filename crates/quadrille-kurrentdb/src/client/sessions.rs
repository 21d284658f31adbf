//! Appends over calls that stay open.
//!
//! The client opens its connections without `TCP_NODELAY`. An append by a call of its own is two
//! small packets, the headers and the events; the second waits until the first is acknowledged,
//! and servers delay that by some 40 ms where they have nothing to say. Over a call that is open
//! already an append is one packet, which waits for nothing while nothing else is under way.
//!
//! A session carries one append at a time, because the client ends it when one is refused, with
//! whatever else it carries. There are a few; where all are busy, so much is under way that
//! acknowledgements come at once, and calls of their own do as well.

use super::{
    Problem, Settings,
    official::{self, BatchAppendClient, BatchAppendOptions, Client, EventData, ExpectedRevision},
};
use std::{
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Servers allow some 100 calls on a connection: these must leave enough for others.
const SESSIONS: usize = 8;

pub(super) struct Sessions {
    options: BatchAppendOptions,
    idle: Mutex<Vec<BatchAppendClient>>,
    places: Arc<Semaphore>,
    /// Whether the server has none; only those that imitate one should.
    unsupported: AtomicBool,
}

impl Sessions {
    pub(super) fn new(settings: &Settings) -> Arc<Self> {
        let options =
            settings.user(BatchAppendOptions::default(), BatchAppendOptions::authenticated);
        let places = Arc::new(Semaphore::new(SESSIONS));
        let (idle, unsupported) = Default::default();
        Arc::new(Self { options, idle, places, unsupported })
    }

    /// A session, unless all are busy or the server has none.
    pub(super) async fn take(self: &Arc<Self>, client: &Client) -> Option<Session> {
        if self.unsupported.load(Ordering::Relaxed) {
            return None;
        }
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let idle = self.idle().pop();
        let open = match idle {
            Some(open) => open,
            None => match client.batch_append(&self.options).await {
                Ok(open) => open,
                Err(error) => {
                    let never = matches!(error, official::Error::UnsupportedFeature);
                    self.unsupported.fetch_or(never, Ordering::Relaxed);
                    return None;
                }
            },
        };
        Some(Session { sessions: Arc::clone(self), open: Some(open), _place: place })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<BatchAppendClient>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sessions {
    /// Ends the open calls: the client keeps one open until something on it is refused, even when
    /// nobody holds it any more.
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        for open in mem::take(&mut *self.idle()) {
            runtime.spawn(async move {
                // No stream ever has this revision, so nothing is written.
                let never = official::Exact(i64::MAX as u64 - 1);
                let event = EventData::binary("refused", Default::default());
                let _ = open.append_to_stream("quadrille-refused", never, vec![event]).await;
            });
        }
    }
}

/// One of them, for one append. When that is dropped half-way, the call goes on.
pub(super) struct Session {
    sessions: Arc<Sessions>,
    open: Option<BatchAppendClient>,
    _place: OwnedSemaphorePermit,
}

impl Session {
    /// Appends. After an error, nobody knows whether it took place.
    pub(super) async fn append(
        mut self,
        stream: &str,
        expected: ExpectedRevision,
        events: Vec<EventData>,
    ) -> Result<(), Problem> {
        let open = self.open.as_ref().expect("it is taken at the end only");
        let Err(error) = open.append_to_stream(stream, expected, events).await else {
            return Ok(());
        };
        // The client has ended it.
        self.open = None;
        Err(error.into())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            self.sessions.idle().push(open);
        }
    }
}
