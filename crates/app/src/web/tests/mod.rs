//! The pages over a household.

mod downloads;
mod history;
mod undo;
