//! The engine of Photobridge: keeps a folder of photos and a photo library in step.
//!
//! It knows neither HTTP nor a terminal nor Apple's tables, and takes the clock, the paths and the libraries from its
//! caller. Read the modules in the order of the pipeline: [`folder`] finds items, a [`library`] lists assets,
//! [`matching`] says what is the same on both sides, [`plan`] decides, [`apply`] acts, the [`ledger`] remembers;
//! [`sync`] drives them and is the one call that every front end shares.

#![forbid(unsafe_code)]

pub mod apply;
pub mod asset;
pub mod data;
pub mod decide;
pub mod durable;
pub mod export;
pub mod fingerprint;
pub mod folder;
pub mod guard;
pub mod item;
pub mod kept;
pub mod ledger;
pub mod library;
pub mod lock;
pub mod matching;
pub mod memory;
pub mod notices;
pub mod picture;
pub mod plan;
pub mod progress;
pub mod reason;
pub mod report;
pub mod run;
pub mod sync;
pub mod telling;
pub mod undo;
pub mod wording;
