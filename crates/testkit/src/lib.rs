//! For tests only: makers of both sides that read like a sentence, and a small world that has no disk.
//!
//! [`make`] makes items and assets, [`book`] remembers as the ledger does, [`world`] drives matching and planning as
//! sync does and can apply a plan to itself. [`alter`] does to an embedded library on disk what Photos may do to one.
//! [`shelf`] is a library in memory for runs of the real engine, which can die at any step; [`drawer`] is a folder in memory,
//! and [`faulty`] lets folders of every kind die, fail or be meddled with at any call. [`cloud`] is a server for files that
//! behaves as Nextcloud and others were seen to, and [`wire`] the way to it, which can break at any step. [`zip`] makes
//! archives, right and wrong ones.

#![forbid(unsafe_code)]

pub mod alter;
pub mod book;
pub mod cloud;
pub mod drawer;
pub mod faulty;
pub mod http;
pub mod make;
pub mod shelf;
pub mod wire;
pub mod world;
pub mod zip;

pub use book::Book;
pub use drawer::{Cabinet, Drawer, Unplugged};
pub use faulty::Faulty;
pub use make::{Library, Source, asset, moment, photo, video, video_asset};
pub use shelf::Shelf;
pub use world::{Run, World};
