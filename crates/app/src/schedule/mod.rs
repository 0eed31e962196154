//! Schedules: syncs that start by themselves.
//!
//! `when` says at which instants a schedule is due. `settings/schedules.rs` changes those in the settings file, and
//! `scheduler.rs` decides at each tick what starts.

pub mod when;

use photobridge_core::run::Mode;
use serde::{Deserialize, Serialize};

pub use when::When;

/// Characters of a name at most.
const LONGEST_NAME: usize = 60;

/// A sync that starts by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Table", into = "Table")]
pub struct Schedule {
    /// What people call it; no two have the same.
    pub name: String,
    /// When it is due.
    pub when: When,
    /// Whether it starts at all.
    pub enabled: bool,
    /// Which ways photos go; nothing for what the settings say.
    pub mode: Option<Mode>,
}

/// A schedule as the settings have it.
#[derive(Serialize, Deserialize)]
struct Table {
    name: String,
    every_minutes: Option<i64>,
    daily_at: Option<String>,
    cron: Option<String>,
    #[serde(default = "yes")]
    enabled: bool,
    mode: Option<Mode>,
}

/// The keys of a schedule.
pub const KEYS: [&str; 6] = ["name", "every_minutes", "daily_at", "cron", "enabled", "mode"];

fn yes() -> bool {
    true
}

impl TryFrom<Table> for Schedule {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let Table { name, every_minutes, daily_at, cron, enabled, mode } = table;
        check_name(&name)?;
        let when = match (every_minutes, daily_at, cron) {
            (Some(minutes), None, None) => When::every(minutes),
            (None, Some(time), None) => When::daily(&time),
            (None, None, Some(expression)) => When::cron(&expression),
            _ => Err("say when it is due, in one way: every_minutes, daily_at or cron".into()),
        };
        let when = when.map_err(|why| format!("the schedule \u{201c}{name}\u{201d}: {why}"))?;
        Ok(Self { name, when, enabled, mode })
    }
}

impl From<Schedule> for Table {
    fn from(Schedule { name, when, enabled, mode }: Schedule) -> Self {
        let table = Self { name, every_minutes: None, daily_at: None, cron: None, enabled, mode };
        match when {
            When::Every(period) => Self { every_minutes: Some(period.as_mins()), ..table },
            When::Daily(time) => Self { daily_at: Some(time.strftime("%H:%M").to_string()), ..table },
            When::Cron(expression) => Self { cron: Some(expression.as_str().to_owned()), ..table },
        }
    }
}

impl Schedule {
    /// Which ways photos go, as people read it.
    pub fn mode_words(&self) -> &'static str {
        self.mode.map_or("as configured", Mode::as_str)
    }
}

/// Refuses a name that people could not tell from another, or not type.
fn check_name(name: &str) -> Result<(), String> {
    let why = match name.chars().count() {
        0 => "a schedule needs a name",
        length if length > LONGEST_NAME => "the name of a schedule has 60 characters at most",
        _ if name.trim() != name => "the name of a schedule has no space at its ends",
        _ if name.chars().any(char::is_control) => "the name of a schedule has no control characters",
        _ => return Ok(()),
    };
    Err(format!("{why}: \u{201c}{name}\u{201d}"))
}

/// Refuses two schedules of one name.
pub fn check(schedules: &[Schedule]) -> Result<(), String> {
    for (at, schedule) in schedules.iter().enumerate() {
        if schedules[..at].iter().any(|other| other.name == schedule.name) {
            return Err(format!(
                "there are two schedules named \u{201c}{}\u{201d}; give one another name",
                schedule.name
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, TEMPLATE};

    fn parse(table: &str) -> Result<Schedule, String> {
        let settings = Settings::parse(&format!("[[schedule]]\n{table}"))?;
        Ok(settings.schedule.into_iter().next().expect("one was written"))
    }

    #[test]
    fn the_settings_say_when_in_one_of_three_ways() {
        let often = parse("name = \"often\"\nevery_minutes = 30").expect("valid");
        assert_eq!(often.when, When::every(30).expect("valid"));
        assert!(often.enabled && often.mode.is_none());
        let nightly = "name = \"nightly\"\ndaily_at = \"02:30\"\nenabled = false\nmode = \"export\"";
        let nightly = parse(nightly).expect("valid");
        assert_eq!(nightly.when, When::daily("02:30").expect("valid"));
        assert_eq!((nightly.enabled, nightly.mode), (false, Some(Mode::Export)));
        let weekdays = parse("name = \"weekdays\"\ncron = \"0 7 * * 1-5\"").expect("valid");
        assert_eq!(weekdays.when, When::cron("0 7 * * 1-5").expect("valid"));
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for (table, why) in [
            ("name = \"a\"", "in one way: every_minutes, daily_at or cron"),
            ("name = \"a\"\nevery_minutes = 5\ncron = \"* * * * *\"", "in one way"),
            ("every_minutes = 5", "missing field `name`"),
            ("name = \"\"\nevery_minutes = 5", "needs a name"),
            ("name = \"a\"\nevery_minutes = 0", "the schedule \u{201c}a\u{201d}: every 0 minutes is not possible"),
            ("name = \"a\"\ndaily_at = \"25:00\"", "\u{201c}25:00\u{201d} is not a valid time"),
            ("name = \"a\"\ncron = \"* * *\"", "five fields"),
            ("name = \"a\"\nevery_minutes = 5\nmode = \"sideways\"", "use one of import, bidirectional, export"),
            ("name = \"a\"\nevery_minute = 5", "did you mean `every_minutes`?"),
            ("name = \"a\"\nevery_minutes = 5\n[[schedule]]\nname = \"a\"\nevery_minutes = 6", "two schedules named"),
        ] {
            let said = parse(table).expect_err(table);
            assert!(said.contains(why), "{table}: {said}");
        }
    }

    #[test]
    fn the_example_in_the_template_is_valid() {
        let example = TEMPLATE.split("# [[schedule]]").nth(1).expect("there is an example");
        let example: String = example.lines().map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
        let schedule = parse(&example).expect("valid");
        assert_eq!((schedule.when.to_string().as_str(), schedule.mode_words()), ("daily at 02:30", "import"));
    }
}
