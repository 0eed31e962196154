//! Small pictures of any bytes. The decoders come from elsewhere, and what they panic at is contained when the program
//! runs; such a panic is passed over here, so that what is behind it is found, too.

#![no_main]

use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use libfuzzer_sys::fuzz_target;

/// Much less than the program has, as a picture may take half of that, and a second.
const MEMORY: u64 = 16 * 1024 * 1024;

/// Crates whose panics cost one thumbnail and nothing else: `docs/reliability.md` tells of them.
const CONTAINED: [&str; 1] = ["/heic-decoder-"];

static HOOK: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    HOOK.call_once(|| {
        let ends = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let is_in = |part: &&str| panic.location().is_some_and(|place| place.file().contains(*part));
            if CONTAINED.iter().any(|part| is_in(&part)) {
                eprintln!("contained: {panic}");
            } else {
                ends(panic);
            }
        }));
    });
    let _ = panic::catch_unwind(AssertUnwindSafe(|| photobridge::fuzzed::thumbnail(bytes, MEMORY)));
});
