use similar::{Algorithm, ChangeTag, capture_diff_slices};

/// The lines that differ, each with a sign in front.
pub(super) fn difference(expected: &[String], got: &[String]) -> String {
    let changes = capture_diff_slices(Algorithm::Lcs, expected, got);
    let changes = changes.iter().flat_map(|change| change.iter_changes(expected, got));
    let lines = changes.filter_map(|change| match change.tag() {
        ChangeTag::Equal => None,
        ChangeTag::Delete => Some(format!("- {}", change.value())),
        ChangeTag::Insert => Some(format!("+ {}", change.value())),
    });
    lines.collect::<Vec<_>>().join("\n")
}
