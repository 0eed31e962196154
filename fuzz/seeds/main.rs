//! Writes what each fuzz target begins with: files of our own making, and pieces of real ones where they are at hand.
//!
//!     seeds CORPUS [SHARED]

mod pages;
mod texts;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat};
use jiff::civil::date;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::details::Location;
use photobridge_media::sample::Shot;
use photobridge_media::{Coding, kind_of, pictures};
use photobridge_testkit::zip::{Packed, zip};

#[path = "../../crates/media/tests/phone/mod.rs"]
mod phone;

/// Bytes that are taken of a real file: what its readers look at lies in front of that.
const MOST: u64 = 128 * 1024;

/// Bytes of the largest picture that is decoded as it is: a fuzzer tries small ones a hundred times as often.
const SMALL: usize = 24 * 1024;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = Corpus(arguments.next().expect("the directory of the corpora"));
    for bytes in made() {
        corpus.add("media", &bytes)?;
        corpus.add("thumbnail", &bytes)?;
    }
    let movie = shot().movie(32, 24, 500);
    corpus.add("live", &movie)?;
    let tied = Shot { content_identifier: Some("602FEBB7-6B59-4799-96E6-9C8484D873C7".into()), ..shot() };
    for still in [tied.jpeg(32, 24), tied.heif(32, 24)] {
        let cut = (still.len() as u32).to_le_bytes();
        corpus.add("joined", &[&cut[..], &still, &tied.movie(32, 24, 500)].concat())?;
    }
    corpus.add("motion", &[shot().jpeg(32, 24), movie.clone()].concat())?;
    corpus.add("motion", &[shot().heif(32, 24), phone::boxed(b"mpvd", &[&movie])].concat())?;
    for bytes in archives() {
        corpus.add("archive", &bytes)?;
    }
    for (target, text) in texts::all() {
        corpus.add(target, text.as_bytes())?;
    }
    for request in pages::requests() {
        corpus.add("page", request.as_bytes())?;
    }
    // One of our own and six real libraries: as they are, and with the first number in their headers changed.
    for library in 0..7 {
        for log in 0..2 {
            corpus.add("library", &[library, log])?;
            corpus.add("library", &[library, log, 0, 0, 0, 28, 0, 0, 0, 1])?;
            // As long as an input may be, which tells the fuzzer.
            corpus.add("library", &[&[library, log][..], &[0xFF; 128]].concat())?;
        }
    }
    if let Some(shared) = arguments.next() {
        real(&corpus, &shared)?;
    }
    Ok(())
}

/// Where the corpora are.
struct Corpus(PathBuf);

impl Corpus {
    fn add(&self, target: &str, bytes: &[u8]) -> io::Result<()> {
        let directory = self.0.join(target);
        fs::create_dir_all(&directory)?;
        let name: String = Fingerprint::of(bytes).as_bytes()[1..9].iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(directory.join(name), bytes)
    }
}

fn shot() -> Shot {
    Shot::new(date(2024, 1, 31).at(23, 59, 59, 0), 7)
}

/// Zips of every form, and with what no zip should hold.
fn archives() -> [Vec<u8>; 3] {
    let long = b"again and ".repeat(300);
    [
        zip(&[
            Packed::stored("a/b.jpg", b"bytes"),
            Packed::deflated("c.json", &long),
            Packed::stored("c.json", b"two"),
        ]),
        zip(&[Packed::deflated("wide.jpg", &long).wide(), Packed::stored("", b"old").named(b"f\x81r.jpg")]),
        zip(&[
            Packed::stored("../out.jpg", b"out").encrypted(),
            Packed::stored("link.jpg", b"/etc/passwd").link(),
            Packed::deflated("more.jpg", &long).claims(1 << 40).begins(0),
        ]),
    ]
}

/// Small files of every format that can be made here.
fn made() -> Vec<Vec<u8>> {
    let shot = Shot {
        location: Location::new(47.5615, -52.7126),
        content_identifier: Some("570F1469-09C7-4E50-9875-05F21D5BD166".into()),
        ..shot()
    };
    let mut files = vec![
        shot.jpeg(32, 24),
        shot.png(32, 24),
        shot.heif(32, 24),
        shot.dng(32, 24),
        shot.movie(32, 24, 1000),
        phone::phone(&[phone::boxed(b"irot", &[&[3]])], (416, 312)),
    ];
    let picture = DynamicImage::new_rgb8(9, 7);
    for format in [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Png, ImageFormat::Tiff, ImageFormat::WebP] {
        let mut bytes = io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("memory can be written");
        files.push(bytes.into_inner());
    }
    files
}

/// Pieces of the photos, libraries and names in a directory of samples.
fn real(corpus: &Corpus, shared: &Path) -> io::Result<()> {
    let mut open = vec![shared.join("samples"), shared.join("libraries")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            corpus.add("names", name.as_bytes())?;
            if kind_of(&path).is_some() {
                photo(corpus, &path)?;
            } else if name.ends_with(".plist") {
                corpus.add("metadata", &fs::read(&path)?)?;
            } else if name == "Photos.sqlite" {
                property_list(corpus, &path)?;
            }
        }
    }
    Ok(())
}

fn photo(corpus: &Corpus, path: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    corpus.add("media", &bytes)?;
    if bytes.len() <= SMALL {
        corpus.add("thumbnail", &bytes)?;
    }
    let packet = bytes.windows(10).position(|start| start == b"<x:xmpmeta").map(|start| &bytes[start..]);
    let end = |packet: &[u8]| packet.windows(12).position(|end| end == b"</x:xmpmeta>").map(|end| end + 12);
    if let Some((packet, end)) = packet.and_then(|packet| Some((packet, end(packet)?))) {
        corpus.add("sidecar", &packet[..end])?;
    }
    // A tile of a large picture is a small one.
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    for picture in pictures(&mut file, size, 0)? {
        if let Coding::Hevc(tiles) = picture.coding {
            corpus.add("thumbnail", &tiles.heic(&mut file, 0)?)?;
        }
    }
    Ok(())
}

/// What a library says of itself; its log is not needed for that.
fn property_list(corpus: &Corpus, database: &Path) -> io::Result<()> {
    let address = format!("file:{}?immutable=1", database.display());
    let connection = rusqlite::Connection::open(address).map_err(io::Error::other)?;
    let list: Result<Vec<u8>, _> = connection.query_row("SELECT Z_PLIST FROM Z_METADATA", [], |row| row.get(0));
    list.map_or(Ok(()), |list| corpus.add("metadata", &list))
}
