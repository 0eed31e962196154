//! The lines of a kept run, one at a time. A crash may have cut one, and a damaged disk may hold anything: no line is
//! read beyond a length.

use std::io::{self, BufRead, Read};

use serde::Serialize;

use crate::item::Stamp;
use crate::report::{Kind, Spot, Trace, VerdictLine};

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

/// Writes a verdict as a line, without the keys that hold nothing: they would be a sixth of the file.
pub(super) fn write(to: &mut Vec<u8>, verdict: &VerdictLine) -> io::Result<()> {
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
    } = verdict;
    let mut line = Line { to, separator: b'{' };
    line.text("direction", direction.as_str())?;
    line.text("verdict", verdict.as_str())?;
    line.value("size", size)?;
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
        text.as_deref().map_or(Ok(()), |text| line.text(key, text))?;
    }
    reason.map_or(Ok(()), |reason| line.text("reason", reason.as_str()))?;
    trace.as_ref().map_or(Ok(()), |trace| line.object("trace", |line| write_trace(line, trace)))?;
    if !renames.is_empty() {
        line.value("renames", renames)?;
    }
    if !files.is_empty() {
        line.value("files", files)?;
    }
    line.end();
    to.push(b'\n');
    Ok(())
}

/// Writes what leads from a verdict back to its photo, as serde would.
fn write_trace(line: &mut Line<'_>, trace: &Trace) -> io::Result<()> {
    let Trace { file, other, kind, pixels, duration_ms, primary, companion, along } = trace;
    if let Some(Spot { folder, stamp, raw }) = file {
        line.object("file", |line| {
            line.value("folder", folder)?;
            stamp.map_or(Ok(()), |stamp| line.object("stamp", |line| write_stamp(line, stamp)))?;
            raw.as_ref().map_or(Ok(()), |raw| line.value("raw", raw))
        })?;
    }
    other.as_ref().map_or(Ok(()), |other| line.value("other", other))?;
    if *kind != Kind::Photo {
        line.value("kind", kind)?;
    }
    pixels.map_or(Ok(()), |pixels| line.value("pixels", &pixels))?;
    duration_ms.map_or(Ok(()), |length| line.value("duration_ms", &length))?;
    primary.map_or(Ok(()), |size| line.value("primary", &size))?;
    companion.map_or(Ok(()), |role| line.value("companion", &role))?;
    if along.is_empty() { Ok(()) } else { line.value("along", along) }
}

fn write_stamp(line: &mut Line<'_>, Stamp { size, mtime, ctime, inode }: Stamp) -> io::Result<()> {
    line.value("size", &size)?;
    line.value("mtime", &mtime)?;
    line.value("ctime", &ctime)?;
    line.value("inode", &inode)
}

/// A JSON object that is being written. A sync writes one for each photo of both sides, and serde_json looks at each byte of
/// each key.
struct Line<'a> {
    to: &'a mut Vec<u8>,
    /// What stands before the next key.
    separator: u8,
}

impl Line<'_> {
    /// An object in it.
    fn object(&mut self, key: &str, write: impl FnOnce(&mut Line<'_>) -> io::Result<()>) -> io::Result<()> {
        self.key(key);
        let mut inner = Line { to: &mut *self.to, separator: b'{' };
        write(&mut inner)?;
        inner.end();
        Ok(())
    }

    fn end(self) {
        // Nothing may have been said.
        self.to.extend((self.separator == b'{').then_some(b'{'));
        self.to.push(b'}');
    }

    fn key(&mut self, key: &str) {
        self.to.extend([self.separator, b'"']);
        self.to.extend(key.as_bytes());
        self.to.extend(b"\":");
        self.separator = b',';
    }

    fn value(&mut self, key: &str, value: &impl Serialize) -> io::Result<()> {
        self.key(key);
        Ok(serde_json::to_writer(&mut *self.to, value)?)
    }

    fn text(&mut self, key: &str, text: &str) -> io::Result<()> {
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        // All of them, since that is several bytes at a time.
        if text.bytes().fold(false, |any, byte| any | is_special(byte)) {
            return self.value(key, &text);
        }
        self.key(key);
        self.to.push(b'"');
        self.to.extend(text.as_bytes());
        self.to.push(b'"');
        Ok(())
    }
}

/// The verdict of a line.
pub(super) fn verdict(line: &[u8]) -> io::Result<VerdictLine> {
    Ok(serde_json::from_slice(line)?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(line: &Value) -> Value {
        let verdict: VerdictLine = serde_json::from_value(line.clone()).expect("a line");
        let mut bytes = Vec::new();
        write(&mut bytes, &verdict).expect("memory takes it");
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1, "it is one line");
        serde_json::from_slice(&bytes).expect("it is JSON")
    }

    #[test]
    fn all_that_a_verdict_says_is_written_and_nothing_else() {
        let stamp = json!({"size": 7, "mtime": -1, "ctime": 2, "inode": 18_446_744_073_709_551_615_u64});
        let everything = json!({
            "direction": "import", "verdict": "skipped", "size": 9, "path": "a/\u{e9} \"b\"\\c\n\u{1}\u{7f}.jpg", "folder": "/f",
            "name": "n", "asset": "A", "matched": "m", "fingerprint": "f", "captured": "2024", "captured_from": "EXIF",
            "destination": "d", "part_of": "p", "can_join": "j", "gets": "g", "lacks": "l", "motion": "o", "error": "e",
            "reason": "same bytes", "renames": [{"from": "x", "to": "y"}],
            "files": [{"role": "photo", "path": "a.jpg", "reason": null}],
            "trace": {
                "file": {"folder": 3, "stamp": stamp, "raw": {"Unix": [255, 46]}}, "other": {"asset": "B"},
                "kind": "live-photo", "pixels": [1, 2], "duration_ms": 4, "primary": 5, "companion": "paired-video",
                "along": [stamp],
            },
        });
        assert_eq!(written(&everything), everything);
        let least = json!({"direction": "export", "verdict": "failed", "size": 0, "trace": {}});
        assert_eq!(written(&least), least);
        let spot = json!({"direction": "export", "verdict": "planned", "size": 0, "trace": {"file": {"folder": 1}}});
        assert_eq!(written(&spot), spot);
    }
}
