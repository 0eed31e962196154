//! Small files that are replaced as a whole, or not at all.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use photobridge_core::{data, durable};

/// Writes a file so that whoever reads it, also after a power failure, finds the old text or the new one.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    data::make(directory)?;
    let mut half = OsString::from(path);
    half.push(".part");
    let mut file = File::create(&half)?;
    file.write_all(text.as_bytes())?;
    durable::file(&file)?;
    std::fs::rename(&half, path)?;
    durable::directory(directory)
}
