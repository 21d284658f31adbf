use crate::{
    Progress,
    format::{count, counted},
    screen::Show,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, Write};

/// Without a terminal, a line is printed for each so many events.
const EVERY: u64 = 50_000;

/// Tells on standard error how far an import or an export has come.
pub(crate) struct Meter {
    bar: Option<ProgressBar>,
    show: Show,
    read: Progress,
    told: u64,
}

impl Meter {
    /// A meter of a file of `length` bytes, if that is known.
    pub fn new(show: Show, length: Option<u64>, read: Progress) -> Self {
        let bar = (show == Show::Bar).then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(length, target);
            let form = match length {
                Some(_) => "{bar:30} {percent:>3} %  {msg}  {elapsed}",
                None => "{spinner} {msg}  {elapsed}",
            };
            match ProgressStyle::with_template(form) {
                Ok(style) => bar.with_style(style.progress_chars("━╸─")),
                Err(_) => bar,
            }
        });
        Self { bar, show, read, told: 0 }
    }

    /// So many events are done, of so many cases where there are cases.
    pub fn tell(&mut self, events: u64, cases: Option<u64>) {
        let cases = cases.map(|cases| format!(" of {}", counted(cases, "case", "cases")));
        let message = format!("{} events{}", count(events), cases.unwrap_or_default());
        if let Some(bar) = &self.bar {
            bar.set_position(self.read.bytes());
            bar.set_message(message);
        } else if self.show == Show::Lines && events / EVERY > self.told / EVERY {
            // Progress is no result: nobody need read it.
            let _ = writeln!(io::stderr(), "{message}");
        }
        self.told = events;
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
