use super::{Node, node::What};
use chrono::{DateTime, Utc};
use quadrille_core::{CommandId, EventId, Position, StreamId};
use std::collections::HashMap;
use uuid::Uuid;

/// What makes a node itself, so that others can name it as their cause before it is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An event, or the step that an event records.
    Event(EventId),
    Command(CommandId, StreamId),
    Recorded(EventId),
    Reaction(EventId, String),
    Deadline(Uuid),
    Parked(String, EventId, usize),
}

/// A node on its way into the tree.
pub(super) struct Draft {
    pub key: Key,
    /// What led to it: the first of these that is in the tree.
    pub causes: Vec<Key>,
    /// Where in the log it shows first: siblings are drawn in this order.
    pub position: Position,
    /// Where in the log it is told how it ended, if that is further on.
    pub ended: Option<Position>,
    pub component: Option<String>,
    pub at: Option<DateTime<Utc>>,
    pub cause_at: Option<DateTime<Utc>>,
    pub what: What,
}

/// The drafts as a tree, depth first. Every draft comes once: where causes run in a circle, it is
/// cut at the earliest of them.
pub(super) fn into_tree(drafts: Vec<Draft>, marked: Option<EventId>) -> Vec<Node> {
    let index: HashMap<&Key, usize> =
        drafts.iter().enumerate().map(|(at, draft)| (&draft.key, at)).collect();
    let parents: Vec<Option<usize>> = drafts
        .iter()
        .map(|draft| draft.causes.iter().find_map(|cause| index.get(cause).copied()))
        .collect();
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|&at| drafts[at].position);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    for &at in &order {
        if let Some(parent) = parents[at] {
            children[parent].push(at);
        }
    }

    let mut places = Vec::with_capacity(drafts.len());
    let mut taken = vec![false; drafts.len()];
    let roots = order.iter().filter(|&&at| parents[at].is_none());
    for &root in roots.chain(&order) {
        descend(root, &children, &mut taken, &mut places);
    }
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    let mut nodes = Vec::with_capacity(places.len());
    for (at, parent, depth) in places {
        let draft = drafts[at].take().expect("every draft is taken once");
        nodes.push(node(draft, parent, depth, marked));
    }
    nodes
}

/// Walks down from a root without recursion: a flow may be longer than the stack is deep.
fn descend(
    root: usize,
    children: &[Vec<usize>],
    taken: &mut [bool],
    places: &mut Vec<(usize, Option<usize>, usize)>,
) {
    let mut open = vec![(root, None, 0)];
    while let Some((at, parent, depth)) = open.pop() {
        if std::mem::replace(&mut taken[at], true) {
            continue;
        }
        let place = places.len();
        places.push((at, parent, depth));
        open.extend(children[at].iter().rev().map(|&child| (child, Some(place), depth + 1)));
    }
}

fn node(draft: Draft, parent: Option<usize>, depth: usize, marked: Option<EventId>) -> Node {
    let Draft { position, ended, component, at, cause_at, what, .. } = draft;
    let since_cause = at.zip(cause_at).map(|(at, cause_at)| super::Elapsed::between(cause_at, at));
    let marked = match &what {
        What::Event(event) => Some(event.id) == marked,
        What::Step(step) => Some(step.entry) == marked,
        _ => false,
    };
    let place = ended.unwrap_or(position);
    Node { parent, depth, at, since_cause, component, place, marked, what }
}
