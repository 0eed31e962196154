//! Photos and movies whole, as a browser can show them: by the number of a verdict or the id of an asset, never by a path.
//!
//! What is sent is called what its first bytes say that it is, and only what can run nothing: a page or a drawing that lies
//! among the photos is offered as a file to keep, whatever its name.

mod range;
mod sort;

use std::io::{self, Read, SeekFrom};
use std::iter;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use photobridge_core::library::Readable;
use photobridge_media::live;

use super::{download, shell};
use range::Span;
use sort::Sort;

/// Bytes that tell what a file is.
const TELLING: usize = 256;

/// Bytes that are read at a time.
const PIECE: u64 = 64 * 1024;

/// Nothing in a file of somebody's folder may ask for anything, or act in our name.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox";

/// A file that is open to be sent.
pub struct Source {
    /// Its bytes.
    pub bytes: Box<dyn Readable>,
    /// How many there are.
    pub size: u64,
    /// Another one once the file is another.
    pub tag: String,
    /// Its name, from outside.
    pub name: String,
}

impl Source {
    /// What its first bytes say that it is.
    pub fn sort(&mut self) -> io::Result<Option<Sort>> {
        let mut start = Vec::new();
        self.bytes.rewind()?;
        self.bytes.by_ref().take(TELLING as u64).read_to_end(&mut start)?;
        self.bytes.rewind()?;
        Ok(sort::of(&start))
    }

    /// The movie behind the picture of a motion photo.
    pub fn behind(mut self) -> io::Result<Option<Self>> {
        // Whatever ties it to a picture: it is only looked at.
        let Some(pair) = live::pair(&mut self.bytes, self.size, &[0; 20])? else { return Ok(None) };
        let mut movie = tempfile::tempfile()?;
        pair.movie.write(&mut self.bytes, &mut movie)?;
        let tag = format!("{}-movie", self.tag);
        Ok(Some(Self { bytes: Box::new(movie), size: pair.movie.size(), tag, name: self.name }))
    }

    /// Sends it, or the part that is asked for. What browsers do not show is a file to keep.
    pub fn send(mut self, sort: Option<Sort>, asked: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", self.tag);
        let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
        let knows = |known: &str| known.split(',').any(|one| one.trim() == tag || one.trim() == "*");
        if text(header::IF_NONE_MATCH).is_some_and(knows) {
            return dressed(StatusCode::NOT_MODIFIED, &tag, Body::empty());
        }
        let span = range::asked(text(header::RANGE), text(header::IF_RANGE), &tag, self.size);
        let (status, part) = match span {
            Span::Whole => (StatusCode::OK, 0..self.size),
            Span::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            Span::Nowhere => {
                let mut response = dressed(StatusCode::RANGE_NOT_SATISFIABLE, &tag, Body::empty());
                put(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", self.size));
                return response;
            }
        };
        if let Err(error) = self.bytes.seek(SeekFrom::Start(part.start)) {
            tracing::warn!("a file could not be sent: {error}");
            return shell::failed("this file could not be read. Nothing was changed");
        }
        let length = part.end - part.start;
        let mut response = dressed(status, &tag, download::body(pieces(self.bytes, length)));
        put(&mut response, header::CONTENT_LENGTH, &length.to_string());
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, self.size);
            put(&mut response, header::CONTENT_RANGE, &range);
        }
        put(&mut response, header::CONTENT_TYPE, sort.map_or("application/octet-stream", Sort::as_str));
        put(&mut response, header::CONTENT_DISPOSITION, &disposition(sort, &self.name));
        response
    }
}

/// Bytes as they are taken; a file that ends too early breaks the connection off.
fn pieces(mut bytes: impl Read, mut left: u64) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    iter::from_fn(move || {
        let length = left.min(PIECE);
        let mut piece = vec![0; usize::try_from(length).ok().filter(|length| *length > 0)?];
        let read = bytes.read_exact(&mut piece);
        left = if read.is_ok() { left - length } else { 0 };
        Some(read.map(|()| piece))
    })
}

/// A response with what holds for every file.
fn dressed(status: StatusCode, tag: &str, body: Body) -> Response {
    let mut response = (status, body).into_response();
    put(&mut response, header::ETAG, tag);
    put(&mut response, header::ACCEPT_RANGES, "bytes");
    put(&mut response, header::CACHE_CONTROL, "private, no-cache");
    put(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether it is shown or kept, and the name that it is offered by.
fn disposition(sort: Option<Sort>, name: &str) -> String {
    let kind = if sort.is_some() { "inline" } else { "attachment" };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let name = name.bytes().map(|byte| match is_plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    format!("{kind}; filename*=UTF-8''{}", name.collect::<String>())
}
