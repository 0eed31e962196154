//! The few pictures of these tests: real files with real headers, tiny, and of equal sizes wherever that can be.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::header::Header;
use photobridge_media::sample::Shot;
use photobridge_media::{self as media, FileKind};

/// The number of a picture in the catalogue.
pub type Picture = usize;

/// One file's bytes, and what is known of them.
pub struct Content {
    /// What the history calls it.
    pub name: &'static str,
    /// The ending of its files.
    pub ending: &'static str,
    /// The press of the shutter that it comes from. Pictures of one moment are matched by more than bytes.
    pub moment: u8,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// What they say of themselves.
    pub header: Header,
}

impl Content {
    /// Their identity.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.bytes)
    }

    /// Whether it moves.
    pub fn is_movie(&self) -> bool {
        self.ending == "MOV"
    }
}

/// What a camera made at one press of the shutter: the primary file, and what belongs to it.
pub struct Made {
    /// The still, or the video.
    pub primary: Picture,
    /// The video of a Live Photo, or the RAW.
    pub companion: Option<Picture>,
    /// What an editor saves over the primary file: the same header, another picture.
    pub variants: &'static [Picture],
    /// What the library renders when it is edited there, each with the video of a Live Photo.
    pub renders: &'static [(Picture, Option<Picture>)],
}

/// Every press of the shutter.
pub const MADE: [Made; 16] = [
    Made { primary: 0, companion: None, variants: &[1], renders: &[(2, None), (3, None)] },
    // The same shot as the first one, in another format.
    Made { primary: 4, companion: None, variants: &[], renders: &[(2, None)] },
    Made { primary: 5, companion: Some(6), variants: &[7], renders: &[(8, Some(9)), (10, Some(9))] },
    Made { primary: 11, companion: Some(12), variants: &[], renders: &[] },
    Made { primary: 13, companion: Some(14), variants: &[15], renders: &[(16, None)] },
    Made { primary: 17, companion: None, variants: &[18], renders: &[(19, None)] },
    Made { primary: 20, companion: None, variants: &[], renders: &[] },
    Made { primary: 21, companion: None, variants: &[22], renders: &[] },
    Made { primary: 23, companion: None, variants: &[], renders: &[(24, None)] },
    // A program writes other words about it, where it lies or into a copy.
    Made { primary: 25, companion: None, variants: &[29], renders: &[] },
    Made { primary: 26, companion: None, variants: &[], renders: &[] },
    // Two stills share one movie, as an app leaves them that copies a Live Photo.
    Made { primary: 28, companion: Some(12), variants: &[], renders: &[] },
    Made { primary: 29, companion: None, variants: &[25], renders: &[] },
    // And it is converted.
    Made { primary: 30, companion: None, variants: &[], renders: &[] },
    // What has not arrived whole yet: of the photo nobody can tell that.
    Made { primary: 31, companion: None, variants: &[25], renders: &[] },
    Made { primary: 32, companion: None, variants: &[22], renders: &[] },
];

/// Pictures that are one shot in two formats.
pub const CONVERTED: [[Picture; 2]; 2] = [[0, 4], [25, 30]];

/// Files of one coded picture about which other things are written.
pub const RETAGGED: [[Picture; 2]; 1] = [[25, 29]];

/// The movie that two stills share.
pub const SHARED: Picture = 12;

/// Beginnings, each with the whole.
pub const BEGUN: [[Picture; 2]; 2] = [[31, 25], [32, 22]];

/// The whole of which this is the beginning.
pub fn whole_of(picture: Picture) -> Option<Picture> {
    BEGUN.iter().find(|begun| begun[0] == picture).map(|begun| begun[1])
}

/// What somebody else puts into the folder while we are at work.
pub const STRANGER: Picture = 27;

/// Every picture, by number.
pub static PICTURES: LazyLock<Vec<Content>> = LazyLock::new(|| {
    let at = |second: i8, milliseconds: u16, seed: u64| {
        let mut shot = Shot::new(date(2024, 5, 14).at(12, 0, second, 0), seed);
        shot.milliseconds = Some(milliseconds);
        shot
    };
    let live = |mut shot: Shot, number: u8| {
        shot.content_identifier = Some(format!("5A1F0C52-0000-4000-8000-00000000000{number}"));
        shot
    };
    let other_camera = |mut shot: Shot| {
        (shot.make, shot.model, shot.offset) = ("Canon".into(), "Canon EOS 40D".into(), None);
        shot
    };
    let undated = |shot: Shot| {
        // Behind the two bytes of the start: two of the marker, then the length of the block with its own two bytes.
        let mut bytes = shot.jpeg(16, 12);
        let length = usize::from(u16::from_be_bytes([bytes[4], bytes[5]]));
        bytes.drain(2..4 + length);
        bytes
    };
    let jpeg = |shot: Shot| shot.jpeg(16, 12);
    let heif = |shot: Shot| shot.heif(16, 12);
    let movie = |shot: Shot| shot.movie(16, 12, 500);
    let mut winter = at(0, 500, 90);
    winter.captured = date(2023, 12, 31).at(23, 59, 59, 0);
    let all: Vec<(&str, &str, u8, Vec<u8>)> = vec![
        ("still A", "JPG", 0, jpeg(at(1, 100, 1))),
        ("still A as edited in the folder", "JPG", 0, jpeg(at(1, 100, 2))),
        ("still A rendered", "JPG", 0, jpeg(at(1, 100, 3))),
        ("still A rendered anew", "JPG", 0, jpeg(at(1, 100, 4))),
        ("still A as HEIC", "HEIC", 0, heif(at(1, 100, 1))),
        ("Live Photo L", "HEIC", 1, heif(live(at(10, 200, 5), 1))),
        ("movie of L", "MOV", 1, movie(live(at(10, 200, 5), 1))),
        ("Live Photo L as edited in the folder", "HEIC", 1, heif(live(at(10, 200, 6), 1))),
        ("Live Photo L rendered", "JPG", 1, jpeg(live(at(10, 200, 7), 2))),
        ("movie of L rendered", "MOV", 1, movie(live(at(10, 200, 8), 2))),
        ("Live Photo L rendered anew", "JPG", 1, jpeg(live(at(10, 200, 9), 2))),
        ("Live Photo M", "HEIC", 2, heif(live(at(10, 900, 10), 3))),
        ("movie of M", "MOV", 2, movie(live(at(10, 900, 11), 3))),
        ("JPEG of R", "JPG", 3, jpeg(other_camera(at(20, 300, 12)))),
        ("RAW of R", "DNG", 3, other_camera(at(20, 300, 12)).dng(16, 12)),
        ("JPEG of R as edited in the folder", "JPG", 3, jpeg(other_camera(at(20, 300, 13)))),
        ("JPEG of R rendered", "JPG", 3, jpeg(other_camera(at(20, 300, 14)))),
        // The next frame of A's burst.
        ("still B", "JPG", 4, jpeg(at(1, 600, 15))),
        ("still B as edited in the folder", "JPG", 4, jpeg(at(1, 600, 16))),
        ("still B rendered", "JPG", 4, jpeg(at(1, 600, 17))),
        ("undated still U", "JPG", 5, undated(at(1, 100, 18))),
        ("video V", "MOV", 6, movie(at(30, 400, 19))),
        ("video V as edited in the folder", "MOV", 6, movie(at(30, 400, 20))),
        ("winter still W", "JPG", 7, jpeg(winter.clone())),
        ("winter still W rendered", "JPG", 7, jpeg(Shot { seed: 91, ..winter })),
        ("still C", "JPG", 8, jpeg(at(40, 500, 21))),
        ("video X", "MOV", 9, movie(at(50, 600, 22))),
    ];
    let stranger = Shot { captured: date(2020, 2, 29).at(1, 2, 3, 0), ..at(1, 1, 99) };
    let late = [
        ("a stranger's still", "JPG", 10, jpeg(stranger)),
        ("Live Photo N", "HEIC", 2, heif(live(at(10, 901, 23), 3))),
        ("still C with other words", "JPG", 8, jpeg(Shot { orientation: 6, ..at(40, 500, 21) })),
        ("still C as HEIC", "HEIC", 8, heif(at(40, 500, 21))),
    ];
    let all: Vec<_> = all.into_iter().chain(late).collect();
    let longest = |ending: &str| all.iter().filter(|one| one.1 == ending).map(|one| one.3.len()).max().unwrap_or(0);
    let lengths: HashMap<&str, usize> =
        ["JPG", "HEIC", "MOV", "DNG"].map(|ending| (ending, longest(ending) + 8)).into();
    let begun = [("still C begun", 25), ("video X begun", 22)];
    let begun = begun.map(|(name, whole)| {
        let (_, ending, moment, bytes) = &all[whole];
        (name, *ending, *moment, bytes.clone())
    });
    let all: Vec<_> = all.iter().cloned().chain(begun).collect();
    all.iter()
        .map(|(name, ending, moment, bytes)| {
            // A new render has another size: what was read of a library's file is kept by its size.
            let longer = if name.ends_with("anew") { 16 } else { 0 };
            let mut bytes = padded(bytes.clone(), ending, lengths[ending] + longer);
            let is_begun = name.ends_with("begun");
            bytes.truncate(bytes.len() - if is_begun { 4 } else { 0 });
            let kind = match *ending {
                "MOV" => FileKind::Video,
                "DNG" => FileKind::Raw,
                _ => FileKind::Still,
            };
            let size = bytes.len() as u64;
            let (header, _) = media::read_header(Cursor::new(&bytes), size, kind).expect("memory can be read");
            assert!(header.truncated.is_none() || is_begun, "{name}");
            Content { name, ending, moment: *moment, bytes: bytes.into(), header }
        })
        .collect()
});

/// Which picture these bytes are.
pub fn picture_of(bytes: &[u8]) -> Option<Picture> {
    static KNOWN: LazyLock<HashMap<&'static [u8], Picture>> =
        LazyLock::new(|| PICTURES.iter().enumerate().map(|(at, content)| (&*content.bytes, at)).collect());
    KNOWN.get(bytes).copied()
}

/// Equal sizes make files that only their bytes tell apart.
fn padded(mut bytes: Vec<u8>, ending: &str, length: usize) -> Vec<u8> {
    let missing = length - bytes.len();
    if matches!(ending, "HEIC" | "MOV") {
        bytes.extend((missing as u32).to_be_bytes());
        bytes.extend(b"free");
    }
    bytes.resize(length, 0);
    bytes
}

#[test]
fn the_pictures_are_what_their_names_say() {
    let distinct: std::collections::HashSet<&[u8]> = PICTURES.iter().map(|content| &*content.bytes).collect();
    assert_eq!(distinct.len(), PICTURES.len(), "no two are equal");
    for content in PICTURES.iter() {
        assert_eq!(content.header.captured.is_none(), content.name.starts_with("undated"), "{}", content.name);
    }
    for made in &MADE {
        for other in made.companion.iter().chain(made.variants) {
            assert_eq!(PICTURES[*other].moment, PICTURES[made.primary].moment);
        }
    }
    let sizes: std::collections::HashSet<usize> = PICTURES.iter().map(|content| content.bytes.len()).collect();
    assert!(sizes.len() <= 7, "one size for each ending, one for new renders, two of what is begun");
    for [begun, whole] in BEGUN {
        assert!(PICTURES[whole].bytes.starts_with(&PICTURES[begun].bytes));
    }
}
