//! For tests only: makers of both sides that read like a sentence, and a small world that has no disk.
//!
//! [`make`] makes items and assets, [`book`] remembers as the ledger does, [`world`] drives matching and planning as
//! sync does and can apply a plan to itself. [`alter`] does to an embedded library on disk what Photos may do to one.

#![forbid(unsafe_code)]

pub mod alter;
pub mod book;
pub mod make;
pub mod world;

pub use book::Book;
pub use make::{Library, Source, asset, moment, photo, video, video_asset};
pub use world::{Run, World};
