//! What is found of the directory at a path, and what speaks for it that it is another folder than it seems, or the same.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::item::FolderId;

/// The folder at a path, and what a person should know of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// Its number.
    pub id: FolderId,
    /// Where it lay before, if it was known there.
    pub from: Option<PathBuf>,
    /// Why it may be another one than it seems.
    pub doubt: Option<Doubt>,
}

/// Why the directory at a path may not be the folder that it seems to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// It is another directory than the one that lay there, and lacks photos that lay in that one.
    Another {
        /// How many.
        lacking: usize,
        /// Of so many.
        photos: usize,
    },
    /// It is new, and may be this one: some of its photos lie here, of so many.
    MayBe {
        /// Where that one lay.
        from: PathBuf,
        /// What became of that one.
        kinship: Kinship,
        /// How many of its photos lie here, at the same places.
        here: usize,
        /// How many lay there.
        photos: usize,
    },
}

/// How a known folder stands to a new one that may be it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// The known one is away.
    Away,
    /// It lies where it lay, and most of its photos lie in the new one, too.
    Copied,
    /// It lies in the new one.
    Widened,
    /// The new one lies in it.
    Narrowed,
}

impl Kinship {
    /// Of a new folder and one that is known, if one lies in the other.
    pub(super) fn of(new: &Path, known: &Path) -> Option<Self> {
        match (known.starts_with(new), new.starts_with(known)) {
            (true, false) => Some(Self::Widened),
            (false, true) => Some(Self::Narrowed),
            _ => None,
        }
    }
}

/// In words for people, what speaks for it that a directory is another one than it seems, or the same.
impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Another { lacking, photos } if lacking == photos => {
                write!(
                    f,
                    "is another directory than the folder that was synced there: none of its {photos} photos is in it under its name"
                )
            }
            Self::Another { lacking, photos } => write!(
                f,
                "is another directory than the folder that was synced there: {lacking} of its {photos} photos, which lay in \
                 that one when it was looked at last, do not lie in it"
            ),
            Self::MayBe { from, kinship, here, photos } => {
                let from = from.display();
                match kinship {
                    Kinship::Away => write!(
                        f,
                        "is new, and the folder {from} is away; {here} of the {photos} photos that lay there lie here at the \
                         same places"
                    ),
                    Kinship::Copied => write!(
                        f,
                        "is new, and has {here} of the {photos} photos of the folder {from} at the same places"
                    ),
                    Kinship::Widened => {
                        write!(f, "is new, and contains the folder {from} with its {photos} photos")
                    }
                    Kinship::Narrowed => {
                        write!(f, "is new, and is inside the folder {from}, which has {photos} photos")
                    }
                }
            }
        }
    }
}
