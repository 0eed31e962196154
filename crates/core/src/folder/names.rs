//! What a file's name alone says: never ours to take, a stand-in, a temporary, a conflict copy; and when two names are
//! one.

use std::path::{Path, PathBuf};

use photobridge_media::{self as media, FileKind};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The file that marks a library of our own; a folder that holds it is never entered.
pub const LIBRARY_MARKER: &str = "photobridge-library.json";

/// What lies in a photo library, ours or Apple's, whatever that is called.
pub const IN_LIBRARIES: [&str; 2] = [LIBRARY_MARKER, "database/Photos.sqlite"];

/// The file that keeps a directory, and what lies below it, out of Android's galleries.
pub const NO_MEDIA: &str = ".nomedia";

/// The endings of Apple's library packages, whose insides belong to Photos, iPhoto and Aperture.
const PACKAGES: [&str; 4] = [".photoslibrary", ".photolibrary", ".aplibrary", ".migratedphotolibrary"];

/// The endings that browsers and sync clients add to a file until all of it is there.
const DOWNLOADS: [&str; 5] = [".part", ".tmp", ".crdownload", ".!sync", ".filepart"];

/// What stands before the name of a file that Syncthing is writing, here and on Windows; `.tmp` stands behind it.
const SYNCTHING: [&str; 2] = [".syncthing.", "~syncthing~"];

/// The bytes of the longest name that ext4, APFS, exFAT and NTFS all hold.
pub(super) const LONGEST: usize = 255;

/// Whether a folder of this name is a package of a photo library.
pub fn is_library_package(name: &str) -> bool {
    is_package(&name.to_lowercase())
}

fn is_package(lower: &str) -> bool {
    PACKAGES.iter().any(|ending| lower.ends_with(ending))
}

/// What sync clients, NAS systems and computers call their trash, thumbnails, older versions and bookkeeping, besides
/// hidden directories: Synology, QNAP, Windows, GoodSync, the repair of a disk; and the parts that programs are made of.
const HOUSEKEEPING: [&str; 10] = [
    "@eadir",
    "#recycle",
    "@recycle",
    "#snapshot",
    "@recently-snapshot",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "synctrash",
    "node_modules",
];

/// The endings of what Lightroom keeps beside its catalogue: previews, and the catalogue's own files.
const LIGHTROOM: [&str; 2] = [".lrdata", ".lrcat-data"];

/// How the names begin of what was trashed, or deleted while a program had it open (FUSE, NFS, Samba), of what macOS keeps
/// beside a file, and of what is ours.
const NEVER_OURS: [&str; 7] = ["._", ".trashed-", ".trash", ".photobridge-", ".fuse_hidden", ".nfs0", ".smbdelete"];

/// Whether a folder of this name is hidden: sync clients, NAS systems and programs keep there what they deleted, what they
/// made smaller, and what was there before, and people nothing that they look for.
pub fn is_hidden_folder(name: &str) -> bool {
    name.starts_with('.')
}

/// Whether a file or folder of this name is never entered nor offered: packages of photo libraries, the trash and
/// bookkeeping of sync clients and NAS systems.
pub fn is_never_ours(name: &str) -> bool {
    let lower = name.to_lowercase();
    is_package(&lower)
        || HOUSEKEEPING.contains(&lower.as_str())
        || lower == ".ds_store"
        || LIGHTROOM.iter().any(|ending| lower.ends_with(ending))
        || NEVER_OURS.iter().any(|start| lower.starts_with(start))
        || (lower.starts_with(".sync_") && lower.contains(".db"))
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// A file under its own name.
    Plain,
    /// A sync client's stand-in for a file that is not on this disk.
    Placeholder,
    /// A sync client's temporary name for a file that is still arriving.
    Temporary,
}

/// The name that the file itself has or will have, seen through the name that a sync client gave to its stand-in or
/// temporary.
///
/// Nextcloud's virtual files are `IMG_1.jpg.nextcloud`, iCloud Drive's are `.IMG_1.jpg.icloud`; Nextcloud downloads
/// to `.IMG_1.jpg.~1a2b3c`, Syncthing to `.syncthing.IMG_1.jpg.tmp`, Resilio to `IMG_1.jpg.!sync`, browsers and others to
/// `IMG_1.jpg.part`; WinSCP `IMG_1.jpg.filepart`, rclone `IMG_1.jpg.1f2e3d4c.partial`, rsync `.IMG_1.jpg.XyZ123`, Unison
/// `.unison.IMG_1.jpg.0123abcd.unison.tmp`; Android writes `.pending-1700000000-IMG_1.jpg`; others `~IMG_1.jpg` and
/// `.!1234!IMG_1.jpg`.
fn seen_through(name: &str) -> (&str, Naming) {
    if let Some(inner) = name.strip_suffix(".nextcloud") {
        return (inner, Naming::Placeholder);
    }
    if let Some(inner) = name.strip_suffix(".icloud") {
        return (inner.strip_prefix('.').unwrap_or(inner), Naming::Placeholder);
    }
    let syncthing = SYNCTHING.iter().find_map(|prefix| name.strip_prefix(prefix)?.strip_suffix(".tmp"));
    if let Some(inner) = syncthing {
        return (inner, Naming::Temporary);
    }
    if let Some(inner) = name.strip_prefix(".pending-") {
        return (inner.split_once('-').map_or(inner, |(_, rest)| rest), Naming::Temporary);
    }
    if let Some(inner) = copied_to(name) {
        return (inner, Naming::Temporary);
    }
    if let Some(inner) = DOWNLOADS.iter().find_map(|ending| name.strip_suffix(ending)) {
        return (inner.strip_prefix('.').unwrap_or(inner), Naming::Temporary);
    }
    if let Some((number, inner)) = name.strip_prefix(".!").and_then(|rest| rest.split_once('!'))
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return (inner, Naming::Temporary);
    }
    if let Some(inner) = name.strip_prefix('~') {
        return (inner.trim_start_matches(['$', '~']), Naming::Temporary);
    }
    // Hardly any name begins so, and to search each of 100,000 is felt.
    if let Some((inner, _)) = name.starts_with('.').then(|| name.rsplit_once(".~")).flatten() {
        return (inner.strip_prefix('.').unwrap_or(inner), Naming::Temporary);
    }
    (name, Naming::Plain)
}

/// The name that a file will have which a program for copying is writing, where that made something up for the meantime.
fn copied_to(name: &str) -> Option<&str> {
    let unison = name.strip_prefix(".unison.").and_then(|rest| rest.strip_suffix(".unison.tmp"));
    if let Some(hashed) = unison.or_else(|| name.strip_suffix(".partial")) {
        let is_hash = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        return hashed.rsplit_once('.').filter(|(_, hash)| is_hash(hash)).map(|(inner, _)| inner);
    }
    // rsync adds six letters and digits to whatever name; of others than media it may be anything.
    let (inner, made_up) = name.strip_prefix('.')?.rsplit_once('.')?;
    let is_made_up = made_up.len() == 6 && made_up.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_made_up && media::kind_of_name(inner).is_some()).then_some(inner)
}

/// The stand-ins under which sync clients may leave a file in the cloud.
pub fn stand_ins(file: &Path) -> [PathBuf; 2] {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    [format!("{name}.nextcloud"), format!(".{name}.icloud")].map(|name| file.with_file_name(name))
}

/// The kind of media that a file name promises, seen through the names that sync clients give to stand-ins and
/// temporaries. `None` for what is no photo and nothing that belongs to one.
pub fn read(name: &str) -> Option<(FileKind, Naming)> {
    let (inner, naming) = seen_through(name);
    media::kind_of_name(inner).map(|kind| (kind, naming))
}

/// The name that an entry of this name keeps from others: its own, or that of the file which it stands for or is
/// becoming.
pub fn stands_for(name: &str) -> &str {
    seen_through(name).0
}

/// What can be done with a file that holds others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packed {
    /// It can be read as it is.
    Zip,
    /// It must be unpacked first.
    Other,
}

/// The endings of archives that must be unpacked first.
const PACKED: [&str; 8] = [".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar", ".7z", ".rar"];

/// What kind of archive a file of this name is, if any.
pub fn packed(name: &str) -> Option<Packed> {
    let lower = name.to_lowercase();
    let is_other = || PACKED.iter().any(|ending| lower.ends_with(ending));
    if lower.ends_with(".zip") { Some(Packed::Zip) } else { is_other().then_some(Packed::Other) }
}

/// What the files of one item share of their names: all up to the ending. `IMG_1.JPG.xmp` belongs to the stem of
/// `IMG_1.JPG`, as a stand-in does to the file it stands for.
pub fn stem(name: &str) -> &str {
    let mut rest = name;
    while let Some((before, _)) = rest.rsplit_once('.').filter(|(before, _)| !before.is_empty()) {
        rest = before;
        if read(rest).is_none() {
            break;
        }
    }
    rest
}

/// What a name has in common with those of the same photo: its stem as file systems compare it, without the number that
/// was given to it where another had the name.
pub fn bare_stem(name: &str) -> String {
    folded(unnumbered(stem(stands_for(name))))
}

/// A stem without the number that was given to it where another had the name.
pub fn unnumbered(stem: &str) -> &str {
    // Ours begin with 2.
    let number = |text: &str| text.strip_suffix(')').is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n >= 2));
    stem.rsplit_once(" (").filter(|(_, rest)| number(rest)).map_or(stem, |(bare, _)| bare)
}

/// What an export adds to the stem of a photo for its edited version.
pub const EDITED: &str = "_edited";

/// The stem of the photo that a file of this stem is the edited version of, by the names that our exports give: `IMG_1` of
/// `IMG_1_edited`, and of `IMG_1_edited (2)`, a later edit.
pub fn edit_of(stem: &str) -> Option<&str> {
    unnumbered(stem).strip_suffix(EDITED).filter(|photo| !photo.is_empty())
}

/// A name as file systems compare names that keep neither case nor one form of accents.
pub fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // By way of upper case, since ς and σ, ſ and s, ß and ss are one to some file systems. Where they are not, a
    // number after a name is all that it costs.
    name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
}

/// The longest beginning of at most `most` bytes that tears neither a character nor its accents apart.
pub(super) fn cut(name: &str, most: usize) -> &str {
    if name.len() <= most {
        return name;
    }
    let whole = |at: &usize| name.is_char_boundary(*at);
    let joins = |c: char| is_combining_mark(c) || c == '\u{200d}';
    let torn = |at: usize| name[at..].chars().next().is_some_and(joins) || name[..at].ends_with('\u{200d}');
    let boundary = (0..=most).rev().find(whole).unwrap_or(0);
    match (1..=boundary).rev().filter(whole).find(|at| !torn(*at)) {
        Some(at) => &name[..at],
        // Nothing but accents.
        None => &name[..boundary],
    }
}

/// What Nextcloud, ownCloud, Dropbox, Seafile and Syncthing's kin write in brackets into the name of what they set aside;
/// Dropbox in the language of its owner.
const CONFLICTS: [&str; 8] = [
    "conflicted copy",
    "sfconflict",
    "case conflict",
    "konflikt-kopie",
    "in konflikt stehende kopie",
    "copie en conflit",
    "copia en conflicto",
    "copia in conflitto",
];

/// Whether a sync client set this file aside because two devices changed it at once: `IMG_1 (conflicted copy 2024-01-31
/// 235959).jpg`, before Nextcloud 2.6 `IMG_1_conflict-20240131-235959.jpg`, `IMG_1 [Conflict].jpg`, `IMG_1.Conflict.jpg`.
pub fn is_conflict_copy(name: &str) -> bool {
    // Most names have no such mark, and are not worth another look.
    let is_marked = || name.as_bytes().windows(".Conflict".len()).any(|part| part == b".Conflict");
    if !name.bytes().any(|byte| matches!(byte, b'(' | b'-' | b'[')) && !is_marked() {
        return false;
    }
    let lower = name.to_lowercase();
    let inside = lower.split_once('(').map(|(_, inside)| inside);
    inside.is_some_and(|inside| CONFLICTS.iter().any(|words| inside.contains(words)))
        || lower.contains("_conflict-20")
        || lower.contains("[conflict]")
        || stem(&lower).ends_with(".conflict")
}

/// What cameras write beside pictures and movies: small pictures, previews, subtitles, voice memos, records; and what raw
/// converters keep there.
const BESIDE: [&str; 12] = ["thm", "lrv", "lrf", "srt", "wav", "xml", "modd", "moff", "pp3", "dop", "cos", "on1"];

/// The stems, one of which the picture or movie has to which a file of this name belongs, if it is written beside one:
/// `GX010001.THM`, `GL010001.LRV` of `GX010001.MP4`, `C0001M01.XML`, `IMG_1.CR2.pp3`. None for any other name.
pub fn belongs_to_stems(name: &str) -> Vec<String> {
    let Some((whole, ending)) = name.rsplit_once('.') else { return Vec::new() };
    let ending = ending.to_ascii_lowercase();
    if !BESIDE.contains(&&*ending) {
        return Vec::new();
    }
    let own = stem(name);
    match ending.as_str() {
        // The small copies of a GoPro have a name of their own.
        "lrv" => match own.strip_prefix("GL") {
            Some(number) => vec![format!("GX{number}"), format!("GH{number}"), own.to_owned()],
            None => vec![own.to_owned()],
        },
        "xml" => {
            let of_movie = whole.strip_suffix("M01").or_else(|| whole.strip_suffix("m01"));
            of_movie.map(str::to_owned).into_iter().collect()
        }
        _ => vec![own.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_others_is_never_ours() {
        for name in [
            "Fotos.photoslibrary",
            "Old.AplIbrary",
            "x.migratedphotolibrary",
            "iPhoto.photolibrary",
            "._IMG_1.jpg",
            ".DS_Store",
            "@eaDir",
            "#recycle",
            "@Recycle",
            "$RECYCLE.BIN",
            "@Recently-Snapshot",
            "#snapshot",
            ".trashed-1700000000-IMG_1.jpg",
            ".Trash-1000",
            ".Trashes",
            ".sync_0a1b.db",
            ".sync_0a1b.db-wal",
            ".photobridge-3f2a.part",
        ] {
            assert!(is_never_ours(name), "{name}");
        }
        for name in ["IMG_1.jpg", "photoslibrary", "Trash.jpg", "part.jpg", "sync_1.db.jpg", "My #recycle.png"] {
            assert!(!is_never_ours(name), "{name}");
        }
    }

    #[test]
    fn stand_ins_and_temporaries_are_seen_through() {
        let naming = |name| read(name).map(|(_, naming)| naming);
        assert_eq!(naming("IMG_1.jpg"), Some(Naming::Plain));
        assert_eq!(naming("IMG_1.jpg.nextcloud"), Some(Naming::Placeholder));
        assert_eq!(naming(".IMG_1.HEIC.icloud"), Some(Naming::Placeholder));
        assert_eq!(naming(".IMG_1.jpg.~3fa9"), Some(Naming::Temporary));
        for download in [".pending-1700000000-IMG_1.jpg", "IMG_1.jpg.part", "IMG_1.jpg.tmp", "IMG_1.jpg.crdownload"] {
            assert_eq!(naming(download), Some(Naming::Temporary), "{download}");
        }
        assert_eq!(naming("notes.part"), None);
        assert_eq!(naming("notes.txt.nextcloud"), None);
        assert_eq!(naming("a.~b.jpg"), Some(Naming::Plain));
    }

    #[test]
    fn an_entry_keeps_the_name_that_it_stands_for() {
        for name in [
            "IMG_1.jpg",
            "IMG_1.jpg.nextcloud",
            ".IMG_1.jpg.icloud",
            ".IMG_1.jpg.~3fa9",
            ".pending-1700000000-IMG_1.jpg",
            "IMG_1.jpg.!sync",
            "IMG_1.jpg.part",
            "IMG_1.jpg.crdownload",
            ".syncthing.IMG_1.jpg.tmp",
            "~syncthing~IMG_1.jpg.tmp",
            ".IMG_1.jpg.XyZ123",
            "IMG_1.jpg.1f2e3d4c.partial",
            "IMG_1.jpg.filepart",
            ".unison.IMG_1.jpg.0123456789abcdef.unison.tmp",
            ".IMG_1.jpg.tmp",
            ".IMG_1.jpg.part",
        ] {
            assert_eq!(stands_for(name), "IMG_1.jpg", "{name}");
        }
        for own in [".hidden", ".bashrc.backup", "IMG_1.jpg.XyZ123", "a.partial", ".IMG_1.jpg.xmp"] {
            assert_eq!(stands_for(own), own);
        }
    }

    #[test]
    fn a_stem_ends_where_the_endings_begin() {
        for (name, expected) in [
            ("IMG_1.JPG", "IMG_1"),
            ("IMG_1.JPG.xmp", "IMG_1"),
            ("IMG_1.JPG.nextcloud", "IMG_1"),
            ("IMG_1.edited.JPG", "IMG_1.edited"),
            ("IMG_1", "IMG_1"),
            (".jpg", ".jpg"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn an_edited_version_is_told_by_the_name_that_we_give() {
        for (stem, photo) in [
            ("IMG_1_edited", Some("IMG_1")),
            ("IMG_1_edited (2)", Some("IMG_1")),
            ("IMG_1 (2)_edited", Some("IMG_1 (2)")),
            ("IMG_1 (2)", None),
            ("_edited", None),
            ("IMG_1_edited_1", None),
        ] {
            assert_eq!(edit_of(stem), photo, "{stem}");
        }
    }

    #[test]
    fn names_that_some_file_system_takes_for_one_fold_to_one() {
        for (a, b) in [
            ("IMG_1.jpg", "img_1.JPG"),
            ("\u{e9}t\u{e9}.jpg", "E\u{301}TE\u{301}.JPG"),
            ("ΟΔΟΣ", "οδος"),
            ("Straße", "STRASSE"),
            ("\u{212a}", "k"),
        ] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert_ne!(folded("e"), folded("é"));
    }

    #[test]
    fn a_cut_tears_nothing_apart() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("a日b", 3), "a");
        assert_eq!(cut("ax\u{332}", 3), "a");
        assert_eq!(cut("a\u{1f468}\u{200d}\u{1f469}", 10), "a");
        assert_eq!(cut("\u{332}\u{332}\u{332}", 4), "\u{332}\u{332}");
        assert_eq!(cut("日", 2), "");
    }

    #[test]
    fn conflict_copies_are_flagged() {
        assert!(is_conflict_copy("IMG_1 (conflicted copy 2024-01-31 235959).jpg"));
        assert!(is_conflict_copy("IMG_1_conflict-20240131-235959.jpg"));
        for client in [
            "IMG_1 (SFConflict anna@example.org 2025-01-01-10-10-10).jpg",
            "IMG_1 (Case Conflict).jpg",
            "IMG_1 (Konflikt-Kopie Anna 2025-01-01 101010).jpg",
            "IMG_1 (In Konflikt stehende Kopie von Anna 2025-01-01).jpg",
            "IMG_1 (copie en conflit de Anna 2025-01-01).jpg",
            "IMG_1.Conflict.jpg",
            "IMG_1 [Conflict].jpg",
        ] {
            assert!(is_conflict_copy(client), "{client}");
        }
        for own in ["conflict.jpg", "Conflict (evening).jpg", "IMG_1 (inner conflict).jpg"] {
            assert!(!is_conflict_copy(own), "{own}");
        }
    }

    #[test]
    fn what_a_camera_writes_beside_a_movie_belongs_to_it() {
        for (name, stem) in [
            ("GX010001.THM", "GX010001"),
            ("GL010001.LRV", "GX010001"),
            ("a.lrv", "a"),
            ("DJI_1.SRT", "DJI_1"),
            ("C0001M01.XML", "C0001"),
            ("IMG_1.CR2.pp3", "IMG_1"),
            ("00001.MTS.modd", "00001"),
        ] {
            assert_eq!(belongs_to_stems(name)[0], stem, "{name}");
        }
        for other in ["C0001.XML", "notes.txt", "IMG_1.MOV", "thm"] {
            assert!(belongs_to_stems(other).is_empty(), "{other}");
        }
    }
}
