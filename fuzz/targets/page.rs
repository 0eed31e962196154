//! Requests to the pages and the API, as whoever reaches the port may send them.

#![no_main]

use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use photobridge::fuzzed::Visited;
use tokio::runtime::{Builder, Runtime};

static PAGES: LazyLock<Mutex<(Runtime, Visited)>> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    Mutex::new((runtime, Visited::new()))
});

fuzz_target!(|request: &[u8]| {
    let mut pages = PAGES.lock().expect("a panic ends everything");
    let (runtime, visited) = &mut *pages;
    runtime.block_on(visited.visit(request));
});
