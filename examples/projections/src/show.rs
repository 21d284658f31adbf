//! What the reader sees: headings, tables, and claims that were checked.

use comfy_table::{CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};
use quadrille::prelude::*;
pub use quadrille_cli::say as line;
use std::{
    error::Error,
    fmt::{Debug, Display},
    io,
    path::Path,
};

/// Begins a step.
pub fn step(number: u8, title: &str) -> io::Result<()> {
    let title = format!("{number}. {title}");
    line(format_args!("\n\n{title}\n{}", "═".repeat(title.chars().count())))
}

/// Says what happens.
pub fn say(text: impl Display) -> io::Result<()> {
    line(format_args!("\n{text}"))
}

/// Prints a table with a title; numbers on the right.
pub fn table<const N: usize>(
    title: &str,
    header: [&str; N],
    rows: Vec<[String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
    for row in &rows {
        table.add_row(row);
    }
    for (n, column) in table.column_iter_mut().enumerate() {
        let number = |row: &[String; N]| row[n].chars().all(|c| c.is_ascii_digit() || c == '.');
        if rows.iter().all(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(format_args!("{title}\n{table}"))
}

/// A claim that can be wrong: then the tour ends here.
pub fn check<T: PartialEq + Debug>(claim: &str, left: T, right: T) -> Result<(), Box<dyn Error>> {
    if left != right {
        return Err(format!("show that {claim}: {left:?} is not {right:?}").into());
    }
    Ok(line(format_args!("  ✓ {claim}"))?)
}

pub fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// How far each read model has come, as it said itself when the app ended.
pub async fn statuses(app: &App) -> Result<(), Box<dyn Error>> {
    let row = |status: quadrille::state::ConsumerStatus| {
        let (handled, position) = (status.handled.to_string(), status.position.to_string());
        let activity = status.activity.as_str().to_owned();
        [status.consumer.to_string(), handled, position, activity]
    };
    let rows = app.statuses().await?.into_iter().map(row).collect();
    Ok(table("Status", ["read model", "events read", "position", "activity"], rows)?)
}

/// Which versions of a read model there are, and which one queries see.
pub async fn versions(app: &App, names: &[&str]) -> Result<(), Box<dyn Error>> {
    let models = app.read_models().models().await?.into_iter();
    let rows = models.filter(|model| names.contains(&model.consumer.name.as_str())).map(|model| {
        let file = Path::new(&model.location).file_name().unwrap_or_default();
        let generation = model.consumer.generation.to_string();
        let stage = format!("{:?}", model.stage).to_lowercase();
        [model.consumer.to_string(), generation, stage, file.to_string_lossy().into_owned()]
    });
    table("Versions", ["read model", "generation", "stage", "file"], rows.collect())?;
    Ok(())
}
