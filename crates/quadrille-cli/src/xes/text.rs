use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
};

/// Longest piece of text that is read at once: a tag, a comment, the space between two tags.
const LONGEST_PIECE: usize = 16 << 20;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
}

impl Place {
    /// The beginning of a text.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place of the first character of `text` that is not white space, if `text` begins here.
    pub(super) fn behind_space(self, text: &str) -> Self {
        let space = text.chars().take_while(|c| c.is_whitespace());
        space.fold(self, |place, c| match c {
            '\n' => Self { line: place.line + 1, column: 1 },
            _ => Self { column: place.column + 1, ..place },
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A buffered text that knows the place up to which it was consumed.
pub(super) struct Text<R> {
    inner: BufReader<R>,
    place: Place,
    piece: usize,
}

impl<R: Read> Text<R> {
    pub fn new(inner: R) -> Self {
        let inner = BufReader::with_capacity(64 << 10, inner);
        Self { inner, place: Place::START, piece: 0 }
    }

    pub fn place(&self) -> Place {
        self.place
    }

    /// From here on the next piece is counted.
    pub fn begin_piece(&mut self) {
        self.piece = 0;
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Text<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece > LONGEST_PIECE {
            let problem = format!("a tag or a text is longer than {} MiB", LONGEST_PIECE >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        for &byte in &self.inner.buffer()[..count] {
            if byte == b'\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                self.place.column += 1;
            }
        }
        self.piece += count;
        self.inner.consume(count);
    }
}
