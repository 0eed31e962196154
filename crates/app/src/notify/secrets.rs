//! Passwords and tokens of those who are told, in a file that only its owner may read.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use crate::places;

/// The file within the data directory.
const FILE: &str = "notify.toml";

/// What can be kept, and what each is.
pub const KEYS: [(&str, &str); 6] = [
    ("ntfy-address", "the topic's address, kept out of the settings"),
    ("ntfy-token", "the access token of ntfy"),
    ("webhook-address", "the address that is sent JSON, kept out of the settings"),
    ("webhook-token", "sent along as `Authorization: Bearer`"),
    ("mail-user", "who logs in to the mail server"),
    ("mail-password", "with this password"),
];

/// What is kept.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Reads them. The error names the file and nothing that stands in it.
    pub fn read(data: &Path) -> Result<Self, String> {
        let path = data.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            text => text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?,
        };
        let wrong = || format!("{} is not written as it should be: lines like `mail-password = \"…\"`", path.display());
        toml::from_str(&text).map(Self).map_err(|_| wrong())
    }

    /// One of them.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|word| !word.is_empty())
    }

    /// Keeps one; an empty one is forgotten.
    pub fn keep(data: &Path, key: &str, word: &str) -> Result<(), String> {
        let mut secrets = Self::read(data)?;
        match word.is_empty() {
            true => drop(secrets.0.remove(key)),
            false => drop(secrets.0.insert(key.to_owned(), word.to_owned())),
        }
        let text = toml::to_string(&secrets.0).map_err(|error| error.to_string())?;
        let head = "# Who Photobridge is to those whom it tells. Only you may read this file.\n";
        let unwritten = |error| format!("{} could not be written: {error}", data.join(FILE).display());
        photobridge_core::data::make(data).map_err(unwritten)?;
        places::write_private(&data.join(FILE), format!("{head}{text}").as_bytes()).map_err(unwritten)
    }
}
