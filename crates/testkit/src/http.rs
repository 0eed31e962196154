//! A web server that fits on a page, for models of real ones: a thread for each connection, requests one after the other.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A request, with as much of its body as arrived.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// The connection ended before the body did.
    pub is_cut: bool,
}

impl Asked {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// The status; 0 ends the connection without an answer.
    pub status: u16,
    /// The headers, but for the length.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answered {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a body of this kind.
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", kind)
    }
}

/// Answers requests.
pub type Handler = dyn Fn(Asked) -> Answered + Send + Sync;

/// Serves on a port of this computer until the program ends.
pub fn serve(handler: Arc<Handler>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = handler.clone();
            // A client that goes away is no failure of ours.
            thread::spawn(move || drop(answer(stream, &*handler)));
        }
    });
    address
}

fn answer(stream: TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some(asked) = read(&mut reader)? {
        let (is_head, is_cut) = (asked.method == "HEAD", asked.is_cut);
        let answered = handler(asked);
        if answered.status == 0 || is_cut {
            return Ok(());
        }
        let mut head = format!("HTTP/1.1 {} Said\r\n", answered.status);
        for (name, value) in &answered.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if answered.status != 204 {
            head.push_str(&format!("Content-Length: {}\r\n", answered.body.len()));
        }
        writer.write_all(format!("{head}\r\n").as_bytes())?;
        if !is_head {
            writer.write_all(&answered.body)?;
        }
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut asked = Asked { method, path, ..Asked::default() };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        asked.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = asked.header("content-length").and_then(|text| text.parse().ok());
    if let Some(length) = length {
        let read = reader.take(length).read_to_end(&mut asked.body);
        asked.is_cut = read.is_err() || (asked.body.len() as u64) < length;
    } else if asked.header("transfer-encoding").is_some() {
        asked.is_cut = read_chunks(reader, &mut asked.body).is_err();
    }
    Ok(Some(asked))
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let before = body.len() as u64;
        reader.by_ref().take(length).read_to_end(body)?;
        if body.len() as u64 - before < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        reader.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}
