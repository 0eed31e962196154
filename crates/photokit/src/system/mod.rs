//! PhotoKit itself. The only code of the project that is not safe Rust: calls, conversions, and nothing that decides.
//!
//! Never run on a Mac: types and selectors were checked against objc2-photos' declarations, and the program was linked.
//! Every call is made between [`guarded`] and an autorelease pool, so that an exception becomes an error and a library of
//! 100,000 assets leaves nothing behind. Getters that can bring nil where none is declared are asked by hand.

#![expect(unsafe_code, reason = "Objective-C can only be called so")]

mod albums;
mod assets;
mod bytes;
mod changes;
mod observer;
#[cfg(target_os = "macos")]
mod responsible;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, SyncSender};

use block2::RcBlock;
use objc2::exception;
use objc2::rc::{Retained, autoreleasepool};
use objc2_foundation::NSError;
use objc2_photos::{PHAccessLevel, PHAuthorizationStatus, PHPhotoLibrary};

use crate::{
    ABSENT, Authorization, Changes, Creation, Delivery, EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, KitResource,
    NOTHING, OnPlaceholder, PANIC, PhotoKit, RequestId, ResourceType,
};

#[cfg(target_os = "macos")]
pub use responsible::start_again_disclaimed;

/// The Mac's System Photo Library: PhotoKit reaches no other.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

/// Runs the program on a second thread while the first one serves the main queue, on which some of PhotoKit's handlers
/// are called; ends with the program's exit code, or as a program does that panics.
pub fn on_a_second_thread(program: impl FnOnce() -> u8 + Send + 'static) -> ! {
    // The first thread never comes back from the queue: whatever becomes of the second one, it ends the process.
    std::thread::spawn(|| std::process::exit(catch_unwind(AssertUnwindSafe(program)).map_or(101, i32::from)));
    dispatch2::dispatch_main()
}

/// Makes an exception and a panic an error, and lets what the call leaves behind go. Neither crosses a block: PhotoKit
/// would not survive it.
fn guarded<R>(call: impl FnOnce() -> Result<R, KitError>) -> Result<R, KitError> {
    // In this order, as no exception may reach the place where panics are caught.
    let caught = catch_unwind(AssertUnwindSafe(|| exception::catch(AssertUnwindSafe(|| autoreleasepool(|_| call())))));
    let (domain, text) = match caught {
        Ok(Ok(result)) => return result,
        Ok(Err(Some(thrown))) => (EXCEPTION, autoreleasepool(|_| thrown.to_string())),
        Ok(Err(None)) => (EXCEPTION, "nil was thrown".to_owned()),
        Err(panic) => (PANIC, said_by(&*panic).to_owned()),
    };
    Err(KitError { domain: domain.to_owned(), code: 0, text })
}

/// What a panic says.
fn said_by(panic: &dyn Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a part of this program failed")
}

/// A call to a library that can be used: one that cannot looks empty.
fn asked<R>(call: impl FnOnce() -> Result<R, KitError>) -> Result<R, KitError> {
    guarded(|| {
        // SAFETY: a getter without preconditions.
        let reason = unsafe { PHPhotoLibrary::sharedPhotoLibrary().unavailabilityReason() };
        reason.map_or(Ok(()), |reason| Err(failed(reason)))?;
        call()
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
        let status =
            guarded(|| Ok(unsafe { PHPhotoLibrary::authorizationStatusForAccessLevel(PHAccessLevel::ReadWrite) }));
        // What cannot be asked is no permission.
        status.map_or(Authorization::Unknown(-1), authorization)
    }

    fn request_authorization(&self, answer: Sender<Authorization>) {
        let handler = RcBlock::new(move |status: PHAuthorizationStatus| {
            // Whoever asked may have stopped waiting.
            let _ = guarded(|| Ok(answer.send(authorization(status))));
        });
        // SAFETY: PhotoKit copies the block, which owns what it uses and may be called from any thread.
        let asked = guarded(|| unsafe {
            PHPhotoLibrary::requestAuthorizationForAccessLevel_handler(PHAccessLevel::ReadWrite, &handler);
            Ok(())
        });
        // Nobody was asked: whoever waits hears no answer, as of a person who gives none.
        let _ = asked;
    }

    fn assets(&self, fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError> {
        asked(|| assets::fetch(fetch, each))
    }

    fn resources(&self, local_identifier: &str) -> Result<Vec<KitResource>, KitError> {
        asked(|| assets::resources(local_identifier))
    }

    fn albums(&self) -> Result<Vec<KitAlbum>, KitError> {
        asked(|| Ok(albums::all()))
    }

    fn change_token(&self) -> Result<Option<Vec<u8>>, KitError> {
        asked(changes::token)
    }

    fn changes_since(&self, token: &[u8]) -> Result<Changes, KitError> {
        asked(|| changes::since(token))
    }

    fn on_changes(&self, told: Sender<()>) -> Result<bool, KitError> {
        asked(|| Ok(observer::tell(told)))
    }

    fn request_data(
        &self,
        local_identifier: &str,
        kind: ResourceType,
        network: bool,
        to: SyncSender<Delivery>,
    ) -> Result<RequestId, KitError> {
        asked(|| bytes::request(local_identifier, kind, network, to))
    }

    fn cancel_request(&self, request: RequestId) {
        // What was not cancelled is listened to no more all the same.
        let _ = guarded(|| Ok(bytes::cancel(request)));
    }

    fn supports(&self, kinds: &[ResourceType]) -> Result<bool, KitError> {
        guarded(|| Ok(changes::supports(kinds)))
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
