//! Who is looking: a cookie for each browser, and tokens that make each change come from one of our own pages, once.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

mod kept;

use super::password::Secret;
use kept::Kept;

/// Browsers that are known at once. Forgotten are first those that never came back, last those that gave the password,
/// and of equals the one that has not been seen for longest: a stranger who comes a thousand times shuts nobody out.
const BROWSERS: usize = 500;

/// Pages of a browser whose tokens count.
const TOKENS: usize = 200;

/// How long a browser is known after its last request.
const LIFE: Duration = Duration::from_secs(12 * 3600);

/// What names a session in the cookie. Never logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

/// What a page says about the last thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether it went well.
    pub is_well: bool,
    /// In words.
    pub words: String,
}

#[derive(Default)]
struct Session {
    seen: Option<Instant>,
    has_come_back: bool,
    /// The password that it gave.
    entered: Option<Arc<Secret>>,
    tokens: VecDeque<String>,
    said: Option<Said>,
}

impl Session {
    /// What is forgotten first has the least.
    fn rank(&self) -> (bool, bool, Option<Instant>) {
        (self.entered.is_some(), self.has_come_back, self.seen)
    }
}

/// The sessions.
#[derive(Default)]
pub struct Sessions {
    all: Mutex<HashMap<SessionId, Session>>,
    kept: Kept,
}

/// 32 bytes that nobody can guess, as text.
fn random() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes: nothing safe can be done without them");
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Sessions {
    /// Those of a data directory: who gave the password there needs not give it again.
    pub fn of(data: &Path) -> Self {
        Self { all: Mutex::default(), kept: Kept::open(data) }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SessionId, Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session that a cookie names, if it is alive.
    pub fn find(&self, cookie: &str, now: Instant) -> Option<SessionId> {
        let id = SessionId(cookie.to_owned());
        let mut all = self.all();
        let session = all.get_mut(&id)?;
        if session.seen.is_none_or(|seen| now.duration_since(seen) > LIFE) {
            all.remove(&id);
            return None;
        }
        session.seen = Some(now);
        session.has_come_back = true;
        Some(id)
    }

    /// The session that a cookie names of whoever gave this password before the server was started anew.
    pub fn recall(&self, cookie: &str, secret: &Arc<Secret>, now: Instant) -> Option<SessionId> {
        if !self.kept.knows(cookie, secret, Timestamp::now()) {
            return None;
        }
        let id = SessionId(cookie.to_owned());
        self.put(&id, Session { entered: Some(Arc::clone(secret)), ..Session::default() }, now);
        Some(id)
    }

    /// A new session.
    pub fn begin(&self, now: Instant) -> SessionId {
        let id = SessionId(random());
        self.put(&id, Session::default(), now);
        id
    }

    fn put(&self, id: &SessionId, session: Session, now: Instant) {
        let mut all = self.all();
        all.retain(|_, session| session.seen.is_some_and(|seen| now.duration_since(seen) <= LIFE));
        if all.len() >= BROWSERS
            && let Some(least) = all.iter().min_by_key(|(_, session)| session.rank()).map(|(id, _)| id.clone())
        {
            all.remove(&least);
        }
        all.insert(id.clone(), Session { seen: Some(now), ..session });
    }

    /// Ends a session.
    pub fn end(&self, id: &SessionId) {
        let session = self.all().remove(id);
        if let Some(secret) = session.and_then(|session| session.entered) {
            self.kept.end(id, &secret);
        }
    }

    /// Whether it has given this password. With another one nobody is let in who gave the one before.
    pub fn has_given(&self, id: &SessionId, secret: &Secret) -> bool {
        let given = self.all().get(id).and_then(|session| session.entered.clone());
        let has = given.is_some_and(|given| given.mark() == secret.mark());
        if has {
            self.kept.saw(id, secret, Timestamp::now());
        }
        has
    }

    /// A new session for whoever gave the password: the one before may have been planted by somebody else.
    pub fn enter(&self, id: &SessionId, secret: &Arc<Secret>, now: Instant) -> SessionId {
        self.end(id);
        let id = SessionId(random());
        self.put(&id, Session { entered: Some(Arc::clone(secret)), ..Session::default() }, now);
        self.kept.saw(&id, secret, Timestamp::now());
        id
    }

    /// A token for one change from a page of this session.
    pub fn token(&self, id: &SessionId) -> String {
        let token = random();
        if let Some(session) = self.all().get_mut(id) {
            if session.tokens.len() == TOKENS {
                session.tokens.pop_front();
            }
            session.tokens.push_back(token.clone());
        }
        token
    }

    /// Whether a token is one of this session's; it counts once.
    pub fn spend(&self, id: &SessionId, token: &str) -> bool {
        let mut all = self.all();
        let Some(session) = all.get_mut(id) else { return false };
        let at = session
            .tokens
            .iter()
            .position(|known| subtle::ConstantTimeEq::ct_eq(known.as_bytes(), token.as_bytes()).into());
        at.and_then(|at| session.tokens.remove(at)).is_some()
    }

    /// Leaves words for the next page that is shown.
    pub fn say(&self, id: &SessionId, said: Said) {
        if let Some(session) = self.all().get_mut(id) {
            session.said = Some(said);
        }
    }

    /// The words that were left. They are said once.
    pub fn said(&self, id: &SessionId) -> Option<Said> {
        self.all().get_mut(id)?.said.take()
    }

    /// The words that were left, for a page that will be loaded anew by itself.
    pub fn still_said(&self, id: &SessionId) -> Option<Said> {
        self.all().get(id)?.said.clone()
    }
}

impl SessionId {
    /// The value of the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(word: &str) -> Arc<Secret> {
        Arc::new(Secret::of(word))
    }

    #[test]
    fn a_token_counts_once_and_only_in_its_session() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (mine, other) = (sessions.begin(now), sessions.begin(now));
        let token = sessions.token(&mine);
        assert!(!sessions.spend(&other, &token));
        assert!(sessions.spend(&mine, &token));
        assert!(!sessions.spend(&mine, &token));
        assert!(!sessions.spend(&mine, ""));
    }

    #[test]
    fn a_session_ends_when_nobody_looked_for_long() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = sessions.begin(now);
        assert!(sessions.find(id.as_str(), now + LIFE).is_some());
        assert!(sessions.find(id.as_str(), now + LIFE + LIFE + Duration::from_secs(1)).is_none());
        assert!(sessions.find("made up", now).is_none());
    }

    #[test]
    fn giving_the_password_makes_a_new_session() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let planted = sessions.begin(now);
        let entered = sessions.enter(&planted, &secret("correct horse"), now);
        assert!(sessions.has_given(&entered, &secret("correct horse")));
        assert!(!sessions.has_given(&entered, &secret("battery staple")), "another one was set");
        assert!(sessions.find(planted.as_str(), now).is_none());
    }

    #[test]
    fn who_gave_the_password_is_known_after_a_restart_and_nobody_else() {
        let data = tempfile::tempdir().expect("a directory");
        let (word, now) = (secret("correct horse"), Instant::now());
        let sessions = Sessions::of(data.path());
        let stranger = sessions.begin(now);
        let (stays, leaves) = (sessions.enter(&stranger, &word, now), sessions.enter(&stranger, &word, now));
        sessions.end(&leaves);
        let text = std::fs::read_to_string(crate::places::sessions(data.path())).expect("they are kept");
        assert!(!text.contains(stays.as_str()), "what is kept opens nothing: {text}");
        let after = Sessions::of(data.path());
        assert!(after.find(stays.as_str(), now).is_none());
        assert!(
            after.recall(stays.as_str(), &secret("battery staple"), now).is_none(),
            "a new password was set meanwhile"
        );
        assert!(after.recall(leaves.as_str(), &word, now).is_none(), "it was left");
        assert!(after.recall(stranger.as_str(), &word, now).is_none());
        let recalled = after.recall(stays.as_str(), &word, now).expect("it goes on");
        assert!(after.has_given(&recalled, &word) && after.find(stays.as_str(), now).is_some());
    }

    #[test]
    fn strangers_shut_nobody_out() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let (entered, back, once) = (sessions.begin(now), sessions.begin(now), sessions.begin(now));
        let word = secret("correct horse");
        let entered = sessions.enter(&entered, &word, now);
        sessions.find(back.as_str(), now);
        for at in 1..2 * BROWSERS as u64 {
            sessions.begin(now + Duration::from_millis(at));
        }
        assert!(sessions.has_given(&entered, &word));
        assert!(sessions.find(back.as_str(), now).is_some());
        assert!(sessions.find(once.as_str(), now).is_none());
        for at in 1..2 * BROWSERS as u64 {
            let now = now + Duration::from_millis(at);
            let stranger = sessions.begin(now);
            sessions.find(stranger.as_str(), now);
        }
        assert!(sessions.has_given(&entered, &word), "whoever gave the password stays, whatever strangers do");
    }

    #[test]
    fn sessions_and_tokens_are_bounded() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        for at in 0..BROWSERS as u64 + 20 {
            sessions.begin(now + Duration::from_millis(at));
        }
        assert_eq!(sessions.all().len(), BROWSERS);
        let id = sessions.begin(now + Duration::from_secs(9));
        let first = sessions.token(&id);
        let later: Vec<String> = (0..TOKENS).map(|_| sessions.token(&id)).collect();
        assert!(!sessions.spend(&id, &first));
        assert!(later.iter().all(|token| sessions.spend(&id, token)));
    }
}
