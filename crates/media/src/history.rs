//! Which programs a picture went through, as far as it says.

use std::io;

use crate::bytes::Bytes;
use crate::found::Found;

/// What editors note in XMP when they change what a picture shows, and nobody who only converts or tags it.
const EDITS: [&str; 6] =
    ["xmpMM:History", "crs:HasSettings", "photoshop:History", "darktable:history", "digiKam:ImageHistory", "aux:Edit"];

/// The programs that wrote a picture: two files of one shot that say different things here are an original and an edit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History(pub Box<str>);

impl History {
    /// The history of the file in which this was found.
    pub(super) fn of(bytes: &mut impl Bytes, found: &Found) -> io::Result<Self> {
        let mut told = found.exif.software.clone().unwrap_or_default();
        let packet = found.packet(bytes)?;
        for edit in EDITS.iter().filter(|edit| memchr::memmem::find(packet, edit.as_bytes()).is_some()) {
            told = format!("{told}\n{edit}");
        }
        Ok(Self(told.into()))
    }
}
