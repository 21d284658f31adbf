//! The `quadrille` command, as a library.
//!
//! The binary answers what a store alone can answer. A program that runs an app may mount the same
//! commands, with [`CommandLine`] or with [`run`]: operations are then carried out by the app
//! itself, where the binary asks a running app through the control stream.
//!
//! Programs that print results of their own may end as the commands do: [`say`] and [`finish`].

pub mod xes;

mod args;
mod command;
mod context;
mod control;
mod explain;
mod export;
mod format;
mod import;
mod json_line;
mod mount;
mod open;
mod output;
mod progress;
mod screen;
mod serve;
mod source;
mod table;

pub use args::{Access, Binary, BinaryCommand, Command, Mounted, ServeArgs, Target};
pub use command::execute;
pub use context::Context;
pub use control::ControlStream;
pub use mount::{CommandLine, Done, finish, main, run};
pub use open::{Opened, open};
pub use output::say;
pub use screen::Screen;
pub use source::Progress;
