use super::{Finding, Level, Report};
use crate::text::printable;
use std::fmt::{self, Display};

impl Display for Report {
    /// Findings under their lints, the gravest first, and a line that counts them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let same = |a: &Finding, b: &Finding| (a.level, a.lint) == (b.level, b.lint);
        for group in self.findings.chunk_by(same) {
            let first = &group[0];
            let level = if first.level == Level::Deny { "error" } else { "warning" };
            writeln!(f, "{level}: {}", first.lint)?;
            for finding in group {
                writeln!(f, "  {}", printable(&finding.message))?;
            }
            writeln!(f, "  → {}\n", first.way_out)?;
        }
        let (errors, warnings) = (self.count(Level::Deny), self.count(Level::Warn));
        if self.findings.is_empty() {
            f.write_str("nothing found")?;
        } else {
            let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
            write!(f, "{errors}, {warnings}")?;
        }
        match self.allowed.len() {
            0 => writeln!(f),
            allowed => writeln!(f, "; {allowed} allowed"),
        }
    }
}

/// A number of things whose name takes an `s`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
