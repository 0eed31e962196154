//! Settings that the environment names, as containers are given them: `PHOTOBRIDGE_MODE`, `PHOTOBRIDGE_EXPORT_LAYOUT`, and so on
//! for every key. They go before those of the file, which stays as it is. A variable without a value says nothing.

use super::edit::{lookup, table_of, typed};
use super::{FolderSettings, Settings, home, nearest};

/// What begins each of their names.
const START: &str = "PHOTOBRIDGE_";

/// The name that stands for folders.
const FOLDER: &str = "PHOTOBRIDGE_FOLDER";

/// What else begins so: what is no setting, and what a command after exports is told.
const OTHERS: [&str; 6] = ["DATA_DIR", "LOG", "LOG_LEVEL", "LOG_JSON", "RUN", "EXPORTED"];

/// The keys that have one beside `folder`, as `export.layout`.
pub fn keys() -> Vec<String> {
    let defaults = table_of(&Settings::default()).unwrap_or_default();
    let of_table = |(key, value): (&String, &toml::Value)| match value {
        toml::Value::Table(inner) => inner.keys().map(|inner| format!("{key}.{inner}")).collect(),
        _ => vec![key.clone()],
    };
    defaults.iter().filter(|(key, _)| *key != "folder").flat_map(of_table).collect()
}

/// The name for a key. What is the server's is called as its command line has it.
pub fn name(key: &str) -> String {
    let key = match key {
        "server.names" => "name",
        "server.proxies" => "proxy",
        key => key.strip_prefix("server.").unwrap_or(key),
    };
    format!("{START}{}", key.replace('.', "_").to_uppercase())
}

/// What the environment of this process says. What is no text is taken as it can be shown, and so found to be wrong.
pub fn says(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    Some(value).filter(|value| !value.is_empty())
}

/// The variable that a setting is given by, so that what the file says of it does not count.
pub fn giver(key: &str) -> Option<String> {
    Some(name(key)).filter(|name| says(name).is_some())
}

/// Names that look like one of ours and are none, each with the key that may be meant.
pub fn misspelt(names: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let bare = |name: &str| name.strip_prefix(START).map(str::to_owned);
    let keys: Vec<String> = keys().into_iter().chain(["folder".into()]).collect();
    let ours: Vec<String> = keys.iter().filter_map(|key| bare(&name(key))).collect();
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let meant = |name: String| {
        let bare = bare(&name).filter(|bare| !ours.iter().chain(&OTHERS).any(|known| known == bare))?;
        // As its key has it.
        let meant = nearest(bare.strip_prefix("SERVER_").unwrap_or(&bare), &ours)?;
        let at = ours.iter().position(|known| *known == meant)?;
        Some((name, keys.get(at)?.clone()))
    };
    names.filter_map(meant).collect()
}

/// The settings with what the environment says in place of their own, for the keys that begin so. The error names the variable.
pub fn over(
    settings: Settings,
    beginning: &str,
    says: impl Fn(&str) -> Option<String>,
) -> Result<Settings, (String, String)> {
    let schedules = settings.schedule.clone();
    let mut table = table_of(&settings).map_err(|why| (FOLDER.to_owned(), why))?;
    let mut changed = settings;
    let given = keys().into_iter().filter(|key| key.starts_with(beginning));
    for (text, key) in given.filter_map(|key| Some((says(&name(&key))?, key))) {
        let wrong = |why| (name(&key), why);
        put(&mut table, &key, &text).map_err(wrong)?;
        changed = table.clone().try_into().map_err(|error: toml::de::Error| wrong(super::explain(&error)))?;
        // They are not among what is written.
        changed.schedule.clone_from(&schedules);
    }
    if let Some(folders) = says(FOLDER).filter(|_| "folder".starts_with(beginning)) {
        changed.folder = paths(&folders).iter().map(|path| folder(&changed, path)).collect();
    }
    Ok(changed)
}

/// The folders of a list that is separated by colons, as `PATH` is. Those of an address are its own.
fn paths(list: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for part in list.split(':') {
        let goes_on = |path: &&mut String| {
            let is_address = path.starts_with("http://") || path.starts_with("https://");
            let is_scheme = matches!(path.as_str(), "http" | "https");
            (is_scheme && part.starts_with("//"))
                || (is_address && part.starts_with(|first: char| first.is_ascii_digit()))
        };
        match paths.last_mut().filter(goes_on) {
            Some(address) => *address = format!("{address}:{part}"),
            None => paths.push(part.to_owned()),
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

/// The folder of the file at this path, or a new one.
fn folder(settings: &Settings, path: &str) -> FolderSettings {
    let path = home(path);
    let known = settings.folder.iter().find(|folder| folder.path == path);
    known.cloned().unwrap_or_else(|| FolderSettings::whole(path))
}

fn put(table: &mut toml::Table, key: &str, text: &str) -> Result<(), String> {
    let is_tick = matches!(lookup(table, key), Some(toml::Value::Boolean(_)));
    let text = match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "on" | "true" if is_tick => "true",
        "0" | "no" | "off" | "false" if is_tick => "false",
        _ => text,
    };
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use photobridge_core::export::Layout;
    use photobridge_core::run::Mode;

    use super::*;

    fn of(text: &str, beginning: &str, says: &[(&str, &str)]) -> Result<Settings, (String, String)> {
        let settings = Settings::parse(text).expect("valid");
        let says = |name: &str| says.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        over(settings, beginning, says)
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let text = "mode = \"import\"\nsettle_seconds = 3\n[[folder]]\npath = \"/a\"\nalbum = \"A\"\n\
                    [[schedule]]\nname = \"n\"\nevery_minutes = 5\n[server]\nlisten = \":1\"\nproxy_asks = true\n";
        let says = [
            ("PHOTOBRIDGE_MODE", "export"),
            ("PHOTOBRIDGE_EXPORT_LAYOUT", "flat"),
            ("PHOTOBRIDGE_EXPORT_HIDDEN", "Yes"),
            ("PHOTOBRIDGE_UNATTENDED_LIMIT", "7"),
            ("PHOTOBRIDGE_LISTEN", ":8080"),
            ("PHOTOBRIDGE_NAME", "a.example, b.example"),
            ("PHOTOBRIDGE_PROXY_ASKS", "0"),
            ("PHOTOBRIDGE_FOLDER", "/b:/a"),
        ];
        let settings = of(text, "", &says).expect("it makes sense");
        assert_eq!((settings.mode, settings.export.layout, settings.export.hidden), (Mode::Export, Layout::Flat, true));
        assert_eq!((settings.unattended_limit, settings.settle_seconds), (7, 3));
        assert_eq!(settings.server.names, ["a.example", "b.example"]);
        assert_eq!((settings.server.listen.as_str(), settings.server.proxy_asks), (":8080", false));
        assert_eq!(settings.folder[0], FolderSettings::whole("/b".into()));
        assert_eq!(
            settings.folder[1].album.as_deref(),
            Some("A"),
            "the folder of the file, with what the file says of it"
        );
        assert_eq!(settings.schedule.len(), 1);
        assert_eq!(of(text, "", &[]), Ok(Settings::parse(text).expect("valid")));

        let server = of(text, "server.", &says).expect("it makes sense");
        assert_eq!((server.server.listen.as_str(), server.mode, server.folder.len()), (":8080", Mode::Import, 1));
    }

    #[test]
    fn nonsense_names_its_variable() {
        for (name, text) in
            [("PHOTOBRIDGE_MODE", "sideways"), ("PHOTOBRIDGE_SETTLE_SECONDS", "soon"), ("PHOTOBRIDGE_WATCH", "maybe")]
        {
            assert_eq!(of("", "", &[(name, text)]).expect_err("nonsense").0, name);
        }
    }

    #[test]
    fn an_address_among_folders_keeps_its_colons() {
        assert_eq!(paths("/a:/b c:"), ["/a", "/b c"]);
        assert_eq!(
            paths("/a:https://cloud.example:8443/remote.php/dav:/b:http://nas/x"),
            ["/a", "https://cloud.example:8443/remote.php/dav", "/b", "http://nas/x"]
        );
    }

    #[test]
    fn a_name_that_is_nearly_ours_is_told_with_ours() {
        let meant = |given: &str| misspelt([given.to_owned()].into_iter()).pop().map(|(_, key)| name(&key));
        for (name, ours) in [
            ("PHOTOBRIDGE_FOLDERS", "PHOTOBRIDGE_FOLDER"),
            ("PHOTOBRIDGE_PASSWORD", "PHOTOBRIDGE_PASSWORD_FILE"),
            ("PHOTOBRIDGE_EXPORT_SCOP", "PHOTOBRIDGE_EXPORT_SCOPE"),
            ("PHOTOBRIDGE_SERVER_LISTEN", "PHOTOBRIDGE_LISTEN"),
        ] {
            assert_eq!(meant(name).as_deref(), Some(ours), "{name}");
        }
        // The last ones are what Kubernetes makes for a service that is called photobridge.
        let ours: Vec<String> = keys().iter().map(|key| name(key)).collect();
        for name in ours.iter().map(String::as_str).chain([
            "PHOTOBRIDGE_DATA_DIR",
            "PATH",
            "PHOTOBRIDGE_PORT",
            "PHOTOBRIDGE_SERVICE_HOST",
            "PHOTOBRIDGE_SERVICE_PORT",
            "PHOTOBRIDGE_PORT_27731_TCP_PROTO",
        ]) {
            assert_eq!(meant(name), None, "{name}");
        }
    }
}
