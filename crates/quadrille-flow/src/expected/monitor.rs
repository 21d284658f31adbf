use super::{
    checker::{Checker, Seen, Status, Verdict},
    deviation::Deviation,
    report::{FlowReport, Tally},
    specification::ExpectedFlow,
};
use crate::observed::{Follower, Round};
use chrono::{DateTime, Utc};
use quadrille_core::{CorrelationId, Envelope, Position, Query};
use serde::Serialize;
use std::{collections::HashMap, sync::Arc};

/// Holds all flows of a log against specifications, event by event.
///
/// For each specification it keeps some 40 bytes for each event of a flow that is not over, whether or
/// not it is about that flow. A flow is over when nothing has
/// happened in it for as long as its specification says (`ends after`); without that, none is, and
/// what is missing at the end of a flow shows as a flow that waits.
#[derive(Debug, Clone)]
pub struct Monitor {
    watches: Vec<Watch>,
    through: Option<Position>,
}

/// Something that has become known of a flow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct News {
    /// The specification's name.
    pub expected: String,
    /// The flow.
    pub flow: CorrelationId,
    /// In what it differs.
    pub deviation: Deviation,
}

impl Monitor {
    /// Nothing was seen as yet.
    pub fn new(expected: impl IntoIterator<Item = ExpectedFlow>) -> Self {
        let watches = expected.into_iter().map(|flow| Watch::new(Arc::new(flow))).collect();
        Self { watches, through: None }
    }

    /// How all flows have done so far, one report for each specification, as seen from a time; from
    /// the newest event's unless it is given. Of what differs, at most so many flows are named.
    pub fn report(&mut self, now: Option<DateTime<Utc>>, most: usize) -> Vec<FlowReport> {
        self.watches.iter_mut().map(|watch| watch.report(now, most)).collect()
    }

    /// What has become known since the last call, as seen from a time; from the newest event's unless
    /// it is given. A flow is told of once for each way in which it differs. The first call tells of
    /// flows that are not over; those that were are in the report.
    ///
    /// The time says what is overdue. A flow ends by the times of events alone, so that a log that
    /// comes in late is not taken for one that stands still.
    pub fn news(&mut self, now: Option<DateTime<Utc>>) -> Vec<News> {
        self.watches.iter_mut().flat_map(|watch| watch.news(now)).collect()
    }
}

impl Follower for Monitor {
    fn query(&self) -> Query {
        Query::all()
    }

    fn push(&mut self, event: &Envelope) {
        self.through = Some(event.position);
        self.watches.iter_mut().for_each(|watch| watch.push(event));
    }

    fn through(&self) -> Option<Position> {
        self.through
    }

    fn reach(&mut self, position: Position) {
        self.through = self.through.max(Some(position));
    }
}

/// One specification, and the flows that it may be about.
#[derive(Debug, Clone)]
struct Watch {
    checker: Checker,
    silence: Option<i64>,
    flows: HashMap<CorrelationId, Flow>,
    over: Tally,
    /// What became known of flows that are over, since somebody asked first.
    untold: Option<Vec<News>>,
    newest: i64,
    round: Round,
}

#[derive(Debug, Clone, Default)]
struct Flow {
    events: Vec<Seen>,
    last: i64,
    is_of: bool,
    /// What was told of it.
    told: Vec<Deviation>,
    /// Whether something happened in it since it was looked at.
    changed: bool,
    /// When something is overdue.
    due: Option<i64>,
}

impl Watch {
    fn new(expected: Arc<ExpectedFlow>) -> Self {
        let silence = expected.silence.map(|time| time.as_micros());
        Self {
            silence: silence.map(|micros| i64::try_from(micros).unwrap_or(i64::MAX)),
            checker: Checker::new(expected),
            flows: HashMap::new(),
            over: Tally::default(),
            untold: None,
            newest: i64::MIN,
            round: Round::default(),
        }
    }

    fn push(&mut self, event: &Envelope) {
        let Some(seen) = self.checker.see(event) else { return };
        let id = event.metadata.correlation;
        if self.flows.get(&id).is_some_and(|flow| self.is_over(flow, seen.at)) {
            self.end(id);
        }
        let is_of = self.checker.is_of(&seen);
        let flow =
            self.flows.entry(id).or_insert_with(|| Flow { last: seen.at, ..Flow::default() });
        flow.events.push(seen);
        (flow.last, flow.changed) = (flow.last.max(seen.at), true);
        flow.is_of |= is_of;
        self.newest = self.newest.max(seen.at);
        if let Some(oldest) = self.round.is_over(seen.at) {
            self.sweep(oldest);
            self.round.begin(self.flows.len());
        }
    }

    fn is_over(&self, flow: &Flow, now: i64) -> bool {
        self.silence.is_some_and(|silence| now.saturating_sub(flow.last) > silence)
    }

    /// Ends what has been silent for long enough at a time.
    fn sweep(&mut self, now: i64) {
        let over = self.flows.iter().filter(|(_, flow)| self.is_over(flow, now));
        let mut over: Vec<_> = over.map(|(id, flow)| (flow.events[0].position, *id)).collect();
        over.sort_unstable();
        over.into_iter().for_each(|(_, id)| self.end(id));
    }

    fn end(&mut self, id: CorrelationId) {
        let Some(flow) = self.flows.remove(&id) else { return };
        if !flow.is_of {
            self.over.others += 1;
            return;
        }
        let verdict = self.checker.judge(&flow.events, flow.last, true);
        if let Some(untold) = &mut self.untold {
            let new = verdict.deviations.iter().filter(|new| !flow.told.contains(new));
            let expected = &self.checker.expected.name;
            untold.extend(new.map(|deviation| News {
                expected: expected.clone(),
                flow: id,
                deviation: deviation.clone(),
            }));
        }
        self.over.add(id, &flow.events, verdict);
    }

    fn report(&mut self, now: Option<DateTime<Utc>>, most: usize) -> FlowReport {
        let now = now.map_or(self.newest, |now| now.timestamp_micros());
        let mut all = self.over.clone();
        let mut open: Vec<_> = self.flows.iter().collect();
        // Examples are the same each time.
        open.sort_unstable_by_key(|(id, flow)| (flow.events[0].position, **id));
        for (id, flow) in open {
            if flow.is_of {
                let over = self.silence.is_some_and(|s| now.saturating_sub(flow.last) > s);
                let verdict = self.checker.judge(&flow.events, now, over);
                all.add(*id, &flow.events, verdict);
            } else {
                all.others += 1;
            }
        }
        all.told(&self.checker, most)
    }

    fn news(&mut self, now: Option<DateTime<Utc>>) -> Vec<News> {
        let now = now.map_or(self.newest, |now| now.timestamp_micros());
        if self.silence.is_some() {
            self.sweep(self.newest);
        }
        let mut news = self.untold.replace(Vec::new()).unwrap_or_default();
        let wanted =
            |flow: &Flow| flow.is_of && (flow.changed || flow.due.is_some_and(|due| now > due));
        let mut flows: Vec<_> = self.flows.iter_mut().filter(|(_, flow)| wanted(flow)).collect();
        flows.sort_unstable_by_key(|(id, flow)| (flow.events[0].position, **id));
        for (id, flow) in flows {
            let Verdict { deviations, due, status, .. } =
                self.checker.judge(&flow.events, now, false);
            flow.changed = false;
            // What is overdue is told once.
            let due = due.map(|due| due.timestamp_micros()).filter(|due| *due >= now);
            flow.due = due.filter(|_| status != Status::AsExpected);
            for deviation in deviations {
                if flow.told.iter().any(|known| is_same(known, &deviation)) {
                    continue;
                }
                flow.told.push(deviation.clone());
                let expected = self.checker.expected.name.clone();
                news.push(News { expected, flow: *id, deviation });
            }
        }
        news
    }
}

/// Whether two say the same, but for how long something has been overdue.
fn is_same(one: &Deviation, other: &Deviation) -> bool {
    match (one, other) {
        (
            Deviation::Overdue { step: a, since: b, .. },
            Deviation::Overdue { step: c, since: d, .. },
        ) => (a, b) == (c, d),
        _ => one == other,
    }
}
