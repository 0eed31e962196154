//! Makes one file of the two of a Live Photo, for an export.

use std::io::{self, Seek};
use std::path::Path;

use photobridge_media::live::{self, Both};

use crate::asset::ResourceRole;
use crate::data::Spool;
use crate::fingerprint::PairIdentity;
use crate::folder::motion;
use crate::item::FolderId;
use crate::ledger::{ConcludedExport, FileState, PictureFact};

/// The motion photo of both halves, to be read from its first byte; or why it can be none. Both come out of it again, or it is
/// not made.
pub(super) fn whole(still: &mut Spool, movie: &mut Spool, data: &Path) -> io::Result<Result<Spool, &'static str>> {
    let ((still_is, still_size), (movie_is, movie_size)) = (still.identity(), movie.identity());
    let made = match live::joined((still.reader(), still_size), (movie.reader(), movie_size))? {
        Ok(made) => made,
        Err(why) => return Ok(Err(why)),
    };
    let mut whole = Spool::new(data);
    made.write(&mut Both::new((still.reader(), still_size), (movie.reader(), movie_size)), &mut whole)?;
    let whole_is = whole.identity();
    let again = motion::pair(whole.reader(), whole_is)?;
    let are_again = again == Some(PairIdentity { still: still_is, movie: movie_is });
    whole.reader().rewind()?;
    Ok(if are_again { Ok(whole) } else { Err("its two files would not come out of the one again") })
}

/// What the motion photos among these exports would be as Live Photos: what they were made of.
pub(super) fn pairs(concluded: &[ConcludedExport]) -> Vec<(FolderId, FileState, PictureFact)> {
    let mut pairs = Vec::new();
    for export in concluded {
        let Some(agreement) = &export.agreement else { continue };
        for fact in &export.written {
            let made = |role| agreement.made.iter().find(|made| made.role == role).map(|made| made.fingerprint);
            let role = agreement.files.iter().find(|file| file.path == fact.path).map(|file| file.role);
            let movie = match role {
                Some(ResourceRole::RenderedPhoto) => ResourceRole::RenderedPairedVideo,
                _ => ResourceRole::PairedVideo,
            };
            let Some((still, movie)) = role.and_then(made).zip(made(movie)) else { continue };
            let state = FileState { path: fact.path.clone(), stamp: fact.stamp };
            let pair = Some(Some(PairIdentity { still, movie }));
            pairs.push((agreement.folder, state, PictureFact { pair, ..PictureFact::default() }));
        }
    }
    pairs
}
