//! The pages over a household.

mod addresses;
mod downloads;
mod history;
mod plan;
mod undo;
mod years;
