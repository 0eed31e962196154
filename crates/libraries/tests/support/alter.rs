//! What may befall an embedded library in Photos' hands: done on its files and rows, as only tests may.

use std::fs;
use std::path::Path;

use photobridge_core::asset::AssetId;

/// As a library made on macOS 15 without iCloud: no fingerprint is stored.
pub fn forget_fingerprints(path: &Path) {
    super::sql(
        path,
        "UPDATE ZADDITIONALASSETATTRIBUTES SET ZORIGINALSTABLEHASH = NULL;
         UPDATE ZINTERNALRESOURCE SET ZFINGERPRINT = NULL;",
    );
}

/// Moves an asset to Recently Deleted.
pub fn trash(path: &Path, id: &AssetId) {
    super::sql(path, &format!("UPDATE ZASSET SET ZTRASHEDSTATE = 1, ZTRASHEDDATE = 1 WHERE ZUUID = '{id}'"));
}

/// Hides an asset.
pub fn hide(path: &Path, id: &AssetId) {
    super::sql(path, &format!("UPDATE ZASSET SET ZHIDDEN = 1 WHERE ZUUID = '{id}'"));
}

/// Removes an asset for good, with its files.
pub fn delete(path: &Path, id: &AssetId) {
    let asset = format!("(SELECT Z_PK FROM ZASSET WHERE ZUUID = '{id}')");
    super::sql(
        path,
        &format!(
            "DELETE FROM Z_33ASSETS WHERE Z_3ASSETS = {asset};
             DELETE FROM ZINTERNALRESOURCE WHERE ZASSET = {asset};
             DELETE FROM ZEXTENDEDATTRIBUTES WHERE ZASSET = {asset};
             DELETE FROM ZADDITIONALASSETATTRIBUTES WHERE ZASSET = {asset};
             DELETE FROM ZASSET WHERE ZUUID = '{id}';"
        ),
    );
    for file in super::tree(&path.join("originals").join(&id.0[..1])).keys() {
        if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&*id.0)) {
            fs::remove_file(file).expect("an original");
        }
    }
}

/// As iCloud's "Optimise Mac Storage" leaves a library: rows say that the originals are remote, the files are gone.
pub fn evict(path: &Path) {
    super::sql(path, "UPDATE ZINTERNALRESOURCE SET ZLOCALAVAILABILITY = -1, ZREMOTEAVAILABILITY = 1;");
    for file in super::tree(&path.join("originals")).keys().filter(|file| file.is_file()) {
        fs::remove_file(file).expect("an original");
    }
}

/// As a library that was rebuilt: the same photos under new ids.
pub fn rebuild(path: &Path, ids: &[AssetId]) -> Vec<AssetId> {
    let fresh = |id: &AssetId| -> AssetId {
        let digits: String = id.0.chars().map(|c| if c == '-' { c } else { rotate(c) }).collect();
        AssetId(digits.into())
    };
    for id in ids {
        let new = fresh(id);
        let (old_shard, new_shard) = (&id.0[..1], &new.0[..1]);
        fs::create_dir_all(path.join("originals").join(new_shard)).expect("a directory");
        for file in super::tree(&path.join("originals").join(old_shard)).keys() {
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
            if let Some(rest) = name.strip_prefix(&*id.0) {
                let target = path.join("originals").join(new_shard).join(format!("{}{rest}", new.0));
                fs::rename(file, target).expect("a rename");
            }
        }
        super::sql(
            path,
            &format!(
                "UPDATE ZASSET SET ZUUID = '{new}', ZDIRECTORY = '{new_shard}', \
                 ZFILENAME = replace(ZFILENAME, '{id}', '{new}') WHERE ZUUID = '{id}'"
            ),
        );
    }
    ids.iter().map(fresh).collect()
}

fn rotate(digit: char) -> char {
    let value = digit.to_digit(16).expect("a hexadecimal digit");
    char::from_digit((value + 7) % 16, 16).expect("below 16").to_ascii_uppercase()
}
