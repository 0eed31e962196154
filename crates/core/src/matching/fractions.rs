//! Whether a fraction of zero is one: some cameras write zeros, always, and of a phone one photo in a thousand is taken at the
//! beginning of a second. Libraries do not tell zero from nothing.

use std::sync::OnceLock;

use photobridge_media::capture::CaptureTime;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Sides, questions};

/// So many photos of a camera with other fractions for each with zeros: more zeros than chance makes are written by a program
/// that always writes them.
const FOR_EACH: usize = 50;

/// What cameras write as fractions, counted when that is first asked, which is seldom.
pub(super) struct Fractions<'a> {
    sides: Sides<'a>,
    cameras: OnceLock<FxHashMap<&'a str, Camera>>,
}

/// What one camera wrote, on both sides.
#[derive(Default)]
struct Camera {
    /// Photos with a fraction that is not zero.
    other: usize,
    /// The seconds of photos with zeros.
    zeros: FxHashSet<i64>,
}

impl<'a> Fractions<'a> {
    pub(super) fn of(sides: Sides<'a>) -> Self {
        Self { sides, cameras: OnceLock::new() }
    }

    /// Whether the fractions of two times in one second are zeros that tell as much as any other fraction of this camera.
    pub(super) fn are_zero(&self, times: [CaptureTime; 2], camera: Option<&str>) -> bool {
        let is_zero = times.iter().all(|time| time.nanos == Some(0));
        let Some(camera) = camera.filter(|_| is_zero) else { return false };
        let Some(wrote) = self.cameras.get_or_init(|| self.count()).get(camera) else { return false };
        let here = times.map(second);
        let elsewhere = wrote.zeros.iter().filter(|second| !here.contains(&Some(**second))).count();
        wrote.other > 0 && elsewhere * FOR_EACH <= wrote.other
    }

    fn count(&self) -> FxHashMap<&'a str, Camera> {
        let mut cameras: FxHashMap<&str, Camera> = FxHashMap::default();
        let mut add = |camera: &'a str, time: CaptureTime| match (time.nanos, second(time)) {
            (Some(0), Some(second)) => drop(cameras.entry(camera).or_default().zeros.insert(second)),
            (Some(1..), _) => cameras.entry(camera).or_default().other += 1,
            _ => {}
        };
        for item in self.sides.items {
            let camera = item.header().and_then(|header| header.camera.as_deref());
            if let Some((camera, time)) = camera.zip(questions::told(item.primary())) {
                add(camera, time);
            }
        }
        for asset in self.sides.assets {
            if let Some((camera, time)) = asset.camera.as_deref().zip(asset.taken()) {
                add(camera, or_zero(time));
            }
        }
        cameras
    }
}

/// The time of an asset, whose library writes zero as nothing.
pub(super) fn or_zero(mut time: CaptureTime) -> CaptureTime {
    time.nanos = time.nanos.or(Some(0));
    time
}

fn second(time: CaptureTime) -> Option<i64> {
    time.wall_second().or(time.instant_second())
}
