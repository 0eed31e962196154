//! The password, as its file says at this moment: a new one counts at once.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::{PasswordHasher, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::exit::Error;
use crate::{places, whole};

/// The longest password that is looked at, in bytes: hashing a longer one would only keep us busy.
const LONGEST: usize = 1024;

/// The shortest that may be set, in characters.
const SHORTEST: usize = 8;

/// Longer than any file of a password, in bytes.
const LARGEST: u64 = 4096;

/// What hashing is given of memory, in blocks of 1 kB. Of what it does not use nothing is taken; but so large a piece always
/// goes back to the system, and smaller ones glibc keeps for good.
const ROOM: usize = 40 * 1024;

/// What must be known to come in.
#[derive(Debug, Clone)]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// This.
    Secret(Arc<Secret>),
    /// There is none, or it cannot be read, where one is needed: nobody comes in.
    Withheld,
}

/// A password, or its hash.
#[derive(Debug)]
pub struct Secret(String);

impl Secret {
    /// What a file says.
    pub fn of(text: &str) -> Self {
        Self(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// What tells it from every other one. Not to be written down.
    pub fn mark(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn is_hash(&self) -> bool {
        self.0.starts_with("$argon2")
    }

    /// Whether that is it.
    fn is(&self, given: &str) -> bool {
        if given.len() > LONGEST {
            return false;
        }
        match self.is_hash() {
            true => PasswordHash::new(self.0.trim()).is_ok_and(|hash| hashes_to(&hash, given).unwrap_or(false)),
            false => self.0.as_bytes().ct_eq(given.as_bytes()).into(),
        }
    }
}

/// Whether a password has this hash.
fn hashes_to(hash: &PasswordHash, given: &str) -> Option<bool> {
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = Version::try_from(hash.version?).ok()?;
    let params = Params::try_from(hash).ok()?;
    let mut blocks = Vec::with_capacity(ROOM.max(params.block_count()));
    blocks.resize(params.block_count(), Block::default());
    let mut found = vec![0; expected.as_bytes().len()];
    let argon2 = Argon2::new(algorithm, version, params);
    argon2.hash_password_into_with_memory(given.as_bytes(), salt.as_ref(), &mut found, &mut blocks).ok()?;
    Some(found.ct_eq(expected.as_bytes()).into())
}

/// The password of a server.
#[derive(Debug)]
pub struct Password {
    file: PathBuf,
    /// Whether a person named the file.
    is_named: bool,
    is_needed: bool,
    seen: Mutex<Option<Seen>>,
    /// One is hashed at a time: each takes 19 MB and a processor.
    hashing: Semaphore,
}

/// What the file said when it was read last, and in which state it was.
#[derive(Debug, Clone)]
struct Seen {
    state: Option<(u64, u64, i64, i64)>,
    asked: Asked,
}

impl Password {
    /// The password of a data directory, or in another file. `is_needed` where others than this machine can reach the server.
    pub fn of(data: &Path, file: Option<&Path>, is_needed: bool) -> Self {
        let is_named = file.is_some();
        let file = file.map_or_else(|| places::password(data), Path::to_owned);
        Self { file, is_named, is_needed: is_needed || is_named, seen: Mutex::default(), hashing: Semaphore::new(1) }
    }

    /// Whether one is set; an error where that cannot be said, or where it is too short to be one.
    pub fn is_set(&self) -> Result<bool, Error> {
        let shown = || format!("the password in {}", self.file.display());
        match whole::read(&self.file, LARGEST).map(|text| Secret::of(&text)) {
            Ok(secret) if !secret.is_hash() && secret.0.chars().count() < SHORTEST => {
                Err(Error::Usage(format!("{} has less than {SHORTEST} characters. Nothing was started", shown())))
            }
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_named => Ok(false),
            Err(error) => Err(Error::Io(shown(), error)),
        }
    }

    /// What must be known now.
    pub fn now(&self) -> Asked {
        let state = std::fs::metadata(&self.file);
        let state = state.ok().map(|file| (file.ino(), file.len(), file.mtime(), file.mtime_nsec()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Some(known) if known.state == state => known.asked.clone(),
            _ => {
                let asked = self.read();
                if seen.is_some() {
                    tracing::info!("the password was changed: who is logged in is asked again");
                }
                *seen = Some(Seen { state, asked: asked.clone() });
                asked
            }
        }
    }

    fn read(&self) -> Asked {
        match whole::read(&self.file, LARGEST) {
            Ok(text) if !text.trim().is_empty() => Asked::Secret(Arc::new(Secret::of(&text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_needed => Asked::Nothing,
            Ok(_) => Asked::Withheld,
            Err(error) => {
                tracing::error!("the password in {} cannot be read: {error}. Nobody is let in", self.file.display());
                Asked::Withheld
            }
        }
    }

    /// Whether somebody knows the password; one is looked at after the other.
    pub async fn is(&self, secret: Arc<Secret>, given: String) -> bool {
        let Ok(_turn) = self.hashing.acquire().await else { return false };
        tokio::task::spawn_blocking(move || secret.is(&given)).await.unwrap_or(false)
    }
}

/// What is kept of a password: its argon2 hash with a salt of its own.
pub fn hash(password: &str) -> Result<String, String> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(format!("a password has {SHORTEST} characters or more. Nothing was changed"));
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(of: &Password) -> Arc<Secret> {
        match of.now() {
            Asked::Secret(secret) => secret,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_the_password_opens() {
        let hash = hash("correct horse").expect("a hash");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(!hash.contains("horse"));
        for secret in [Secret::of(&hash), Secret::of(&format!("{hash}\n")), Secret::of("correct horse\r\n")] {
            assert!(secret.is("correct horse"));
            assert!(!secret.is("correct hors"));
            assert!(!secret.is(""));
            assert!(!secret.is(&hash), "the hash itself opens nothing");
        }
        assert!(!Secret::of("$argon2id$nonsense").is("correct horse"));
        assert!(!Secret::of("$argon2id$nonsense").is("$argon2id$nonsense"));
    }

    #[test]
    fn a_new_one_counts_at_once() {
        let data = tempfile::tempdir().expect("a directory");
        let (own, needed) = (Password::of(data.path(), None, false), Password::of(data.path(), None, true));
        assert!(matches!(own.now(), Asked::Nothing));
        assert!(matches!(needed.now(), Asked::Withheld), "who took it away has shut the door");
        for word in ["correct horse", "battery staple"] {
            places::write_private(&places::password(data.path()), hash(word).expect("a hash").as_bytes())
                .expect("written");
            assert!(secret(&own).is(word) && secret(&needed).is(word));
        }
        std::fs::remove_file(places::password(data.path())).expect("it was there");
        assert!(matches!(own.now(), Asked::Nothing) && matches!(needed.now(), Asked::Withheld));
    }
}
