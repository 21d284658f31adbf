//! The log to a file.

use crate::{
    Context, Progress, Screen,
    args::QueryArgs,
    explain::{Explain, Outcome},
    format::counted,
    json_line,
    progress::Meter,
    screen::Show,
};
use quadrille_core::{EventStore, Position, Query, store::Direction};
use std::{
    ffi::OsString,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

const PAGE: usize = 1_000;

/// Exports events, one a line. A file is there when it is whole, and not before.
pub(crate) async fn export_jsonl(
    file: Option<PathBuf>,
    query: &QueryArgs,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let (store, query) = (&*context.store, query.query());
    let Some(file) = file else {
        let mut quiet = Meter::new(Show::Nothing, None, Progress::default());
        return write(store, &query, &mut *screen.out, &mut quiet).await.map(drop);
    };
    let part = beside(&file);
    let what = || format!("write {}", part.display());
    let mut out = BufWriter::new(File::create(&part).explain(what)?);
    let mut meter = Meter::new(screen.progress, None, Progress::default());
    let count = write(store, &query, &mut out, &mut meter).await.explain(what)?;
    out.into_inner().map_err(|error| error.into_error()).explain(what)?.sync_all().explain(what)?;
    std::fs::rename(&part, &file).explain(|| format!("write {}", file.display()))?;
    drop(meter);
    screen.line(&format!("exported {}", counted(count, "event", "events")))?;
    Ok(())
}

fn beside(file: &Path) -> PathBuf {
    let mut name: OsString = file.into();
    name.push(".part");
    name.into()
}

async fn write(
    store: &dyn EventStore,
    query: &Query,
    out: &mut (dyn Write + Send),
    meter: &mut Meter,
) -> Outcome<u64> {
    let (mut from, mut count) = (Position::START, 0);
    loop {
        let page = store.read(query, from, Direction::Forward, PAGE).await?;
        for event in &page.events {
            json_line::write(event, out)?;
        }
        count += page.events.len() as u64;
        meter.tell(count, None);
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => return Ok(count),
        }
    }
}
