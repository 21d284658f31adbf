use super::{
    Source,
    pages::Pages,
    request::{Common, From, not_found},
};
use crate::{
    event::{answer, read_event},
    expected::revision,
    name::Target,
    proto::streams::{
        ReadResp,
        read_resp::{CaughtUp, Content, SubscriptionConfirmation},
    },
    status,
    stream_state::{self, StreamState, Window},
};
use quadrille_core::{Envelope, Position, StreamId, Version, store::Direction};
use tonic::{Status, async_trait};
use uuid::Uuid;

/// A stream as it is read: what lies in the store, and which of it is shown.
struct Shown {
    common: Common,
    target: Target,
    /// Where its events lie; `None` for metadata that there cannot be.
    source: Option<StreamId>,
    pages: Pages,
}

impl Shown {
    fn new(common: Common, target: Target) -> Self {
        let source = match &target {
            Target::Events(stream) => Some(stream.clone()),
            Target::Metadata(stream) => stream_state::facts_of(stream),
        };
        Self { common, target, source, pages: Pages::of_stream() }
    }

    async fn state(&self) -> Result<StreamState, Status> {
        let stream = self.target.stream();
        let state = StreamState::load(&*self.common.context.store, stream).await;
        let state = state.map_err(|error| status::of_store(&error))?;
        state.check_alive(stream)?;
        Ok(match self.target {
            Target::Events(_) => state,
            // What is said about a stream does not hold for the saying.
            Target::Metadata(_) => StreamState::default(),
        })
    }

    async fn last(&self) -> Result<Version, Status> {
        match &self.source {
            Some(stream) => self.common.context.last_version(stream).await,
            None => Ok(Version::NONE),
        }
    }

    async fn page(
        &mut self,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, Status> {
        let Some(stream) = &self.source else { return Ok(Vec::new()) };
        let store = &self.common.context.store;
        let page = store.read_stream(stream, from, direction, limit).await;
        let page = page.map_err(|error| status::of_store(&error))?;
        self.pages.learn(&page);
        Ok(page)
    }

    fn answers(&self, page: Vec<Envelope>, window: Window) -> impl Iterator<Item = ReadResp> {
        let form = self.common.form;
        let shown = page.into_iter().filter(move |event| window.shows(event));
        shown.map(move |event| read_event(event, form))
    }
}

/// A read of a stream.
pub(super) struct Reading {
    shown: Shown,
    direction: Direction,
    from: Version,
    left: u64,
    tells_last: bool,
    /// Which events are shown, and the last there was when the read began; `None` before.
    begun: Option<(Window, Version)>,
    ended: bool,
}

impl Reading {
    pub fn new(
        common: Common,
        target: Target,
        direction: Direction,
        from: Version,
        count: u64,
        tells_last: bool,
    ) -> Self {
        let shown = Shown::new(common, target);
        Self { shown, direction, from, left: count, tells_last, begun: None, ended: false }
    }

    /// Looks at the stream for the first time; `None` when there is none.
    async fn begin(&mut self) -> Result<Option<(Window, Version)>, Status> {
        let state = self.shown.state().await?;
        let last = self.shown.last().await?;
        if last == Version::NONE || state.deleted(last) {
            return Ok(None);
        }
        let window = state.window(last);
        if self.direction == Direction::Forward {
            self.from = self.from.max(Version(window.first.0 - 1));
        }
        self.begun = Some((window, last));
        Ok(self.begun)
    }

    async fn some(&mut self, window: Window) -> Result<Vec<ReadResp>, Status> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX);
        if wanted == 0 {
            self.ended = true;
            return Ok(Vec::new());
        }
        // Of events that may be too old it is not known how many to look at.
        let limit = match window.looks_at_age() {
            false => self.shown.pages.limit().min(wanted),
            true => self.shown.pages.limit(),
        };
        let page = self.shown.page(self.from, self.direction, limit).await?;
        let passed = page.last().is_some_and(|event| {
            self.direction == Direction::Backward && event.version <= window.first
        });
        self.ended = page.len() < limit || passed;
        if let Some(event) = page.last() {
            self.from = event.version;
        }
        let answers: Vec<_> = self.shown.answers(page, window).take(wanted).collect();
        self.left -= answers.len() as u64;
        self.ended = self.ended || self.left == 0;
        Ok(answers)
    }
}

#[async_trait]
impl Source for Reading {
    async fn next(&mut self) -> Result<Option<Vec<ReadResp>>, Status> {
        if self.ended {
            return Ok(None);
        }
        self.shown.common.context.check_serving()?;
        let begun = match self.begun {
            Some(begun) => Some(begun),
            None => self.begin().await?,
        };
        let Some((window, last)) = begun else {
            self.ended = true;
            return Ok(Some(vec![not_found(self.shown.target.shown())]));
        };
        let mut answers = self.some(window).await?;
        if self.ended && self.tells_last {
            answers.extend(revision(last).map(|at| answer(Content::LastStreamPosition(at))));
        }
        Ok(Some(answers))
    }
}

/// A subscription to a stream.
pub(super) struct Following {
    shown: Shown,
    start: From<Version>,
    /// The last version seen; `None` before it has begun.
    seen: Option<Version>,
    caught_up: bool,
    /// Where the log was when there was nothing more to read; waits for what comes behind it.
    wait: Option<Position>,
}

impl Following {
    pub fn new(common: Common, target: Target, start: From<Version>) -> Self {
        let shown = Shown::new(common, target);
        Self { shown, start, seen: None, caught_up: false, wait: None }
    }

    async fn begin(&mut self) -> Result<Vec<ReadResp>, Status> {
        self.shown.state().await?;
        self.seen = Some(match self.start {
            From::Start => Version::NONE,
            From::At(version) => version,
            From::End => self.shown.last().await?,
        });
        Ok(vec![confirmation()])
    }

    /// What lies behind `seen`, and that this is all where it is for the first time.
    async fn some(&mut self, seen: Version) -> Result<Vec<ReadResp>, Status> {
        // Whatever is appended behind this is either read now, or wakes the wait.
        let head = self.shown.common.context.store.head().await;
        let head = head.map_err(|error| status::of_store(&error))?;
        let state = self.shown.state().await?;
        // Whoever has caught up gets all that comes, whatever becomes of it.
        let state = if self.caught_up { StreamState::default() } else { state };
        let last = if state.counts() { self.shown.last().await? } else { seen };
        let window = state.window(last);
        let from = seen.max(Version(window.first.0 - 1));
        let limit = self.shown.pages.limit();
        let page = self.shown.page(from, Direction::Forward, limit).await?;
        let all = page.len() < limit;
        if let Some(event) = page.last() {
            self.seen = Some(event.version);
        }
        let mut answers: Vec<_> = self.shown.answers(page, window).collect();
        if all {
            self.wait = Some(head.map_or(Position::START, |head| head.position));
            if !std::mem::replace(&mut self.caught_up, true) {
                answers.push(answer(Content::CaughtUp(CaughtUp {})));
            }
        }
        Ok(answers)
    }
}

#[async_trait]
impl Source for Following {
    async fn next(&mut self) -> Result<Option<Vec<ReadResp>>, Status> {
        let Some(mut seen) = self.seen else { return self.begin().await.map(Some) };
        loop {
            self.shown.common.context.check_serving()?;
            if let Some(position) = self.wait.take() {
                self.shown.common.context.wait_for_more(position).await?;
            }
            let answers = self.some(seen).await?;
            if !answers.is_empty() {
                return Ok(Some(answers));
            }
            seen = self.seen.unwrap_or(seen);
        }
    }
}

/// The first message of every subscription.
pub(super) fn confirmation() -> ReadResp {
    let subscription_id = Uuid::new_v4().to_string();
    answer(Content::Confirmation(SubscriptionConfirmation { subscription_id }))
}
