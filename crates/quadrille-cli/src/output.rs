//! Standard output of programs that are piped into others.

use std::{
    error::Error,
    fmt::Display,
    io::{self, Write},
    iter::successors,
};

/// Passes on what is written, and marks its errors: a pipe that nobody reads any more is then told
/// from one to a server.
pub(crate) struct Output<W>(pub W);

#[derive(Debug, thiserror::Error)]
#[error("write the result")]
struct Unwritten(#[source] io::Error);

fn marked<T>(done: io::Result<T>) -> io::Result<T> {
    // Writing goes on after an interruption: who calls looks for that very kind.
    done.map_err(|error| io::Error::new(error.kind(), Unwritten(error)))
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        marked(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        marked(self.0.flush())
    }
}

/// Writes a line to standard output, as `println!` does, which panics where nobody reads it. The
/// error is for [`finish`](crate::finish), which knows what it means.
///
/// # Errors
/// When it cannot be written.
pub fn say(text: impl Display) -> io::Result<()> {
    writeln!(Output(io::stdout()), "{text}")
}

/// Whether nobody reads the output any more.
pub(crate) fn is_closed(error: &(dyn Error + 'static)) -> bool {
    let unwritten =
        |error: &io::Error| error.get_ref().is_some_and(|inner| inner.is::<Unwritten>());
    successors(Some(error), |error| (*error).source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe && unwritten(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_told_from_a_server_that_is_gone() {
        let ours = writeln!(Output(Closed), "text").unwrap_err();
        assert!(is_closed(&ours));
        let json = serde_json::to_writer(&mut Output(Closed), &[1]).unwrap_err();
        assert!(is_closed(&io::Error::from(json)));
        let others = io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(!is_closed(&others));
    }
}
