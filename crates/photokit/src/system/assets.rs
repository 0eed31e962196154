//! Fetches assets and their resources. Not run on a Mac.

use objc2::rc::{Retained, autoreleasepool};
use objc2::runtime::{AnyObject, Bool, MessageReceiver, NSObject, NSObjectProtocol, Sel};
use objc2::{Message, available, msg_send, sel};
use objc2_foundation::{NSArray, NSDate, NSNumber, NSString};
use objc2_photos::{
    PHAsset, PHAssetBurstSelectionType, PHAssetMediaSubtype, PHAssetMediaType, PHAssetResource, PHAssetResourceType,
    PHAssetSourceType, PHFetchOptions, PHFetchResult,
};

use super::{absent, albums};
use crate::{Fetch, KitAsset, KitError, KitResource, KitWords, Media, ResourceType, Subtypes};

/// Everything that PhotoKit may show.
fn options() -> Retained<PHFetchOptions> {
    options_of(PHAssetSourceType::TypeUserLibrary | PHAssetSourceType::TypeCloudShared)
}

fn options_of(sources: PHAssetSourceType) -> Retained<PHFetchOptions> {
    // SAFETY: plain setters of an object that nobody else has.
    unsafe {
        let options = PHFetchOptions::new();
        options.setIncludeHiddenAssets(true);
        options.setIncludeAllBurstAssets(true);
        options.setIncludeAssetSourceTypes(sources);
        // What people wrote comes with the assets then, and is not fetched for each. From macOS 27 on.
        if options.respondsToSelector(sel!(setPrefetchAssetExtendedMetadata:)) {
            let _: () = msg_send![&*options, setPrefetchAssetExtendedMetadata: true];
        }
        options
    }
}

pub(super) fn identifiers(strings: &[String]) -> Retained<NSArray<NSString>> {
    let strings: Vec<_> = strings.iter().map(|string| NSString::from_str(string)).collect();
    NSArray::from_retained_slice(&strings)
}

pub(super) fn by_identifiers(strings: &[String]) -> Retained<PHFetchResult<PHAsset>> {
    // SAFETY: both arguments have the declared types.
    unsafe { PHAsset::fetchAssetsWithLocalIdentifiers_options(&identifiers(strings), Some(&options())) }
}

pub(super) fn asset(local_identifier: &str) -> Result<Retained<PHAsset>, KitError> {
    // SAFETY: the index is below the count of a result that does not change.
    let found = by_identifiers(&[local_identifier.to_owned()]);
    unsafe { (found.count() > 0).then(|| found.objectAtIndex(0)) }.ok_or_else(|| absent("such asset"))
}

pub(super) fn fetch(fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError> {
    let found = match fetch {
        // SAFETY: the argument has the declared type.
        Fetch::All => unsafe { PHAsset::fetchAssetsWithOptions(Some(&options())) },
        Fetch::Identifiers(strings) => by_identifiers(strings),
        Fetch::Album(album) => {
            let album = albums::album(album)?;
            // SAFETY: as above.
            unsafe { PHAsset::fetchAssetsInAssetCollection_options(&album, Some(&options())) }
        }
        // SAFETY: as above.
        Fetch::Shared => unsafe {
            PHAsset::fetchAssetsWithOptions(Some(&options_of(PHAssetSourceType::TypeCloudShared)))
        },
    };
    // SAFETY: a fetch result is a snapshot, so that the count holds.
    let count = unsafe { found.count() };
    for at in 0..count {
        // A pool for each: assets are made as they are asked for.
        // SAFETY: `at` is below the count.
        let goes_on = autoreleasepool(|_| each(unsafe { described(&found.objectAtIndex(at)) }));
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// # Safety
///
/// None beyond a live asset: every selector that a system may lack is asked for first.
unsafe fn described(asset: &PHAsset) -> KitAsset {
    // SAFETY: getters without preconditions.
    unsafe {
        let source = asset.sourceType();
        let burst = asset.burstIdentifier().map(|burst| burst.to_string());
        let is_picked = asset.burstSelectionTypes() != PHAssetBurstSelectionType::None;
        KitAsset {
            local_identifier: asset.localIdentifier().to_string(),
            media: match asset.mediaType() {
                PHAssetMediaType::Image => Media::Image,
                PHAssetMediaType::Video => Media::Video,
                _ => Media::Other,
            },
            subtypes: subtypes(asset.mediaSubtypes()),
            created: asset.creationDate().map(|date| date.timeIntervalSince1970()),
            modified: asset.modificationDate().map(|date| date.timeIntervalSince1970()),
            added: added(asset),
            location: asset.location().map(|location| {
                let place = location.coordinate();
                (place.latitude, place.longitude)
            }),
            favorite: asset.isFavorite(),
            hidden: asset.isHidden(),
            cloud_shared: source.contains(PHAssetSourceType::TypeCloudShared),
            in_shared_library: private_bool(asset, sel!(participatesInLibraryScope)),
            pixels: (asset.pixelWidth() as u64, asset.pixelHeight() as u64),
            duration: asset.duration(),
            picked: burst.is_none() || is_picked || asset.representsBurst(),
            burst,
            has_adjustments: available!(macos = 12.0).then(|| asset.hasAdjustments()),
            words: words(asset),
        }
    }
}

fn subtypes(bits: PHAssetMediaSubtype) -> Subtypes {
    Subtypes {
        panorama: bits.contains(PHAssetMediaSubtype::PhotoPanorama),
        screenshot: bits.contains(PHAssetMediaSubtype::PhotoScreenshot),
        live: bits.contains(PHAssetMediaSubtype::PhotoLive),
        high_frame_rate: bits.contains(PHAssetMediaSubtype::VideoHighFrameRate),
        time_lapse: bits.contains(PHAssetMediaSubtype::VideoTimelapse),
        screen_recording: bits.contains(PHAssetMediaSubtype::VideoScreenRecording),
    }
}

/// What people wrote about it, from macOS 27 on.
fn words(asset: &PHAsset) -> Option<KitWords> {
    if !asset.respondsToSelector(sel!(extendedMetadata)) || !asset.respondsToSelector(sel!(rating)) {
        return None;
    }
    // SAFETY: the selector is there and takes nothing; it brings an object, or nil, which is not declared.
    let told: Option<Retained<NSObject>> = unsafe { msg_send![asset, extendedMetadata] };
    let told = told?;
    // SAFETY: as above, an array of strings.
    let keywords: Option<Retained<NSArray<NSString>>> = unsafe { msg_send![&*told, keywords] };
    // SAFETY: the selector is there, takes nothing and returns an NSInteger.
    let rating: isize = unsafe { msg_send![asset, rating] };
    Some(KitWords {
        original_filename: text(&*told, sel!(originalFilename)),
        caption: text(&*told, sel!(caption)),
        keywords: keywords.iter().flat_map(|keywords| keywords.iter()).map(|keyword| keyword.to_string()).collect(),
        rating: u8::try_from(rating).unwrap_or(0),
    })
}

/// `addedDate` came with macOS 26. objc2-photos 0.3.2 declares that it is never nil, which it can be, so it is sent by
/// hand.
fn added(asset: &PHAsset) -> Option<f64> {
    if !asset.respondsToSelector(sel!(addedDate)) {
        return None;
    }
    // SAFETY: the selector is there, takes nothing and returns an object or nil.
    let date: Option<Retained<NSDate>> = unsafe { msg_send![asset, addedDate] };
    date.map(|date| date.timeIntervalSince1970())
}

/// A private property that is a BOOL; `None` where this system has no such selector.
fn private_bool<T: Message + NSObjectProtocol>(object: &T, selector: Sel) -> Option<bool> {
    if !object.respondsToSelector(selector) {
        return None;
    }
    let object: *const T = object;
    // SAFETY: every Objective-C object is an AnyObject; the selector is there, takes nothing and returns a BOOL.
    let answer: Bool = unsafe { MessageReceiver::send_message(&*object.cast::<AnyObject>(), selector, ()) };
    Some(answer.as_bool())
}

pub(super) fn resources(local_identifier: &str) -> Result<Vec<KitResource>, KitError> {
    let asset = asset(local_identifier)?;
    Ok(of_asset(&asset).into_iter().map(|resource| told(&resource)).collect())
}

pub(super) fn of_asset(asset: &PHAsset) -> Vec<Retained<PHAssetResource>> {
    // SAFETY: the argument is a live asset.
    unsafe { PHAssetResource::assetResourcesForAsset(asset) }.iter().collect()
}

fn told(resource: &PHAssetResource) -> KitResource {
    // SAFETY: getters without preconditions.
    unsafe {
        KitResource {
            kind: kind(resource.r#type()),
            original_filename: name(resource),
            uniform_type_identifier: text(resource, sel!(uniformTypeIdentifier)).unwrap_or_default(),
            size: size(resource),
            is_locally_available: private_bool(resource, sel!(isLocallyAvailable)),
        }
    }
}

/// The name with which it came: `filename` from macOS 27, which can be nil, before that `originalFilename`.
fn name(resource: &PHAssetResource) -> String {
    let names = [sel!(filename), sel!(originalFilename)];
    let mut told = names.into_iter().filter(|name| resource.respondsToSelector(*name));
    told.find_map(|name| text(resource, name)).unwrap_or_default()
}

/// A text that is declared never to be nil, which it can be.
fn text<T: Message>(object: &T, selector: Sel) -> Option<String> {
    let object: *const T = object;
    // SAFETY: every Objective-C object is an AnyObject; the selector takes nothing and returns a string or nil, which lives
    // until the pool around this call is let go.
    let answer: *const NSString = unsafe { MessageReceiver::send_message(&*object.cast::<AnyObject>(), selector, ()) };
    // SAFETY: as above.
    unsafe { answer.as_ref() }.map(NSString::to_string)
}

/// The size in bytes: `dataSize` from macOS 27, before that the private `fileSize`, which was exact for 768 resources of
/// 768 where others compared it.
fn size(resource: &PHAssetResource) -> Option<u64> {
    if resource.respondsToSelector(sel!(dataSize)) {
        // SAFETY: the selector is there, takes nothing and returns a number or nil.
        let size: Option<Retained<NSNumber>> = unsafe { msg_send![resource, dataSize] };
        if let Some(size) = size {
            return Some(size.as_u64());
        }
    }
    if !resource.respondsToSelector(sel!(fileSize)) {
        return None;
    }
    // SAFETY: the selector is there, takes nothing and returns an unsigned long long.
    let size: u64 = unsafe { msg_send![resource, fileSize] };
    (size > 0).then_some(size)
}

const KINDS: [(ResourceType, PHAssetResourceType); 8] = [
    (ResourceType::Photo, PHAssetResourceType::Photo),
    (ResourceType::Video, PHAssetResourceType::Video),
    (ResourceType::AlternatePhoto, PHAssetResourceType::AlternatePhoto),
    (ResourceType::FullSizePhoto, PHAssetResourceType::FullSizePhoto),
    (ResourceType::FullSizeVideo, PHAssetResourceType::FullSizeVideo),
    (ResourceType::AdjustmentData, PHAssetResourceType::AdjustmentData),
    (ResourceType::PairedVideo, PHAssetResourceType::PairedVideo),
    (ResourceType::FullSizePairedVideo, PHAssetResourceType::FullSizePairedVideo),
];

pub(super) fn kind(theirs: PHAssetResourceType) -> ResourceType {
    let known = KINDS.into_iter().find(|(_, known)| *known == theirs);
    known.map_or(ResourceType::Other(theirs.0 as i64), |(ours, _)| ours)
}

pub(super) fn their_kind(ours: ResourceType) -> PHAssetResourceType {
    match ours {
        ResourceType::Other(other) => PHAssetResourceType(other as isize),
        ours => {
            KINDS.into_iter().find(|(known, _)| *known == ours).map_or(PHAssetResourceType(0), |(_, theirs)| theirs)
        }
    }
}
