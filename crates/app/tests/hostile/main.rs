//! Folders, libraries and files of ours that were made to do harm, as a user meets them: a run ends soon and in little
//! memory, everything else that is there is carried, and the words are right. On Linux, which lets a test bind another
//! process, and name a file with any bytes.

#![cfg(target_os = "linux")]

mod bounds;
mod data;
mod folder;
mod library;
mod pictures;
mod races;
#[path = "../support/mod.rs"]
mod support;
