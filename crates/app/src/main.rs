//! The binary `photobridge`.

/// PhotoKit calls some of its handlers on the main queue, which the first thread of a process serves.
#[cfg(target_os = "macos")]
fn main() {
    photobridge_photokit::on_a_second_thread(|| photobridge::program() as u8)
}

#[cfg(not(target_os = "macos"))]
fn main() -> std::process::ExitCode {
    photobridge::program().into()
}
