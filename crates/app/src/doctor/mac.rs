//! What macOS allows this program and how the Mac is set up, in words: what each fact means and what to click.
//!
//! Facts go in, findings come out; `gather` finds the facts on a Mac, `read` understands what the system's tools say.
//! What cannot be found out is said to be unknown, with the place to look. None of this was ever run on a Mac.

#[cfg(target_os = "macos")]
mod gather;
mod read;

use std::path::{Path, PathBuf};

use photobridge_libraries::photos::authorization::{remedy, state};
use photobridge_photokit::Authorization;

use super::Finding::{self, Fine, Note, Wrong};
use super::Looked;
use crate::words::{count, size, thousands};

#[cfg(target_os = "macos")]
pub use gather::{answer_for_itself_where_refused, asked, facts};

/// Less free space than this is said to be little: what is fetched from iCloud passes through it.
const LITTLE: u64 = 10_000_000_000;

/// What is known of a Mac.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whether this program may use Photos.
    pub authorization: Authorization,
    /// In whose name macOS asks for it.
    pub asked: Asked,
    /// How this program is signed.
    pub signature: Option<Signature>,
    /// Whether it may read every file of the person.
    pub full_disk_access: Option<bool>,
    /// Where the System Photo Library lies.
    pub system_library: Option<PathBuf>,
    /// Whether iCloud Photos is on.
    pub icloud: Option<bool>,
    /// Bytes that are free where the library lies.
    pub free: Option<u64>,
}

/// The process that macOS holds responsible for this one: the permission is that process's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// This program itself, as an app or an agent.
    Photobridge,
    /// The app that it was started from.
    App(String),
    /// Nobody at this Mac: it was started over the network.
    Network,
    /// That cannot be told.
    Unknown,
}

/// How a program is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// Not at all.
    Missing,
    /// By nobody: its identity is that of its bytes.
    AdHoc,
    /// With a certificate that somebody made.
    Own(String),
    /// With one of Apple's for developers.
    Developer(String),
}

/// What to make of the facts, and of the library, which is looked at only where that is allowed: else macOS would ask.
pub fn findings(
    facts: &Facts,
    look: impl FnOnce() -> (Vec<Finding>, Option<Looked>),
) -> (Vec<Finding>, Option<Looked>) {
    let (mut findings, looked) = match facts.authorization {
        Authorization::Authorized => look(),
        _ => (vec![], None),
    };
    findings.extend([
        permission(facts.authorization, &facts.asked),
        signature(facts.signature.as_ref()),
        full_disk_access(facts.full_disk_access),
        system_library(facts.system_library.as_deref()),
        icloud(facts.icloud),
        optimised(looked.as_ref()),
        free(facts.free),
    ]);
    (findings, looked)
}

/// The apps of which it is known that they can ask for Photos, so that a person said no.
const CAN_ASK: [&str; 2] = ["Photobridge", "Terminal"];

/// Whether to start again as a program that answers for itself: the app that it was started from is refused, and may be one
/// that can never ask. Only once, so that two processes do not start each other for ever.
fn is_to_answer_for_itself(authorization: Authorization, asked: &Asked, was_started_again: bool) -> bool {
    let cannot_ask = matches!(asked, Asked::App(app) if !CAN_ASK.contains(&app.as_str()));
    authorization == Authorization::Denied && cannot_ask && !was_started_again
}

/// Whether this program may use Photos, in whose name macOS asks, and what a person does next.
pub fn permission(authorization: Authorization, asked: &Asked) -> Finding {
    let name = match asked {
        Asked::Photobridge => "Photobridge",
        Asked::App(app) => app,
        Asked::Network | Asked::Unknown => "this program",
    };
    let whose = match asked {
        Asked::Photobridge => String::new(),
        Asked::App(app) => format!(
            ". That counts for all that {app} starts, and not for the service, about which macOS asks in the name of \
             Photobridge"
        ),
        Asked::Network => {
            ". Its question does not show over the network: sit at the Mac, or use screen sharing".to_owned()
        }
        Asked::Unknown => ". It is not known for which app macOS asks".to_owned(),
    };
    // An app that was not made to use Photos is refused without a question, and without a switch for it anywhere.
    let otherwise = match (authorization, asked) {
        (Authorization::Denied, Asked::App(app)) => {
            format!(". If {app} is not in that list, macOS never asks for it: use Terminal, or open Photobridge.app")
        }
        _ => String::new(),
    };
    let state = state(authorization, name);
    match remedy(authorization) {
        None => Fine(format!("{state}{whose}")),
        Some(remedy) => Wrong(format!("{state}{whose}. {remedy}{otherwise}")),
    }
}

fn signature(signature: Option<&Signature>) -> Finding {
    let again = "macOS treats each update as a new program, which needs all permissions again. \
                 `scripts/make-app --sign` signs it with a certificate; docs/macos.md says how to make one";
    match signature {
        Some(Signature::Missing) => Wrong(format!("this program is not signed: {again}")),
        Some(Signature::AdHoc) => Note(format!("this program is signed ad hoc: {again}")),
        Some(Signature::Own(by)) => Fine(format!(
            "this program is signed by \u{201c}{by}\u{201d}: what is allowed stays allowed after an update that is \
             signed the same"
        )),
        Some(Signature::Developer(by)) => {
            Fine(format!("this program is signed by {by}: what is allowed stays allowed after an update"))
        }
        None => {
            Note("it is unknown how this program is signed. `codesign -dv --verbose=4` and its path show it".into())
        }
    }
}

fn full_disk_access(has: Option<bool>) -> Finding {
    let place = "System Settings, Privacy & Security, Full Disk Access";
    match has {
        Some(true) => Fine("Full Disk Access: fingerprints and times come from the library's own tables".into()),
        Some(false) => Note(format!(
            "there is no Full Disk Access, and it need not be: Photos itself is asked, which takes longer, and tells \
             neither fingerprints nor, before macOS 26, when a photo was added. Nor does it show what was deleted a short \
             while ago, or what is hidden while its album is locked: a file of such a photo would go in again, for everybody \
             to see. {place}: add it and all of that is seen. For what is hidden it is enough to switch off its lock in \
             Photos, Settings, General"
        )),
        None => Note(format!("it is unknown whether there is Full Disk Access. {place} shows it")),
    }
}

fn system_library(place: Option<&Path>) -> Finding {
    match place {
        Some(path) => Fine(format!(
            "the System Photo Library is {}; no other one of this Mac is reached through Photos",
            path.display()
        )),
        None => Note(
            "it is unknown which library is the System Photo Library. Photos, Settings, General shows it of the one that \
             is open"
                .into(),
        ),
    }
}

fn icloud(is_on: Option<bool>) -> Finding {
    let place = "System Settings, your name, iCloud, Photos";
    match is_on {
        Some(true) => Note(format!(
            "iCloud Photos is on, so the phones of this account bring their photos by themselves. Where photos also go \
             out, switch off the phones' own upload to the folder, or they come twice. {place} shows more"
        )),
        Some(false) => Fine("iCloud Photos is off for this library".into()),
        None => Note(format!("it is unknown whether iCloud Photos is on. {place} shows it")),
    }
}

/// macOS keeps no note of *Optimise Mac Storage* that a program may count on; which originals are here shows what it did.
fn optimised(looked: Option<&Looked>) -> Finding {
    let place = "Photos, Settings, iCloud";
    match looked {
        Some(Looked { only_in_icloud: 0, .. }) => Fine("every original is on this Mac".into()),
        Some(Looked { photos, only_in_icloud, .. }) => Note(format!(
            "{} of {} have their original only in iCloud: Optimise Mac Storage is on, or they are still arriving. To \
             export them, Photos fetches each. {place}: Download Originals keeps them here",
            thousands(*only_in_icloud),
            count(*photos, "photo")
        )),
        None => Note(format!("which originals are on this Mac is unknown. {place} shows what is stored here")),
    }
}

fn free(bytes: Option<u64>) -> Finding {
    match bytes {
        Some(bytes) if bytes < LITTLE => Note(format!(
            "only {} are free on the disk of the library: Photos may fetch nothing from iCloud, and a sync then waits",
            size(bytes)
        )),
        Some(bytes) => Fine(format!("{} are free on the disk of the library", size(bytes))),
        None => Note("the disk of the library does not say how much is free".into()),
    }
}

#[cfg(test)]
mod tests {
    use photobridge_core::library::Identity;

    use super::*;

    /// A Mac of which nothing is known.
    fn unknown() -> Facts {
        Facts {
            authorization: Authorization::Unknown(9),
            asked: Asked::Unknown,
            signature: None,
            full_disk_access: None,
            system_library: None,
            icloud: None,
            free: None,
        }
    }

    fn library(photos: u64, only_in_icloud: u64) -> Looked {
        let identity = Identity { uuid: None, path: "/Users/me/Pictures/Photos Library.photoslibrary".into() };
        Looked { identity, photos, only_in_icloud }
    }

    fn told(facts: &Facts, looked: Option<Looked>) -> String {
        let (findings, _) = findings(facts, || (vec![], looked));
        findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_mac_that_is_set_up_well_needs_nothing() {
        let facts = Facts {
            authorization: Authorization::Authorized,
            asked: Asked::Photobridge,
            signature: Some(Signature::Own("Photobridge of our household".into())),
            full_disk_access: Some(true),
            system_library: Some(library(0, 0).identity.path),
            icloud: Some(false),
            free: Some(120_000_000_000),
        };
        insta::assert_snapshot!(told(&facts, Some(library(1200, 0))), @r"
        ok    macOS lets Photobridge use Photos
        ok    this program is signed by “Photobridge of our household”: what is allowed stays allowed after an update that is signed the same
        ok    Full Disk Access: fingerprints and times come from the library's own tables
        ok    the System Photo Library is /Users/me/Pictures/Photos Library.photoslibrary; no other one of this Mac is reached through Photos
        ok    iCloud Photos is off for this library
        ok    every original is on this Mac
        ok    120.00 GB are free on the disk of the library
        ");
    }

    #[test]
    fn what_a_person_can_change_is_said_with_the_place() {
        let facts = Facts {
            authorization: Authorization::Authorized,
            asked: Asked::App("Terminal".into()),
            signature: Some(Signature::AdHoc),
            full_disk_access: Some(false),
            icloud: Some(true),
            free: Some(4_000_000_000),
            ..unknown()
        };
        insta::assert_snapshot!(told(&facts, Some(library(1200, 340))), @r"
        ok    macOS lets Terminal use Photos. That counts for all that Terminal starts, and not for the service, about which macOS asks in the name of Photobridge
        note  this program is signed ad hoc: macOS treats each update as a new program, which needs all permissions again. `scripts/make-app --sign` signs it with a certificate; docs/macos.md says how to make one
        note  there is no Full Disk Access, and it need not be: Photos itself is asked, which takes longer, and tells neither fingerprints nor, before macOS 26, when a photo was added. Nor does it show what was deleted a short while ago, or what is hidden while its album is locked: a file of such a photo would go in again, for everybody to see. System Settings, Privacy & Security, Full Disk Access: add it and all of that is seen. For what is hidden it is enough to switch off its lock in Photos, Settings, General
        note  it is unknown which library is the System Photo Library. Photos, Settings, General shows it of the one that is open
        note  iCloud Photos is on, so the phones of this account bring their photos by themselves. Where photos also go out, switch off the phones' own upload to the folder, or they come twice. System Settings, your name, iCloud, Photos shows more
        note  340 of 1,200 photos have their original only in iCloud: Optimise Mac Storage is on, or they are still arriving. To export them, Photos fetches each. Photos, Settings, iCloud: Download Originals keeps them here
        note  only 4.00 GB are free on the disk of the library: Photos may fetch nothing from iCloud, and a sync then waits
        ");
    }

    #[test]
    fn what_is_unknown_is_said_to_be() {
        insta::assert_snapshot!(told(&unknown(), None), @r"
        WRONG macOS gave an unknown answer (9) when asked whether this program may use Photos. It is not known for which app macOS asks. System Settings, Privacy & Security, Photos shows it
        note  it is unknown how this program is signed. `codesign -dv --verbose=4` and its path show it
        note  it is unknown whether there is Full Disk Access. System Settings, Privacy & Security, Full Disk Access shows it
        note  it is unknown which library is the System Photo Library. Photos, Settings, General shows it of the one that is open
        note  it is unknown whether iCloud Photos is on. System Settings, your name, iCloud, Photos shows it
        note  which originals are on this Mac is unknown. Photos, Settings, iCloud shows what is stored here
        note  the disk of the library does not say how much is free
        ");
    }

    #[test]
    fn each_answer_of_macos_says_what_to_do() {
        let full_access = "In System Settings, Privacy & Security, Photos, choose Full Access";
        for (authorization, state, remedy) in [
            (Authorization::NotDetermined, "nobody has allowed iTerm to use Photos yet", "run `photobridge authorize`"),
            (Authorization::Denied, "macOS keeps iTerm from Photos", full_access),
            (Authorization::Limited, "only a selection of the photos", full_access),
            (
                Authorization::Restricted,
                "a profile or Screen Time does not let iTerm",
                "Whoever manages this Mac can allow it",
            ),
            (
                Authorization::Unknown(7),
                "an unknown answer (7)",
                "System Settings, Privacy & Security, Photos shows it",
            ),
        ] {
            let Wrong(text) = permission(authorization, &Asked::App("iTerm".into())) else {
                panic!("with {authorization:?} no sync goes")
            };
            let parts = [state, ". That counts for all that iTerm starts", remedy].map(|part| text.find(part));
            assert!(parts.iter().all(Option::is_some) && parts.is_sorted(), "{authorization:?}: {text}");
        }
        let allowed = permission(Authorization::Authorized, &Asked::Photobridge);
        assert!(matches!(&allowed, Fine(text) if text == "macOS lets Photobridge use Photos"), "{allowed}");
    }

    #[test]
    fn whose_permission_it_is_is_said() {
        for (asked, words) in [
            (Asked::Photobridge, "macOS keeps Photobridge from Photos. In System Settings"),
            (Asked::App("iTerm".into()), "and not for the service"),
            (Asked::App("Code".into()), "If Code is not in that list, macOS never asks for it: use Terminal"),
            (Asked::Network, "sit at the Mac"),
            (Asked::Unknown, "It is not known for which app macOS asks"),
        ] {
            let text = permission(Authorization::Denied, &asked).to_string();
            assert!(text.contains(words), "{asked:?}: {text}");
        }
    }

    #[test]
    fn a_program_answers_for_itself_once_where_its_app_may_not_be_able_to_ask() {
        use Authorization::{Authorized, Denied, Limited, NotDetermined};
        let code = || Asked::App("Code".into());
        for (authorization, asked, was_started_again, starts_again) in [
            (Denied, code(), false, true),
            (Denied, code(), true, false),
            (Denied, Asked::App("Terminal".into()), false, false),
            (Denied, Asked::App("Photobridge".into()), false, false),
            (Denied, Asked::Photobridge, false, false),
            (Denied, Asked::Network, false, false),
            (Denied, Asked::Unknown, false, false),
            (NotDetermined, code(), false, false),
            (Limited, code(), false, false),
            (Authorized, code(), false, false),
        ] {
            let found = is_to_answer_for_itself(authorization, &asked, was_started_again);
            assert_eq!(found, starts_again, "{authorization:?} {asked:?} {was_started_again}");
        }
    }

    #[test]
    fn a_library_that_may_not_be_used_is_not_opened() {
        for authorization in [Authorization::NotDetermined, Authorization::Limited, Authorization::Denied] {
            let (found, looked) = findings(&Facts { authorization, ..unknown() }, || panic!("macOS would ask"));
            assert!(found[0].is_wrong() && looked.is_none(), "{authorization:?}");
        }
    }

    #[test]
    fn each_signature_says_whether_the_permission_lasts() {
        let developer = Signature::Developer("Developer ID Application: A. Person (ABCDE12345)".into());
        for (kind, is_lasting) in [
            (Signature::AdHoc, false),
            (Signature::Missing, false),
            (Signature::Own("me".into()), true),
            (developer, true),
        ] {
            let found = signature(Some(&kind));
            let (Fine(text) | Note(text) | Wrong(text)) = &found;
            assert_eq!(matches!(found, Fine(_)), is_lasting, "{kind:?}");
            assert_eq!(text.contains("what is allowed stays allowed"), is_lasting, "{text}");
            assert_eq!(text.contains("scripts/make-app --sign"), !is_lasting, "{text}");
        }
    }
}
