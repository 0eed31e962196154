//! Finds out how a server can be written to, under names of our own in a directory of our own.
//!
//! What servers say that they can do, and what they do, differ: some replace a file in spite of `If-None-Match: *`, some keep
//! the half of an upload that broke off, some let two win who ask for one name at the same time. So each is tried once, and
//! again when it says that it is another one.
//!
//! That two who ask at the same time both win shows only where they meet in the same millisecond, which over a slow line they
//! never do. So a server is believed to heed always only if it is of a kind that was raced at length, and does not fail here.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use photobridge_core::progress::Cancel;
use serde::{Deserialize, Serialize};

use super::client::{Answer, Client, Request};
use super::fault::Fault;
use super::listing::look;
use super::naming::moving;
use super::reader::bytes;

/// Who ask for one name at the same time, and how often. Beside Apache two of four win in every other round.
const RIVALS: usize = 4;
const ROUNDS: usize = 8;

/// The bytes of an upload that breaks off in the middle: more than any buffer on the way holds.
const BROKEN_OFF: u64 = 2 << 20;

/// After this a server has done with an upload that broke off.
const DONE_WITH: Duration = Duration::from_millis(1500);

/// A way in which a file gets a name that nothing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// `PUT` with `If-None-Match: *`, under the name itself.
    PutIfNew,
    /// `PUT` under a name of ours, then `MOVE` with `Overwrite: F`.
    Move,
}

/// How far a server heeds that nothing may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heed {
    /// Not at all.
    None,
    /// Where nobody else writes at the same time.
    Alone,
    /// Always.
    Always,
}

/// What a server says of itself. When that changes it is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its `Server` header.
    pub name: String,
    /// Its `DAV` header.
    pub dav: String,
}

/// What a server was seen to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habits {
    /// What it says of itself.
    pub server: Server,
    /// How far it heeds `PUT` with `If-None-Match: *`.
    pub put_if_new: Heed,
    /// How far it heeds `MOVE` with `Overwrite: F`.
    pub moves: Heed,
    /// It keeps the half of a new file whose upload breaks off.
    pub keeps_halves: bool,
    /// It tells what it computed of the bytes that arrived.
    pub proves: bool,
    /// It dates a file as it is told.
    pub dates: bool,
}

impl Habits {
    /// Whether it understands what only Nextcloud does.
    pub fn is_nextcloud(&self) -> bool {
        self.proves || self.dates
    }

    /// How a file is named here so that nothing is ever replaced; `None` where there is no such way.
    pub fn way(&self, writers: Writers) -> Option<Way> {
        let enough = match writers {
            Writers::Several => Heed::Always,
            Writers::OnlyUs => Heed::Alone,
        };
        if self.put_if_new >= enough && !self.keeps_halves {
            Some(Way::PutIfNew)
        } else if self.moves >= enough {
            Some(Way::Move)
        } else {
            None
        }
    }
}

/// Who writes into a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// Anybody may.
    Several,
    /// A person said that nobody but us does.
    OnlyUs,
}

/// Asks a server what it says of itself.
pub fn server(client: &Client) -> Result<Server, Fault> {
    let answer = client.ask(Request::new("OPTIONS", client.at(Path::new(""))? + "/"))?;
    if answer.status >= 300 || answer.header("dav").is_none() {
        return Err(answer.fault());
    }
    let said = |name| answer.header(name).unwrap_or_default().to_owned();
    Ok(Server { name: said("server"), dav: said("dav") })
}

/// The name of a new directory in which a server is tried out.
pub fn trial_name() -> String {
    let random: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(24).collect();
    format!("{TRIAL}{random}")
}

const TRIAL: &str = ".photobridge-trial-";

/// Tries a server out in the directory `name`, made by [`trial_name`], which is removed again. Whoever asks has noted the name
/// before, so that [`sweep`] removes it after a crash.
pub fn learn(client: &Client, name: &str, cancel: &Cancel) -> Result<Habits, Fault> {
    let server = server(client)?;
    let trial = Trial { client, room: PathBuf::from(name), cancel };
    let made = client.ask(Request::new("MKCOL", client.at(&trial.room)? + "/"))?;
    if made.status != 201 {
        return Err(made.fault());
    }
    let habits = trial.habits(server);
    sweep(client, name)?;
    habits
}

/// Removes a directory in which a server was tried out.
pub fn sweep(client: &Client, name: &str) -> Result<(), Fault> {
    let is_ours = name
        .strip_prefix(TRIAL)
        .is_some_and(|random| random.len() == 24 && random.bytes().all(|byte| byte.is_ascii_lowercase()));
    if !is_ours {
        return Err(Fault::Permanent(format!("{name} is not ours")));
    }
    let answer = client.ask(Request::new("DELETE", client.at(Path::new(name))? + "/"))?;
    match answer.status {
        200 | 204 | 404 | 410 => Ok(()),
        _ => Err(answer.fault()),
    }
}

/// Lays a file ready that is to get a name.
type Ready<'a> = dyn Fn(&str, &[u8]) -> Result<(), Fault> + Sync + 'a;

/// Asks for a name for a file with these bytes.
type Take<'a> = dyn Fn(&str, &[u8]) -> Result<Answer, Fault> + Sync + 'a;

fn part_of(name: &str, bytes: &[u8]) -> String {
    format!("{name}-{}", String::from_utf8_lossy(bytes).replace(' ', "-"))
}

struct Trial<'a> {
    client: &'a Client,
    room: PathBuf,
    cancel: &'a Cancel,
}

impl Trial<'_> {
    fn habits(&self, server: Server) -> Result<Habits, Fault> {
        let first = self.put("first", b"first", true)?;
        if !matches!(first.status, 200 | 201 | 204) {
            return Err(first.fault());
        }
        // SHA-1 of "first", as `sha1sum` tells it.
        let sum = "e0996a37c13d44c3b06074939d43fa3759bd32c1";
        let proves = first.header("x-hash-sha1").is_some_and(|told| told.eq_ignore_ascii_case(sum));
        let dates = look(self.client, &self.room.join("first"))?.modified.is_some_and(|time| time.as_second() == DATED);
        let keeps_halves = self.keeps_halves()?;
        let mut put_if_new = self.heed("put", &|_, _| Ok(()), &|name, bytes| self.put(name, bytes, true))?;
        let part = |name: &str, bytes: &[u8]| self.put(&part_of(name, bytes), bytes, false).map(drop);
        let mut moves = self.heed("move", &part, &|name, bytes| self.rename(&part_of(name, bytes), name))?;
        // Nobody but Nextcloud computes what arrived. A proxy of that name in front of another server gives itself away.
        let is_lighttpd = server.name.starts_with("lighttpd/") && server.dav == "1,3";
        let is_nginx = server.name.starts_with("nginx/") && server.dav == "1" && put_if_new == Heed::None;
        if !proves && !is_lighttpd {
            put_if_new = put_if_new.min(Heed::Alone);
        }
        // Of four who ask Nextcloud within one millisecond two win now and then (3 of 248 rounds; 33.0.2 with SQLite). So seldom
        // it tells nothing about this server, and would decide by chance; a name that is there it never gives away.
        if proves && put_if_new == Heed::Alone {
            put_if_new = Heed::Always;
        }
        if !is_nginx && !is_lighttpd {
            moves = moves.min(Heed::Alone);
        }
        Ok(Habits { server, put_if_new, moves, keeps_halves, proves, dates })
    }

    /// Asks for a name that is taken, then for new ones with rivals. Each has its file `ready` before all ask at once.
    fn heed(&self, kind: &str, ready: &Ready<'_>, take: &Take<'_>) -> Result<Heed, Fault> {
        let name = format!("{kind}-taken");
        self.put(&name, b"old", false)?;
        ready(&name, b"new")?;
        take(&name, b"new")?;
        if self.content(&name)? != b"old" {
            return Ok(Heed::None);
        }
        for round in 0..ROUNDS {
            if self.cancel.is_cancelled() {
                return Err(Fault::Cancelled);
            }
            let name = &format!("{kind}-{round}");
            let start = &Barrier::new(RIVALS);
            let rival = |number: usize| {
                let bytes = format!("rival {number}");
                let is_ready = ready(name, bytes.as_bytes());
                start.wait();
                is_ready.and_then(|()| take(name, bytes.as_bytes()))
            };
            let won = thread::scope(|scope| {
                let rivals: Vec<_> = (0..RIVALS).map(|number| scope.spawn(move || rival(number))).collect();
                rivals.into_iter().map(|rival| rival.join().unwrap_or(Err(Fault::Cancelled))).collect::<Vec<_>>()
            });
            // Whoever is told that it went well believes to have the name.
            let is_winner =
                |answer: &Result<Answer, Fault>| answer.as_ref().is_ok_and(|it| (200..300).contains(&it.status));
            if won.iter().filter(|answer| is_winner(answer)).count() > 1 {
                return Ok(Heed::Alone);
            }
        }
        Ok(Heed::Always)
    }

    fn rename(&self, from: &str, to: &str) -> Result<Answer, Fault> {
        self.client.ask(moving(self.client, &self.room.join(from), &self.room.join(to))?)
    }

    fn put(&self, name: &str, bytes: &[u8], only_if_new: bool) -> Result<Answer, Fault> {
        let mut request = Request::new("PUT", self.client.at(&self.room.join(name))?)
            .header("X-Hash", "sha1")
            .header("X-OC-Mtime", DATED.to_string());
        if only_if_new {
            request = request.header("If-None-Match", "*");
        }
        let mut reader = bytes;
        self.client.ask(request.bytes(&mut reader, bytes.len() as u64))
    }

    fn content(&self, name: &str) -> Result<Vec<u8>, Fault> {
        let path = self.room.join(name);
        let facts = look(self.client, &path)?;
        let mut content = Vec::new();
        let reader = bytes(self.client, &path, &facts, 0, facts.size.unwrap_or_default())?;
        let read = reader.take(1024).read_to_end(&mut content);
        read.map_err(|error| super::client::cut(self.client.address().host(), &error))?;
        Ok(content)
    }

    /// Whether a name is there after the upload of its file broke off.
    fn keeps_halves(&self) -> Result<bool, Fault> {
        let name = self.room.join("half");
        let mut half = Broken { left: BROKEN_OFF / 2 };
        let request = Request::new("PUT", self.client.at(&name)?).header("If-None-Match", "*");
        // It is meant to fail.
        let _ = self.client.ask(request.bytes(&mut half, BROKEN_OFF));
        thread::sleep(DONE_WITH);
        match look(self.client, &name) {
            Ok(_) => Ok(true),
            Err(Fault::Gone) => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

/// 2001-09-09, which no clock tells.
const DATED: i64 = 1_000_000_000;

/// Gives some bytes and then fails, as a disk that is pulled out.
struct Broken {
    left: u64,
}

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("it breaks off on purpose"));
        }
        let length = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        buffer[..length].fill(b'x');
        self.left -= length as u64;
        Ok(length)
    }
}
