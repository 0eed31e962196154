//! How things are said to people: safe for a terminal, counted, sized.

use photobridge_core::report::{Direction, Report};
use photobridge_core::sync::Command;

use crate::exit::Error;

/// Prints a line. Whoever stops reading us stops us quietly, as with any other tool.
macro_rules! say {
    ($($word:tt)*) => {
        $crate::words::print(&format!($($word)*))?
    };
}
pub(crate) use say;

/// Prints a line on standard output.
pub fn print(line: &str) -> Result<(), Error> {
    use std::io::Write;
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Error::NobodyReads),
        Err(error) => Err(Error::Io("standard output".into(), error)),
        Ok(()) => Ok(()),
    }
}

/// A text from outside, made safe for a terminal: control characters and the marks that turn text around are shown
/// as what they are, so that a file name cannot move the cursor or hide its ending.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            clean.extend(c.escape_unicode());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// JSON made safe for a terminal as [`clean`] does, but as JSON's own escapes: whoever parses it sees the same text.
pub fn clean_json(json: &str) -> String {
    let mut clean = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) {
            // All of these have four digits at most, and stand only within strings.
            clean.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Control characters and the marks that turn text around.
fn is_unsafe(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    (c.is_control() && c != '\n') || turns
}

/// `1 photo`, `2 photos`.
pub fn count(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", thousands(n)) }
}

/// 12345 as `12,345`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// What a run came to, on one line.
pub fn came_to(report: &Report) -> String {
    let is_simulated = report.command == Command::Simulate;
    let way = |direction: &Direction, verb: &str| {
        let carried = match is_simulated {
            true => format!("{} to {verb}", thousands(direction.planned)),
            false => format!("{} {verb}ed", thousands(direction.applied)),
        };
        let failed = match direction.failed {
            0 => String::new(),
            failed => format!(", {} failed", thousands(failed)),
        };
        format!("{carried}, {} skipped{failed}", thousands(direction.skipped.values().sum()))
    };
    let ways = [(&report.import, "import"), (&report.export, "export")];
    let ways: Vec<String> =
        ways.into_iter().filter_map(|(direction, verb)| Some(way(direction.as_ref()?, verb))).collect();
    let stopped = report.stopped.as_ref().map(|why| format!("; stopped: {why}")).unwrap_or_default();
    format!("{}{stopped}", ways.join("; "))
}

/// Bytes as people read them, in powers of 1,000 as on the boxes of disks.
pub fn size(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_drive_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}gpj.exe"), "a\\u{1b}[2Jb\\u{202e}gpj.exe");
        assert_eq!(clean("Größe 大 é.jpg"), "Größe 大 é.jpg");
    }

    #[test]
    fn json_stays_the_same_text() {
        let name = "a\u{7f}\u{9b}b\u{202e}gpj.exe";
        let clean = clean_json(&serde_json::to_string(name).expect("JSON"));
        assert_eq!(clean, "\"a\\u007f\\u009bb\\u202egpj.exe\"");
        assert_eq!(serde_json::from_str::<String>(&clean).expect("JSON"), name);
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(count(1, "photo"), "1 photo");
        assert_eq!(count(0, "photo"), "0 photos");
        assert_eq!(count(1_234_567, "file"), "1,234,567 files");
    }
}
