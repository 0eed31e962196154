//! What a motion photo of a folder is, and what it would be as a Live Photo: both files are made, and nothing of them is kept.

use std::io::{self, Read, Seek};

use photobridge_media::live;

use super::Opened;
use crate::fingerprint::{Fingerprint, Hasher, PairIdentity};

/// The identity of the two files that a motion photo with this identity and length would be.
pub fn pair(mut file: impl Read + Seek, (whole, size): (Fingerprint, u64)) -> io::Result<Option<PairIdentity>> {
    let Some(pair) = live::pair(&mut file, size, whole.as_bytes())? else { return Ok(None) };
    let (mut still, mut movie) = (Hasher::new(), Hasher::new());
    pair.still.write(&mut file, &mut still)?;
    pair.movie.write(&mut file, &mut movie)?;
    Ok(Some(PairIdentity { still: still.finish(), movie: movie.finish() }))
}

/// The identity of a file, and of the two that it would be; nothing of one that can be no Live Photo. An error where the file
/// changes meanwhile.
pub fn look(mut file: &mut dyn Opened) -> io::Result<(Fingerprint, Option<PairIdentity>)> {
    let before = file.state()?.stamp;
    file.rewind()?;
    let (whole, size) = Fingerprint::of_reader(&mut *file)?;
    let pair = pair(&mut file, (whole, size))?;
    if file.state()?.stamp != before {
        return Err(io::Error::other("it changed while it was being looked at"));
    }
    Ok((whole, pair))
}
