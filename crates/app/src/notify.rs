//! Tells people when syncs do not work: once for each cause, and once when they work again.
//!
//! `cause` says what is told when, and is pure; `desktop`, `post` and `mail` bring it to people; `secrets` keeps the passwords.

mod cause;
mod desktop;
mod mail;
mod post;
pub mod secrets;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::ValueEnum;
use jiff::Timestamp;
use photobridge_core::ledger::{Ledger, RunState};
use photobridge_core::run::Command;
use serde::{Deserialize, Serialize};

use crate::settings::{NotifySettings, Settings};
use crate::whole;
use cause::Told;
pub use cause::{Message, Trouble};
use secrets::Secrets;

/// Larger than what is kept of a cause ever is.
const LARGEST: u64 = 1 << 16;

/// Runs that are looked through for the last sync that worked.
const RUNS: u32 = 200;

/// A way to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The desktop of whoever runs the server.
    Desktop,
    /// A topic of ntfy.
    Ntfy,
    /// An address that is sent JSON.
    Webhook,
    /// Mail.
    Mail,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Desktop, Self::Ntfy, Self::Webhook, Self::Mail];

    /// The word that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Ntfy => "ntfy",
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }

    /// Whether somebody wants to be told this way.
    pub fn is_set_up(self, settings: &NotifySettings, secrets: &Secrets) -> bool {
        match self {
            Self::Desktop => settings.desktop && desktop::is_there(),
            Self::Ntfy => !settings.ntfy.is_empty() || secrets.get("ntfy-address").is_some(),
            Self::Webhook => !settings.webhook.is_empty() || secrets.get("webhook-address").is_some(),
            Self::Mail => !settings.mail.is_empty(),
        }
    }

    /// Tells people this way. The error says why nobody was told, without a secret in it.
    pub fn tell(self, settings: &NotifySettings, secrets: &Secrets, message: &Message) -> Result<(), String> {
        match self {
            Self::Desktop => desktop::show(message),
            Self::Ntfy => post::to_ntfy(secrets.get("ntfy-address").unwrap_or(&settings.ntfy), secrets, message),
            Self::Webhook => {
                post::to_webhook(secrets.get("webhook-address").unwrap_or(&settings.webhook), secrets, message)
            }
            Self::Mail => mail::send(settings, secrets, message),
        }
    }
}

/// The ways that are set up, as people type them.
pub fn ways(data: &Path, settings: &NotifySettings) -> Vec<&'static str> {
    let secrets = Secrets::read(data).unwrap_or_default();
    let all = Channel::ALL.into_iter().filter(|channel| channel.is_set_up(settings, &secrets));
    all.map(Channel::as_str).collect()
}

/// Each way that was tried, and how that went.
type Tried = Vec<(Channel, Result<(), String>)>;

/// Sends a trial by every way that is set up, or by this one: how each went.
pub fn try_out(data: &Path, settings: &NotifySettings, only: Option<Channel>) -> Result<Tried, String> {
    let secrets = Secrets::read(data)?;
    let is_meant = |channel: &Channel| match only {
        Some(only) => only == *channel,
        None => channel.is_set_up(settings, &secrets),
    };
    let tell = |channel: Channel| match channel.is_set_up(settings, &secrets) {
        true => (channel, channel.tell(settings, &secrets, &Message::trial())),
        false => (channel, Err(format!("{} is not set up", channel.as_str()))),
    };
    Ok(Channel::ALL.into_iter().filter(is_meant).map(tell).collect())
}

/// What people were told, kept in the data directory.
pub struct Notifier {
    data: PathBuf,
    told: Mutex<Told>,
}

impl Notifier {
    /// Goes on from what was told before.
    pub fn open(data: &Path) -> Self {
        let text = whole::read(&data.join(FILE), LARGEST).ok();
        let told = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { data: data.to_owned(), told: Mutex::new(told) }
    }

    /// A sync ended, or did not for long: `None` where it is well.
    pub fn heard(&self, settings: &NotifySettings, trouble: Option<Trouble>) {
        let Ok(mut told) = self.told.lock() else { return };
        let before = told.clone();
        told.heard(trouble, Timestamp::now());
        self.tell(settings, &mut told, &before);
    }

    /// Tries again whoever was not reached, and looks whether a sync has worked lately.
    pub fn look(&self, settings: &Settings) {
        let stale = self.stale(settings);
        let Ok(mut told) = self.told.lock() else { return };
        let before = told.clone();
        if stale.is_some() {
            told.heard(stale, Timestamp::now());
        }
        self.tell(&settings.notify, &mut told, &before);
    }

    fn tell(&self, settings: &NotifySettings, told: &mut Told, before: &Told) {
        let secrets = match Secrets::read(&self.data) {
            Ok(secrets) => secrets,
            Err(why) => return tracing::warn!("nobody is told: {why}"),
        };
        for channel in Channel::ALL.into_iter().filter(|channel| channel.is_set_up(settings, &secrets)) {
            let Some(message) = told.message_for(channel, settings.names) else { continue };
            match channel.tell(settings, &secrets, &message) {
                Ok(()) => told.reached(channel),
                Err(why) => tracing::warn!("people could not be told by {}: {why}", channel.as_str()),
            }
        }
        if told != before {
            let text = serde_json::to_string_pretty(told).unwrap_or_default();
            if let Err(error) = whole::write(&self.data.join(FILE), &text) {
                tracing::warn!("what people were told could not be written down: {error}");
            }
        }
    }

    /// That no sync has worked for as many days as the settings say, where syncs start by themselves and one ever worked.
    fn stale(&self, settings: &Settings) -> Option<Trouble> {
        let begins_by_itself = settings.watch || settings.schedule.iter().any(|schedule| schedule.enabled);
        if settings.notify.days == 0 || !begins_by_itself {
            return None;
        }
        let ledger = Ledger::look(&self.data).ok()??;
        let runs = ledger.runs(RUNS).ok()?;
        let worked = runs.iter().find(|run| run.command == Command::Sync.as_str() && run.state == RunState::Done)?;
        cause::stale(worked.ended?, settings.notify.days, Timestamp::now())
    }
}

/// What people were told, in the data directory.
const FILE: &str = "told.json";
