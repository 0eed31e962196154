//! What kind of disk a folder lies on, as far as that changes what can be known of its files.

use std::path::Path;

use photobridge_core::folder::Properties;

/// Kinds that make up inodes, besides all that FUSE carries: FAT has none, and networks their own.
const RENUMBERING: [&str; 9] = ["vfat", "msdos", "exfat", "9p", "cifs", "smb3", "smbfs", "webdav", "macfuse"];

/// Kinds on which others write, of which this computer hears nothing, besides all that FUSE carries but a disk of its own.
const SILENT: [&str; 13] =
    ["9p", "afs", "ceph", "cifs", "macfuse", "nfs", "nfs4", "smb3", "smbfs", "vboxsf", "virtiofs", "webdav", "prl_fs"];

/// What can be expected of the disk on which a directory lies. One that says nothing of itself is taken for a good one.
pub(super) fn properties(directory: &Path) -> Properties {
    let (kind, source) = kind(directory).unwrap_or_default();
    of_kind(&kind, &source)
}

/// The same of a disk of this kind, with what is mounted: a device, a directory, an address.
fn of_kind(kind: &str, source: &str) -> Properties {
    let is_address = source.starts_with("http://") || source.starts_with("https://");
    let cache = match kind {
        "fuse.rclone" => Some("rclone"),
        // It gives no kind of its own.
        "fuse" | "fuse.davfs" | "fuse.davfs2" if is_address => Some("davfs2"),
        _ => None,
    };
    let silent = SILENT.contains(&kind) || (kind.starts_with("fuse") && kind != "fuseblk");
    let renumbers = kind.starts_with("fuse") || RENUMBERING.contains(&kind);
    // What is still on its way up has no name there that could be changed.
    Properties { renumbers, cache, silent, keeps_names: cache.is_some(), ..Properties::default() }
}

/// Kind and source of what is mounted where the directory lies.
#[cfg(not(target_os = "macos"))]
fn kind(directory: &Path) -> Option<(String, String)> {
    use std::os::unix::fs::MetadataExt;
    let device = std::fs::metadata(directory).ok()?.dev();
    let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    listed(&std::fs::read_to_string("/proc/self/mountinfo").ok()?, &device)
}

/// What a list of Linux says of the device.
#[cfg(not(target_os = "macos"))]
fn listed(mounts: &str, device: &str) -> Option<(String, String)> {
    let of_line = |line: &str| {
        let (place, what) = line.split_once(" - ")?;
        let mut what = what.split(' ');
        let is_it = place.split(' ').nth(2) == Some(device);
        is_it.then_some((what.next()?.to_owned(), what.next()?.to_owned()))
    };
    mounts.lines().find_map(of_line)
}

#[cfg(target_os = "macos")]
fn kind(directory: &Path) -> Option<(String, String)> {
    let disk = rustix::fs::statfs(directory).ok()?;
    let text = |characters: &[std::ffi::c_char]| {
        let bytes: Vec<u8> = characters.iter().map(|c| *c as u8).take_while(|byte| *byte != 0).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Some((text(&disk.f_fstypename), text(&disk.f_mntfromname)))
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_known_by_its_kind() {
        let mounts = "\
            22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            31 22 0:39 / /home/a/my\\040disk rw,nosuid shared:5 - fuse.sshfs a@nas:/photos rw,user_id=0\n\
            32 22 0:40 / /mnt/dav rw - fuse https://nas.example/dav rw\n\
            33 22 0:41 / /mnt/cloud rw - fuse.rclone cloud:photos rw\n\
            34 22 7:0 / /mnt/stick rw - fuseblk /dev/loop0 rw\n\
            35 22 7:1 / /mnt/card rw - vfat /dev/loop1 rw\n\
            36 22 0:42 / /mnt/plain rw - fuse /home/a/http rw\n\
            37 22 0:43 / /mnt/nas rw - nfs4 nas:/photos rw\n";
        let disk = |device| listed(mounts, device).map(|(kind, source)| of_kind(&kind, &source));
        let is = |renumbers, cache: Option<&'static str>, silent| {
            Some(Properties { renumbers, cache, silent, keeps_names: cache.is_some(), ..Properties::default() })
        };
        assert_eq!(disk("254:0"), is(false, None, false));
        assert_eq!(disk("0:43"), is(false, None, true));
        for (device, silent) in [("0:39", true), ("7:0", false), ("7:1", false), ("0:42", true)] {
            assert_eq!(disk(device), is(true, None, silent), "{device}");
        }
        assert_eq!(disk("0:40"), is(true, Some("davfs2"), true));
        assert_eq!(disk("0:41"), is(true, Some("rclone"), true));
        assert_eq!(disk("0:99"), None);
        assert_eq!(properties(Path::new("/nowhere")), Properties::default());
        assert_eq!(properties(Path::new("/proc")), Properties::default());
    }
}
