//! A wire between a client and a server that breaks where it is told to.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// Bytes that pass at a time.
const PIECE: usize = 64 * 1024;

/// A proxy that hands on pieces of 64 KB at most, and breaks the connection instead of handing on one of them: the request
/// never arrives, half of it does, or its answer is lost.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Where clients find it.
    pub address: SocketAddr,
    passed: Arc<AtomicUsize>,
    breaks_at: Arc<AtomicUsize>,
    sent: Arc<AtomicU64>,
}

impl Wire {
    /// A wire to a server, whole for now.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let wire = Self {
            address,
            passed: Arc::default(),
            breaks_at: Arc::new(AtomicUsize::new(usize::MAX)),
            sent: Arc::default(),
        };
        let of_it = wire.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                of_it.join(&client, &server, true);
                of_it.join(&server, &client, false);
            }
        });
        wire
    }

    /// Lets the wire break once, instead of handing on the piece of this number, counted from now.
    pub fn break_at(&self, piece: usize) {
        self.passed.store(0, Ordering::SeqCst);
        self.breaks_at.store(piece, Ordering::SeqCst);
    }

    /// Pieces that came since [`Wire::break_at`].
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    /// Bytes that servers sent back, ever.
    pub fn received(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    fn join(&self, from: &TcpStream, to: &TcpStream, is_request: bool) {
        let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else { return };
        let wire = self.clone();
        thread::spawn(move || {
            let mut piece = vec![0; PIECE];
            while let Ok(length @ 1..) = from.read(&mut piece) {
                let number = wire.passed.fetch_add(1, Ordering::SeqCst);
                if number == wire.breaks_at.load(Ordering::SeqCst) {
                    break;
                }
                if !is_request {
                    wire.sent.fetch_add(length as u64, Ordering::SeqCst);
                }
                if to.write_all(&piece[..length]).is_err() {
                    break;
                }
            }
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
}
