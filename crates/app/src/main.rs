//! The binary `photobridge`.

/// glibc keeps what a thread gives back for threads to come: with 100,000 photos 30 MB more than are in use at any time.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// PhotoKit calls some of its handlers on the main queue, which the first thread of a process serves.
#[cfg(target_os = "macos")]
fn main() {
    photobridge_photokit::on_a_second_thread(|| photobridge::program() as u8)
}

#[cfg(not(target_os = "macos"))]
fn main() -> std::process::ExitCode {
    photobridge::program().into()
}
