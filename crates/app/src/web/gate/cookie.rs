//! The cookie that names a session.

use std::path::Path;

use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::Response;
use photobridge_core::fingerprint::Fingerprint;

use crate::web::session::SessionId;

/// What our cookie is called. Two that serve at one host have one name each: browsers tell cookies of a host's ports not apart.
#[derive(Debug)]
pub struct Cookie {
    name: String,
}

/// What browsers keep for HTTPS only and for this very host. It has a name of its own, as they let nobody who comes without
/// HTTPS replace it: that visitor could never log in.
const HTTPS: &str = "__Host-";

impl Cookie {
    /// The cookie of the server of a data directory.
    pub fn of(data: &Path) -> Self {
        let whole = std::fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
        let digest = Fingerprint::of(whole.as_os_str().as_encoded_bytes());
        let short: String = digest.as_bytes().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("photobridge-{short}") }
    }

    /// The sessions that a request names: one, or two where a browser came both ways.
    pub fn values<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(|line| line.split(';')).filter_map(|pair| {
            let pair = pair.trim();
            pair.strip_prefix(HTTPS).unwrap_or(pair).strip_prefix(&self.name)?.strip_prefix('=')
        })
    }

    /// Its name and value.
    pub fn pair(&self, session: &SessionId) -> String {
        format!("{}={}", self.name, session.as_str())
    }

    /// Tells the browser its session. Somebody who follows a link to us brings it along (`Lax`); no other site makes a browser
    /// send it with a form or a picture.
    pub fn set(&self, response: &mut Response, session: &SessionId, is_by_https: bool) {
        let (prefix, secure) = if is_by_https { (HTTPS, "; Secure") } else { ("", "") };
        let cookie = format!("{prefix}{}; Path=/; HttpOnly; SameSite=Lax{secure}", self.pair(session));
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, value);
        }
    }
}
