//! The baseline: set, begun, forgotten.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use photobridge_core::ledger::{self, Ledger, LedgerError};
use photobridge_core::library::{Identity, Library};
use photobridge_core::lock::Lock;
use photobridge_core::progress::Cancel;
use photobridge_core::sync;

use crate::context::Context;
use crate::exit::Error;
use crate::places;
use crate::progress::Shown;
use crate::settings;
use crate::words::{count, moment};

/// Sets the baseline in the ledger and in the settings; returns how many photos the library held then.
pub fn set(context: &mut Context, library: &mut dyn Library, baseline: Timestamp) -> Result<usize, Error> {
    if let Some(why) = is_to_come(baseline, Timestamp::now()) {
        return Err(Error::Usage(why));
    }
    let shown = Shown::new(context.quiet);
    let held = sync::set_baseline(&context.data, library, baseline, &shown, &Cancel::new(), Timestamp::now())?;
    settings::set(&places::settings_file(&context.data), "export.baseline", &baseline.to_string())?;
    context.settings.export.baseline = Some(baseline);
    Ok(held)
}

/// Why a moment is no baseline, if it is still to come.
pub fn is_to_come(baseline: Timestamp, now: Timestamp) -> Option<String> {
    (baseline > now).then(|| format!("{} is in the future. Use a past time", moment(baseline)))
}

/// What must not happen besides exports, and why.
pub const OWN_UPLOAD: &str = "Turn off uploading to this folder on each phone whose photos reach the library through \
                              iCloud. Otherwise they arrive here twice: from the phone and from the library.";

/// A baseline that was set because exports were switched on.
pub struct Begun {
    /// The instant.
    pub baseline: Timestamp,
    /// Photos that the library held then.
    pub held: usize,
}

impl Begun {
    /// What that means, for people.
    pub fn words(&self) -> String {
        format!(
            "The baseline is set to {}: photos added to the library from now on will be exported. Already in it, and not exported: {}.",
            moment(self.baseline),
            count(self.held as u64, "photo")
        )
    }
}

/// Sets the baseline to now where photos are to go out from now on, and there is none.
pub fn begin(context: &mut Context) -> Result<Option<Begun>, Error> {
    if context.settings.export.baseline.is_some() {
        return Ok(None);
    }
    let baseline = Timestamp::now();
    let mut library = context.library()?;
    let held = set(context, library.as_mut(), baseline)?;
    Ok(Some(Begun { baseline, held }))
}

/// How many photos the library held at the baseline, where that is remembered.
pub fn held(context: &Context, baseline: Timestamp) -> Result<Option<usize>, Error> {
    if !context.data.join(ledger::FILE).exists() {
        return Ok(None);
    }
    Ok(held_by(&context.data, &context.library()?.identity(), baseline)?)
}

/// The same of a library that was looked at.
pub fn held_by(data: &Path, library: &Identity, baseline: Timestamp) -> Result<Option<usize>, LedgerError> {
    let Some(ledger) = Ledger::look(data)? else { return Ok(None) };
    let known = ledger.known_library(library)?;
    known.map_or(Ok(None), |known| ledger.held_at(known, baseline))
}

/// Forgets the baseline, and what the library held then.
pub fn clear(context: &Context) -> Result<(), Error> {
    if context.data.join(ledger::FILE).exists() {
        let _lock = Lock::take(&context.data, "baseline clear", Timestamp::now())?;
        Ledger::open(&context.data)?.clear_baseline()?;
    }
    if context.settings.export.baseline.is_some() {
        settings::set(&places::settings_file(&context.data), "export.baseline", "")?;
    }
    Ok(())
}

/// An instant, or a date or time on this machine's clock.
pub fn parse(text: &str) -> Result<Timestamp, Error> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(DateTime::from));
    civil.and_then(|civil| civil.to_zoned(TimeZone::system())).map(|zoned| zoned.timestamp()).map_err(|_| {
        Error::Usage(format!(
            "\u{201c}{text}\u{201d} is not a date or time. Write it like 2026-02-28, 2026-02-28T18:00 or 2026-02-28T17:00:00Z"
        ))
    })
}
