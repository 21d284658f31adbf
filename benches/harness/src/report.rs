use crate::settings;
use serde::{Deserialize, Serialize};
use std::fs;

/// Who is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name: `quadrille`, `bare`, `limit` or a peer's.
    pub subject: String,
    /// Its version.
    pub version: String,
    /// Where it keeps its events.
    pub database: String,
    /// What a commit of its events survives.
    pub durability: String,
    /// How it was used, and what had to be changed.
    pub note: String,
}

impl About {
    /// All of it.
    pub fn new(subject: &str, version: &str, database: &str, durability: &str, note: &str) -> Self {
        Self {
            subject: subject.into(),
            version: version.into(),
            database: database.into(),
            durability: durability.into(),
            note: note.into(),
        }
    }
}

/// What goes with a figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Extra {
    /// The median latency, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_us: Option<f64>,
    /// The latency that 99 of 100 stay below, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_us: Option<f64>,
    /// Attempts that others came before, for each that succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflicts: Option<f64>,
    /// The most memory that the process had, in megabytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<f64>,
    /// What is to be said about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

/// Prints a figure: a rate a second.
pub fn report(about: &About, workload: &str, case: &str, value: f64, extra: &Extra) {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        about: &'a About,
        workload: &'a str,
        case: &'a str,
        value: f64,
        round: u64,
        #[serde(flatten)]
        extra: &'a Extra,
    }
    let line = Line { about, workload, case, value, round: settings::round(), extra };
    println!("{}", serde_json::to_string(&line).expect("a figure has a JSON form"));
}

/// The most memory that this process ever had, in megabytes, where the system tells.
pub fn peak_memory_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// A number with its thousands set apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
