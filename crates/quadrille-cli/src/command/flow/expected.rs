//! Flows held against how they are expected to go.

use super::observed::path;
use crate::{
    Screen,
    args::CheckFormat,
    explain::{Explain, Outcome},
    format::{count, counted, time},
    table::{Align, Table},
};
use chrono::Utc;
use quadrille_core::{EventStore, Position};
use quadrille_flow::{
    expected::{FlowReport, Monitor, News, parse},
    observed::{Follower, read_on},
};
use std::{fs, path::PathBuf, time::Duration};
use tokio::time::timeout;

/// How long to trust a store to tell of another process's events, and how late it may be said that
/// something is overdue.
const POLL: Duration = Duration::from_millis(500);

/// What watches for the flows that the files expect, if there are files.
pub(super) fn monitor(files: &[PathBuf]) -> Outcome<Option<Monitor>> {
    let mut flows = Vec::new();
    for path in files {
        let text = fs::read_to_string(path).explain(|| format!("read {}", path.display()))?;
        let read =
            parse(&text).explain(|| format!("read an expected flow in {}", path.display()))?;
        if read.is_empty() {
            return Err(format!("check the flow: {} expects no flow", path.display()).into());
        }
        flows.extend(read);
    }
    Ok((!flows.is_empty()).then(|| Monitor::new(flows)))
}

/// How the flows did, for people.
pub(super) fn write(reports: &[FlowReport], most: usize, screen: &mut Screen<'_>) -> Outcome {
    for report in reports {
        let flows = counted(report.flows, "flow", "flows");
        screen.line(&format!(
            "{}: {flows} · {} as expected · {} open · {} differ · fitness {:.3}",
            report.expected,
            count(report.as_expected),
            count(report.open),
            count(report.deviating),
            report.fitness
        ))?;
        let mut table = Table::new(&[
            ("flows", Align::Right),
            ("fitness", Align::Right),
            ("variant", Align::Left),
        ]);
        let differ = report.variants.iter().filter(|variant| variant.deviating > 0);
        for variant in differ.clone().take(most) {
            let fitness = format!("{:.2}", variant.fitness);
            table.row([count(variant.deviating), fitness, path(&variant.steps)]);
        }
        table.write(screen)?;
        let rest = differ.count().saturating_sub(most);
        if rest > 0 {
            screen.line(&format!("… and {} more", counted(rest as u64, "variant", "variants")))?;
        }
        screen.line("")?;
    }
    Ok(())
}

/// Tells what differs as it becomes known, until interrupted; whether there was anything.
pub(super) async fn follow(
    store: &dyn EventStore,
    mut monitor: Monitor,
    format: CheckFormat,
    screen: &mut Screen<'_>,
) -> Outcome<bool> {
    // The report has said what is known as of the newest event.
    monitor.news(None);
    screen.out.flush()?;
    let mut found = false;
    tokio::select! {
        followed = go_on(store, &mut monitor, format, screen, &mut found) => followed?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(found)
}

async fn go_on(
    store: &dyn EventStore,
    monitor: &mut Monitor,
    format: CheckFormat,
    screen: &mut Screen<'_>,
    found: &mut bool,
) -> Outcome {
    loop {
        let from = monitor.through().unwrap_or(Position::START);
        // Running out of time is expected: time goes on without events, too.
        let _ = timeout(POLL, store.appended_after(from)).await;
        read_on(store, monitor).await?;
        let news = monitor.news(Some(Utc::now()));
        *found |= !news.is_empty();
        for one in &news {
            tell(one, format, screen)?;
        }
        screen.out.flush()?;
    }
}

fn tell(news: &News, format: CheckFormat, screen: &mut Screen<'_>) -> Outcome {
    if format == CheckFormat::Text {
        let News { expected, flow, deviation } = news;
        return Ok(screen.line(&format!("{}  {expected} {flow}: {deviation}", time(Utc::now())))?);
    }
    serde_json::to_writer(&mut *screen.out, news)?;
    Ok(screen.line("")?)
}
