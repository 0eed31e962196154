//! Under which names and addresses the server may be called.

use std::net::{IpAddr, Ipv6Addr};

/// What a `Host`, or an origin behind its `//`, calls the host: without a port, in lower case, without a last dot. A port
/// never matters: a tunnel, a container or a proxy may have any.
pub fn host_of(authority: &str) -> Option<String> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, port)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_ended = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (is_ended && !host.is_empty() && host.bytes().all(is_plain)).then(|| host.to_ascii_lowercase())
}

/// Whether a host is this machine, as it calls itself.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the server is called.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// What people said.
    given: Vec<String>,
    /// What the machine says of itself, names and addresses.
    own: Vec<String>,
}

impl Names {
    /// The names that people gave, with or without a port, and those of the machine.
    pub fn new(given: &[String], own: &[String]) -> Self {
        let hosts = |names: &[String]| names.iter().filter_map(|name| host_of(name)).collect();
        let own = own.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { given: hosts(given), own }
    }

    /// Whether a page of this host is one of ours. Who has to give a password may also come by the machine's own names.
    pub fn are_ours(&self, host: &str, has_password: bool) -> bool {
        let is_one = |names: &[String]| names.iter().any(|name| name == host);
        is_loopback(host) || is_one(&self.given) || (has_password && is_one(&self.own))
    }

    /// Whether we may be called so. To make a browser call us by an address that is not ours, a page would need a name that
    /// leads here (DNS rebinding), and then that name is what we are called: so where a password is asked for any address is
    /// good, whatever stands between.
    pub fn may_be_called(&self, host: &str, has_password: bool) -> bool {
        self.are_ours(host, has_password) || (has_password && host.parse::<IpAddr>().is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_read_without_its_port() {
        for (authority, host) in [
            ("nas.local", Some("nas.local")),
            ("NAS.Local.:8443", Some("nas.local")),
            ("192.168.1.20:27731", Some("192.168.1.20")),
            ("[fd00::20]:27731", Some("fd00::20")),
            ("[::1]", Some("::1")),
            ("", None),
            (":27731", None),
            ("nas.local:", None),
            ("nas.local:80:80", None),
            ("nas.local:x", None),
            ("[fd00::20", None),
            ("[nas.local]", None),
            ("me@nas.local", None),
            ("nas.local/path", None),
            ("\0", None),
        ] {
            assert_eq!(host_of(authority).as_deref(), host, "{authority:?}");
        }
    }

    #[test]
    fn without_a_password_only_what_was_said_counts() {
        let names =
            Names::new(&["photos.example.org:8443".into()], &["nas".into(), "nas.local".into(), "192.168.1.20".into()]);
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1", "photos.example.org"] {
            assert!(names.may_be_called(host, false) && names.are_ours(host, false), "{host}");
        }
        for host in ["nas", "nas.local", "192.168.1.20"] {
            assert!(!names.may_be_called(host, false), "{host}");
            assert!(names.may_be_called(host, true) && names.are_ours(host, true), "{host}");
        }
        for host in ["10.0.0.7", "fd00::20"] {
            assert!(!names.may_be_called(host, false), "{host}");
            assert!(
                names.may_be_called(host, true) && !names.are_ours(host, true),
                "{host}: called so, and no page of ours"
            );
        }
        for host in ["evil.example", "nas.local.evil.example", "localhost.evil.example", "xnas"] {
            assert!(!names.may_be_called(host, true) && !names.are_ours(host, true), "{host}");
        }
    }
}
