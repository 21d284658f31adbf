use quadrille_core::{
    Append, Envelope, NewEvent, Position, Query, StreamId, Version,
    store::{AppendAll, Limits, Unless},
};

/// A store as simple as can be: a list of what was appended, in order.
#[derive(Debug, Default)]
pub(super) struct SimpleLog {
    pub events: Vec<Envelope>,
}

/// What becomes of an append. Where several reasons to refuse it hold, each is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Written,
    /// There already, up to these versions.
    Repeated(Vec<(Version, Version)>),
    Refused(Vec<Reason>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Invalid,
    IdReused,
    Conflict,
    Condition,
}

impl SimpleLog {
    pub(super) fn stream(&self, stream: &StreamId) -> Vec<&Envelope> {
        self.events.iter().filter(|event| event.stream == *stream).collect()
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        Version::NONE.after(self.stream(stream).len())
    }

    pub(super) fn head(&self) -> Position {
        self.events.last().map_or(Position::START, |event| event.position)
    }

    pub(super) fn judge_one(&self, append: &Append, limits: Limits) -> Verdict {
        if limits.check(append).is_err() {
            return Verdict::Refused(vec![Reason::Invalid]);
        }
        self.judge(std::slice::from_ref(append), &[])
    }

    pub(super) fn judge_all(&self, all: &AppendAll, limits: Limits) -> Verdict {
        if limits.check_all(all).is_err() {
            return Verdict::Refused(vec![Reason::Invalid]);
        }
        self.judge(&all.appends, &all.unless)
    }

    fn judge(&self, appends: &[Append], unless: &[Unless]) -> Verdict {
        let earlier: Vec<_> = appends.iter().filter_map(|append| self.earlier(append)).collect();
        if earlier.len() == appends.len() {
            return Verdict::Repeated(earlier);
        }
        let mut reasons = Vec::new();
        let known = |event: &NewEvent| self.events.iter().any(|other| other.id == event.id);
        if appends.iter().flat_map(|append| &append.events).any(known) {
            reasons.push(Reason::IdReused);
        }
        if appends.iter().any(|append| !append.expected.allows(self.version(&append.stream))) {
            reasons.push(Reason::Conflict);
        }
        if unless.iter().any(|unless| self.finds(unless)) {
            reasons.push(Reason::Condition);
        }
        if reasons.is_empty() { Verdict::Written } else { Verdict::Refused(reasons) }
    }

    /// The versions at which the stream has all these ids, in this order and side by side.
    fn earlier(&self, append: &Append) -> Option<(Version, Version)> {
        let stream = self.stream(&append.stream);
        let same = |run: &[&Envelope]| {
            run.iter().zip(&append.events).all(|(there, new)| there.id == new.id)
        };
        let at = stream.windows(append.events.len()).position(same)?;
        let last = at + append.events.len() - 1;
        Some((stream[at].version, stream[last].version))
    }

    fn finds(&self, unless: &Unless) -> bool {
        let query =
            Query { types: unless.types.clone(), tags: unless.tags.clone(), ..Query::everything() };
        self.events.iter().any(|event| event.position > unless.after && query.matches(event))
    }
}
