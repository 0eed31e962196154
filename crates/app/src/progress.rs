//! Shows a run as it goes: bars with rate and time left on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use photobridge_core::progress::{Event, Phase, Progress};

use crate::terminal::remark;
use crate::words::{clean, count, size, thousands};

/// Which way to show it.
pub enum Shown {
    /// Nothing; failures are listed at the end.
    Quiet,
    /// A bar that is redrawn.
    Bars(Mutex<Bars>),
    /// A line a phase.
    Lines(Mutex<Option<(Phase, u64)>>),
}

/// The bar of the phases that run now: the folder is scanned while the library is listed.
pub struct Bars {
    bar: ProgressBar,
    phases: Vec<Phase>,
}

impl Shown {
    /// What suits standard error.
    pub fn new(quiet: bool) -> Self {
        if quiet {
            return Self::Quiet;
        }
        if std::io::stderr().is_terminal() {
            return Self::Bars(Mutex::new(Bars { bar: ProgressBar::hidden(), phases: Vec::new() }));
        }
        Self::Lines(Mutex::new(None))
    }
}

impl Progress for Shown {
    fn event(&self, event: Event) {
        // A poisoned bar is no reason to stop a run.
        match self {
            Self::Quiet => {}
            Self::Bars(bars) => {
                if let Ok(mut bars) = bars.lock() {
                    bars.event(event);
                }
            }
            Self::Lines(phase) => {
                if let Ok(mut phase) = phase.lock() {
                    line(&mut phase, event);
                }
            }
        }
    }
}

impl Bars {
    fn event(&mut self, event: Event) {
        match event {
            Event::Begin { phase, steps, bytes } => {
                self.phases.push(phase);
                let by_bytes = bytes.filter(|bytes| *bytes > 0);
                match by_bytes.or(steps.filter(|steps| *steps > 0)) {
                    Some(total) => self.bar = ProgressBar::new(total),
                    None => self.bar = ProgressBar::new_spinner(),
                }
                self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                self.bar.set_style(style(by_bytes.is_some(), self.bar.length().is_some()));
                self.bar.set_prefix(phase.as_str());
                self.bar.enable_steady_tick(Duration::from_millis(200));
            }
            Event::Advance { phase, steps, bytes } if self.phases.last() == Some(&phase) => {
                let by_bytes = matches!(phase, Phase::Importing | Phase::Exporting | Phase::Comparing);
                self.bar.inc(if by_bytes { bytes } else { steps });
            }
            Event::Started(_) | Event::Advance { .. } => {}
            Event::Outlook { photos, bytes, free } => self.bar.println(outlook(photos, bytes, free)),
            Event::Current { name, .. } => self.bar.set_message(clean(&name)),
            Event::Failed { path, error } => self.bar.println(format!("{}: {}", clean(&path), clean(&error))),
            Event::End(phase) => {
                if self.phases.last() == Some(&phase) {
                    self.bar.finish_and_clear();
                }
                self.phases.retain(|other| *other != phase);
            }
        }
    }
}

fn style(by_bytes: bool, has_total: bool) -> ProgressStyle {
    let template = match (by_bytes, has_total) {
        (true, _) => {
            "{prefix}  {bar:24} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left  {wide_msg}"
        }
        (false, true) => "{prefix}  {bar:24} {human_pos}/{human_len}  {per_sec:.0}  {eta} left  {wide_msg}",
        (false, false) => "{prefix}  {spinner} {human_pos}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What is about to go out.
fn outlook(photos: u64, bytes: u64, free: u64) -> String {
    format!("Going out: {}, {}; {} are free there.", count(photos, "photo"), size(bytes), size(free))
}

fn line(phase: &mut Option<(Phase, u64)>, event: Event) {
    match event {
        Event::Begin { phase: new, steps, .. } => {
            // Small phases say nothing: a script reads these lines.
            if let Some(steps) = steps.filter(|steps| *steps > 0) {
                remark!("{}: {}", new.as_str(), thousands(steps));
            }
            *phase = Some((new, 0));
        }
        Event::Outlook { photos, bytes, free } => remark!("{}", outlook(photos, bytes, free)),
        // Failures are listed at the end; a script needs them once.
        Event::Started(_) | Event::Failed { .. } | Event::Advance { .. } | Event::Current { .. } | Event::End(_) => {}
    }
}
