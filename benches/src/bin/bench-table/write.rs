use crate::figures::Figure;
use bench_harness::{About, grouped};
use std::fmt::Write;

const OURS: &str = "quadrille";
const BARE: &str = "bare";
const LIMIT: &str = "limit";

/// All tables.
pub fn markdown(figures: &[Figure]) -> String {
    let mut text = String::new();
    let mut databases: Vec<&str> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.about.subject == OURS) {
        let database = figure.about.database.as_str();
        if !databases.contains(&database) {
            databases.push(database);
            compare(&mut text, figures, &figure.about);
        }
    }
    limits(&mut text, figures);
    everything(&mut text, figures);
    subjects(&mut text, figures);
    text
}

fn line(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn head(text: &mut String, title: &str, columns: &[&str]) {
    let _ = writeln!(text, "\n### {title}\n");
    line(text, &columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let rule = |index: usize| if index < 2 { "---" } else { "---:" };
    line(text, &(0..columns.len()).map(|index| rule(index).to_owned()).collect::<Vec<_>>());
}

/// Ours beside the bare prototype on the same database and the best peer on such a database.
fn compare(text: &mut String, figures: &[Figure], about: &About) {
    let columns = [
        "workload",
        "case",
        "Quadrille /s",
        "p50 ms",
        "p99 ms",
        "bare /s",
        "bare p99",
        "of bare",
        "best peer /s",
        "its p99",
        "times the peer",
    ];
    head(text, &format!("{}: {}", about.database, about.durability), &columns);
    for ours in figures.iter().filter(|figure| figure.about == *about) {
        let same = |figure: &&Figure| figure.workload == ours.workload && figure.case == ours.case;
        let bare = figures
            .iter()
            .filter(same)
            .find(|figure| figure.about.subject == BARE && figure.about.database == about.database);
        let peer = best_peer(figures, ours);
        let mut case = ours.case.clone();
        if let Some(conflicts) = ours.conflicts() {
            let _ = write!(case, "; {conflicts:.2} conflicts a success");
        }
        if let Some(memory) = ours.memory_mb() {
            let _ = write!(case, "; {memory:.0} MB");
        }
        let mut peers = peer.map(|peer| format!("{} {}", peer.about.subject, rate(peer.median())));
        if let (Some(text), Some(conflicts)) = (&mut peers, peer.and_then(Figure::conflicts)) {
            let _ = write!(text, " ({conflicts:.1} conflicts)");
        }
        let shared = |other: Option<&Figure>| other.map(|other| ours.median() / other.median());
        line(
            text,
            &[
                ours.workload.clone(),
                case,
                rate(ours.median()),
                millis(ours.p50_ms()),
                millis(ours.p99_ms()),
                bare.map_or_else(String::new, |bare| rate(bare.median())),
                millis(bare.and_then(Figure::p99_ms)),
                shared(bare).map_or_else(String::new, |share| format!("{:.0}%", share * 100.0)),
                peers.unwrap_or_default(),
                millis(peer.and_then(Figure::p99_ms)),
                shared(peer).map_or_else(String::new, |times| format!("{times:.1}")),
            ],
        );
    }
}

/// The fastest peer on a database of this kind. Peers have one way to write a read model, which
/// all of ours are held against; what ends in memory is no read model.
fn best_peer<'a>(figures: &'a [Figure], ours: &Figure) -> Option<&'a Figure> {
    let kind = |about: &About| about.database.split(',').next().map(str::to_owned);
    let catch_up = ours.workload == "catch-up";
    let peers = figures.iter().filter(|figure| {
        let same = figure.workload == ours.workload && (catch_up || figure.case == ours.case);
        let peer = ![OURS, BARE, LIMIT].contains(&figure.about.subject.as_str());
        let written = !catch_up || figure.remark().is_empty();
        same && peer && written && kind(&figure.about) == kind(&ours.about)
    });
    peers.max_by(|one, other| one.median().total_cmp(&other.median()))
}

fn limits(text: &mut String, figures: &[Figure]) {
    let columns = ["of", "what", "/s", "least", "most", "p50 ms", "p99 ms"];
    head(text, "The limit: the same rows by the driver alone", &columns);
    for figure in figures.iter().filter(|figure| figure.about.subject == LIMIT) {
        let cells = [
            figure.about.database.clone(),
            format!("{}, {}", figure.workload, figure.case),
            rate(figure.median()),
            rate(figure.least()),
            rate(figure.most()),
            millis(figure.p50_ms()),
            millis(figure.p99_ms()),
        ];
        line(text, &cells);
    }
}

/// Every subject at every workload, the fastest first.
fn everything(text: &mut String, figures: &[Figure]) {
    let columns =
        ["workload", "subject", "/s", "least", "most", "p50 ms", "p99 ms", "conflicts", "remark"];
    head(text, "All subjects", &columns);
    let mut done: Vec<(&str, &str)> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.about.subject != LIMIT) {
        let key = (figure.workload.as_str(), figure.case.as_str());
        if done.contains(&key) {
            continue;
        }
        done.push(key);
        let same = |other: &&Figure| {
            (other.workload.as_str(), other.case.as_str()) == key && other.about.subject != LIMIT
        };
        let mut all: Vec<&Figure> = figures.iter().filter(same).collect();
        all.sort_by(|one, other| other.median().total_cmp(&one.median()));
        for figure in all {
            let cells = [
                format!("{}, {}", figure.workload, figure.case),
                format!("{} on {}", figure.about.subject, figure.about.database),
                rate(figure.median()),
                rate(figure.least()),
                rate(figure.most()),
                millis(figure.p50_ms()),
                millis(figure.p99_ms()),
                figure.conflicts().map_or_else(String::new, |count| format!("{count:.2}")),
                figure.remark().to_owned(),
            ];
            line(text, &cells);
        }
    }
}

fn subjects(text: &mut String, figures: &[Figure]) {
    let columns = ["subject", "events in", "a commit", "note"];
    let _ = writeln!(text, "\n### Who they are\n");
    line(text, &columns.map(str::to_owned));
    line(text, &columns.map(|_| "---".to_owned()));
    let mut done: Vec<&About> = Vec::new();
    for Figure { about, .. } in figures {
        if !done.contains(&about) {
            done.push(about);
            let About { subject, version, database, durability, note } = about;
            let name = format!("{subject} {version}");
            let cells = [name.trim(), database, durability, note].map(str::to_owned);
            line(text, &cells);
        }
    }
}

fn millis(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value < 10.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.0}"),
    }
}

/// A rate with three digits or more, its thousands set apart.
fn rate(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.1}");
    }
    grouped(value as u64)
}
