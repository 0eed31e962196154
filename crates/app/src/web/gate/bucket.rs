//! How often something may be asked for: by all together, and by each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Addresses that are remembered at once.
const ADDRESSES: usize = 2000;

/// A bucket that drips: so many at once, and so many a second.
#[derive(Debug)]
pub struct Bucket {
    full: f64,
    a_second: f64,
    left: f64,
    at: Option<Instant>,
}

impl Bucket {
    /// One that is full.
    pub fn new(full: f64, a_second: f64) -> Self {
        Self { full, a_second, left: full, at: None }
    }

    /// Takes one out, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let since = self.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.left = (self.left + since.as_secs_f64() * self.a_second).min(self.full);
        self.at = Some(now);
        let has_one = self.left >= 1.0;
        if has_one {
            self.left -= 1.0;
        }
        has_one
    }
}

/// Passwords that may be tried. Each address has a bucket of its own, so that nobody keeps others out by trying; all
/// together have one that only many addresses can empty, and from which whoever once knew the password needs nothing.
#[derive(Debug)]
pub struct Tries {
    all: Bucket,
    each: HashMap<IpAddr, Tried>,
}

#[derive(Debug)]
struct Tried {
    bucket: Bucket,
    has_entered: bool,
}

impl Default for Tries {
    fn default() -> Self {
        Self { all: Bucket::new(60.0, 2.0), each: HashMap::new() }
    }
}

impl Tries {
    /// Whether another password may be tried from here now.
    pub fn allow(&mut self, from: IpAddr, now: Instant) -> bool {
        let tried = self.of(from);
        tried.bucket.take(now) && (tried.has_entered || self.all.take(now))
    }

    /// Somebody there knew it.
    pub fn entered(&mut self, from: IpAddr) {
        self.of(from).has_entered = true;
    }

    fn of(&mut self, from: IpAddr) -> &mut Tried {
        let from = neighbourhood(from);
        if self.each.len() >= ADDRESSES && !self.each.contains_key(&from) {
            let rank = |tried: &Tried| (tried.has_entered, tried.bucket.at);
            let least = self.each.iter().min_by_key(|(_, tried)| rank(tried)).map(|(address, _)| *address);
            least.and_then(|address| self.each.remove(&address));
        }
        let fresh = || Tried { bucket: Bucket::new(5.0, 0.2), has_entered: false };
        self.each.entry(from).or_insert_with(fresh)
    }
}

/// Who has one address of IPv6 has all of its network.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn nobody_keeps_others_out() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let allowed = |tries: &mut Tries, from: &str| (0..100).filter(|_| tries.allow(address(from), now)).count();
        assert_eq!(allowed(&mut tries, "10.0.0.66"), 5);
        assert_eq!(allowed(&mut tries, "10.0.0.7"), 5, "another one is not asked to wait");
        assert!(tries.allow(address("10.0.0.66"), now + Duration::from_secs(5)), "and it drips");
        assert_eq!(allowed(&mut tries, "fd00::1"), 5);
        assert_eq!(allowed(&mut tries, "fd00::2"), 0, "the same network of IPv6");
        assert_eq!(allowed(&mut tries, "::ffff:10.0.0.7"), 0, "the same address, written otherwise");
    }

    #[test]
    fn many_addresses_together_are_slowed_down_and_whoever_was_in_is_not() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        tries.entered(address("192.168.1.2"));
        let many = (0..100_000u32).filter(|at| tries.allow(IpAddr::V4((0x0a00_0000 + at).into()), now)).count();
        assert_eq!(many, 60);
        assert!(tries.each.len() <= ADDRESSES);
        assert!(tries.allow(address("192.168.1.2"), now));
    }
}
