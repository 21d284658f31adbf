use std::io::{self, IsTerminal, Write};
use terminal_size::{Width, terminal_size};

/// Where a command writes, and what can be shown there.
pub struct Screen<'a> {
    /// Where results go.
    pub out: &'a mut (dyn Write + Send),
    /// The columns that there are; `None` cuts nothing.
    pub width: Option<usize>,
    /// Whether colours are wanted.
    pub colour: bool,
    pub(crate) progress: Show,
}

/// How progress is shown, on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    Nothing,
    Lines,
    Bar,
}

impl<'a> Screen<'a> {
    /// Text without colours, whole lines, and no progress: for files, tests and other programs.
    pub fn plain(out: &'a mut (dyn Write + Send)) -> Self {
        Self { out, width: None, colour: false, progress: Show::Nothing }
    }

    /// Standard output as it is: a terminal has a width, and colours unless `NO_COLOR` is set.
    pub fn standard(out: &'a mut (dyn Write + Send)) -> Self {
        let terminal = io::stdout().is_terminal();
        let width = terminal_size().map_or(100, |(Width(columns), _)| usize::from(columns));
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            out,
            width: terminal.then_some(width),
            colour: terminal && !no_colour && !dumb,
            progress: if io::stderr().is_terminal() { Show::Bar } else { Show::Lines },
        }
    }

    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// One JSON document.
    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.out, value)?;
        writeln!(self.out)
    }
}
