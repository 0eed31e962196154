//! The API over a household: as it is documented, and as it must not be used.

mod document;
mod gate;
mod resources;
