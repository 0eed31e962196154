//! The engine of Photobridge: keeps a folder of photos and a photo library in step.
//!
//! It knows neither HTTP nor a terminal nor Apple's tables, and takes the clock, the paths and the libraries from its
//! caller. Read the modules in the order of the pipeline: [`folder`] finds items, a [`library`] lists assets,
//! [`matching`] says what is the same on both sides, [`plan`] decides, [`apply`] acts, the [`ledger`] remembers;
//! [`sync`] drives them and is the one call that every front end shares.

#![forbid(unsafe_code)]

pub mod asset;
pub mod capture;
pub mod fingerprint;
pub mod folder;
pub mod item;
pub mod library;
pub mod media;
pub mod progress;
