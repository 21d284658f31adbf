use crate::trace::duration;
use unicode_width::UnicodeWidthStr;

/// Where moments lie in a row of columns, as they follow one another.
pub(super) struct Axis {
    /// Each once, in microseconds.
    moments: Vec<u64>,
    columns: Vec<usize>,
    is_straight: bool,
    labels: Vec<(usize, usize, String)>,
    width: usize,
}

impl Axis {
    pub fn new(moments: impl IntoIterator<Item = u64>, width: usize) -> Self {
        let mut moments: Vec<u64> = moments.into_iter().chain([0]).collect();
        moments.sort_unstable();
        moments.dedup();
        let straight = straight(&moments, width - 1);
        let mut seen = straight.clone();
        seen.dedup();
        // Most of what differs must be seen to differ.
        let is_straight = 4 * seen.len() >= 3 * moments.len().min(width);
        let columns = if is_straight { straight } else { by_logarithm(&moments, width - 1) };
        let labels = labels(&moments, &columns, width);
        Self { moments, columns, is_straight, labels, width }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The column of a moment that the axis was made for.
    pub fn column(&self, moment: u64) -> usize {
        let at = self.moments.partition_point(|own| *own < moment);
        self.columns[at.min(self.columns.len() - 1)]
    }

    /// How it is to be read.
    pub fn about(&self) -> String {
        let all = self.moments.last().copied().unwrap_or(0);
        match (all, self.is_straight) {
            (0, _) => "all of it at one moment".to_owned(),
            (_, true) => {
                let column = all / (self.width as u64 - 1).max(1);
                format!("a straight axis: a column is {}", duration(column.max(1)))
            }
            (_, false) => {
                "not a straight axis: a gap is as wide as the logarithm of its length".to_owned()
            }
        }
    }

    /// The columns of the moments that have a label.
    pub fn ticks(&self) -> impl Iterator<Item = usize> {
        self.labels.iter().map(|(column, ..)| *column)
    }

    /// The times at the ticks.
    pub fn labels(&self) -> String {
        let mut text = String::new();
        for (_, begin, label) in &self.labels {
            text.push_str(&" ".repeat(begin.saturating_sub(text.width())));
            text.push_str(label);
        }
        text
    }

    /// The axis itself.
    pub fn scale(&self) -> String {
        let mut cells = vec!['─'; self.width];
        self.ticks().for_each(|at| cells[at] = '┬');
        cells[self.width - 1] = if cells[self.width - 1] == '┬' { '┐' } else { '─' };
        cells[0] = '┌';
        cells.into_iter().collect()
    }
}

fn straight(moments: &[u64], last: usize) -> Vec<usize> {
    let all = moments.last().copied().unwrap_or(0).max(1) as f64;
    moments.iter().map(|&at| (at as f64 / all * last as f64).round() as usize).collect()
}

/// A column for each gap, as long as there are enough; the others by the logarithms of the gaps.
fn by_logarithm(moments: &[u64], last: usize) -> Vec<usize> {
    let gaps: Vec<f64> =
        moments.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).ln_1p()).collect();
    let least = if gaps.len() <= last { 1.0 } else { 0.0 };
    let room = last as f64 - least * gaps.len() as f64;
    let all: f64 = gaps.iter().sum();
    let mut column = 0.0;
    let steps = gaps.iter().map(|gap| {
        column += least + room * gap / all;
        (column.round() as usize).min(last)
    });
    [0].into_iter().chain(steps).collect()
}

/// The labels that fit: of the beginning, of the end, and of what lies between, from the left. Each
/// with the column that it stands for and the one where it begins.
fn labels(moments: &[u64], columns: &[usize], width: usize) -> Vec<(usize, usize, String)> {
    let mut labels = vec![(0, 0, "0".to_owned())];
    let (Some(&end), Some(&column)) = (moments.last().filter(|&&end| end > 0), columns.last())
    else {
        return labels;
    };
    let text = duration(end);
    let last = (column, width.saturating_sub(text.width()), text);
    let mut free = 3;
    for (&moment, &column) in moments.iter().zip(columns) {
        let text = duration(moment);
        if column >= free && column + text.width() + 2 <= last.1 {
            free = column + text.width() + 2;
            labels.push((column, column, text));
        }
    }
    labels.push(last);
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(moments: &[u64], about: &str, labels: &str, scale: &str) {
        let axis = Axis::new(moments.iter().copied(), 21);
        assert_eq!((&*axis.about(), &*axis.labels(), &*axis.scale()), (about, labels, scale));
    }

    #[test]
    fn an_axis_is_straight_where_that_tells_moments_apart() {
        check(
            &[0, 5_000, 10_000],
            "a straight axis: a column is 500 µs",
            "0         5 ms  10 ms",
            "┌─────────┬─────────┐",
        );
        check(&[0, 0], "all of it at one moment", "0", "┌────────────────────");
    }

    #[test]
    fn gaps_of_milliseconds_and_of_weeks_are_both_seen() {
        const WEEK: u64 = 7 * 86_400_000_000;
        let moments = [0, 1_000, 3_000, WEEK, WEEK + 2_000];
        check(
            &moments,
            "not a straight axis: a gap is as wide as the logarithm of its length",
            "0  1 ms           7 d",
            "┌──┬────────────────┐",
        );
        let axis = Axis::new(moments, 21);
        let columns: Vec<usize> = moments.iter().map(|at| axis.column(*at)).collect();
        assert!(columns.is_sorted_by(|a, b| a < b), "{columns:?}");
    }

    #[test]
    fn more_moments_than_columns_still_have_places_in_their_order() {
        let moments: Vec<u64> = (0..5_000).map(|n| n * n * n).collect();
        let axis = Axis::new(moments.iter().copied(), 40);
        let columns: Vec<usize> = moments.iter().map(|at| axis.column(*at)).collect();
        assert!(columns.is_sorted());
        assert_eq!((columns[0], columns[4_999]), (0, 39));
    }
}
