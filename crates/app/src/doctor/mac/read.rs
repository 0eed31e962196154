//! What the tools and notes of macOS say, understood. Their forms are those that their manuals and others describe.

use std::path::{Path, PathBuf};

use plist::Value;

use super::{Asked, Signature};

/// The deepest that processes are followed: a listing that changed under way could go in a circle.
const DEPTH: usize = 64;

/// The executables of a process and of those that it comes from, without launchd, from what `ps -axo pid=,ppid=,comm=` says.
pub fn ancestors(listing: &str, process: u32) -> Vec<PathBuf> {
    let find = |process: u32| {
        listing.lines().find_map(|line| {
            let (number, rest) = line.trim_start().split_once(char::is_whitespace)?;
            let (parent, executable) = rest.trim_start().split_once(char::is_whitespace)?;
            let is_it = number.parse() == Ok(process);
            is_it.then(|| Some((parent.parse::<u32>().ok()?, PathBuf::from(executable.trim()))))?
        })
    };
    let mut ancestors = Vec::new();
    let mut process = process;
    while process > 1 && ancestors.len() < DEPTH {
        let Some((parent, executable)) = find(process) else { break };
        ancestors.push(executable);
        process = parent;
    }
    ancestors
}

/// In whose name macOS asks, for a process with these ancestors, itself first. macOS tells nobody; the first process of a
/// person is the responsible one, unless a program passed that on.
pub fn asked(ancestors: &[PathBuf]) -> Asked {
    let Some(first) = ancestors.last() else { return Asked::Unknown };
    let is_remote = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("sshd"));
    if ancestors.len() == 1 {
        Asked::Photobridge
    } else if let Some(app) = app(first) {
        Asked::App(app)
    } else if ancestors.iter().any(is_remote) {
        Asked::Network
    } else {
        Asked::Unknown
    }
}

/// The name of the outermost app that a program lies in.
fn app(program: &Path) -> Option<String> {
    let mut parts = program.components().map(|part| part.as_os_str().to_string_lossy());
    parts.find_map(|part| part.strip_suffix(".app").map(str::to_owned))
}

/// How a program is signed, from what `codesign -dv --verbose=4` and `codesign -d -r-` say of it.
pub fn signature(details: &str, requirement: &str) -> Option<Signature> {
    let says = |key: &str| details.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    if details.contains("code object is not signed at all") {
        return Some(Signature::Missing);
    }
    // Who holds a certificate can still ask that only these very bytes count.
    if says("Signature=") == Some("adhoc") || requirement.contains("cdhash") {
        return Some(Signature::AdHoc);
    }
    let by = says("Authority=").filter(|by| !by.is_empty())?.to_owned();
    Some(if by.starts_with("Developer ID ") { Signature::Developer(by) } else { Signature::Own(by) })
}

/// The library that iCloud Photos feeds, which is the System Photo Library, as the iCloud daemon notes it.
pub fn fed_library(notes: &Value) -> Option<PathBuf> {
    let engine = notes.as_dictionary()?.get("CPLEngineParameters-SystemLibrary")?.as_dictionary()?;
    let inside = Path::new(engine.get("clientLibraryBasePath")?.as_string()?);
    let is_library = |path: &&Path| path.is_absolute() && path.extension().is_some_and(|end| end == "photoslibrary");
    inside.ancestors().find(is_library).map(Path::to_owned)
}

/// Whether iCloud Photos is on: what lies in the library below `resources`, where that may be read, comes before the iCloud
/// daemon's note, which is there only while it works.
pub fn icloud(marker: Option<bool>, engine: Option<bool>, is_noted: bool) -> Option<bool> {
    match (marker, engine) {
        (Some(true), _) => Some(true),
        (_, Some(false)) => Some(false),
        _ => is_noted.then_some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "    1     0 /sbin/launchd
  501     1 /System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal
  612   501 login
  613   612 -zsh
  700   613 /Applications/Photobridge.app/Contents/MacOS/photobridge
  801     1 /Applications/Visual Studio Code.app/Contents/MacOS/Electron
  802   801 /Applications/Visual Studio Code.app/Contents/Frameworks/Code Helper.app/Contents/MacOS/Code Helper
  803   802 /bin/zsh
  804   803 /usr/local/bin/photobridge
  900     1 /Applications/Photobridge.app/Contents/MacOS/photobridge
  950     1 /usr/sbin/sshd
  951   950 sshd-session: me
  952   951 -zsh
  953   952 photobridge
  970     1 tmux
  971   970 photobridge
  980   981 one
  981   980 other
broken
  x y z
";

    #[test]
    fn the_app_that_a_process_comes_from_is_asked_for() {
        for (process, expected) in [
            (700, Asked::App("Terminal".into())),
            (804, Asked::App("Visual Studio Code".into())),
            (900, Asked::Photobridge),
            (953, Asked::Network),
            (971, Asked::Unknown),
            (980, Asked::Unknown),
            (7, Asked::Unknown),
        ] {
            assert_eq!(asked(&ancestors(LISTING, process)), expected, "{process}");
        }
        assert_eq!(asked(&ancestors("", 1)), Asked::Unknown);
    }

    #[test]
    fn signatures_are_told_apart() {
        let adhoc = "Identifier=org.photobridge.Photobridge\nSignature=adhoc\nTeamIdentifier=not set\n";
        let own = "Signature size=1664\nAuthority=Photobridge of our household\nTeamIdentifier=not set\n";
        let developer = "Authority=Developer ID Application: A. Person (ABCDE12345)\n\
                         Authority=Developer ID Certification Authority\nAuthority=Apple Root CA\n\
                         TeamIdentifier=ABCDE12345\n";
        let lasting = "designated => identifier \"org.photobridge.Photobridge\" and certificate leaf = H\"0f\"\n";
        let of_the_bytes = "# designated => cdhash H\"0f\"\n";
        let named = |name: &str| name.to_owned();
        for (details, requirement, expected) in [
            (adhoc, of_the_bytes, Some(Signature::AdHoc)),
            (own, lasting, Some(Signature::Own(named("Photobridge of our household")))),
            (own, of_the_bytes, Some(Signature::AdHoc)),
            (developer, lasting, Some(Signature::Developer(named("Developer ID Application: A. Person (ABCDE12345)")))),
            ("/a/photobridge: code object is not signed at all\n", "", Some(Signature::Missing)),
            ("", "", None),
            ("Authority=\n", lasting, None),
        ] {
            assert_eq!(signature(details, requirement), expected, "{details}");
        }
    }

    fn notes(body: &str) -> Value {
        let text = format!("<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>{body}</dict></plist>");
        plist::from_bytes(text.as_bytes()).expect("a property list")
    }

    #[test]
    fn the_library_is_found_where_the_icloud_daemon_notes_it() {
        let library = PathBuf::from("/Volumes/Big/Photos Library.photoslibrary");
        let engine = |path: &str| {
            notes(&format!(
                "<key>CPLEngineParameters-SystemLibrary</key><dict><key>clientLibraryBasePath</key>\
                 <string>{path}</string></dict>"
            ))
        };
        let inside = library.join("resources/cpl/cloudsync.noindex");
        assert_eq!(fed_library(&engine(&inside.to_string_lossy())), Some(library));
        for odd in [
            notes(""),
            notes("<key>CPLEngineParameters-SystemLibrary</key><string>/x</string>"),
            engine("/nowhere"),
            engine("relative.photoslibrary/resources"),
            Value::from("text"),
        ] {
            assert_eq!(fed_library(&odd), None, "{odd:?}");
        }
    }

    #[test]
    fn icloud_is_on_off_or_unknown() {
        for (marker, engine, is_noted, expected) in [
            (Some(true), Some(true), false, Some(true)),
            (Some(false), Some(false), false, Some(false)),
            // Left over from a time when it was on, or not yet begun.
            (Some(false), Some(true), false, None),
            (Some(false), Some(false), true, Some(false)),
            (None, None, true, Some(true)),
            (None, None, false, None),
        ] {
            assert_eq!(icloud(marker, engine, is_noted), expected, "{marker:?} {engine:?} {is_noted}");
        }
    }
}
