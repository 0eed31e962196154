//! A folder on a server, over WebDAV: Nextcloud without its client, or any other server.
//!
//! Servers differ in what their answers mean, so little is believed: a listing counts only whole ([`listing`]); bytes are
//! those that were listed only where the answer that brings them says so ([`reader`], [`download`]); how a name is given
//! without replacing is tried out on each server under names of our own ([`learn`]); and after each naming what lies there is
//! looked at ([`naming`]). An answer that got lost is never taken for a failure: it is looked first what came of it.

pub mod address;
mod arrivals;
pub mod client;
pub mod download;
pub mod fault;
mod folder;
pub mod learn;
pub mod listing;
pub mod login;
pub mod multistatus;
pub mod naming;
pub mod notebook;
mod part;
pub mod reader;
pub mod secret;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use folder::{Opening, WebDav};

/// What our mutexes hold is whole at any moment, also where somebody panicked.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
