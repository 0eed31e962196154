//! Asks a server what lies at a path, and in a directory.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::address::is_one_name;
use super::client::{Answer, Client, Request, patiently};
use super::fault::Fault;
use super::multistatus::{self, Facts, Told};

/// A listing that is longer is none: 200,000 files in one directory take less.
const LONGEST: u64 = 256 << 20;

/// One thing that lies in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What the server tells of it.
    pub facts: Facts,
}

/// One directory, listed whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// What the server tells of itself.
    pub itself: Facts,
    /// What lies in it, in the order of the names.
    pub entries: Vec<Entry>,
    /// What lies there and cannot be used, each with the cause: names that are none, entries of which nothing is told.
    pub strange: Vec<(String, &'static str)>,
}

impl Directory {
    /// What is told of a name in it.
    pub(super) fn facts(&self, name: &OsStr) -> Option<&Facts> {
        let name = name.to_str()?;
        let at = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok();
        let at = at.or_else(|| self.entries.iter().position(|entry| is_one_name(&entry.name, name)))?;
        Some(&self.entries[at].facts)
    }
}

/// What lies at a path.
pub fn look(client: &Client, path: &Path) -> Result<Facts, Fault> {
    patiently(|| {
        let told = ask(client, path, "0")?;
        let is_it = |told: Told| {
            let inside = client.address().inside(&told.href);
            told.facts.filter(|_| client.is_at(inside.as_deref(), path))
        };
        let untold = || Fault::Permanent(format!("{} tells nothing of {}", client.address().host(), path.display()));
        told.into_iter().find_map(is_it).ok_or_else(untold)
    })
}

/// What lies in a directory. A listing that does not name the directory itself, or that ends too early, is none.
pub fn list(client: &Client, path: &Path) -> Result<Directory, Fault> {
    patiently(|| directory(client, path, ask(client, path, "1")?))
}

fn ask(client: &Client, path: &Path, depth: &'static str) -> Result<Vec<Told>, Fault> {
    let address = match depth {
        "0" => client.at(path)?,
        _ => client.at(path)? + "/",
    };
    let request = Request::new("PROPFIND", address).header("Depth", depth).text(multistatus::QUESTION);
    let answer = client.ask(request)?;
    if answer.status != 207 {
        return Err(answer.fault());
    }
    read(client, answer)
}

fn read(client: &Client, answer: Answer) -> Result<Vec<Told>, Fault> {
    let is_page = answer.is_page();
    let text = answer.text(LONGEST)?;
    let host = client.address().host();
    let unread = |why: String| match is_page {
        true => Fault::retry(format!("{host} answered with a web page instead of a listing")),
        false => Fault::retry(format!("{host} answered a listing that cannot be read: {why}")),
    };
    multistatus::read(&text).map_err(unread)
}

fn directory(client: &Client, path: &Path, told: Vec<Told>) -> Result<Directory, Fault> {
    let (mut itself, mut strange) = (None, Vec::new());
    let mut entries: BTreeMap<String, Facts> = BTreeMap::new();
    for Told { href, facts } in told {
        let Some(inside) = client.address().inside(&href) else {
            strange.push((last_name(&href), "no file of this folder can have that name"));
            continue;
        };
        if client.is_at(Some(&inside), path) {
            itself = itself.or(facts);
            continue;
        }
        // Some servers tell the whole tree whatever they are asked.
        let Some(name) = inside.file_name().filter(|_| client.is_at(inside.parent(), path)) else { continue };
        let name = name.to_string_lossy().into_owned();
        match facts {
            Some(facts) => drop(entries.entry(name).or_insert(facts)),
            None => strange.push((name, "the server tells nothing of it")),
        }
    }
    let host = client.address().host();
    let itself = itself.ok_or_else(|| Fault::Permanent(format!("{host} lists something else than was asked for")))?;
    if !itself.is_directory {
        return Err(Fault::Permanent(format!("{} on {host} is a file and no folder", path.display())));
    }
    let entries = entries.into_iter().map(|(name, facts)| Entry { name, facts }).collect();
    Ok(Directory { itself, entries, strange })
}

/// The last name of an address, as it may be shown.
fn last_name(href: &str) -> String {
    let last = href.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
