//! Compares one asset field by field, wherever both readers speak.

use std::fmt::Debug;
use std::fs;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, LibraryScope, MediaKind, ResourceRole, Subtype, Whereabouts};
use photobridge_core::library::{Library, Snapshot};
use photobridge_media::header::camera_name;
use serde_json::Value;

use crate::osxphotos::{text, texts, words};
use crate::support;

/// A field in which the two differ, and why, where that is intended.
pub struct Difference {
    pub asset: String,
    pub field: String,
    pub says: String,
    pub reason: Option<&'static str>,
}

/// Counts what was compared, and keeps what differs.
#[derive(Default)]
pub struct Comparison {
    pub compared: usize,
    pub differences: Vec<Difference>,
}

/// One asset as both see it.
pub struct Pair<'a> {
    pub snapshot: &'a Snapshot,
    pub asset: &'a Asset,
    pub photo: &'a Value,
}

/// Texts in alphabetical order.
pub fn sorted(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = values.into_iter().collect();
    values.sort();
    values
}

impl Comparison {
    fn same<T: PartialEq + Debug>(&mut self, pair: &Pair<'_>, field: &str, ours: T, theirs: T) {
        self.same_but(pair, field, ours, theirs, None);
    }

    /// `reason` says why the two may differ here.
    fn same_but<T: PartialEq + Debug>(
        &mut self,
        pair: &Pair<'_>,
        field: &str,
        ours: T,
        theirs: T,
        reason: Option<&'static str>,
    ) {
        self.compared += 1;
        if ours != theirs {
            let says = format!("ours {ours:?}, theirs {theirs:?}");
            let asset = pair.asset.original_name.to_string();
            self.differences.push(Difference { asset, field: field.to_owned(), says, reason });
        }
    }

    /// Everything of one asset.
    pub fn asset(&mut self, library: &mut dyn Library, pair: &Pair<'_>) {
        self.flags(pair);
        self.words(pair);
        self.numbers(pair);
        self.dates(pair);
        self.files(library, pair);
    }

    fn flags(&mut self, pair: &Pair<'_>) {
        let Pair { asset, photo, .. } = pair;
        let flag = |key: &str| photo[key].as_bool().unwrap_or(false);
        let is = |subtype| asset.subtype == Some(subtype);
        let favorite = asset.details.as_ref().is_some_and(|details| details.favorite);
        for (field, ours) in [
            ("favorite", favorite),
            ("hidden", asset.standing.hidden),
            ("intrash", asset.standing.trashed),
            ("shared", asset.standing.shared_album),
            ("shared_library", asset.standing.scope == LibraryScope::Shared),
            ("burst", asset.burst.is_some()),
            ("isphoto", asset.kind == MediaKind::Photo),
            ("hasadjustments", asset.edited),
            ("live_photo", is(Subtype::LivePhoto)),
            ("panorama", is(Subtype::Panorama)),
            ("slow_mo", is(Subtype::SlowMotion)),
            ("time_lapse", is(Subtype::TimeLapse)),
            ("screenshot", is(Subtype::Screenshot)),
            ("screen_recording", is(Subtype::ScreenRecording)),
            ("has_raw", asset.resource(ResourceRole::AlternatePhoto).is_some()),
        ] {
            self.same(pair, field, ours, flag(field));
        }
    }

    fn words(&mut self, pair: &Pair<'_>) {
        let Pair { snapshot, asset, photo } = pair;
        let details = asset.details.as_deref().cloned().unwrap_or_default();
        self.same(pair, "original_filename", Some(asset.original_name.to_string()), text(photo, "original_filename"));
        self.same(pair, "title", details.title, words(photo, "title"));
        self.same(pair, "description", details.description, words(photo, "description"));
        self.same(pair, "keywords", sorted(details.keywords), texts(photo, "keywords"));
        let albums = || asset.albums.iter().map(|&at| &snapshot.albums[at as usize]);
        self.same(pair, "albums", sorted(albums().map(|album| album.title.clone())), texts(photo, "albums"));
        let folders = albums().filter(|album| !album.folders.is_empty());
        let ours = sorted(folders.map(|album| format!("{}: {}", album.title, album.folders.join("/"))));
        let theirs = photo["folders"].as_object().into_iter().flatten().filter_map(|(album, folders)| {
            let folders: Vec<&str> = folders.as_array()?.iter().filter_map(Value::as_str).collect();
            (!folders.is_empty()).then(|| format!("{album}: {}", folders.join("/")))
        });
        self.same(pair, "folders", ours, sorted(theirs));
        let exif = &photo["exif_info"];
        let camera = camera_name(exif["camera_make"].as_str(), exif["camera_model"].as_str());
        self.same(pair, "camera", asset.camera.as_deref(), camera.as_deref());
    }

    fn numbers(&mut self, pair: &Pair<'_>) {
        let Pair { asset, photo, .. } = pair;
        let place = (photo["latitude"].as_f64(), photo["longitude"].as_f64());
        let location = asset.details.as_ref().and_then(|details| details.location);
        self.same(pair, "location", location.map(|place| (place.latitude, place.longitude)).unzip(), place);
        let pixels = |width: &str, height: &str| {
            let side = |key: &str| photo[key].as_u64().filter(|&side| side > 0).map(|side| side as u32);
            side(width).zip(side(height))
        };
        self.same(pair, "width, height", asset.current_pixels, pixels("width", "height"));
        self.same(pair, "original_width, original_height", asset.pixels, pixels("original_width", "original_height"));
        let primary = asset.primary().expect("every asset has a primary file");
        let is_here = primary.whereabouts == Whereabouts::Here;
        let reason =
            is_here.then_some("the database says another size or none; we take that of the file, which is here");
        let size = photo["original_filesize"].as_u64().filter(|&size| size > 0);
        self.same_but(pair, "original_filesize", primary.size, size, reason);
        let stored = primary.fingerprint.or(primary.stale_fingerprint);
        self.same(pair, "fingerprint", stored.map(|stored| stored.to_string()), words(photo, "fingerprint"));
    }

    fn dates(&mut self, pair: &Pair<'_>) {
        let Pair { asset, photo, .. } = pair;
        let theirs = |key: &str| words(photo, key).and_then(|date| date.parse::<Timestamp>().ok());
        // Both round a binary fraction; they may end a microsecond apart.
        let near = |ours: Option<Timestamp>, theirs: Option<Timestamp>| {
            let distance = ours.zip(theirs).map(|(a, b)| a.as_microsecond().abs_diff(b.as_microsecond()));
            if distance.is_some_and(|distance| distance <= 1) { theirs } else { ours }
        };
        let captured = asset.captured.and_then(|time| time.instant_or_wall());
        let is_1970 = theirs("date").is_some_and(|date| date.as_second().abs() <= 86_400);
        let absurd = (captured.is_none() && is_1970)
            .then_some("osxphotos shows 1970 for a date that no calendar holds, we show none");
        self.same_but(pair, "date", near(captured, theirs("date")), theirs("date"), absurd);
        self.same(pair, "date_added", near(asset.added, theirs("date_added")), theirs("date_added"));
        let (ours, theirs) = (asset.captured.and_then(|time| time.offset()).map(i64::from), photo["tzoffset"].as_i64());
        let reason = match (ours, theirs) {
            _ if asset.captured.is_none() => absurd.and(Some("a date that no calendar holds has no zone")),
            (Some(_), None) => Some("ZTIMEZONEOFFSET is NULL: we take the inferred offset, osxphotos takes none"),
            _ => None,
        };
        self.same_but(pair, "tzoffset", ours, theirs, reason);
    }

    /// Where osxphotos has a path, the same bytes are ours.
    fn files(&mut self, library: &mut dyn Library, pair: &Pair<'_>) {
        let Pair { asset, photo, .. } = pair;
        let primary = asset.primary().expect("every asset has a primary file").role;
        let edited = match asset.kind {
            MediaKind::Photo => ResourceRole::RenderedPhoto,
            MediaKind::Video => ResourceRole::RenderedVideo,
        };
        for (key, role) in [
            ("path", primary),
            ("path_live_photo", ResourceRole::PairedVideo),
            ("path_raw", ResourceRole::AlternatePhoto),
            ("path_edited", edited),
            ("path_edited_live_photo", ResourceRole::RenderedPairedVideo),
        ] {
            let is_here = asset.resource(role).is_some_and(|file| file.whereabouts == Whereabouts::Here);
            match words(photo, key) {
                Some(path) if is_here => {
                    let theirs = fs::read(&path).expect("the path of osxphotos exists");
                    let ours = support::bytes(library, asset, role);
                    self.same(pair, &format!("bytes at {key}"), ours == theirs, true);
                }
                path => {
                    let reason = match role {
                        _ if !is_here => None,
                        role if role == primary && asset.standing.shared_album => {
                            Some("the file is here though ZLOCALAVAILABILITY says it is not, which osxphotos believes")
                        }
                        ResourceRole::AlternatePhoto if is_referenced(asset) => {
                            Some("osxphotos finds a referenced RAW only by a bookmark, we also by its name")
                        }
                        _ => None,
                    };
                    self.same_but(pair, key, is_here, path.is_some(), reason);
                }
            }
        }
    }
}

fn is_referenced(asset: &Asset) -> bool {
    asset.primary().is_some_and(|file| file.locator.starts_with('/'))
}
