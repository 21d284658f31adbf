use super::pattern::Pattern;
use std::time::Duration;

/// How a flow is expected to go.
///
/// It is written as a small text, next to the code:
///
/// ```
/// use quadrille_flow::expected::ExpectedFlow;
///
/// let order: ExpectedFlow = r#"
///     flow order {
///         order.placed                        by sales
///         all {
///             stock.reserved                  by warehouse  within 10min
///         } and {
///             repeat { payment.failed? payment.requested }
///             payment.captured                within 3d of order.placed
///         }
///         either { order.delivered } or { order.lost order.refunded }
///         ignore stock.counted, audit.*
///         ends after 30d
///     }
/// "#
/// .parse()
/// .unwrap();
/// assert_eq!(order.name(), "order");
/// ```
///
/// | written | means |
/// |---|---|
/// | `TYPE` | an event of this type; in quotes where it holds other characters than letters, digits and `_ . - / :`, or is one of the words below |
/// | `TYPE?` `TYPE*` `TYPE+` | perhaps; any number of times; at least once |
/// | `… by COMPONENT, COMPONENT` | written by one of these components |
/// | `… within 3d` | so long after the step before it at most; `ms`, `s`, `min`, `h`, `d` |
/// | `… within 3d of TYPE` | so long after the last event of that type |
/// | `either { … } or { … }` | one of them |
/// | `all { … } and { … }` | all of them, side by side |
/// | `optional { … }` | perhaps |
/// | `repeat { … }` | at least once; `repeat 2` twice, `repeat 0..3`, `repeat 2..` |
/// | `do { … } unless { … }` | the second may break off the first as long as that is not over |
/// | `end` | at the end of a block: the flow is over here, whatever stands behind |
/// | `ignore TYPE, CATEGORY.*` | events that may occur anywhere and mean nothing here |
/// | `ends after 30d` | a flow in which nothing happens for so long is over |
///
/// What stands one behind the other comes in this order; `#` begins a comment. An event that is not
/// ignored and has no place in the specification is one too many. It is held against flows that
/// hold an event of its first steps, or of the types that are named: `flow order for order.placed,
/// order.imported { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedFlow {
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
    pub(super) pattern: Pattern,
    /// Which flows it is held against: those that hold one of these types.
    pub(super) of: Vec<String>,
    pub(super) ignored: Vec<Ignored>,
    pub(super) silence: Option<Duration>,
}

impl ExpectedFlow {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// An event that is to happen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub event_type: String,
    /// The components of which one is to write it; any where there are none.
    pub by: Vec<String>,
    /// The steps that may come right before it.
    pub before: Vec<u32>,
    pub limit: Option<TimeLimit>,
}

/// How long a step may take.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimeLimit {
    pub within: Duration,
    pub since: Since,
}

/// Since when.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Since {
    /// The latest of the steps that may come right before it.
    Before,
    /// The last event of this type.
    Type(String),
}

/// Events that mean nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ignored {
    Type(String),
    /// Those that begin so.
    Begins(String),
}

impl ExpectedFlow {
    /// Whether events of this type mean nothing.
    pub(super) fn ignores(&self, event_type: &str) -> bool {
        self.ignored.iter().any(|ignored| match ignored {
            Ignored::Type(name) => name == event_type,
            Ignored::Begins(start) => event_type.starts_with(start),
        })
    }
}

/// Tells each step which steps may come right before it, when `before` may come right before the
/// pattern; hands back those that may be the last before whatever follows.
pub(super) fn link(pattern: &Pattern, before: &[u32], steps: &mut [Step]) -> Vec<u32> {
    match pattern {
        Pattern::Step(step) => {
            join(&mut steps[*step as usize].before, before);
            vec![*step]
        }
        Pattern::End => Vec::new(),
        Pattern::Sequence(parts) => {
            let mut before = before.to_vec();
            for part in parts {
                if *part == Pattern::End {
                    return Vec::new();
                }
                let mut last = link(part, &before, steps);
                if part.may_end() {
                    join(&mut last, &before);
                }
                before = last;
            }
            before
        }
        Pattern::Either(parts) | Pattern::All(parts) => {
            let mut last = Vec::new();
            for part in parts {
                let ends = link(part, before, steps);
                join(&mut last, &ends);
                if part.may_end() {
                    join(&mut last, before);
                }
            }
            last
        }
        Pattern::Repeat { body, most, .. } => {
            let mut before = before.to_vec();
            if *most != Some(1) {
                last(body, &mut before);
            }
            link(body, &before, steps)
        }
        Pattern::Unless { body, instead } => {
            let mut ends = link(body, before, steps);
            let mut within = before.to_vec();
            all_steps(body, &mut within);
            let broken_off = link(instead, &within, steps);
            join(&mut ends, &broken_off);
            if instead.may_end() {
                join(&mut ends, &within);
            }
            ends
        }
    }
}

/// Adds the steps that may be the last of a pattern.
fn last(pattern: &Pattern, found: &mut Vec<u32>) {
    match pattern {
        Pattern::Step(step) => join(found, &[*step]),
        Pattern::End => {}
        Pattern::Sequence(parts) => {
            for part in parts.iter().rev() {
                last(part, found);
                if !part.may_end() || *part == Pattern::End {
                    break;
                }
            }
        }
        Pattern::Either(parts) | Pattern::All(parts) => {
            parts.iter().for_each(|part| last(part, found));
        }
        Pattern::Repeat { body, .. } => last(body, found),
        Pattern::Unless { body, instead } => {
            all_steps(body, found);
            last(instead, found);
        }
    }
}

fn all_steps(pattern: &Pattern, found: &mut Vec<u32>) {
    match pattern {
        Pattern::Step(step) => join(found, &[*step]),
        Pattern::End => {}
        Pattern::Sequence(parts) | Pattern::Either(parts) | Pattern::All(parts) => {
            parts.iter().for_each(|part| all_steps(part, found));
        }
        Pattern::Repeat { body, .. } => all_steps(body, found),
        Pattern::Unless { body, instead } => {
            all_steps(body, found);
            all_steps(instead, found);
        }
    }
}

fn join(known: &mut Vec<u32>, more: &[u32]) {
    let new: Vec<u32> = more.iter().copied().filter(|step| !known.contains(step)).collect();
    known.extend(new);
}
