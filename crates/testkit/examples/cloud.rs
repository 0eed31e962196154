//! The model of Nextcloud as a server of its own, for `scripts/measure-webdav`: says its address, then each request.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use photobridge_testkit::cloud::{Cloud, Manners};

fn main() -> io::Result<()> {
    let cloud = Cloud::start(Manners::NEXTCLOUD);
    let mut out = io::stdout().lock();
    writeln!(out, "{}", Cloud::photos(cloud.address))?;
    loop {
        for request in cloud.requests() {
            writeln!(out, "{request}")?;
        }
        out.flush()?;
        thread::sleep(Duration::from_millis(50));
    }
}
