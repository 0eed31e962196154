//! Runs and verdicts as rows of CSV (RFC 4180), safe to open in a spreadsheet.

use photobridge_core::report::{Direction, VerdictLine};

use crate::history::Run;

/// The columns of runs.
pub const RUN: [&str; 20] = [
    "run",
    "command",
    "mode",
    "started_by",
    "started",
    "ended",
    "duration_ms",
    "state",
    "words",
    "import_seen",
    "import_planned",
    "import_applied",
    "import_skipped",
    "import_failed",
    "export_seen",
    "export_planned",
    "export_applied",
    "export_skipped",
    "export_failed",
    "bytes_read",
];

/// The columns of verdicts; `docs/json.md` says what they mean. The paths of several files stand one below the other.
pub const VERDICT: [&str; 21] = [
    "direction",
    "verdict",
    "reason",
    "path",
    "name",
    "asset",
    "matched",
    "fingerprint",
    "size",
    "captured",
    "captured_from",
    "destination",
    "error",
    "files",
    "folder",
    "part_of",
    "can_join",
    "motion",
    "renames",
    "gets",
    "lacks",
];

/// One cell.
enum Cell {
    Number(u64),
    Text(String),
}

impl Cell {
    fn text(text: Option<impl ToString>) -> Self {
        Self::Text(text.map(|text| text.to_string()).unwrap_or_default())
    }

    fn number(number: Option<u64>) -> Self {
        number.map_or(Self::Text(String::new()), Self::Number)
    }

    /// A text that a spreadsheet would take for a formula gets an apostrophe in front: names of files come from anybody.
    fn written(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) if begins_a_formula(&text) => format!("'{text}"),
            Self::Text(text) => text,
        }
    }
}

/// The full-width forms count for the programs that take them for the others.
fn begins_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

/// One line.
pub fn line(cells: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).expect("a line fits into memory");
    writer.into_inner().expect("a line fits into memory")
}

/// The line above all others.
pub fn header(names: &[&str]) -> Vec<u8> {
    line(names.iter().map(|name| (*name).to_owned()))
}

/// A run.
pub fn run(run: &Run) -> Vec<u8> {
    let direction = |of: fn(&photobridge_core::report::Report) -> &Option<Direction>| {
        let direction = run.report.as_ref().and_then(|report| of(report).as_ref());
        let count = |of: fn(&Direction) -> u64| Cell::number(direction.map(of));
        [
            count(|way| way.seen),
            count(|way| way.planned),
            count(|way| way.applied),
            count(|way| way.skipped.values().sum()),
            count(|way| way.failed),
        ]
    };
    let first = [
        Cell::text(Some(run.run)),
        Cell::text(Some(&run.command)),
        Cell::text(Some(&run.mode)),
        Cell::text(run.started_by.as_ref()),
        Cell::text(run.started),
        Cell::text(run.ended),
        Cell::number(run.duration_ms),
        Cell::text(Some(run.state.as_str())),
        Cell::text(run.words.as_ref()),
    ];
    let ways = direction(|report| &report.import).into_iter().chain(direction(|report| &report.export));
    let last = Cell::number(run.report.as_ref().map(|report| report.bytes_read));
    line(first.into_iter().chain(ways).chain([last]).map(Cell::written))
}

/// A verdict.
pub fn verdict(verdict: &VerdictLine) -> Vec<u8> {
    let paths: Vec<&str> =
        verdict.files.iter().filter_map(|file| file.path.as_deref().or(file.name.as_deref())).collect();
    let renames: Vec<String> =
        verdict.renames.iter().map(|rename| format!("{} \u{2192} {}", rename.from, rename.to)).collect();
    let cells = [
        Cell::text(Some(verdict.direction.as_str())),
        Cell::text(Some(verdict.verdict.as_str())),
        Cell::text(verdict.reason),
        Cell::text(verdict.path.as_ref()),
        Cell::text(verdict.name.as_ref()),
        Cell::text(verdict.asset.as_ref()),
        Cell::text(verdict.matched.as_ref()),
        Cell::text(verdict.fingerprint.as_ref()),
        Cell::Number(verdict.size),
        Cell::text(verdict.captured.as_ref()),
        Cell::text(verdict.captured_from.as_ref()),
        Cell::text(verdict.destination.as_ref()),
        Cell::text(verdict.error.as_ref()),
        Cell::text(Some(paths.join("\n"))),
        Cell::text(verdict.folder.as_ref()),
        Cell::text(verdict.part_of.as_ref()),
        Cell::text(verdict.can_join.as_ref()),
        Cell::text(verdict.motion.as_ref()),
        Cell::text(Some(renames.join("\n"))),
        Cell::text(verdict.gets.as_ref()),
        Cell::text(verdict.lacks.as_ref()),
    ];
    line(cells.map(Cell::written))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        String::from_utf8(line([Cell::text(Some(text)).written()])).expect("UTF-8")
    }

    #[test]
    fn a_name_is_no_formula() {
        for (name, cell) in [
            ("=1+1", "'=1+1\r\n"),
            ("+1", "'+1\r\n"),
            ("-IMG_1.jpg", "'-IMG_1.jpg\r\n"),
            ("@SUM(A1)", "'@SUM(A1)\r\n"),
            ("\tx", "'\tx\r\n"),
            ("\u{ff1d}1", "'\u{ff1d}1\r\n"),
            ("a=1", "a=1\r\n"),
        ] {
            assert_eq!(written(name), cell, "{name:?}");
        }
    }

    #[test]
    fn a_name_stays_in_its_cell() {
        assert_eq!(written("a,b"), "\"a,b\"\r\n");
        assert_eq!(written("a\"b"), "\"a\"\"b\"\r\n");
        assert_eq!(written("a\nb"), "\"a\nb\"\r\n");
        assert_eq!(written("\r=1"), "\"'\r=1\"\r\n");
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(Cell::Number(12).written(), "12");
        assert_eq!(Cell::number(None).written(), "");
    }
}
