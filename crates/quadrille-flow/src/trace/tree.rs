use super::{
    Elapsed, Node, Trace, What, duration,
    sections::Sections,
    words::{Ink, Line, describe, draw, lagging},
};

/// Columns of each of the two times in front.
const TIME: usize = 12;

/// How a flow is drawn as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeStyle {
    /// Columns to keep within; `None` never cuts a line.
    pub width: Option<usize>,
    /// Whether to use the terminal's colours.
    pub colour: bool,
}

impl Trace {
    /// The flow as a tree of text. In front of each line stand the time since the flow began and
    /// the time since its cause. What lies deeper than 16 levels goes on further down, at the left:
    /// both places have the same number, and the first line of the second names the node again.
    pub fn tree(&self, style: TreeStyle) -> String {
        self.draw_tree(style, false)
    }

    /// The same tree, and below each step of a process manager what it changed in the state of its
    /// instance, field by field.
    pub fn tree_with_states(&self, style: TreeStyle) -> String {
        self.draw_tree(style, true)
    }

    fn draw_tree(&self, style: TreeStyle, with_states: bool) -> String {
        let mut text = String::new();
        for line in self.header() {
            draw(&mut text, line, style);
        }
        let columns = format!("{:>TIME$}{:>TIME$}  ", "+start", "+cause");
        draw(&mut text, vec![(Ink::Dim, columns)], style);
        let sections = Sections::new(&self.nodes);
        for section in sections.iter() {
            if let Some((from, number)) =
                section.from.and_then(|at| Some((at, sections.number(at)?)))
            {
                draw(&mut text, self.goes_on(from, number), style);
            }
            for &at in &section.nodes {
                let node = &self.nodes[at];
                let mut line = vec![self.times(node), (Ink::Dim, sections.branches(at))];
                describe(node, node.parent.map(|parent| &self.nodes[parent].what), &mut line);
                draw(&mut text, line, style);
                if let (What::Step(step), true) = (&node.what, with_states) {
                    for change in &step.changes {
                        let front = format!("{:1$}{2}", "", 2 * TIME + 2, sections.details(at));
                        let change = (Ink::Plain, change.to_string());
                        draw(&mut text, vec![(Ink::Dim, front), change], style);
                    }
                }
                if let Some(number) = sections.number(at) {
                    let below = sections.branches_below(at);
                    let line = format!("{:1$}{below}", "", 2 * TIME + 2);
                    let note = (Ink::Yellow, format!("… goes on at [{number}]"));
                    draw(&mut text, vec![(Ink::Dim, line), note], style);
                }
            }
        }
        for model in &self.lagging {
            let mut line = vec![(Ink::Dim, format!("{:1$}", "", 2 * TIME + 2))];
            line.extend(lagging(model));
            draw(&mut text, line, style);
        }
        text
    }

    /// The top of a piece: its number, and once more the node that it goes on from, whose times
    /// stand where it was first.
    fn goes_on(&self, from: usize, number: usize) -> Line {
        let mark = format!("[{number}]");
        let mut line = vec![(Ink::Yellow, format!("{mark:>0$}  ", 2 * TIME))];
        describe(&self.nodes[from], None, &mut line);
        line.push((Ink::Dim, "  goes on here".into()));
        line
    }

    fn times(&self, node: &Node) -> (Ink, String) {
        let began = self.began_at.zip(node.at);
        let since_start = began.map(|(began, at)| duration(Elapsed::between(began, at).micros));
        let since_cause = node.since_cause.map(|since| match since.negative {
            true => "0 (!)".to_owned(),
            false => duration(since.micros),
        });
        let (start, cause) = (since_start.unwrap_or_default(), since_cause.unwrap_or_default());
        let doubtful = node.since_cause.is_some_and(|since| since.negative);
        (if doubtful { Ink::Red } else { Ink::Dim }, format!("{start:>TIME$}{cause:>TIME$}  "))
    }
}
