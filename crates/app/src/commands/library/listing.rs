//! Everything that a library says of each asset, one JSON object for each. docs/json.md explains the keys.

use std::io::{self, Write};

use photobridge_core::asset::{Asset, LibraryScope, MediaKind, Resource, ResourceRole, Subtype, Whereabouts};
use photobridge_core::library::{Album, Snapshot};
use photobridge_media::details::Location;
use serde::Serialize;

use crate::summary::{is_live, is_raw_and_jpeg};
use crate::words;

/// Prints the assets as they come, oldest added first.
pub fn print(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    for asset in &snapshot.assets {
        let line = serde_json::to_string(&Line::of(asset, &snapshot.albums))?;
        writeln!(out, "{}", words::clean_json(&line))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    kind: MediaKind,
    subtype: Option<Subtype>,
    original_name: &'a str,
    captured: Option<String>,
    camera_time: Option<String>,
    added: Option<String>,
    size: Option<u64>,
    pixels: Option<(u32, u32)>,
    current_pixels: Option<(u32, u32)>,
    camera: Option<&'a str>,
    favorite: bool,
    rating: Option<u8>,
    hidden: bool,
    trashed: bool,
    burst: Option<&'a str>,
    unpicked: bool,
    live: bool,
    raw_jpeg: bool,
    edited: bool,
    title: Option<&'a str>,
    description: Option<&'a str>,
    keywords: &'a [String],
    location: Option<Location>,
    albums: Vec<AlbumLine<'a>>,
    scope: LibraryScope,
    shared_album: bool,
    resources: Vec<ResourceLine<'a>>,
}

#[derive(Serialize)]
struct AlbumLine<'a> {
    title: &'a str,
    folders: &'a [String],
    shared: bool,
}

#[derive(Serialize)]
struct ResourceLine<'a> {
    role: ResourceRole,
    path: &'a str,
    size: Option<u64>,
    fingerprint: Option<String>,
    stale_fingerprint: Option<String>,
    whereabouts: Whereabouts,
}

impl<'a> Line<'a> {
    fn of(asset: &'a Asset, albums: &'a [Album]) -> Self {
        let details = asset.details.as_deref();
        Self {
            id: &asset.id.0,
            kind: asset.kind,
            subtype: asset.subtype,
            original_name: &asset.original_name,
            captured: asset.captured.map(|time| time.to_string()),
            camera_time: asset.camera_time.map(|time| time.to_string()),
            added: asset.added.map(|time| time.to_string()),
            size: asset.primary().and_then(|file| file.size),
            pixels: asset.pixels,
            current_pixels: asset.current_pixels,
            camera: asset.camera.as_deref(),
            favorite: details.is_some_and(|details| details.favorite),
            rating: details.and_then(|details| details.rating),
            hidden: asset.standing.hidden,
            trashed: asset.standing.trashed,
            burst: asset.burst.as_deref(),
            unpicked: asset.standing.unpicked_burst_frame,
            live: is_live(asset),
            raw_jpeg: is_raw_and_jpeg(asset),
            edited: asset.edited,
            title: details.and_then(|details| details.title.as_deref()),
            description: details.and_then(|details| details.description.as_deref()),
            keywords: details.map_or(&[], |details| &details.keywords),
            location: details.and_then(|details| details.location),
            albums: asset.albums.iter().filter_map(|&at| albums.get(at as usize)).map(AlbumLine::of).collect(),
            scope: asset.standing.scope,
            shared_album: asset.standing.shared_album,
            resources: asset.resources.iter().map(ResourceLine::of).collect(),
        }
    }
}

impl<'a> AlbumLine<'a> {
    fn of(album: &'a Album) -> Self {
        Self { title: &album.title, folders: &album.folders, shared: album.shared }
    }
}

impl<'a> ResourceLine<'a> {
    fn of(resource: &'a Resource) -> Self {
        Self {
            role: resource.role,
            path: &resource.locator,
            size: resource.size,
            fingerprint: resource.fingerprint.map(|fingerprint| fingerprint.to_string()),
            stale_fingerprint: resource.stale_fingerprint.map(|fingerprint| fingerprint.to_string()),
            whereabouts: resource.whereabouts,
        }
    }
}

#[cfg(test)]
mod tests {
    use photobridge_media::details::Details;
    use photobridge_testkit::make;

    use super::*;

    #[test]
    fn stars_are_told_where_somebody_gave_any() {
        let mut rated = make::asset("IMG_1.JPG", "1").asset;
        rated.details = Some(Box::new(Details { rating: Some(4), ..Details::default() }));
        let snapshot = Snapshot { assets: vec![rated, make::asset("IMG_2.JPG", "2").asset], ..Snapshot::default() };
        let mut told = Vec::new();
        print(&mut told, &snapshot).expect("printed");
        let lines = serde_json::Deserializer::from_slice(&told).into_iter::<serde_json::Value>();
        let stars: Vec<_> = lines.map(|line| line.expect("JSON")["rating"].clone()).collect();
        assert_eq!(stars, [serde_json::json!(4), serde_json::Value::Null]);
    }
}
