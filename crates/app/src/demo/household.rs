//! The household of the demo: a folder as Nextcloud keeps one, a library that holds some of it and more, and settings
//! for both.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::Offset;
use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::item::Stamp;
use photobridge_core::library::{Library, LibraryError, NewAsset, NewResource};
use photobridge_libraries::Embedded;
use photobridge_media::details::Details;
use photobridge_media::sample::{Shot, xmp};
use photobridge_media::{self as media, FileKind};

use crate::exit::Error;
use crate::places;

/// Width and height of the pictures: small enough to be made in a blink, large enough to look at.
const SIZE: (u16, u16) = (640, 480);

/// Where everything lies.
pub struct Household {
    /// The folder of photos.
    pub photos: PathBuf,
    /// The library.
    pub library: PathBuf,
    /// Settings and ledger.
    pub data: PathBuf,
}

/// A file of the household: its path or name, its bytes, when it was made.
struct Made(&'static str, Vec<u8>, Timestamp);

/// Makes the household in an empty folder.
pub fn make(root: &Path) -> Result<Household, Error> {
    let household = Household {
        photos: root.join("Nextcloud").join("Photos"),
        library: root.join("Photos library"),
        data: root.join("data"),
    };
    // Whoever tries the program where its sources lie has nothing new to commit.
    write(&root.join(".gitignore"), b"*\n", Timestamp::now())?;
    for Made(path, bytes, made) in folder() {
        write(&household.photos.join(path), &bytes, made)?;
    }
    let not_made = |error| Error::Io(household.data.display().to_string(), error);
    photobridge_core::data::make(&household.data).map_err(not_made)?;
    fill_library(&household)?;
    write(&places::settings_file(&household.data), settings(&household)?.as_bytes(), Timestamp::now())?;
    Ok(household)
}

/// Writes a new file, dated `made`; what is there already is never written over.
fn write(path: &Path, bytes: &[u8], made: Timestamp) -> Result<(), Error> {
    let written = || -> std::io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        file.set_modified(made.into())
    };
    written().map_err(|error| Error::Io(format!("{} could not be written", path.display()), error))
}

/// What lies in the folder.
fn folder() -> Vec<Made> {
    let mut files = uploads();
    files.extend(cards());
    files.extend(others());
    files
}

/// What the phone uploaded: the photos that the library holds too, a Live Photo, a screenshot, a video, and one that
/// is not here yet.
fn uploads() -> Vec<Made> {
    let (both, live, lake, converted) = (both(), live(), lake(), converted());
    let screenshot = phone(date(2024, 6, 22).at(18, 3, 40, 0), 21);
    let video = phone(date(2024, 6, 22).at(21, 47, 2, 0), 25);
    // Nextcloud's stand-in for a file that it has not fetched is one blank.
    let coming = phone(date(2024, 6, 23).at(9, 15, 0, 0), 31);
    vec![
        Made("InstantUpload/IMG_0409.JPG", jpeg(&both), instant(&both)),
        Made("InstantUpload/IMG_0412.JPG", jpeg(&live), instant(&live)),
        Made("InstantUpload/IMG_0412.MOV", live.movie(320, 240, 2500), instant(&live)),
        Made("InstantUpload/IMG_0415.JPG", jpeg(&lake), instant(&lake)),
        Made("InstantUpload/IMG_0418.jpg", jpeg(&converted), instant(&converted)),
        Made("InstantUpload/IMG_0421.PNG", screenshot.png(240, 520), instant(&screenshot)),
        Made("InstantUpload/IMG_0425.MOV", video.movie(320, 240, 3000), instant(&video)),
        Made("InstantUpload/IMG_0431.jpg.nextcloud", b" ".to_vec(), instant(&coming)),
    ]
}

/// What the camera's card held: two different photos of one name, RAW with JPEG, a photo that somebody gave a title,
/// and one whose copy broke off.
fn cards() -> Vec<Made> {
    let first = camera(date(2024, 6, 20).at(11, 4, 9, 0), 101);
    let second = camera(date(2024, 6, 21).at(16, 20, 33, 0), 102);
    let raw = camera(date(2024, 6, 21).at(17, 2, 51, 0), 103);
    let titled = camera(date(2024, 6, 21).at(22, 58, 10, 0), 104);
    let half = camera(date(2024, 6, 21).at(23, 1, 44, 0), 105);
    let mut broken_off = jpeg(&half);
    broken_off.truncate(broken_off.len() / 2);
    let details = Details {
        title: Some("Midsummer on the pier".into()),
        keywords: vec!["midsummer".into(), "friends".into()],
        ..Details::default()
    };
    vec![
        Made("Canon/100CANON/IMG_0001.JPG", jpeg(&first), instant(&first)),
        Made("Canon/101CANON/IMG_0001.JPG", jpeg(&second), instant(&second)),
        Made("Canon/101CANON/IMG_0002.JPG", jpeg(&raw), instant(&raw)),
        Made("Canon/101CANON/IMG_0002.DNG", raw.dng(SIZE.0, SIZE.1), instant(&raw)),
        Made("Canon/101CANON/IMG_0003.JPG", jpeg(&titled), instant(&titled)),
        Made("Canon/101CANON/IMG_0003.xmp", xmp(&details, None), instant(&titled)),
        Made("Canon/101CANON/IMG_0004.JPG", broken_off, instant(&half)),
    ]
}

/// What came other ways: a copy under another name, a picture from WhatsApp, an old video, and what somebody with another
/// phone sorted in by month, under a name that the library uses too.
fn others() -> Vec<Made> {
    let lake = lake();
    let pixel =
        Shot { make: "Google".into(), model: "Pixel 8".into(), ..phone(date(2024, 6, 14).at(19, 21, 37, 0), 301) };
    let sent = phone(date(2024, 6, 16).at(12, 30, 5, 0), 203);
    let old = Shot { offset: Some(3600), ..phone(date(1998, 12, 24).at(18, 0, 0, 0), 0) };
    // The first bytes of every Matroska file. Nobody looks further: the name says enough.
    let matroska = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska".to_vec();
    vec![
        Made("2024/06/IMG_0388.JPG", jpeg(&pixel), instant(&pixel)),
        Made("Sent to Grandma/the lake.jpg", jpeg(&lake), instant(&lake)),
        Made("WhatsApp/IMG-20240616-WA0003.jpg", without_exif(&sent.jpeg(400, 300)), instant(&sent)),
        Made("Old videos/Christmas 1998.mkv", matroska, instant(&old)),
    ]
}

/// A photo that the library holds byte for byte.
fn both() -> Shot {
    phone(date(2024, 6, 15).at(10, 12, 44, 0), 9)
}

fn live() -> Shot {
    let identifier = Some("6B2C1F0E-3D57-4A8E-9C41-0D1E5A7F2B36".into());
    Shot { content_identifier: identifier, ..phone(date(2024, 6, 16).at(9, 41, 0, 0), 12) }
}

/// A Live Photo that only the library holds.
fn live_in_library() -> Shot {
    let identifier = Some("E1F0A6B4-52C8-4D0B-8F2E-7A3C9D514E60".into());
    Shot { content_identifier: identifier, ..phone(date(2024, 6, 10).at(8, 5, 52, 0), 4) }
}

/// A photo that somebody copied for Grandma.
fn lake() -> Shot {
    phone(date(2024, 6, 18).at(20, 55, 17, 0), 15)
}

/// A shot that the library holds as HEIF, and the folder as the JPEG that the phone made of it for the upload.
fn converted() -> Shot {
    phone(date(2024, 6, 19).at(7, 30, 26, 0), 18)
}

fn phone(captured: DateTime, seed: u64) -> Shot {
    Shot { offset: Some(2 * 3600), ..Shot::new(captured, seed) }
}

/// A camera knows no zone.
fn camera(captured: DateTime, seed: u64) -> Shot {
    Shot { make: "Canon".into(), model: "Canon EOS 80D".into(), offset: None, ..Shot::new(captured, seed) }
}

fn jpeg(shot: &Shot) -> Vec<u8> {
    shot.jpeg(SIZE.0, SIZE.1)
}

fn instant(shot: &Shot) -> Timestamp {
    let offset = Offset::from_seconds(shot.offset.unwrap_or(0)).unwrap_or(Offset::UTC);
    offset.to_timestamp(shot.captured).expect("our dates are no older than 1998")
}

/// The JPEG as WhatsApp sends it: without the segment that says when and with what it was taken.
fn without_exif(jpeg: &[u8]) -> Vec<u8> {
    let length = usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    [&jpeg[..2], &jpeg[4 + length..]].concat()
}

/// Puts into the library what it holds from the start: two photos that the folder has too, in one form or another, and
/// four that it has not, of which one is hidden.
fn fill_library(household: &Household) -> Result<(), Error> {
    let (both, converted, live) = (both(), converted(), live_in_library());
    let plain = phone(date(2024, 6, 9).at(14, 2, 8, 0), 3);
    let same_name = phone(date(2024, 6, 11).at(12, 44, 19, 0), 5);
    let hidden = phone(date(2024, 6, 12).at(22, 30, 6, 0), 6);
    let heif = |shot: &Shot| shot.heif(SIZE.0, SIZE.1);
    let still = |name, bytes, shot: &Shot| vec![Made(name, bytes, instant(shot))];
    let movie = Made("IMG_0380.MOV", live.movie(320, 240, 2500), instant(&live));
    let mut library = Embedded::open(&household.library)?;
    let staging = household.data.join("demo");
    for files in [
        still("IMG_0377.HEIC", heif(&plain), &plain),
        vec![Made("IMG_0380.JPG", jpeg(&live), instant(&live)), movie],
        still("IMG_0388.JPG", jpeg(&same_name), &same_name),
        still("IMG_0409.JPG", jpeg(&both), &both),
        still("IMG_0418.HEIC", heif(&converted), &converted),
    ] {
        put_into(&mut library, &staging, &files)?;
    }
    let secret = put_into(&mut library, &staging, &still("IMG_0391.HEIC", heif(&hidden), &hidden))?;
    library.hide(&secret)?;
    // Only what was made above lies in it.
    fs::remove_dir_all(&staging).map_err(|error| Error::Io(staging.display().to_string(), error))
}

/// Puts one photo into the library: a still, and the movie that makes it a Live Photo.
fn put_into(library: &mut Embedded, staging: &Path, files: &[Made]) -> Result<AssetId, Error> {
    let paths: Vec<PathBuf> = files.iter().map(|Made(name, ..)| staging.join(name)).collect();
    let mut resources = Vec::new();
    for ((Made(name, bytes, made), file), role) in
        files.iter().zip(&paths).zip([ResourceRole::Photo, ResourceRole::PairedVideo])
    {
        write(file, bytes, *made)?;
        let stamp = Stamp::of(&File::open(file).and_then(|file| file.metadata()).map_err(failed(file))?);
        resources.push(NewResource { role, file, name, stamp, is_spare: false });
    }
    let (header, _) =
        File::open(&paths[0]).and_then(|file| media::header_of(file, FileKind::Still)).map_err(failed(&paths[0]))?;
    let asset = NewAsset {
        kind: MediaKind::Photo,
        resources,
        captured: header.captured.map(|(time, _)| time),
        written: header.captured.map(|(time, _)| time),
        pixels: header.pixels,
        orientation: None,
        camera: header.camera.as_deref(),
        duration_ms: None,
        details: Details::default(),
        albums: &[],
        added: files[0].2,
    };
    let imported = library.import(&asset, &mut |_| Ok(()));
    Ok(imported.map_err(LibraryError::failed("filling the demo's library"))?.id)
}

fn failed(file: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let what = file.display().to_string();
    move |error| Error::Io(what, error)
}

/// The settings that name this folder and this library. Fails for a path that no settings can hold.
fn settings(household: &Household) -> Result<String, Error> {
    let quoted = |path: &Path| {
        let path = std::path::absolute(path).map_err(|error| Error::Io(path.display().to_string(), error))?;
        let text = path.to_str().ok_or_else(|| {
            Error::Usage(format!(
                "the settings cannot hold the name {}: it is no UTF-8. Choose another",
                path.display()
            ))
        })?;
        Ok::<_, Error>(toml_edit::Value::from(text).to_string())
    };
    let (library, photos) = (quoted(&household.library)?, quoted(&household.photos)?);
    Ok(format!(
        "# Settings of the Photobridge demo. `photobridge config --show` lists every key and what it means.\n\n\
         library = {library}\n\n\
         # Both ways, and all that the library holds. The default brings photos into the library only.\n\
         mode = \"bidirectional\"\n\n\
         # Photobridge lets a file rest for 10 seconds, as somebody may still be writing what has just changed. The\n\
         # demo made all its files a moment ago and nobody writes them, so the waits are off. For photos of your own\n\
         # leave this line out.\n\
         settle_seconds = 0\n\n\
         [export]\n\
         range = \"full-library\"\n\n\
         [[folder]]\n\
         path = {photos}\n"
    ))
}
