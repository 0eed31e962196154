//! Nextcloud's way of making a password for one program: a person opens a link and says yes, and the password comes back.

use std::io::Read;

use serde::Deserialize;

use super::address::Address;
use super::client::{Access, Client, Request};
use super::fault::Fault;
use super::secret::Credentials;

/// An answer that is longer is none.
const LONGEST: u64 = 64 * 1024;

/// A password that is being made.
pub struct Login {
    client: Client,
    token: String,
    endpoint: String,
    /// What the person opens.
    pub link: String,
}

/// What a person granted.
pub struct Granted {
    /// The user.
    pub user: String,
    /// The password of this program alone.
    pub password: String,
}

#[derive(Deserialize)]
struct Begun {
    poll: Poll,
    login: String,
}

#[derive(Deserialize)]
struct Poll {
    token: String,
    endpoint: String,
}

#[derive(Deserialize)]
struct Answered {
    #[serde(rename = "loginName")]
    user: String,
    #[serde(rename = "appPassword")]
    password: String,
}

impl Login {
    /// Asks a Nextcloud at an address, such as `https://cloud.example`, for a link.
    pub fn begin(address: Address) -> Result<Self, Fault> {
        let host = address.host().to_owned();
        let ours = address.to_string();
        let client = Client::new(&Access { address, credentials: Credentials::Nobody, authority: None })?;
        let answer = client.ask(Request::new("POST", format!("{ours}/index.php/login/v2")))?;
        if answer.status != 200 || answer.is_page() {
            return Err(Fault::Permanent(format!("{host} is not a Nextcloud server (it answered {})", answer.status)));
        }
        let strange = || Fault::Permanent(format!("{host} answered the login with something that cannot be read"));
        let Begun { poll, login } = serde_json::from_str(&answer.text(LONGEST)?).map_err(|_| strange())?;
        // Where the password is fetched, and where it is made, is the server itself.
        let is_there = |told: &str| told.strip_prefix(&ours).is_some_and(|rest| rest.starts_with('/'));
        if !is_there(&poll.endpoint) || !is_there(&login) || login.chars().any(char::is_control) {
            return Err(Fault::Permanent(format!("{host} redirects the login to another address. Use that address")));
        }
        Ok(Self { client, token: poll.token, endpoint: poll.endpoint, link: login })
    }

    /// What was granted by now, if anything.
    pub fn granted(&self) -> Result<Option<Granted>, Fault> {
        let form =
            format!("token={}", percent_encoding::utf8_percent_encode(&self.token, percent_encoding::NON_ALPHANUMERIC));
        let mut body: &mut dyn Read = &mut form.as_bytes();
        let request = Request::new("POST", self.endpoint.clone())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .bytes(&mut body, form.len() as u64);
        let answer = self.client.ask(request)?;
        match answer.status {
            200 => {}
            404 => return Ok(None),
            _ => return Err(answer.fault()),
        }
        let strange = |_| Fault::Permanent("the server granted something that cannot be read".into());
        let Answered { user, password } = serde_json::from_str(&answer.text(LONGEST)?).map_err(strange)?;
        Ok(Some(Granted { user, password }))
    }
}
