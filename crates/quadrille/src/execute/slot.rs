//! Where the commands at one aggregate meet. They decide one after the other, each on what the one
//! before decided, and what is decided while an append is on its way shares the next one.

use crate::{
    Aggregate, Append, AppendError, ExpectedVersion, NewEvent, Position, StoreError, StreamId,
    Version,
    store::{Direction, EventStore, Limits},
};
use std::{
    collections::VecDeque,
    error::Error,
    sync::{self, Arc, PoisonError},
};
use tokio::sync::{Mutex, oneshot};

/// One for each aggregate that was met lately.
pub(crate) struct Slot<A: Aggregate> {
    /// What the next command decides on.
    pub latest: Mutex<Option<Loaded<A>>>,
    /// Held by whoever appends. Nobody waits for it while they hold `latest`.
    appending: Mutex<()>,
    outbox: sync::Mutex<Outbox>,
}

/// An aggregate's state and where in its stream it stands.
pub(crate) struct Loaded<A: Aggregate> {
    pub state: A,
    /// Of the last event in `state`.
    pub version: Version,
    /// What was decided on `state`. It is applied when somebody needs it: most often it is in the
    /// log by then, and where it is refused the state still holds.
    ahead: Vec<A::Event>,
    round: Round,
}

/// Counts what was decided and then not appended: all that was decided on top of it is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Round(u64);

/// What was decided and waits to be appended, each on top of the one before.
#[derive(Default)]
struct Outbox {
    waiting: VecDeque<Waiting>,
    round: Round,
    /// The log holds the stream up to here at least.
    confirmed: Version,
}

/// What one command leads to.
pub(crate) struct Decided {
    /// What it was decided on.
    pub after: Version,
    pub events: Vec<NewEvent>,
    /// Whether it shares its append with no other command.
    pub alone: bool,
}

/// How the append of one command's events ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// They are in the log: the last of them with this version, and all of them up to this position.
    Written(Version, Position),
    /// What it was decided on is not what the log holds.
    Void,
    /// The command shared its append with others, one of which no store accepts.
    NotTogether,
    Failed(AppendError),
}

type Waiting = (Decided, oneshot::Sender<Answer>);

impl<A: Aggregate> Default for Slot<A> {
    fn default() -> Self {
        Self {
            latest: Mutex::default(),
            appending: Mutex::default(),
            outbox: sync::Mutex::default(),
        }
    }
}

impl<A: Aggregate> Loaded<A> {
    pub fn new(state: A, version: Version) -> Self {
        Self { state, version, ahead: Vec::new(), round: Round::default() }
    }

    /// Applies what was decided last.
    pub fn apply_ahead(&mut self) {
        self.version = self.next_version();
        let ahead = std::mem::take(&mut self.ahead);
        ahead.iter().for_each(|event| self.state.evolve(event));
    }

    /// The version with what was decided last.
    pub fn next_version(&self) -> Version {
        self.version.after(self.ahead.len())
    }

    pub fn round(&self) -> Round {
        self.round
    }
}

impl<A: Aggregate> Slot<A> {
    /// What is left of the state that was put here last: `None` where it holds what never came to
    /// be, otherwise the state and whether it is likely to be old.
    pub fn revive(&self, mut loaded: Loaded<A>) -> Option<(Loaded<A>, bool)> {
        let (round, confirmed) = self.stands_at();
        if loaded.round == round {
            loaded.apply_ahead();
            return Some((loaded, false));
        }
        loaded.ahead.clear();
        loaded.round = round;
        (loaded.version <= confirmed).then_some((loaded, true))
    }

    /// Begins anew with what was read from the log: what was decided before is void.
    pub fn begin_with(&self, loaded: &mut Loaded<A>) {
        let mut outbox = self.outbox();
        outbox.void();
        outbox.confirmed = outbox.confirmed.max(loaded.version);
        loaded.round = outbox.round;
    }

    /// Takes what a command leads to, to be appended; `None` where the state is void by now.
    pub fn put(
        &self,
        loaded: &mut Loaded<A>,
        events: Vec<A::Event>,
        decided: Decided,
    ) -> Option<oneshot::Receiver<Answer>> {
        let (sender, answer) = oneshot::channel();
        let mut outbox = self.outbox();
        if loaded.round != outbox.round {
            return None;
        }
        outbox.waiting.push_back((decided, sender));
        loaded.ahead = events;
        Some(answer)
    }

    /// Appends what waits, until this answer is there.
    pub async fn append(
        &self,
        store: &dyn EventStore,
        stream: &StreamId,
        mut answer: oneshot::Receiver<Answer>,
    ) -> Answer {
        let _turn = tokio::select! {
            biased;
            // Whoever took it along and was broken off leaves no answer.
            answer = &mut answer => return answer.unwrap_or(Answer::Void),
            turn = self.appending.lock() => turn,
        };
        loop {
            match answer.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Closed) => return Answer::Void,
                Err(oneshot::error::TryRecvError::Empty) => {
                    self.append_next(store, stream).await;
                }
            }
        }
    }

    /// Whether the log, at some moment since this was called, held the stream up to this version
    /// and no further.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_current(
        &self,
        store: &dyn EventStore,
        stream: &StreamId,
        version: Version,
        round: Round,
    ) -> Result<bool, StoreError> {
        let _turn = self.appending.lock().await;
        while self.append_next(store, stream).await {}
        let (now, confirmed) = self.stands_at();
        if now != round || confirmed > version {
            // What was appended on top of it was accepted on top of it.
            return Ok(now == round);
        }
        let others = store.read_stream(stream, version, Direction::Forward, 1).await?;
        Ok(others.is_empty())
    }

    /// Appends what may go together; `false` when nothing waits any more. Only for whoever holds `appending`.
    async fn append_next(&self, store: &dyn EventStore, stream: &StreamId) -> bool {
        let Some(group) = self.outbox().next_group(&store.limits()) else { return false };
        let Group { after, events, members, .. } = group;
        let unless_written = VoidOnDrop(Some(&self.outbox));
        let expected = ExpectedVersion::at(after);
        let append = Append { stream: stream.clone(), expected, events };
        match store.append(append).await {
            Ok(appended) if !appended.repeated => {
                unless_written.confirm(appended.last_version);
                let mut version = after;
                for (count, member) in members {
                    version = version.after(count);
                    // Whoever sent the command may have gone meanwhile.
                    let _ = member.send(Answer::Written(version, appended.position));
                }
            }
            refused => {
                drop(unless_written);
                let answers = refusals(refused.err(), members.len());
                for ((_, member), answer) in members.into_iter().zip(answers) {
                    let _ = member.send(answer);
                }
            }
        }
        true
    }

    fn stands_at(&self) -> (Round, Version) {
        let outbox = self.outbox();
        (outbox.round, outbox.confirmed)
    }

    fn outbox(&self) -> sync::MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }
}

fn lock(outbox: &sync::Mutex<Outbox>) -> sync::MutexGuard<'_, Outbox> {
    outbox.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What shares an append.
struct Group {
    after: Version,
    events: Vec<NewEvent>,
    /// How many of the events are whose.
    members: Vec<(usize, oneshot::Sender<Answer>)>,
    bytes: usize,
    alone: bool,
}

impl Group {
    fn admits(&self, decided: &Decided, limits: &Limits) -> bool {
        !self.alone
            && !decided.alone
            && decided.after == self.after.after(self.events.len())
            && self.events.len() + decided.events.len() <= limits.events_per_append
            && self.bytes + decided.bytes() <= limits.append_bytes
    }

    fn add(&mut self, (decided, sender): Waiting) {
        self.bytes += decided.bytes();
        self.members.push((decided.events.len(), sender));
        self.events.extend(decided.events);
    }
}

impl Decided {
    fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.data.len()).sum()
    }
}

impl Outbox {
    fn next_group(&mut self, limits: &Limits) -> Option<Group> {
        if self.waiting.iter().any(|(_, sender)| sender.is_closed()) {
            // Whoever sent a command and is gone must not see it carried out some day, when the
            // next one comes; and the others were decided on top of it.
            self.void();
        }
        let first = self.waiting.pop_front()?;
        let (after, alone) = (first.0.after, first.0.alone);
        let mut group = Group { after, events: Vec::new(), members: Vec::new(), bytes: 0, alone };
        group.add(first);
        while let Some(next) = self.waiting.pop_front_if(|(next, _)| group.admits(next, limits)) {
            group.add(next);
        }
        Some(group)
    }

    /// Whoever waits decides again.
    fn void(&mut self) {
        self.round.0 += 1;
        self.waiting.clear();
    }
}

/// Makes what was decided void, unless it turns out to be written: also where whoever appends is
/// broken off, and nobody knows.
struct VoidOnDrop<'a>(Option<&'a sync::Mutex<Outbox>>);

impl VoidOnDrop<'_> {
    fn confirm(mut self, version: Version) {
        if let Some(outbox) = self.0.take() {
            let mut outbox = lock(outbox);
            outbox.confirmed = outbox.confirmed.max(version);
        }
    }
}

impl Drop for VoidOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(outbox) = self.0 {
            lock(outbox).void();
        }
    }
}

/// What a refused append means to the commands that shared it; no error means that the events were
/// there before.
fn refusals(error: Option<AppendError>, count: usize) -> Vec<Answer> {
    use StoreError::{OutcomeUnknown, Unavailable};
    type Shared = Arc<dyn Error + Send + Sync>;
    let all = |answer: &dyn Fn() -> Answer| (0..count).map(|_| answer()).collect();
    let failed = |error: StoreError| Answer::Failed(error.into());
    match error {
        None | Some(AppendError::Conflict { .. }) => all(&|| Answer::Void),
        Some(error) if count == 1 => vec![Answer::Failed(error)],
        Some(AppendError::Store(Unavailable { what, source })) => {
            let source: Shared = source.into();
            all(&|| failed(Unavailable { what: what.clone(), source: Box::new(source.clone()) }))
        }
        Some(AppendError::Store(OutcomeUnknown { what, source })) => {
            let source: Shared = source.into();
            all(&|| failed(OutcomeUnknown { what: what.clone(), source: Box::new(source.clone()) }))
        }
        Some(_) => all(&|| Answer::NotTogether),
    }
}
