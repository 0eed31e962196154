//! A server, a wire to it, and a client.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::part_name;
use photobridge_core::progress::Cancel;
use photobridge_folders::webdav::address::Address;
use photobridge_folders::webdav::client::{Access, Client};
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::learn::{self, Habits, Way};
use photobridge_folders::webdav::naming::{Cargo, Namer, Placed};
use photobridge_folders::webdav::secret::{Credentials, Secret};
use photobridge_testkit::cloud::{Cloud, Manners};
use photobridge_testkit::wire::Wire;
use sha1::{Digest, Sha1};
use tempfile::TempDir;

/// 2019-07-04T12:30:15Z.
pub const TAKEN: i64 = 1_562_243_415;

pub fn access(address: &str) -> Access {
    let credentials = Credentials::Password { user: "me".into(), password: Secret::new("xyzzy42") };
    Access { address: Address::read(address, false).expect("an address"), credentials, authority: None }
}

pub fn client(server: SocketAddr) -> Arc<Client> {
    Arc::new(Client::new(&access(&Cloud::photos(server))).expect("a client"))
}

pub struct Stage {
    pub cloud: Cloud,
    pub wire: Wire,
    pub client: Arc<Client>,
    pub room: TempDir,
    pub there: Mutex<HashSet<PathBuf>>,
}

impl Stage {
    pub fn new(manners: Manners) -> Self {
        let cloud = Cloud::start(manners);
        let wire = Wire::to(cloud.address);
        let client = client(wire.address);
        let room = tempfile::tempdir().expect("a directory");
        Self { cloud, wire, client, room, there: Mutex::default() }
    }

    pub fn habits(&self) -> Habits {
        learn::learn(&self.client, &learn::trial_name(), &Cancel::new()).expect("it is tried out")
    }

    /// Brings bytes to a path below the folder.
    pub fn place(&self, habits: &Habits, way: Way, bytes: &[u8], target: &str) -> Result<Placed, Fault> {
        self.place_as(&part_name(), habits, way, bytes, target)
    }

    pub fn place_as(&self, part: &str, habits: &Habits, way: Way, bytes: &[u8], target: &str) -> Result<Placed, Fault> {
        let file = self.room.path().join(part);
        std::fs::write(&file, bytes).expect("written");
        let sha1 = Some(Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect());
        let (size, fingerprint) = (bytes.len() as u64, Fingerprint::of(bytes));
        let taken = jiff::Timestamp::from_second(TAKEN).ok();
        let cargo = Cargo { file: &file, size, fingerprint, sha1, taken };
        Namer::new(&self.client, habits, way, &self.there)
            .place(&cargo, part, Path::new(target))
            .map(|(placed, _)| placed)
    }

    /// What lies below the folder, by its path there.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let below = |(path, bytes): (String, Vec<u8>)| Some((path.strip_prefix("Photos/")?.to_owned(), bytes));
        self.cloud.files().into_iter().filter_map(below).collect()
    }
}

/// Bytes that differ at every place from those of another seed.
pub fn bytes(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 ^ (at >> 8) as u8 ^ seed).collect()
}
