//! Keys of the settings file that say nothing to this version: slips of the keyboard, and what a later version knows.
//!
//! They stay in the file, and are named. Nobody knows what they were to say, so a sync that nobody watches waits for a person:
//! it may have been that photos stay where they are.

use std::fmt;
use std::path::Path;

use super::edit::table_of;
use super::{FolderSettings, Settings, SettingsError, environment, nearest, read_text};
use crate::schedule;

/// Tables that say nothing of which photos go where.
const HARMLESS: [&str; 2] = ["server", "notify"];

/// A key that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// As people write it: `exlude`, `export.colour`.
    key: String,
    /// Of which folder or schedule it is.
    of: Option<String>,
    /// What may be meant by it.
    meant: Option<String>,
    /// Where it stands: nowhere in the file if it is a variable of the environment.
    is_variable: bool,
    /// It may have been about which photos go where.
    pub matters: bool,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.key)?;
        if let Some(of) = &self.of {
            write!(f, " of {of}")?;
        }
        match &self.meant {
            Some(meant) => write!(f, " (did you mean `{meant}`?)"),
            None => Ok(()),
        }
    }
}

/// The keys of this text that are not known.
pub fn keys(text: &str) -> Vec<Unknown> {
    let Ok(table) = toml::from_str::<toml::Table>(text) else { return Vec::new() };
    let known = table_of(&Settings::default()).unwrap_or_default();
    let top: Vec<&str> = known.keys().map(String::as_str).chain(["schedule"]).collect();
    let mut unknown = strangers(&table, "", &top, true, None);
    for (name, known) in known.iter().filter_map(|(name, known)| Some((name, known.as_table()?))) {
        let Some(inner) = table.get(name).and_then(toml::Value::as_table) else { continue };
        let keys: Vec<&str> = known.keys().map(String::as_str).collect();
        let matters = !HARMLESS.contains(&name.as_str());
        unknown.extend(strangers(inner, &format!("{name}."), &keys, matters, None));
    }
    let folder = FolderSettings { album: Some(String::new()), ..FolderSettings::whole("/".into()) };
    let folder = table_of(&folder).unwrap_or_default();
    let folder: Vec<&str> = folder.keys().map(String::as_str).collect();
    for (list, keys, name, what) in
        [("folder", &folder[..], "path", "the folder"), ("schedule", &schedule::KEYS, "name", "the schedule")]
    {
        for inner in table.get(list).and_then(toml::Value::as_array).into_iter().flatten() {
            let Some(inner) = inner.as_table() else { continue };
            let of = match inner.get(name).and_then(toml::Value::as_str) {
                Some(called) => format!("{what} {called}"),
                None => format!("a {list}"),
            };
            unknown.extend(strangers(inner, "", keys, true, Some(&of)));
        }
    }
    unknown
}

/// The keys of one table that are none of these.
fn strangers(table: &toml::Table, before: &str, known: &[&str], matters: bool, of: Option<&str>) -> Vec<Unknown> {
    let unknown = table.keys().filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| Unknown {
            key: format!("{before}{key}"),
            of: of.map(str::to_owned),
            meant: nearest(key, known).map(|meant| format!("{before}{meant}")),
            is_variable: false,
            matters,
        })
        .collect()
}

/// What may be meant by keys that are not known, beside an error: what it misses may stand there misspelt.
pub(super) fn beside(text: &str) -> String {
    let misspelt = keys(text).into_iter().filter(|unknown| unknown.meant.is_some());
    misspelt.map(|unknown| format!("\nThere is {unknown}")).collect()
}

/// The keys of this file that are not known, and variables of the environment that seem to be meant for us.
pub fn found(path: &Path) -> Vec<Unknown> {
    let mut unknown = keys(&read_text(path).ok().flatten().unwrap_or_default());
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown.extend(environment::misspelt(names).into_iter().map(|(name, meant)| Unknown {
        key: name,
        of: None,
        meant: Some(environment::name(&meant)),
        is_variable: true,
        matters: !HARMLESS.iter().any(|table| meant.starts_with(&format!("{table}."))),
    }));
    unknown
}

impl Unknown {
    /// What is said of it wherever the settings are looked at.
    pub fn warning(&self, path: &Path) -> String {
        let then = match self.matters {
            true => "; until it is corrected or removed, no sync starts automatically",
            false => ". Correct or remove it",
        };
        let place = self.place(path);
        format!("{place} has {self}, which this version does not know. It is kept and ignored{then}")
    }

    fn place(&self, path: &Path) -> String {
        if self.is_variable { "the environment".into() } else { path.display().to_string() }
    }
}

/// Refuses what nobody watches while a key that is not known may have kept photos where they are.
pub fn refuse_unwatched(path: &Path) -> Result<(), SettingsError> {
    let unknown: Vec<Unknown> = found(path).into_iter().filter(|unknown| unknown.matters).collect();
    match unknown.first().map(|first| first.place(path)) {
        None => Ok(()),
        Some(place) => {
            let here = unknown.iter().filter(|unknown| unknown.place(path) == place).map(ToString::to_string);
            Err(SettingsError::Unknown { keys: here.collect::<Vec<_>>().join(", "), place })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::TEMPLATE;

    fn told(text: &str) -> Vec<String> {
        keys(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_setting_is_known() {
        let folder = "[[folder]]\npath = \"/p\"\nalbum = \"A\"\nrecursive = true\ninclude = []\nexclude = []\nimages = true\n\
                      videos = true\nnomedia = false\n";
        let schedules = "[[schedule]]\nname = \"a\"\nevery_minutes = 5\nenabled = true\nmode = \"import\"\n\
                         [[schedule]]\nname = \"b\"\ndaily_at = \"7:05\"\n[[schedule]]\nname = \"c\"\ncron = \"* * * * *\"\n";
        let text = format!("{TEMPLATE}\n{folder}{schedules}");
        Settings::parse(&text).expect("valid");
        assert_eq!(told(&text), [""; 0]);
    }

    #[test]
    fn what_is_not_known_is_named_with_its_place_and_what_may_be_meant() {
        let text = "albun = \"x\"\ncolour = 1\n[exports]\nlayout = \"flat\"\n[export]\nlayuot = \"flat\"\n[notify]\nmial = \"x\"\n\
                    [[folder]]\npath = \"/p\"\nexlude = [\"*.gif\"]\n[[schedule]]\nname = \"night\"\nevery_minutes = 5\nenabeld = false\n";
        let mut said = told(text);
        said.sort();
        let expected = [
            "`albun` (did you mean `album`?)",
            "`colour`",
            "`enabeld` of the schedule night (did you mean `enabled`?)",
            "`exlude` of the folder /p (did you mean `exclude`?)",
            "`export.layuot` (did you mean `export.layout`?)",
            "`exports` (did you mean `export`?)",
            "`notify.mial` (did you mean `notify.mail`?)",
        ];
        assert_eq!(said, expected);
        let harmless: Vec<String> =
            keys(text).iter().filter(|unknown| !unknown.matters).map(|unknown| unknown.key.clone()).collect();
        assert_eq!(harmless, ["notify.mial"]);
    }

    #[test]
    fn lists_within_lines_are_read_alike() {
        let text = "folder = [{ path = \"/p\", exlude = [] }]\nexport = { colour = 1 }\n";
        Settings::parse(text).expect("valid");
        assert_eq!(told(text), ["`export.colour`", "`exlude` of the folder /p (did you mean `exclude`?)"]);
    }
}
