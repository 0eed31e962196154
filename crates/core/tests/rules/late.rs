//! What is told of a photo that the library has already.

use photobridge_core::asset::Asset;
use photobridge_core::memory::Decision::LeaveOut;
use photobridge_core::plan::Fate;
use photobridge_core::reason::Reason;
use photobridge_media::capture::CaptureSource::FileTime;
use photobridge_testkit::make::{Source, moment};
use photobridge_testkit::world::Run;
use photobridge_testkit::{World, asset, photo};

const UNPACKED: &str = "2025-03-01T12:00:00Z";

/// A photo that its file's time dates, of which Google's JSON says this.
fn told(path: &str, seconds: u64, description: &str) -> Source {
    let json = format!(
        r#"{{"title": "I.JPG", "description": {description:?}, "photoTakenTime": {{"timestamp": "{seconds}"}}}}"#
    );
    photo(path).bytes("jpeg").dated(UNPACKED, FileTime).told(&json)
}

/// Such a photo, which went in before anything was told of it.
fn world(items: impl IntoIterator<Item = Source>, change: impl FnOnce(&mut Asset)) -> World {
    let came = photo("I.JPG").bytes("jpeg").dated(UNPACKED, FileTime);
    let mut held = asset("I.JPG", "jpeg");
    (held.asset.captured, held.asset.by_photobridge) = (Some(moment(UNPACKED)), true);
    change(&mut held.asset);
    World::of(items, [held]).imported(&came, "I.JPG").ruled(|rules| rules.library.joins = true)
}

/// What the photo is told by the file at this path.
fn gets(run: &Run, path: &str) -> Option<String> {
    let late = run.verdict(path).tells()?;
    assert_eq!(run.verdict(path).fate, Fate::Import(vec![]), "no file goes");
    Some(late.telling.words())
}

#[test]
fn a_photo_is_told_what_it_lacks() {
    let run = world([told("I.JPG", 1_593_857_472, "Boats")], |_| {}).look();
    assert_eq!(gets(&run, "I.JPG").as_deref(), Some("date 2020-07-04T10:11:12Z, description"));
}

#[test]
fn what_somebody_changed_or_brought_in_or_left_out_stays() {
    let item = || [told("I.JPG", 1_593_857_472, "Boats")];
    let run = world(item(), |asset| asset.captured = Some(moment("2001-01-01T00:00:00Z"))).look();
    assert_eq!(gets(&run, "I.JPG").as_deref(), Some("description"));
    let run = world(item(), |asset| asset.by_photobridge = false).look();
    assert_eq!((run.reason("I.JPG"), run.verdict("I.JPG").late.is_some()), (Some(Reason::SameBytes), false));
    let run = world(item(), |_| {}).decide("jpeg", LeaveOut).look();
    assert_eq!((run.reason("I.JPG"), run.verdict("I.JPG").late.is_some()), (Some(Reason::SameBytes), false));
    let run = world(item(), |asset| asset.standing.trashed = true).look();
    assert_eq!((run.reason("I.JPG"), run.verdict("I.JPG").late.is_some()), (Some(Reason::DeletedInPhotos), false));
}

#[test]
fn of_two_dates_neither_is_told_and_what_both_tell_is_told_once() {
    let both = |other: u64| [told("I.JPG", 1_593_857_472, "Boats"), told("copy/I.JPG", other, "Boats")];
    let run = world(both(1_593_857_473), |_| {}).look();
    let words = |run: &Run| ["I.JPG", "copy/I.JPG"].map(|path| gets(run, path));
    assert_eq!(words(&run).into_iter().flatten().collect::<Vec<_>>(), ["description"]);
    let run = world(both(1_593_857_472), |_| {}).look();
    assert_eq!(words(&run).into_iter().flatten().collect::<Vec<_>>(), ["date 2020-07-04T10:11:12Z, description"]);
}

#[test]
fn a_library_that_cannot_be_told_lacks_it() {
    let run = world([told("I.JPG", 1_593_857_472, "")], |_| {}).ruled(|rules| rules.library.joins = false).look();
    let verdict = run.verdict("I.JPG");
    let late = verdict.late.as_deref().unwrap();
    assert_eq!((&verdict.fate, late.now), (&Fate::Skip(Reason::SameBytes), false));
    assert_eq!(late.telling.words(), "date 2020-07-04T10:11:12Z");
}
