use similar::{Algorithm, ChangeTag, capture_diff_slices};
use std::fmt::Display;

/// What a test did so far, as its failure tells it.
#[derive(Debug, Clone, Default)]
pub struct Story {
    lines: Vec<String>,
}

impl Story {
    pub fn given(&mut self, what: impl Display) {
        self.lines.push(line("given", ' ', what));
    }

    pub fn when(&mut self, what: impl Display) {
        self.lines.push(line("when", ' ', what));
    }

    /// Something that is neither.
    pub fn note(&mut self, label: &str, what: impl Display) {
        self.lines.push(line(label, ' ', what));
    }

    /// What differs.
    pub fn difference(&mut self, label: &str, expected: &[String], got: &[String]) {
        self.lines.extend(diff(label, expected, got));
    }

    /// The story below its problem.
    pub fn tell(&self, problem: impl Display) -> String {
        format!("{problem}\n{}", self.lines.join("\n"))
    }

    /// Fails with the story.
    #[track_caller]
    pub fn fail(&self, problem: impl Display) -> ! {
        panic!("{}", self.tell(problem))
    }

    /// Fails with the story and the difference, if there is one.
    #[track_caller]
    pub fn same(&self, problem: &str, expected: &[String], got: &[String]) {
        if expected != got {
            let mut told = self.clone();
            told.difference("then", expected, got);
            told.fail(format_args!("{problem} (- expected, + got)"));
        }
    }
}

fn line(label: &str, mark: char, what: impl Display) -> String {
    format!("{label:>6} {mark} {what}").trim_end().to_owned()
}

fn diff(label: &str, expected: &[String], got: &[String]) -> Vec<String> {
    let changes = capture_diff_slices(Algorithm::Lcs, expected, got);
    let changes = changes.iter().flat_map(|change| change.iter_changes(expected, got));
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let lines = changes.zip(labels).map(|(change, label)| {
        let mark = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        line(label, mark, change.value())
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_as_small_as_it_can_be() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let expected = [
            "  then   a", //
            "       - b", //
            "         c", //
            "       + x", //
            "         d",
        ];
        assert_eq!(diff("then", &lines("a b c d"), &lines("a c x d")), expected);
    }
}
