//! What an attack came to.

use std::collections::BTreeMap;
use std::fmt;

/// Something that must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// A photo is nowhere, or not where it was.
    Lost,
    /// A photo is there twice.
    Doubled,
    /// A file under a final name holds a part of its bytes, or other ones.
    Partial,
    /// Something half-written stays.
    LeftOver,
    /// The next plan is not empty.
    Unfinished,
    /// The ledger is not whole.
    Ledger,
    /// A run did not end as it should.
    Ending,
}

const HARMS: [(Harm, &str); 7] = [
    (Harm::Lost, "lost"),
    (Harm::Doubled, "doubled"),
    (Harm::Partial, "partial"),
    (Harm::LeftOver, "left over"),
    (Harm::Unfinished, "unfinished plans"),
    (Harm::Ledger, "ledgers not whole"),
    (Harm::Ending, "wrong endings"),
];

/// How often what happened.
#[derive(Debug, Default)]
pub struct Tally {
    tried: usize,
    harms: BTreeMap<Harm, usize>,
    examples: Vec<String>,
}

impl Tally {
    /// Adds what one attack did; `what` names it.
    pub fn add(&mut self, what: impl fmt::Display, harms: Vec<(Harm, String)>) {
        self.tried += 1;
        for (harm, words) in harms {
            *self.harms.entry(harm).or_default() += 1;
            if self.examples.len() < 12 {
                self.examples.push(format!("{what}: {harm:?}: {words}"));
            }
        }
    }

    /// Prints one line, and fails unless nothing happened.
    pub fn end(self, name: &str) {
        let counts = HARMS.map(|(harm, words)| format!("{} {words}", self.harms.get(&harm).unwrap_or(&0)));
        println!("{name}: {} points; {}", self.tried, counts.join(", "));
        assert!(self.tried > 0, "{name}: nothing was tried");
        assert!(self.examples.is_empty(), "{name}:\n{}", self.examples.join("\n"));
    }
}
