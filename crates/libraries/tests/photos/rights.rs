//! A photo that nobody may write goes in like any other, of a user who is not the superuser: for that one no rights hold.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use photobridge_core::asset::ResourceRole::{PairedVideo, Photo};
use photobridge_core::fingerprint::Fingerprint;

use crate::household::{Household, live};

const NOBODY: u32 = 65_534;

#[test]
fn a_file_that_nobody_may_write_goes_in_like_any_other() {
    let is_superuser = tempfile::tempfile().and_then(|file| file.metadata()).expect("a file").uid() == 0;
    if is_superuser {
        let mut again = Command::new(std::env::current_exe().expect("this test"));
        again.args(["--exact", "rights::a_file_that_nobody_may_write_goes_in_like_any_other"]).uid(NOBODY).gid(NOBODY);
        match again.output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout);
                assert!(output.status.success() && said.contains("1 passed"), "{said}");
            }
            Err(error) => eprintln!("SKIPPED: this test cannot be run without the superuser's rights: {error}"),
        }
        return;
    }
    for has_tables in [true, false] {
        let home = Household::new(has_tables, &[]);
        let (still, movie) = live(1);
        for (name, bytes) in [("IMG_1.HEIC", &still), ("IMG_1.MOV", &movie)] {
            home.put(name, bytes);
            let file = home.folder().join(name);
            fs::set_permissions(&file, Permissions::from_mode(0o444)).expect("its own file");
            fs::OpenOptions::new().write(true).open(&file).expect_err("nobody may write it");
        }
        let report = home.sync().expect("it runs").report;
        assert_eq!(report.import.map(|import| (import.applied, import.failed)), Some((1, 0)));
        assert_eq!(home.kept(), [[(Photo, Fingerprint::of(&still)), (PairedVideo, Fingerprint::of(&movie))]]);
    }
}
