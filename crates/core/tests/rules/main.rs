//! The rules of matching and planning, each with the case where it does not hold.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod beginnings;
mod bytes;
mod compared;
mod decisions;
mod edits;
mod exports;
mod families;
mod grouping;
mod guards;
mod joins;
mod late;
mod ledger;
mod live;
mod memory;
mod motion;
mod picture;
mod properties;
mod purity;
mod shot;
mod size_time_name;
mod stems;
mod twins;
mod versions;
mod waiting;
mod words;
