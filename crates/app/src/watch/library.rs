//! Hears that the library changed, where it tells: the Mac's own does from macOS 27 on.

use std::sync::mpsc::Receiver;

use crate::settings::Settings;

/// What the library tells.
pub struct Told(Option<Receiver<()>>);

impl Told {
    /// Listens to the library of the settings, where photos go out of it.
    #[cfg(target_os = "macos")]
    pub fn by(settings: &Settings) -> Self {
        use photobridge_photokit::{PhotoKit, System};

        if !settings.mode.exports() || !crate::settings::is_system_library(settings) {
            return Self(None);
        }
        let (told, heard) = std::sync::mpsc::channel();
        let tells = System.on_changes(told).unwrap_or_else(|error| {
            tracing::info!(%error, "Photos does not tell of changes");
            false
        });
        Self(tells.then_some(heard))
    }

    /// No other library tells.
    #[cfg(not(target_os = "macos"))]
    pub fn by(_: &Settings) -> Self {
        Self(None)
    }

    /// Whether it told of a change since this was asked last.
    pub fn changed(&self) -> bool {
        self.0.as_ref().is_some_and(|heard| heard.try_iter().count() > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn changes_are_told_once_however_many_there_were() {
        let (told, heard) = channel();
        let library = Told(Some(heard));
        assert!(!library.changed());
        (0..3).for_each(|_| told.send(()).expect("somebody listens"));
        assert!(library.changed() && !library.changed());
        drop(told);
        assert!(!library.changed() && !Told(None).changed());
    }
}
