//! `decisions`: what people said of single photos.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use photobridge_core::asset::AssetId;
use photobridge_core::decide::{Desk, Refusal};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::Folders;
use photobridge_core::ledger::{DecisionRecord, Ledger};
use photobridge_core::library::Library;
use photobridge_core::memory::Decision;
use photobridge_core::run::RunId;
use serde::{Deserialize, Serialize};

use super::super::{App, Server};
use super::body::Body;
use super::problem::Problem;
use super::{Answer, answer, answer_of_library};
use crate::context::Context;
use crate::exit::Error;
use crate::folders::everywhere;

/// Rows that may be decided of at once.
const ROWS: usize = 1000;

/// Every decision that stands.
#[derive(Serialize)]
pub struct Decisions {
    decisions: Vec<Stands>,
}

/// One of them.
#[derive(Serialize)]
struct Stands {
    decision: Choice,
    fingerprint: String,
    size: u64,
    name: String,
}

/// What a person says of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Never carry it.
    LeaveOut,
    /// Carry it although a reason speaks against it.
    TakeIn,
    /// Make it a part of the photo to which it belongs.
    Join,
    /// Forget what was said.
    Withdraw,
}

impl Choice {
    fn decision(self) -> Option<Decision> {
        match self {
            Self::LeaveOut => Some(Decision::LeaveOut),
            Self::TakeIn => Some(Decision::TakeIn),
            Self::Join => Some(Decision::Join),
            Self::Withdraw => None,
        }
    }
}

impl From<DecisionRecord> for Stands {
    fn from(record: DecisionRecord) -> Self {
        let decision = match record.decision {
            Decision::LeaveOut => Choice::LeaveOut,
            Decision::TakeIn => Choice::TakeIn,
            Decision::Join => Choice::Join,
        };
        let fingerprint = record.photo.fingerprint.to_string();
        Self { decision, fingerprint, size: record.photo.size, name: record.photo.name }
    }
}

/// All of them, newest first.
pub async fn list(State(app): State<App>) -> Answer<Decisions> {
    answer(app, move |app| {
        let decisions = Ledger::look(&app.data)?.map_or(Ok(Vec::new()), |ledger| ledger.decisions())?;
        Ok(Decisions { decisions: decisions.into_iter().map(Stands::from).collect() })
    })
    .await
}

/// What is said of which photos: verdicts of a kept run by their rows, an asset, or what was decided of before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    choice: Choice,
    run: Option<RunId>,
    #[serde(default)]
    rows: Vec<usize>,
    asset: Option<String>,
    fingerprint: Option<String>,
}

/// What became of it.
#[derive(Serialize)]
pub struct Decided {
    decided: usize,
    refused: Vec<Refused>,
}

/// A row of which nothing was decided.
#[derive(Serialize)]
struct Refused {
    row: usize,
    why: String,
}

/// Decides.
pub async fn decide(State(app): State<App>, Body(said): Body<Said>) -> Answer<Decided> {
    answer_of_library(app, move |app| {
        let (context, folders) = (app.context()?, everywhere(&app.data));
        match (said.run, &said.asset, &said.fingerprint) {
            (Some(run), None, None) if (1..=ROWS).contains(&said.rows.len()) => of_rows(app, &context, run, &said),
            (None, Some(asset), None) => {
                let mut desk = desk(&context, &folders)?;
                let photo = desk.asset(&AssetId(asset.as_str().into()), None)?.map_err(refused)?;
                desk.decide(&[photo], said.choice.decision())?;
                Ok(Decided { decided: 1, refused: Vec::new() })
            }
            (None, None, Some(text)) => {
                let fingerprint: Fingerprint = text.parse().map_err(|_| refused(Refusal::Undecided))?;
                let mut desk = desk(&context, &folders)?;
                let photo = desk.decided(fingerprint)?.map_err(refused)?;
                desk.decide(&[photo], said.choice.decision())?;
                Ok(Decided { decided: 1, refused: Vec::new() })
            }
            _ => {
                let why =
                    "say of what: `run` with 1 to 1,000 `rows`, an `asset`, or a `fingerprint`. Nothing was decided";
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why))
            }
        }
    })
    .await
}

fn of_rows(app: &Server, context: &Context, run: RunId, said: &Said) -> Result<Decided, Problem> {
    let verdicts = app.recent.verdicts(run);
    let verdicts = verdicts.map_err(|_| Problem::missing(format!("the single verdicts of run {run} are not kept")))?;
    let refused = desk(context, &everywhere(&context.data))?.verdicts(&verdicts, &said.rows, said.choice.decision())?;
    let decided = said.rows.len() - refused.len();
    let refused = refused.into_iter().map(|(row, why)| Refused { row, why: why.to_string() }).collect();
    Ok(Decided { decided, refused })
}

type Opened = Result<Box<dyn Library>, Error>;

fn desk<'a>(context: &'a Context, folders: &'a dyn Folders) -> Result<Desk<'a, impl FnMut() -> Opened>, Error> {
    Ok(Desk::new(&context.data, folders, Timestamp::now(), || context.library())?)
}

fn refused(refusal: Refusal) -> Problem {
    let status = match refusal {
        Refusal::Undecided | Refusal::NoAsset => StatusCode::NOT_FOUND,
        _ => StatusCode::CONFLICT,
    };
    Problem::new(status, format!("nothing was decided: {refusal}"))
}
