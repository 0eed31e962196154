//! What words say of two pictures: whether they may be one, and whether something tells one frame of a burst from the next.

use std::path::Path;

use photobridge_media::capture::CaptureTime;
use photobridge_media::header::Header;
use photobridge_media::{self as media, FileKind, tells_of_an_edit};
use smallvec::SmallVec;

use super::fractions::{Fractions, or_zero};
use super::index::upright;
use super::{is_readable, questions};
use crate::asset::{Asset, MediaKind, Resource};
use crate::folder::names::{self, bare_stem, folded};
use crate::item::Item;

/// A picture of an asset that an item may be: its original, or what it is now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Face {
    /// The position of the resource.
    pub(super) resource: u16,
    /// It may be the same coded picture.
    pub(super) coded: bool,
    /// It may be the same shot.
    pub(super) shot: bool,
}

/// What words say of two that may be one.
#[derive(Debug, Clone)]
pub(super) struct Words {
    /// They may be one coded picture with other things written about it.
    pub(super) coded: bool,
    /// They may be one shot, converted or made smaller in bytes.
    pub(super) shot: bool,
    /// The sub-second, the name or a crop that only one picture has tells this one from the next frame.
    pub(super) told: bool,
    /// Both were taken as a second began: that tells, unless another one answers that was, too.
    pub(super) on_the_second: bool,
    /// Both promise one format.
    pub(super) same_format: bool,
    /// Where no picture can be looked at, these words are enough.
    pub(super) alone: bool,
    /// The pictures of the asset that are meant.
    pub(super) faces: SmallVec<[Face; 2]>,
}

/// Whether what the item says of itself may be compared: half files say what whole ones say.
pub(super) fn is_comparable(item: &Item) -> bool {
    is_readable(item) && item.header().is_some_and(|header| header.flaw().is_none())
}

/// What words say of an item and an asset; `None` where they are two.
pub(super) fn words(item: &Item, asset: &Asset, fractions: &Fractions<'_>) -> Option<Words> {
    let (header, name) = (item.header()?, item.primary().name().to_string_lossy());
    let (time, shot) = (questions::told(item.primary())?, asset.taken()?);
    if item.kind != asset.kind || !shot.agrees(&time) || !agree(header.camera.as_ref(), asset.camera.as_ref()) {
        return None;
    }
    // A name that tells no format tells neither that it is another one nor that it is no RAW.
    let same_format = media::same_format(&name, &asset.original_name);
    let is_picture = item.kind == MediaKind::Photo && is_still(&name) && is_still(&asset.original_name);
    let is_by_a_camera = header.captured.is_some_and(|(_, source)| source.is_from_camera()) && header.camera.is_some();
    let may_be_shot = is_picture && is_by_a_camera && header.camera == asset.camera && header.pixels.is_some();
    let faces: SmallVec<[Face; 2]> = faces(header, asset, &name)
        .map(|(resource, is_render, pixels_known)| {
            let is_edit = tells_of_an_edit(&asset.original_name) || (tells_of_an_edit(&name) && !is_render);
            Face { resource, coded: same_format || is_render, shot: may_be_shot && pixels_known && !is_edit }
        })
        .filter(|face| face.coded || face.shot)
        .collect();
    // Without a file of it to look at, the asset may still be it by words.
    let (as_taken, as_shown) =
        (fits(header, asset.pixels) == Some(true), fits(header, asset.current_pixels) == Some(true));
    let is_edit = tells_of_an_edit(&name);
    let may_be_shot = may_be_shot
        && !tells_of_an_edit(&asset.original_name)
        && ((as_taken && !is_edit) || (as_shown && asset.edited));
    // Of a camera that knows no fractions the next frame may have the same second: then only what the next frame has not
    // tells a rendition.
    let is_named_as_it = asset.edited && is_named_as_rendition(&name, &asset.original_name);
    let has_its_crop = asset.edited && !as_taken;
    let is_rendition = is_named_as_it || (!is_edit && (has_its_crop || (asset.edited && tells(shot, time))));
    let words = Words {
        coded: faces.iter().any(|face| face.coded),
        shot: may_be_shot,
        told: tells(shot, time) || is_named_alike(&name, &asset.original_name) || is_named_as_it || has_its_crop,
        on_the_second: fractions.are_zero([time, or_zero(shot)], asset.camera.as_deref()),
        same_format,
        alone: is_rendition || (!same_format && !is_edit),
        faces,
    };
    Some(words).filter(|words| words.coded || words.shot)
}

/// What kind, format and pixels say of an item and an asset of which something else says that they may be one coded picture;
/// `None` where they are two.
pub(super) fn as_coded(item: &Item, asset: &Asset) -> Option<Words> {
    let name = item.primary().name().to_string_lossy();
    let same_format = media::same_format(&name, &asset.original_name);
    let faces: SmallVec<[Face; 2]> = faces(item.header()?, asset, &name)
        .filter(|(_, is_render, _)| same_format || *is_render)
        .map(|(resource, ..)| Face { resource, coded: true, shot: false })
        .collect();
    let words = Words { coded: true, shot: false, told: false, on_the_second: false, same_format, alone: false, faces };
    Some(words).filter(|words| item.kind == asset.kind && !words.faces.is_empty())
}

/// What words say of two files of the folder.
pub(super) fn between_files(one: &Item, other: &Item, fractions: Option<&Fractions<'_>>) -> Option<Words> {
    let (a, b) = (one.header()?, other.header()?);
    let (then, now) = (questions::told(one.primary())?, questions::told(other.primary())?);
    let may_be = one.kind == other.kind
        && then.agrees(&now)
        && agree(a.camera.as_ref(), b.camera.as_ref())
        && agree(a.pixels.map(upright), b.pixels.map(upright));
    if !may_be {
        return None;
    }
    let names = [one, other].map(|item| item.primary().name().to_string_lossy().into_owned());
    let same_format = media::same_format(&names[0], &names[1]);
    let is_by_a_camera = [a, b].iter().all(|header| {
        header.captured.is_some_and(|(_, source)| source.is_from_camera())
            && header.camera.is_some()
            && header.pixels.is_some()
    });
    let told = tells(then, now) || is_named_alike(&names[0], &names[1]);
    let on_the_second = fractions.is_some_and(|fractions| fractions.are_zero([then, now], a.camera.as_deref()));
    let is_picture = one.kind == MediaKind::Photo && names.iter().all(|name| is_still(name) && !tells_of_an_edit(name));
    let words = Words {
        coded: same_format,
        shot: is_picture && is_by_a_camera && (told || on_the_second),
        told,
        on_the_second,
        same_format,
        alone: false,
        faces: SmallVec::new(),
    };
    Some(words).filter(|words| words.coded || words.shot)
}

/// The pictures of an asset that have as many pixels as the file, or may have: each with whether it is the edited one, and
/// whether the numbers are known to be the same.
fn faces<'a>(header: &Header, asset: &'a Asset, name: &str) -> impl Iterator<Item = (u16, bool, bool)> + use<'a> {
    let at =
        |wanted: &Resource| asset.resources.iter().position(|entry| std::ptr::eq(entry, wanted)).unwrap_or(0) as u16;
    let (original, current) = (fits(header, asset.pixels), fits(header, asset.current_pixels));
    let render_fits = asset.render().filter(|render| {
        let locator = Path::new(&*render.locator).extension().and_then(|ending| ending.to_str());
        current != Some(false) && locator.is_none_or(|ending| current == Some(true) || media::same_format(name, ending))
    });
    let original =
        asset.primary().filter(|_| original != Some(false)).map(move |entry| (entry, false, original == Some(true)));
    let render = render_fits.map(move |entry| (entry, true, current == Some(true)));
    original.into_iter().chain(render).map(move |(entry, is_render, known)| (at(entry), is_render, known))
}

/// Whether the file has so many pixels, whichever way up; nothing where one side does not say.
fn fits(header: &Header, pixels: Option<(u32, u32)>) -> Option<bool> {
    Some(upright(pixels?) == upright(header.pixels?))
}

/// Whether two do not contradict each other.
fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// Whether the fraction of the second tells one frame from the next. Some cameras write zeros, always: see [`Fractions`].
fn tells(one: CaptureTime, other: CaptureTime) -> bool {
    one.nanos.zip(other.nanos).is_some_and(|(one, other)| one > 0 && other > 0)
}

/// Whether two files share their names but for the ending: the next frame has another number.
fn is_named_alike(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|name| folded(names::stem(name)));
    one == other && !one.is_empty()
}

fn is_still(name: &str) -> bool {
    // An asset's name may have an ending that is not taken from folders, as a camera's .hif.
    matches!(media::kind_of(Path::new(name)), Some(FileKind::Still | FileKind::Unsupported))
}

/// Whether a file has the asset's name, or that which we or an iPhone give to its edited version: `IMG_1_edited`, `IMG_E1`.
fn is_named_as_rendition(name: &str, original: &str) -> bool {
    let (name, original) = (bare_stem(name), bare_stem(original));
    let of_an_iphone = || Some(format!("img_e{}", original.strip_prefix("img_")?));
    name.strip_suffix("_edited").unwrap_or(&name) == original || of_an_iphone().is_some_and(|edited| edited == name)
}
