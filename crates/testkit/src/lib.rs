//! For tests only: makers of both sides that read like a sentence, and a small world that has no disk.
//!
//! [`make`] makes items and assets, [`book`] remembers as the ledger does, [`world`] drives matching and planning as
//! sync does and can apply a plan to itself. [`shelf`] is a library in memory for runs of the real engine.

#![forbid(unsafe_code)]

pub mod book;
pub mod make;
pub mod shelf;
pub mod world;

pub use book::Book;
pub use make::{Library, Source, asset, moment, photo, video, video_asset};
pub use shelf::Shelf;
pub use world::{Run, World};
