//! The verdicts of a kept run, to be looked at page by page: all of them stay in their file, and only what finds them is
//! in memory.

use std::borrow::Cow;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, BufReader, Read};
use std::num::NonZero;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::panic::resume_unwind;
use std::path::Path;

use memchr::memmem::Finder;
use rustc_hash::FxHasher;
use serde::Deserialize;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::groups::{Group, Groups, Tally};
use super::lines;
use crate::reason::{Reason, Way};
use crate::report::{Kind, Ruling, VerdictLine};
use crate::run::RunId;

/// Bytes read at a time.
const BLOCK: usize = 1 << 18;

/// Bytes for which a thread of its own pays.
const PIECE: u64 = 1 << 20;

/// Which verdicts to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one way only.
    pub way: Option<Way>,
    /// Only what says this.
    pub ruling: Option<Ruling>,
    /// Only for this reason.
    pub reason: Option<Reason>,
    /// Only where name and path hold each of these words, in any case and with accents of either form.
    pub text: String,
}

impl Filter {
    fn lets_through(&self, group: Group) -> bool {
        self.way.is_none_or(|way| way == group.way)
            && self.ruling.is_none_or(|ruling| ruling == group.ruling)
            && self.reason.is_none_or(|reason| Some(reason) == group.reason)
    }
}

/// What a page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// How many verdicts there are on all pages.
    pub total: usize,
    /// Those of this page, each with the number by which it is found again.
    pub rows: Vec<(usize, VerdictLine)>,
}

/// What must be read of every line. The rest of it is read only where it is shown: that takes half as long again.
#[derive(Deserialize)]
struct Glance<'a> {
    direction: Way,
    verdict: Ruling,
    reason: Option<Reason>,
    #[serde(borrow)]
    path: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    size: u64,
    #[serde(borrow, default)]
    asset: Option<Text<'a>>,
    #[serde(borrow, default)]
    captured: Option<Text<'a>>,
    #[serde(default)]
    trace: Traced,
}

/// What must be read of a trace.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Traced {
    kind: Kind,
}

/// Of its own, as serde lends no `Cow` within an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What finds one verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    /// Where its line begins.
    start: u64,
    /// Where its text ends; it begins where the one before ends.
    text_end: usize,
    group: Group,
    size: u64,
    taken: Digits,
    asset: Option<NonZero<u64>>,
    kind: Kind,
}

/// When a photo was taken, as the digits of its date and time: 20240514120100; 0 where nobody knows.
pub type Digits = u64;

/// What a grid of photos needs of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// By which it is found again.
    pub number: usize,
    /// What is said of it.
    pub group: Group,
    /// When it was taken, on the wall.
    pub taken: Digits,
    /// What it is.
    pub kind: Kind,
    /// Which asset it names, see [`asset_mark`].
    pub asset: Option<NonZero<u64>>,
}

/// What stands for the id of an asset where ids are many: equal for equal ids, and as good as never for others.
pub fn asset_mark(id: &str) -> Option<NonZero<u64>> {
    let mut hasher = FxHasher::default();
    id.hash(&mut hasher);
    NonZero::new(hasher.finish())
}

/// The digits of a time in ISO 8601, or of the part of it that is known.
pub fn digits(time: &str) -> Digits {
    let mut digits = time.bytes().take(19).filter(u8::is_ascii_digit).map(|digit| Digits::from(digit - b'0'));
    (0..14).fold(0, |number, _| number * 10 + digits.next().unwrap_or(0))
}

/// The verdicts of a kept run. Its file is held open, so that every page is of the same one.
#[derive(Debug)]
pub struct Verdicts {
    file: File,
    part: Part,
    /// How many of them the run lists.
    listed: usize,
    /// What it saw besides, where that is kept: the rows after those that it lists.
    rest: Option<File>,
}

/// What a stretch of the file holds.
#[derive(Debug, Default, PartialEq)]
struct Part {
    rows: Vec<Row>,
    /// Names and paths as they are searched.
    text: String,
    groups: Groups,
    damaged: u64,
}

impl Verdicts {
    /// Looks through the verdicts of a run once.
    pub fn open(data: &Path, run: RunId) -> io::Result<Self> {
        Self::of(File::open(super::path(data, run))?, File::open(super::rest(data, run)).ok())
    }

    pub(super) fn of(file: File, rest: Option<File>) -> io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get) as u64;
        let read = |file: &File| Part::read_in(file, (file.metadata()?.len() / PIECE).clamp(1, threads));
        let mut part = read(&file)?;
        let listed = part.rows.len();
        if let Some(rest) = &rest {
            part.rows.extend(read(rest)?.rows.into_iter().map(|row| Row { text_end: part.text.len(), ..row }));
        }
        Ok(Self { file, part, listed, rest })
    }

    /// Whether what a sync saw and does not list is kept, too.
    pub fn has_rest(&self) -> bool {
        self.rest.is_some()
    }

    /// How much each group holds.
    pub fn groups(&self) -> &Groups {
        &self.part.groups
    }

    /// How much each group holds of what has these words, see [`Filter::text`].
    pub fn groups_with(&self, text: &str) -> Groups {
        let mut groups = Groups::default();
        let filter = Filter { text: text.to_owned(), ..Filter::default() };
        self.each(&filter, |_, row| groups.join(Tally { group: row.group, photos: 1, bytes: row.size }));
        groups
    }

    /// Visits what passes the filter, in the order of the run.
    fn each<'a>(&'a self, filter: &Filter, mut visit: impl FnMut(usize, &'a Row)) {
        let wanted = searchable(&filter.text);
        let words: Vec<Finder<'_>> = wanted.split_whitespace().map(Finder::new).collect();
        let (text, mut text_start) = (self.part.text.as_bytes(), 0);
        for (number, row) in self.part.rows[..self.listed].iter().enumerate() {
            let text = &text[text_start..row.text_end];
            text_start = row.text_end;
            if filter.lets_through(row.group) && words.iter().all(|word| word.find(text).is_some()) {
                visit(number, row);
            }
        }
    }

    /// Lines that could not be read as verdicts.
    pub fn damaged(&self) -> u64 {
        self.part.damaged
    }

    /// Of the verdicts that pass the filter, `size` after the first `offset`, in the order of the run. One that turns out
    /// to be damaged is left out.
    pub fn page(&self, filter: &Filter, offset: usize, size: usize) -> io::Result<Page> {
        let numbers = self.numbers(filter);
        let mut rows = Vec::new();
        for number in numbers.iter().skip(offset).take(size) {
            rows.extend(self.row(*number)?.map(|line| (*number, line)));
        }
        Ok(Page { total: numbers.len(), rows })
    }

    /// The numbers of the verdicts that pass the filter, in the order of the run.
    pub fn numbers(&self, filter: &Filter) -> Vec<usize> {
        let mut numbers = Vec::new();
        self.each(filter, |number, _| numbers.push(number));
        numbers
    }

    /// Every verdict of one way, but for those that turn out to be damaged.
    pub fn all(&self, way: Way) -> io::Result<Vec<VerdictLine>> {
        let numbers = self.numbers(&Filter { way: Some(way), ..Filter::default() });
        numbers.into_iter().filter_map(|number| self.row(number).transpose()).collect()
    }

    /// What a grid needs of each verdict, in the order of the run; last what is only seen, and not listed.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.part.rows.iter().enumerate().map(|(number, row)| {
            let Row { group, taken, kind, asset, .. } = *row;
            Mark { number, group, taken, kind, asset }
        })
    }

    /// The verdict with this number.
    pub fn row(&self, number: usize) -> io::Result<Option<VerdictLine>> {
        let Some(row) = self.part.rows.get(number) else { return Ok(None) };
        let file = self.rest.as_ref().filter(|_| number >= self.listed).unwrap_or(&self.file);
        let mut line = Vec::new();
        lines::next(&mut BufReader::new(Tail { file, at: row.start }), &mut line)?;
        Ok(lines::verdict(&line).ok())
    }
}

impl Part {
    /// Reads the file in so many pieces at once, by threads of its own: those of rayon may be busy for minutes while a run
    /// reads photos.
    fn read_in(file: &File, pieces: u64) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let border = |piece: u64| length / pieces * piece + length % pieces * piece / pieces;
        let parts: io::Result<Vec<Self>> = std::thread::scope(|scope| {
            let read = |piece| scope.spawn(move || Self::read(file, border(piece)..border(piece + 1)));
            let reading: Vec<_> = (0..pieces).map(read).collect();
            reading.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        Ok(parts?.into_iter().reduce(Self::followed_by).unwrap_or_default())
    }

    /// Reads the lines that begin in `piece`.
    fn read(file: &File, piece: Range<u64>) -> io::Result<Self> {
        let mut part = Self::default();
        let mut line = Vec::new();
        // The line that a piece begins within belongs to the piece before.
        let mut at = piece.start.saturating_sub(1);
        let mut reader = BufReader::with_capacity(BLOCK, Tail { file, at });
        if piece.start > 0 {
            at += lines::next(&mut reader, &mut line)?;
        }
        while at < piece.end {
            let length = lines::next(&mut reader, &mut line)?;
            if length == 0 {
                break;
            }
            match serde_json::from_slice(&line) {
                Ok(glance) => part.add(at, &glance),
                Err(_) => part.damaged += 1,
            }
            at += length;
        }
        Ok(part)
    }

    fn add(&mut self, start: u64, glance: &Glance<'_>) {
        for text in [&glance.name, &glance.path].into_iter().flatten() {
            self.text.push_str(&searchable(&text.0));
            self.text.push('\n');
        }
        let group = Group { way: glance.direction, ruling: glance.verdict, reason: glance.reason };
        self.rows.push(Row {
            start,
            text_end: self.text.len(),
            group,
            size: glance.size,
            taken: glance.captured.as_ref().map_or(0, |time| digits(&time.0)),
            asset: glance.asset.as_ref().and_then(|id| asset_mark(&id.0)),
            kind: glance.trace.kind,
        });
        self.groups.add(group, glance.size);
    }

    fn followed_by(mut self, next: Self) -> Self {
        let shift = self.text.len();
        self.text += &next.text;
        self.rows.extend(next.rows.into_iter().map(|row| Row { text_end: row.text_end + shift, ..row }));
        next.groups.iter().for_each(|tally| self.groups.join(*tally));
        self.damaged += next.damaged;
        self
    }
}

/// A text as it is searched: in one case and with one form of accents. Quicker than comparing names as file systems do.
fn searchable(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.chars().flat_map(char::to_lowercase).collect(),
        _ => text.nfc().flat_map(char::to_lowercase).collect(),
    }
}

/// A file from a place on, read without moving any other reader of it.
struct Tail<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Tail<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(bytes, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    /// Lines, whole and broken, of which the borders of pieces cut some.
    fn file() -> impl Strategy<Value = Vec<u8>> {
        let whole = (any::<bool>(), "[a-zÄé.]{0,12}").prop_map(|(is_import, path)| {
            let direction = if is_import { "import" } else { "export" };
            format!("{{\"direction\":\"{direction}\",\"verdict\":\"planned\",\"path\":\"{path}\",\"size\":7}}\n")
                .into_bytes()
        });
        let broken = prop::collection::vec(any::<u8>(), 0..40);
        let lines = prop::collection::vec(prop_oneof![3 => whole, 1 => broken], 0..30);
        lines.prop_map(|lines| lines.concat())
    }

    #[test]
    fn a_time_is_its_digits() {
        for (time, digits) in [
            ("2024-05-14T12:01:00.5+02:00", 20240514120100),
            ("2024-05-14T12:01:00Z", 20240514120100),
            ("1960-05", 19600500000000),
            ("1960", 19600000000000),
            ("", 0),
        ] {
            assert_eq!(super::digits(time), digits, "{time}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_file_is_the_same_in_any_number_of_pieces(bytes in file(), pieces in 2_u64..9) {
            let mut file = tempfile::tempfile().expect("a file");
            file.write_all(&bytes).expect("written");
            let whole = Part::read_in(&file, 1).expect("read");
            let lines = bytes.split_inclusive(|byte| *byte == b'\n').count();
            prop_assert_eq!(whole.rows.len() + whole.damaged as usize, lines);
            prop_assert_eq!(Part::read_in(&file, pieces).expect("read"), whole);
        }
    }
}
