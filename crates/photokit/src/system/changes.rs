//! Changes the library, and asks what others changed. Not run on a Mac.

use std::cell::RefCell;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::{Bool, NSObjectProtocol, ProtocolObject};
use objc2::{AnyThread, ClassType, available, msg_send, sel};
use objc2_core_location::CLLocation;
use objc2_foundation::{
    NSArray, NSData, NSDate, NSFastEnumeration, NSKeyedArchiver, NSKeyedUnarchiver, NSNumber, NSSet, NSString, NSURL,
};
use objc2_photos::{
    PHAssetCollectionChangeRequest, PHAssetCreationRequest, PHAssetResourceCreationOptions, PHAssetResourceType,
    PHObjectPlaceholder, PHObjectType, PHPersistentChange, PHPersistentChangeToken, PHPhotoLibrary,
};

use super::{albums, assets, failed, guarded, silent};
use crate::{Changes, Creation, KitError, OnPlaceholder, ResourceType};

pub(super) fn token() -> Result<Option<Vec<u8>>, KitError> {
    if !available!(macos = 13.0) {
        return Ok(None);
    }
    // SAFETY: a class method without preconditions.
    let library = unsafe { PHPhotoLibrary::sharedPhotoLibrary() };
    // SAFETY: the selector is there from macOS 13 on, takes nothing and returns a token, or nil, which is not declared.
    let token: Option<Retained<PHPersistentChangeToken>> = unsafe { msg_send![&*library, currentChangeToken] };
    let Some(token) = token else { return Ok(None) };
    // SAFETY: the token is an object that can be archived securely.
    let archived = unsafe { NSKeyedArchiver::archivedDataWithRootObject_requiringSecureCoding_error(&token, true) };
    archived.map(|data| Some(data.to_vec())).map_err(failed)
}

pub(super) fn since(token: &[u8]) -> Result<Changes, KitError> {
    // SAFETY: what comes out is checked to be a token.
    let token = unsafe {
        NSKeyedUnarchiver::unarchivedObjectOfClass_fromData_error(
            PHPersistentChangeToken::class(),
            &NSData::with_bytes(token),
        )
    };
    let token = token.map_err(failed)?.downcast::<PHPersistentChangeToken>().map_err(|_| silent("change token"))?;
    // SAFETY: the token is one.
    let found = unsafe { PHPhotoLibrary::sharedPhotoLibrary().fetchPersistentChangesSinceToken_error(&token) };
    let found = found.map_err(failed)?;
    let result = RefCell::new(Ok(Changes::default()));
    let each = RcBlock::new(|change: NonNull<PHPersistentChange>, stop: NonNull<Bool>| {
        // SAFETY: PhotoKit passes a live change and a place for the answer; getters without preconditions.
        let told = guarded(|| unsafe {
            let details = change.as_ref().changeDetailsForObjectType_error(PHObjectType::Asset).map_err(failed)?;
            if let Ok(changes) = &mut *result.borrow_mut() {
                add(&mut changes.inserted, details.insertedLocalIdentifiers());
                add(&mut changes.updated, details.updatedLocalIdentifiers());
                add(&mut changes.deleted, details.deletedLocalIdentifiers());
            }
            Ok(())
        });
        if let Err(error) = told {
            *result.borrow_mut() = Err(error);
            // SAFETY: as above.
            unsafe { *stop.as_ptr() = Bool::YES };
        }
    });
    // SAFETY: the block is called while this call lasts, on this thread.
    unsafe { found.enumerateChangesWithBlock(&each) };
    drop(each);
    result.into_inner()
}

fn add(list: &mut Vec<String>, more: Retained<NSSet<NSString>>) {
    list.extend(more.iter().map(|identifier| identifier.to_string()));
}

/// Performs one change and brings out what its block made of it.
fn change<R: Send + 'static>(block: impl Fn() -> Result<R, KitError> + Send + 'static) -> Result<R, KitError> {
    let made = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&made);
    let block = RcBlock::new(move || {
        // PhotoKit calls this on a thread of its own, where nobody else would catch an exception.
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(guarded(&block));
    });
    // SAFETY: the block owns what it uses, which is `Send`: PhotoKit calls it on a queue of its own.
    let performed =
        unsafe { PHPhotoLibrary::sharedPhotoLibrary().performChangesAndWait_error(RcBlock::as_ptr(&block)) };
    let made = made.lock().unwrap_or_else(PoisonError::into_inner).take();
    // What went wrong within the change tells more than that it was not performed.
    match (made, performed) {
        (Some(Err(error)), _) => Err(error),
        (_, Err(error)) => Err(failed(error)),
        (Some(Ok(made)), Ok(())) => Ok(made),
        (None, Ok(())) => Err(silent("change")),
    }
}

pub(super) fn create_asset(creation: &Creation, on_placeholder: OnPlaceholder) -> Result<(), KitError> {
    let creation = creation.clone();
    change(move || {
        // SAFETY: called within a change, as these calls must be.
        unsafe {
            let request = PHAssetCreationRequest::creationRequestForAsset();
            let placeholder = request.placeholderForCreatedAsset().ok_or_else(|| silent("placeholder"))?;
            if !on_placeholder(&placeholder.localIdentifier().to_string()) {
                // A creation without files is refused (PHPhotosErrorMissingResource).
                return Ok(());
            }
            // Whatever can fail comes first: half of the files would be half a photo.
            let urls = creation.files.iter().map(|(_, path, _)| url(path)).collect::<Result<Vec<_>, _>>()?;
            for album in &creation.albums {
                add_placeholder(album, &placeholder)?;
            }
            // An exception ends the block, not the change: what was added before it would be half a photo.
            guarded(|| Ok(fill(&request, &creation, &urls))).inspect_err(|_| spoil(&request))?;
            // Words never hold a photo back.
            let _ = guarded(|| Ok(describe(&request, &creation)));
            Ok(())
        }
    })
}

/// Makes the change fail: Photos takes no new photo without files (PHPhotosErrorMissingResource), nor one with two of a type
/// (PHPhotosErrorChangeNotSupported).
///
/// # Safety
///
/// Within a change.
unsafe fn spoil(request: &PHAssetCreationRequest) {
    let nothing = NSData::with_bytes(b"no photo");
    // What these raise is of no more interest than what comes of the change; each is tried.
    // SAFETY: arguments of the declared types.
    let _ = guarded(|| Ok(drop(unsafe { PHAssetCreationRequest::creationRequestForAsset() })));
    for _ in 0..2 {
        // SAFETY: as above.
        let add = || unsafe { request.addResourceWithType_data_options(PHAssetResourceType::Photo, &nothing, None) };
        let _ = guarded(|| Ok(add()));
    }
}

/// # Safety
///
/// Within a change.
unsafe fn fill(request: &PHAssetCreationRequest, creation: &Creation, urls: &[Retained<NSURL>]) {
    // SAFETY: setters of the declared types.
    unsafe {
        for ((kind, _, name), url) in creation.files.iter().zip(urls) {
            let options = PHAssetResourceCreationOptions::new();
            options.setOriginalFilename(Some(&NSString::from_str(name)));
            options.setShouldMoveFile(false);
            request.addResourceWithType_fileURL_options(assets::their_kind(*kind), url, Some(&options));
        }
        if let Some(created) = creation.created {
            request.setCreationDate(Some(&NSDate::dateWithTimeIntervalSince1970(created)));
        }
        if let Some((latitude, longitude)) = creation.location {
            let place = CLLocation::initWithLatitude_longitude(CLLocation::alloc(), latitude, longitude);
            request.setLocation(Some(&place));
        }
        request.setFavorite(creation.favorite);
    }
}

/// Writes what people wrote, where this macOS (27 and later) has a way.
///
/// # Safety
///
/// Within a change.
unsafe fn describe(request: &PHAssetCreationRequest, creation: &Creation) {
    let caption = creation.caption.as_deref().filter(|_| request.respondsToSelector(sel!(setCaption:)));
    if let Some(caption) = caption {
        // SAFETY: the selector is there and takes a string.
        let _: () = unsafe { msg_send![request, setCaption: &*NSString::from_str(caption)] };
    }
    if let Some(stars) = creation.rating.filter(|_| request.respondsToSelector(sel!(setRating:))) {
        // SAFETY: the selector is there and takes an NSInteger.
        let _: () = unsafe { msg_send![request, setRating: isize::from(stars)] };
    }
    if request.respondsToSelector(sel!(addKeyword:)) {
        for keyword in &creation.keywords {
            // SAFETY: as above.
            let _: () = unsafe { msg_send![request, addKeyword: &*NSString::from_str(keyword)] };
        }
    }
}

pub(super) fn supports(kinds: &[ResourceType]) -> bool {
    let numbers: Vec<_> = kinds.iter().map(|kind| NSNumber::new_isize(assets::their_kind(*kind).0)).collect();
    // SAFETY: an array of numbers, as declared.
    unsafe { PHAssetCreationRequest::supportsAssetResourceTypes(&NSArray::from_retained_slice(&numbers)) }
}

fn url(path: &Path) -> Result<Retained<NSURL>, KitError> {
    NSURL::from_file_path(path).ok_or_else(|| silent("URL for a path"))
}

/// # Safety
///
/// Within a change.
unsafe fn add_placeholder(album: &str, placeholder: &Retained<PHObjectPlaceholder>) -> Result<(), KitError> {
    let album = albums::album(album)?;
    let added = NSArray::from_retained_slice(std::slice::from_ref(placeholder));
    // SAFETY: an album takes placeholders of assets that the same change makes.
    unsafe {
        let request = PHAssetCollectionChangeRequest::changeRequestForAssetCollection(&album);
        let request = request.ok_or_else(|| silent("way to change this album"))?;
        request.addAssets(ProtocolObject::<dyn NSFastEnumeration>::from_ref(&*added));
    }
    Ok(())
}

pub(super) fn create_album(title: &str) -> Result<String, KitError> {
    let title = title.to_owned();
    change(move || {
        // SAFETY: called within a change.
        unsafe {
            let title = NSString::from_str(&title);
            let request = PHAssetCollectionChangeRequest::creationRequestForAssetCollectionWithTitle(&title);
            Ok(request.placeholderForCreatedAssetCollection().localIdentifier().to_string())
        }
    })
}

pub(super) fn add_to_album(album: &str, assets: &[String]) -> Result<(), KitError> {
    let (album, assets) = (album.to_owned(), assets.to_vec());
    change(move || {
        let album = albums::album(&album)?;
        let added = assets::by_identifiers(&assets);
        // SAFETY: called within a change; a fetch result can be enumerated.
        unsafe {
            let request = PHAssetCollectionChangeRequest::changeRequestForAssetCollection(&album);
            let request = request.ok_or_else(|| silent("way to change this album"))?;
            request.addAssets(ProtocolObject::<dyn NSFastEnumeration>::from_ref(&*added));
        }
        Ok(())
    })
}
