//! Listens, serves each connection within bounds, and ends in good order.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tower::ServiceExt;

use super::gate::Gate;
use super::{Server, router};
use crate::exit::Error;
use crate::listen::{Listening, Peer, Place, Stream};
use crate::memory;
use crate::runner::Runner;

/// Connections that are served at once; others wait. Files need descriptors, too, and macOS gives a process 256.
const CONNECTIONS: usize = 320;

/// How long a client may take to say what it wants, and a connection may idle.
const HEADERS: Duration = Duration::from_secs(20);

/// How often schedules are looked at.
const TICK: Duration = Duration::from_secs(2);

/// How often it is listened to what arrives.
const LISTEN: Duration = Duration::from_secs(3);

/// How often it is looked whether a sync has worked lately.
const LOOK_BACK: Duration = Duration::from_secs(10 * 60);

/// How long requests under way may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves until the process is asked to end (SIGINT, SIGTERM, SIGHUP). `ready` gets what is listened at.
pub fn serve(
    data: &Path,
    place: Place,
    gate: Gate,
    ready: impl FnOnce(&[Listening]) -> Result<(), Error>,
) -> Result<(), Error> {
    let failed = |error| Error::Io("the server could not be started".into(), error);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let where_to = place.words();
        let taken = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AddrInUse => Error::Usage(format!(
                "{where_to} is in use by another program. Nothing was started. Choose another with --listen"
            )),
            _ => Error::Io(format!("Photobridge cannot listen at {where_to}"), error),
        };
        let listening = place.listen().await.map_err(taken)?;
        let app = Server::new(data, gate);
        let signals = Signals::listen().map_err(failed)?;
        ready(&listening)?;
        let runner = Arc::clone(&app.runner);
        tokio::task::spawn_blocking(move || runner.go_on());
        let runner = Arc::clone(&app.runner);
        std::thread::spawn(move || keep_time(&runner));
        let runner = Arc::clone(&app.runner);
        std::thread::spawn(move || keep_watch(&runner));
        let runner = Arc::clone(&app.runner);
        std::thread::spawn(move || keep_people_told(&runner));
        let end = async {
            signals.come().await;
            app.runner.stop();
        };
        accept(listening, router(app.clone()), end).await;
        let runner = Arc::clone(&app.runner);
        let _ = tokio::task::spawn_blocking(move || runner.wait()).await;
        Ok::<(), Error>(())
    })?;
    // A request that hangs on a dead disk must not keep the process.
    runtime.shutdown_timeout(FAREWELL);
    Ok(())
}

/// Looks every few seconds what is due, until the end.
fn keep_time(runner: &Arc<Runner>) {
    while !runner.is_ending() {
        runner.tick(Timestamp::now(), &TimeZone::system());
        std::thread::sleep(TICK);
    }
}

/// Listens every few seconds to what arrives, until the end. Apart from the time: a dead disk may keep it.
fn keep_watch(runner: &Arc<Runner>) {
    while !runner.is_ending() {
        runner.watch(Instant::now());
        std::thread::sleep(LISTEN);
    }
}

/// Looks every few minutes whether people are to be told of something. What the start took goes back, and what pages did.
fn keep_people_told(runner: &Runner) {
    while !runner.is_ending() {
        memory::give_back();
        std::thread::sleep(LOOK_BACK);
        runner.look_back();
    }
}

/// A connection that has one of the places.
type Accepted = (Box<dyn Stream>, Peer, OwnedSemaphorePermit);

async fn accept(listening: Vec<Listening>, routes: Router, end: impl Future<Output = ()>) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS)));
    let (sender, mut accepted) = mpsc::channel(1);
    for socket in listening {
        tokio::spawn(feed(socket, Arc::clone(&places), sender.clone()));
    }
    let mut end = std::pin::pin!(end);
    loop {
        let (stream, peer, place) = tokio::select! {
            Some(next) = accepted.recv() => next,
            () = &mut end => break,
        };
        let connection = graceful.watch(connection(stream, peer, routes.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
            drop(place);
        });
    }
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}

/// Brings in what comes to a socket, as long as there is a place for it.
async fn feed(socket: Listening, places: Arc<Semaphore>, accepted: mpsc::Sender<Accepted>) {
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match socket.accept().await {
            Ok((stream, peer)) => {
                if accepted.send((stream, peer, place)).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                // Most likely too many open files: some will be closed soon.
                tracing::warn!("a connection was not accepted: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// One connection, as it is served. What hyper reads becomes what axum takes, with who sent it.
fn connection(
    stream: Box<dyn Stream>,
    peer: Peer,
    routes: Router,
) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
    let to_axum = move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        request.map(axum::body::Body::new)
    };
    let service = TowerToHyperService::new(routes.map_request(to_axum));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
}

/// How the process is asked to end. Listened to before anybody is told that the server is there: without that a signal
/// would end the process in the middle of what it does.
struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> std::io::Result<Self> {
        use SignalKind as Kind;
        Ok(Self([signal(Kind::interrupt())?, signal(Kind::terminate())?, signal(Kind::hangup())?]))
    }

    /// Comes when one of them does.
    async fn come(mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
