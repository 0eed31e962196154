//! Files that are made while they are sent: whoever takes one slowly holds neither a thread nor the whole of it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio_stream::StreamExt;

/// Bytes that are made at a time.
const CHUNK: usize = 64 * 1024;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

impl Form {
    /// The form for the ending of a name.
    pub fn of(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// A file to keep, of the name `stem` and the form's ending. `stem` is ours, never a name from outside. An error on the way
/// breaks the connection off: half a file must not look like a whole one.
pub fn file(form: Form, stem: &str, pieces: impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static) -> Response {
    let disposition = format!("attachment; filename=\"{stem}.{}\"", form.ending());
    let headers = [(header::CONTENT_TYPE, form.content_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, body(pieces)).into_response()
}

/// A list as JSON: `head`, then the pieces with commas between them, then `tail`.
pub fn list(
    head: Vec<u8>,
    pieces: impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static,
    tail: &'static [u8],
) -> impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static {
    let separated = pieces.enumerate().map(|(at, piece)| {
        let before: &[u8] = if at == 0 { b"\n" } else { b",\n" };
        Ok([before, &piece?].concat())
    });
    std::iter::once(Ok(head)).chain(separated).chain(std::iter::once(Ok(tail.to_vec())))
}

/// Pieces as a body, each made once the one before was taken.
pub fn body(pieces: impl Iterator<Item = io::Result<Vec<u8>>> + Send + 'static) -> Body {
    let pieces = Arc::new(Mutex::new(pieces));
    let chunks = tokio_stream::iter(std::iter::repeat(())).then(move |()| {
        let pieces = Arc::clone(&pieces);
        async move {
            let made = move || chunk(&mut *pieces.lock().unwrap_or_else(PoisonError::into_inner));
            tokio::task::spawn_blocking(made).await.map_err(io::Error::other).flatten().transpose()
        }
    });
    Body::from_stream(chunks.map_while(|chunk| chunk))
}

/// The next pieces, as many as fill a chunk; nothing at the end.
fn chunk(pieces: &mut impl Iterator<Item = io::Result<Vec<u8>>>) -> io::Result<Option<Vec<u8>>> {
    let mut chunk = Vec::new();
    for piece in pieces {
        chunk.append(&mut piece?);
        if chunk.len() >= CHUNK {
            break;
        }
    }
    Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
}
