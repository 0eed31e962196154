//! One verdict as a page shows it.

use jiff::civil::Date;
use photobridge_core::decide;
use photobridge_core::ledger::Ledger;
use photobridge_core::memory::Decision;
use photobridge_core::reason::Way;
use photobridge_core::report::{Kind, Other, Ruling, Trace, VerdictLine};

use super::Server;
use crate::words;

/// One photo, and what is said of it.
pub struct Row {
    /// By which it is found again in its run.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// The directory that it lies in below the folder, or lay in.
    pub directory: String,
    /// The directory that it comes from, where the run looked at several folders.
    pub from: Option<String>,
    /// The names of its other files, of a photo that lies in the folder, and of those that do not go with it, with why.
    pub others: String,
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
    /// The photo of which it could be made a part.
    pub can_join: Option<String>,
    /// As what a motion photo goes in, or a Live Photo out.
    pub motion: Option<String>,
    /// The photo of which it becomes a part, or became one.
    pub part_of: Option<String>,
    /// What the photo in the library gets, or lacks, of what came late.
    pub told: Option<String>,
    /// What a person said of it.
    pub decision: Option<Decision>,
}

/// Verdicts as rows, with what people have said of their photos. That is left out where it cannot be read: it only adds
/// to what is shown.
pub fn rows(app: &Server, lines: Vec<(usize, VerdictLine)>) -> Vec<Row> {
    let standing = || {
        let ledger = Ledger::look(&app.data).ok()??;
        decide::standing(&ledger, lines.iter().map(|(_, line)| line)).ok()
    };
    let decisions = standing().unwrap_or_else(|| vec![None; lines.len()]);
    lines.into_iter().zip(decisions).map(|((number, line), decision)| Row::new(number, line, decision)).collect()
}

impl Row {
    fn new(number: usize, line: VerdictLine, decision: Option<Decision>) -> Self {
        let whole = line.whereabouts();
        let directory = whole.as_deref().and_then(|path| path.rsplit_once('/')).map_or("", |(directory, _)| directory);
        let goes = matches!(line.verdict, Ruling::Planned | Ruling::Applied);
        let place = line.goes_to().map(|place| match line.direction {
            Way::Import => format!("album “{place}”"),
            Way::Export => place.to_owned(),
        });
        let (trace, motion) = (line.trace.clone().unwrap_or_default(), line.as_what());
        let has_other = line.verdict == Ruling::Skipped && line.other_picture().is_some();
        let date = line.captured.as_deref().and_then(|text| text.get(..10)?.parse::<Date>().ok());
        let date = date.map(|date| date.strftime("%-d %b %Y").to_string());
        let measures = [Some(words::size(line.size)), date].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let shows_path = line.direction == Way::Import || !goes;
        let others = if goes && line.direction == Way::Export { Vec::new() } else { line.others() };
        let renamed = line.renamed().map(|(path, name)| format!("{path}, which becomes {name}"));
        let with: Vec<String> = others.into_iter().map(str::to_owned).chain(renamed).collect();
        let with = (!with.is_empty()).then(|| format!("with {}", with.join(", ")));
        let without = line.without().map(|(name, reason)| format!("without {name} ({reason})"));
        let others: Vec<String> = with.into_iter().chain(without).collect();
        Self {
            number,
            name: line.title().to_owned(),
            from: (line.folder.is_some() && line.direction == Way::Import).then(|| directory.to_owned()),
            directory: if shows_path { directory.to_owned() } else { String::new() },
            others: others.join(", "),
            place,
            measures,
            tag: tag(trace.kind, trace.duration_ms),
            matched: line.matched_name().map(|name| beside(&trace, line.direction, name)),
            error: line.error,
            has_other,
            can_join: line.can_join,
            motion,
            part_of: line.part_of,
            told: line.gets.map(|told| format!("gets {told}")).or(line.lacks.map(|told| format!("lacks {told}"))),
            can_be_taken_in: line.reason.is_some_and(|reason| reason.can_be_taken_in(line.direction)),
            decision,
        }
    }

    /// What somebody said of it, in words.
    pub fn said(&self) -> &'static str {
        match self.decision {
            Some(Decision::LeaveOut) => "left out by you",
            Some(Decision::TakeIn) => "taken in by you",
            Some(Decision::Join) => "made one photo by you",
            None => "",
        }
    }

    /// Whether somebody said something of it, which can be withdrawn.
    pub fn stands_out(&self) -> bool {
        self.decision.is_some()
    }

    /// Whether somebody has left it out.
    pub fn is_left_out(&self) -> bool {
        self.decision == Some(Decision::LeaveOut)
    }
}

/// The other photo that decided, and where it is if that is not the other side.
fn beside(trace: &Trace, way: Way, name: &str) -> String {
    match (&trace.other, way) {
        (Some(Other::File(_)), Way::Import) => format!("another file in the folder: {name}"),
        (Some(Other::Asset(_)), Way::Export) => format!("another photo in the library: {name}"),
        _ => name.to_owned(),
    }
}

fn tag(kind: Kind, duration_ms: Option<u32>) -> Option<String> {
    match (kind, duration_ms) {
        (Kind::Photo, _) => None,
        (Kind::LivePhoto, _) => Some("LIVE".into()),
        (Kind::MotionPhoto, _) => Some("MOTION".into()),
        (Kind::RawJpeg, _) => Some("RAW+JPEG".into()),
        (Kind::Video, Some(duration)) => Some(format!("{}:{:02}", duration / 60_000, duration / 1000 % 60)),
        (Kind::Video, None) => Some("VIDEO".into()),
    }
}
