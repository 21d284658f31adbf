//! Who waits for the log to grow is woken by one subscription to it, which begins when somebody
//! first waits, ends with the last handle, and begins anew whenever it is cut.

use super::{Shared, envelope::stream_of};
use crate::client::{News, Start};
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
    head: watch::Sender<Position>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

impl Wake {
    pub(super) fn notice(&self, position: Position) {
        self.head.send_if_modified(|head| {
            let news = position > *head;
            *head = position.max(*head);
            news
        });
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
    let mut head = shared.wake.head.subscribe();
    if *head.borrow_and_update() > after {
        return;
    }
    listen(shared);
    // Where this fails, the caller's next read says why.
    if let Ok(Some(seen)) = shared.head().await
        && seen.position > after
    {
        return;
    }
    // The sender lives as long as this handle.
    let _ = head.wait_for(|head| *head > after).await;
}

/// Starts the task, also where the runtime that it ran on has ended.
fn listen(shared: &Arc<Shared>) {
    let mut listening = shared.wake.listening.lock().unwrap_or_else(PoisonError::into_inner);
    if listening.as_ref().is_none_or(JoinHandle::is_finished) {
        *listening = Some(tokio::spawn(keep_listening(Arc::downgrade(shared))));
    }
}

async fn keep_listening(shared: Weak<Shared>) {
    let mut pause = FIRST_PAUSE;
    while let Some(shared) = shared.upgrade() {
        if follow(&shared).await {
            pause = FIRST_PAUSE;
        }
        drop(shared);
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Follows until it is cut. Whether it had begun.
async fn follow(shared: &Shared) -> bool {
    let Ok(mut news) = shared.server.follow(Start::Last, None).await else { return false };
    let mut has_begun = false;
    while let Ok(news) = news.next().await {
        match news {
            News::Begun => {
                has_begun = true;
                // What came before it began is not told.
                if shared.head().await.is_err() {
                    return has_begun;
                }
            }
            // Whoever waits reads behind others' events in vain, and would wait and read again.
            News::Event(event) if stream_of(&event).is_some() => {
                shared.notice(Position(event.commit));
            }
            News::Event(_) | News::LookedThrough(_) | News::CaughtUp | News::Nothing => {}
        }
    }
    has_begun
}
