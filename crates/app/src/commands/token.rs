//! `token`.

use std::path::Path;

use jiff::Timestamp;

use crate::arguments::TokenAction;
use crate::exit::{Code, Error};
use crate::terminal::say;
use crate::tokens;
use crate::words::{clean, moment};

/// Makes, lists and takes away tokens for programs.
pub fn run(data: &Path, action: &TokenAction) -> Result<Code, Error> {
    match action {
        TokenAction::Add { name } => {
            let token = tokens::add(data, name, Timestamp::now())?;
            say!(
                "{token}\nCopy it now: it won't be shown again. A program sends it as the header `Authorization: Bearer TOKEN`, to /api/v1/."
            );
        }
        TokenAction::List => {
            let all = tokens::all(data)?;
            if all.is_empty() {
                say!("There are no tokens. `photobridge token add NAME` creates one.");
            }
            for (name, kept) in all {
                say!("{}  created {}", clean(&name), moment(kept.made));
            }
        }
        TokenAction::Remove { name } => {
            tokens::remove(data, name)?;
            say!("Token “{}” revoked.", clean(name));
        }
    }
    Ok(Code::Done)
}
