//! A verdict in words for people, wherever they read it.

use super::{FileLine, RenameLine, Ruling, VerdictLine};
use crate::asset::ResourceRole;
use crate::matching::Rung;
use crate::reason::{Reason, Way};

/// How a rung of the ladder is said where it decided.
pub(super) fn how(rung: Rung) -> &'static str {
    match rung {
        Rung::Bytes => "same bytes",
        Rung::Recorded => "by what the library wrote down of it",
        Rung::Remembered => "known from before, not compared now",
        Rung::SizeTimeAndName => "same size, time and name",
        Rung::Picture => "same picture",
        Rung::Shot => "same shot",
        Rung::ShotByWords => "same shot, by its words alone",
    }
}

/// How an asset that is only the beginning of a file is said, before its name.
pub(super) const BEGINNING: &str = "only its beginning: ";

/// How the file of which an asset is only the beginning is said, before its path.
pub(super) const BEGINNING_OF: &str = "only the beginning of ";

/// How a link is said, before its number.
pub(super) const LINK: &str = "link ";

/// What is said of something that a kept simulation did not know.
pub(super) const NEW: &str = "new since you looked";

impl VerdictLine {
    /// What the photo is called: by its original name in the library, or by the name of its file.
    pub fn title(&self) -> &str {
        let file = || self.path.as_deref()?.rsplit('/').next();
        self.name.as_deref().or_else(file).unwrap_or("?")
    }

    /// The names of the other files of which it speaks, beside the one of its path or name.
    pub fn others(&self) -> Vec<&str> {
        let is_other = |file: &&FileLine| match &file.path {
            Some(path) => Some(path) != self.path.as_ref(),
            None => file.name != self.name && file.reason == self.reason,
        };
        self.files.iter().filter(is_other).filter_map(FileLine::title).collect()
    }

    /// The files of an asset that do not go for another reason than it, or though it does, each with the reason.
    pub fn without(&self) -> impl Iterator<Item = (&str, Reason)> {
        let apart = self.files.iter().filter(|file| file.path.is_none() && file.reason != self.reason);
        apart.filter_map(|file| Some((file.name.as_deref()?, file.reason?)))
    }

    /// What the file is to its asset of which it speaks, where that is not the one that stands for it.
    pub fn companion(&self) -> Option<ResourceRole> {
        self.trace.as_ref()?.companion
    }

    /// Which file of its asset a person means by this text, if any: by name or path, which may stand after the asset's id
    /// and a slash. `None` within is the one that stands for the asset.
    pub fn file(&self, text: &str) -> Option<Option<ResourceRole>> {
        let of_asset = self.asset.as_deref().and_then(|id| text.strip_prefix(id)?.strip_prefix('/'));
        let text = of_asset.unwrap_or(text);
        let is_it = |path: &Option<String>, name: &Option<String>| {
            path.as_deref() == Some(text) || name.as_deref() == Some(text)
        };
        if is_it(&self.path, &self.name) {
            return Some(self.companion());
        }
        let file = self.files.iter().find(|file| is_it(&file.path, &file.name) || file.title() == Some(text))?;
        Some(Some(file.role).filter(|role| !matches!(role, ResourceRole::Photo | ResourceRole::Video)))
    }

    /// Its path, below the folder where the run looked at one, else whole.
    pub fn whereabouts(&self) -> Option<String> {
        let path = self.path.as_deref()?;
        Some(self.folder.as_ref().map_or_else(|| path.to_owned(), |folder| format!("{folder}/{path}")))
    }

    /// Where it goes or went: to this album, or to this path below the folder.
    pub fn goes_to(&self) -> Option<&str> {
        match (self.verdict, self.direction) {
            (Ruling::Planned | Ruling::Applied, Way::Import) => self.destination.as_deref(),
            (Ruling::Planned | Ruling::Applied, Way::Export) => self.path.as_deref(),
            (Ruling::Skipped | Ruling::Failed, _) => None,
        }
    }

    /// What decided, unless it was the memory alone, whose numbers say nothing to people.
    pub fn decided_by(&self) -> Option<&str> {
        self.matched.as_deref().filter(|matched| !matched.starts_with(LINK))
    }

    /// As what a motion photo goes in, or a Live Photo out.
    pub fn as_what(&self) -> Option<String> {
        let what = if self.direction == Way::Export { "a Live Photo" } else { "a motion photo" };
        self.motion.as_ref().map(|motion| format!("{what}, {motion}"))
    }

    /// The name or path of the other photo that decided, if one did.
    pub fn matched_name(&self) -> Option<&str> {
        let matched = self.matched.as_deref()?;
        let after = |rung| matched.strip_prefix(how(rung))?.strip_prefix(": ");
        let begun = || [BEGINNING, BEGINNING_OF].into_iter().find_map(|words| matched.strip_prefix(words));
        let named = Rung::ALL.into_iter().find_map(after).or_else(begun);
        named.or_else(|| (!matched.starts_with(LINK) && matched != NEW).then_some(matched))
    }

    /// What gets another name so that it shares one with what goes: the path, and the name that it gets.
    pub fn renamed(&self) -> impl Iterator<Item = (&str, &str)> {
        let name = |path: &'_ str| path.rfind('/').map_or(0, |slash| slash + 1);
        self.renames.iter().map(move |RenameLine { from, to }| (&**from, &to[name(to)..]))
    }

    /// Why it did not go, in one line.
    pub fn why(&self) -> Option<String> {
        let explanation = self.reason.map(|reason| reason.explanation(self.direction));
        match (self.verdict, explanation, &self.error) {
            (Ruling::Planned | Ruling::Applied, ..) => None,
            (Ruling::Skipped, Some(explanation), Some(error)) => Some(format!("{explanation} ({error})")),
            (Ruling::Skipped, explanation, _) => explanation.map(str::to_owned),
            (Ruling::Failed, _, Some(error)) => Some(error.clone()),
            (Ruling::Failed, explanation, None) => explanation.map(str::to_owned),
        }
    }
}

impl FileLine {
    /// Its name: in the folder, or that which it would have there.
    pub fn title(&self) -> Option<&str> {
        let path = self.path.as_deref().and_then(|path| path.rsplit('/').next());
        path.or(self.name.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(direction: Way, verdict: Ruling, reason: Option<Reason>) -> VerdictLine {
        VerdictLine {
            direction,
            verdict,
            reason,
            folder: None,
            path: Some("2024/05/IMG_1.HEIC".into()),
            name: None,
            asset: None,
            matched: None,
            fingerprint: None,
            size: 1,
            captured: None,
            captured_from: None,
            destination: Some("Nextcloud".into()),
            part_of: None,
            can_join: None,
            gets: None,
            lacks: None,
            motion: None,
            error: None,
            renames: Vec::new(),
            files: Vec::new(),
            trace: None,
        }
    }

    #[test]
    fn a_photo_is_called_by_its_name() {
        let mut line = line(Way::Export, Ruling::Planned, None);
        assert_eq!(line.title(), "IMG_1.HEIC");
        line.name = Some("Sunset.HEIC".into());
        assert_eq!(line.title(), "Sunset.HEIC");
        (line.name, line.path) = (None, None);
        assert_eq!(line.title(), "?");
    }

    #[test]
    fn only_what_goes_goes_somewhere() {
        assert_eq!(line(Way::Import, Ruling::Planned, None).goes_to(), Some("Nextcloud"));
        assert_eq!(line(Way::Export, Ruling::Applied, None).goes_to(), Some("2024/05/IMG_1.HEIC"));
        assert_eq!(line(Way::Export, Ruling::Skipped, Some(Reason::SameBytes)).goes_to(), None);
    }

    #[test]
    fn the_other_photo_is_named_without_how_it_was_known() {
        let named = |matched: &str| {
            let line = VerdictLine { matched: Some(matched.into()), ..line(Way::Import, Ruling::Skipped, None) };
            line.matched_name().map(str::to_owned)
        };
        assert_eq!(named("same bytes: a: b.jpg").as_deref(), Some("a: b.jpg"));
        assert_eq!(named("same shot: IMG_1.HEIC").as_deref(), Some("IMG_1.HEIC"));
        assert_eq!(named("same picture: IMG_1.HEIC").as_deref(), Some("IMG_1.HEIC"));
        assert_eq!(named("same shot, by its words alone: IMG_1.HEIC").as_deref(), Some("IMG_1.HEIC"));
        assert_eq!(named("2024/a: b.jpg").as_deref(), Some("2024/a: b.jpg"));
        assert_eq!((named("link 7"), named("new since you looked")), (None, None));
    }

    #[test]
    fn why_speaks_of_the_other_side() {
        let why = |way, reason| line(way, Ruling::Skipped, Some(reason)).why();
        assert_eq!(why(Way::Import, Reason::SameBytes).as_deref(), Some("already in the library"));
        assert_eq!(why(Way::Export, Reason::SameBytes).as_deref(), Some("already in the folder"));
        let cut = VerdictLine {
            error: Some("half is there".into()),
            ..line(Way::Import, Ruling::Skipped, Some(Reason::Truncated))
        };
        assert_eq!(
            cut.why().as_deref(),
            Some("the file in the folder is incomplete; nothing is copied until it is complete (half is there)")
        );
        let failed = VerdictLine { verdict: Ruling::Failed, ..cut };
        assert_eq!(failed.why().as_deref(), Some("half is there"));
        assert_eq!(line(Way::Import, Ruling::Planned, None).why(), None);
    }
}
