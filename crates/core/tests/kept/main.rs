//! What is kept of a run, and what can be done with it afterwards.

mod household;
mod pages;
mod trace;
