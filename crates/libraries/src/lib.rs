//! The photo libraries behind [`photobridge_core::library::Library`].
//!
//! One reader ([`reader`]) turns the tables of any `Photos.sqlite` from macOS 10.15 to 26 into a snapshot. It serves two
//! libraries: [`Bundle`], a `*.photoslibrary` of Apple's that is only ever read, through a clone of its database; and
//! [`Embedded`], a library that Photobridge itself creates and writes, in the same tables and folders. [`open`] chooses.

mod albums;
mod asset_rows;
mod bundle;
mod cells;
pub mod embedded;
mod file_types;
mod files;
mod incoming;
mod metadata;
mod open;
pub mod photos;
mod pictures;
mod reader;
mod resources;
mod stream;
mod tables;
mod times;

/// How Photobridge signs what it brings into a library (`ZIMPORTEDBYBUNDLEIDENTIFIER`): the identifier of its app.
pub const BUNDLE_IDENTIFIER: &str = "org.photobridge.Photobridge";

pub use bundle::Bundle;
pub use embedded::Embedded;
#[cfg(fuzzing)]
pub use metadata::number_in;
pub use open::{is_there, open};
