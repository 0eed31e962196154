//! What people are told, and when: once for each cause, and once when it is well again. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use photobridge_core::report::Ruling;
use photobridge_core::sync::Finished;
use serde::{Deserialize, Serialize};

use super::Channel;
use crate::exit::Error;
use crate::scheduler::standing::Outcome;
use crate::words::sentence;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// `failed`, `needs your look` or `none worked`.
    pub state: String,
    /// What happened, in words that name no photo.
    pub words: String,
    /// The same with names, where there are any.
    pub named: Option<String>,
    /// The run.
    pub run: Option<i64>,
}

/// What people were told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What is wrong.
    trouble: Option<Trouble>,
    /// Since when.
    since: Option<Timestamp>,
    /// Who was told of it.
    reached: BTreeSet<Channel>,
    /// Who is still to be told that it is well again.
    relieved: BTreeSet<Channel>,
}

/// What is brought to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `failed`, `needs your look`, `none worked`, `well` or `trial`.
    pub state: String,
    /// One line.
    pub title: String,
    /// What happened.
    pub text: String,
    /// The run, where it is about one.
    pub run: Option<i64>,
}

impl Message {
    /// One that only shows that it arrives.
    pub fn trial() -> Self {
        Self {
            state: "trial".into(),
            title: "Photobridge: a trial".into(),
            text: "This is what you get when a sync needs you. Nothing is wrong.".into(),
            run: None,
        }
    }

    /// Whether it is about something wrong.
    pub fn is_urgent(&self) -> bool {
        !matches!(self.state.as_str(), "well" | "trial")
    }
}

/// Photos that are named at most.
const NAMED: usize = 20;

impl Trouble {
    /// What is wrong after a sync: `Some(None)` where it is well, nothing where that one says nothing.
    pub fn of(result: &Result<Finished, Error>) -> Option<Option<Self>> {
        let (outcome, words) = Outcome::of(result);
        let named = result.as_ref().ok().and_then(named);
        let (state, words) = match (outcome, result) {
            (Outcome::Done | Outcome::NothingToDo, _) => return Some(None),
            (Outcome::NeedsYourLook, _) => ("needs your look", sentence(&words)),
            (Outcome::Failed, Err(error)) => ("failed", sentence(&error.to_string())),
            (Outcome::Failed, Ok(finished)) if finished.report.stopped.is_some() => {
                ("failed", "It did not finish. The next sync continues.".into())
            }
            (Outcome::Failed, Ok(finished)) => (
                "failed",
                format!("Photos that failed: {}. They are untouched, and tried again.", finished.report.failed()),
            ),
            _ => return None,
        };
        let run = match result {
            Ok(finished) => Some(finished.report.run),
            Err(error) => error.run(),
        };
        let named = named.map(|named| format!("{words} {named}"));
        Some(Some(Self { state: state.into(), words, named, run: run.map(|run| run.0) }))
    }

    /// What it is, whatever numbers stand in it: five failures are no other cause than four.
    fn cause(&self) -> (&str, String) {
        (&self.state, self.words.chars().filter(|letter| !letter.is_ascii_digit()).collect())
    }
}

/// Why it stopped, and which photos failed.
fn named(finished: &Finished) -> Option<String> {
    let failed = finished.lines_of(|ruling, _| ruling == Ruling::Failed);
    let lines = failed
        .take(NAMED)
        .map(|line| format!("{}: {}", line.path.or(line.name).unwrap_or_default(), line.error.unwrap_or_default()));
    let all: Vec<String> = finished.report.stopped.iter().cloned().chain(lines).collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

impl Told {
    /// A sync ended so. Nothing is wrong where it worked.
    pub fn heard(&mut self, trouble: Option<Trouble>, now: Timestamp) {
        match (trouble, &self.trouble) {
            (Some(trouble), Some(known)) if known.cause() == trouble.cause() => self.trouble = Some(trouble),
            (Some(trouble), _) => *self = Self { trouble: Some(trouble), since: Some(now), ..Self::default() },
            (None, Some(_)) => *self = Self { relieved: std::mem::take(&mut self.reached), ..Self::default() },
            (None, None) => {}
        }
    }

    /// What is still to be told there.
    pub fn message_for(&self, channel: Channel, names: bool) -> Option<Message> {
        if let Some(trouble) = self.trouble.as_ref().filter(|_| !self.reached.contains(&channel)) {
            let title = match trouble.state.as_str() {
                "needs your look" => "Photobridge: a sync needs your look",
                "none worked" => "Photobridge: no sync has worked lately",
                _ => "Photobridge: a sync failed",
            };
            let text = trouble.named.as_ref().filter(|_| names).unwrap_or(&trouble.words);
            let (state, text) = (trouble.state.clone(), text.clone());
            return Some(Message { state, title: title.into(), text, run: trouble.run });
        }
        self.relieved.contains(&channel).then(|| Message {
            state: "well".into(),
            title: "Photobridge: syncs work again".into(),
            text: "The latest sync finished.".into(),
            run: None,
        })
    }

    /// It was told there.
    pub fn reached(&mut self, channel: Channel) {
        match self.trouble {
            Some(_) => drop(self.reached.insert(channel)),
            None => drop(self.relieved.remove(&channel)),
        }
    }
}

/// That the last sync that worked ended so many days ago.
pub fn stale(worked: Timestamp, days: u32, now: Timestamp) -> Option<Trouble> {
    let since = now.duration_since(worked).as_secs() / 86_400;
    (since >= i64::from(days)).then(|| Trouble {
        state: "none worked".into(),
        words: format!("The last sync that worked was {since} days ago. What is new since is on one side only."),
        named: None,
        run: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(state: &str, words: &str) -> Option<Trouble> {
        Some(Trouble {
            state: state.into(),
            words: words.into(),
            named: Some(format!("{words}: IMG_1.JPG")),
            run: Some(7),
        })
    }

    /// What a channel is told now, by its state.
    fn told(book: &mut Told, channel: Channel) -> Option<String> {
        let message = book.message_for(channel, false)?;
        book.reached(channel);
        Some(message.state)
    }

    #[test]
    fn each_cause_is_told_once_and_its_end_once() {
        let mut book = Told::default();
        let mut hear = |trouble| {
            book.heard(trouble, Timestamp::UNIX_EPOCH);
            told(&mut book, Channel::Mail)
        };
        assert_eq!(hear(None), None, "that all is well is no news");
        assert_eq!(hear(trouble("failed", "3 photos failed")).as_deref(), Some("failed"));
        assert_eq!(hear(trouble("failed", "4 photos failed")), None, "the same cause");
        assert_eq!(hear(trouble("failed", "the folder is not there")).as_deref(), Some("failed"), "another one");
        assert_eq!(hear(trouble("needs your look", "all is gone")).as_deref(), Some("needs your look"));
        assert_eq!(hear(None).as_deref(), Some("well"));
        assert_eq!(hear(None), None);
        assert_eq!(hear(trouble("failed", "3 photos failed")).as_deref(), Some("failed"), "it came back");
    }

    #[test]
    fn whoever_was_not_reached_is_told_later_and_nobody_of_an_end_without_a_beginning() {
        let mut book = Told::default();
        book.heard(trouble("failed", "it failed"), Timestamp::UNIX_EPOCH);
        assert!(told(&mut book, Channel::Ntfy).is_some());
        book.heard(trouble("failed", "it failed"), Timestamp::UNIX_EPOCH);
        assert!(told(&mut book, Channel::Ntfy).is_none());
        assert!(book.message_for(Channel::Mail, false).is_some(), "mail could not be sent then");
        book.heard(None, Timestamp::UNIX_EPOCH);
        assert_eq!(told(&mut book, Channel::Ntfy).as_deref(), Some("well"));
        assert_eq!(told(&mut book, Channel::Mail), None, "it never said that something was wrong");
    }

    #[test]
    fn a_photo_is_named_only_where_that_is_asked_for() {
        let mut book = Told::default();
        book.heard(trouble("failed", "a photo failed"), Timestamp::UNIX_EPOCH);
        let text = |names| book.message_for(Channel::Mail, names).expect("it is told").text;
        assert_eq!((text(false).as_str(), text(true).as_str()), ("a photo failed", "a photo failed: IMG_1.JPG"));
    }

    #[test]
    fn that_nothing_worked_for_days_is_told() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let worked = at("2026-11-01T10:00:00Z");
        assert_eq!(stale(worked, 3, at("2026-11-04T09:59:59Z")), None);
        let trouble = stale(worked, 3, at("2026-11-04T10:00:00Z")).expect("three days");
        assert!(trouble.words.contains("3 days ago"), "{}", trouble.words);
    }
}
