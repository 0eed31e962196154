//! The System Photo Library behind a scripted PhotoKit: whole runs over it, with every fault switched on in turn.

mod faults;
mod formats;
mod household;
mod listing;
mod matching;
mod rights;
#[path = "../support/mod.rs"]
mod support;
