//! What differs between what is declared and what happened, for people.

use crate::{
    Screen,
    explain::Outcome,
    format::{count, counted},
    table::{Align, Table},
};
use quadrille_flow::graph::{Change, Graph};

pub(super) fn write(both: &Graph, screen: &mut Screen<'_>) -> Outcome {
    let mut table = Table::new(&[
        ("", Align::Left),
        ("from", Align::Left),
        ("to", Align::Left),
        ("count", Align::Right),
    ]);
    let (mut undeclared, mut unseen) = (0, 0);
    for edge in &both.edges {
        let sign = match edge.change {
            Change::Added => "+",
            Change::Removed => "-",
            Change::None => continue,
        };
        *(if edge.change == Change::Added { &mut undeclared } else { &mut unseen }) += 1;
        let seen = edge.count.map(count).unwrap_or_default();
        table.row([sign.into(), edge.from.clone(), edge.to.clone(), seen]);
    }
    screen.line(&format!(
        "{} · {} that nobody declared (+) · {} that never happened (-)",
        counted(both.edges.len() as u64, "edge", "edges"),
        count(undeclared),
        count(unseen)
    ))?;
    if !table.is_empty() {
        screen.line("")?;
    }
    Ok(table.write(screen)?)
}
