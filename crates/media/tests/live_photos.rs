//! Real motion photos and what exiftool and ffmpeg say of the pairs that are made of them; and the movies of real Live Photos,
//! of which ours have each field. Needs `../shared`, exiftool and ffmpeg, so it runs only when asked:
//! `cargo test -p photobridge-media --test live_photos -- --ignored`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::date;
use photobridge_media::live::{Both, joined};
use photobridge_media::sample::Shot;
use photobridge_media::{kind_of, live};

fn shared() -> PathBuf {
    match std::env::var_os("PHOTOBRIDGE_SHARED") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

/// The motion photos of `../shared`, by hand: how many bytes from the end their movie begins, and how many stand behind it in the
/// box of Samsung's trailer.
const MOTION: [(&str, u64, u64); 2] =
    [("PXL_20200710_061629144.MP.jpg", 1_317_283, 0), ("samsung-one-ui-6.heic", 3_226_668, 199)];

fn said(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().expect("it is installed");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The samples of a kind of track, one hash each: with `-c copy` nothing is decoded.
fn samples(movie: &Path, kind: &str) -> Vec<String> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(movie).args(["-map", kind, "-c", "copy", "-f", "framemd5", "-"]);
    let text = String::from_utf8(ffmpeg.output().expect("ffmpeg is installed").stdout).expect("text");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    // Its length in bytes, and its hash.
    lines.map(|line| line.split(',').skip(4).map(str::trim).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
#[ignore = "needs ../shared, exiftool and ffmpeg"]
fn real_motion_photos_become_pairs_that_others_read() {
    let room = tempfile::tempdir().expect("a directory");
    for (name, from_end, behind) in MOTION {
        let path = shared().join("cases/motion").join(name);
        let mut file = File::open(&path).expect("../shared is there");
        let bytes = fs::read(&path).expect("readable");
        let pair = live::pair(&file, bytes.len() as u64, &[7; 20]).expect("readable").expect("a motion photo");
        let at = |ending: &str| room.path().join(name).with_extension(ending);
        let (still, movie, before) = (room.path().join(name), at("mov"), at("mp4"));
        pair.still.write(&mut file, &mut File::create(&still).expect("made")).expect("written");
        pair.movie.write(&mut file, &mut File::create(&movie).expect("made")).expect("written");
        let start = bytes.len() - from_end as usize;
        fs::write(&before, &bytes[start..bytes.len() - behind as usize]).expect("written");

        let identifiers = ["-MediaGroupUUID", "-ContentIdentifier"].map(|tag| [tag, "-s3"]);
        assert_eq!(said("exiftool", &identifiers[0], &still), &*pair.identifier, "{name}");
        assert_eq!(said("exiftool", &identifiers[1], &movie), &*pair.identifier, "{name}");
        assert_eq!(said("exiftool", &["-ee", "-s3", "-StillImageTime"], &movie), "-1", "{name}: as of a real one");
        assert_eq!(said("exiftool", &["-validate", "-s3"], &movie), "OK", "{name}");
        assert!(!samples(&before, "0:v:0").is_empty());
        for kind in ["0:v:0", "0:a:0"] {
            assert_eq!(samples(&movie, kind), samples(&before, kind), "{name}: {kind}");
        }
        let words = ["-a", "-G1", "-s", "-EXIF:all", "-MakerNotes:all", "-GPS:all"];
        let (then, now) = (said("exiftool", &words, &path), said("exiftool", &words, &still));
        let lost: Vec<&str> = then.lines().filter(|line| !now.contains(line) && !line.contains("[Samsung]")).collect();
        assert_eq!(lost, [""; 0], "{name}: all that the camera wrote can still be read");
    }
}

/// The real Live Photos of `../shared`, originals and one edited: the picture, the movie, and by hand the empty stretch in the
/// track of the still's moment, in six hundredths of a second.
const LIVE: [(&str, &str, u64); 5] = [
    (
        "Test-Media-Types-15.7.2.photoslibrary/originals/E/EC19EA1A-FC91-449C-8925-B13D863E2EDB.heic",
        "Test-Media-Types-15.7.2.photoslibrary/originals/E/EC19EA1A-FC91-449C-8925-B13D863E2EDB_3.mov",
        0x31F,
    ),
    (
        "Test-Media-Types-15.7.2.photoslibrary/originals/D/D562F353-7A22-4367-9A7F-153A4D9F149C.heic",
        "Test-Media-Types-15.7.2.photoslibrary/originals/D/D562F353-7A22-4367-9A7F-153A4D9F149C_3.mov",
        0,
    ),
    (
        "Test-Media-Types-15.7.2.photoslibrary/originals/B/B60C31AC-BE86-42C5-A383-A0A5710B18AE.heic",
        "Test-Media-Types-15.7.2.photoslibrary/originals/B/B60C31AC-BE86-42C5-A383-A0A5710B18AE_3.mov",
        0,
    ),
    (
        "Test-Media-Types-15.7.2.photoslibrary/resources/renders/B/B60C31AC-BE86-42C5-A383-A0A5710B18AE_1_201_a.heic",
        "Test-Media-Types-15.7.2.photoslibrary/resources/renders/B/B60C31AC-BE86-42C5-A383-A0A5710B18AE_2_100_a.mov",
        0,
    ),
    (
        "Test-Cloud-13.1.photoslibrary/originals/0/0FFBE909-7142-4299-BA6F-9B6E7E8FB338.jpeg",
        "Test-Cloud-13.1.photoslibrary/originals/0/0FFBE909-7142-4299-BA6F-9B6E7E8FB338_3.mov",
        0x2D1,
    ),
];

/// The pixels that libheif decodes of a picture, as PNG packs them; nothing of those that it does not open: 1.15 does not open
/// most of iOS 18.
fn decoded(file: &Path, room: &Path) -> Option<Vec<u8>> {
    let target = room.join("decoded.png");
    let output = Command::new("heif-convert").arg(file).arg(&target).output().expect("heif-convert is installed");
    output.status.success().then(|| pixels(&fs::read(target).expect("decoded")))
}

/// What is coded in a PNG, without the words that stand in it.
fn pixels(png: &[u8]) -> Vec<u8> {
    let (mut at, mut pixels) = (8, Vec::new());
    while let Some([a, b, c, d, kind @ ..]) = png.get(at..at + 8) {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if [&b"IHDR"[..], b"IDAT"].contains(&kind) {
            pixels.extend_from_slice(&png[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    pixels
}

#[test]
#[ignore = "needs ../shared, exiftool, ffmpeg and heif-convert"]
fn real_live_photos_become_motion_photos_that_others_read() {
    let room = tempfile::tempdir().expect("a directory");
    for (still_at, movie_at, units) in LIVE {
        let (still_at, movie_at) =
            (shared().join("libraries").join(still_at), shared().join("libraries").join(movie_at));
        let name = still_at.file_name().expect("a name").to_string_lossy().into_owned();
        let (still, movie) = (fs::read(&still_at).expect("readable"), fs::read(&movie_at).expect("readable"));
        let half = |bytes: &[u8]| (Cursor::new(bytes.to_vec()), bytes.len() as u64);
        let made = joined(half(&still), half(&movie)).expect("readable").unwrap_or_else(|why| panic!("{name}: {why}"));
        let file = room.path().join(&name);
        made.write(&mut Both::new(half(&still), half(&movie)), &mut File::create(&file).expect("made"))
            .expect("written");
        let whole = fs::read(&file).expect("written");

        // Both come out again.
        let pair =
            live::pair(Cursor::new(&whole), whole.len() as u64, &[7; 20]).expect("readable").expect("a motion photo");
        for (half, bytes) in [(pair.still, &still), (pair.movie, &movie)] {
            let mut written = Vec::new();
            half.write(&mut Cursor::new(&whole), &mut written).expect("written");
            assert!(written == *bytes, "{name}");
        }
        // exiftool finds as little fault with it as before, all that was said, and the movie.
        let judged = |file: &Path| said("exiftool", &["-validate", "-warning", "-a", "-s3"], file);
        assert_eq!(judged(&file), judged(&still_at), "{name}");
        let words = ["-a", "-G1", "-s", "-EXIF:all", "-MakerNotes:all", "-XMP:all", "-ICC_Profile:all"];
        let (then, now) = (said("exiftool", &words, &still_at), said("exiftool", &words, &file));
        let lost: Vec<&str> = then.lines().filter(|line| !now.contains(line) && !line.contains("XMPToolkit")).collect();
        assert_eq!(lost, [""; 0], "{name}");
        let tag = |tag: &str| said("exiftool", &[tag, "-s3"], &file);
        let told = tag("-XMP-GCamera:MotionPhotoPresentationTimestampUs");
        match units {
            0 => assert!(
                told.parse::<u64>().is_ok_and(|moment| (500_000..3_000_000).contains(&moment)),
                "{name}: {told}"
            ),
            units => assert_eq!(told, (units * 1_000_000 / 600).to_string(), "{name}"),
        }
        let behind = &whole[whole.len() - movie.len()..];
        assert!(behind == movie, "{name}");
        if name.ends_with(".heic") {
            let output =
                Command::new("exiftool").args(["-b", "-MotionPhotoVideo"]).arg(&file).output().expect("it runs");
            assert!(output.stdout == movie, "{name}: exiftool takes the movie out");
            assert_eq!(decoded(&file, room.path()), decoded(&still_at, room.path()), "{name}: its pixels");
        }
        let cut = room.path().join("cut.mov");
        fs::write(&cut, behind).expect("written");
        for kind in ["0:v:0", "0:a:0"] {
            assert!(
                !samples(&cut, kind).is_empty() && samples(&cut, kind) == samples(&movie_at, kind),
                "{name}: {kind}"
            );
        }
    }
}

#[test]
#[ignore = "needs ../shared and heif-convert"]
fn libheif_decodes_the_same_pixels_before_and_after() {
    let room = tempfile::tempdir().expect("a directory");
    // An iPhone's with iOS 14; the movie is ours.
    let iphone = fs::read(shared().join("samples/heic/IMG_5195.HEIC")).expect("readable");
    let shot = Shot {
        content_identifier: Some("570F1469-09C7-4E50-9875-05F21D5BD166".into()),
        ..Shot::new(date(2021, 9, 24).at(10, 0, 0, 0), 7)
    };
    let movie = shot.movie(64, 48, 1500);
    let half = |bytes: &[u8]| (Cursor::new(bytes.to_vec()), bytes.len() as u64);
    let made = joined(half(&iphone), half(&movie)).expect("readable").expect("both are tied");
    let (before, after) = (room.path().join("before.heic"), room.path().join("after.heic"));
    fs::write(&before, &iphone).expect("written");
    made.write(&mut Both::new(half(&iphone), half(&movie)), &mut File::create(&after).expect("made")).expect("written");
    let pixels = decoded(&before, room.path());
    assert!(pixels.is_some() && decoded(&after, room.path()) == pixels);
}

/// What holds in the track of the still's moment whatever the movie: by the path of its box.
fn pattern(movie: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let (_, moov) = boxes(movie).into_iter().find(|(kind, _)| kind == "moov").expect("an index");
    let is_it = |trak: &[u8]| trak.windows(16).any(|window| window == b"still-image-time");
    let (_, trak) = boxes(moov).into_iter().find(|(kind, trak)| kind == "trak" && is_it(trak)).expect("the track");
    let mut fields = BTreeMap::new();
    gather(trak, "", &mut fields);
    fields
}

/// Fields of which the whole content is the same in all, or only its beginning.
const WHOLE: [&str; 5] =
    ["mdia/minf/gmhd", "mdia/minf/dinf", "mdia/minf/stbl/stts", "mdia/minf/stbl/stsc", "mdia/mdhd"];
const BEGUN: [(&str, usize); 5] =
    [("mdia/hdlr", 16), ("mdia/minf/hdlr", 12), ("tkhd", 4), ("edts/elst", 8), ("tref/cdsc", 0)];

fn gather(inside: &[u8], path: &str, fields: &mut BTreeMap<String, Vec<u8>>) {
    for (kind, content) in boxes(inside) {
        let path = if path.is_empty() { kind } else { format!("{path}/{kind}") };
        if let Some((_, length)) = BEGUN.iter().find(|(name, _)| *name == path) {
            fields.insert(path, content[..*length].to_vec());
        } else if WHOLE.contains(&&*path) {
            // When it was made is another matter.
            let content = if path.ends_with("mdhd") { &content[12..] } else { content };
            fields.insert(path, content.to_vec());
        } else if ["mdia", "minf", "stbl", "edts", "tref"].iter().any(|kind| path.ends_with(kind)) {
            gather(content, &path, fields);
        }
    }
}

fn boxes(inside: &[u8]) -> Vec<(String, &[u8])> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(head) = inside.get(at..at + 8) {
        let length = u32::from_be_bytes(head[..4].try_into().expect("four")) as usize;
        let Some(content) = inside.get(at + 8..at + length.max(8)) else { break };
        found.push((String::from_utf8_lossy(&head[4..]).into_owned(), content));
        at += length.max(8);
    }
    found
}

#[test]
#[ignore = "needs ../shared"]
fn the_track_of_the_moment_is_as_in_real_live_photos() {
    let (name, ..) = MOTION[1];
    let mut file = File::open(shared().join("cases/motion").join(name)).expect("../shared is there");
    let size = file.metadata().expect("there").len();
    let pair = live::pair(&file, size, &[7; 20]).expect("readable").expect("a motion photo");
    let mut made = Vec::new();
    pair.movie.write(&mut file, &mut made).expect("written");
    let ours = pattern(&made);
    assert_eq!(ours.len(), WHOLE.len() + BEGUN.len(), "{:?}", ours.keys());
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(shared().join("libraries")).into_iter().map(|entry| entry.expect("listed")) {
        let is_movie = kind_of(entry.path()) == Some(photobridge_media::FileKind::Video);
        if !is_movie || !entry.file_name().to_string_lossy().ends_with("_3.mov") {
            continue;
        }
        let movie = fs::read(entry.path()).expect("readable");
        if movie.windows(16).any(|window| window == b"still-image-time") {
            assert_eq!(pattern(&movie), ours, "{}", entry.path().display());
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen} real ones");
}
