//! A verdict in words for people, wherever they read it.

use super::{Ruling, VerdictLine};
use crate::matching::Rung;
use crate::reason::Way;

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

    /// The names of the other files of which it speaks, beside the one of its path.
    pub fn others(&self) -> Vec<&str> {
        let paths = self.files.iter().filter_map(|file| file.path.as_deref());
        let others = paths.filter(|path| Some(*path) != self.path.as_deref());
        others.map(|path| path.rsplit('/').next().unwrap_or(path)).collect()
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

    /// The name or path of the other photo that decided, if one did.
    pub fn matched_name(&self) -> Option<&str> {
        let matched = self.matched.as_deref()?;
        let after = |rung| matched.strip_prefix(how(rung))?.strip_prefix(": ");
        let begun = || [BEGINNING, BEGINNING_OF].into_iter().find_map(|words| matched.strip_prefix(words));
        let named = Rung::ALL.into_iter().find_map(after).or_else(begun);
        named.or_else(|| (!matched.starts_with(LINK) && matched != NEW).then_some(matched))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

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
            error: None,
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
        assert_eq!(why(Way::Import, Reason::SameBytes).as_deref(), Some("the library holds it"));
        assert_eq!(why(Way::Export, Reason::SameBytes).as_deref(), Some("the folder holds it"));
        let cut = VerdictLine {
            error: Some("half is there".into()),
            ..line(Way::Import, Ruling::Skipped, Some(Reason::Truncated))
        };
        assert_eq!(cut.why().as_deref(), Some("it ends too early; once it is whole, it is taken (half is there)"));
        let failed = VerdictLine { verdict: Ruling::Failed, ..cut };
        assert_eq!(failed.why().as_deref(), Some("half is there"));
        assert_eq!(line(Way::Import, Ruling::Planned, None).why(), None);
    }
}
