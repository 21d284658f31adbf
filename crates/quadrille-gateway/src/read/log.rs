use super::{
    Source,
    pages::Pages,
    request::{Common, From},
    stream::confirmation,
};
use crate::{
    event::{answer, read_event},
    filter::Filter,
    proto::streams::{
        ReadResp,
        read_resp::{CaughtUp, Checkpoint, Content, FellBehind},
    },
    status,
};
use quadrille_core::{
    Envelope, Position, Query,
    store::{Direction, Page},
};
use tonic::{Status, async_trait};

/// The part of the log that a client wants.
pub(super) struct Chosen {
    pub common: Common,
    pub query: Query,
    pub filter: Option<Filter>,
}

impl Chosen {
    async fn page(
        &self,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, Status> {
        self.common.context.check_serving()?;
        let page = self.common.context.store.read(&self.query, from, direction, limit).await;
        page.map_err(|error| status::of_store(&error))
    }

    fn answers(&self, events: Vec<Envelope>) -> impl Iterator<Item = ReadResp> {
        let form = self.common.form;
        let wanted =
            |event: &Envelope| self.filter.as_ref().is_none_or(|filter| filter.matches(event));
        events.into_iter().filter(wanted).map(move |event| read_event(event, form))
    }
}

/// A read of the log.
pub(super) struct Reading {
    chosen: Chosen,
    direction: Direction,
    from: Position,
    left: u64,
    pages: Pages,
    ended: bool,
}

impl Reading {
    pub fn new(chosen: Chosen, direction: Direction, from: Position, count: u64) -> Self {
        Self { chosen, direction, from, left: count, pages: Pages::of_log(), ended: count == 0 }
    }
}

#[async_trait]
impl Source for Reading {
    async fn next(&mut self) -> Result<Option<Vec<ReadResp>>, Status> {
        if self.ended {
            return Ok(None);
        }
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX);
        // Of what a filter leaves it is not known how much to look at.
        let limit = match self.chosen.filter {
            None => self.pages.limit().min(wanted),
            Some(_) => self.pages.limit(),
        };
        let page = self.chosen.page(self.from, self.direction, limit).await?;
        self.pages.learn(&page.events);
        if let Some(through) = page.through {
            self.from = through.position;
        }
        let answers: Vec<_> = self.chosen.answers(page.events).take(wanted).collect();
        self.left -= answers.len() as u64;
        self.ended = !page.more || self.left == 0;
        Ok(Some(answers))
    }
}

/// A subscription to the log.
pub(super) struct Following {
    chosen: Chosen,
    start: From<u64>,
    /// How far it has looked; `None` before it has begun.
    from: Option<Position>,
    pages: Pages,
    caught_up: bool,
    /// Whether there was no more at the last look.
    waits: bool,
    /// Events looked at since a filtered subscription told how far it was.
    looked_at: u64,
}

impl Following {
    pub fn new(chosen: Chosen, start: From<u64>) -> Self {
        let pages = Pages::of_log();
        Self { chosen, start, from: None, pages, caught_up: false, waits: false, looked_at: 0 }
    }

    async fn begin(&mut self) -> Result<Vec<ReadResp>, Status> {
        self.from = Some(match self.start {
            From::Start => Position::START,
            From::At(position) => Position(position),
            From::End => {
                let head = self.chosen.common.context.store.head().await;
                let head = head.map_err(|error| status::of_store(&error))?;
                head.map_or(Position::START, |head| head.position)
            }
        });
        Ok(vec![confirmation()])
    }

    async fn some(&mut self, from: Position) -> Result<Vec<ReadResp>, Status> {
        let page = self.chosen.page(from, Direction::Forward, self.pages.limit()).await?;
        self.pages.learn(&page.events);
        let through = page.through.map(|place| place.position);
        if through.is_some() {
            self.looked_at += page.events.len().max(1) as u64;
        }
        self.from = Some(through.unwrap_or(from));
        self.waits = !page.more;
        let mut answers: Vec<_> = self.chosen.answers(page.events).collect();
        let now_caught_up = !page.more && !self.caught_up;
        if let Some(at) = through.filter(|_| self.tells(now_caught_up)) {
            self.looked_at = 0;
            answers.push(checkpoint(at));
        }
        if now_caught_up {
            answers.push(answer(Content::CaughtUp(CaughtUp {})));
        } else if page.more && self.caught_up {
            answers.insert(0, answer(Content::FellBehind(FellBehind {})));
        }
        self.caught_up = !page.more;
        Ok(answers)
    }

    /// Whether it is time to tell how far it has looked.
    fn tells(&self, caught_up: bool) -> bool {
        let filter = self.chosen.filter.as_ref();
        filter.is_some_and(|filter| caught_up || self.looked_at >= filter.checkpoint_after)
    }
}

#[async_trait]
impl Source for Following {
    async fn next(&mut self) -> Result<Option<Vec<ReadResp>>, Status> {
        let Some(mut from) = self.from else { return self.begin().await.map(Some) };
        loop {
            if std::mem::take(&mut self.waits) {
                self.chosen.common.context.wait_for_more(from).await?;
            }
            let answers = self.some(from).await?;
            if !answers.is_empty() {
                return Ok(Some(answers));
            }
            from = self.from.unwrap_or(from);
        }
    }
}

fn checkpoint(Position(position): Position) -> ReadResp {
    let checkpoint = Checkpoint { commit_position: position, prepare_position: position };
    answer(Content::Checkpoint(checkpoint))
}
