//! The lines of a kept run, one at a time. A crash may have cut one, and a damaged disk may hold anything: no line is
//! read beyond a length.

use std::io::{self, BufRead, Read, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

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

/// Writes a verdict as a line.
pub(super) fn write(file: &mut impl Write, verdict: &VerdictLine) -> io::Result<()> {
    serde_json::to_writer(&mut *file, &Compact(verdict))?;
    file.write_all(b"\n")
}

/// A verdict without the keys that hold nothing: they would be a sixth of the file.
struct Compact<'a>(&'a VerdictLine);

impl Serialize for Compact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Every field by name, so that none is forgotten.
        let VerdictLine {
            direction,
            verdict,
            reason,
            path,
            folder,
            name,
            asset,
            matched,
            fingerprint,
            size,
            captured,
            captured_from,
            destination,
            part_of,
            can_join,
            gets,
            lacks,
            motion,
            error,
            renames,
            files,
            trace,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("direction", direction)?;
        map.serialize_entry("verdict", verdict)?;
        map.serialize_entry("size", size)?;
        let texts = [
            ("path", path),
            ("folder", folder),
            ("name", name),
            ("asset", asset),
            ("matched", matched),
            ("fingerprint", fingerprint),
            ("captured", captured),
            ("captured_from", captured_from),
            ("destination", destination),
            ("part_of", part_of),
            ("can_join", can_join),
            ("gets", gets),
            ("lacks", lacks),
            ("motion", motion),
            ("error", error),
        ];
        for (key, text) in texts {
            text.as_ref().map_or(Ok(()), |text| map.serialize_entry(key, text))?;
        }
        reason.as_ref().map_or(Ok(()), |reason| map.serialize_entry("reason", reason))?;
        trace.as_ref().map_or(Ok(()), |trace| map.serialize_entry("trace", trace))?;
        if !renames.is_empty() {
            map.serialize_entry("renames", renames)?;
        }
        if !files.is_empty() {
            map.serialize_entry("files", files)?;
        }
        map.end()
    }
}

/// The verdict of a line.
pub(super) fn verdict(line: &[u8]) -> io::Result<VerdictLine> {
    Ok(serde_json::from_slice(line)?)
}
