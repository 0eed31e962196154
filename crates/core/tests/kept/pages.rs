//! The verdicts of a kept run, page by page.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use photobridge_core::asset::ResourceRole;
use photobridge_core::item::{FolderId, Stamp};
use photobridge_core::kept::{self, Filter, Group, Recent, Section, Tally, Verdicts};
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{FileLine, Ruling, Spot, Trace, VerdictLine};
use photobridge_core::run::RunId;
use proptest::prelude::*;

const RUN: RunId = RunId(1);

/// A verdict on an item as a run keeps it.
fn line(number: u64, way: Way, ruling: Ruling, reason: Option<Reason>) -> VerdictLine {
    let stamp = Stamp {
        size: 2_000_000 + number,
        mtime: 1_715_688_000_000_000_000 + number as i64,
        ctime: 1_715_688_000_000_000_000 + number as i64,
        inode: 10_000_000 + number,
    };
    let is_import = way == Way::Import;
    let path = format!("2024/05/IMG_{number:06}.JPG");
    let id = "568D09F1-30DC-4DDD-877D-141FBACAE34A".to_owned();
    VerdictLine {
        direction: way,
        verdict: ruling,
        reason,
        path: Some(path.clone()),
        folder: None,
        name: (!is_import).then(|| format!("IMG_{number:06}.JPG")),
        asset: Some(id),
        matched: Some(format!("same bytes: {path}")),
        fingerprint: Some("AW2cWT2PxzWixMKuuNMTHJ8CJ3sH".into()),
        size: stamp.size,
        captured: Some("2024-05-14T12:00:00.379+02:00".into()),
        captured_from: is_import.then(|| "EXIF".into()),
        destination: None,
        part_of: None,
        can_join: None,
        gets: None,
        lacks: None,
        motion: None,
        error: None,
        renames: Vec::new(),
        files: Vec::new(),
        trace: Some(Trace {
            file: Some(Spot { folder: FolderId(1), stamp: is_import.then_some(stamp), raw: None }),
            pixels: Some((4032, 3024)),
            primary: (!is_import).then_some(stamp.size),
            ..Trace::default()
        }),
    }
}

/// A skip of an item.
fn skip(number: u64, reason: Reason) -> VerdictLine {
    line(number, Way::Import, Ruling::Skipped, Some(reason))
}

/// A planned import of this path.
fn planned(path: &str) -> VerdictLine {
    VerdictLine { path: Some(path.into()), ..line(1, Way::Import, Ruling::Planned, None) }
}

fn data_with(lines: impl IntoIterator<Item = VerdictLine>) -> tempfile::TempDir {
    let data = tempfile::tempdir().expect("a directory");
    kept::keep(data.path(), RUN, &Vec::from_iter(lines), VerdictLine::clone).expect("kept");
    data
}

fn opened(data: &Path) -> Verdicts {
    Verdicts::open(data, RUN).expect("it opens")
}

/// Every page of a filter, one after the other, and the totals that they told.
fn pages(verdicts: &Verdicts, filter: &Filter, size: usize) -> (Vec<VerdictLine>, Vec<usize>) {
    let (mut lines, mut totals) = (Vec::new(), Vec::new());
    for page in 0.. {
        let page = verdicts.page(filter, page * size, size).expect("a page");
        totals.push(page.total);
        if page.rows.is_empty() {
            break;
        }
        assert!(page.rows.len() <= size);
        for (number, line) in page.rows {
            assert_eq!(verdicts.row(number).expect("it is read").as_ref(), Some(&line));
            lines.push(line);
        }
    }
    (lines, totals)
}

/// The paths that a text finds.
fn found(verdicts: &Verdicts, text: &str) -> Vec<String> {
    let filter = Filter { text: text.into(), ..Filter::default() };
    pages(verdicts, &filter, 10).0.into_iter().filter_map(|line| line.path).collect()
}

#[test]
fn what_failed_comes_first_and_old_news_last() {
    let exports = [(Ruling::Planned, None), (Ruling::Failed, Some(Reason::Unreadable))];
    let exports = exports.map(|(ruling, reason)| line(9, Way::Export, ruling, reason));
    let imports =
        [skip(1, Reason::SameBytes), skip(2, Reason::Settling), skip(3, Reason::SameShot), skip(4, Reason::SameShot)];
    let data = data_with(imports.into_iter().chain(exports).chain([planned("a.jpg")]));
    let verdicts = opened(data.path());
    let told: Vec<_> = verdicts.groups().iter().map(|tally| (tally.group.section(), tally.group.way)).collect();
    let order = [
        (Section::Failed, Way::Export),
        (Section::Carried, Way::Import),
        (Section::Carried, Way::Export),
        (Section::Waiting, Way::Import),
        (Section::Stays, Way::Import),
        (Section::OldNews, Way::Import),
    ];
    assert_eq!(told, order);
    let group = Group { way: Way::Import, ruling: Ruling::Skipped, reason: Some(Reason::SameShot) };
    let tally = verdicts.groups().iter().find(|tally| tally.group == group);
    assert_eq!(tally, Some(&Tally { group, photos: 2, bytes: 2 * 2_000_000 + 3 + 4 }));
}

#[test]
fn a_search_looks_past_case_and_forms_of_accents() {
    let decomposed = "Gro\u{308}\u{df}e/Cafe\u{301} 1.JPG";
    let data = data_with([planned(decomposed), planned("other/IMG_2.JPG")]);
    let verdicts = opened(data.path());
    for text in ["gr\u{f6}\u{df}e", "GR\u{d6}\u{df}E", "caf\u{e9}", "1.jpg  CAF\u{c9}"] {
        assert_eq!(found(&verdicts, text), [decomposed], "{text}");
    }
    assert_eq!(found(&verdicts, "img"), ["other/IMG_2.JPG"]);
    assert_eq!(found(&verdicts, " "), [decomposed, "other/IMG_2.JPG"], "no word asks for everything");
    // A word does not reach from one verdict into the next.
    for text in ["2.jpg\n", "jpgother", "jpg\nother", "1.jpg img"] {
        assert!(!found(&verdicts, text).contains(&decomposed.to_owned()), "{text}");
    }
}

#[test]
fn an_export_is_found_by_its_name_and_by_its_path() {
    let data = data_with([VerdictLine {
        name: Some("Sunset.HEIC".into()),
        path: Some("2024/05/IMG_1.HEIC".into()),
        ..line(1, Way::Export, Ruling::Planned, None)
    }]);
    let verdicts = opened(data.path());
    assert_eq!(found(&verdicts, "sunset 2024/05").len(), 1);
}

#[test]
fn damaged_lines_are_passed_over_and_counted() {
    let data = data_with([planned("a.jpg"), planned("b.jpg")]);
    let path = kept::path(data.path(), RUN);
    let whole = fs::read_to_string(&path).expect("text");
    let lines: Vec<&str> = whole.lines().collect();
    let long = format!("{{\"path\":\"{}\"}}", "x".repeat(10 << 20));
    let cut = &lines[0][..lines[0].len() / 2];
    let other = lines[0].replace("\"import\"", "\"sideways\"");
    let bytes =
        [lines[0].as_bytes(), long.as_bytes(), b"\xff\xfe\0", other.as_bytes(), lines[1].as_bytes(), cut.as_bytes()];
    fs::write(&path, bytes.join(&b'\n')).expect("written");
    let verdicts = opened(data.path());
    assert_eq!(found(&verdicts, ""), ["a.jpg", "b.jpg"]);
    assert_eq!(verdicts.damaged(), 4);

    fs::write(&path, vec![b'x'; 10 << 20]).expect("written");
    let verdicts = opened(data.path());
    assert_eq!((verdicts.damaged(), verdicts.groups().iter().count()), (1, 0));
    assert_eq!(verdicts.row(0).expect("nothing is read"), None);
}

#[test]
fn a_verdict_is_kept_whole_and_nothing_is_kept_of_what_it_does_not_have() {
    let file = |path: Option<&str>, reason| FileLine {
        role: ResourceRole::Photo,
        path: path.map(Into::into),
        name: None,
        reason,
    };
    let full = VerdictLine {
        destination: Some("2024/05".into()),
        part_of: Some("IMG_1.JPG".into()),
        can_join: Some("IMG_2.JPG".into()),
        gets: Some("description".into()),
        lacks: None,
        motion: Some("as a Live Photo".into()),
        error: Some("a \"quoted\" \u{1b} error".into()),
        captured_from: Some("EXIF".into()),
        files: vec![file(Some("2024/05/IMG_1.HEIC"), None), file(None, Some(Reason::OnlyInICloud))],
        ..line(1, Way::Export, Ruling::Skipped, Some(Reason::Hidden))
    };
    let bare = VerdictLine {
        path: None,
        asset: None,
        matched: None,
        fingerprint: None,
        captured: None,
        captured_from: None,
        trace: None,
        ..line(2, Way::Import, Ruling::Planned, None)
    };
    let data = data_with([full.clone(), bare.clone()]);
    let kept: Vec<VerdictLine> =
        kept::lines(data.path(), RUN).expect("kept").map(|line| line.expect("whole")).collect();
    assert_eq!(kept, [full, bare]);
    let text = fs::read_to_string(kept::path(data.path(), RUN)).expect("text");
    let bare = text.lines().last().expect("two lines");
    assert_eq!(bare, r#"{"direction":"import","verdict":"planned","size":2000002}"#);
}

#[test]
fn the_runs_that_were_looked_at_last_are_held() {
    let data = data_with([planned("a.jpg")]);
    let recent = Recent::new(data.path().to_owned());
    let first = recent.verdicts(RUN).expect("it opens");
    let get = |run| recent.verdicts(RunId(run)).expect("it opens");
    for other in [2, 3] {
        kept::keep(data.path(), RunId(other), &[planned("b.jpg")], VerdictLine::clone).expect("kept");
    }
    let second = get(2);
    assert!(Arc::ptr_eq(&get(1), &first) && Arc::ptr_eq(&get(2), &second), "both are held");
    get(3);
    assert!(Arc::ptr_eq(&get(2), &second), "it was looked at later than the first");
    assert!(!Arc::ptr_eq(&get(1), &first), "not held any more");
    assert!(recent.verdicts(RunId(77)).is_err());
}

#[test]
fn a_run_that_is_kept_anew_under_its_number_is_looked_at_anew() {
    let data = data_with([planned("a.jpg")]);
    let recent = Recent::new(data.path().to_owned());
    let old = recent.verdicts(RUN).expect("it opens");
    kept::keep(data.path(), RUN, &[planned("b.jpg")], VerdictLine::clone).expect("kept");
    assert_eq!(found(&recent.verdicts(RUN).expect("it opens"), ""), ["b.jpg"]);
    assert_eq!(found(&old, ""), ["a.jpg"], "whoever holds the old one sees it to the end");
}

/// A line of any group, with few enough names that searches find several.
fn any_line() -> impl Strategy<Value = VerdictLine> {
    let reasons = [Reason::SameBytes, Reason::Settling, Reason::Hidden];
    let rulings = [Ruling::Planned, Ruling::Applied, Ruling::Skipped, Ruling::Failed];
    let ways = prop::sample::select(vec![Way::Import, Way::Export]);
    let texts =
        prop::sample::select(vec!["IMG_1.JPG", "img_2.heic", "a/\u{c4}pfel.jpg", "A\u{308}pfel \"x\".mov", "b/c"]);
    let reasons = prop::option::of(prop::sample::select(reasons.to_vec()));
    (any::<u64>(), ways, prop::sample::select(rulings.to_vec()), reasons, texts).prop_map(
        |(number, way, ruling, reason, text)| VerdictLine {
            path: Some(text.into()),
            ..line(number % 1000, way, ruling, reason)
        },
    )
}

/// A line of the file: whole, or cut, or of bytes that no run writes.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let whole = any_line().prop_map(|line| serde_json::to_vec(&line).expect("JSON"));
    let cut = (any_line(), any::<prop::sample::Index>()).prop_map(|(line, at)| {
        let mut line = serde_json::to_vec(&line).expect("JSON");
        line.truncate(at.index(line.len()));
        line
    });
    prop_oneof![6 => whole, 1 => cut, 1 => prop::collection::vec(any::<u8>(), 0..50)]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let ways = prop::option::of(prop::sample::select(vec![Way::Import, Way::Export]));
    let rulings = prop::option::of(prop::sample::select(vec![Ruling::Planned, Ruling::Skipped]));
    let reasons = prop::option::weighted(0.3, prop::sample::select(vec![Reason::SameBytes, Reason::Hidden]));
    let texts = prop::sample::select(vec!["", "", "IMG", "jpg a/", "\u{e4}PFEL", "nowhere"]);
    (ways, rulings, reasons, texts).prop_map(|(way, ruling, reason, text)| Filter {
        way,
        ruling,
        reason,
        text: text.into(),
    })
}

/// Whether a filter lets a line through, by the words of its description.
fn is_wanted(filter: &Filter, line: &VerdictLine) -> bool {
    let composed = |text: &str| text.replace("A\u{308}", "\u{c4}").to_lowercase();
    let text = format!("{} {}", line.name.as_deref().unwrap_or(""), line.path.as_deref().unwrap_or(""));
    filter.way.is_none_or(|way| line.direction == way)
        && filter.ruling.is_none_or(|ruling| line.verdict == ruling)
        && (filter.reason.is_none() || line.reason == filter.reason)
        && filter.text.split(' ').all(|word| composed(&text).contains(&composed(word)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pages_together_are_what_the_filter_lets_through(
        lines in prop::collection::vec(any_bytes(), 0..40),
        filter in any_filter(),
        size in 1_usize..8,
    ) {
        let data = data_with([]);
        let bytes = lines.join(&b'\n');
        fs::write(kept::path(data.path(), RUN), &bytes).expect("written");
        let parsed: Vec<Option<VerdictLine>> =
            bytes.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).ok()).collect();
        let damaged = parsed.iter().filter(|line| line.is_none()).count() as u64;
        let wanted: Vec<VerdictLine> = parsed.into_iter().flatten().filter(|line| is_wanted(&filter, line)).collect();

        let verdicts = opened(data.path());
        let (shown, totals) = pages(&verdicts, &filter, size);
        prop_assert!(totals.iter().all(|total| *total == wanted.len()), "{totals:?}");
        prop_assert_eq!(shown, wanted);
        prop_assert_eq!(verdicts.damaged(), damaged);
    }
}

/// Bytes of memory that this process has ever held.
fn memory(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

/// Milliseconds of processors that this process has used: on a busy machine the clock says little.
fn processor() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

#[test]
#[ignore = "measures; run it alone and optimised"]
fn two_hundred_thousand_verdicts() {
    for directory in ["2024/05", "Größe/été"] {
        measure(directory);
    }
}

fn measure(directory: &str) {
    let skipped = |number, way| VerdictLine {
        path: Some(format!("{directory}/IMG_{number:06}.JPG")),
        ..line(number, way, Ruling::Skipped, Some(Reason::SameBytes))
    };
    let each = |way| (0..100_000).map(move |number| skipped(number, way));
    let data = data_with(each(Way::Import).chain(each(Way::Export)));
    println!("{directory}: {} MB", fs::metadata(kept::path(data.path(), RUN)).expect("there").len() / 1_000_000);
    let before = memory("VmRSS:");
    for _ in 0..5 {
        let (began, used) = (Instant::now(), processor());
        let verdicts = opened(data.path());
        println!("open: {:?}, {} ms of processors", began.elapsed(), processor() - used);
        for text in ["", "img_0999", "99 may", "no such name"] {
            let began = Instant::now();
            let filter = Filter { text: text.into(), ..Filter::default() };
            let page = verdicts.page(&filter, 50, 100).expect("a page");
            println!("  page of {text:?}: {:?}, {} of {}", began.elapsed(), page.rows.len(), page.total);
        }
        println!("  memory: {} MB more", memory("VmRSS:").saturating_sub(before) / 1_000_000);
    }
}
