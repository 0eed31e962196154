//! PhotoKit itself. The only code of the project that is not safe Rust: calls, conversions, and nothing that decides.
//!
//! Never run on a Mac: types and selectors were checked against objc2-photos' declarations, and the program was linked.
//! Every call is made between [`guarded`] and an autorelease pool, so that an exception becomes an error and a library of
//! 100,000 assets leaves nothing behind.

#![expect(unsafe_code, reason = "Objective-C can only be called so")]

mod albums;
mod assets;
mod bytes;
mod changes;

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Sender, SyncSender};

use block2::RcBlock;
use objc2::exception;
use objc2::rc::{Retained, autoreleasepool};
use objc2_foundation::NSError;
use objc2_photos::{PHAccessLevel, PHAuthorizationStatus, PHPhotoLibrary};

use crate::{
    ABSENT, Authorization, Changes, Creation, Delivery, EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, KitResource,
    NOTHING, OnPlaceholder, PhotoKit, RequestId, ResourceType,
};

/// The Mac's System Photo Library: PhotoKit reaches no other.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

/// Runs the program on a second thread while the first one serves the main queue, on which some of PhotoKit's handlers
/// are called; ends with the program's exit code.
pub fn on_a_second_thread(program: impl FnOnce() -> u8 + Send + 'static) -> ! {
    std::thread::spawn(move || std::process::exit(i32::from(program())));
    dispatch2::dispatch_main()
}

/// Makes an exception an error, and lets what the call leaves behind go.
fn guarded<R>(call: impl FnOnce() -> Result<R, KitError>) -> Result<R, KitError> {
    let caught = exception::catch(AssertUnwindSafe(|| autoreleasepool(|_| call())));
    caught.unwrap_or_else(|thrown| {
        let text = thrown.map_or_else(|| "nil was thrown".to_owned(), |thrown| thrown.to_string());
        Err(KitError { domain: EXCEPTION.to_owned(), code: 0, text })
    })
}

fn error(error: &NSError) -> KitError {
    KitError {
        domain: error.domain().to_string(),
        code: error.code() as i64,
        text: error.localizedDescription().to_string(),
    }
}

fn failed(error_object: Retained<NSError>) -> KitError {
    error(&error_object)
}

/// A call that should have answered did not.
fn silent(what: &str) -> KitError {
    KitError { domain: NOTHING.to_owned(), code: 0, text: format!("PhotoKit gave no {what}") }
}

/// What was asked for is not there.
fn absent(what: &str) -> KitError {
    KitError { code: ABSENT, ..silent(what) }
}

fn authorization(status: PHAuthorizationStatus) -> Authorization {
    match status {
        PHAuthorizationStatus::NotDetermined => Authorization::NotDetermined,
        PHAuthorizationStatus::Restricted => Authorization::Restricted,
        PHAuthorizationStatus::Denied => Authorization::Denied,
        PHAuthorizationStatus::Authorized => Authorization::Authorized,
        PHAuthorizationStatus::Limited => Authorization::Limited,
        PHAuthorizationStatus(other) => Authorization::Unknown(other as i64),
    }
}

impl PhotoKit for System {
    fn authorization(&self) -> Authorization {
        // SAFETY: a class method without preconditions.
        authorization(unsafe { PHPhotoLibrary::authorizationStatusForAccessLevel(PHAccessLevel::ReadWrite) })
    }

    fn request_authorization(&self, answer: Sender<Authorization>) {
        let handler = RcBlock::new(move |status: PHAuthorizationStatus| {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(authorization(status));
        });
        // SAFETY: PhotoKit copies the block, which owns what it uses and may be called from any thread.
        unsafe {
            PHPhotoLibrary::requestAuthorizationForAccessLevel_handler(PHAccessLevel::ReadWrite, &handler);
        }
    }

    fn assets(&self, fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError> {
        guarded(|| assets::fetch(fetch, each))
    }

    fn resources(&self, local_identifier: &str) -> Result<Vec<KitResource>, KitError> {
        guarded(|| assets::resources(local_identifier))
    }

    fn albums(&self) -> Result<Vec<KitAlbum>, KitError> {
        guarded(|| Ok(albums::all()))
    }

    fn change_token(&self) -> Result<Option<Vec<u8>>, KitError> {
        guarded(changes::token)
    }

    fn changes_since(&self, token: &[u8]) -> Result<Changes, KitError> {
        guarded(|| changes::since(token))
    }

    fn request_data(
        &self,
        local_identifier: &str,
        kind: ResourceType,
        network: bool,
        to: SyncSender<Delivery>,
    ) -> Result<RequestId, KitError> {
        guarded(|| bytes::request(local_identifier, kind, network, to))
    }

    fn cancel_request(&self, request: RequestId) {
        bytes::cancel(request);
    }

    fn create_asset(&self, creation: &Creation, on_placeholder: OnPlaceholder) -> Result<(), KitError> {
        guarded(|| changes::create_asset(creation, on_placeholder))
    }

    fn create_album(&self, title: &str) -> Result<String, KitError> {
        guarded(|| changes::create_album(title))
    }

    fn add_to_album(&self, album: &str, assets: &[String]) -> Result<(), KitError> {
        guarded(|| changes::add_to_album(album, assets))
    }
}
