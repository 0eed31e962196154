//! Small files that are read and replaced as a whole, or not at all.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use photobridge_core::{data, durable};
use photobridge_files::open_file;

/// Reads a file of at most so many bytes. A longer one is something else; so is what is no file, and may never end.
pub fn read(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    open_file(path)?.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {most} bytes")));
    }
    Ok(text)
}

/// The directories above a path that are not there, the innermost first: those that making it makes.
pub fn missing_above(path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().skip(1).take_while(|directory| !directory.exists());
    above.map(Path::to_owned).collect()
}

/// Writes a file so that whoever reads it, also after a power failure, finds the old text or the new one.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    data::make(directory)?;
    let mut half = OsString::from(path);
    half.push(".part");
    let mut file = data::create(Path::new(&half))?;
    file.write_all(text.as_bytes())?;
    durable::file(&file)?;
    std::fs::rename(&half, path)?;
    durable::directory(directory)
}
