//! `System` itself over an Objective-C runtime and the fake PhotoKit: what is converted, what is let go, and what happens where
//! PhotoKit answers late, never, with nil or by raising. Only scripts/run-photokit can build it.

#![cfg(fake_photokit)]

mod asked;
mod changed;
mod process;
mod shelf;
