//! What somebody typed and has not saved: kept for a while, so that neither an error, nor a look into the folders, nor the
//! way back loses any of it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::account::Account;
use super::session::SessionId;
use super::settings::form::Form;
use super::welcome::Step;

/// Drafts that are kept, of all browsers together; the oldest goes first.
const KEPT: usize = 64;

/// What names a draft in an address.
pub type DraftId = u64;

/// The page that a draft is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The Settings page.
    Settings,
    /// The first run.
    Welcome(Step),
}

/// A form that was not saved.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its page.
    pub origin: Origin,
    /// The fields, with what is wrong with them.
    pub form: Form,
    /// What is wrong with it as a whole.
    pub trouble: Option<String>,
    /// The field for which a folder is being chosen.
    pub asks: Option<String>,
    /// Of a folder on a server that is being chosen: who we are there.
    pub account: Account,
}

impl Draft {
    /// A form that nothing is said of yet.
    pub fn new(origin: Origin, form: Form) -> Self {
        Self { origin, form, trouble: None, asks: None, account: Account::default() }
    }

    /// Where it is shown.
    pub fn address(&self, id: DraftId) -> String {
        match self.origin {
            Origin::Settings => format!("/settings?draft={id}"),
            Origin::Welcome(_) => format!("/welcome?draft={id}"),
        }
    }
}

struct Kept {
    id: DraftId,
    session: SessionId,
    draft: Draft,
}

/// The drafts.
#[derive(Default)]
pub struct Drafts(Mutex<(DraftId, VecDeque<Kept>)>);

impl Drafts {
    fn all(&self) -> MutexGuard<'_, (DraftId, VecDeque<Kept>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a draft of a session, in the place of the one that it was made from.
    pub fn keep(&self, session: &SessionId, before: Option<DraftId>, draft: Draft) -> DraftId {
        let (last, all) = &mut *self.all();
        let is_before = |kept: &&mut Kept| Some(kept.id) == before && kept.session == *session;
        if let Some(kept) = all.iter_mut().find(is_before) {
            kept.draft = draft;
            return kept.id;
        }
        *last += 1;
        if all.len() == KEPT {
            all.pop_front();
        }
        all.push_back(Kept { id: *last, session: session.clone(), draft });
        *last
    }

    /// A draft, for the session that made it.
    pub fn find(&self, session: &SessionId, id: DraftId) -> Option<Draft> {
        let (_, all) = &*self.all();
        let kept = all.iter().find(|kept| kept.id == id && kept.session == *session)?;
        Some(kept.draft.clone())
    }

    /// The newest draft of a session that a page is meant by.
    pub fn newest(&self, session: &SessionId, is_of: impl Fn(Origin) -> bool) -> Option<DraftId> {
        let (_, all) = &*self.all();
        let is_it = |kept: &&Kept| kept.session == *session && is_of(kept.draft.origin);
        all.iter().rev().find(is_it).map(|kept| kept.id)
    }

    /// Forgets a draft: it was saved, or given up. Others, as in another tab, stay.
    pub fn forget(&self, session: &SessionId, id: DraftId) {
        self.all().1.retain(|kept| kept.session != *session || kept.id != id);
    }

    /// Forgets all drafts of a session that are of these pages, as there is nothing any more that they would change.
    pub fn forget_all(&self, session: &SessionId, is_of: impl Fn(Origin) -> bool) {
        self.all().1.retain(|kept| kept.session != *session || !is_of(kept.draft.origin));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::session::Sessions;
    use super::*;

    fn draft(origin: Origin) -> Draft {
        Draft::new(origin, Form::default())
    }

    #[test]
    fn a_draft_is_its_sessions_alone() {
        let (sessions, drafts) = (Sessions::default(), Drafts::default());
        let (mine, other) = (sessions.begin(Instant::now()), sessions.begin(Instant::now()));
        let id = drafts.keep(&mine, None, draft(Origin::Settings));
        assert!(drafts.find(&mine, id).is_some() && drafts.find(&other, id).is_none());
        drafts.keep(&mine, None, draft(Origin::Welcome(Step::Folder)));
        let newest = |session: &SessionId| drafts.newest(session, |origin| origin == Origin::Settings);
        assert_eq!((newest(&mine), newest(&other)), (Some(id), None));
        assert_eq!(drafts.keep(&mine, Some(id), draft(Origin::Settings)), id, "a change of it keeps its number");
        drafts.forget(&other, id);
        assert_eq!(newest(&mine), Some(id), "nobody else forgets it");
        drafts.forget(&mine, id);
        assert_eq!(newest(&mine), None);
    }

    #[test]
    fn the_oldest_goes_first() {
        let (session, drafts) = (Sessions::default().begin(Instant::now()), Drafts::default());
        let ids: Vec<DraftId> = (0..KEPT + 1).map(|_| drafts.keep(&session, None, draft(Origin::Settings))).collect();
        assert!(drafts.find(&session, ids[0]).is_none());
        assert!(ids[1..].iter().all(|id| drafts.find(&session, *id).is_some()));
    }
}
