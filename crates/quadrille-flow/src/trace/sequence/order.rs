use crate::trace::{Node, What};

/// The nodes in the order of the log. Commands and reactions have no place of their own there: they
/// come right before the first of what they led to, or else where it is told how they ended.
pub(crate) fn in_order(nodes: &[Node]) -> Vec<usize> {
    let mut places: Vec<_> = nodes.iter().map(|node| node.place).collect();
    let mut first = vec![None; nodes.len()];
    // What is led to lies behind what leads to it.
    for (at, node) in nodes.iter().enumerate().rev() {
        places[at] = first[at].unwrap_or(places[at]);
        if let Some(parent) = node.parent
            && begins_with(&nodes[parent].what, &node.what)
        {
            let earlier = first[parent].map_or(places[at], |first| places[at].min(first));
            first[parent] = Some(earlier);
        }
    }
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    order.sort_by_key(|&at| (places[at], at));
    order
}

/// Whether the first is told by the second, which is the first of its effects.
pub(crate) fn begins_with(what: &What, effect: &What) -> bool {
    matches!(
        (what, effect),
        (What::Command(_) | What::Recorded { .. }, What::Event(_))
            | (What::Reaction { .. }, What::Command(_))
    )
}
