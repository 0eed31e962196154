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
                "{token}\nThis is shown once. A program sends it as the header `Authorization: Bearer TOKEN`, to /api/v1/."
            );
        }
        TokenAction::List => {
            let all = tokens::all(data)?;
            if all.is_empty() {
                say!("There is no token: `photobridge token add NAME` makes one.");
            }
            for (name, kept) in all {
                say!("{}  made {}", clean(&name), moment(kept.made));
            }
        }
        TokenAction::Remove { name } => {
            tokens::remove(data, name)?;
            say!("The token {} is taken away. Its program is let in no more.", clean(name));
        }
    }
    Ok(Code::Done)
}
