/// What may happen, in which order. Steps are numbers of the specification's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Pattern {
    /// One event.
    Step(u32),
    /// The flow is over, whatever stands behind. It comes behind a step, and lies neither in what is
    /// side by side nor in what may be broken off.
    End,
    /// One after the other.
    Sequence(Vec<Pattern>),
    /// One of them.
    Either(Vec<Pattern>),
    /// All of them, side by side.
    All(Vec<Pattern>),
    /// As often as this.
    Repeat { body: Box<Pattern>, least: u32, most: Option<u32> },
    /// One that the other may break off as long as it is not over.
    Unless { body: Box<Pattern>, instead: Box<Pattern> },
}

impl Pattern {
    /// Nothing happens.
    pub const NOTHING: Self = Self::Sequence(Vec::new());

    /// Whether it may be over.
    pub fn may_end(&self) -> bool {
        match self {
            Self::Step(_) => false,
            Self::End => true,
            Self::Sequence(parts) => parts
                .iter()
                .find_map(|part| match part {
                    Self::End => Some(true),
                    part => (!part.may_end()).then_some(false),
                })
                .unwrap_or(true),
            Self::All(parts) => parts.iter().all(Self::may_end),
            Self::Either(ways) => ways.iter().any(Self::may_end),
            Self::Repeat { body, least, .. } => *least == 0 || body.may_end(),
            Self::Unless { body, instead } => body.may_end() || instead.may_end(),
        }
    }

    /// The steps that may come next, each with what is left behind it.
    pub fn next(&self) -> Vec<(u32, Self)> {
        match self {
            Self::Step(step) => vec![(*step, Self::NOTHING)],
            Self::End => Vec::new(),
            Self::Sequence(parts) => sequence(parts),
            Self::Either(ways) => ways.iter().flat_map(Self::next).collect(),
            Self::All(parts) => (0..parts.len()).flat_map(|at| side_by_side(parts, at)).collect(),
            Self::Repeat { body, least, most } => repeated(body, *least, *most),
            Self::Unless { body, instead } => {
                let go_on = body.next().into_iter().map(|(step, rest)| {
                    if rest == Self::NOTHING || rest == Self::End {
                        return (step, rest);
                    }
                    (step, Self::Unless { body: Box::new(rest), instead: instead.clone() })
                });
                go_on.chain(instead.next()).collect()
            }
        }
    }

    /// How many steps there are at least until it may be over.
    pub fn shortest(&self) -> usize {
        let (through, ended) = self.lengths();
        through.into_iter().chain(ended).min().unwrap_or(0)
    }

    /// How many steps there are at least until what stands behind it may begin, and until an end.
    fn lengths(&self) -> Lengths {
        match self {
            Self::Step(_) => (Some(1), None),
            Self::End => (None, Some(0)),
            Self::Sequence(parts) => parts.iter().fold((Some(0), None), |(so_far, ended), part| {
                let (through, end) = part.lengths();
                (add(so_far, through), least(ended, add(so_far, end)))
            }),
            Self::All(parts) => {
                let lengths = parts.iter().map(|part| part.lengths().0);
                (lengths.fold(Some(0), add), None)
            }
            Self::Either(ways) => ways.iter().map(Self::lengths).fold((None, None), shorter),
            Self::Repeat { body, least, .. } => {
                let (through, ended) = body.lengths();
                let rounds = *least as usize;
                let through = if rounds == 0 { Some(0) } else { through };
                (through.map(|length| length.saturating_mul(rounds)), ended)
            }
            Self::Unless { body, instead } => shorter(body.lengths(), instead.lengths()),
        }
    }

    /// One after the other.
    fn then(self, rest: &[Self]) -> Self {
        let mut parts = match self {
            Self::Sequence(parts) => parts,
            one => vec![one],
        };
        if parts.last() != Some(&Self::End) {
            parts.extend_from_slice(rest);
        }
        match <[Self; 1]>::try_from(parts) {
            Ok([one]) => one,
            Err(parts) => Self::Sequence(parts),
        }
    }
}

fn add(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    Some(one?.saturating_add(other?))
}

fn least(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    one.into_iter().chain(other).min()
}

type Lengths = (Option<usize>, Option<usize>);

fn shorter(one: Lengths, other: Lengths) -> Lengths {
    (least(one.0, other.0), least(one.1, other.1))
}

fn sequence(parts: &[Pattern]) -> Vec<(u32, Pattern)> {
    let mut all = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if *part == Pattern::End {
            break;
        }
        let behind = &parts[at + 1..];
        all.extend(part.next().into_iter().map(|(step, rest)| (step, rest.then(behind))));
        if !part.may_end() {
            break;
        }
    }
    all
}

/// The next steps of one part, beside the others.
fn side_by_side(parts: &[Pattern], at: usize) -> Vec<(u32, Pattern)> {
    let beside = |rest: Pattern| {
        let mut parts = parts.to_vec();
        if rest == Pattern::NOTHING {
            parts.remove(at);
        } else {
            parts[at] = rest;
        }
        match parts.len() {
            0 => Pattern::NOTHING,
            1 => parts.swap_remove(0),
            _ => Pattern::All(parts),
        }
    };
    parts[at].next().into_iter().map(|(step, rest)| (step, beside(rest))).collect()
}

fn repeated(body: &Pattern, least: u32, most: Option<u32>) -> Vec<(u32, Pattern)> {
    if most == Some(0) {
        return Vec::new();
    }
    let (least, most) = (least.saturating_sub(1), most.map(|most| most - 1));
    let again = match most {
        Some(0) => Vec::new(),
        _ => vec![Pattern::Repeat { body: Box::new(body.clone()), least, most }],
    };
    body.next().into_iter().map(|(step, rest)| (step, rest.then(&again))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Pattern::*, *};

    fn either(ways: &[u32]) -> Pattern {
        Either(ways.iter().map(|step| Step(*step)).collect())
    }

    /// Whether these steps are a way to its end, or to somewhere.
    fn goes(pattern: &Pattern, steps: &[u32]) -> (bool, bool) {
        let mut at = vec![pattern.clone()];
        for step in steps {
            let next = at.iter().flat_map(Pattern::next);
            at = next.filter(|(taken, _)| taken == step).map(|(_, rest)| rest).collect();
        }
        (at.iter().any(Pattern::may_end), !at.is_empty())
    }

    fn check(pattern: &Pattern, ends: &[&[u32]], goes_on: &[&[u32]], never: &[&[u32]]) {
        for steps in ends {
            assert_eq!(goes(pattern, steps), (true, true), "{steps:?}");
        }
        for steps in goes_on {
            assert_eq!(goes(pattern, steps), (false, true), "{steps:?}");
        }
        for steps in never {
            assert_eq!(goes(pattern, steps), (false, false), "{steps:?}");
        }
    }

    #[test]
    fn one_after_the_other() {
        let pattern = Sequence(vec![Step(1), either(&[2, 3]), Step(4)]);
        check(&pattern, &[&[1, 2, 4], &[1, 3, 4]], &[&[], &[1], &[1, 3]], &[&[2], &[1, 2, 3]]);
        assert_eq!(pattern.shortest(), 3);
    }

    #[test]
    fn side_by_side_in_any_order() {
        let pattern = All(vec![Sequence(vec![Step(1), Step(2)]), Step(3)]);
        let ends: &[&[u32]] = &[&[1, 2, 3], &[1, 3, 2], &[3, 1, 2]];
        check(&pattern, ends, &[&[], &[3, 1]], &[&[2], &[3, 3], &[2, 1, 3]]);
        assert_eq!(pattern.shortest(), 3);
    }

    #[test]
    fn as_often_as_it_says() {
        let repeat = |least, most| Repeat { body: Box::new(Step(1)), least, most };
        check(&repeat(0, None), &[&[], &[1], &[1, 1, 1]], &[], &[&[2]]);
        check(&repeat(2, Some(3)), &[&[1, 1], &[1, 1, 1]], &[&[], &[1]], &[&[1, 1, 1, 1]]);
        check(&repeat(0, Some(0)), &[&[]], &[], &[&[1]]);
        assert_eq!(repeat(2, None).shortest(), 2);
        let behind = Sequence(vec![repeat(0, Some(1)), Step(2)]);
        check(&behind, &[&[2], &[1, 2]], &[&[], &[1]], &[&[1, 1]]);
    }

    #[test]
    fn nothing_comes_behind_an_end() {
        let instead = Box::new(Sequence(vec![Step(9), End]));
        let body = Box::new(Sequence(vec![Step(1), Step(2)]));
        let pattern = Sequence(vec![Unless { body, instead }, Step(3)]);
        check(&pattern, &[&[1, 2, 3], &[1, 9], &[9]], &[&[], &[1, 2]], &[&[9, 3], &[1, 9, 3]]);
        assert_eq!(pattern.shortest(), 1);
        let looped = Repeat { body: Box::new(Sequence(vec![Step(1), End])), least: 2, most: None };
        check(&looped, &[&[1]], &[&[]], &[&[1, 1]]);
        assert_eq!(looped.shortest(), 1);
    }

    #[test]
    fn broken_off_as_long_as_it_is_not_over() {
        let body = Box::new(Sequence(vec![Step(1), Step(2)]));
        let pattern = Sequence(vec![Unless { body, instead: Box::new(Step(9)) }, Step(3)]);
        let ends: &[&[u32]] = &[&[1, 2, 3], &[9, 3], &[1, 9, 3]];
        check(&pattern, ends, &[&[], &[1], &[1, 9]], &[&[1, 2, 9], &[9, 9], &[9, 1]]);
        assert_eq!(pattern.shortest(), 2);
    }
}
