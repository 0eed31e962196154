//! Thumbnails of the real photos beside the project, which are no part of it: run only where they are (`--ignored`).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::{ImageFormat, RgbImage, imageops};
use photobridge_core::folder::Folder;
use photobridge_folders::disk::Disk;
use photobridge_media::{Coding, FileKind, kind_of, pictures};

use super::make::{self, SIDE, thumbnail};
use super::*;

/// All the room there is.
const MEMORY: u64 = 176 << 20;

/// Files that show nothing, each looked at by hand: the picture of this one breaks off in the middle.
const NOTHING: [&str; 1] = ["samples/jpg/corrupted.jpg"];

fn shared() -> PathBuf {
    match std::env::var_os("PHOTOBRIDGE_SHARED") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

/// Every still below a directory of `../shared`.
fn stills(directory: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![shared().join(directory)]);
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("../shared can be listed (set PHOTOBRIDGE_SHARED)") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if matches!(kind_of(&path), Some(FileKind::Still | FileKind::Raw)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn pixels(thumbnail: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(thumbnail, ImageFormat::Jpeg).expect("a JPEG").to_rgb8()
}

fn seen(path: &Path) -> Result<RgbImage, Refusal> {
    let mut file = File::open(path)?;
    thumbnail(&mut file, SIDE, MEMORY, Instant::now() + Duration::from_secs(60)).map(|thumbnail| pixels(&thumbnail))
}

/// How far two pictures are apart, in levels of 255: of the same photo some 5, of different ones 40 and more.
fn distance(one: &RgbImage, other: &RgbImage) -> f64 {
    let (width, height) = (64, 64);
    let [one, other] = [one, other].map(|picture| imageops::thumbnail(picture, width, height));
    let differences = one.iter().zip(other.iter()).map(|(one, other)| f64::from(one.abs_diff(*other)));
    differences.sum::<f64>() / f64::from(width * height * 3)
}

#[test]
#[ignore = "needs ../shared"]
fn every_real_photo_has_a_thumbnail() {
    let files = [stills("samples"), stills("libraries")].concat();
    assert!(files.len() > 150, "only {} files", files.len());
    let mut without = Vec::new();
    for file in files {
        let name = file.strip_prefix(shared()).expect("below ../shared").display().to_string();
        match seen(&file) {
            Ok(picture) => assert!(picture.width().max(picture.height()) <= SIDE, "{name}"),
            Err(refusal) => {
                println!("{name}: {refusal}");
                without.push(name);
            }
        }
    }
    assert_eq!(without, NOTHING);
}

#[test]
#[ignore = "needs ../shared"]
fn real_photos_stand_upright() {
    for scene in ["landscape", "portrait"] {
        let file = |number: u8| shared().join(format!("samples/jpg/orientation/{scene}_{number}.jpg"));
        let upright = seen(&file(1)).expect("a picture");
        for number in 2..=8 {
            let turned = seen(&file(number)).expect("a picture");
            assert_eq!(turned.dimensions(), upright.dimensions(), "{scene} {number}");
            // In each the photo is a little different, and has its number written on it.
            let nearness = distance(&turned, &upright);
            for wrong in
                [imageops::flip_horizontal(&turned), imageops::flip_vertical(&turned), imageops::rotate180(&turned)]
            {
                assert!(distance(&wrong, &upright) > 2.0 * nearness, "{scene} {number}: {nearness}");
            }
        }
    }
}

#[test]
#[ignore = "needs ../shared"]
fn the_tiles_of_a_phone_show_what_its_small_picture_does() {
    let mut compared = 0;
    for path in [stills("samples/heic"), stills("libraries")].concat() {
        let mut file = File::open(&path).expect("a file");
        let size = file.metadata().expect("metadata").len();
        let found: Vec<RgbImage> = pictures(&mut file, size, SIDE)
            .expect("the disk answers")
            .into_iter()
            .filter(|picture| matches!(picture.coding, Coding::Hevc(_)))
            .map(|picture| {
                let small = decode::decode(&mut file, &picture, SIDE, MEMORY).expect("a picture");
                pixels(&make::encode(small, picture.turn, SIDE).expect("a thumbnail"))
            })
            .collect();
        if let [small, tiles] = &found[..] {
            assert_eq!(small.dimensions(), tiles.dimensions(), "{}", path.display());
            assert!(distance(small, tiles) < 8.0, "{}: {}", path.display(), distance(small, tiles));
            compared += 1;
        }
    }
    assert_eq!(compared, 7);
}

#[test]
#[ignore = "needs ../shared"]
fn what_we_decode_is_what_photos_shows() {
    let library = shared().join("libraries/Test-26.1.photoslibrary");
    // A HEIC without a small picture: as it was taken and as edited, and a JPEG from a camera held upright.
    for (ours, photos) in [
        (
            "resources/renders/7/7783E8E6-9CAC-40F3-BE22-81FB7051C266_1_201_a.heic",
            "resources/derivatives/masters/7/7783E8E6-9CAC-40F3-BE22-81FB7051C266_4_5005_c.jpeg",
        ),
        (
            "originals/7/71E3E212-00EB-430D-8A63-5E294B268554.jpeg",
            "resources/derivatives/masters/7/71E3E212-00EB-430D-8A63-5E294B268554_4_5005_c.jpeg",
        ),
    ] {
        let [ours, photos] = [ours, photos].map(|path| seen(&library.join(path)).expect("a picture"));
        assert_eq!(ours.dimensions(), photos.dimensions());
        assert!(distance(&ours, &photos) < 8.0, "{}", distance(&ours, &photos));
    }
}

fn open(path: &Path) -> Option<Box<dyn Opened>> {
    Disk::open(path.parent()?).ok()?.open(Path::new(path.file_name()?)).ok()
}

#[test]
#[ignore = "needs ../shared"]
fn a_page_of_photos_stays_small() {
    let data = tempfile::tempdir().expect("a directory");
    let thumbnails = Thumbnails::new(data.path());
    let files: Vec<PathBuf> = stills("libraries")
        .into_iter()
        .filter(|path| path.components().any(|part| part.as_os_str() == "originals"))
        .collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (thumbnails, files) = (&thumbnails, &files);
            scope.spawn(move || {
                for number in (thread..60).step_by(8) {
                    let key = Key::of_bytes(&Fingerprint::of(&[number as u8]));
                    assert!(thumbnails.of_file(key, open(&files[number % files.len()])).is_some());
                }
            });
        }
    });
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
        let kilobytes: u64 = peak.trim_end_matches("kB").trim().parse().expect("a number");
        println!("peak: {kilobytes} kB");
        assert!(kilobytes < 200_000, "{kilobytes} kB");
    }
}
