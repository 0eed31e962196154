//! Hears that the library changed, where macOS tells (27 and later). Not run on a Mac.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, Once, PoisonError};

use objc2::rc::Retained;
use objc2::runtime::{NSObject, NSObjectProtocol};
use objc2::{AnyThread, define_class, extern_protocol, msg_send, sel};
use objc2_photos::PHPhotoLibrary;

use super::guarded;

/// Whoever asked last to be told.
static LISTENER: Mutex<Option<Sender<()>>> = Mutex::new(None);

extern_protocol!(
    /// Of macOS 27; objc2-photos 0.3.2 does not know it.
    #[name = "PHPhotoLibraryPersistentChangesObserver"]
    unsafe trait PersistentChangesObserver: NSObjectProtocol {}
);

define_class!(
    #[unsafe(super(NSObject))]
    #[name = "PhotobridgeObserver"]
    struct Observer;

    unsafe impl NSObjectProtocol for Observer {}

    unsafe impl PersistentChangesObserver for Observer {
        // Called on a queue of PhotoKit's.
        #[unsafe(method(photoLibraryPersistentChangesDidUpdate:))]
        fn changed(&self, _library: &PHPhotoLibrary) {
            let _ = guarded(|| {
                let listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner);
                // Whoever asked may listen no more.
                Ok(listener.as_ref().map(|listener| listener.send(())))
            });
        }
    }
);

/// Tells of changes from now on; `false` where this macOS does not.
pub(super) fn tell(told: Sender<()>) -> bool {
    static ONCE: Once = Once::new();
    // SAFETY: a class method without preconditions.
    let library = unsafe { PHPhotoLibrary::sharedPhotoLibrary() };
    if !library.respondsToSelector(sel!(registerPersistentChangesObserver:)) {
        return false;
    }
    *LISTENER.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    ONCE.call_once(|| {
        // SAFETY: a new object without variables of its own.
        let observer: Retained<Observer> = unsafe { msg_send![Observer::alloc(), init] };
        // SAFETY: the selector is there and takes such an object.
        let _: () = unsafe { msg_send![&*library, registerPersistentChangesObserver: &*observer] };
        // The library holds it weakly: it is to hear as long as this process lives.
        std::mem::forget(observer);
    });
    true
}
