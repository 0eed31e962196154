//! A model of a server for files: Nextcloud as it was seen to behave, or another one with worse habits.
//!
//! Seen on Nextcloud 32.0.1, Apache's `mod_dav_fs`, lighttpd, nginx and rclone; no outcome here is a guess.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use percent_encoding::percent_decode_str;
use sha1::{Digest, Sha1};
use unicode_normalization::UnicodeNormalization;

use crate::http::{self, Answered, Asked};

/// Where the files of the one user lie.
pub const HOME: &str = "/remote.php/dav/files/me";

/// What the user's name and password look like to the server: `me:xyzzy42`, which no text of ours contains by chance.
const AUTHORIZATION: &str = "Basic bWU6eHl6enk0Mg==";

/// The server's clock stands still.
const NOW: i64 = 1_795_000_000;

/// In what a server differs from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// What it says of itself: its name, and what it knows of WebDAV.
    pub said: (&'static str, &'static str),
    /// File ids, checksums, hashes, dates, marks of directories that climb.
    pub is_nextcloud: bool,
    /// `If-None-Match: *` is heeded.
    pub heeds_if_none_match: bool,
    /// `Overwrite: F` is heeded.
    pub heeds_overwrite: bool,
    /// What is heeded is heeded also where two ask at once.
    pub is_atomic: bool,
    /// The half of an upload that broke off stays, over a file that was there, too.
    pub keeps_halves: bool,
    /// `Range` is understood.
    pub gives_parts: bool,
}

impl Manners {
    /// Nextcloud's.
    pub const NEXTCLOUD: Self = Self {
        said: (
            "Apache/2.4.71 (Debian)",
            "1, 3, extended-mkcol, access-control, calendarserver-principal-property-search",
        ),
        is_nextcloud: true,
        heeds_if_none_match: true,
        heeds_overwrite: true,
        is_atomic: true,
        keeps_halves: false,
        gives_parts: true,
    };
    /// lighttpd's.
    pub const LIGHTTPD: Self = Self { said: ("lighttpd/1.4.69", "1,3"), is_nextcloud: false, ..Self::NEXTCLOUD };
    /// nginx with `dav-ext`.
    pub const NGINX: Self = Self { said: ("nginx/1.22.1", "1"), heeds_if_none_match: false, ..Self::LIGHTTPD };
    /// `mod_dav_fs` of Apache.
    pub const APACHE: Self = Self { said: ("Apache/2.4.71 (Debian)", "1,2"), is_atomic: false, ..Self::LIGHTTPD };
    /// A server that heeds nothing.
    pub const NONE: Self = Self {
        said: ("Thing/1.0", "1"),
        is_nextcloud: false,
        heeds_if_none_match: false,
        heeds_overwrite: false,
        is_atomic: false,
        keeps_halves: true,
        gives_parts: false,
    };
}

/// Something that is answered instead, once, to the next request of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// This status.
    Status(u16),
    /// This status, after the request was carried out.
    StatusAfterwards(u16),
    /// The page of a portal, with 200.
    Page,
    /// A redirect to the page where one logs in.
    LogIn,
    /// The answer, cut off in the middle, under its whole length.
    Half,
    /// A listing of nothing at all, whole and well.
    Nothing,
    /// Bytes of a file that arrive as others.
    Damaged,
}

#[derive(Debug, Clone)]
struct Node {
    id: u64,
    mark: String,
    modified: i64,
    /// `None` for a directory.
    file: Option<Vec<u8>>,
    claimed: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    /// By path below [`HOME`], without a slash at the end; the home is empty.
    nodes: BTreeMap<String, Node>,
    counter: u64,
    troubles: VecDeque<(&'static str, Trouble)>,
    room: Option<u64>,
    is_read_only: bool,
    asked_for_password: usize,
    requests: Vec<String>,
}

/// A running server, and what it holds.
#[derive(Clone)]
pub struct Cloud {
    /// Where it listens.
    pub address: SocketAddr,
    manners: Manners,
    state: Arc<Mutex<State>>,
}

impl Cloud {
    /// A server with one empty folder, `Photos`.
    pub fn start(manners: Manners) -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let cloud = Self { address: ([127, 0, 0, 1], 0).into(), manners, state };
        {
            let mut state = cloud.state();
            state.make("", None, NOW);
            state.make("Photos", None, NOW);
        }
        let of_it = cloud.clone();
        let address = http::serve(Arc::new(move |asked| of_it.answer(&asked)));
        Self { address, ..cloud }
    }

    /// The address of the folder `Photos`, reached at `address`.
    pub fn photos(address: SocketAddr) -> String {
        format!("http://{address}{HOME}/Photos")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no handler panics")
    }

    /// Puts a file there as somebody else would, directories and all.
    pub fn write(&self, path: &str, bytes: &[u8], modified: i64) {
        let mut state = self.state();
        let mut above = String::new();
        for name in path.split('/').collect::<Vec<_>>().split_last().expect("a path").1 {
            above = if above.is_empty() { (*name).to_owned() } else { format!("{above}/{name}") };
            if !state.nodes.contains_key(&above) {
                state.make(&above, None, NOW);
            }
        }
        state.make(path, Some(bytes.to_vec()), modified);
    }

    /// Takes a file or a directory away as somebody else would.
    pub fn remove(&self, path: &str) {
        let mut state = self.state();
        let below = format!("{path}/");
        state.nodes.retain(|found, _| found != path && !found.starts_with(&below));
        state.climb(path);
    }

    /// Makes an empty directory.
    pub fn make_directory(&self, path: &str) {
        self.state().make(path, None, NOW);
    }

    /// Lets nobody write any more.
    pub fn forbid(&self) {
        self.state().is_read_only = true;
    }

    /// All files by their paths, those in the trash left out.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        state.nodes.iter().filter_map(|(path, node)| Some((path.clone(), node.file.clone()?))).collect()
    }

    /// All directories.
    pub fn directories(&self) -> Vec<String> {
        self.state().nodes.iter().filter(|(_, node)| node.file.is_none()).map(|(path, _)| path.clone()).collect()
    }

    /// When a file was modified, and what was claimed of it.
    pub fn said(&self, path: &str) -> Option<(i64, Option<String>)> {
        self.state().nodes.get(path).map(|node| (node.modified, node.claimed.clone()))
    }

    /// Answers the next request of a method by a trouble, once.
    pub fn trouble(&self, method: &'static str, trouble: Trouble) {
        self.state().troubles.push_back((method, trouble));
    }

    /// So many bytes may still be written.
    pub fn room(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// The requests since the last call, as method and path.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    fn answer(&self, asked: &Asked) -> Answered {
        let path = percent_decode_str(&asked.path).decode_utf8_lossy().trim_end_matches('/').to_owned();
        let trouble = {
            let mut state = self.state();
            state.requests.push(format!("{} {path}", asked.method));
            let at = state.troubles.iter().position(|(method, _)| *method == asked.method);
            at.and_then(|at| state.troubles.remove(at)).map(|(_, trouble)| trouble)
        };
        match trouble {
            Some(Trouble::Status(status)) => return Answered::status(status),
            Some(Trouble::StatusAfterwards(status)) => {
                self.carry_out(asked, &path, false);
                return Answered::status(status);
            }
            Some(Trouble::Page) => {
                return Answered::status(200).body("text/html; charset=UTF-8", "<html>Welcome to the hotel</html>");
            }
            Some(Trouble::Nothing) => {
                let text = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"></d:multistatus>"#;
                return Answered::status(207).body("application/xml; charset=utf-8", text);
            }
            Some(Trouble::LogIn) => return Answered::status(302).header("Location", "http://elsewhere.example/login"),
            Some(Trouble::Half) => {
                let mut answered = self.carry_out(asked, &path, false);
                answered.body.truncate(answered.body.len() / 2);
                // Whoever counts the bytes sees that it ended; an XML that ends is no XML.
                return answered;
            }
            _ => {}
        }
        self.carry_out(asked, &path, trouble == Some(Trouble::Damaged))
    }

    fn carry_out(&self, asked: &Asked, path: &str, is_damaged: bool) -> Answered {
        if let Some(rest) = path.strip_prefix("/index.php/login/v2").filter(|_| self.manners.is_nextcloud) {
            return self.log_in(asked, rest);
        }
        if self.manners.is_nextcloud && asked.header("authorization") != Some(AUTHORIZATION) {
            return Answered::status(401);
        }
        let Some(path) = path.strip_prefix(HOME).map(|path| path.trim_start_matches('/')) else {
            return Answered::status(404);
        };
        let path = &self.spelt(path);
        if self.state().is_read_only && matches!(&*asked.method, "PUT" | "MKCOL" | "MOVE" | "DELETE") {
            return Answered::status(403);
        }
        match asked.method.as_str() {
            "OPTIONS" => {
                let (name, dav) = self.manners.said;
                Answered::status(200).header("DAV", dav).header("Server", name)
            }
            "PROPFIND" => self.propfind(asked, path),
            "GET" => self.get(asked, path),
            "PUT" => self.put(asked, path, is_damaged),
            "MKCOL" => self.mkcol(path),
            "MOVE" => self.move_it(asked, path),
            "DELETE" => self.delete(asked, path),
            _ => Answered::status(501),
        }
    }

    /// Login flow v2: a link; then a password, once somebody said yes, which here is after the first question.
    fn log_in(&self, asked: &Asked, rest: &str) -> Answered {
        let here = format!("http://{}/index.php/login/v2", asked.header("host").unwrap_or_default());
        let mut state = self.state();
        match (rest, &*asked.body) {
            ("", _) => {
                state.asked_for_password = 0;
                let text =
                    format!(r#"{{"poll":{{"token":"to+ken","endpoint":"{here}/poll"}},"login":"{here}/flow/abc"}}"#);
                Answered::status(200).body("application/json; charset=utf-8", text)
            }
            ("/poll", b"token=to%2Bken") => {
                state.asked_for_password += 1;
                if state.asked_for_password < 2 {
                    return Answered::status(404).body("application/json", "[]");
                }
                let text = r#"{"server":"http://inside","loginName":"me","appPassword":"xyzzy42"}"#;
                Answered::status(200).body("application/json", text)
            }
            _ => Answered::status(403),
        }
    }

    /// A path as it is there, else in the normal form that Nextcloud gives to new names.
    fn spelt(&self, path: &str) -> String {
        match self.manners.is_nextcloud && !self.state().nodes.contains_key(path) {
            true => path.nfc().collect(),
            false => path.to_owned(),
        }
    }

    fn propfind(&self, asked: &Asked, path: &str) -> Answered {
        let state = self.state();
        if !state.nodes.contains_key(path) {
            return Answered::status(404);
        }
        let depth = asked.header("depth").unwrap_or("1");
        if depth == "infinity" && !self.manners.is_nextcloud {
            return Answered::status(403);
        }
        let is_told = |found: &str| match depth {
            "0" => found == path,
            "1" => found == path || (parent(found) == Some(path)),
            _ => found == path || path.is_empty() || found.starts_with(&format!("{path}/")),
        };
        let mut text =
            String::from(r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">"#);
        for (found, node) in state.nodes.iter().filter(|(found, _)| is_told(found)) {
            self.tell(&mut text, found, node, &state);
        }
        text.push_str("</d:multistatus>");
        Answered::status(207).body("application/xml; charset=utf-8", text)
    }

    fn tell(&self, text: &mut String, path: &str, node: &Node, state: &State) {
        let slash = if node.file.is_none() { "/" } else { "" };
        let kind = if node.file.is_none() { "<d:collection/>" } else { "" };
        let _ = write!(
            text,
            "<d:response><d:href>{}{slash}</d:href><d:propstat><d:prop><d:resourcetype>{kind}</d:resourcetype>\
             <d:getlastmodified>{}</d:getlastmodified><d:getetag>&quot;{}&quot;</d:getetag>",
            encoded(path),
            date(node.modified),
            node.mark,
        );
        if let Some(file) = &node.file {
            let _ = write!(text, "<d:getcontentlength>{}</d:getcontentlength>", file.len());
        }
        if self.manners.is_nextcloud {
            let _ = write!(text, "<oc:fileid>{}</oc:fileid>", node.id);
            if node.file.is_none() {
                let letters = if state.is_read_only { "SRG" } else { "RGDNVCK" };
                let _ = write!(text, "<oc:permissions>{letters}</oc:permissions>");
                let room = state.room.map_or(-3, |room| room as i64);
                let _ = write!(text, "<d:quota-available-bytes>{room}</d:quota-available-bytes>");
            }
            if let Some(claimed) = &node.claimed {
                let _ = write!(text, "<oc:checksums><oc:checksum>{claimed}</oc:checksum></oc:checksums>");
            }
        }
        text.push_str("</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>");
    }

    fn get(&self, asked: &Asked, path: &str) -> Answered {
        let state = self.state();
        let Some(node) = state.nodes.get(path) else { return Answered::status(404) };
        let Some(file) = &node.file else { return Answered::status(405) };
        let quoted = format!("\"{}\"", node.mark);
        if self.manners.is_nextcloud && asked.header("if-match").is_some_and(|mark| mark != quoted) {
            return Answered::status(412);
        }
        let answered = |status| Answered::status(status).header("ETag", quoted.clone());
        let range = asked.header("range").filter(|_| self.manners.gives_parts);
        let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        match range.map(|(from, to)| (from.parse::<usize>(), to.parse::<usize>())) {
            Some((Ok(from), to)) if from < file.len() => {
                let end = to.map_or(file.len(), |to| file.len().min(to + 1));
                let range = format!("bytes {from}-{}/{}", end - 1, file.len());
                answered(206).header("Content-Range", range).body("image/jpeg", &file[from..end])
            }
            Some(_) => answered(416),
            None => answered(200).body("image/jpeg", file.clone()),
        }
    }

    fn put(&self, asked: &Asked, path: &str, is_damaged: bool) -> Answered {
        let state = self.state();
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_refused = name.ends_with(".part") || name.ends_with(".filepart") || name == ".htaccess";
        if self.manners.is_nextcloud && (is_refused || name.contains('\\') || name.len() >= 250) {
            return Answered::status(400);
        }
        if parent(path).is_none_or(|above| !state.nodes.contains_key(above)) {
            return Answered::status(409);
        }
        let before = state.nodes.get(path);
        if before.is_some_and(|node| node.file.is_none()) {
            return Answered::status(409);
        }
        let is_there = before.is_some();
        if is_there && self.manners.heeds_if_none_match && asked.header("if-none-match") == Some("*") {
            return Answered::status(412);
        }
        let mut state = self.hesitate(state);
        let is_chunked = asked.header("transfer-encoding").is_some();
        if asked.is_cut && !self.manners.keeps_halves && !(is_there && is_chunked) {
            return Answered::status(400);
        }
        if state.room.is_some_and(|room| (asked.body.len() as u64) > room) {
            return Answered::status(507);
        }
        let mut bytes = asked.body.clone();
        if let Some(first) = bytes.first_mut().filter(|_| is_damaged) {
            *first ^= 1;
        }
        state.room = state.room.map(|room| room - bytes.len() as u64);
        let sum: String = Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let dated = asked.header("x-oc-mtime").filter(|_| self.manners.is_nextcloud).map(str::parse::<i64>);
        // What it cannot date it keeps all the same.
        let is_undated = dated.as_ref().is_some_and(|dated| !dated.as_ref().is_ok_and(|time| *time > 86400));
        let modified = dated.and_then(Result::ok).filter(|_| !is_undated).unwrap_or(NOW);
        let mark = state.make(path, Some(bytes), modified);
        if is_undated {
            return Answered::status(500);
        }
        let mut answered = Answered::status(if is_there { 204 } else { 201 }).header("ETag", format!("\"{mark}\""));
        if self.manners.is_nextcloud {
            state.nodes.get_mut(path).expect("just made").claimed = asked.header("oc-checksum").map(str::to_owned);
            if asked.header("x-oc-mtime").is_some() {
                answered = answered.header("X-OC-MTime", "accepted");
            }
            if asked.header("x-hash").is_some_and(|kinds| matches!(kinds, "all" | "sha1")) {
                answered = answered.header("X-Hash-SHA1", sum);
            }
            answered = answered.header("OC-FileId", format!("{:08}ocsaid0tolive", state.nodes[path].id));
        }
        answered
    }

    /// Between the look and the deed of a server that does not do both at once, others come.
    fn hesitate<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if self.manners.is_atomic {
            return state;
        }
        drop(state);
        std::thread::sleep(std::time::Duration::from_millis(5));
        self.state()
    }

    fn mkcol(&self, path: &str) -> Answered {
        let mut state = self.state();
        if state.nodes.contains_key(path) {
            return Answered::status(405);
        }
        if parent(path).is_none_or(|above| !state.nodes.contains_key(above)) {
            return Answered::status(409);
        }
        state.make(path, None, NOW);
        Answered::status(201)
    }

    fn move_it(&self, asked: &Asked, path: &str) -> Answered {
        let target = asked.header("destination").and_then(|text| text.split_once("://")?.1.split_once('/'));
        let target = target.map(|(_, path)| percent_decode_str(path).decode_utf8_lossy().into_owned());
        let target = target.and_then(|path| Some(path.strip_prefix(&HOME[1..])?.trim_matches('/').to_owned()));
        let Some(target) = target.map(|target| self.spelt(&target)) else { return Answered::status(400) };
        let state = self.state();
        if !state.nodes.contains_key(path) {
            return Answered::status(404);
        }
        let is_there = state.nodes.contains_key(&target);
        if is_there && self.manners.heeds_overwrite && asked.header("overwrite") == Some("F") {
            return Answered::status(412);
        }
        let mut state = self.hesitate(state);
        let Some(node) = state.nodes.remove(path) else { return Answered::status(404) };
        state.climb(path);
        state.nodes.insert(target.clone(), node);
        state.climb(&target);
        Answered::status(if is_there { 204 } else { 201 })
    }

    fn delete(&self, asked: &Asked, path: &str) -> Answered {
        let mut state = self.state();
        let Some(node) = state.nodes.get(path) else { return Answered::status(404) };
        let quoted = format!("\"{}\"", node.mark);
        if self.manners.is_nextcloud && asked.header("if-match").is_some_and(|mark| mark != quoted) {
            return Answered::status(412);
        }
        let below = format!("{path}/");
        state.nodes.retain(|found, _| found != path && !found.starts_with(&below));
        state.climb(path);
        Answered::status(204)
    }
}

impl State {
    /// Makes a node, or another content of one. Its mark is of what a file is from outside: content of the same length and
    /// date has the same one.
    fn make(&mut self, path: &str, file: Option<Vec<u8>>, modified: i64) -> String {
        self.counter += 1;
        let id = self.nodes.get(path).map_or(self.counter, |node| node.id);
        let mark = match &file {
            Some(bytes) => format!("{id}-{modified}-{}", bytes.len()),
            None => format!("d{}", self.counter),
        };
        self.nodes.insert(path.to_owned(), Node { id, mark: mark.clone(), modified, file, claimed: None });
        self.climb(path);
        mark
    }

    /// Everything above has changed.
    fn climb(&mut self, path: &str) {
        let mut path = path;
        while let Some(above) = parent(path) {
            self.counter += 1;
            let counter = self.counter;
            if let Some(node) = self.nodes.get_mut(above) {
                node.mark = format!("d{counter}");
            }
            path = above;
        }
    }
}

/// The directory in which a path lies; none of the home.
fn parent(path: &str) -> Option<&str> {
    (!path.is_empty()).then(|| path.rsplit_once('/').map_or("", |(above, _)| above))
}

/// As Nextcloud writes names: in lower-case hexadecimal.
fn encoded(path: &str) -> String {
    let mut whole = HOME.to_owned();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        whole.push('/');
        for byte in name.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => whole.push(byte.into()),
                byte => whole.push_str(&format!("%{byte:02x}")),
            }
        }
    }
    whole
}

fn date(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
