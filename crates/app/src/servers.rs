//! The servers on which folders lie: who we are to each, and how it is reached. That stands in a file which only its owner may
//! read, and never in the settings, which name a folder by its address alone.

use std::io::{self, BufRead, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::{Folder, FolderError};
use photobridge_folders::webdav::address::Address;
use photobridge_folders::webdav::client::Access;
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::learn::{Way, Writers};
use photobridge_folders::webdav::login::{Granted, Login};
use photobridge_folders::webdav::secret::{Credentials, Secret};
use photobridge_folders::webdav::{Opening, WebDav};
use serde::{Deserialize, Serialize};

use crate::places;

/// The file of a data directory that holds passwords.
const FILE: &str = "servers.toml";

/// The directory of what is kept of each server's folder.
const KEEPING: &str = "servers";

/// How long a link to log in with is good for.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

const HEAD: &str = "\
# The servers on which folders of photos lie, and who Photobridge is to each. Passwords are in here: only you may read this
# file. For a server one may also write:
#   single_writer = true          nobody but Photobridge writes there, so that it may, too, where a server cannot keep two apart
#   allow_http = true             everybody on the way may read the photos and the password
#   certificate = \"/path/ca.pem\"  an authority of your own, besides those that this computer believes

";

/// A server as the file has it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    address: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    user: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    password: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    token: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    single_writer: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    allow_http: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<PathBuf>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Servers {
    #[serde(default)]
    server: Vec<Known>,
}

/// Whether a folder's place is an address on a server.
pub fn is_address(place: &Path) -> bool {
    let text = place.to_string_lossy().to_ascii_lowercase();
    text.starts_with("https://") || text.starts_with("http://")
}

/// The one form of an address that a person typed; `None` for what is none.
pub fn place(typed: &str) -> Option<PathBuf> {
    // Whether it may be listened to on the way is judged where it is used.
    is_address(Path::new(typed))
        .then(|| Address::read(typed, true).ok())
        .flatten()
        .map(|address| address.to_string().into())
}

/// What is wrong with an address as a folder's, as far as can be told without asking its server.
pub fn wrong_with(data: &Path, place: &Path) -> Option<String> {
    opening(data, place).err()
}

fn read(data: &Path) -> Result<Servers, String> {
    let path = data.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Servers::default()),
        text => text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?,
    };
    // An error of the reader would show the line, and a password may stand in it.
    toml::from_str(&text)
        .map_err(|_| format!("{} is not written as it should be. Its first lines say how", path.display()))
}

/// How the folder at an address is opened.
fn opening(data: &Path, place: &Path) -> Result<Opening, String> {
    let text = place.to_string_lossy();
    let known = read(data)?.server.into_iter().find(|known| self::place(&known.address).as_deref() == Some(place));
    let Some(known) = known else {
        Address::read(&text, true).map_err(|error| error.to_string())?;
        return Err(format!("log in to the server of {text} with `photobridge config folder {text}`"));
    };
    known.opening(data)
}

/// Asks a person for user and password at an address.
pub type Ask<'a> = dyn Fn(&str) -> io::Result<(String, String)> + 'a;

impl Known {
    /// A server that is new to us, by the name and password that a person gives.
    fn asked(address: String, ask: &Ask<'_>) -> Result<Self, String> {
        let asked = ask(&address).map_err(|error| format!("the password could not be asked for: {error}"));
        let (user, password) = asked?;
        Ok(Self::new(address, user, password))
    }

    fn new(address: String, user: String, password: String) -> Self {
        let (token, certificate) = (String::new(), None);
        Self { address, user, password, token, single_writer: false, allow_http: false, certificate }
    }

    fn opening(self, data: &Path) -> Result<Opening, String> {
        let address = Address::read(&self.address, self.allow_http).map_err(|error| error.to_string())?;
        let credentials = match (self.token.is_empty(), self.user.is_empty()) {
            (false, _) => Credentials::Token(Secret::new(self.token)),
            (true, false) => Credentials::Password { user: self.user, password: Secret::new(self.password) },
            (true, true) => Credentials::Nobody,
        };
        let writers = if self.single_writer { Writers::OnlyUs } else { Writers::Several };
        let name: String = Fingerprint::of(address.to_string().as_bytes()).as_bytes()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let keeping = data.join(KEEPING).join(name);
        Ok(Opening { access: Access { address, credentials, authority: self.certificate }, writers, keeping })
    }
}

/// The folder at an address.
pub fn open(data: &Path, place: &Path) -> Result<WebDav, FolderError> {
    WebDav::open(opening(data, place).map_err(FolderError::Refused)?)
}

/// Makes a server known: asks who we are to it, where that is not known yet, and looks whether the folder is there. What does
/// not work is not kept.
pub fn introduce(data: &Path, place: &Path, ask: &Ask<'_>) -> Result<Vec<String>, String> {
    let text = place.to_string_lossy().into_owned();
    make(data)?;
    let mut servers = read(data)?;
    let at = servers.server.iter().position(|known| self::place(&known.address).as_deref() == Some(place));
    let of_the_account = servers.server.iter().find(|known| is_of_one_account(&known.address, &text));
    let (mut known, mut is_asked) = match (at, of_the_account) {
        (Some(at), _) => (servers.server[at].clone(), false),
        // Another folder of an account that we are logged in to; who else writes there is another question.
        (None, Some(known)) => (Known { address: text, single_writer: false, ..known.clone() }, false),
        (None, None) => {
            // What is loud about an open way comes before a password is typed.
            Address::read(&text, false).map_err(|error| error.to_string())?;
            (Known::asked(text, ask)?, true)
        }
    };
    let mut folder = WebDav::open(known.clone().opening(data)?);
    if matches!(folder, Err(FolderError::Refused(_))) && !is_asked {
        // A password that was withdrawn is asked for anew.
        let Known { user, password, .. } = Known::asked(known.address.clone(), ask)?;
        known = Known { user, password, token: String::new(), ..known };
        folder = WebDav::open(known.clone().opening(data)?);
        is_asked = true;
    }
    let folder =
        folder.map_err(|error| format!("{}. Nothing was changed", unopened(&place.to_string_lossy(), &error)))?;
    if is_asked || at.is_none() {
        servers.server.retain(|other| self::place(&other.address).as_deref() != Some(place));
        servers.server.push(known);
        write(data, &servers)?;
    }
    told(data, &folder)
}

/// Logs in at a Nextcloud, typed as `cloud.example` or `cloud.example/Photos`: a person opens a link, and a password for this
/// program alone comes back. Returns the address of the folder, and what is to be told.
pub fn log_in(data: &Path, typed: &str, show: &dyn Fn(&str)) -> Result<(PathBuf, Vec<String>), String> {
    make(data)?;
    let begun = Begun::at(typed)?;
    show(begun.link());
    let place = loop {
        match begun.granted(data)? {
            Some(place) => break place,
            None => thread::sleep(Duration::from_secs(1)),
        }
    };
    let address = place.to_string_lossy();
    let folder = open(data, &place).map_err(|error| {
        format!(
            "you are logged in, but {}. Afterwards run `photobridge config folder {address}`; no new login is needed, also for \
             another folder of this account",
            unopened(&address, &error)
        )
    })?;
    let told = told(data, &folder)?;
    Ok((place, told))
}

/// A login at a Nextcloud to which a person has yet to say yes.
pub struct Begun {
    login: Login,
    server: Address,
    folder: String,
    since: Instant,
}

impl Begun {
    /// Asks the server for a link.
    pub fn at(typed: &str) -> Result<Self, String> {
        let typed = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
        let (scheme, rest) = typed.split_once("://").unwrap_or_default();
        let (host, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let folder = if folder.is_empty() { "Photos" } else { folder }.to_owned();
        let server = Address::read(&format!("{scheme}://{host}"), false).map_err(|error| error.to_string())?;
        let login = Login::begin(server.clone()).map_err(|error| error.to_string())?;
        Ok(Self { login, server, folder, since: Instant::now() })
    }

    /// What the person opens.
    pub fn link(&self) -> &str {
        &self.login.link
    }

    /// The address of the folder, once access was granted. The password is kept then, whatever comes: one that nobody has would
    /// stay valid on the server, and each try would make another.
    pub fn granted(&self, data: &Path) -> Result<Option<PathBuf>, String> {
        let Granted { user, password } = match self.login.granted() {
            Ok(Some(granted)) => granted,
            Ok(None) | Err(Fault::Retry { .. }) if self.since.elapsed() < PATIENCE => return Ok(None),
            Ok(None) => return Err("access was not granted within 20 minutes. Nothing was changed".into()),
            Err(fault) => return Err(fault.to_string()),
        };
        let inside = Path::new("remote.php/dav/files").join(&user).join(&self.folder);
        let address = self.server.of(&inside).ok_or("the server gave a user name that no address can have")?;
        make(data)?;
        let mut servers = read(data)?;
        servers.server.retain(|other| place(&other.address) != place(&address));
        servers.server.push(Known::new(address.clone(), user, password));
        write(data, &servers)?;
        Ok(Some(address.into()))
    }
}

/// Makes the data directory, shut to others: what is kept of a server goes there before any settings do.
fn make(data: &Path) -> Result<(), String> {
    let unmade = |error: io::Error| format!("{} could not be made: {error}", data.display());
    photobridge_core::data::make(data).map_err(unmade)
}

/// Why the folder at an address cannot be used now, if that is so.
pub fn trouble_with(data: &Path, place: &Path) -> Option<String> {
    open(data, place).err().map(|error| unopened(&place.to_string_lossy(), &error))
}

/// Why a folder on a server could not be opened.
fn unopened(address: &str, error: &FolderError) -> String {
    match error {
        FolderError::Gone => format!("there is no folder {address}: make it on the server, or check how it is spelled"),
        error => error.to_string(),
    }
}

/// Whether two addresses are of one user of one Nextcloud, by the paths that it gives its users.
fn is_of_one_account(one: &str, other: &str) -> bool {
    fn account(address: &str) -> Option<&str> {
        const USERS: &str = "/remote.php/dav/files/";
        let begins = address.find(USERS)? + USERS.len();
        let length = address[begins..].find('/')?;
        Some(&address[..begins + length])
    }
    account(one).is_some_and(|account_of_one| Some(account_of_one) == account(other))
}

fn write(data: &Path, servers: &Servers) -> Result<(), String> {
    let text = toml::to_string(servers).map_err(|error| error.to_string())?;
    let file = data.join(FILE);
    let unwritten = |error: io::Error| format!("{} could not be written: {error}", file.display());
    places::write_private(&file, format!("{HEAD}{text}").as_bytes()).map_err(unwritten)
}

/// What is to be told of a server that is known now.
fn told(data: &Path, folder: &WebDav) -> Result<Vec<String>, String> {
    let who =
        format!("Your login for this server is stored in {}, which only you can read.", data.join(FILE).display());
    Ok(vec![who, crate::words::sentence(&what_it_can(folder)?.1)])
}

/// Asks for user and password: of a person, or in two lines of whoever calls us.
pub fn ask(address: &str) -> io::Result<(String, String)> {
    let mut line = String::new();
    if std::io::stdin().is_terminal() {
        eprint!("User name at {address} (empty if none is needed): ");
        io::stdin().lock().read_line(&mut line)?;
        let user = line.trim().to_owned();
        let password = if user.is_empty() { String::new() } else { rpassword::prompt_password("Password: ")? };
        return Ok((user, password));
    }
    let mut input = io::stdin().lock();
    input.read_line(&mut line)?;
    let user = line.trim().to_owned();
    line.clear();
    input.read_line(&mut line)?;
    Ok((user, line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Whether a server's folder can be written, and why, as is found out by trying: a directory of ours is made there, and removed
/// again.
pub fn what_it_can(folder: &WebDav) -> Result<(bool, String), String> {
    let habits = folder.habits().map_err(|error| error.to_string())?;
    let place = folder.place().display();
    let sure = if habits.proves { "it confirms each upload" } else { "each upload is read back" };
    let way = habits.way(folder.writers());
    let words = match (way, folder.writers()) {
        (Some(Way::PutIfNew), Writers::Several) => {
            format!("the folder {place} can be written to: the server never replaces a file, and {sure}")
        }
        (Some(Way::Move), Writers::Several) => {
            format!("the folder {place} can be written to: the server refuses taken names, and {sure}")
        }
        (Some(_), Writers::OnlyUs) => {
            format!(
                "the folder {place} can be written to: the server works as long as nobody else writes there, and {sure}"
            )
        }
        (None, Writers::Several) => format!(
            "the folder {place} is read-only: this server does not keep two apart who write the same name at once. If nobody but \
             Photobridge writes there, set single_writer = true for it in {FILE}"
        ),
        (None, Writers::OnlyUs) => {
            format!("the folder {place} is read-only: this server would replace existing files")
        }
    };
    Ok((way.is_some(), words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        for typed in ["https://Cloud.example/a b/", "HTTPS://cloud.example/a%20b"] {
            assert_eq!(place(typed).as_deref(), Some(Path::new("https://cloud.example/a%20b")), "{typed}");
        }
        for none in ["/home/me/Photos", "Photos", "https://me:secret@cloud.example/a", "ftp://a/b"] {
            assert_eq!(place(none), None, "{none}");
        }
    }

    #[test]
    fn a_login_is_of_one_account() {
        let of_anna = "https://cloud.example/remote.php/dav/files/anna/Photos";
        for (other, is_hers) in [
            ("https://cloud.example/remote.php/dav/files/anna/Camera/2024", true),
            ("https://cloud.example/remote.php/dav/files/annabel/Photos", false),
            ("https://cloud.example/remote.php/dav/files/ben/Photos", false),
            ("https://cloud.example.org/remote.php/dav/files/anna/Photos", false),
            ("https://cloud.example/other/remote.php/dav/files/anna/Photos", false),
            ("https://cloud.example/webdav/anna/Photos", false),
        ] {
            assert_eq!(is_of_one_account(of_anna, other), is_hers, "{other}");
        }
        assert!(!is_of_one_account("https://nas.example/webdav/a", "https://nas.example/webdav/a"));
    }

    #[test]
    fn a_file_that_is_written_wrong_shows_no_password() {
        let data = tempfile::tempdir().expect("a directory");
        std::fs::write(
            data.path().join(FILE),
            "[[server]]\naddress = \"https://a/b\"\npassword = \"sesame\nuser = 1\n",
        )
        .expect("written");
        let why = wrong_with(data.path(), Path::new("https://a/b")).expect("it is wrong");
        assert!(why.contains(FILE) && !why.contains("sesame"), "{why}");
    }
}
