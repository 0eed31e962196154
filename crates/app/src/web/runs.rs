//! What is kept of one run: its verdicts as a file, and its log.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path as FilePath;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use photobridge_core::lock::is_held;
use photobridge_core::run::RunId;

use super::download::{self, Form};
use super::gate::Visitor;
use super::look::Asked;
use super::{App, blocking, plan, shell};
use crate::exit::Error;
use crate::{history, spreadsheet, verdicts};

/// Bytes of a log that are shown: its end, where more came to be.
const LONGEST_LOG: u64 = 2 << 20;

/// The run that an address names, as `{run}`.
#[derive(Debug, Clone, Copy)]
pub struct Named(pub RunId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|Path(text)| number(&text)).map(Self).ok_or_else(no_such_run)
    }
}

/// A number of a run as people write it: digits, and nothing besides.
pub fn number(text: &str) -> Option<RunId> {
    let is_number = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number > 0).map(RunId)
}

/// The answer to whoever asks for a run that is not there.
pub fn no_such_run() -> Response {
    shell::missing("there is no such run. The history lists them all")
}

/// `/runs/12` shows the run, `/runs/12.csv` and `/runs/12.json` are its verdicts as a file.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    name: Result<Path<String>, PathRejection>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let Path(name) = name.map_err(|_| no_such_run())?;
    let (text, form) = match name.rsplit_once('.') {
        Some((text, ending)) => (text, Some(Form::of(ending).ok_or_else(no_such_run)?)),
        None => (name.as_str(), None),
    };
    let run = number(text).ok_or_else(no_such_run)?;
    match form {
        Some(form) => blocking(move || file(&app.data, run, form)).await?,
        None => plan::show(app, visitor, run, asked).await,
    }
}

fn file(data: &FilePath, run: RunId, form: Form) -> Result<Response, Response> {
    let found = history::run(data, run, is_held(data)).map_err(|error| Error::from(error).into_response())?;
    let found = found.ok_or_else(no_such_run)?;
    let lines = verdicts::lines(data, run).map_err(|_| {
        shell::missing(&format!(
            "the single verdicts of run {run} are not kept. Those of the latest runs are; its counts are in the history"
        ))
    })?;
    let stem = format!("photobridge-run-{run}");
    Ok(match form {
        Form::Csv => {
            let header = std::iter::once(Ok(spreadsheet::header(&spreadsheet::VERDICT)));
            download::file(form, &stem, header.chain(lines.map(|line| Ok(spreadsheet::verdict(&line?)))))
        }
        Form::Json => {
            let run = serde_json::to_string(&found).unwrap_or_default();
            let head = format!("{{\"run\": {run}, \"verdicts\": [").into_bytes();
            let lines = lines.map(|line| Ok(serde_json::to_vec(&line?)?));
            download::file(form, &stem, download::list(head, lines, b"\n]}\n"))
        }
    })
}

/// The log of a run as plain text.
pub async fn log(State(app): State<App>, Named(run): Named) -> Result<Response, Response> {
    let text = blocking(move || read_log(&app.data, run)).await?;
    let text = text.map_err(|_| shell::missing(&format!("no log of run {run} is kept")))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// Whether a log is kept of a run.
pub fn has_log(data: &FilePath, run: RunId) -> bool {
    log_file(data, run).exists()
}

fn log_file(data: &FilePath, run: RunId) -> std::path::PathBuf {
    data.join("runs").join(format!("{run}.log"))
}

fn read_log(data: &FilePath, run: RunId) -> io::Result<String> {
    let mut file = File::open(log_file(data, run))?;
    let length = file.metadata()?.len();
    let mut text = Vec::new();
    let mut end = BufReader::new(&mut file);
    if length > LONGEST_LOG {
        end.seek(SeekFrom::Start(length - LONGEST_LOG))?;
        end.skip_until(b'\n')?;
        text.extend(b"[the beginning is left out]\n");
    }
    end.take(LONGEST_LOG).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_a_number_and_nothing_else() {
        assert_eq!(number("12"), Some(RunId(12)));
        for text in
            ["", "0", "-1", "+1", " 1", "1 ", "1.0", "9999999999999999999", "../1", "1/../2", "..", "\u{661}", "0x1"]
        {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn of_a_long_log_its_end_is_shown() {
        let data = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(data.path().join("runs")).expect("a directory");
        let line = format!("{}\n", "x".repeat(99));
        std::fs::write(log_file(data.path(), RunId(1)), line.repeat(30_000) + "the last\n").expect("written");
        let shown = read_log(data.path(), RunId(1)).expect("readable");
        assert!(shown.len() as u64 <= LONGEST_LOG + 100, "{}", shown.len());
        assert!(shown.starts_with("[the beginning is left out]\nxxx"));
        assert!(shown.ends_with("the last\n"));
    }
}
