use super::Reader;
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

/// How much of a file was read, in bytes as they lie on disk. Clones show the same.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Opens a log: XML, or XML in gzip, whatever the file is called.
///
/// # Errors
/// When the file cannot be read.
pub fn open(path: &Path) -> io::Result<Reader<Box<dyn Read + Send>>> {
    open_with_progress(path, &Progress::default())
}

/// Opens a log, and lets `progress` tell how much of the file was read.
///
/// # Errors
/// When the file cannot be read.
pub fn open_with_progress(
    path: &Path,
    progress: &Progress,
) -> io::Result<Reader<Box<dyn Read + Send>>> {
    let file = Counted { inner: File::open(path)?, progress: progress.clone() };
    let mut file = BufReader::with_capacity(64 << 10, file);
    let gzipped = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(Reader::new(if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }))
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
