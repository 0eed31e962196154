//! Files become items.

use std::path::Path;

use globset::{Glob, GlobSetBuilder};
use photobridge_core::asset::ResourceRole;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::Filter;
use photobridge_core::folder::archive::Archives;
use photobridge_core::folder::group::{Grouped, Read, group};
use photobridge_core::folder::names::{self, Naming};
use photobridge_core::folder::scan::Found;
use photobridge_core::item::{FolderId, Item, Stamp, Trouble};
use photobridge_media::FileKind;
use photobridge_media::capture::CaptureSource;
use photobridge_media::header::{Header, MotionPhoto};
use photobridge_testkit::moment;

const AT: &str = "2024-05-01T10:00:00";

struct File(Read);

/// A file as the walk and the header reader hand it over.
fn file(path: &str) -> File {
    let name = path.rsplit('/').next().unwrap();
    let (kind, naming) = names::read(name).unwrap();
    let trouble = match (kind, naming) {
        (FileKind::Unsupported, _) => Some(Trouble::Unsupported),
        (_, Naming::Placeholder) => Some(Trouble::OnlineOnly),
        (_, Naming::Temporary) => Some(Trouble::Settling),
        _ => None,
    };
    let stamp = Stamp { size: 1, mtime: 0, ctime: 0, inode: 1 };
    let readable = trouble.is_none() && kind != FileKind::Aae;
    let header = readable.then(|| Box::new(Header::default()));
    File(Read { found: Found { path: path.into(), kind, stamp, trouble }, header, fingerprint: None })
}

impl File {
    fn header(&mut self) -> &mut Header {
        self.0.header.get_or_insert_default()
    }

    fn at(self, when: &str) -> Self {
        self.dated(when, CaptureSource::Exif)
    }

    fn dated(mut self, when: &str, source: CaptureSource) -> Self {
        self.header().captured = Some((moment(when), source));
        self
    }

    fn live(mut self, identifier: &str) -> Self {
        self.header().content_identifier = Some(identifier.into());
        self
    }

    fn sized(mut self, size: u64) -> Self {
        self.0.found.stamp.size = size;
        self
    }

    fn lasting(mut self, milliseconds: u32) -> Self {
        self.header().duration_ms = Some(milliseconds);
        self
    }
}

fn items_under(filter: &Filter, files: impl IntoIterator<Item = File>) -> Vec<Item> {
    let mut files: Vec<Read> = files.into_iter().map(|file| file.0).collect();
    files.sort_by(|a, b| a.found.path.as_os_str().cmp(b.found.path.as_os_str()));
    group(FolderId(1), files, &Archives::default(), filter).into_iter().map(|grouped| grouped.item).collect()
}

/// Each item as the paths of its files.
fn grouped(files: impl IntoIterator<Item = File>) -> Vec<String> {
    let paths = |item: Item| {
        item.files.iter().map(|file| file.path.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" + ")
    };
    items_under(&Filter::default(), files).into_iter().map(paths).collect()
}

#[test]
fn halves_with_one_identifier_are_a_live_photo() {
    let both = [file("IMG_1.HEIC").live("X"), file("IMG_1.MOV").live("X").lasting(60_000)];
    assert_eq!(grouped(both), ["IMG_1.HEIC + IMG_1.MOV"], "whatever its length");
    let item = &items_under(&Filter::default(), [file("a.HEIC").live("X"), file("a.MOV").live("X")])[0];
    assert_eq!(item.files[1].role, ResourceRole::PairedVideo);
}

#[test]
fn halves_with_two_identifiers_stay_alone() {
    let both = [file("IMG_1.HEIC").live("X").at(AT), file("IMG_1.MOV").live("Y").at(AT).lasting(2_000)];
    assert_eq!(grouped(both), ["IMG_1.HEIC", "IMG_1.MOV"]);
}

#[test]
fn where_an_identifier_lacks_time_and_length_decide() {
    let video = |when, ms| file("IMG_1.MOV").at(when).lasting(ms);
    assert_eq!(grouped([file("IMG_1.HEIC").at(AT), video(AT, 2_900)]), ["IMG_1.HEIC + IMG_1.MOV"]);
    assert_eq!(grouped([file("IMG_1.HEIC").at(AT).live("X"), video(AT, 2_900)]), ["IMG_1.HEIC + IMG_1.MOV"]);
    assert_eq!(grouped([file("IMG_1.HEIC").at(AT), video("2024-05-01T10:00:02", 2_900)]).len(), 1);
    assert_eq!(grouped([file("IMG_1.HEIC").at(AT), video("2024-05-01T10:00:03", 2_900)]).len(), 2, "another moment");
    assert_eq!(grouped([file("IMG_1.HEIC").at(AT), video(AT, 5_001)]).len(), 2, "a clip, not a half");
    assert_eq!(grouped([file("IMG_1.HEIC").at(AT), file("IMG_1.MOV").at(AT)]).len(), 2, "of unknown length");
    assert_eq!(grouped([file("IMG_1.HEIC"), file("IMG_1.MOV").lasting(2_900)]).len(), 2, "of unknown time");
}

#[test]
fn a_movie_that_is_dated_by_its_end_began_at_the_moment_of_its_still() {
    let still = || file("PXL_1.MP.jpg").at("2020-07-10T06:16:29Z");
    let movie = |second: u32, ms| {
        file("PXL_1.MP.mp4").dated(&format!("2020-07-10T06:16:{second}Z"), CaptureSource::MovieHeader).lasting(ms)
    };
    // One UI 6, a Pixel of 2020, a Galaxy S20 FE: so long after their stills.
    for (after, ms) in [(2, 3_130), (3, 763), (4, 2_968)] {
        assert_eq!(grouped([still(), movie(29 + after, ms)]), ["PXL_1.MP.jpg + PXL_1.MP.mp4"], "{after} s, {ms} ms");
    }
    assert_eq!(grouped([still(), movie(35, 2_968)]).len(), 2, "it began three seconds later");
    assert_eq!(grouped([still(), movie(25, 2_968)]).len(), 2, "it ended before");
    let told = file("PXL_1.MP.mp4").at("2020-07-10T06:16:33Z").lasting(2_968);
    assert_eq!(grouped([still(), told]).len(), 2, "a date that is not that of its end");
}

#[test]
fn raw_and_jpeg_of_one_stem_are_one() {
    assert_eq!(grouped([file("IMG_1.CR2").at(AT), file("IMG_1.JPG").at(AT)]), ["IMG_1.JPG + IMG_1.CR2"]);
    assert_eq!(grouped([file("IMG_1.CR2"), file("IMG_1.JPG").at(AT)]), ["IMG_1.JPG + IMG_1.CR2"]);
    assert_eq!(grouped([file("IMG_1.CR2").at("2019-01-01T00:00:00"), file("IMG_1.JPG").at(AT)]).len(), 2);
    let item = &items_under(&Filter::default(), [file("a.DNG"), file("a.JPG")])[0];
    assert_eq!(item.files[1].role, ResourceRole::AlternatePhoto);
}

#[test]
fn stems_agree_in_any_case_and_any_form_of_their_accents() {
    assert_eq!(grouped([file("IMG_1.jpg"), file("img_1.DNG")]).len(), 1);
    assert_eq!(grouped([file("Caf\u{e9}.jpg"), file("Cafe\u{301}.DNG")]).len(), 1);
    assert_eq!(grouped([file("Cafe.jpg"), file("Caf\u{e9}.DNG")]).len(), 2);
}

#[test]
fn stems_in_different_folders_never_join() {
    let apart = [file("a/IMG_1.HEIC").at(AT), file("b/IMG_1.MOV").at(AT).lasting(2_900), file("b/IMG_1.xmp")];
    assert_eq!(grouped(apart), ["a/IMG_1.HEIC", "b/IMG_1.MOV + b/IMG_1.xmp"]);
}

#[test]
fn the_only_two_halves_with_an_identifier_are_one_wherever_they_lie() {
    let still = || file("stills/IMG_1.HEIC").live("X");
    let movie = |path: &str| file(path).live("X").lasting(2_900);
    assert_eq!(grouped([still(), movie("stills/IMG_1_HEVC.MOV")]), ["stills/IMG_1.HEIC + stills/IMG_1_HEVC.MOV"]);
    let other = [still(), movie("videos/clip.MOV"), file("videos/clip.xmp")];
    assert_eq!(grouped(other), ["stills/IMG_1.HEIC + videos/clip.MOV + videos/clip.xmp"]);
    let two = [still(), movie("a.MOV"), movie("b.MOV").sized(2)];
    assert_eq!(grouped(two), ["a.MOV", "b.MOV", "stills/IMG_1.HEIC"], "which of both nobody can tell");
    let paired = [still(), movie("stills/IMG_1.MOV"), file("copy/IMG_1.HEIC").live("X")];
    assert_eq!(grouped(paired), ["copy/IMG_1.HEIC", "stills/IMG_1.HEIC + stills/IMG_1.MOV"], "a copy of the still");
    let unlike = [still(), file("videos/clip.MOV").live("Y")];
    assert_eq!(grouped(unlike).len(), 2);
}

#[test]
fn copies_and_versions_of_a_half_part_no_live_photo() {
    let still = |path: &str| file(path).live("X").sized(10);
    let movie = |path: &str| file(path).live("X").sized(20).lasting(2_900);
    for other in [
        still("copies/IMG_1.HEIC"),
        still("IMG_1 (2).HEIC"),
        movie("copies/IMG_1_HEVC.MOV"),
        still("IMG_1.JPG").sized(11),
        still("IMG_1-edited.jpg").sized(12),
        still("IMG_E1.JPG").sized(13),
        still("a/IMG_E1.JPG").sized(13),
    ] {
        let all = grouped([still("IMG_1.HEIC"), movie("IMG_1_HEVC.MOV"), other]);
        assert!(all.contains(&"IMG_1.HEIC + IMG_1_HEVC.MOV".to_owned()) && all.len() == 2, "{all:?}");
    }
    let edited = [still("IMG_1.HEIC"), still("IMG_E1.HEIC").sized(9), movie("IMG_1.MOV"), movie("IMG_E1.MOV").sized(8)];
    assert_eq!(grouped(edited), ["IMG_1.HEIC + IMG_1.MOV", "IMG_E1.HEIC + IMG_E1.MOV"]);
    let render = [still("FullSizeRender.jpg").sized(9), movie("FullSizeRender.mov").sized(8)];
    let all = grouped(render.into_iter().chain([still("IMG_1.HEIC"), movie("IMG_1_HEVC.MOV")]));
    assert_eq!(all, ["FullSizeRender.jpg + FullSizeRender.mov", "IMG_1.HEIC + IMG_1_HEVC.MOV"]);
    let many = (0..100).flat_map(|at| [still(&format!("s{at}.HEIC")), movie(&format!("m/{at}.MOV"))]);
    assert_eq!(grouped(many).len(), 200, "no household has so many of one photo");
}

#[test]
fn the_cameras_own_format_is_the_photo_in_any_case_of_letters() {
    for (heic, mov) in [("IMG_1.heic", "IMG_1.mov"), ("IMG_1.HEIC", "IMG_1.MOV")] {
        let stills = [file(heic).at(AT).live("X"), file("IMG_1.JPG").at(AT).live("X")];
        let movies = [file(mov).at(AT).live("X"), file("IMG_1.MP4").at(AT).live("X").lasting(2_900)];
        let all = grouped(stills.into_iter().chain(movies));
        assert!(all.contains(&format!("{heic} + {mov}")), "{all:?}");
    }
    for (raw, dng) in [("IMG_1.cr2", "IMG_1.dng"), ("IMG_1.cr2", "IMG_1.DNG"), ("IMG_1.CR2", "IMG_1.dng")] {
        let all = grouped([file("IMG_1.JPG"), file(dng), file(raw)]);
        assert!(all.contains(&format!("IMG_1.JPG + {raw}")), "{all:?}");
    }
}

#[test]
fn a_half_that_cannot_be_read_yet_belongs_to_what_has_its_name() {
    let still = || file("IMG_1.HEIC").at(AT).live("X");
    for name in
        ["IMG_1.MOV.nextcloud", ".IMG_1.MOV.icloud", ".IMG_1.MOV.~1a2b", "IMG_1.MOV.part", ".syncthing.IMG_1.MOV.tmp"]
    {
        assert_eq!(grouped([still(), file(name)]), [format!("IMG_1.HEIC + {name}")]);
    }
    assert_eq!(grouped([file("IMG_1.JPG"), file(".pending-1700000000-IMG_1.CR2")]).len(), 1, "a RAW");
    let mut cut = file("IMG_1.MOV");
    cut.header().truncated = Some("half".into());
    assert_eq!(grouped([still(), cut]), ["IMG_1.HEIC + IMG_1.MOV"]);
    let movie = |ms| file("IMG_1.MOV").at(AT).lasting(ms);
    assert_eq!(grouped([file("IMG_1.HEIC.nextcloud"), movie(2_900)]), ["IMG_1.HEIC.nextcloud + IMG_1.MOV"]);
    assert_eq!(grouped([file("IMG_1.HEIC.nextcloud"), movie(60_000)]).len(), 2, "a clip");
    let whole = [still(), file("IMG_1.MOV").live("X"), file("IMG_1.MP4.nextcloud")];
    assert_eq!(grouped(whole), ["IMG_1.HEIC + IMG_1.MOV", "IMG_1.MP4.nextcloud"]);
}

#[test]
fn sidecars_go_with_what_they_describe() {
    assert_eq!(grouped([file("IMG_1.JPG"), file("IMG_1.xmp")]), ["IMG_1.JPG + IMG_1.xmp"]);
    assert_eq!(grouped([file("IMG_1.JPG"), file("IMG_1.JPG.xmp")]), ["IMG_1.JPG + IMG_1.JPG.xmp"]);
    assert_eq!(grouped([file("IMG_1.HEIC"), file("IMG_1.aae")]), ["IMG_1.HEIC + IMG_1.aae"]);
    let raw = [file("IMG_1.CR2"), file("IMG_1.CR2.xmp"), file("IMG_1.JPG"), file("IMG_1.JPG.xmp")];
    assert_eq!(grouped(raw), ["IMG_1.JPG + IMG_1.CR2 + IMG_1.JPG.xmp"], "the photo's own before those of its RAW");
    let raw = [file("IMG_1.CR2"), file("IMG_1.CR2.xmp"), file("IMG_1.JPG")];
    assert_eq!(grouped(raw), ["IMG_1.JPG + IMG_1.CR2 + IMG_1.CR2.xmp"]);
    assert_eq!(grouped([file("IMG_1.HEIC"), file("IMG_1.JPG.xmp")]), ["IMG_1.HEIC"], "words about another file");
    let two = [file("IMG_1.HEIC"), file("IMG_1.JPG"), file("IMG_1.JPG.xmp")];
    assert_eq!(grouped(two), ["IMG_1.HEIC", "IMG_1.JPG + IMG_1.JPG.xmp"]);
}

#[test]
fn a_sidecar_alone_is_no_item() {
    assert_eq!(grouped([file("IMG_1.xmp")]), [""; 0]);
    assert_eq!(grouped([file("IMG_1.xmp"), file("IMG_1.aae")]), [""; 0]);
    assert_eq!(grouped([file("IMG_1.xmp"), file("IMG_2.JPG")]), ["IMG_2.JPG"]);
}

#[test]
fn what_photos_does_not_take_stands_alone_and_takes_no_sidecar() {
    assert_eq!(
        grouped([file("IMG_1.jpg"), file("IMG_1.jxl"), file("IMG_1.xmp")]),
        ["IMG_1.jpg + IMG_1.xmp", "IMG_1.jxl"]
    );
    let items = items_under(&Filter::default(), [file("IMG_1.jpg"), file("IMG_1.jxl")]);
    assert_eq!(items[0].primary().trouble, None);
    assert_eq!(items[1].primary().trouble, Some(Trouble::Unsupported));
}

#[test]
fn what_ends_within_its_identifier_is_still_a_half() {
    let cut = |identifier| {
        let mut half = file("IMG_1.HEIC").live(identifier);
        half.header().truncated = Some("half".into());
        half
    };
    let movie = || file("IMG_1.MOV").live("5A1F0C52-0000").lasting(2_000);
    assert_eq!(grouped([cut("5A1F0C"), movie()]).len(), 1);
    assert_eq!(grouped([cut("5A1F0D"), movie()]).len(), 2, "of another photo");
}

#[test]
fn the_undated_movie_of_a_motion_photo_belongs_to_it() {
    let motion = || {
        let mut still = file("MV.jpg").at(AT);
        let behind = MotionPhoto { duration_ms: Some(2_134), size: Some(9_000), moment_us: None, pair: Ok((1, 1)) };
        still.header().motion = Some(Box::new(behind));
        still
    };
    let movie = || file("MV.mp4").lasting(2_134).sized(9_000);
    assert_eq!(grouped([motion(), movie()]), ["MV.jpg + MV.mp4"]);
    for another in [movie().lasting(2_135), movie().sized(9_001), movie().at("2024-05-01T10:01:00")] {
        assert_eq!(grouped([motion(), another]).len(), 2);
    }
    assert_eq!(grouped([file("MV.jpg").at(AT), movie()]).len(), 2, "no motion photo");
}

#[test]
fn of_three_files_the_half_goes_to_the_still_with_its_identifier() {
    let three = |jpeg: &str, heic: &str| {
        let movie = file("IMG_1.MOV").live("X").at(AT).lasting(2_900);
        grouped([file(jpeg).at(AT), file(heic).at(AT).live("X"), movie])
    };
    assert_eq!(three("IMG_1.JPG", "IMG_1.HEIC"), ["IMG_1.HEIC + IMG_1.MOV", "IMG_1.JPG"]);
    assert_eq!(three("IMG_1.JPG", "IMG_1.heic"), ["IMG_1.JPG", "IMG_1.heic + IMG_1.MOV"], "whatever comes first");
}

#[test]
fn each_file_keeps_what_stands_in_its_way() {
    let mut movie = file("IMG_1.MOV").live("X");
    movie.0.found.trouble = Some(Trouble::Settling);
    let items = items_under(&Filter::default(), [file("IMG_1.HEIC").live("X"), movie]);
    let troubles: Vec<_> = items[0].files.iter().map(|file| file.trouble.clone()).collect();
    assert_eq!((items.len(), troubles), (1, vec![None, Some(Trouble::Settling)]));
}

#[test]
fn a_filter_marks_and_does_not_drop() {
    let globs = |pattern: &str| GlobSetBuilder::new().add(Glob::new(pattern).unwrap()).build().unwrap();
    let excluded = |filter: &Filter| {
        let files = [file("a/1.jpg"), file("a/2.mov"), file("b/3.heic").live("X"), file("b/3.mov").live("X")];
        items_under(filter, files).iter().map(|item| item.primary().excluded.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(excluded(&Filter::default()), [false, false, false]);
    assert_eq!(
        excluded(&Filter { videos: false, ..Filter::default() }),
        [false, true, false],
        "a Live Photo is a photo"
    );
    assert_eq!(excluded(&Filter { images: false, ..Filter::default() }), [true, false, true]);
    assert_eq!(excluded(&Filter { include: globs("b/**"), ..Filter::default() }), [true, true, false]);
    assert_eq!(excluded(&Filter { exclude: globs("a/*"), ..Filter::default() }), [true, true, false]);
}

#[test]
fn each_file_keeps_the_identity_of_its_bytes() {
    let named = ["b/IMG_1.xmp", "a/IMG_2.JPG", "b/IMG_1.HEIC", "b/IMG_1.MOV", "b/IMG_1.DNG", "A/img_3.jpg"];
    let of_path = |path: &Path| Fingerprint::of(path.as_os_str().as_encoded_bytes());
    let reads = named.map(|path| {
        let read = file(path).live("X").0;
        let is_unread = path.ends_with("DNG");
        Read { fingerprint: (!is_unread).then(|| of_path(Path::new(path))), ..read }
    });
    let items = group(FolderId(1), reads.into(), &Archives::default(), &Filter::default());
    assert_eq!(items.iter().map(|grouped| grouped.item.files.len()).collect::<Vec<_>>(), [1, 1, 4]);
    for Grouped { item, fingerprints } in items {
        let expected = item.files.iter().map(|file| {
            let is_unread = file.path.extension().is_some_and(|ending| ending == "DNG");
            (!is_unread).then(|| of_path(&file.path))
        });
        assert_eq!(fingerprints.into_vec(), expected.collect::<Vec<_>>());
    }
}
