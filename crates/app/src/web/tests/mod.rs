//! The pages over a household.

mod addresses;
mod downloads;
mod history;
mod photo;
mod plan;
mod shelf;
mod undo;
mod years;
