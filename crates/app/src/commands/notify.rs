//! `notify`.

use std::io::{IsTerminal, Read};

use crate::arguments::NotifyAction;
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::notify::secrets::{KEYS, Secrets};
use crate::notify::{Channel, try_out};
use crate::terminal::say;
use crate::words::clean;

/// Longer than any secret, in bytes.
const LONGEST: u64 = 4096;

/// Tries the ways to people, or keeps a secret of one.
pub fn run(context: &Context, action: &NotifyAction) -> Result<Code, Error> {
    match action {
        NotifyAction::Test { way } => test(context, *way),
        NotifyAction::Secret { key } => keep(context, key),
    }
}

fn test(context: &Context, only: Option<Channel>) -> Result<Code, Error> {
    let tried = try_out(&context.data, &context.settings.notify, only).map_err(Error::Usage)?;
    if tried.is_empty() {
        say!("No notifications are set up. For example: `photobridge config notify.ntfy https://ntfy.sh/TOPIC`.");
        return Ok(Code::Failed);
    }
    for (channel, result) in &tried {
        match result {
            Ok(()) => say!("{}: sent", channel.as_str()),
            Err(why) => say!("{}: not sent: {}", channel.as_str(), clean(why)),
        }
    }
    Ok(if tried.iter().all(|(_, result)| result.is_ok()) { Code::Done } else { Code::Failed })
}

fn keep(context: &Context, key: &str) -> Result<Code, Error> {
    let failed = |error| Error::Io("the secret".into(), error);
    let what = KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, what)| what);
    let word = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("{key}, {what} (empty to remove it): ")).map_err(failed)?
    } else {
        let mut text = String::new();
        std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(failed)?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    };
    if word.is_empty() && Secrets::read(&context.data).map_err(Error::Usage)?.get(key).is_none() {
        say!("Nothing was entered, and there was no {key} to remove. Nothing was changed.");
        return Ok(Code::Done);
    }
    Secrets::keep(&context.data, key, &word).map_err(Error::Usage)?;
    match word.is_empty() {
        true => say!("{key} removed."),
        false => say!("{key} is stored in notify.toml, which only you can read."),
    }
    Ok(Code::Done)
}
