//! Turns what PhotoKit tells into assets. Not run on a Mac.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::asset::{
    Asset, AssetId, LibraryScope, MediaKind, Resource, ResourceRole, Standing, Subtype, Whereabouts,
};
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::{Details, Location};
use photobridge_photokit::{KitAsset, KitResource, Media, ResourceType};

use super::notebook::Seen;
use crate::asset_rows::is_identifier;
use crate::file_types;

/// The UUID with which a `localIdentifier` begins: the identifier that the library's own tables have.
pub(super) fn uuid(local_identifier: &str) -> Option<&str> {
    local_identifier.split('/').next().filter(|uuid| is_identifier(uuid))
}

/// The form of every `localIdentifier` of an asset that was seen.
pub(super) fn usual_identifier(id: &AssetId) -> String {
    format!("{}/L0/001", id.0)
}

/// What a resource of PhotoKit is to an asset; nothing for what an asset can do without (bases of edits, proxies).
pub(super) fn role(kind: ResourceType) -> Option<ResourceRole> {
    Some(match kind {
        ResourceType::Photo => ResourceRole::Photo,
        ResourceType::Video => ResourceRole::Video,
        ResourceType::AlternatePhoto => ResourceRole::AlternatePhoto,
        ResourceType::FullSizePhoto => ResourceRole::RenderedPhoto,
        ResourceType::FullSizeVideo => ResourceRole::RenderedVideo,
        ResourceType::AdjustmentData => ResourceRole::AdjustmentData,
        ResourceType::PairedVideo => ResourceRole::PairedVideo,
        ResourceType::FullSizePairedVideo => ResourceRole::RenderedPairedVideo,
        ResourceType::Other(_) => return None,
    })
}

/// The inverse of [`role`]; nothing for what PhotoKit has no type for.
pub(super) fn kind(role: ResourceRole) -> Option<ResourceType> {
    Some(match role {
        ResourceRole::Photo => ResourceType::Photo,
        ResourceRole::Video => ResourceType::Video,
        ResourceRole::AlternatePhoto => ResourceType::AlternatePhoto,
        ResourceRole::RenderedPhoto => ResourceType::FullSizePhoto,
        ResourceRole::RenderedVideo => ResourceType::FullSizeVideo,
        ResourceRole::AdjustmentData => ResourceType::AdjustmentData,
        ResourceRole::PairedVideo => ResourceType::PairedVideo,
        ResourceRole::RenderedPairedVideo => ResourceType::FullSizePairedVideo,
        ResourceRole::Sidecar => return None,
    })
}

/// An asset as PhotoKit alone tells it; nothing for what is neither still nor video.
///
/// PhotoKit tells no zone, so that the Mac's is taken: it is right for most photos of a household, and the database has
/// the photo's own where it may be read.
pub(super) fn asset(seen: &Seen, zone: &TimeZone) -> Option<Asset> {
    let told = &seen.asset;
    let kind = match told.media {
        Media::Image => MediaKind::Photo,
        Media::Video => MediaKind::Video,
        Media::Other => return None,
    };
    let resources: Vec<Resource> = seen.resources.iter().flatten().filter_map(|found| resource(found, seen)).collect();
    let of_primary = |found: &&KitResource| matches!(found.kind, ResourceType::Photo | ResourceType::Video);
    let primary = seen.resources.iter().flatten().find(of_primary);
    let name = || told.words.as_ref()?.original_filename.as_deref();
    let edited = told.has_adjustments.unwrap_or_else(|| resources.iter().any(|found| found.role.is_render()));
    Some(Asset {
        id: AssetId(uuid(&told.local_identifier)?.into()),
        kind,
        subtype: subtype(told),
        original_name: primary.map(|found| &*found.original_filename).or_else(name).unwrap_or_default().into(),
        captured: told.created.and_then(|at| capture(at, zone)),
        camera_time: None,
        added: told.added.and_then(instant).or(seen.first_seen),
        // Of an edited photo PhotoKit tells only the measures as edited.
        pixels: pixels(told).filter(|_| !edited),
        current_pixels: pixels(told),
        camera: None,
        edited,
        burst: told.burst.as_deref().map(Into::into),
        standing: standing(told),
        resources: resources.into(),
        details: details(told),
        albums: Arc::default(),
        by_photobridge: false,
    })
}

/// A file without a known place may be in iCloud: it is fetched where it is needed, never taken for one on this disk.
fn resource(found: &KitResource, seen: &Seen) -> Option<Resource> {
    let here = found.is_locally_available == Some(true);
    Some(Resource {
        role: role(found.kind)?,
        size: found.size,
        fingerprint: seen.fingerprint(found.kind),
        stale_fingerprint: None,
        whereabouts: if here { Whereabouts::Here } else { Whereabouts::Cloud },
        state: seen.asset.modified.map_or(0, |at| at.to_bits().cast_signed()),
        locator: locator(found).into(),
    })
}

/// A name with the ending that files of its type have in the library; it is never opened.
fn locator(found: &KitResource) -> String {
    let by_type = file_types::extension(&found.uniform_type_identifier);
    let own = || Path::new(&found.original_filename).extension().and_then(|ending| ending.to_str());
    let ending = by_type.or_else(own).unwrap_or_default();
    format!("photokit.{}", ending.to_ascii_lowercase())
}

fn standing(told: &KitAsset) -> Standing {
    Standing {
        hidden: told.hidden,
        trashed: false,
        shared_album: told.cloud_shared,
        unpicked_burst_frame: !told.picked,
        // Absent says nothing: taking it for personal could let out what another person shared.
        scope: match told.in_shared_library {
            Some(true) => LibraryScope::Shared,
            Some(false) => LibraryScope::Personal,
            None => LibraryScope::Unknown,
        },
    }
}

fn subtype(told: &KitAsset) -> Option<Subtype> {
    let said = [
        (told.subtypes.live, Subtype::LivePhoto),
        (told.subtypes.panorama, Subtype::Panorama),
        (told.subtypes.screenshot, Subtype::Screenshot),
        (told.subtypes.high_frame_rate, Subtype::SlowMotion),
        (told.subtypes.time_lapse, Subtype::TimeLapse),
        (told.subtypes.screen_recording, Subtype::ScreenRecording),
    ];
    said.into_iter().find(|(is, _)| *is).map(|(_, subtype)| subtype)
}

fn details(told: &KitAsset) -> Option<Box<Details>> {
    let location = told.location.and_then(|(latitude, longitude)| Location::new(latitude, longitude));
    let words = told.words.clone().unwrap_or_default();
    let details = Details {
        title: None,
        description: words.caption.filter(|caption| !caption.is_empty()),
        keywords: words.keywords,
        location,
        favorite: told.favorite,
        rating: Some(words.rating).filter(|stars| (1..=5).contains(stars)),
    };
    (details != Details::default()).then(|| Box::new(details))
}

fn pixels(told: &KitAsset) -> Option<(u32, u32)> {
    let (width, height) = (u32::try_from(told.pixels.0).ok()?, u32::try_from(told.pixels.1).ok()?);
    (width > 0 && height > 0).then_some((width, height))
}

/// An instant from seconds since 1970 with microseconds; `None` for what no calendar holds.
pub(super) fn instant(seconds: f64) -> Option<Timestamp> {
    if !seconds.is_finite() || seconds.abs() > 1e12 {
        return None;
    }
    Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()
}

fn capture(seconds: f64, zone: &TimeZone) -> Option<CaptureTime> {
    let at = instant(seconds)?;
    let nanos = u32::try_from(at.subsec_nanosecond()).ok().filter(|nanos| *nanos > 0);
    let second = Timestamp::from_second(at.as_microsecond().div_euclid(1_000_000)).ok()?;
    CaptureTime::from_instant(second, Some(zone.to_offset(second).seconds()), nanos)
}

/// When Photos is told that a photo was taken; nothing where it reads that better by itself: a wall clock without a zone
/// beside a place, from which Photos knows the zone.
pub(super) fn creation_date(captured: Option<CaptureTime>, has_place: bool, zone: &TimeZone) -> Option<f64> {
    let captured = captured?;
    let second = match captured.instant_second() {
        Some(second) => second,
        None if has_place => return None,
        None => zone.to_timestamp(captured.civil()?).ok()?.as_second(),
    };
    Some(second as f64 + f64::from(captured.nanos.unwrap_or(0)) / 1e9)
}

#[cfg(test)]
mod tests {
    use photobridge_photokit::{KitWords, Subtypes};

    use super::*;

    fn told() -> KitAsset {
        KitAsset {
            local_identifier: "0A0B0C0D-0000-4000-8000-00000000A1B0/L0/001".into(),
            media: Media::Image,
            subtypes: Subtypes::default(),
            created: Some(1_715_680_800.25),
            modified: Some(1.0),
            added: None,
            location: None,
            favorite: false,
            hidden: false,
            cloud_shared: false,
            in_shared_library: None,
            pixels: (4032, 3024),
            duration: 0.0,
            burst: None,
            picked: true,
            has_adjustments: None,
            words: None,
        }
    }

    fn seen(asset: KitAsset, resources: Vec<KitResource>) -> Seen {
        Seen { resources: Some(resources), ..Seen::new(asset, None) }
    }

    fn file(kind: ResourceType) -> KitResource {
        KitResource {
            kind,
            original_filename: "IMG_1.HEIC".into(),
            uniform_type_identifier: "public.heic".into(),
            size: None,
            is_locally_available: None,
        }
    }

    #[test]
    fn what_a_private_property_does_not_tell_is_unknown() {
        let found = asset(&seen(told(), vec![file(ResourceType::Photo)]), &TimeZone::UTC).expect("an asset");
        assert_eq!(found.standing.scope, LibraryScope::Unknown);
        assert_eq!((found.added, found.edited), (None, false));
        let photo = found.primary().expect("its photo");
        assert_eq!((photo.size, photo.whereabouts), (None, Whereabouts::Cloud), "never taken for one on this disk");
        // Before macOS 12 a render is what tells of an edit.
        let files = vec![file(ResourceType::Photo), file(ResourceType::FullSizePhoto)];
        assert!(asset(&seen(told(), files), &TimeZone::UTC).expect("an asset").edited);
    }

    #[test]
    fn what_people_wrote_is_told_and_the_name_before_any_file_is_asked_for() {
        let words = KitWords {
            original_filename: Some("IMG_7.HEIC".into()),
            caption: Some("Tide".into()),
            keywords: vec!["sea".into()],
            rating: 3,
        };
        let found =
            asset(&Seen::new(KitAsset { words: Some(words), ..told() }, None), &TimeZone::UTC).expect("an asset");
        assert_eq!(&*found.original_name, "IMG_7.HEIC");
        let expected = Details {
            description: Some("Tide".into()),
            keywords: vec!["sea".into()],
            rating: Some(3),
            ..Details::default()
        };
        assert_eq!(found.details.as_deref(), Some(&expected));
        let none = KitWords { caption: Some(String::new()), ..KitWords::default() };
        let found =
            asset(&Seen::new(KitAsset { words: Some(none), ..told() }, None), &TimeZone::UTC).expect("an asset");
        assert_eq!((&*found.original_name, found.details), ("", None));
    }

    #[test]
    fn an_edited_live_photo_has_its_five_files() {
        let kinds = [
            ResourceType::Photo,
            ResourceType::PairedVideo,
            ResourceType::FullSizePhoto,
            ResourceType::FullSizePairedVideo,
            ResourceType::AdjustmentData,
            ResourceType::Other(8),
        ];
        let found = asset(&seen(told(), kinds.map(file).to_vec()), &TimeZone::UTC).expect("an asset");
        let roles: Vec<ResourceRole> = found.resources.iter().map(|resource| resource.role).collect();
        use ResourceRole::*;
        assert_eq!(roles, [Photo, PairedVideo, RenderedPhoto, RenderedPairedVideo, AdjustmentData]);
        for role in roles {
            assert_eq!(kind(role).and_then(super::role), Some(role));
        }
    }

    #[test]
    fn the_macs_zone_stands_in_for_the_photos() {
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let found = asset(&seen(told(), Vec::new()), &tokyo).expect("an asset");
        // 2024-05-14T10:00:00.25Z
        assert_eq!(found.captured.expect("a time").to_string(), "2024-05-14T19:00:00.25+09:00");
        let absurd = KitAsset { created: Some(f64::NAN), ..told() };
        assert_eq!(asset(&seen(absurd, Vec::new()), &tokyo).expect("an asset").captured, None);
        let absurd = KitAsset { created: Some(123_456_789_012_345.0), pixels: (0, u64::MAX), ..told() };
        let found = asset(&seen(absurd, Vec::new()), &tokyo).expect("an asset");
        assert_eq!((found.captured, found.pixels), (None, None));
    }

    #[test]
    fn photos_is_told_a_time_where_it_could_not_read_a_better_one() {
        let wall = jiff::civil::date(2024, 5, 14).at(12, 0, 0, 0);
        let unzoned = CaptureTime::from_wall(wall, None, None);
        let zoned = CaptureTime::from_wall(wall, Some(7200), Some(500_000_000));
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        let noon = 1_715_688_000.0;
        assert_eq!(creation_date(zoned, true, &tokyo), Some(noon - 7200.0 + 0.5));
        assert_eq!(creation_date(unzoned, false, &tokyo), Some(noon - 9.0 * 3600.0));
        assert_eq!(creation_date(unzoned, true, &tokyo), None, "from the place Photos knows the zone");
        assert_eq!(creation_date(None, false, &tokyo), None);
    }

    #[test]
    fn an_identifier_that_is_none_is_no_asset() {
        for identifier in ["", "/L0/001", "../../etc/L0/001", "a b/L0/001"] {
            let strange = KitAsset { local_identifier: identifier.into(), ..told() };
            assert_eq!(asset(&seen(strange, Vec::new()), &TimeZone::UTC), None, "{identifier}");
        }
        assert_eq!(asset(&seen(KitAsset { media: Media::Other, ..told() }, Vec::new()), &TimeZone::UTC), None);
    }
}
