//! The kinds of folder that the engine works with.

pub mod webdav;
