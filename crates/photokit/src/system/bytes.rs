//! Asks for the bytes of a resource. Not run on a Mac.

use std::ptr::NonNull;
use std::sync::mpsc::SyncSender;

use block2::RcBlock;
use objc2_foundation::{NSData, NSError};
use objc2_photos::{PHAssetResourceManager, PHAssetResourceRequestOptions};

use super::{absent, assets, error, guarded};
use crate::{Delivery, KitError, RequestId, ResourceType};

pub(super) fn request(
    local_identifier: &str,
    kind: ResourceType,
    network: bool,
    to: SyncSender<Delivery>,
) -> Result<RequestId, KitError> {
    let asset = assets::asset(local_identifier)?;
    let wanted = assets::their_kind(kind);
    // SAFETY: a getter without preconditions.
    let mut resources = assets::of_asset(&asset).into_iter().filter(|resource| unsafe { resource.r#type() } == wanted);
    let resource = resources.next().ok_or_else(|| absent("such resource"))?;
    let (progress, done) = (to.clone(), to.clone());
    // A receiver that is gone does not want to hear more.
    let on_progress = RcBlock::new(move |_: f64| {
        let _ = progress.try_send(Delivery::Progress);
    });
    let on_data = RcBlock::new(move |data: NonNull<NSData>| {
        // SAFETY: PhotoKit passes live data, which is copied before the block returns.
        let bytes = guarded(|| Ok(unsafe { data.as_ref() }.to_vec()));
        let _ = to.send(bytes.map_or_else(|failed| Delivery::Done(Err(failed)), Delivery::Bytes));
    });
    let on_done = RcBlock::new(move |failure: *mut NSError| {
        // SAFETY: PhotoKit passes nil or a live error.
        let result = guarded(|| unsafe { failure.as_ref() }.map_or(Ok(()), |failure| Err(error(failure))));
        let _ = done.send(Delivery::Done(result));
    });
    // SAFETY: the setter and PhotoKit copy the blocks; they own what they use and may be called from any thread.
    unsafe {
        let options = PHAssetResourceRequestOptions::new();
        options.setNetworkAccessAllowed(network);
        options.setProgressHandler(RcBlock::as_ptr(&on_progress));
        let id = PHAssetResourceManager::defaultManager()
            .requestDataForAssetResource_options_dataReceivedHandler_completionHandler(
                &resource,
                Some(&options),
                &on_data,
                &on_done,
            );
        Ok(RequestId(id))
    }
}

pub(super) fn cancel(RequestId(id): RequestId) {
    // SAFETY: an id that is known no longer is passed over.
    unsafe { PHAssetResourceManager::defaultManager().cancelDataRequest(id) }
}
