//! Confirms imports: what the library holds is what was sent.

use crate::asset::{Asset, ResourceRole, Whereabouts};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::library::{Library, LibraryError};
use crate::progress::Cancel;

/// Compares each file of an asset that was read back with what was sent, by identity.
pub(super) fn confirm(
    library: &mut dyn Library,
    found: Result<Option<Asset>, &LibraryError>,
    sent: &[(ResourceRole, Fingerprint, u64)],
) -> Result<(), String> {
    let unconfirmed = |why: String| {
        format!(
            "it was passed to the library, but not found complete there ({why}). It stays in the folder; the next sync checks again"
        )
    };
    let asset = match found {
        Ok(Some(asset)) => asset,
        Ok(None) => return Err(unconfirmed("no such asset".into())),
        Err(error) => return Err(unconfirmed(error.to_string())),
    };
    for (role, fingerprint, size) in sent.iter().filter(|(role, ..)| is_kept(&asset, *role)) {
        match stored_bytes(library, &asset, *role) {
            Ok((stored, length)) if stored == *fingerprint && length == *size => {}
            Ok(_) => return Err(unconfirmed("other bytes were stored".into())),
            Err(why) => return Err(unconfirmed(why)),
        }
    }
    Ok(())
}

/// Whether a library that took this file has it as a file: of a sidecar or a recipe it may only take the words.
pub(super) fn is_kept(asset: &Asset, role: ResourceRole) -> bool {
    role.is_picture() || asset.resource(role).is_some()
}

/// Identity and size of what the library holds, computed where it stores none.
pub(super) fn stored_bytes(
    library: &mut dyn Library,
    asset: &Asset,
    role: ResourceRole,
) -> Result<(Fingerprint, u64), String> {
    let resource = asset.resource(role).ok_or("a file is missing")?;
    let is_at_hand = match resource.whereabouts {
        Whereabouts::Here => true,
        Whereabouts::Cloud => library.properties().fetches,
        Whereabouts::Missing | Whereabouts::Unreachable | Whereabouts::Unread => false,
    };
    if !is_at_hand {
        return Err("a file is missing".into());
    }
    if let (Some(fingerprint), Some(size)) = (resource.fingerprint, resource.size) {
        return Ok((fingerprint, size));
    }
    let mut hasher = Hasher::new();
    let length = library.read(asset, role, &mut hasher, &Cancel::new()).map_err(|error| error.to_string())?;
    Ok((hasher.finish(), length))
}
