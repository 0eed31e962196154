//! What was seen of real servers, each line a test, against a model that behaves as they do; and what we make of it.

mod arriving;
mod broken;
mod learning;
mod listing;
mod naming;
mod proof;
mod reading;
mod stage;
