//! What this machine is called, and at which addresses it is reached.

use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

/// Longer than any file of a resolver, in bytes.
const LARGEST: u64 = 1 << 16;

/// Its own name.
pub fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase()
}

/// The names that others on the network may call it by: its own, short and long, as `nas`, `nas.local` (which needs no server of
/// names) and `nas.fritz.box` (where the network has a domain).
pub fn names() -> Vec<String> {
    let resolver = crate::whole::read("/etc/resolv.conf".as_ref(), LARGEST).unwrap_or_default();
    names_of(&name(), &resolver)
}

fn names_of(name: &str, resolver: &str) -> Vec<String> {
    let short = name.split('.').next().unwrap_or_default();
    if short.is_empty() || short == "localhost" {
        return Vec::new();
    }
    let lines = resolver.lines().filter_map(|line| line.split_once(char::is_whitespace));
    let domains =
        lines.filter(|(key, _)| matches!(*key, "search" | "domain")).flat_map(|(_, rest)| rest.split_whitespace());
    let domains = domains.map(|domain| domain.trim_matches('.')).filter(|domain| !domain.is_empty());
    let mut names = vec![short.to_owned(), format!("{short}.local"), name.to_owned()];
    names.extend(domains.map(|domain| format!("{short}.{}", domain.to_ascii_lowercase())));
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Its addresses that others may reach, those of networks inside it (containers, virtual machines) last.
pub fn addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = getifaddrs() else { return Vec::new() };
    let mut found: Vec<(bool, IpAddr)> = Vec::new();
    for interface in interfaces.filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP)) {
        let Some(address) = interface.address else { continue };
        let v4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
        let v6 = address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip()));
        let is_inner = ["docker", "br-", "veth", "virbr", "podman", "cni"]
            .iter()
            .any(|of| interface.interface_name.starts_with(of));
        found.extend(v4.or(v6).filter(is_reached).map(|address| (is_inner, address)));
    }
    found.sort_by_key(|(is_inner, address)| (*is_inner, address.is_ipv6()));
    found.into_iter().map(|(_, address)| address).collect()
}

/// An address of a link only is no address without the name of the link, which no browser takes.
fn is_reached(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local() && !address.is_unspecified(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_its_name_and_those_of_its_network() {
        let resolver = "# by the router\nnameserver 192.168.178.1\nsearch fritz.box Home.Arpa.\n";
        assert_eq!(names_of("nas", resolver), ["nas", "nas.local", "nas.fritz.box", "nas.home.arpa"]);
        assert_eq!(names_of("nas.example.org", "domain example.org"), ["nas", "nas.local", "nas.example.org"]);
        assert!(names_of("localhost", resolver).is_empty() && names_of("", resolver).is_empty());
    }
}
