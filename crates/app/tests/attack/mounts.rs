//! Disks that are put over a directory and taken away. Only the superuser may.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::text;

/// A disk over a directory, until it is dropped.
pub struct Mount(PathBuf);

impl Mount {
    /// A disk in memory.
    pub fn in_memory(over: &Path) -> Self {
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(over));
        Self(over.to_owned())
    }

    /// What lies in another directory.
    pub fn of(directory: &Path, over: &Path) -> Self {
        run(Command::new("mount").arg("--bind").arg(directory).arg(over));
        Self(over.to_owned())
    }

    /// Makes it another one in some respect, as `ro` or `size=1m`.
    pub fn change(&self, options: &str) {
        run(Command::new("mount").arg("-o").arg(format!("remount,{options}")).arg(&self.0));
    }

    /// Leaves so many bytes free.
    pub fn leave(&self, free: u64) {
        let found = rustix::fs::statvfs(&self.0).expect("a disk");
        let used = (found.f_blocks - found.f_bfree) * found.f_frsize;
        self.change(&format!("size={}", used + free));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // As a disk that is pulled out: also while somebody uses it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", text(&output));
}
