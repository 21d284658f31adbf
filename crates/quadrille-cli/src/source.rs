//! Files to import: plain or gzipped, with their progress.

use flate2::bufread::MultiGzDecoder;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A file's text, unpacked.
pub(crate) type Source = Box<dyn Read + Send>;

/// How much of a file was read, in bytes as they lie on disk. Clones show the same.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Opens a file, gzipped or not, whatever it is called.
pub(crate) fn open(path: &Path, progress: &Progress) -> io::Result<Source> {
    unpack(File::open(path)?, progress)
}

/// Reads standard input, gzipped or not.
pub(crate) fn standard_input(progress: &Progress) -> io::Result<Source> {
    unpack(io::stdin(), progress)
}

fn unpack(inner: impl Read + Send + 'static, progress: &Progress) -> io::Result<Source> {
    let counted = Counted { inner, progress: progress.clone() };
    let mut packed = BufReader::with_capacity(64 << 10, counted);
    let gzipped = packed.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) })
}

struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.progress.0.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
