//! Puts the usage strings into a program for macOS, which ends a program without them when it asks for the photos. An
//! app has them in a file; this is for the program that lies elsewhere.

use std::path::Path;
use std::{env, fs};

const INFORMATION: &str = "../../packaging/macos/Info.plist";

fn main() {
    println!("cargo::rerun-if-changed={INFORMATION}");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("macos") {
        return;
    }
    let information = fs::read_to_string(INFORMATION).expect("the sources hold it");
    let place = Path::new(&env::var_os("OUT_DIR").expect("Cargo sets it")).join("Info.plist");
    fs::write(&place, information.replace("@VERSION@", env!("CARGO_PKG_VERSION"))).expect("Cargo made the directory");
    for word in ["-sectcreate", "__TEXT", "__info_plist", &place.to_string_lossy()] {
        println!("cargo::rustc-link-arg-bins={word}");
    }
}
