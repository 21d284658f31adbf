//! The read models as tables.

use crate::read_models::{
    Activities, Applications, BrokenRules, Claims, FollowUps, OffersPerApplication, WorkByResource,
};
use comfy_table::{CellAlignment, Table as Drawn, presets::UTF8_FULL_CONDENSED};
use indicatif::HumanCount;
use quadrille::{App, app::QueryError};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Rows of cells, the first of them the head.
type Table = Vec<Vec<String>>;

/// Resources that are listed.
const BUSIEST: usize = 10;

/// Everything that the read models say.
///
/// # Errors
/// When a read model cannot be read.
pub async fn report(app: &App) -> Result<String, QueryError> {
    let mut text = String::new();
    let applications = app.all_rows::<Applications>().await?;
    for (title, table) in [
        ("Applications by state and month of submission", by_state(&applications)),
        ("Time to decision", to_decision(&applications)),
        ("Offers per application", offers(&app.all_rows().await?)),
        ("Work by resource: the busiest", work(app.all_rows().await?)),
        ("Claims", claims(&app.all_rows().await?)),
        ("Broken rules", broken(&app.all_rows().await?)),
        ("Follow-ups", follow_ups(&app.all_rows().await?)),
    ] {
        if table.len() > 1 {
            let written = writeln!(text, "{title}\n{}\n", drawn(&table));
            written.expect("a String takes everything");
        }
    }
    Ok(text)
}

/// The table, its numbers to the right.
fn drawn(table: &Table) -> Drawn {
    let mut drawn = Drawn::new();
    drawn.load_style(UTF8_FULL_CONDENSED).set_header(&table[0]);
    drawn.add_rows(&table[1..]);
    for (at, column) in drawn.column_iter_mut().enumerate() {
        let is_number = |cell: &String| cell.starts_with(|first: char| first.is_ascii_digit());
        if table[1..].iter().filter_map(|row| row.get(at)).all(is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    drawn
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn by_state(applications: &[Applications]) -> Table {
    let mut counts = BTreeMap::<(&str, &str), usize>::new();
    for application in applications {
        *counts.entry((&application.stage, &application.month)).or_default() += 1;
    }
    let months: BTreeSet<_> = applications.iter().map(|one| one.month.as_str()).collect();
    let stages: BTreeSet<_> = applications.iter().map(|one| one.stage.as_str()).collect();
    let mut table = vec![row(["state"])];
    table[0].extend(months.iter().map(ToString::to_string));
    for stage in stages {
        let count = |month: &&str| counts.get(&(stage, *month)).copied().unwrap_or_default();
        let cells = months.iter().map(|month| thousands(count(month)));
        table.push([stage.to_owned()].into_iter().chain(cells).collect());
    }
    table
}

fn to_decision(applications: &[Applications]) -> Table {
    let mut by_end = BTreeMap::<&str, Vec<f64>>::new();
    for application in applications {
        if let Some(hours) = application.hours_to_decision {
            by_end.entry(&application.stage).or_default().push(hours);
        }
    }
    let mut table = vec![row(["decision", "applications", "median", "nine in ten", "longest"])];
    for (end, mut hours) in by_end {
        hours.sort_by(f64::total_cmp);
        let at = |percent: usize| days(hours[(hours.len() - 1) * percent / 100]);
        table.push(vec![end.into(), thousands(hours.len()), at(50), at(90), at(100)]);
    }
    table
}

fn offers(offers: &[OffersPerApplication]) -> Table {
    let mut by_count = BTreeMap::<u32, [usize; 5]>::new();
    for one in offers {
        let sums = by_count.entry(one.made).or_default();
        let counts = [1, one.sent_back, one.accepted, one.cancelled, one.declined];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count as usize);
    }
    let head = ["offers", "applications", "sent back", "accepted", "cancelled", "declined"];
    let rows = by_count.into_iter().map(|(made, sums)| {
        [made.to_string()].into_iter().chain(sums.map(thousands)).collect::<Vec<_>>()
    });
    [row(head)].into_iter().chain(rows).collect()
}

fn work(work: Vec<WorkByResource>) -> Table {
    let mut by_resource = BTreeMap::<String, (u32, i64, BTreeSet<String>)>::new();
    for one in work {
        let (sessions, seconds, kinds) = by_resource.entry(one.resource).or_default();
        (*sessions, *seconds) = (*sessions + one.sessions, *seconds + one.seconds);
        kinds.insert(one.work);
    }
    let mut busiest: Vec<_> = by_resource.into_iter().collect();
    busiest.sort_by_key(|(_, (_, seconds, _))| -seconds);
    let mut table = vec![row(["resource", "sessions", "hours", "kinds of work"])];
    for (resource, (sessions, seconds, kinds)) in busiest.into_iter().take(BUSIEST) {
        let hours = thousands(usize::try_from(seconds / 3600).unwrap_or_default());
        let kinds = kinds.into_iter().collect::<Vec<_>>().join(" ");
        table.push(vec![resource, thousands(sessions as usize), hours, kinds]);
    }
    table
}

fn claims(claims: &[Claims]) -> Table {
    let rows = claims
        .iter()
        .map(|claim| vec![claim.claim.clone(), claim.decisions.to_string(), claim.end.clone()]);
    [row(["claim", "decisions", "end"])].into_iter().chain(rows).collect()
}

fn broken(rules: &[BrokenRules]) -> Table {
    let mut table = vec![row(["count", "aggregate", "rule", "found", "last in"])];
    for one in rules {
        let count = thousands(one.count as usize);
        let words = [&one.aggregate, &one.rule, &one.found, &one.last_stream].map(String::clone);
        table.push([count].into_iter().chain(words).collect());
    }
    table
}

fn follow_ups(follow_ups: &[FollowUps]) -> Table {
    let rows = follow_ups
        .iter()
        .map(|one| vec![thousands(one.count as usize), one.kind.clone(), one.reason.clone()]);
    [row(["count", "kind", "reason"])].into_iter().chain(rows).collect()
}

fn thousands(count: usize) -> String {
    HumanCount(count as u64).to_string()
}

/// Hours as days, or as what they are while they are few.
fn days(hours: f64) -> String {
    match hours {
        hours if hours < 1.0 => format!("{:.0} min", hours * 60.0),
        hours if hours < 48.0 => format!("{hours:.1} h"),
        hours => format!("{:.1} days", hours / 24.0),
    }
}

/// Compares what was recorded with the log, activity by activity.
///
/// # Errors
/// When a read model cannot be read.
pub async fn differences(
    app: &App,
    in_log: &BTreeMap<String, usize>,
) -> Result<Vec<String>, QueryError> {
    let rows = app.all_rows::<Activities>().await?;
    let recorded: BTreeMap<_, _> =
        rows.iter().map(|row| (row.activity.as_str(), row.count as usize)).collect();
    let names: BTreeSet<_> =
        in_log.keys().map(String::as_str).chain(recorded.keys().copied()).collect();
    let compared = names.into_iter().filter_map(|name| {
        let (log, ours) = (in_log.get(name).copied(), recorded.get(name).copied());
        let (log, ours) = (log.unwrap_or_default(), ours.unwrap_or_default());
        (log != ours).then(|| format!("{name}: {log} in the log, {ours} recorded"))
    });
    Ok(compared.collect())
}
