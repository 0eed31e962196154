//! At which instants a schedule is due. Pure: the clock and the time zone are passed in.
//!
//! What a schedule names on the machine's clock comes once in every night that moves it. A time that the night leaves
//! out comes right after the gap, a time that the night has twice comes the first time. Only a cron expression for
//! every hour (`*`) goes by the time that passes, as `every N minutes` does.

mod spoken;

use std::fmt;

use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, Direction};
use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Minutes between two times at most: a week.
const MOST_MINUTES: i64 = 10_080;

/// Longer than any expression that a person writes.
const LONGEST_EXPRESSION: usize = 200;

/// Times that are shown of a schedule.
const SHOWN: usize = 5;

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// Every so many minutes, counted from the last time.
    Every(SignedDuration),
    /// Once a day at this time on the machine's clock.
    Daily(Time),
    /// As a cron expression says.
    Cron(Box<Expression>),
}

/// A cron expression of five fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// As it was written.
    text: String,
    cron: Cron,
}

impl When {
    /// Every so many minutes.
    pub fn every(minutes: i64) -> Result<Self, String> {
        match minutes {
            1..=MOST_MINUTES => Ok(Self::Every(SignedDuration::from_mins(minutes))),
            _ => Err(format!("every {minutes} minutes is not possible. Use 1 to {MOST_MINUTES} minutes (one week)")),
        }
    }

    /// Once a day, at `07:30`.
    pub fn daily(time: &str) -> Result<Self, String> {
        let is_plain = time.chars().all(|c| c.is_ascii_digit() || c == ':');
        let read = Time::strptime("%H:%M", time).ok().filter(|_| is_plain);
        read.map(Self::Daily)
            .ok_or_else(|| format!("\u{201c}{time}\u{201d} is not a valid time. Use 24-hour time, such as 07:30"))
    }

    /// As a cron expression says.
    pub fn cron(expression: &str) -> Result<Self, String> {
        let how = "Use five fields, such as `30 7 * * 1-5`: minute, hour, day of the month, month, day of the week";
        let text = expression.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.len() > LONGEST_EXPRESSION || text.split(' ').count() != 5 {
            return Err(format!("\u{201c}{text}\u{201d} is not a cron expression of five fields. {how}"));
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser
            .parse(&text)
            .map_err(|error| format!("\u{201c}{text}\u{201d} is not a valid cron expression: {error} {how}"))?;
        if cron.find_next_occurrence(&DateTime::constant(2000, 1, 1, 0, 0, 0, 0), true).is_err() {
            return Err(format!("\u{201c}{text}\u{201d} never happens. {how}"));
        }
        Ok(Self::Cron(Box::new(Expression { text, cron })))
    }

    /// The first due time after an instant; nothing where time ends.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Every(period) => after.checked_add(*period).ok(),
            Self::Cron(expression) if expression.is_hourly() => {
                expression.cron.find_next_occurrence(&after.to_zoned(zone.clone()), false).ok().map(|it| it.timestamp())
            }
            Self::Daily(_) | Self::Cron(_) => {
                let mut named = zone.to_datetime(after);
                loop {
                    named = self.named(named, Direction::Forward)?;
                    // In the second half of a night that has an hour twice, its times have come already.
                    let instant = instant(named, zone)?;
                    if instant > after {
                        return Some(instant);
                    }
                }
            }
        }
    }

    /// The next five due times.
    pub fn upcoming(&self, after: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
        std::iter::successors(self.next(after, zone), |last| self.next(*last, zone)).take(SHOWN).collect()
    }

    /// The due time that has come since the last one, or since the schedule was made. Of several that were missed, only
    /// the latest.
    pub fn due(&self, last: Timestamp, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let first = self.next(last, zone).filter(|first| *first <= now)?;
        if let Self::Every(period) = self {
            let missed = (now.as_second() - first.as_second()) / period.as_secs();
            return first.checked_add(SignedDuration::from_secs(missed * period.as_secs())).ok();
        }
        let mut latest = self.previous(now, zone).unwrap_or(first).max(first);
        while let Some(later) = self.next(latest, zone).filter(|later| *later <= now) {
            latest = later;
        }
        Some(latest)
    }

    /// From where to count: the last due time, or now where none as late could have come by now. Then the clock was
    /// wrong and was set back, and going by it the schedule would rest until that time comes again.
    pub fn counted_from(&self, last: Timestamp, now: Timestamp, zone: &TimeZone) -> Timestamp {
        if self.next(now, zone).is_some_and(|next| next < last) { now } else { last }
    }

    /// A due time at or before an instant, and near it.
    fn previous(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Cron(expression) if expression.is_hourly() => {
                let now = now.to_zoned(zone.clone());
                expression.cron.find_previous_occurrence(&now, true).ok().map(|it| it.timestamp())
            }
            _ => instant(self.named(zone.to_datetime(now), Direction::Backward)?, zone).filter(|it| *it <= now),
        }
    }

    /// The first time on the clock that the schedule names: after `from`, or backwards at or before it.
    fn named(&self, from: DateTime, direction: Direction) -> Option<DateTime> {
        match (self, direction) {
            (Self::Every(_), _) => None,
            (Self::Daily(time), Direction::Forward) => {
                let today = from.date().to_datetime(*time);
                if today > from { Some(today) } else { Some(from.date().tomorrow().ok()?.to_datetime(*time)) }
            }
            (Self::Daily(time), Direction::Backward) => {
                let today = from.date().to_datetime(*time);
                if today <= from { Some(today) } else { Some(from.date().yesterday().ok()?.to_datetime(*time)) }
            }
            (Self::Cron(expression), Direction::Forward) => expression.cron.find_next_occurrence(&from, false).ok(),
            (Self::Cron(expression), Direction::Backward) => expression.cron.find_previous_occurrence(&from, true).ok(),
        }
    }
}

impl Expression {
    /// The five fields.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names no hours, so that a night of 23 or 25 hours has as many of them.
    fn is_hourly(&self) -> bool {
        self.text.split(' ').nth(1) == Some("*")
    }
}

/// When a clock shows this: the first time where it does so twice, the end of the gap where it never does.
fn instant(shown: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(shown);
    match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => Some(zone.following(ambiguous.earlier().ok()?).next()?.timestamp()),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok(),
    }
}

/// As people say it.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(period) => match (period.as_mins(), period.as_mins() % 60) {
                (1, _) => f.write_str("every minute"),
                (60, _) => f.write_str("every hour"),
                (minutes, 0) => write!(f, "every {} hours", minutes / 60),
                (minutes, _) => write!(f, "every {minutes} minutes"),
            },
            Self::Daily(time) => write!(f, "daily at {}", time.strftime("%H:%M")),
            Self::Cron(expression) => match spoken::in_words(&expression.text) {
                Some(words) => f.write_str(&words),
                None => write!(f, "cron {}", expression.text),
            },
        }
    }
}

#[cfg(test)]
mod tests;
