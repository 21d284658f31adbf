//! Who waits for the log to grow is woken by one subscription to it, which begins when somebody
//! first waits, ends with the last handle, and begins anew whenever it is cut.

use super::{Shared, envelope::stream_of};
use crate::client::{News, Server, Start};
use quadrille_core::Position;
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The last event met, and the task that listens for further ones.
#[derive(Default)]
pub(super) struct Wake {
    head: Head,
    listening: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone, Default)]
struct Head(watch::Sender<Position>);

impl Head {
    fn notice(&self, position: Position) {
        self.0.send_if_modified(|head| {
            let news = position > *head;
            *head = position.max(*head);
            news
        });
    }
}

impl Wake {
    pub(super) fn notice(&self, position: Position) {
        self.head.notice(position);
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        let listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(listening) = listening {
            listening.abort();
        }
    }
}

/// Returns when something was met behind `after`.
pub(super) async fn appended_after(shared: &Arc<Shared>, after: Position) {
    let mut head = shared.wake.head.0.subscribe();
    if *head.borrow_and_update() > after {
        return;
    }
    // Whatever was there before its subscription begins it looks for then.
    listen(shared);
    // The sender lives as long as this handle.
    let _ = head.wait_for(|head| *head > after).await;
}

/// Starts the task, also where the runtime that it ran on has ended.
fn listen(shared: &Arc<Shared>) {
    let mut listening = shared.wake.listening.lock().unwrap_or_else(PoisonError::into_inner);
    if listening.as_ref().is_none_or(JoinHandle::is_finished) {
        let listener = Listener {
            server: Arc::clone(&shared.server),
            head: shared.wake.head.clone(),
            shared: Arc::downgrade(shared),
        };
        *listening = Some(tokio::spawn(listener.keep_listening()));
    }
}

/// It does not hold the handle, which ends it when it is dropped.
struct Listener {
    server: Arc<Server>,
    head: Head,
    shared: Weak<Shared>,
}

impl Listener {
    async fn keep_listening(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            if self.follow().await {
                pause = FIRST_PAUSE;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Follows until it is cut. Whether it had begun.
    async fn follow(&self) -> bool {
        let Ok(mut news) = self.server.follow(Start::Last, None).await else { return false };
        let mut has_begun = false;
        while let Ok(news) = news.next().await {
            match news {
                News::Begun => {
                    has_begun = true;
                    // What came before it began is not told.
                    let Some(shared) = self.shared.upgrade() else { return has_begun };
                    if shared.head().await.is_err() {
                        return has_begun;
                    }
                }
                // Whoever waits reads behind others' events in vain, and would wait and read again.
                News::Event(event) if stream_of(&event).is_some() => {
                    self.head.notice(Position(event.commit));
                }
                News::Event(_) | News::LookedThrough(_) | News::CaughtUp | News::Nothing => {}
            }
        }
        has_begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KurrentDbStore;
    use quadrille::memory::MemoryStore;
    use quadrille_core::{
        Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent,
    };
    use quadrille_gateway::{Gateway, Settings};
    use tokio::{task::yield_now, time::timeout};

    #[tokio::test]
    async fn a_store_that_is_dropped_ends_its_subscription() {
        let settings = Settings::default().framework_streams(true);
        let gateway = Gateway::new(Arc::new(MemoryStore::like_kurrentdb()), settings);
        let gateway = gateway.bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = format!("esdb://{}?tls=false", gateway.address());
        let store = KurrentDbStore::open(&url).await.unwrap();
        let flow = CorrelationId::new();
        let metadata = Metadata::new(flow, flow.0, "test", chrono::Utc::now());
        let event = NewEvent::new(EventId::new(), "order.placed", *b"{}", metadata).unwrap();
        let (stream, expected) = ("order-1".parse().unwrap(), ExpectedVersion::NoStream);
        let append = Append { stream, expected, events: vec![event] };
        let writer = KurrentDbStore::open(&url).await.unwrap();
        let ((), written) =
            tokio::join!(store.appended_after(Position::START), writer.append(append));
        written.unwrap();
        let server = Arc::downgrade(&store.shared.server);
        drop(store);
        let gone = async {
            while server.strong_count() > 0 {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), gone).await.expect("its subscription goes on");
    }
}
