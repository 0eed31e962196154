//! Settings that the environment names, as containers are given them: `PHOTOBRIDGE_MODE`, `PHOTOBRIDGE_EXPORT_LAYOUT`, and so on
//! for every key. They go before those of the file, which stays as it is.

use std::path::PathBuf;

use super::edit::{lookup, table_of, typed};
use super::{FolderSettings, Settings, home};

/// What begins each of their names.
const START: &str = "PHOTOBRIDGE_";

/// The name that stands for folders.
const FOLDER: &str = "PHOTOBRIDGE_FOLDER";

/// The keys that have one, as `export.layout`. Where the server listens is its command line's, which has names of its own.
pub fn keys() -> Vec<String> {
    let defaults = table_of(&Settings::default()).unwrap_or_default();
    let of_table = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(inner) => inner.keys().map(|inner| format!("{key}.{inner}")).collect(),
        _ => vec![key.clone()],
    };
    let keys = defaults.iter().filter(|(key, _)| !matches!(key.as_str(), "server" | "folder")).flat_map(of_table);
    keys.collect()
}

/// The name for a key.
pub fn name(key: &str) -> String {
    format!("{START}{}", key.replace('.', "_").to_uppercase())
}

/// The settings with what the environment says in place of their own. The error names the variable.
pub fn over(settings: Settings, says: impl Fn(&str) -> Option<String>) -> Result<Settings, (String, String)> {
    let schedules = settings.schedule.clone();
    let mut table = table_of(&settings).map_err(|why| (FOLDER.to_owned(), why))?;
    let mut changed = settings;
    for (key, name, text) in
        keys().into_iter().filter_map(|key| says(&name(&key)).map(|text| (key.clone(), name(&key), text)))
    {
        put(&mut table, &key, &text).map_err(|why| (name.clone(), why))?;
        changed = table.clone().try_into().map_err(|error: toml::de::Error| (name, super::explain(&error)))?;
        // They are not among what is written.
        changed.schedule.clone_from(&schedules);
    }
    if let Some(folders) = says(FOLDER) {
        let paths = folders.split(':').filter(|path| !path.is_empty()).map(home);
        changed.folder = paths.map(|path: PathBuf| folder(&changed, path)).collect();
    }
    Ok(changed)
}

/// The folder of the file at this path, or a new one.
fn folder(settings: &Settings, path: PathBuf) -> FolderSettings {
    let known = settings.folder.iter().find(|folder| folder.path == path);
    known.cloned().unwrap_or_else(|| FolderSettings::whole(path))
}

fn put(table: &mut toml::Table, key: &str, text: &str) -> Result<(), String> {
    let value: toml_edit::Value = typed(key, text)?;
    let document: toml::Table = toml::from_str(&format!("value = {value}")).map_err(|error| error.to_string())?;
    let value = document.get("value").cloned().ok_or("it is empty")?;
    match key.split_once('.') {
        Some((outer, key)) => {
            let inner = table.get_mut(outer).and_then(toml::Value::as_table_mut).ok_or("there is no such setting")?;
            inner.insert(key.to_owned(), value);
        }
        None => drop(table.insert(key.to_owned(), value)),
    }
    debug_assert!(lookup(table, key).is_some());
    Ok(())
}

#[cfg(test)]
mod tests {
    use photobridge_core::export::Layout;
    use photobridge_core::run::Mode;

    use super::*;

    fn of(text: &str, says: &[(&str, &str)]) -> Result<Settings, (String, String)> {
        let settings = Settings::parse(text).expect("valid");
        over(settings, |name| says.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let text = "mode = \"import\"\nsettle_seconds = 3\n[[folder]]\npath = \"/a\"\nalbum = \"A\"\n\
                    [[schedule]]\nname = \"n\"\nevery_minutes = 5\n";
        let says = [
            ("PHOTOBRIDGE_MODE", "export"),
            ("PHOTOBRIDGE_EXPORT_LAYOUT", "flat"),
            ("PHOTOBRIDGE_EXPORT_HIDDEN", "true"),
            ("PHOTOBRIDGE_UNATTENDED_LIMIT", "7"),
            ("PHOTOBRIDGE_FOLDER", "/b:/a"),
        ];
        let settings = of(text, &says).expect("it makes sense");
        assert_eq!((settings.mode, settings.export.layout, settings.export.hidden), (Mode::Export, Layout::Flat, true));
        assert_eq!((settings.unattended_limit, settings.settle_seconds), (7, 3));
        assert_eq!(settings.folder[0], FolderSettings::whole("/b".into()));
        assert_eq!(
            settings.folder[1].album.as_deref(),
            Some("A"),
            "the folder of the file, with what the file says of it"
        );
        assert_eq!(settings.schedule.len(), 1);
        assert_eq!(of(text, &[]), Ok(Settings::parse(text).expect("valid")));
    }

    #[test]
    fn nonsense_names_its_variable() {
        for (name, text) in [("PHOTOBRIDGE_MODE", "sideways"), ("PHOTOBRIDGE_SETTLE_SECONDS", "soon")] {
            assert_eq!(of("", &[(name, text)]).expect_err("nonsense").0, name);
        }
    }
}
