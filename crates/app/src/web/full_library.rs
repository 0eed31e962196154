//! The whole library into the folder, once: what that would be is simulated first, and said before it is done.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use photobridge_core::notices::has_room;
use photobridge_core::run::{Command, StartedBy};

use super::App;
use super::gate::{Sent, Visitor};
use super::photos::{self, Dialog};
use crate::run::Ask;

/// From so many photos or bytes on, one should know that it takes long.
const MANY: u64 = 5_000;
const LARGE: u64 = 50_000_000_000;

/// How much would go out.
pub enum Extent {
    /// It is being counted.
    Unknown,
    /// It was counted by this simulation.
    Known {
        /// The simulation.
        plan: i64,
        /// Photos.
        photos: u64,
        /// Their bytes.
        bytes: u64,
        /// Bytes that are free where they go, where anybody tells.
        free: Option<u64>,
    },
}

impl Extent {
    /// Whether it fits.
    pub fn has_room(&self) -> bool {
        matches!(self, Self::Known { bytes, free, .. } if free.is_none_or(|free| has_room(*bytes, free)))
    }

    /// Whether it will take long.
    pub fn is_large(&self) -> bool {
        matches!(self, Self::Known { photos, bytes, .. } if *photos >= MANY || *bytes >= LARGE)
    }
}

/// Begins to count.
pub async fn count(State(app): State<App>, sent: Sent) -> Response {
    let ask = Ask { full_library: true, ..Ask::plain(Command::Simulate, StartedBy::Page) };
    photos::begin(&app, &sent, ask, "/full-library")
}

/// The dialog.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Result<Response, Response> {
    photos::with(app, visitor, |shell, status| {
        let extent = match (&shell.live.running, &status.counted) {
            (Some(_), _) => Extent::Unknown,
            (None, Some(counted)) => {
                let export = counted.export.as_ref()?;
                Extent::Known {
                    plan: counted.run.0,
                    photos: export.planned,
                    bytes: export.bytes,
                    free: counted.free_bytes,
                }
            }
            (None, None) => return None,
        };
        Some(Dialog::FullLibrary(extent))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::Extent;

    #[test]
    fn a_server_that_tells_no_room_stands_in_nobodys_way() {
        for (free, fits) in [(None, true), (Some(1), false), (Some(1 << 40), true)] {
            let extent = Extent::Known { plan: 1, photos: 1, bytes: 4_000_000, free };
            assert_eq!(extent.has_room(), fits, "{free:?}");
        }
    }
}
