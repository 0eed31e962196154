//! Tokens for programs that use the API: shown once, kept as digests in `tokens.json` of the data directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::{Blake2s256, Digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::exit::Error;
use crate::{places, whole};

/// Larger than any number of tokens that a person makes, in bytes.
const LARGEST: u64 = 1 << 20;

/// What each token begins with, so that it is known where it was left lying.
const START: &str = "photobridge_";

/// A token as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    digest: String,
    /// When it was made.
    pub made: Timestamp,
}

/// The tokens by what people call them.
pub type Tokens = BTreeMap<String, Kept>;

fn file(data: &Path) -> PathBuf {
    data.join("tokens.json")
}

/// All of them.
pub fn all(data: &Path) -> Result<Tokens, Error> {
    let path = file(data);
    let failed = |error| Error::Io(path.display().to_string(), error);
    match whole::read(&path, LARGEST) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| failed(error.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Tokens::new()),
        Err(error) => Err(failed(error)),
    }
}

/// Makes one, and returns what its program sends.
pub fn add(data: &Path, name: &str, now: Timestamp) -> Result<String, Error> {
    let mut tokens = all(data)?;
    if name.trim().is_empty() || tokens.contains_key(name) {
        return Err(Error::Usage(format!("give it a name that no token has; {name:?} is none. Nothing was changed")));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Io("random bytes".into(), std::io::Error::other(error)))?;
    let token = format!("{START}{}", URL_SAFE_NO_PAD.encode(bytes));
    tokens.insert(name.to_owned(), Kept { digest: digest(&token), made: now });
    save(data, &tokens)?;
    Ok(token)
}

/// Takes one away: its program is let in no more, from now on.
pub fn remove(data: &Path, name: &str) -> Result<(), Error> {
    let mut tokens = all(data)?;
    if tokens.remove(name).is_none() {
        return Err(Error::Usage(format!("there is no token {name:?}. Nothing was changed")));
    }
    save(data, &tokens)
}

/// Whether a program that sends this is let in.
pub fn is_good(data: &Path, token: &str) -> bool {
    let digest = digest(token);
    let is = |kept: &Kept| kept.digest.as_bytes().ct_eq(digest.as_bytes()).into();
    all(data).is_ok_and(|tokens| tokens.values().any(is))
}

fn save(data: &Path, tokens: &Tokens) -> Result<(), Error> {
    let path = file(data);
    let failed = |error| Error::Io(path.display().to_string(), error);
    photobridge_core::data::make(data).map_err(failed)?;
    let text = serde_json::to_vec_pretty(tokens).map_err(|error| failed(error.into()))?;
    places::write_private(&path, &text).map_err(failed)
}

fn digest(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Blake2s256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_counts_until_it_is_taken_away_and_is_kept_nowhere() {
        let data = tempfile::tempdir().expect("a directory");
        let now = Timestamp::UNIX_EPOCH;
        let (one, other) =
            (add(data.path(), "backup", now).expect("made"), add(data.path(), "phone", now).expect("made"));
        assert!(is_good(data.path(), &one) && is_good(data.path(), &other) && one != other);
        for wrong in ["", START, &one[..one.len() - 1], &format!("{one} ")] {
            assert!(!is_good(data.path(), wrong), "{wrong}");
        }
        assert!(add(data.path(), "backup", now).is_err(), "another one has that name");
        let text = std::fs::read_to_string(file(data.path())).expect("kept");
        assert!(!text.contains(&one[START.len()..]), "{text}");
        assert!(!is_good(data.path(), &all(data.path()).expect("read")["backup"].digest));
        remove(data.path(), "backup").expect("it is there");
        assert!(!is_good(data.path(), &one) && is_good(data.path(), &other));
        assert!(remove(data.path(), "backup").is_err());
    }
}
