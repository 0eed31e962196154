//! Changes schedules in the settings file, and leaves everything else as it is, comments included.

use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::{Settings, SettingsError, comments_of, put};
use crate::schedule::{Schedule, When};

/// Adds a schedule. Refuses a name that is taken.
pub fn add(path: &Path, schedule: &Schedule) -> Result<(), SettingsError> {
    change(path, &schedule.name, |tables| {
        if position(tables, &schedule.name).is_some() {
            return Err("there is one of this name already; give it another name, or remove the other one".into());
        }
        let mut table = Table::new();
        fill(&mut table, None, schedule);
        tables.push(table);
        Ok(None)
    })
}

/// Puts a schedule in the place of the one of this name, which may be another.
pub fn replace(path: &Path, name: &str, schedule: &Schedule) -> Result<(), SettingsError> {
    alter(path, name, |_| Ok(schedule.clone()))
}

/// Makes of the schedule of this name what `wanted` makes of it as it is now. What stays is not touched.
pub fn alter(
    path: &Path,
    name: &str,
    wanted: impl FnOnce(&Schedule) -> Result<Schedule, String>,
) -> Result<(), SettingsError> {
    change(path, name, |tables| {
        let table = known(tables, name)?;
        let now: Schedule = toml::from_str(&table.to_string()).map_err(|error| error.to_string())?;
        fill(table, Some(&now), &wanted(&now)?);
        Ok(None)
    })
}

/// Pauses a schedule, or lets it go on.
pub fn enable(path: &Path, name: &str, enabled: bool) -> Result<(), SettingsError> {
    change(path, name, |tables| {
        put(known(tables, name)?, "enabled", Some(enabled.into()));
        Ok(None)
    })
}

/// Removes a schedule. The comments above it and in it stay in the file.
pub fn remove(path: &Path, name: &str) -> Result<(), SettingsError> {
    change(path, name, |tables| {
        let comments = comments_of(known(tables, name)?);
        let at = position(tables, name).expect("it was just found");
        tables.remove(at);
        Ok(Some(comments))
    })
}

/// Changes the tables of the schedules and writes the file, if what comes out makes sense. `change` may return comments
/// that have lost their place, which go to the end.
fn change(
    path: &Path,
    name: &str,
    change: impl FnOnce(&mut ArrayOfTables) -> Result<Option<String>, String>,
) -> Result<(), SettingsError> {
    let refused = |why| SettingsError::Schedule { name: name.to_owned(), why };
    let invalid = |why| SettingsError::Invalid { path: path.to_owned(), why };
    super::change(path, |text| {
        let mut document: DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| invalid(error.to_string()))?;
        Settings::parse(text).map_err(invalid)?;
        let entry = document.entry("schedule").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        let tables = entry.as_array_of_tables_mut();
        let tables =
            tables.ok_or_else(|| refused("the schedules there are not written as [[schedule]] tables".into()))?;
        if let Some(comments) = change(tables).map_err(refused)? {
            let trailing = document.trailing().as_str().unwrap_or_default();
            document.set_trailing(format!("{comments}{trailing}"));
        }
        let text = super::ended_like(text, &document);
        Settings::parse(&text).map_err(|why| refused(super::reason(&why)))?;
        Ok(text)
    })
}

fn position(tables: &ArrayOfTables, name: &str) -> Option<usize> {
    tables.iter().position(|table| table.get("name").and_then(Item::as_str) == Some(name))
}

fn known<'a>(tables: &'a mut ArrayOfTables, name: &str) -> Result<&'a mut Table, String> {
    let at = position(tables, name);
    let table = at.and_then(|at| tables.get_mut(at));
    table.ok_or_else(|| "no schedule has this name. `photobridge schedule list` lists them".into())
}

/// Writes a schedule into its table, where that does not say it already.
fn fill(table: &mut Table, now: Option<&Schedule>, schedule: &Schedule) {
    if now.is_none_or(|now| now.name != schedule.name) {
        put(table, "name", Some(schedule.name.as_str().into()));
    }
    if now.is_none_or(|now| now.when != schedule.when) {
        let (mut minutes, mut time, mut cron): (Option<Value>, Option<Value>, Option<Value>) = (None, None, None);
        match &schedule.when {
            When::Every(period) => minutes = Some(period.as_mins().into()),
            When::Daily(at) => time = Some(at.strftime("%H:%M").to_string().into()),
            When::Cron(expression) => cron = Some(expression.as_str().into()),
        }
        put(table, "every_minutes", minutes);
        put(table, "daily_at", time);
        put(table, "cron", cron);
    }
    if now.is_none_or(|now| now.mode != schedule.mode) {
        put(table, "mode", schedule.mode.map(|mode| mode.as_str().into()));
    }
    // Absent means enabled.
    if now.map_or(!schedule.enabled, |now| now.enabled != schedule.enabled) {
        put(table, "enabled", Some(schedule.enabled.into()));
    }
}

#[cfg(test)]
mod tests {
    use photobridge_core::run::Mode;

    use super::*;
    use crate::settings::TEMPLATE;

    fn schedule(name: &str, when: Result<When, String>, mode: Option<Mode>) -> Schedule {
        Schedule { name: name.into(), when: when.expect("valid"), enabled: true, mode }
    }

    /// A settings file with this text, and what it says after a change.
    fn after(text: &str, change: impl FnOnce(&Path) -> Result<(), SettingsError>) -> Result<String, String> {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("settings.toml");
        std::fs::write(&path, text).expect("written");
        let changed = change(&path);
        let now = std::fs::read_to_string(&path).expect("readable");
        match changed {
            Ok(()) => Ok(now),
            Err(error) => {
                assert_eq!(now, text, "a refused change changes nothing");
                Err(error.to_string().replace(&path.display().to_string(), "FILE"))
            }
        }
    }

    const TWO: &str = "\
# mine
mode = \"import\" # for now

# at night
[[schedule]]
name = \"nightly\" # a good name
daily_at = \"02:30\" # everybody sleeps

# the rest
[[schedule]]
every_minutes = 30
name = \"often\"
enabled = false
mode = \"export\"
";

    #[test]
    fn a_schedule_is_added_to_any_file() {
        let new = schedule("weekdays", When::cron("0 7 * * 1-5"), Some(Mode::Bidirectional));
        let text = after(TWO, |path| add(path, &new)).expect("it is added");
        let added = "\n[[schedule]]\nname = \"weekdays\"\ncron = \"0 7 * * 1-5\"\nmode = \"bidirectional\"\n";
        assert_eq!(text, format!("{TWO}{added}"));
        assert_eq!(Settings::parse(&text).expect("valid").schedule[2], new);

        for text in ["", "album = \"x\"\n", TEMPLATE] {
            let often = schedule("often", When::every(30), None);
            let text = after(text, |path| add(path, &often)).expect("it is added");
            assert_eq!(Settings::parse(&text).expect("valid").schedule, [often]);
        }
    }

    #[test]
    fn there_need_be_no_file_yet() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("data/settings.toml");
        add(&path, &schedule("often", When::every(30), None)).expect("it is added");
        let settings = Settings::read(&path).expect("valid");
        assert_eq!(settings.schedule.len(), 1);
        assert_eq!(Settings { schedule: vec![], ..settings }, Settings::default());
    }

    #[test]
    fn a_change_keeps_comments_and_order() {
        let changed = schedule("nights", When::every(90), Some(Mode::Import));
        let text = after(TWO, |path| replace(path, "nightly", &changed)).expect("it is replaced");
        assert!(text.contains("# at night\n[[schedule]]\nname = \"nights\" # a good name\n"), "{text}");
        assert!(!text.contains("daily_at"), "{text}");
        let schedules = Settings::parse(&text).expect("valid").schedule;
        assert_eq!(schedules[0], changed);
        assert_eq!(schedules[1], Settings::parse(TWO).expect("valid").schedule[1]);

        let paused = after(TWO, |path| enable(path, "nightly", false)).expect("it is paused");
        assert_eq!(paused, TWO.replace("# everybody sleeps\n", "# everybody sleeps\nenabled = false\n"));
        let resumed = after(TWO, |path| enable(path, "often", true)).expect("it goes on");
        assert_eq!(resumed, TWO.replace("enabled = false", "enabled = true"));
    }

    #[test]
    fn a_removed_schedule_leaves_its_comments() {
        let text = after(TWO, |path| remove(path, "nightly")).expect("it is removed");
        let schedules = Settings::parse(&text).expect("valid").schedule;
        assert_eq!(schedules.iter().map(|schedule| schedule.name.as_str()).collect::<Vec<_>>(), ["often"]);
        for comment in ["# mine", "# for now", "# at night", "# the rest"] {
            assert!(text.contains(comment), "{text}");
        }
        let none = after(&text, |path| remove(path, "often")).expect("it is removed");
        assert_eq!(Settings::parse(&none).expect("valid").schedule, []);
        assert!(none.contains("# at night") && none.contains("# the rest"), "{none}");
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        let often = schedule("often", When::every(5), None);
        let refused = after(TWO, |path| add(path, &often)).expect_err("the name is taken");
        assert_eq!(
            refused,
            "the schedule \u{201c}often\u{201d} was not changed: there is one of this name already; \
             give it another name, or remove the other one"
        );
        let refused = after(TWO, |path| replace(path, "nightly", &often)).expect_err("the name is taken");
        assert!(refused.contains("there are two schedules named \u{201c}often\u{201d}"), "{refused}");
        for change in [remove as fn(&Path, &str) -> _, |path, name| enable(path, name, true)] {
            let refused = after(TWO, |path| change(path, "never")).expect_err("there is none");
            assert!(refused.contains("no schedule has this name. `photobridge schedule list`"), "{refused}");
        }
        for name in ["", " ", "a\nb", " padded", &"x".repeat(61)] {
            let bad = schedule(name, When::every(5), None);
            let refused = after(TWO, |path| add(path, &bad)).expect_err("no such name");
            assert!(refused.contains("name") && !refused.contains("TOML parse error"), "{refused}");
        }
        assert!(after(TWO, |path| add(path, &schedule(&"ü".repeat(60), When::every(5), None))).is_ok());
        let inline = "schedule = [{ name = \"a\", every_minutes = 1 }]\n";
        let refused = after(inline, |path| remove(path, "a")).expect_err("it is written in another way");
        assert!(refused.contains("[[schedule]]"), "{refused}");
    }
}
