//! The settings file, read and written back.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| photobridge::fuzzed::settings(text));
