use super::{Lane, Row, Sequence, Told};
use crate::trace::{
    Elapsed, Trace, TreeStyle, What, duration,
    words::{Ink, Line, MODEL, describe, draw, lagging, sign},
};
use unicode_width::UnicodeWidthStr;

/// Columns of the time in front.
const TIME: usize = 12;
/// Columns of a page whose width is not told.
const PAGE: usize = 100;
/// The least and the greatest distance of two lanes.
const NEAR: usize = 3;
const FAR: usize = 16;

impl Trace {
    /// The flow as a sequence diagram of text, from the top to the bottom in the order of the log.
    /// Components are lanes; callers and other flows are one lane, `outside`
    /// (or `callers`, where a component has that name). A solid line is a
    /// command, from whoever sent it to whoever took it; a dotted one leads from an event to a
    /// consumer that it was read by. What is said of each stands at the right.
    pub fn sequence(&self, style: TreeStyle) -> String {
        let sequence = Sequence::new(self);
        let mut text = String::new();
        for line in self.header() {
            draw(&mut text, line, style);
        }
        let grid = Grid::new(&sequence.lanes, style.width.unwrap_or(PAGE));
        grid.headings(&sequence.lanes).into_iter().for_each(|line| draw(&mut text, line, style));
        for row in &sequence.rows {
            draw(&mut text, self.sequence_line(row, &grid), style);
        }
        text
    }

    fn sequence_line(&self, row: &Row<'_>, grid: &Grid) -> Line {
        let mut line = Line::new();
        match row.told {
            Told::Node(at) => {
                let node = &self.nodes[at];
                let began = self.began_at.zip(node.at);
                let since = began.map(|(began, at)| Elapsed::between(began, at));
                let since = since.map(|since| duration(since.micros)).unwrap_or_default();
                line.push((Ink::Dim, format!("{since:>TIME$}  ")));
                let is_message = matches!(node.what, What::Command(_));
                grid.row(row, sign(node), is_message, &mut line);
                line.push((Ink::Plain, "  ".into()));
                describe(node, None, &mut line);
            }
            Told::Lagging(model) => {
                line.push((Ink::Dim, " ".repeat(TIME + 2)));
                grid.row(row, MODEL, false, &mut line);
                line.push((Ink::Plain, "  ".into()));
                line.extend(lagging(model));
            }
        }
        line
    }
}

/// Where the lanes lie.
struct Grid {
    lanes: usize,
    apart: usize,
}

impl Grid {
    /// Lanes take two fifths of the page at most, as long as they can be told apart.
    fn new(lanes: &[Lane<'_>], page: usize) -> Self {
        let room = page * 2 / 5 / lanes.len().max(1);
        let names = lanes.iter().map(|lane| lane.name().width() + 2).max().unwrap_or(0);
        let apart = if names <= room { names } else { room };
        Self { lanes: lanes.len(), apart: apart.clamp(NEAR, FAR) }
    }

    /// The names above their lanes: beside one another where they fit, else as stairs.
    fn headings(&self, lanes: &[Lane<'_>]) -> Vec<Line> {
        let ahead = lanes.split_last().map_or(lanes, |(_, ahead)| ahead);
        let fit = ahead.iter().all(|lane| lane.name().width() < self.apart);
        let first = format!("{:>TIME$}  ", "+start");
        let blank = " ".repeat(TIME + 2);
        if fit {
            let mut names = String::new();
            for (at, lane) in lanes.iter().enumerate() {
                let column = at * self.apart;
                names.push_str(&" ".repeat(column.saturating_sub(names.width())));
                names.push_str(lane.name());
            }
            return vec![vec![(Ink::Dim, first), (Ink::Bold, names)]];
        }
        let stair = |(at, lane): (usize, &Lane<'_>)| {
            let front = if at + 1 == lanes.len() { &first } else { &blank };
            let passed = format!("│{}", " ".repeat(self.apart - 1)).repeat(at);
            vec![(Ink::Dim, front.clone() + &passed), (Ink::Bold, lane.name().to_owned())]
        };
        lanes.iter().enumerate().map(stair).collect()
    }

    /// The lanes at one row, with its sign and the line that leads there.
    fn row(&self, row: &Row<'_>, sign: (char, Ink), is_message: bool, line: &mut Line) {
        let mut cells = vec![(' ', Ink::Dim); (self.lanes - 1) * self.apart + 1];
        (0..self.lanes).for_each(|lane| cells[lane * self.apart].0 = '│');
        let to = row.to * self.apart;
        if let Some(from) = row.from.filter(|from| *from != row.to) {
            let from = from * self.apart;
            let ink = if sign.1 == Ink::Red { Ink::Red } else { Ink::Plain };
            for cell in &mut cells[from.min(to) + 1..from.max(to)] {
                *cell = match (cell.0, is_message) {
                    ('│', true) => ('┼', ink),
                    ('│', false) => ('│', Ink::Dim),
                    (_, true) => ('─', ink),
                    (_, false) => ('┄', ink),
                };
            }
            cells[from] = (if from < to { '├' } else { '┤' }, ink);
        }
        cells[to] = sign;
        for run in cells.chunk_by(|a, b| a.1 == b.1) {
            line.push((run[0].1, run.iter().map(|cell| cell.0).collect()));
        }
    }
}
