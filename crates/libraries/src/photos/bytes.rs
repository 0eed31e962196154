//! Brings the bytes of one file out of PhotoKit, which may fetch them from iCloud, answer late, or never. Not run
//! on a Mac.

use std::io::{self, Write};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use photobridge_core::library::ReadError;
use photobridge_core::progress::Cancel;
use photobridge_photokit::{Delivery, PhotoKit, ResourceType};

use super::failure::{Meaning, meaning, of_bytes};

/// Pieces that wait for the sink at most; PhotoKit sends about 1 MB each.
const QUEUE: usize = 8;

/// How often somebody looks whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// How long PhotoKit is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Silence after which a request for bytes is given up. iCloud's progress is no silence.
    pub stall: Duration,
    /// How often a request that brought nothing is made.
    pub tries: u32,
    /// The pause before another try.
    pub pause: Duration,
    /// How long a change may take: Photos reads whole files in it.
    pub change: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { stall: seconds(120), tries: 3, pause: seconds(5), change: seconds(600) }
    }
}

/// One file that is wanted.
pub(super) struct Wanted<'a> {
    pub local_identifier: &'a str,
    pub kind: ResourceType,
    /// Its size, where that is known.
    pub size: Option<u64>,
    /// Whether iCloud may be asked.
    pub network: bool,
}

/// Streams a file into `sink`; returns its length.
///
/// Another try is made only while nothing reached the sink, which could not take it back.
pub(super) fn stream(
    kit: &dyn PhotoKit,
    wanted: &Wanted<'_>,
    sink: &mut dyn Write,
    patience: &Patience,
    cancel: &Cancel,
) -> Result<u64, ReadError> {
    let mut tries = 1;
    loop {
        let mut length = 0;
        match attempt(kit, wanted, sink, &mut length, patience, cancel) {
            Ok(()) => return whole(wanted, length),
            Err(ReadError::Retry(_)) if length == 0 && tries < patience.tries && !cancel.is_cancelled() => {
                tries += 1;
                std::thread::sleep(patience.pause);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Fewer or more bytes than the file has are not the file.
fn whole(wanted: &Wanted<'_>, length: u64) -> Result<u64, ReadError> {
    match wanted.size {
        Some(size) if size != length => {
            Err(ReadError::Retry(format!("Photos sent {length} bytes of a file of {size}")))
        }
        _ => Ok(length),
    }
}

fn attempt(
    kit: &dyn PhotoKit,
    wanted: &Wanted<'_>,
    sink: &mut dyn Write,
    length: &mut u64,
    patience: &Patience,
    cancel: &Cancel,
) -> Result<(), ReadError> {
    let (sender, receiver) = sync_channel(QUEUE);
    let request = kit.request_data(wanted.local_identifier, wanted.kind, wanted.network, sender);
    let request = request.map_err(|error| of_bytes(&error))?;
    let mut heard = Instant::now();
    let result = loop {
        match receiver.recv_timeout(LOOK.min(patience.stall)) {
            Ok(Delivery::Progress) => heard = Instant::now(),
            Ok(Delivery::Bytes(bytes)) => {
                heard = Instant::now();
                if let Err(error) = sink.write_all(&bytes) {
                    break Err(of_sink(&error));
                }
                *length += bytes.len() as u64;
            }
            // Whatever comes after the end is not heard any more.
            Ok(Delivery::Done(Ok(()))) => return Ok(()),
            Ok(Delivery::Done(Err(error))) => {
                let is_offline = meaning(&error) == Meaning::Network && !wanted.network;
                return Err(if is_offline { ReadError::NotHere } else { of_bytes(&error) });
            }
            Err(RecvTimeoutError::Disconnected) => break Err(ReadError::Retry("Photos broke off".into())),
            Err(RecvTimeoutError::Timeout) if heard.elapsed() >= patience.stall => {
                let seconds = patience.stall.as_secs();
                break Err(ReadError::Retry(format!("Photos sent nothing for {seconds} seconds")));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if cancel.is_cancelled() {
            break Err(ReadError::Retry("cancelled".into()));
        }
    };
    // First, as PhotoKit may be waiting in the middle of a piece that nobody takes, and the end of its request with it.
    drop(receiver);
    kit.cancel_request(request);
    result
}

fn of_sink(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ReadError::DiskFull,
        _ => ReadError::Permanent(error.to_string()),
    }
}
