//! Who we are to a server. What is secret of it is shown nowhere.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ureq::http::HeaderValue;

/// A word that nobody may read in a log, a page, an error.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the word.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// How we say who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// The server asks nobody.
    Nobody,
    /// A user with a password; on Nextcloud one that was made for this program alone.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A bearer token.
    Token(Secret),
}

impl Credentials {
    /// The header that says it; `None` for nobody, or for a word that no header can hold.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = match self {
            Self::Nobody => return None,
            Self::Password { user, password: Secret(password) } => {
                format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
            }
            Self::Token(Secret(token)) => format!("Bearer {token}"),
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_sent_and_never_shown() {
        let password = Secret::new("open sesame");
        let who = Credentials::Password { user: "Aladdin".into(), password };
        // The example of RFC 7617.
        assert_eq!(who.header().expect("a header"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let token = Credentials::Token(Secret::new("open sesame"));
        for shown in [format!("{who:?}"), format!("{token:?}"), format!("{:?} {:?}", who.header(), token.header())] {
            assert!(!shown.contains("sesame") && !shown.contains("QWxh"), "{shown}");
        }
        assert_eq!(Credentials::Token(Secret::new("a\r\nHost: b")).header(), None);
    }
}
