use crate::Screen;
use quadrille_flow::is_unsafe;
use std::io;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GAP: &str = "  ";

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows under headings. The last column takes what room is left; it is cut, never wrapped.
pub(crate) struct Table {
    headings: Vec<(&'static str, Align)>,
    widths: Vec<usize>,
    rows: Vec<Row>,
    headed: bool,
}

struct Row {
    cells: Vec<String>,
    note: Option<String>,
}

impl Table {
    pub fn new(headings: &[(&'static str, Align)]) -> Self {
        let widths = headings.iter().map(|(heading, _)| heading.width()).collect();
        Self { headings: headings.to_vec(), widths, rows: Vec::new(), headed: false }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.map(|cell| cell.replace(is_unsafe, "·"));
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = cell.width().max(*width);
        }
        self.rows.push(Row { cells: cells.into(), note: None });
    }

    /// Adds a line below the last row: what is too long for a column, and too good to cut early.
    pub fn note(&mut self, note: &str) {
        if let Some(row) = self.rows.last_mut().filter(|_| !note.is_empty()) {
            row.note = Some(note.replace(is_unsafe, "·"));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && !self.headed
    }

    /// Writes the rows that there are and forgets them; the columns stay as wide as they were.
    pub fn write(&mut self, screen: &mut Screen<'_>) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if !std::mem::replace(&mut self.headed, true) {
            let headings = self.headings.iter().map(|(heading, _)| (*heading).to_owned()).collect();
            let line = self.line(headings, screen.width);
            let line = if screen.colour { format!("\x1b[1m{line}\x1b[0m") } else { line };
            screen.line(&line)?;
        }
        for row in std::mem::take(&mut self.rows) {
            screen.line(&self.line(row.cells, screen.width))?;
            if let Some(note) = row.note {
                let line = format!("  ! {note}");
                let line = screen.width.map_or_else(|| line.clone(), |room| cut(&line, room));
                let line = if screen.colour { format!("\x1b[31m{line}\x1b[0m") } else { line };
                screen.line(&line)?;
            }
        }
        Ok(())
    }

    fn line(&self, cells: Vec<String>, room: Option<usize>) -> String {
        let mut line = String::new();
        let last = cells.len() - 1;
        for (at, cell) in cells.into_iter().enumerate() {
            let space = " ".repeat(self.widths[at].saturating_sub(cell.width()));
            match self.headings[at].1 {
                Align::Right => line.extend([space, cell]),
                Align::Left if at == last => line.push_str(&cell),
                Align::Left => line.extend([cell, space]),
            }
            if at < last {
                line.push_str(GAP);
            }
        }
        let line = line.trim_end();
        room.map_or_else(|| line.to_owned(), |room| cut(line, room))
    }
}

/// The beginning of a text that fits into some columns.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used < room
    };
    let mut shown: String = text.chars().take_while(fits).collect();
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(width: Option<usize>, expected: &str) {
        let mut out = Vec::new();
        let mut screen = Screen { width, ..Screen::plain(&mut out) };
        let mut table =
            Table::new(&[("name", Align::Left), ("n", Align::Right), ("text", Align::Left)]);
        table.row(["søren".into(), "7".into(), "a\tb".into()]);
        table.row(["注文".into(), "1,000".into(), "a longer text".into()]);
        table.note("what is wrong here");
        table.write(&mut screen).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn columns_line_up_and_the_last_is_cut() {
        check(
            None,
            "name       n  text\nsøren      7  a·b\n注文   1,000  a longer text\n  ! what is wrong here\n",
        );
        check(
            Some(18),
            "name       n  text\nsøren      7  a·b\n注文   1,000  a l…\n  ! what is wrong…\n",
        );
    }
}
