//! A log that never outgrows its room: a full file is set aside, and the oldest one goes.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use photobridge_core::data;

use crate::words::clean;

/// Files, with the one that is written.
const FILES: usize = 5;

/// Bytes of one file at most.
const LARGEST: u64 = 1_000_000;

/// The log `photobridge.log` of a directory; older ones are `photobridge.1.log` to `photobridge.4.log`.
pub struct Rolling {
    directory: PathBuf,
    file: File,
    written: u64,
}

impl Rolling {
    /// Goes on with the log of a directory, or begins one.
    pub fn open(directory: &Path) -> io::Result<Self> {
        data::directory(directory)?;
        let file = data::options().append(true).create(true).open(path(directory, 0))?;
        let written = file.metadata()?.len();
        Ok(Self { directory: directory.to_owned(), file, written })
    }

    /// Sets the full file aside and begins a new one.
    fn roll(&mut self) -> io::Result<()> {
        for number in (1..FILES).rev() {
            match std::fs::rename(path(&self.directory, number - 1), path(&self.directory, number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        *self = Self::open(&self.directory)?;
        Ok(())
    }
}

fn path(directory: &Path, number: usize) -> PathBuf {
    match number {
        0 => directory.join("photobridge.log"),
        _ => directory.join(format!("photobridge.{number}.log")),
    }
}

/// Each write is one event, as `tracing-subscriber` makes them, and becomes one line.
impl Write for Rolling {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = format!("{}\n", clean(text.trim_end_matches('\n')));
        if self.written > 0 && self.written + line.len() as u64 > LARGEST {
            self.roll()?;
        }
        self.file.write_all(line.as_bytes())?;
        self.written += line.len() as u64;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn read(directory: &Path, number: usize) -> String {
        std::fs::read_to_string(path(directory, number)).expect("readable")
    }

    #[test]
    fn it_never_outgrows_five_files_and_ends_with_the_newest() {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path();
        let event = |number: usize| format!("{number:07} {}\n", "x".repeat(991));
        let mut log = Rolling::open(directory).expect("it opens");
        for number in 0..7_500 {
            log.write_all(event(number).as_bytes()).expect("written");
            if number % 1_000 == 500 {
                // The program ends and starts again.
                log = Rolling::open(directory).expect("it opens");
            }
        }
        let mut files: Vec<String> = std::fs::read_dir(directory)
            .expect("listed")
            .map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        assert_eq!(
            files,
            ["photobridge.1.log", "photobridge.2.log", "photobridge.3.log", "photobridge.4.log", "photobridge.log"]
        );
        let whole: String = (0..FILES).rev().map(|number| read(directory, number)).collect();
        assert!((0..FILES).all(|number| read(directory, number).len() as u64 <= LARGEST));
        assert_eq!(whole, (3_000..7_500).map(event).collect::<String>(), "the newest, in order, without a hole");
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let log = Mutex::new(Rolling::open(directory.path()).expect("it opens"));
        let subscriber = tracing_subscriber::fmt().with_writer(log).with_ansi(false).finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(name = %"IMG\n2026-11-25T00:00:00Z ERROR all is lost\u{1b}[2J\u{202e}gpj", "looked at");
            tracing::info!("the next");
        });
        let text = read(directory.path(), 0);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("looked at") && !text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
    }
}
