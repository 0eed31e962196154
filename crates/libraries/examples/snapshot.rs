//! Lists a library and says how long that took and what it holds: `cargo run --release --example snapshot -- LIBRARY`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use photobridge_core::progress::{Cancel, Silent};

fn main() -> Result<(), Box<dyn Error>> {
    let path: PathBuf = std::env::args_os().nth(1).ok_or("usage: snapshot LIBRARY")?.into();
    let scratch = std::env::temp_dir();
    let start = Instant::now();
    let mut library = photobridge_libraries::open(&path, &scratch)?;
    println!("opened in {:.3} s", start.elapsed().as_secs_f64());
    for _ in 0..3 {
        let before = resident();
        let start = Instant::now();
        let snapshot = library.snapshot(&Silent, &Cancel::new())?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{} assets, {} albums in {seconds:.3} s", snapshot.assets.len(), snapshot.albums.len());
        if let (Some(before), Some(after)) = (before, resident()) {
            println!("  resident {before} → {after} KiB");
        }
        for warning in &snapshot.warnings {
            println!("  {warning}");
        }
    }
    Ok(())
}

/// Memory in use, where the system says so in `/proc`.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
