//! Where a folder lies on a server, and which of the names that the server tells lie in it.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicode_normalization::UnicodeNormalization;
use ureq::http::uri::Authority;

/// What stands for itself in an address (RFC 3986); all else is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of a folder on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `https://cloud.example:8443`.
    origin: String,
    host: String,
    /// The way from there to the folder, decoded.
    base: Vec<String>,
}

/// Why an address cannot be a folder's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is none of the web.
    #[error(
        "{0} is not the address of a folder on a server, such as https://cloud.example/remote.php/dav/files/me/Photos"
    )]
    NotOfTheWeb(String),
    /// It holds a user or a password, which would lie open in the settings.
    #[error(
        "leave user and password out of the address: you will be asked for them, and they are stored apart from the settings"
    )]
    NamesAUser,
    /// What is sent could be read on the way.
    #[error(
        "http:// is not encrypted: others could read the photos and the password on their way to {0}. Use https://, or set \
         allow_http = true if you trust that network"
    )]
    Open(String),
}

impl Address {
    /// Reads what a person typed. `allow_http` lets addresses through whose way can be listened to; to this computer itself
    /// that way is short.
    pub fn read(text: &str, allow_http: bool) -> Result<Self, AddressError> {
        let not_of_the_web = || AddressError::NotOfTheWeb(text.to_owned());
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(not_of_the_web)?;
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(AddressError::NamesAUser);
        }
        let authority: Authority = authority.parse().map_err(|_| not_of_the_web())?;
        let host = authority.host().to_ascii_lowercase();
        let is_here = host == "localhost" || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback()) || host == "[::1]";
        match scheme.as_str() {
            "https" => {}
            "http" if is_here || allow_http => {}
            "http" => return Err(AddressError::Open(host)),
            _ => return Err(not_of_the_web()),
        }
        let is_more_than_a_path = host.is_empty() || path.contains(['?', '#']);
        let base = segments(path).filter(|_| !is_more_than_a_path).ok_or_else(not_of_the_web)?;
        Ok(Self { origin: format!("{scheme}://{}", authority.as_str().to_ascii_lowercase()), host, base })
    }

    /// The name of the server.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address of what lies at a path below the folder; `None` for a path that no address can say, or that leaves the
    /// folder.
    pub fn of(&self, inside: &Path) -> Option<String> {
        let mut address = self.to_string();
        for component in inside.components() {
            let Component::Normal(name) = component else { return None };
            address.push('/');
            address.extend(utf8_percent_encode(name.to_str()?, ENCODED));
        }
        Some(address)
    }

    /// The path below the folder that a server means by `href`: empty for the folder itself, `None` for what does not lie in
    /// it. Which server a full address names makes no difference, as none is ever asked by it: proxies let servers tell
    /// names that only they know.
    pub fn inside(&self, href: &str) -> Option<PathBuf> {
        let path = match href.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/')?..],
            None => href,
        };
        let told = segments(path.strip_prefix('/')?)?;
        let is_inside = told.len() >= self.base.len() && told.iter().zip(&self.base).all(|(a, b)| is_one_name(a, b));
        is_inside.then(|| told[self.base.len()..].iter().collect())
    }
}

/// Whether two names are one to a server: Nextcloud tells names in another normal form than they were given in.
pub(super) fn is_one_name(one: &str, other: &str) -> bool {
    one == other || one.nfc().eq(other.nfc())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        for name in &self.base {
            write!(f, "/{}", utf8_percent_encode(name, ENCODED))?;
        }
        Ok(())
    }
}

/// The names of a path, decoded; `None` where one of them is none that a file can have.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    let decoded = |segment: &str| {
        let name = percent_decode_str(segment).decode_utf8().ok()?;
        let is_name = !matches!(&*name, "" | "." | "..") && !name.contains(['/', '\0']);
        is_name.then(|| name.into_owned())
    };
    path.split('/').map(decoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photos() -> Address {
        Address::read("https://Cloud.Example/remote.php/dav/files/me/My%20Photos/", false).expect("an address")
    }

    #[test]
    fn a_path_becomes_an_address_and_comes_back() {
        let address = photos();
        let base = "https://cloud.example/remote.php/dav/files/me/My%20Photos";
        for (path, encoded) in [
            ("", ""),
            ("a.jpg", "/a.jpg"),
            ("2024/07/IMG 1+2;3&4'(5).jpg", "/2024/07/IMG%201%2B2%3B3%264%27%285%29.jpg"),
            ("é/100%.jpg", "/%C3%A9/100%25.jpg"),
            ("a?b#c.jpg", "/a%3Fb%23c.jpg"),
        ] {
            let whole = address.of(Path::new(path)).expect("an address");
            assert_eq!(whole, format!("{base}{encoded}"));
            assert_eq!(address.inside(&whole).as_deref(), Some(Path::new(path)));
        }
        assert_eq!(address.of(Path::new("../a.jpg")), None);
        assert_eq!(address.of(Path::new("/etc/passwd")), None);
    }

    #[test]
    fn names_are_one_however_a_server_encodes_them() {
        let inside = |href: &str| photos().inside(href);
        let base = "/remote.php/dav/files/me/My%20Photos";
        let plain = Path::new("b+c;d'(e)é.jpg");
        for told in [
            "/b+c;d'(e)é.jpg",
            "/b%2Bc%3Bd%27%28e%29%C3%A9.jpg",
            "/b%2bc%3bd%27%28e%29%c3%a9.jpg",
            "/b+c;d%27%28e%29%c3%a9.jpg",
        ] {
            assert_eq!(inside(&format!("{base}{told}")).as_deref(), Some(plain), "{told}");
            assert_eq!(inside(&format!("http://inner:8080{base}{told}")).as_deref(), Some(plain), "{told}");
        }
        assert_eq!(inside(&format!("{base}/")).as_deref(), Some(Path::new("")));
        assert_eq!(inside("/remote.php/dav/files/me/My Photos/2024/").as_deref(), Some(Path::new("2024")));
        // The base is one name in both normal forms.
        let address = Address::read("https://a/e%CC%81", false).expect("an address");
        assert_eq!(address.inside("/%C3%A9/a.jpg").as_deref(), Some(Path::new("a.jpg")));
    }

    #[test]
    fn what_does_not_lie_in_the_folder_is_none_of_it() {
        let base = "/remote.php/dav/files/me/My%20Photos";
        for told in [
            "/remote.php/dav/files/me/",
            "/remote.php/dav/files/you/My%20Photos/a.jpg",
            "/remote.php/dav/files/me/My%20Photos2/a.jpg",
            &format!("{base}/../Other/a.jpg"),
            &format!("{base}/%2e%2e/a.jpg"),
            &format!("{base}/a%2f..%2fb.jpg"),
            &format!("{base}/."),
            &format!("{base}//a.jpg"),
            &format!("{base}/a%00.jpg"),
            &format!("{base}/%ff.jpg"),
            "a.jpg",
            "",
            "https://cloud.example",
        ] {
            assert_eq!(photos().inside(told), None, "{told}");
        }
    }

    #[test]
    fn what_is_no_safe_address_is_said() {
        let read = |text: &str| Address::read(text, false);
        assert_eq!(read("https://me:secret@cloud.example/a"), Err(AddressError::NamesAUser));
        assert_eq!(read("http://cloud.example/a"), Err(AddressError::Open("cloud.example".into())));
        assert_eq!(
            read("http://127.0.0.1.evil.example/a").map(drop),
            Err(AddressError::Open("127.0.0.1.evil.example".into()))
        );
        assert!(Address::read("http://cloud.example/a", true).is_ok());
        for here in ["http://127.0.0.1:8080/a", "http://localhost/a", "http://[::1]:81/a"] {
            assert!(read(here).is_ok(), "{here}");
        }
        for none in
            ["cloud.example/a", "/home/me/Photos", "ftp://a/b", "https://", "https://a/b?c", "https://a/%2e%2e/b"]
        {
            assert!(matches!(read(none), Err(AddressError::NotOfTheWeb(_))), "{none}");
        }
    }
}
