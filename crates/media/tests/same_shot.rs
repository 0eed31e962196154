//! Measures how far glances at one shot are apart, and those at an edit of it: where the limits of "same shot" come from.
//!
//! `cargo test -p photobridge-media --test same_shot -- --ignored --nocapture` makes pairs of the real photos in `../shared`
//! with other people's encoders (ImageMagick, libheif, libwebp, libjpeg) and prints the table of docs/same-shot.md.
//! `PHOTOBRIDGE_ROWS='cropped|gamma'` makes only those rows, `PHOTOBRIDGE_PHOTOS` says of how many photos.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use photobridge_media::header::Header;
use photobridge_media::{Distance, FileKind, Glance, header_of, kind_of};

const MEMORY: u64 = 256 << 20;

/// What is done to a photo, by its name in the table, and the command that does it: `{}` is the photo, `{jpg}` and so on
/// what it becomes. Whoever looks at the second kind sees another picture.
const SAME: [(&str, &str); 13] = [
    ("JPEG, quality 92", "convert {} -quality 92 {jpg}"),
    ("JPEG, quality 75", "convert {} -quality 75 {jpg}"),
    ("JPEG, quality 50", "convert {} -quality 50 {jpg}"),
    ("JPEG, progressive, 4:2:0, quality 80", "convert {} -sampling-factor 4:2:0 -interlace JPEG -quality 80 {jpg}"),
    ("JPEG of half the size", "convert {} -resize 50% -quality 85 {jpg}"),
    ("JPEG in sRGB", "convert {} -profile /usr/share/color/icc/ghostscript/srgb.icc -quality 90 {jpg}"),
    ("JPEG, turned upright", "convert {} -auto-orient -quality 90 {jpg}"),
    ("JPEG, pixels turned, orientation left", "convert {} -rotate 90 -quality 90 {jpg}"),
    ("PNG of half the size", "convert {} -resize 50% {png}"),
    ("WebP, quality 75", "convert {} -quality 75 {webp}"),
    ("WebP, quality 50, half the size", "convert {} -resize 50% -quality 50 {webp}"),
    ("HEIC, quality 50", "convert {} -resize 50% -quality 50 {heic}"),
    ("JPEG of a JPEG, 92 and then 60", "convert {} -quality 92 jpg:- | convert - -quality 60 {jpg}"),
];

const OTHER: [(&str, &str); 22] = [
    ("brightness +3 %", "convert {} -modulate 103 -quality 92 {jpg}"),
    ("brightness +5 %", "convert {} -modulate 105 -quality 92 {jpg}"),
    ("brightness +10 %", "convert {} -modulate 110 -quality 92 {jpg}"),
    ("saturation +15 %", "convert {} -modulate 100,115 -quality 92 {jpg}"),
    ("saturation +30 %", "convert {} -modulate 100,130 -quality 92 {jpg}"),
    ("gamma 1.1", "convert {} -gamma 1.1 -quality 92 {jpg}"),
    ("contrast", "convert {} -sigmoidal-contrast 3,50% -quality 92 {jpg}"),
    ("automatic levels", "convert {} -normalize -quality 92 {jpg}"),
    (
        "warmer",
        "convert {} -channel R -evaluate multiply 1.06 -channel B -evaluate multiply 0.94 +channel -quality 92 {jpg}",
    ),
    ("black and white", "convert {} -colorspace Gray -quality 92 {jpg}"),
    ("sepia", "convert {} -sepia-tone 80% -quality 92 {jpg}"),
    ("inverted", "convert {} -negate -quality 92 {jpg}"),
    (
        // Made small and then enlarged: of the whole picture it takes half a minute.
        "vignette",
        "convert {} ( +clone -scale 5% -fill white -colorize 100 -background black -vignette 0x20 -resize 2010% ) -gravity Center -compose Multiply -composite -quality 92 {jpg}",
    ),
    ("mirrored", "convert {} -flop -quality 92 {jpg}"),
    ("cropped by 2 %", "convert {} -gravity Center -crop 98%x98%+0+0 +repage -quality 92 {jpg}"),
    ("cropped by 5 %", "convert {} -gravity Center -crop 95%x95%+0+0 +repage -quality 92 {jpg}"),
    ("cropped by 10 %", "convert {} -gravity Center -crop 90%x90%+0+0 +repage -quality 92 {jpg}"),
    ("shifted by 1 %", "convert {} -distort SRT '0,0 1 0 %[fx:w*0.01],0' -quality 92 {jpg}"),
    ("straightened by 1°", "convert {} -distort SRT '1.03 1' -quality 92 {jpg}"),
    (
        "background blurred",
        "convert {} ( +clone -blur 0x40 ) ( -clone 0 -fill white -colorize 100 -scale 60% -bordercolor black -border 33.34% -blur 0x60 ) -compose Over -swap 0,1 -composite -quality 92 {jpg}",
    ),
    (
        "a spot of 3 % of the width painted over",
        "convert {} ( +clone -fill gray50 -colorize 100 -scale 3% ) -gravity Center -composite -quality 92 {jpg}",
    ),
    (
        "a line of text",
        "convert {} -gravity South -fill white -pointsize 150 -annotate +0+60 'Summer 2024' -quality 92 {jpg}",
    ),
];

fn shared() -> PathBuf {
    match std::env::var_os("PHOTOBRIDGE_SHARED") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

/// Photos of phones and cameras below a directory, by how much they show.
fn photos(directory: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("../shared can be listed (set PHOTOBRIDGE_SHARED)") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if kind_of(&path) == Some(FileKind::Still) && path.to_string_lossy().contains("originals") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn header(path: &Path) -> Option<Header> {
    header_of(File::open(path).ok()?, FileKind::Still).ok().map(|(header, _)| header)
}

fn glance(path: &Path) -> Option<(Glance, Duration)> {
    let began = Instant::now();
    let header = header(path)?;
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    match Glance::of(&mut file, size, header.pixels, MEMORY) {
        Ok(glance) => Some((glance, began.elapsed())),
        Err(error) => {
            println!("no glance at {}: {error}", path.display());
            None
        }
    }
}

/// Runs a command of the tables; what it made.
fn made(photo: &Path, command: &str, into: &Path, name: usize) -> Option<PathBuf> {
    let ending =
        ["jpg", "png", "webp", "heic"].into_iter().find(|ending| command.contains(&format!("{{{ending}}}")))?;
    let target = into.join(format!("{name}.{ending}"));
    let quoted = |path: &Path| format!("'{}'", path.display());
    let command = command.replace("{}", &quoted(photo)).replace(&format!("{{{ending}}}"), &quoted(&target));
    let command = command.replace("( ", "\\( ").replace(" )", " \\)");
    // ImageMagick computes only some of its arguments.
    let status = Command::new("sh").args(["-c", &command]).status().expect("a shell");
    (status.success() && target.exists()).then_some(target)
}

#[derive(Default)]
struct Row(Vec<Distance>);

impl Row {
    fn print(&mut self, name: &str) {
        self.0.sort();
        let near = self.0.iter().filter(|distance| distance.is_near()).count();
        let (mut most, mut all): (Vec<u8>, Vec<u8>) = self.0.iter().map(|far| (far.most, far.all)).unzip();
        most.sort_unstable();
        all.sort_unstable();
        let range = |levels: &[u8]| match (levels.first(), levels.get(levels.len() / 2), levels.last()) {
            (Some(first), Some(middle), Some(last)) => format!("{first}, {middle}, {last}"),
            _ => "-".into(),
        };
        println!("| {name} | {} | {} | {} | {near} |", self.0.len(), range(&most), range(&all));
    }
}

#[test]
#[ignore = "needs ../shared, ImageMagick with HEIC and WebP, and some minutes"]
fn how_far_pictures_are_apart() {
    let into = tempfile::tempdir().expect("a directory");
    let mut photos = [
        photos(&shared().join("libraries")),
        vec![shared().join("samples/heic/IMG_5195.HEIC"), shared().join("samples/heic/mobile/iphone_13_pro_max.HEIC")],
    ]
    .concat();
    photos.retain(|path| header(path).is_some_and(|header| header.camera.is_some()));
    let most = std::env::var("PHOTOBRIDGE_PHOTOS").ok().and_then(|most| most.parse().ok()).unwrap_or(16);
    // One in so many, so that all libraries have their share.
    let step = photos.len().div_ceil(most).max(1);
    let heics = photos.iter().filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("heic")));
    let mut chosen: Vec<PathBuf> = heics.cloned().collect();
    chosen.extend(
        photos.iter().step_by(step).filter(|path| !path.to_string_lossy().to_lowercase().ends_with("heic")).cloned(),
    );
    let glances: Vec<(PathBuf, Glance)> =
        chosen.into_iter().filter_map(|path| Some((path.clone(), glance(&path)?.0))).collect();
    println!(
        "\n{} photos\n\n| what was done | pairs | 99 of 100 values: least, middle, most | all values | taken for the same |",
        glances.len()
    );
    println!("|---|---|---|---|---|");
    let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let rows = std::env::var("PHOTOBRIDGE_ROWS").unwrap_or_default();
    let is_asked = |name: &str| rows.split('|').any(|row| name.contains(row));
    for (name, command) in SAME.into_iter().chain(OTHER).filter(|(name, _)| is_asked(name)) {
        let mut row = Row::default();
        for (at, (photo, original)) in glances.iter().enumerate() {
            let Some(copy) = made(photo, command, into.path(), at) else { continue };
            if let Some((glance, time)) = glance(&copy) {
                let distance = original.distance(&glance);
                if SAME.iter().any(|(same, _)| *same == name) && !distance.is_near() {
                    println!("  {} {distance:?}", photo.display());
                }
                row.0.push(distance);
                let ending = copy.extension().unwrap_or_default().to_string_lossy().into_owned();
                times.entry(ending).or_default().push(time);
            }
            let _ = fs::remove_file(copy);
        }
        row.print(name);
    }
    let mut neighbours = Row::default();
    let burst = shared().join("libraries/Test-Media-Types-15.7.2.photoslibrary/originals");
    let frames = [
        "B/BB0F9F05-D186-4D43-9903-A4AD7A1BC8B0",
        "D/D87BFE7E-A479-4ECD-98E8-1A8D06EF607E",
        "7/79D1A1A5-B1EA-41D1-83B1-C71F001E6D49",
        "7/7B85B835-AB73-46B1-8840-6BA63FB2D9DD",
    ];
    let frames: Vec<Glance> =
        frames.iter().filter_map(|name| Some(glance(&burst.join(format!("{name}.jpeg")))?.0)).collect();
    for (at, one) in frames.iter().enumerate() {
        neighbours.0.extend(frames[at + 1..].iter().map(|other| one.distance(other)));
    }
    neighbours.print("frames of a burst by hand, 0.3 s apart");
    let mut strangers = Row::default();
    for (at, (_, one)) in glances.iter().enumerate() {
        strangers.0.extend(glances[at + 1..].iter().map(|(_, other)| one.distance(other)));
    }
    strangers.print("any two of the photos");
    for (ending, mut times) in times {
        times.sort();
        println!("{ending}: {:?} in the middle, {:?} at most", times[times.len() / 2], times[times.len() - 1]);
    }
}
