//! The lines of a kept run, one at a time. A crash may have cut one, and a damaged disk may hold anything: no line is
//! read beyond a length.

use std::io::{self, BufRead, Read};

use crate::report::VerdictLine;

/// Bytes of the longest line: a photo of seven files with the longest paths, and every byte escaped.
const LONGEST: usize = 1 << 18;

/// Reads the next line into `line`, or nothing where it is too long. Returns how many bytes of the file that was, 0 at its
/// end.
pub(super) fn next(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let mut length = reader.by_ref().take(LONGEST as u64).read_until(b'\n', line)?;
    if length == LONGEST && line.last() != Some(&b'\n') {
        line.clear();
        length += reader.skip_until(b'\n')?;
    }
    Ok(length as u64)
}

/// The verdict of a line.
pub(super) fn verdict(line: &[u8]) -> io::Result<VerdictLine> {
    Ok(serde_json::from_slice(line)?)
}
