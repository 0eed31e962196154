//! What a run saw in its folders. A service keeps it until its next look, perhaps for days, so it is kept small.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use photobridge_media::FileKind;

use crate::folder::scan::{Found, Scan};
use crate::folder::{Ground, Source};
use crate::item::{FolderId, Stamp, Trouble};

/// What a run saw in its folders.
#[derive(Debug, Clone, Default)]
pub struct Seen(Vec<(FolderId, Ground, Packed)>);

/// A walk whose files lie close together.
#[derive(Debug, Clone)]
struct Packed {
    /// All but the files.
    walk: Scan,
    /// The paths of the files, one after the other.
    paths: Vec<u8>,
    files: Vec<File>,
    /// What stands in the way of a few of them.
    troubles: Vec<(usize, Trouble)>,
}

#[derive(Debug, Clone, Copy)]
struct File {
    /// Bytes of its path.
    path: u32,
    kind: FileKind,
    stamp: Stamp,
}

impl Seen {
    pub(super) fn of(folders: &[Source], scans: &[Scan]) -> Self {
        let each = folders.iter().zip(scans);
        Self(each.map(|(folder, scan)| (folder.id, folder.ground, Packed::of(scan.clone()))).collect())
    }

    /// What lay in a folder, unless it was not seen or another directory lies in its place now.
    pub(super) fn in_folder(&self, folder: &Source) -> Option<Scan> {
        let is_it = |(id, ground, _): &&(FolderId, Ground, Packed)| *id == folder.id && *ground == folder.ground;
        self.0.iter().find(is_it).map(|(.., packed)| packed.unpacked())
    }
}

impl Packed {
    fn of(mut walk: Scan) -> Self {
        let found = std::mem::take(&mut walk.files);
        let bytes = |file: &Found| file.path.as_os_str().len();
        let mut packed = Self {
            walk,
            paths: Vec::with_capacity(found.iter().map(bytes).sum()),
            files: Vec::with_capacity(found.len()),
            troubles: Vec::new(),
        };
        for (at, file) in found.into_iter().enumerate() {
            packed.paths.extend_from_slice(file.path.as_os_str().as_bytes());
            packed.files.push(File { path: bytes(&file) as u32, kind: file.kind, stamp: file.stamp });
            packed.troubles.extend(file.trouble.map(|trouble| (at, trouble)));
        }
        packed
    }

    fn unpacked(&self) -> Scan {
        let mut paths = &self.paths[..];
        let found = self.files.iter().map(|file| {
            let (path, rest) = paths.split_at(file.path as usize);
            paths = rest;
            Found { path: OsStr::from_bytes(path).into(), kind: file.kind, stamp: file.stamp, trouble: None }
        });
        let mut scan = Scan { files: found.collect(), ..self.walk.clone() };
        for (at, trouble) in &self.troubles {
            scan.files[*at].trouble = Some(trouble.clone());
        }
        scan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_the_same_afterwards() {
        let stamp = |size| Stamp { size, mtime: 7, ctime: 8, inode: 9 };
        let file = |path: &[u8], kind, size, trouble| Found {
            path: OsStr::from_bytes(path).into(),
            kind,
            stamp: stamp(size),
            trouble,
        };
        let files = vec![
            file(b"2026/11/IMG_1.JPG", FileKind::Still, 1, None),
            file(b"IMG_2.MOV", FileKind::Video, 2, Some(Trouble::Settling)),
            file(b"not UTF-8 \xff.HEIC", FileKind::Still, 3, None),
            file("Gr\u{f6}\u{df}e.JPG".as_bytes(), FileKind::Still, 4, Some(Trouble::Unreadable("it is shut".into()))),
        ];
        let scan = Scan { files, others: vec!["notes.txt".into()], ..Scan::default() };
        assert_eq!(format!("{:?}", Packed::of(scan.clone()).unpacked()), format!("{scan:?}"));
    }
}
