//! Lines of figures into Markdown: `bench-table FILE…`; medians of all rounds.

mod figures;
mod write;

use anyhow::Result;
use std::env;

fn main() -> Result<()> {
    let figures = figures::read(env::args_os().skip(1))?;
    print!("{}", write::markdown(&figures));
    Ok(())
}
