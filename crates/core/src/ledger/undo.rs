//! What a run carried, and that it was undone.

use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::journal::{self, Intent};
use super::row::{StoredPath, path_value};
use super::{JournalId, Ledger, LedgerError, LibraryId};
use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::FolderId;
use crate::memory::LinkId;
use crate::run::RunId;

/// A file that a run put into a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFile {
    /// Its photo.
    pub link: LinkId,
    /// The folder.
    pub folder: FolderId,
    /// The folder's canonical path.
    pub root: PathBuf,
    /// Its path below the folder.
    pub path: PathBuf,
    /// What it is to its photo.
    pub role: ResourceRole,
    /// The bytes that the run put there.
    pub written: Fingerprint,
}

/// A photo of which an undo began to move the files out of their folder: enough to find them, should the process die before
/// all of them are out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoveOut {
    /// The number of its link.
    pub link: i64,
    /// The name of the directory that they go to, below those of all undos.
    pub directory: String,
    /// All of its files.
    pub files: Vec<LeavingFile>,
}

/// One file of a [`MoveOut`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeavingFile {
    /// The folder.
    pub folder: FolderId,
    /// The bytes of its path below the folder.
    path: Vec<u8>,
    /// The name that it has in between, beside its own and where it goes.
    pub part: String,
    /// The bytes that the run put there.
    written: String,
}

impl LeavingFile {
    /// A file that a run placed, with the name that it gets in between.
    pub fn new(placed: &PlacedFile, part: String) -> Self {
        let (path, written) = (Intent::path_bytes(&placed.path), placed.written.to_string());
        Self { folder: placed.folder, path, part, written }
    }

    /// Its path below the folder.
    pub fn path(&self) -> PathBuf {
        std::ffi::OsString::from_vec(self.path.clone()).into()
    }

    /// The bytes that the run put there; of an entry that somebody wrote into nothing is known.
    pub fn written(&self) -> Option<Fingerprint> {
        self.written.parse().ok()
    }
}

/// A photo that a run took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// Its link.
    pub link: LinkId,
    /// Whether it came from the folder.
    pub was_imported: bool,
    /// The bytes of its original, and of what was moved out with it, and their number; of several states all.
    pub files: Vec<(Fingerprint, u64)>,
    /// Its assets in the library.
    pub assets: Vec<AssetId>,
}

impl Ledger {
    /// The files that a run put into folders, and what later runs added to the same photos, which would be parted from them
    /// else; where nothing else was found since.
    pub fn placed_by(&self, run: RunId) -> Result<Vec<PlacedFile>, LedgerError> {
        let mut files = Vec::new();
        let sql = "select p.link, p.folder, f.path, p.path, p.written, p.role
                   from link_path p join folder f on f.id = p.folder
                   where p.written is not null and not p.former
                   and (p.run = ?1 or (p.run > ?1 and p.link in
                        (select link from link_path where run = ?1 and written is not null and not former)))
                   order by p.link, p.path";
        self.each(sql, [run.0], |row| {
            let Some(role) = ResourceRole::from_code(row.get(5)?) else { return Ok(()) };
            files.push(PlacedFile {
                link: LinkId(row.get(0)?),
                folder: FolderId(row.get(1)?),
                root: row.get::<_, StoredPath>(2)?.0,
                path: row.get::<_, StoredPath>(3)?.0,
                role,
                written: row.get(4)?,
            });
            Ok(())
        })?;
        Ok(files)
    }

    /// Whether a run carried anything that is still to be taken back, or took back what is still undone.
    pub fn can_be_undone(&self, run: RunId) -> Result<bool, LedgerError> {
        let sql = "select exists (select 1 from link_path where run = ?1 and written is not null and not former)
                       or exists (select 1 from link_asset a join link l on l.id = a.link where a.run = ?1 and not l.undone)
                       or exists (select 1 from link where undone_by = ?1 and undone)
                       or exists (select 1 from telling where (run = ?1 and undone_by is null) or undone_by = ?1)";
        Ok(self.connection.query_row(sql, [run.0], |row| row.get(0))?)
    }

    /// Writes down, durably, that the files of a photo leave their folder: it is undone from now on, since a file that is gone
    /// while nothing says so would be one that its owner deleted.
    pub fn begin_move_out(
        &mut self,
        run: RunId,
        library: LibraryId,
        photo: &MoveOut,
    ) -> Result<JournalId, LedgerError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("update link set undone = 1, undone_by = ?2 where id = ?1", [photo.link, run.0])?;
        transaction.execute(
            "insert into journal (run, library, folder, export, asset, intent) values (?1, ?2, ?3, 2, '', ?4)",
            params![run.0, library.0, photo.files.first().map_or(0, |file| file.folder.0), journal::json(photo)?],
        )?;
        let entry = JournalId(transaction.last_insert_rowid());
        transaction.commit()?;
        Ok(entry)
    }

    /// Photos that began to leave their folders, of which nobody wrote down what became of them.
    pub fn open_moves_out(&self) -> Result<Vec<(JournalId, MoveOut)>, LedgerError> {
        let mut photos = Vec::new();
        self.each("select id, intent from journal where export = 2 order by id", [], |row| {
            if let Ok(photo) = serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default()) {
                photos.push((JournalId(row.get(0)?), photo));
            }
            Ok(())
        })?;
        Ok(photos)
    }

    /// What the file at a path is to its photo, as far as that is known.
    pub fn role_at(&self, link: LinkId, folder: FolderId, path: &Path) -> Result<Option<ResourceRole>, LedgerError> {
        let sql = "select role from link_path where link = ?1 and folder = ?2 and path = ?3";
        let code = self.connection.query_row(sql, params![link.0, folder.0, path_value(path)], |row| row.get(0));
        Ok(code.optional()?.and_then(ResourceRole::from_code))
    }

    /// Records that all files of a photo are out of their folder, or that all are in it as before, and closes the entry.
    pub fn end_move_out(&mut self, entry: JournalId, photo: &MoveOut, is_out: bool) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        if is_out {
            for file in &photo.files {
                transaction.execute(
                    "update link_path set run = null, written = null where folder = ?1 and path = ?2 and link = ?3",
                    params![file.folder.0, path_value(&file.path()), photo.link],
                )?;
            }
        } else {
            transaction.execute("update link set undone = 0, undone_by = null where id = ?1", [photo.link])?;
        }
        transaction.execute("delete from journal where id = ?1", [entry.0])?;
        transaction.commit()?;
        Ok(())
    }

    /// The assets that a run imported, each with its link.
    pub fn imported_by(&self, run: RunId, library: LibraryId) -> Result<Vec<(LinkId, AssetId)>, LedgerError> {
        let mut assets = Vec::new();
        let sql = "select a.link, a.asset from link_asset a join link l on l.id = a.link
                   where a.run = ?1 and a.library = ?2 and not l.undone order by a.asset";
        self.each(sql, [run.0, library.0], |row| {
            assets.push((LinkId(row.get(0)?), AssetId(row.get(1)?)));
            Ok(())
        })?;
        Ok(assets)
    }

    /// The assets that a run imported and that were taken back, each with its link, as long as they can be removed for good.
    pub fn undone_imports(&self, run: RunId, library: LibraryId) -> Result<Vec<(LinkId, AssetId)>, LedgerError> {
        let mut assets = Vec::new();
        let sql = "select a.link, a.asset from link_asset a join link l on l.id = a.link
                   where a.run = ?1 and a.library = ?2 and l.undone order by a.asset";
        self.each(sql, [run.0, library.0], |row| {
            assets.push((LinkId(row.get(0)?), AssetId(row.get(1)?)));
            Ok(())
        })?;
        Ok(assets)
    }

    /// Whether a run imported anything that was taken back and can be removed for good.
    pub fn can_be_removed(&self, run: RunId) -> Result<bool, LedgerError> {
        let sql =
            "select exists (select 1 from link_asset a join link l on l.id = a.link where a.run = ?1 and l.undone)";
        Ok(self.connection.query_row(sql, [run.0], |row| row.get(0))?)
    }

    /// Forgets which run imported an asset: it is removed.
    pub fn forget_import_of(&mut self, asset: &AssetId, library: LibraryId) -> Result<(), LedgerError> {
        let sql = "update link_asset set run = null where asset = ?1 and library = ?2";
        self.connection.execute(sql, params![asset.0, library.0])?;
        Ok(())
    }

    /// Where bytes of a photo were seen last, each as the place of a folder and the path below it: nobody says that they are
    /// there now.
    pub fn places_of(&self, link: LinkId, bytes: Fingerprint) -> Result<Vec<(PathBuf, PathBuf)>, LedgerError> {
        let mut places = Vec::new();
        let sql = "select f.path, p.path from link_path p join folder f on f.id = p.folder where p.link = ?1
                   union select f.path, c.path from fact c join folder f on f.id = c.folder where c.fingerprint = ?2";
        self.each(sql, params![link.0, bytes], |row| {
            places.push((row.get::<_, StoredPath>(0)?.0, row.get::<_, StoredPath>(1)?.0));
            Ok(())
        })?;
        Ok(places)
    }

    /// The assets of a link.
    pub fn assets_of(&self, link: LinkId, library: LibraryId) -> Result<Vec<AssetId>, LedgerError> {
        let mut assets = Vec::new();
        self.each("select asset from link_asset where link = ?1 and library = ?2", [link.0, library.0], |row| {
            assets.push(AssetId(row.get(0)?));
            Ok(())
        })?;
        Ok(assets)
    }

    /// Forgets that a run imported these: they are gathered.
    pub fn forget_importing(&mut self, run: RunId, library: LibraryId) -> Result<(), LedgerError> {
        let sql = "update link_asset set run = null where run = ?1 and library = ?2";
        self.connection.execute(sql, [run.0, library.0])?;
        Ok(())
    }

    /// A path at which a photo lay below its folder.
    pub fn path_of(&self, link: LinkId) -> Result<Option<PathBuf>, LedgerError> {
        let sql = "select path from link_path where link = ?1 order by former, role, path limit 1";
        let path = self.connection.query_row(sql, [link.0], |row| Ok(row.get::<_, StoredPath>(0)?.0));
        Ok(path.optional()?)
    }

    /// The photos that a run took back and that nobody carried again since: their bytes, as far as they are
    /// known, and their assets in this library.
    pub fn taken_back_by(&self, run: RunId, library: LibraryId) -> Result<Vec<TakenBack>, LedgerError> {
        let mut taken: Vec<TakenBack> = Vec::new();
        let sql = "select l.id, r.fingerprint, r.size, l.origin = 'folder' from link l
                   left join link_resource r on r.link = l.id and (r.role in (0, 1) or exists
                       (select 1 from link_path p where p.link = l.id and p.role = r.role
                        and p.written is null and not p.former))
                   where l.undone_by = ?1 and l.undone order by l.id";
        self.each(sql, [run.0], |row| {
            let link = LinkId(row.get(0)?);
            let bytes = row.get::<_, Option<Fingerprint>>(1)?;
            let bytes = bytes.zip(row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs));
            match taken.last_mut().filter(|last| last.link == link) {
                Some(last) => last.files.extend(bytes),
                None => {
                    let files = bytes.into_iter().collect();
                    taken.push(TakenBack { link, was_imported: row.get(3)?, files, assets: Vec::new() });
                }
            }
            Ok(())
        })?;
        for photo in &mut taken {
            photo.assets = self.assets_of(photo.link, library)?;
        }
        Ok(taken)
    }

    /// Forgets that a photo is undone.
    pub fn redo(&mut self, link: LinkId) -> Result<(), LedgerError> {
        self.connection.execute("update link set undone = 0, undone_by = null where id = ?1", [link.0])?;
        Ok(())
    }

    /// Remembers that these photos are undone by a run, until they are carried again.
    pub fn undo(&mut self, links: &[LinkId], by: RunId) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        {
            let mut update = transaction.prepare("update link set undone = 1, undone_by = ?2 where id = ?1")?;
            for link in links {
                update.execute([link.0, by.0])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}
