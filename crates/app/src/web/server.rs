//! Listens, serves each connection within bounds, and ends in good order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;
use tower::util::MapRequest;

use super::gate::Gate;
use super::{Server, router};
use crate::exit::Error;
use crate::runner::Runner;

/// Connections that are served at once; others wait. Files need descriptors, too, and macOS gives a process 256.
const CONNECTIONS: usize = 320;

/// How long a client may take to say what it wants, and a connection may idle.
const HEADERS: Duration = Duration::from_secs(20);

/// How often schedules are looked at.
const TICK: Duration = Duration::from_secs(2);

/// How long requests under way may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where and as whom the server listens.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The address; its port may be 0 for any free one.
    pub address: SocketAddr,
    /// Other names under which people reach it.
    pub names: Vec<String>,
    /// The hash of the password that it asks for.
    pub password: Option<String>,
}

/// Serves until the process is asked to end (SIGINT, SIGTERM, SIGHUP). `ready` gets the address once it listens.
pub fn serve(data: &Path, listen: &Listen, ready: impl FnOnce(SocketAddr) -> Result<(), Error>) -> Result<(), Error> {
    let failed = |error| Error::Io("the server could not be started".into(), error);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let taken = |error| Error::Io(format!("{} cannot be listened at", listen.address), error);
        let listener = TcpListener::bind(listen.address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let app = Server::new(data, Gate::new(address, &listen.names, listen.password.clone()));
        ready(address)?;
        let runner = Arc::clone(&app.runner);
        tokio::task::spawn_blocking(move || runner.go_on());
        let runner = Arc::clone(&app.runner);
        std::thread::spawn(move || keep_time(&runner));
        let end = async {
            asked_to_end().await;
            app.runner.stop();
        };
        accept(&listener, router(app.clone()), end).await;
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

async fn accept(listener: &TcpListener, routes: Router, end: impl Future<Output = ()>) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut end = std::pin::pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            match listener.accept().await {
                Ok((stream, _)) => Some((stream, place)),
                Err(error) => {
                    // Most likely too many open files: some will be closed soon.
                    tracing::warn!("a connection was not accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    None
                }
            }
        };
        let (stream, place) = tokio::select! {
            next = next => match next {
                Some(next) => next,
                None => continue,
            },
            () = &mut end => break,
        };
        let connection = graceful.watch(connection(stream, routes.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended early: {error}");
            }
            drop(place);
        });
    }
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
}

/// Turns what hyper reads into what axum takes.
type ToAxum = fn(hyper::Request<Incoming>) -> axum::extract::Request;

/// One connection, as it is served.
type Served = http1::Connection<TokioIo<TcpStream>, TowerToHyperService<MapRequest<Router, ToAxum>>>;

fn connection(stream: TcpStream, routes: Router) -> Served {
    let _ = stream.set_nodelay(true);
    let to_axum: ToAxum = |request| request.map(axum::body::Body::new);
    let service = TowerToHyperService::new(routes.map_request(to_axum));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service)
}

/// Comes when the process is asked to end.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!("a signal cannot be waited for: {error}");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}
