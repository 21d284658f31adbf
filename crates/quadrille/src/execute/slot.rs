//! Where the commands at one aggregate meet. They decide one after the other, each on what the one
//! before decided, and what is decided while an append is on its way shares the next one.

use crate::{
    Aggregate, Append, AppendError, ExpectedVersion, NewEvent, Position, StoreError, StreamId,
    Version,
    store::{Direction, EventStore, Limits},
    telemetry::spans,
};
use std::{
    collections::VecDeque,
    error::Error,
    sync::{self, Arc, PoisonError, Weak},
};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tracing::{Instrument, Span};

/// Commands that wait at one aggregate before it is looked how many of them still do.
const MOST_WAITING: usize = 1_024;

/// One for each aggregate that was met lately.
pub(crate) struct Slot<A: Aggregate> {
    /// What the next command decides on.
    pub latest: Mutex<Option<Loaded<A>>>,
    /// Held by whoever appends. Nobody waits for it while they hold `latest`.
    appending: Arc<Mutex<()>>,
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
    /// How many are to wait before it is looked again who still does.
    crowd: usize,
    round: Round,
    /// The log holds what this round's states hold up to here.
    confirmed: Version,
}

/// What one command leads to.
pub(crate) struct Decided {
    /// What it was decided on.
    pub after: Version,
    pub events: Vec<NewEvent>,
    /// Whether it shares its append with no other command.
    pub alone: bool,
    /// The command's span, while it runs; `None` where nobody traces it.
    pub span: Option<Weak<Span>>,
}

/// How the append of one command's events ended.
#[derive(Debug)]
pub(crate) enum Answer {
    /// They are in the log: the last of them with this version, and all of them up to this position.
    Written(Version, Position),
    /// They were not written, since what they were decided on is not what the log holds; or nobody
    /// knows.
    Void,
    /// The command shared its append with others, one of which no store accepts.
    NotTogether,
    Failed(AppendError),
}

type Waiting = (Decided, oneshot::Sender<Answer>);

impl<A: Aggregate> Default for Slot<A> {
    fn default() -> Self {
        Self { latest: Mutex::default(), appending: Arc::default(), outbox: sync::Mutex::default() }
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
        outbox.confirmed = loaded.version;
        loaded.round = outbox.round;
    }

    /// Whether all that a state of this round holds is in the log.
    pub fn is_written(&self, loaded: &Loaded<A>) -> bool {
        loaded.version <= self.stands_at().1
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
        if outbox.waits_for_nobody() || outbox.is_crowded_with_gone() {
            outbox.void();
        }
        if loaded.round != outbox.round {
            return None;
        }
        outbox.waiting.push_back((decided, sender));
        loaded.ahead = events;
        Some(answer)
    }

    /// Appends what waits, until this answer is there.
    pub async fn append(
        self: &Arc<Self>,
        store: &Arc<dyn EventStore>,
        stream: &StreamId,
        mut answer: oneshot::Receiver<Answer>,
    ) -> Answer {
        loop {
            let turn = tokio::select! {
                biased;
                // Without one it was void before its turn came.
                answer = &mut answer => return answer.unwrap_or(Answer::Void),
                turn = self.appending.clone().lock_owned() => turn,
            };
            match answer.try_recv() {
                Ok(answer) => return answer,
                Err(oneshot::error::TryRecvError::Closed) => return Answer::Void,
                Err(oneshot::error::TryRecvError::Empty) => self.append_next(store, stream, turn),
            }
        }
    }

    /// Whether the log, at some moment since a state of this version and round was decided on, held
    /// the stream up to this version and no further.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_current(
        self: &Arc<Self>,
        store: &Arc<dyn EventStore>,
        stream: &StreamId,
        version: Version,
        round: Round,
    ) -> Result<bool, StoreError> {
        let stands = || {
            let (now, confirmed) = self.stands_at();
            (now == round).then_some(confirmed)
        };
        // First what it was decided on has to be written.
        while stands().is_some_and(|confirmed| confirmed < version) {
            let turn = self.appending.clone().lock_owned().await;
            if stands().is_some_and(|confirmed| confirmed < version) {
                self.append_next(store, stream, turn);
            }
        }
        match stands() {
            None => return Ok(false),
            // What was appended on top of it was accepted on top of it.
            Some(confirmed) if confirmed > version => return Ok(true),
            Some(_) => {}
        }
        let before = Version(version.0.saturating_sub(1));
        let end = store.read_stream(stream, before, Direction::Forward, 2).await?;
        match end.last().map_or(Version::NONE, |event| event.version) {
            last if last == version => Ok(stands().is_some()),
            // It may be this process's own, whose answer is on its way.
            last if last > version => {
                let _turn = self.appending.lock().await;
                Ok(stands().is_some_and(|confirmed| confirmed > version))
            }
            // The log was set back to an older copy.
            _ => Ok(false),
        }
    }

    /// Begins to append what may go together, if anything waits. It goes on when its caller is gone:
    /// the commands of others are on their way with it.
    fn append_next(
        self: &Arc<Self>,
        store: &Arc<dyn EventStore>,
        stream: &StreamId,
        turn: OwnedMutexGuard<()>,
    ) {
        let Some(mut group) = self.outbox().next_group(&store.limits()) else { return };
        let (slot, round) = (Arc::clone(self), group.round);
        let unless_written = VoidOnDrop { slot, round, written: false };
        let (store, stream) = (Arc::clone(store), stream.clone());
        let span = group.span(&stream);
        let append = async move {
            // Given back last, also in a panic: whoever appends next must find the round ended.
            let turn = turn;
            let unless_written = unless_written;
            let Group { after, events, members, .. } = group;
            let expected = ExpectedVersion::at(after);
            let appended = store.append(Append { stream, expected, events });
            let appended = appended.instrument(span.clone()).await;
            spans::appended(&span, &appended);
            // A command's span ends no later than the command.
            drop(span);
            match appended {
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
            drop(turn);
        };
        tokio::spawn(append);
    }

    fn stands_at(&self) -> (Round, Version) {
        let outbox = self.outbox();
        (outbox.round, outbox.confirmed)
    }

    fn outbox(&self) -> sync::MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What shares an append.
struct Group {
    round: Round,
    after: Version,
    events: Vec<NewEvent>,
    /// How many of the events are whose.
    members: Vec<(usize, oneshot::Sender<Answer>)>,
    /// Those of the members, where somebody traces them.
    spans: Vec<Arc<Span>>,
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
        self.spans.extend(decided.span.and_then(|span| span.upgrade()));
        self.events.extend(decided.events);
    }

    /// The append's span: below that of its first command, and behind those of the others. Whoever
    /// begins it may be none of them.
    fn span(&mut self, stream: &StreamId) -> Span {
        let mut members = std::mem::take(&mut self.spans).into_iter();
        let first = members.next();
        let parent = first.as_ref().and_then(|first| first.id());
        let span = spans::append(parent, stream, self.events.len(), Some(self.members.len()));
        for member in members {
            span.follows_from(member.id());
        }
        span
    }
}

impl Decided {
    fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.data.len()).sum()
    }
}

impl Outbox {
    fn next_group(&mut self, limits: &Limits) -> Option<Group> {
        if self.waits_for_nobody() {
            self.void();
        }
        let first = self.waiting.pop_front()?;
        let (after, alone) = (first.0.after, first.0.alone);
        let (round, events, members) = (self.round, Vec::new(), Vec::new());
        let spans = Vec::new();
        let mut group = Group { round, after, events, members, spans, bytes: 0, alone };
        group.add(first);
        while let Some(next) = self
            .waiting
            .pop_front_if(|(next, sender)| !sender.is_closed() && group.admits(next, limits))
        {
            group.add(next);
        }
        Some(group)
    }

    /// Whether who sent the first command is gone. It must not be carried out some day, when
    /// another one comes; and those behind it were decided on top of it.
    fn waits_for_nobody(&self) -> bool {
        self.waiting.front().is_some_and(|(_, sender)| sender.is_closed())
    }

    /// As [`Outbox::waits_for_nobody`], where an append takes so long that many come and go meanwhile:
    /// whether half of those who wait are gone. It is looked anew when twice as many wait as did.
    fn is_crowded_with_gone(&mut self) -> bool {
        let waiting = self.waiting.len();
        if waiting < MOST_WAITING.max(self.crowd) {
            return false;
        }
        let gone = self.waiting.iter().filter(|(_, sender)| sender.is_closed()).count();
        self.crowd = 2 * (waiting - gone);
        2 * gone >= waiting
    }

    /// Whoever waits decides again.
    fn void(&mut self) {
        self.round.0 += 1;
        self.waiting.clear();
        self.crowd = 0;
    }
}

/// Makes what was decided void, unless it turns out to be written: also where the append panics, and
/// nobody knows. A round that is over is nobody's concern any more.
struct VoidOnDrop<A: Aggregate> {
    slot: Arc<Slot<A>>,
    round: Round,
    written: bool,
}

impl<A: Aggregate> VoidOnDrop<A> {
    fn confirm(mut self, version: Version) {
        self.written = true;
        let mut outbox = self.slot.outbox();
        if outbox.round == self.round {
            outbox.confirmed = version;
        }
    }
}

impl<A: Aggregate> Drop for VoidOnDrop<A> {
    fn drop(&mut self) {
        let mut outbox = self.slot.outbox();
        if !self.written && outbox.round == self.round {
            outbox.void();
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
