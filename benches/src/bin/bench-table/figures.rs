use anyhow::{Context, Result};
use bench_harness::{About, Extra};
use serde::Deserialize;
use std::{ffi::OsString, fs};

/// One figure of one round, as it was printed.
#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    about: About,
    workload: String,
    case: String,
    value: f64,
    #[serde(flatten)]
    extra: Extra,
}

/// A figure of all rounds.
pub struct Figure {
    pub about: About,
    pub workload: String,
    pub case: String,
    pub values: Vec<f64>,
    extras: Vec<Extra>,
}

/// Figures in the order in which they were first met. Other lines are passed over: programs may
/// say more than figures.
pub fn read(files: impl Iterator<Item = OsString>) -> Result<Vec<Figure>> {
    let mut figures: Vec<Figure> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file);
        let text = text.with_context(|| format!("read {}", file.display()))?;
        for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
            let found = figures.iter_mut().find(|figure| {
                figure.about == line.about
                    && figure.workload == line.workload
                    && figure.case == line.case
            });
            match found {
                Some(figure) => {
                    figure.values.push(line.value);
                    figure.extras.push(line.extra);
                }
                None => figures.push(Figure {
                    about: line.about,
                    workload: line.workload,
                    case: line.case,
                    values: vec![line.value],
                    extras: vec![line.extra],
                }),
            }
        }
    }
    Ok(figures)
}

impl Figure {
    pub fn median(&self) -> f64 {
        median(self.values.clone()).unwrap_or_default()
    }

    pub fn least(&self) -> f64 {
        self.values.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn most(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    pub fn p50_ms(&self) -> Option<f64> {
        self.of(|extra| extra.p50_us).map(|micros| micros / 1000.0)
    }

    pub fn p99_ms(&self) -> Option<f64> {
        self.of(|extra| extra.p99_us).map(|micros| micros / 1000.0)
    }

    pub fn conflicts(&self) -> Option<f64> {
        self.of(|extra| extra.conflicts)
    }

    pub fn memory_mb(&self) -> Option<f64> {
        self.of(|extra| extra.memory_mb)
    }

    pub fn remark(&self) -> &str {
        self.extras.first().map_or("", |extra| &extra.remark)
    }

    fn of(&self, field: impl Fn(&Extra) -> Option<f64>) -> Option<f64> {
        median(self.extras.iter().filter_map(field).collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let above = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { above } else { f64::midpoint(values[middle - 1], above) })
}
