//! What stands above a flow, whatever it is drawn as.

use super::{
    Elapsed, Trace, duration,
    words::{Ink, Line, time},
};

impl Trace {
    /// What there is in it, in a few words.
    pub(crate) fn facts(&self) -> Vec<String> {
        let mut facts = Vec::new();
        if let Some((began, ended)) = self.began_at.zip(self.ended_at) {
            facts.push(time(began));
            facts.push(format!("lasted {}", duration(Elapsed::between(began, ended).micros)));
        }
        let totals = &self.totals;
        let mut count = |count: usize, one: &str, many: &str| {
            if count > 0 {
                facts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        };
        count(totals.events, "event", "events");
        count(totals.commands, "command", "commands");
        count(totals.rejected, "rejected", "rejected");
        count(totals.retried, "retried", "retried");
        count(totals.compensating, "compensating", "compensating");
        count(totals.open_deadlines, "open deadline", "open deadlines");
        count(totals.parked, "parked", "parked");
        count(totals.undeclared, "undeclared effect", "undeclared effects");
        count(totals.negative, "clock in doubt", "clocks in doubt");
        let lagging = self.lagging.len();
        count(lagging, "read model behind", "read models behind");
        facts
    }

    pub(super) fn header(&self) -> Vec<Line> {
        let mut lines = vec![
            vec![(Ink::Dim, "flow ".into()), (Ink::Bold, self.correlation.to_string())],
            vec![(Ink::Dim, self.facts().join(" · "))],
        ];
        if self.truncated {
            let notice = "only its beginning was read: the flow is longer".to_owned();
            lines.push(vec![(Ink::Red, notice)]);
        }
        lines
    }
}
