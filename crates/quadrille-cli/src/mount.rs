use crate::{
    Binary, Command, Context, Mounted, Screen,
    args::BinaryCommand,
    command::{execute, flow::run_on},
    explain::chain,
    open::{check_read_models, migrate, open},
    output::{Output, is_closed},
    serve::serve,
};
use clap::Parser;
use quadrille_core::error::BoxError;
use quadrille_flow::is_unsafe;
use std::{
    error::Error,
    ffi::OsString,
    io::{self, Write},
    iter,
    process::ExitCode,
    sync::Arc,
};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// It did what was asked.
    Well,
    /// It was a check, and found something.
    Found,
    /// The usage was wrong, or there was an error.
    Failed,
}

impl From<Done> for ExitCode {
    fn from(done: Done) -> Self {
        Self::from(match done {
            Done::Well => 0,
            Done::Found => 1,
            Done::Failed => 2,
        })
    }
}

/// Something whose commands can be called as `quadrille` calls those of a store, such as a running
/// app.
pub trait CommandLine {
    /// What the commands work on.
    fn command_line(&self) -> Context;
}

impl CommandLine for quadrille::App {
    fn command_line(&self) -> Context {
        Context {
            app: Some(self.clone()),
            store: self.store().clone(),
            state: Some(self.state().clone()),
            models: Some(self.read_models().clone()),
            operations: Arc::new(self.clone()),
        }
    }
}

/// Runs the binary: the first argument is the program's name. Errors go to standard error.
pub async fn main(args: impl IntoIterator<Item = OsString>) -> Done {
    let binary = match Binary::try_parse_from(args) {
        Ok(binary) => binary,
        Err(error) => return usage(&error, &mut Output(io::stdout())),
    };
    let mut out = io::BufWriter::new(Output(io::stdout()));
    let done = run_binary(binary, &mut Screen::standard(&mut out)).await;
    end(done, &mut out)
}

async fn run_binary(binary: Binary, screen: &mut Screen<'_>) -> Result<Done, BoxError> {
    let Binary { target, command } = binary;
    let command = match command {
        BinaryCommand::Migrate => {
            screen.line(&migrate(&target).await?)?;
            return Ok(Done::Well);
        }
        BinaryCommand::Serve(args) => {
            serve(&args, &target, screen).await?;
            return Ok(Done::Well);
        }
        BinaryCommand::Other(Command::Flow(flow)) if !flow.needs_store() => {
            return run_on(*flow, None, screen).await;
        }
        BinaryCommand::Other(command) => command,
    };
    if command.needs_read_models() {
        check_read_models(&target)?;
    }
    let opened = open(&target, command.access(), command.patience()).await?;
    let done = execute(command, &opened.context, screen).await;
    opened.close().await;
    done
}

/// Runs one command within a program: the first argument is the program's name. Results go to
/// `out` as plain text, errors to standard error.
pub async fn run(
    args: impl IntoIterator<Item = OsString>,
    context: &Context,
    out: &mut (dyn Write + Send),
) -> Done {
    let command = match Mounted::try_parse_from(args) {
        Ok(mounted) => mounted.command,
        Err(error) => return usage(&error, out),
    };
    let mut out = Output(out);
    let done = execute(command, context, &mut Screen::plain(&mut out)).await;
    end(done, &mut out)
}

impl Context {
    /// Runs a command, given without the program's name, on standard output.
    ///
    /// # Errors
    /// When there is no such command, or it cannot be done.
    pub async fn print(&self, args: impl IntoIterator<Item = &str>) -> Result<Done, BoxError> {
        let args = iter::once("quadrille").chain(args);
        let command = Mounted::try_parse_from(args)?.command;
        let mut out = io::BufWriter::new(Output(io::stdout()));
        let done = execute(command, self, &mut Screen::standard(&mut out)).await?;
        out.flush()?;
        Ok(done)
    }

    /// Runs the command that this program was called with, on its standard output.
    pub async fn run(&self) -> Done {
        let command = match Mounted::try_parse() {
            Ok(mounted) => mounted.command,
            Err(error) => return usage(&error, &mut Output(io::stdout())),
        };
        let mut out = io::BufWriter::new(Output(io::stdout()));
        let done = execute(command, self, &mut Screen::standard(&mut out)).await;
        end(done, &mut out)
    }
}

/// Help goes where results go; anything else was wrong usage.
fn usage(error: &clap::Error, out: &mut dyn Write) -> Done {
    if error.use_stderr() {
        // There is nowhere to say that standard error is closed.
        let _ = error.print();
        return Done::Failed;
    }
    match write!(out, "{}", error.render()) {
        Ok(()) => Done::Well,
        Err(error) => end(Err(error.into()), out),
    }
}

fn end(done: Result<Done, BoxError>, out: &mut dyn Write) -> Done {
    let done = done.and_then(|done| Ok(out.flush().map(|()| done)?));
    done.unwrap_or_else(|error| {
        // What was written before the error belongs in front of it.
        let _ = out.flush();
        tell(&*error)
    })
}

/// Ends a program as the commands end: an error is told on standard error, in one line with all
/// that led to it, and makes the exit code 2. It is quiet where nobody reads the output any more,
/// for which it must have been written with [`say`](crate::say).
pub fn finish(done: Result<Done, Box<dyn Error>>) -> ExitCode {
    done.unwrap_or_else(|error| tell(&*error)).into()
}

fn tell(error: &(dyn Error + 'static)) -> Done {
    // Whoever closes the pipe has read enough.
    if is_closed(error) {
        return Done::Well;
    }
    // Those about a TOML file have lines.
    let told = chain(error).replace(|c: char| c != '\n' && is_unsafe(c), "·");
    let _ = writeln!(io::stderr(), "error: failed to {told}");
    Done::Failed
}
