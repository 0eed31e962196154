//! The property list in which a library says which version its tables have.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    photobridge_libraries::number_in(bytes, "PLModelVersion");
});
