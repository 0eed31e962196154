//! Directories of public photos, read by us and by exiftool: each difference with its cause. Run by
//! `scripts/compare-with-exiftool DIRECTORY...`, which needs exiftool.

mod referee;

use std::collections::BTreeMap;
use std::path::PathBuf;

use photobridge_media::{FileKind, kind_of};
use referee::{exiftool, of_file, ours, theirs};

const DAMAGED: &str = "damaged on purpose: each reader saves what it can";
const OS2: &str = "OS/2's second version: exiftool reads no height";
const MINI: &str = "a HEIF of one box, `mini`, which exiftool 12.57 does not know";

/// Where we and exiftool differ on purpose: in files with this in their path, in these fields, and why.
const CAUSES: [(&str, &[&str], &str); 26] = [
    ("ImageTestSuite/0c84d07e1b22b76f24cccc70d8788e4a.tif", &["camera"], "the scanner stands with the second page"),
    (
        "ImageTestSuite/9b286add70871bbbef1601997b429344.tif",
        &["pixels"],
        "of several pages we tell the first, exiftool the last",
    ),
    (
        "ImageTestSuite/221209eb0a273029efa18f4c61f6628a.tif",
        &["captured"],
        "16-39-39: exiftool passes on what is written",
    ),
    ("ImageTestSuite/", &["captured", "pixels", "camera"], DAMAGED),
    ("fuzzing/data/corpus/clusterfuzz", &["pixels"], DAMAGED),
    ("fuzzing/data/corpus/github_", &["pixels"], DAMAGED),
    ("IllegalArgumentException.HeifReader.processBoxes.heif", &["pixels"], DAMAGED),
    ("bmp/QCb.BMP", &["pixels"], OS2),
    ("bmp/QDb.BMP", &["pixels"], OS2),
    ("bmp/QHb.BMP", &["pixels"], OS2),
    ("bmp/QSb.BMP", &["pixels"], OS2),
    ("bmpsuite/q/pal8os2v2", &["pixels"], OS2),
    ("bmpsuite/q/pal1huff.bmp", &["pixels"], OS2),
    ("bmpsuite/b/badwidth.bmp", &["pixels"], "a width below nothing"),
    ("-mini.heif", &["pixels"], MINI),
    ("lightning_mini.heif", &["pixels"], MINI),
    ("simple_osm_tile_", &["pixels"], MINI),
    ("Issue 600 (2).jpg", &["captured"], "XMP gives two dates in one property: exiftool passes on both"),
    ("Nikon D5000.jpg", &["location"], "the place stands in XMP, and blanks in EXIF"),
    ("Sony ILCE-7M3 (A7M3).mts", &["camera"], "exiftool passes on the maker's number"),
    ("t/images/M2TS.mts", &["camera"], "exiftool passes on the maker's number"),
    ("t/images/ExifTool.jpg", &["camera"], "EXIF and CIFF in one file: we believe EXIF"),
    ("t/images/FujiFilm.raf", &["pixels"], "we tell no size of an RAF: what a sensor sees is not what is shown"),
    ("t/images/KyoceraRaw.raw", &["camera", "captured"], "a maker's own format, which we do not read"),
    ("t/images/Pentax.avi", &["captured"], "2009/10/27 12:14:34: exiftool leaves the seconds out"),
    ("t/images/QuickTime.mov", &["camera"], "the camera stands in the maker's own block"),
];

fn files() -> Vec<(PathBuf, FileKind)> {
    let rooms = std::env::var_os("PHOTOBRIDGE_CORPORA").expect("PHOTOBRIDGE_CORPORA names directories");
    let mut files = Vec::new();
    for entry in std::env::split_paths(&rooms).flat_map(walkdir::WalkDir::new) {
        let entry = entry.expect("directories that can be listed");
        let kind =
            kind_of(entry.path()).filter(|kind| matches!(kind, FileKind::Still | FileKind::Raw | FileKind::Video));
        files.extend(kind.filter(|_| entry.file_type().is_file()).map(|kind| (entry.into_path(), kind)));
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

#[test]
#[ignore = "needs PHOTOBRIDGE_CORPORA and exiftool"]
fn every_difference_to_exiftool_has_its_cause() {
    let files = files();
    let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
    let exiftool = exiftool(&paths);
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut causes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for (path, kind) in &files {
        let Some(value) = exiftool.get(path) else { continue };
        let (header, _) = of_file(path, *kind);
        let theirs = theirs(value);
        for (field, ours) in ours(&header) {
            let counted = counts.entry(field).or_default();
            counted[0] += usize::from(theirs[field].is_some());
            counted[1] += usize::from(ours.is_some());
            if ours == theirs[field] {
                continue;
            }
            counted[2] += 1;
            let name = path.display().to_string();
            match CAUSES.iter().find(|(file, what, _)| name.contains(file) && what.contains(&field)) {
                Some((_, _, cause)) => *causes.entry((field, cause)).or_default() += 1,
                None => unexplained.push(format!("{field}: {name}: we {ours:?}, exiftool {:?}", theirs[field])),
            }
        }
    }
    println!("{} files", files.len());
    for (field, [theirs, ours, different]) in counts {
        println!("{field}: exiftool reads it of {theirs}, we of {ours}; {different} differ");
        for ((_, cause), count) in causes.iter().filter(|((of, _), _)| *of == field) {
            println!("    {count}: {cause}");
        }
    }
    assert!(unexplained.is_empty(), "{} unexplained\n{}", unexplained.len(), unexplained.join("\n"));
}
