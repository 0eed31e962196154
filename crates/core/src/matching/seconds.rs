//! Photos by the seconds in which they were taken: sorted, as a household has one or two of most seconds.

use photobridge_media::capture::CaptureTime;

use super::questions;
use super::words::is_comparable;
use crate::asset::Asset;
use crate::item::Item;

/// Positions of photos of one side, each with a second that it tells, in order.
pub(super) struct Seconds(Vec<(i64, u32)>);

/// The photos of one second.
pub(super) type OfSecond<'a> = &'a [(i64, u32)];

impl Seconds {
    /// Of items, as far as they can be compared.
    pub(super) fn of_items(items: &[Item]) -> Self {
        let told = |item: &Item| questions::told(item.primary()).filter(|_| is_comparable(item));
        Self::of(items.iter().map(|item| seconds_of(told(item))))
    }

    /// Of assets.
    pub(super) fn of_assets(assets: &[Asset]) -> Self {
        Self::of(assets.iter().map(|asset| seconds_of(asset.taken())))
    }

    fn of(all: impl Iterator<Item = [Option<i64>; 2]>) -> Self {
        let each = (0..).zip(all).flat_map(|(position, seconds)| seconds.map(|second| Some((second?, position))));
        let mut seconds: Vec<(i64, u32)> = each.flatten().collect();
        seconds.sort_unstable();
        Self(seconds)
    }

    /// Those of each second.
    pub(super) fn each(&self) -> impl Iterator<Item = (i64, OfSecond<'_>)> {
        self.0.chunk_by(|one, other| one.0 == other.0).map(|of_second| (of_second[0].0, of_second))
    }

    /// Those of one second.
    pub(super) fn at(&self, second: i64) -> OfSecond<'_> {
        let from = self.0.partition_point(|(other, _)| *other < second);
        let rest = &self.0[from..];
        &rest[..rest.iter().take_while(|(other, _)| *other == second).count()]
    }
}

/// The second of a capture time on each clock that it knows.
pub(super) fn seconds_of(time: Option<CaptureTime>) -> [Option<i64>; 2] {
    let [wall, instant] = time.map_or([None; 2], |time| [time.wall_second(), time.instant_second()]);
    [wall, instant.filter(|instant| Some(*instant) != wall)]
}
