use crate::{Meter, about};
use anyhow::Result;
use bench_harness::settings::data;
use std::{
    fs::{self, File},
    io::{Seek, SeekFrom, Write},
};

const LENGTH: usize = 16 << 20;

/// Flushes a second, of a file that has its length already.
pub fn run() -> Result<()> {
    fs::create_dir_all(data())?;
    let path = data().join("flushed");
    for (case, block) in [("4 KiB", 4 << 10), ("64 KiB", 64 << 10)] {
        let mut file = File::create(&path)?;
        file.write_all(&vec![7; LENGTH])?;
        file.sync_all()?;
        let mut meter = Meter::start();
        while meter.goes_on() {
            let at = meter.done as usize * block % LENGTH;
            file.seek(SeekFrom::Start(at as u64))?;
            file.write_all(&vec![8; block])?;
            file.sync_data()?;
            meter.done += 1;
        }
        meter.report(&about("the disk", "every write is flushed"), "write and flush", case);
    }
    Ok(fs::remove_file(path)?)
}
