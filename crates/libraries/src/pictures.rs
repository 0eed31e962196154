//! Still pictures of assets: the small ones that Photos keeps for its own pages, and the stills themselves.

use std::fs::File;
use std::path::Path;

use photobridge_core::asset::{Asset, AssetId, ResourceRole, Whereabouts};
use photobridge_core::library::{ReadError, Readable};

use crate::asset_rows::is_identifier;
use crate::{files, stream};

/// Where Photos keeps pictures that show an asset as it is now, the smallest in front: 360 pixels on the shorter side,
/// about 1024 on the longer, the posters of videos, what is shown at full size. Those of shared albums lie apart, from
/// macOS 12 and before.
const DERIVATIVES: [(&str, &str); 10] = [
    ("resources/derivatives/masters", "_4_5005_c.jpeg"),
    ("resources/derivatives", "_1_105_c.jpeg"),
    ("resources/derivatives", "_1_102_a.jpeg"),
    ("resources/derivatives", "_1_102_o.jpeg"),
    ("resources/derivatives", "_1_100_a.jpeg"),
    ("resources/derivatives", "_1_100_o.jpeg"),
    ("resources/renders", "_1_201_a.jpeg"),
    ("scopes/cloudsharing/resources/derivatives/masters", "_4_5005_c.jpeg"),
    ("resources/cloudsharing/resources/derivatives/masters", "_4_5005_c.jpeg"),
    ("scopes/cloudsharing/resources/derivatives", "_1_105_c.jpeg"),
];

/// The smallest of Photos' own pictures of an asset. An identifier that could be anything else than part of a name
/// has none.
pub(crate) fn derivative(root: &Path, id: &AssetId) -> Option<File> {
    let uuid = Some(&*id.0).filter(|id| is_identifier(id))?;
    DERIVATIVES.into_iter().find_map(|(directory, ending)| {
        let path = files::join(&format!("{directory}/{}", uuid.get(..1)?), &format!("{uuid}{ending}"))?;
        stream::open(root, &path).ok()
    })
}

/// The still of an asset: as edited, else as it was taken.
pub(crate) fn still(root: &Path, asset: &Asset) -> Result<Option<Box<dyn Readable>>, ReadError> {
    let roles = [ResourceRole::RenderedPhoto, ResourceRole::Photo];
    let mut stills = roles.into_iter().filter_map(|role| asset.resource(role));
    let Some(still) = stills.find(|still| still.whereabouts == Whereabouts::Here) else { return Ok(None) };
    match stream::open(root, &still.locator) {
        Ok(file) => Ok(Some(Box::new(file))),
        // Gone since it was looked up.
        Err(ReadError::NotHere) => Ok(None),
        Err(error) => Err(error),
    }
}
