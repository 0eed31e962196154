//! One verdict as a page shows it.

use std::collections::HashMap;

use jiff::civil::Date;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::kept::Kind;
use photobridge_core::ledger::{self, Ledger};
use photobridge_core::memory::Decision;
use photobridge_core::report::{Ruling, VerdictLine, Way};

use super::Server;
use crate::words;

/// One photo, and what is said of it.
pub struct Row {
    /// By which it is found again in its run.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// The directory that it lies in, below the folder.
    pub directory: String,
    /// Where it goes or went.
    pub place: Option<String>,
    /// How large, and when it was taken.
    pub measures: String,
    /// What it is, if it is not just a photo.
    pub tag: Option<String>,
    /// What it matched, in words.
    pub matched: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// Whether the other side has a picture to compare with.
    pub has_other: bool,
    /// Whether a person may take it in.
    pub can_be_taken_in: bool,
    /// What a person said of it.
    pub decision: Option<Decision>,
}

/// What people have said of single photos.
pub struct Decided(HashMap<Fingerprint, Decision>);

impl Decided {
    /// Reads it; nothing where it cannot be read, since it only adds to what is shown.
    pub fn read(app: &Server) -> Self {
        let is_there = app.data.join(ledger::FILE).exists();
        let decisions = is_there.then(|| Ledger::open(&app.data).and_then(|ledger| ledger.decisions()));
        let decisions = decisions.and_then(Result::ok).unwrap_or_default();
        Self(decisions.into_iter().map(|record| (record.photo.fingerprint, record.decision)).collect())
    }

    /// A verdict as a row.
    pub fn row(&self, number: usize, line: VerdictLine) -> Row {
        let fingerprint = line.fingerprint.as_deref().and_then(|text| text.parse::<Fingerprint>().ok());
        let decision = fingerprint.and_then(|fingerprint| self.0.get(&fingerprint).copied());
        Row::new(number, line, decision)
    }
}

impl Row {
    fn new(number: usize, line: VerdictLine, decision: Option<Decision>) -> Self {
        let path = line.path.clone().unwrap_or_default();
        let (directory, file) = path.rsplit_once('/').unwrap_or(("", &path));
        let name = line.name.clone().unwrap_or_else(|| file.to_owned());
        let goes = matches!(line.verdict, Ruling::Planned | Ruling::Applied);
        let place = match line.direction {
            _ if !goes => None,
            Way::Import => line.destination.clone().map(|album| format!("album “{album}”")),
            Way::Export => Some(path.clone()),
        };
        let trace = line.trace.clone().unwrap_or_default();
        let has_other = line.verdict == Ruling::Skipped
            && match line.direction {
                Way::Import => line.asset.is_some() || trace.other.is_some(),
                Way::Export => trace.file.is_some() || trace.other.is_some(),
            };
        let date = line.captured.as_deref().and_then(|text| text.get(..10)?.parse::<Date>().ok());
        let date = date.map(|date| date.strftime("%-d %b %Y").to_string());
        let measures = [Some(words::size(line.size)), date].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let shows_path = line.direction == Way::Import || (!goes && trace.file.is_some());
        Self {
            number,
            name,
            directory: if shows_path { directory.to_owned() } else { String::new() },
            place,
            measures,
            tag: tag(trace.kind, trace.duration_ms),
            matched: line.matched.filter(|matched| !matched.starts_with("link ")),
            error: line.error,
            has_other,
            can_be_taken_in: line.reason.is_some_and(|reason| reason.can_be_taken_in()),
            decision,
        }
    }

    /// Whether somebody has left it out.
    pub fn is_left_out(&self) -> bool {
        self.decision == Some(Decision::LeaveOut)
    }

    /// Whether somebody has taken it in.
    pub fn is_taken_in(&self) -> bool {
        self.decision == Some(Decision::TakeIn)
    }
}

fn tag(kind: Kind, duration_ms: Option<u32>) -> Option<String> {
    match (kind, duration_ms) {
        (Kind::Photo, _) => None,
        (Kind::LivePhoto, _) => Some("LIVE".into()),
        (Kind::RawJpeg, _) => Some("RAW+JPEG".into()),
        (Kind::Video, Some(duration)) => Some(format!("{}:{:02}", duration / 60_000, duration / 1000 % 60)),
        (Kind::Video, None) => Some("VIDEO".into()),
    }
}
