//! What differs between what is declared and what happened, for people.

use crate::{
    Screen,
    explain::Outcome,
    format::{count, counted},
    table::{Align, Table},
};
use quadrille_flow::graph::{Change, Graph};

/// How much differs, in a line.
pub(super) fn about(both: &Graph) -> String {
    let changed = |change| both.edges.iter().filter(|edge| edge.change == change).count() as u64;
    format!(
        "{} · {} that nobody declared (+) · {} that never happened (-)",
        counted(both.edges.len() as u64, "edge", "edges"),
        count(changed(Change::Added)),
        count(changed(Change::Removed))
    )
}

pub(super) fn write(both: &Graph, screen: &mut Screen<'_>) -> Outcome {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("from", Align::Left),
        ("to", Align::Left),
        ("count", Align::Right),
        ("since position", Align::Right),
    ]);
    for edge in &both.edges {
        let sign = match edge.change {
            Change::Added => "+",
            Change::Removed => "-",
            Change::None => continue,
        };
        let seen = edge.count.map(count).unwrap_or_default();
        let since = edge.since.map(|since| since.to_string()).unwrap_or_default();
        table.row([sign.into(), edge.from.clone(), edge.to.clone(), seen, since]);
    }
    screen.line(&about(both))?;
    if !table.is_empty() {
        screen.line("")?;
    }
    Ok(table.write(screen)?)
}
