use super::{feed::Feed, open};
use crate::{
    Context, Progress, Screen,
    args::JsonlArgs,
    explain::{Explain, Outcome},
    format::counted,
    json_line::{self, BadLine, Line},
    progress::Meter,
    source::Source,
};
use quadrille_core::{Append, AppendError, ExpectedVersion, Version, error::BoxError};
use std::io::{self, BufRead, BufReader, Read};

/// Longest line: an event of the largest size that a store takes, with room for its metadata and
/// for the escapes in a payload that is kept as text.
const LONGEST: u64 = 64 << 20;

/// Imports events, one a line.
pub(crate) async fn import_jsonl(
    args: JsonlArgs,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let progress = Progress::default();
    let (source, length) = open(&args.file, &progress)?;
    let file = args.file.display().to_string();
    let mut meter = Meter::new(screen.progress, length, progress);
    let mut feed = Feed::new(&*context.store);
    let mut failed = None;
    for line in Lines::new(source) {
        match line {
            Ok(line) => {
                let pushed = feed.push(append(line, args.renumber)).await;
                pushed.map_err(advise).explain(|| format!("import {file}"))?;
                meter.tell(feed.tally.events(), None);
            }
            Err(error) => failed = Some(error),
        }
    }
    feed.flush().await.map_err(advise).explain(|| format!("import {file}"))?;
    drop(meter);
    let mut summary = format!("imported {}", counted(feed.tally.written, "event", "events"));
    if feed.tally.known > 0 {
        let known = counted(feed.tally.known, "event", "events");
        summary.push_str(&format!("; already there: {known}"));
    }
    screen.line(&summary)?;
    failed.map_or(Ok(()), Err).explain(|| format!("import {file} further"))
}

fn advise(error: BoxError) -> BoxError {
    match error.downcast_ref() {
        Some(AppendError::Conflict { .. }) => {
            format!("{error}; --renumber takes events at the end of their streams").into()
        }
        _ => error,
    }
}

/// A line that says which version it had comes to lie there again, unless it may be renumbered.
fn append(line: Line, renumber: bool) -> Append {
    let expected = match line.version {
        Some(Version(version)) if !renumber => {
            ExpectedVersion::at(Version(version.saturating_sub(1)))
        }
        _ => ExpectedVersion::Any,
    };
    Append { stream: line.stream, expected, events: vec![line.event] }
}

#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error("read line {line}, column {column}")]
    Bad {
        line: u64,
        column: usize,
        #[source]
        problem: BadLine,
    },
    #[error("read line {line}")]
    Read {
        line: u64,
        #[source]
        error: io::Error,
    },
}

/// The events of a text's lines, up to the first error. Empty lines are passed over.
struct Lines {
    source: BufReader<Source>,
    line: u64,
    ended: bool,
}

impl Lines {
    fn new(source: Source) -> Self {
        Self { source: BufReader::new(source), line: 0, ended: false }
    }

    fn read(&mut self) -> Result<Option<Line>, LineError> {
        loop {
            let mut bytes = Vec::new();
            self.line += 1;
            let line = self.line;
            let mut limited = self.source.by_ref().take(LONGEST);
            let count = limited.read_until(b'\n', &mut bytes);
            let count = count.map_err(|error| LineError::Read { line, error })?;
            if count == 0 {
                return Ok(None);
            }
            if count as u64 == LONGEST {
                let error = io::Error::other(format!("it is longer than {} MiB", LONGEST >> 20));
                return Err(LineError::Read { line, error });
            }
            if !bytes.trim_ascii().is_empty() {
                return json_line::read(&bytes).map(Some).map_err(|problem| {
                    let column = problem.column();
                    LineError::Bad { line, column, problem }
                });
            }
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let line = self.read();
        self.ended = !matches!(line, Ok(Some(_)));
        line.transpose()
    }
}
