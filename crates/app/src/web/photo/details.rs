//! What each side says of a photo, line beside line.

use std::path::Path;

use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole};
use photobridge_core::ledger::Ledger;
use photobridge_core::picture::{Picture, Trail};
use photobridge_core::reason::Way;
use photobridge_core::report::{Kind, VerdictLine};
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Location;
use photobridge_media::{FileKind, kind_of, read_header};

use crate::folders::everywhere;
use crate::web::Server;
use crate::words;

/// What one side says.
#[derive(Default)]
pub struct Details {
    /// Whether it is a video.
    pub is_video: bool,
    /// Whether a movie belongs to it, or it is one.
    pub has_movie: bool,
    lines: Vec<(&'static str, String)>,
}

/// One thing that is known, of each side.
pub struct Detail {
    /// What it is.
    pub name: &'static str,
    /// What each side says.
    pub values: Vec<Option<String>>,
    /// Whether they say different things.
    pub differs: bool,
}

/// What can be told, in the order in which it is read.
const NAMES: [&str; 16] = [
    "Name",
    "Where",
    "Album",
    "Taken",
    "Read from",
    "Camera's date",
    "Added",
    "Size",
    "Pixels",
    "Length",
    "Camera",
    "Place",
    "Title",
    "Description",
    "Keywords",
    "Fingerprint",
];

/// Things that are no difference between two photos.
const OF_ITS_SIDE: [&str; 4] = ["Where", "Read from", "Added", "Album"];

impl Details {
    fn put(&mut self, name: &'static str, value: Option<String>) {
        self.lines.extend(value.filter(|value| !value.is_empty()).map(|value| (name, value)));
    }

    /// What it is called.
    pub fn name(&self) -> String {
        self.get("Name").unwrap_or_default()
    }

    fn get(&self, name: &str) -> Option<String> {
        self.lines.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
}

/// What is known of the photo itself, and of the other one.
pub fn of(app: &Server, ledger: Option<&Ledger>, line: &VerdictLine) -> [Option<Details>; 2] {
    let told = |picture: Option<Picture>, is_own: bool| match picture? {
        Picture::File(trail) => of_file(app, ledger?, &trail, line, is_own),
        Picture::Asset(id) => app.pictures.asset(app, &id).map(|asset| of_asset(&asset, Some(line))),
    };
    [told(line.picture(), true), told(line.other_picture(), false)]
}

/// What is known of an asset of which no run says anything.
pub fn of_library(app: &Server, id: &AssetId) -> Option<Details> {
    app.pictures.asset(app, id).map(|asset| of_asset(&asset, None))
}

/// What a file of a folder says of itself; of one that cannot be read, where it lies.
fn of_file(app: &Server, ledger: &Ledger, trail: &Trail, line: &VerdictLine, is_own: bool) -> Option<Details> {
    let root = ledger.folder_path(trail.folder).ok()??;
    let mut details = Details::default();
    details.put("Name", trail.path.file_name().map(|name| name.to_string_lossy().into_owned()));
    details.put("Where", Some(root.join(&trail.path).display().to_string()));
    let kind = line.trace.as_ref().map(|trace| trace.kind).unwrap_or_default();
    details.is_video = kind == Kind::Video;
    // The movie lies beside the file of the folder, which is the other one of an asset.
    let has_beside = is_own == (line.direction == Way::Import) && line.movie().is_some();
    details.has_movie = details.is_video || has_beside || (is_own && kind == Kind::MotionPhoto);
    if is_own && line.direction == Way::Import {
        details.put("Fingerprint", line.fingerprint.clone());
        let taken = line.captured.as_deref().and_then(|text| text.parse::<CaptureTime>().ok());
        details.put("Taken", taken.map(|taken| words::taken(&taken)));
        details.put("Read from", line.captured_from.clone());
    }
    let Ok(mut found) = trail.find(&root, &everywhere(&app.data)) else { return Some(details) };
    let size = found.state.stamp.size;
    details.put("Size", Some(exact(size)));
    if found.state.online_only {
        return Some(details);
    }
    let file_kind = kind_of(Path::new(&trail.path)).unwrap_or(FileKind::Still);
    let Ok((header, _)) = read_header(&mut found.file, size, file_kind) else { return Some(details) };
    if details.get("Taken").is_none() {
        details.put("Taken", header.captured.map(|(time, _)| words::taken(&time)));
        details.put("Read from", header.captured.map(|(_, source)| source.as_str().to_owned()));
    }
    details.put("Pixels", header.pixels.map(pixels));
    details.put("Length", header.duration_ms.map(|length| words::duration(length.into())));
    details.put("Camera", header.camera.map(|camera| camera.to_string()));
    details.put("Place", header.location.map(place));
    Some(details)
}

/// What the library says of an asset.
fn of_asset(asset: &Asset, line: Option<&VerdictLine>) -> Details {
    let has = |role| asset.resource(role).is_some();
    let mut details = Details {
        is_video: asset.kind == MediaKind::Video,
        has_movie: asset.kind == MediaKind::Video || has(ResourceRole::PairedVideo),
        lines: Vec::new(),
    };
    let primary = asset.primary();
    details.put("Name", Some(asset.original_name.to_string()));
    details.put("Where", primary.map(|primary| primary.locator.to_string()));
    let import = line.filter(|line| line.direction == Way::Import);
    details.put("Album", import.and_then(|line| line.destination.clone()));
    details.put("Taken", asset.captured.map(|taken| words::taken(&taken)));
    details.put("Read from", asset.captured.map(|_| "library".to_owned()));
    let camera_time = asset.camera_time.filter(|camera| asset.captured.is_none_or(|shown| !shown.same_second(camera)));
    details.put("Camera's date", camera_time.map(|taken| words::taken(&taken)));
    details.put("Added", asset.added.map(words::moment));
    details.put("Size", primary.and_then(|primary| primary.size).map(exact));
    details.put("Pixels", asset.pixels.map(pixels));
    details.put("Camera", asset.camera.as_ref().map(|camera| camera.to_string()));
    if let Some(said) = &asset.details {
        details.put("Place", said.location.map(place));
        details.put("Title", said.title.clone());
        details.put("Description", said.description.clone());
        details.put("Keywords", Some(said.keywords.join(", ")));
    }
    let stored = primary.and_then(|primary| primary.fingerprint.as_ref()).map(|bytes| bytes.to_string());
    let export = line.filter(|line| line.direction == Way::Export);
    details.put("Fingerprint", stored.or_else(|| export?.fingerprint.clone()));
    details
}

/// Both beside each other.
pub fn compared(own: Option<Details>, other: Option<Details>) -> Vec<Detail> {
    let sides: Vec<Details> = [own, other].into_iter().flatten().collect();
    let detail = |name: &'static str| {
        let values: Vec<Option<String>> = sides.iter().map(|side| side.get(name)).collect();
        let is_known = values.iter().any(Option::is_some);
        let mut said = values.iter().flatten();
        let first = said.next();
        let differs = !OF_ITS_SIDE.contains(&name) && said.any(|other| Some(other) != first);
        is_known.then_some(Detail { name, values, differs })
    };
    NAMES.into_iter().filter_map(detail).collect()
}

/// A size, to the byte: two files of one size in words may differ.
fn exact(bytes: u64) -> String {
    match bytes {
        0..1000 => words::count(bytes, "byte"),
        _ => format!("{} ({} bytes)", words::size(bytes), words::thousands(bytes)),
    }
}

fn pixels((width, height): (u32, u32)) -> String {
    format!("{width} × {height}")
}

fn place(location: Location) -> String {
    format!("{:.5}, {:.5}", location.latitude, location.longitude)
}
