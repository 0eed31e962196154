//! Only a server that proves who it is is spoken to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use photobridge_folders::webdav::client::{Access, Client};
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::listing::look;
use photobridge_testkit::cloud::{HOME, Manners};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::stage::{Stage, access};

/// A certificate of this test: an authority that nobody knows, and a server's for 127.0.0.1 that it signed.
fn certificate(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webdav/certificates").join(name)
}

/// A way over TLS to a server; counts the connections on which anything was said.
fn encrypted(server: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let certificate_file = CertificateDer::from_pem_file(certificate("server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(certificate("key.pem")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config =
        Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate_file], key).expect("a server"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = heard.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (config, counter) = (config.clone(), counter.clone());
            thread::spawn(move || {
                let connection = ServerConnection::new(config).expect("a connection");
                one_exchange(StreamOwned::new(connection, client), server, &counter)
            });
        }
    });
    (address, heard)
}

/// Hands one question about properties on, and its answer back.
fn one_exchange(
    mut client: StreamOwned<ServerConnection, TcpStream>,
    server: SocketAddr,
    heard: &AtomicUsize,
) -> Option<()> {
    let (mut request, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    while !request.ends_with(b"</d:propfind>") {
        let length = client.read(&mut piece).ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&piece[..length]);
    }
    heard.fetch_add(1, Ordering::SeqCst);
    let mut server = TcpStream::connect(server).ok()?;
    server.write_all(&request).ok()?;
    server.set_read_timeout(Some(Duration::from_millis(300))).ok()?;
    while let Ok(length @ 1..) = server.read(&mut piece) {
        client.write_all(&piece[..length]).ok()?;
    }
    client.flush().ok()
}

#[test]
fn a_server_is_believed_only_by_its_certificate() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let (address, heard) = encrypted(stage.cloud.address);
    let access = |authority| Access { authority, ..access(&format!("https://{address}{HOME}/Photos")) };
    let stranger = Client::new(&access(None)).expect("a client");
    let fault = look(&stranger, Path::new("")).expect_err("nobody knows this authority");
    assert!(matches!(&fault, Fault::Refused(why) if why.contains("could not prove")), "{fault:?}");
    assert_eq!(heard.load(Ordering::SeqCst), 0, "no word was said, no password");
    let known = Client::new(&access(Some(certificate("authority.pem")))).expect("a client");
    assert!(look(&known, Path::new("")).expect("it is there").is_directory);
    assert_eq!(heard.load(Ordering::SeqCst), 1);
    for (file, word) in [("nothing.pem", "could not be read"), ("key.pem", "holds none")] {
        let fault = Client::new(&access(Some(certificate(file)))).expect_err("no certificate");
        assert!(fault.to_string().contains(word), "{fault}");
    }
}
