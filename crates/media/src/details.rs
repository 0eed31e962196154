//! What people wrote or a device noted about a photo, in whichever side's words.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// A place on Earth in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Hash for Location {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        [self.latitude, self.longitude].map(f64::to_bits).hash(hasher);
    }
}

impl Location {
    /// A place with finite coordinates on Earth; Photos writes −180/−180 for none, and cameras 0/0 for no fix.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        (on_earth && (latitude, longitude) != (0.0, 0.0)).then_some(Self { latitude, longitude })
    }
}

/// What people wrote or a device noted about an asset.
#[derive(Debug, Clone, PartialEq, Hash, Default)]
pub struct Details {
    /// The title; never empty.
    pub title: Option<String>,
    /// The description, which Photos calls caption; never empty.
    pub description: Option<String>,
    /// Keywords in the library's order.
    pub keywords: Vec<String>,
    /// Where it was taken.
    pub location: Option<Location>,
    /// Marked as favourite.
    pub favorite: bool,
    /// Stars, one to five, where somebody gave any: Photos has them from macOS 27 on.
    pub rating: Option<u8>,
}
