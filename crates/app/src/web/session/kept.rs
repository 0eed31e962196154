//! Who gave the password, also after the server was started anew.
//!
//! Of each session a digest is kept, made of what its cookie holds and of the password as it is kept: so the file opens nothing
//! to whoever reads it, and with another password no session is one any more.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use blake2::{Blake2s256, Digest};
use jiff::Timestamp;

use super::{BROWSERS, LIFE, SessionId};
use crate::web::password::Secret;
use crate::{places, whole};

/// Longer than the file of as many sessions as there may be, in bytes.
const LARGEST: u64 = 1 << 20;

/// After how many seconds it is noted that a session was seen again.
const OLD: i64 = 600;

/// The sessions that are kept, by their digests, with the second in which they were seen.
#[derive(Debug, Default)]
pub struct Kept {
    /// Nowhere, where sessions end with the server.
    file: Option<PathBuf>,
    known: Mutex<BTreeMap<String, i64>>,
}

impl Kept {
    /// Those of a data directory. A file that cannot be read only asks people for their password.
    pub fn open(data: &Path) -> Self {
        let file = places::sessions(data);
        let read = whole::read(&file, LARGEST).ok().and_then(|text| serde_json::from_str(&text).ok());
        Self { file: Some(file), known: Mutex::new(read.unwrap_or_default()) }
    }

    /// Whether this cookie is that of a session which gave this password, and was seen not long ago.
    pub fn knows(&self, cookie: &str, secret: &Secret, now: Timestamp) -> bool {
        let seen = self.known().get(&digest(cookie, secret)).copied();
        seen.is_some_and(|seen| (now.as_second() - seen).unsigned_abs() <= LIFE.as_secs())
    }

    /// Keeps a session, or notes that it was seen again.
    pub fn saw(&self, session: &SessionId, secret: &Secret, now: Timestamp) {
        let (digest, now) = (digest(session.as_str(), secret), now.as_second());
        let mut known = self.known();
        if known.get(&digest).is_some_and(|seen| (now - seen).abs() < OLD) {
            return;
        }
        known.insert(digest, now);
        known.retain(|_, seen| (now - *seen).unsigned_abs() <= LIFE.as_secs());
        while known.len() > BROWSERS
            && let Some(oldest) = known.iter().min_by_key(|(_, seen)| **seen).map(|(digest, _)| digest.clone())
        {
            known.remove(&oldest);
        }
        self.write(&known);
    }

    /// Forgets a session.
    pub fn end(&self, session: &SessionId, secret: &Secret) {
        let mut known = self.known();
        if known.remove(&digest(session.as_str(), secret)).is_some() {
            self.write(&known);
        }
    }

    fn write(&self, known: &BTreeMap<String, i64>) {
        let Some(file) = &self.file else { return };
        let text = serde_json::to_vec(known).map_err(std::io::Error::other);
        if let Err(error) = text.and_then(|text| places::write_private(file, &text)) {
            tracing::warn!("who is logged in could not be noted, and is asked again after a restart: {error}");
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, i64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(cookie: &str, secret: &Secret) -> String {
    let digest = Blake2s256::new().chain_update(cookie).chain_update([0]).chain_update(secret.mark()).finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
