//! What is kept of a run, and what can be done with it afterwards.

mod decisions;
mod household;
mod pages;
mod pictures;
mod seen;
mod trace;
