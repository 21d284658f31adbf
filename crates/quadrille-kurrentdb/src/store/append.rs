//! Appending. The server compares revisions; whether an append was made before is looked up in the
//! stream, so that it is known whatever version is expected.

use super::{
    Shared,
    course::Verdict,
    envelope::{is_same, proposed},
};
use crate::client::{Problem, Proposed, Sent};
use quadrille_core::{
    Append, AppendError, Appended, Envelope, StoreError, Version, conventions, store::InvalidAppend,
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Bytes of an event on the wire beside its payload, metadata and type, and a little more.
const OVERHEAD: usize = 128;

/// Why the server would refuse an append for its size.
pub(super) fn too_large(append: &Append, limit: usize) -> Option<InvalidAppend> {
    let size = |event: &quadrille_core::NewEvent| {
        let metadata = conventions::to_json(&event.metadata, event.schema_version);
        event.data.len() + metadata.len() + event.event_type.len() + OVERHEAD
    };
    let bytes: usize = append.events.iter().map(size).sum();
    (bytes > limit).then(|| InvalidAppend::TooLarge { stream: append.stream.clone(), bytes, limit })
}

/// An append under way.
struct Attempt {
    append: Append,
    proposed: Vec<Proposed>,
    /// Whether it was sent and may have been written by us.
    was_sent: bool,
    /// Why nobody knows what became of it.
    unknown: Option<Problem>,
    /// Whether it goes by a call of its own.
    alone: bool,
    /// Behind which version it was last sent so.
    behind: Option<Version>,
    until: Instant,
    pause: Duration,
}

impl Shared {
    /// Looks, writes and looks again, until the stream says what the append came to.
    ///
    /// Only exact revisions are sent. So an append whose answer was lost is either in the stream
    /// when it is looked at again, or may be sent again: whichever comes second finds another
    /// revision, or is recognised by the server, which promises that for exact revisions.
    pub(super) async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let slot = self.courses.slot(&append.stream);
        let until = Instant::now() + self.options.patience;
        let Ok(_turn) = timeout_at(until, slot.turn.lock()).await else {
            let problem = Problem::Unreachable("others that append to it still wait".into());
            return Err(problem.concerning(self.named(&append.stream)).into());
        };
        let mut attempt = Attempt {
            proposed: append.events.iter().map(proposed).collect(),
            append,
            was_sent: false,
            unknown: None,
            alone: false,
            behind: None,
            until,
            pause: FIRST_PAUSE,
        };
        loop {
            let news = match self.catch_up(&attempt.append.stream, &slot).await {
                Ok(news) => news,
                Err(error) => {
                    self.bear(&mut attempt, error).await?;
                    continue;
                }
            };
            let verdict = slot.course().judge(&attempt.append);
            match verdict {
                Verdict::TookPlace(first, last) => {
                    match self.receipt(&attempt, news, first, last).await {
                        Ok(receipt) => return Ok(receipt),
                        Err(error) => self.bear(&mut attempt, error).await?,
                    }
                }
                Verdict::Refused(error) => return Err(error),
                Verdict::Write(behind) => self.send(&mut attempt, behind).await?,
            }
        }
    }

    /// Sends it. What came of it is for the stream to say, unless the server refused it.
    async fn send(&self, attempt: &mut Attempt, behind: Version) -> Result<(), AppendError> {
        if attempt.behind == Some(behind) {
            // What the server answered to this cannot be read yet.
            self.wait(attempt).await?;
        }
        if attempt.alone {
            attempt.behind = Some(behind);
        }
        let stream = attempt.append.stream.to_string();
        let revision = behind.0.checked_sub(1);
        let sent = self.server.append(&stream, revision, &attempt.proposed, attempt.alone).await;
        attempt.alone = true;
        match sent {
            Ok(Sent::Written) => (attempt.was_sent, attempt.unknown) = (true, None),
            Ok(Sent::WrongRevision) => {}
            Ok(Sent::Unknown(problem)) => {
                (attempt.was_sent, attempt.unknown) = (true, Some(problem));
            }
            Err(problem) => {
                let error = problem.concerning(self.named(&attempt.append.stream));
                self.bear(attempt, error).await?;
            }
        }
        Ok(())
    }

    /// Waits where an error may pass, as long as there is patience.
    async fn bear(&self, attempt: &mut Attempt, error: StoreError) -> Result<(), AppendError> {
        if !error.is_retryable() || Instant::now() >= attempt.until {
            return Err(attempt.unknown(error).into());
        }
        self.wait(attempt).await
    }

    async fn wait(&self, attempt: &mut Attempt) -> Result<(), AppendError> {
        if Instant::now() >= attempt.until {
            let problem = attempt.unknown.clone().unwrap_or_else(|| {
                Problem::Unreachable("the server did not answer in time".into())
            });
            let error = problem.concerning(self.named(&attempt.append.stream));
            return Err(attempt.unknown(error).into());
        }
        sleep(attempt.pause).await;
        attempt.pause = (attempt.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }

    async fn receipt(
        &self,
        attempt: &Attempt,
        news: Vec<Envelope>,
        first_version: Version,
        last_version: Version,
    ) -> Result<Appended, StoreError> {
        let append = &attempt.append;
        let mut found = news;
        found.retain(|event| first_version <= event.version && event.version <= last_version);
        if found.len() != append.events.len() {
            let before = Version(first_version.0 - 1);
            found = self.forward(&append.stream, before, append.events.len()).await?;
        }
        let Some(last) = found.last() else {
            return Err(Problem::Missing.concerning(self.named(&append.stream)));
        };
        // The same ids with other contents are somebody else's.
        let are_ours = found.iter().zip(&append.events).all(|(found, new)| is_same(found, new));
        let repeated = !(attempt.was_sent && are_ours);
        let position = last.position;
        self.notice(position);
        Ok(Appended { first_version, last_version, position, repeated })
    }
}

impl Attempt {
    /// What an error means for an append of which nobody knows whether it took place.
    fn unknown(&self, error: StoreError) -> StoreError {
        if self.unknown.is_none() && !self.was_sent {
            return error;
        }
        let what = format!("an append of {} events to {}", self.proposed.len(), self.append.stream);
        StoreError::OutcomeUnknown { what, source: error.into() }
    }
}
