//! Where a request comes from: the address of whoever asks, and whether the browser got to us by HTTPS.
//!
//! What a proxy in front says of that is believed of the address only where the proxy was named: everybody can say it.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::header::{self, HeaderMap, HeaderName};

use crate::listen::Peer;

/// What stands for a socket of this machine.
const UNIX: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// A proxy, or a network of them, that is believed who asks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy {
    network: u128,
    bits: u32,
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text} is not an address. Write it like 192.168.1.2 or 172.16.0.0/12, or `unix` for a socket");
        if text == "unix" {
            return Ok(Self { network: number(UNIX), bits: 128 });
        }
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse::<u32>().map_err(|_| wrong()))?;
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { network: number(address), bits: bits + 128 - most })
    }
}

impl Proxy {
    fn has(&self, address: IpAddr) -> bool {
        let differing = number(address) ^ self.network;
        self.bits == 0 || differing >> (128 - self.bits) == 0
    }
}

/// Both kinds of addresses as one number.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// The address of whoever asks: the last one that a proxy of ours was asked from.
pub fn visitor(peer: Peer, headers: &HeaderMap, proxies: &[Proxy]) -> IpAddr {
    let peer = peer.0.unwrap_or(UNIX);
    let is_ours = |address: IpAddr| proxies.iter().any(|proxy| proxy.has(address));
    if !is_ours(peer) {
        return peer.to_canonical();
    }
    let named = headers.get_all(HeaderName::from_static("x-forwarded-for")).iter();
    let named: Vec<&str> = named.filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(',')).collect();
    let asked = named.into_iter().rev().map_while(address).find(|address| !is_ours(*address));
    asked.unwrap_or(peer).to_canonical()
}

/// An address as proxies write it, some with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(address, _)| address);
    let without_port = || text.split_once(':').map(|(address, _)| address)?.parse().ok();
    bare.unwrap_or(text).parse().ok().or_else(without_port)
}

/// Whether the browser came by HTTPS. Whoever lies about it only gets a cookie that their own browser keeps back.
pub fn is_by_https(headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, what: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with(what))
    };
    says(HeaderName::from_static("x-forwarded-proto"), "https") || says(header::ORIGIN, "https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(texts: &[&str]) -> Vec<Proxy> {
        texts.iter().map(|text| text.parse().expect("a proxy")).collect()
    }

    fn asked(peer: Option<&str>, forwarded: &[&str], named: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a value"));
        }
        let peer = Peer(peer.map(|text| text.parse().expect("an address")));
        visitor(peer, &headers, &proxies(named)).to_string()
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        assert_eq!(asked(Some("10.0.0.2"), &["1.2.3.4"], &[]), "10.0.0.2");
        assert_eq!(asked(Some("10.0.0.2"), &["1.2.3.4"], &["10.0.0.3"]), "10.0.0.2");
        assert_eq!(asked(Some("10.0.0.2"), &["1.2.3.4"], &["10.0.0.2"]), "1.2.3.4");
        assert_eq!(asked(Some("::ffff:10.0.0.2"), &["1.2.3.4"], &["10.0.0.0/24"]), "1.2.3.4");
        assert_eq!(asked(None, &["1.2.3.4"], &["unix"]), "1.2.3.4");
        assert_eq!(asked(None, &["1.2.3.4"], &["127.0.0.1"]), "::");
    }

    #[test]
    fn what_the_visitor_wrote_before_the_proxy_is_not_believed() {
        assert_eq!(asked(Some("10.0.0.2"), &["9.9.9.9, 1.2.3.4"], &["10.0.0.2"]), "1.2.3.4");
        assert_eq!(asked(Some("10.0.0.2"), &["9.9.9.9", "1.2.3.4, 10.0.0.9"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(asked(Some("10.0.0.2"), &["9.9.9.9, nonsense"], &["10.0.0.2"]), "10.0.0.2");
        assert_eq!(asked(Some("10.0.0.2"), &["[fd00::7]:4711"], &["10.0.0.2"]), "fd00::7");
        assert_eq!(asked(Some("10.0.0.2"), &["1.2.3.4:4711"], &["10.0.0.2"]), "1.2.3.4");
    }

    #[test]
    fn nonsense_is_no_proxy() {
        for text in ["", "nas", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "10.0.0"] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
        assert!(proxies(&["0.0.0.0/0"])[0].has("8.8.8.8".parse().expect("an address")));
        assert!(!proxies(&["0.0.0.0/0"])[0].has("fd00::1".parse().expect("an address")));
    }
}
