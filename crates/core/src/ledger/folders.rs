//! Which folder lies at a path: the one that lay there before, one that was moved or copied there, or a new one.
//!
//! A folder is a number; path, inode and birth are attributes of it. What lies in it tells the rest: a disk that is away
//! leaves another directory behind, and a copy on a new disk is the same folder.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};

use super::doubt::{Doubt, Kinship, Recognised};
use super::row::{StoredPath, path_value};
use super::{Ledger, LedgerError};
use crate::folder::{Folder, Folders, overlap};
use crate::item::FolderId;

/// What tells a directory from every other one, also after a move, where anything does: see [`Ground::lasting`].
///
/// [`Ground::lasting`]: crate::folder::Ground::lasting
type Directory = Option<(i64, i64)>;

fn directory(folder: &dyn Folder) -> Directory {
    folder.ground().ok()?.lasting
}

/// The path that people know a folder by, where links lead from that to its place.
fn link_to(folder: &dyn Folder) -> Option<&Path> {
    Some(folder.named()).filter(|named| *named != folder.place())
}

/// A folder that is known.
struct Known {
    id: i64,
    path: PathBuf,
    /// The path from which links led there, if any did.
    name: Option<PathBuf>,
    directory: Directory,
    /// Nothing was ever agreed on in it, and nobody said what it is.
    is_fresh: bool,
}

impl Known {
    /// Whether it is this very directory; where nothing tells directories apart, one in which nothing was agreed on yet.
    fn is_directory(&self, now: Directory) -> bool {
        self.directory == now && (now.is_some() || self.is_fresh)
    }

    /// Whether people knew it by the path by which they know this one, and which leads to another place now.
    fn was_named_like(&self, folder: &dyn Folder) -> bool {
        self.path != folder.place() && self.name.as_deref().unwrap_or(&self.path) == folder.named()
    }
}

/// What a directory is found to be; without a number it is new.
struct Recognition {
    id: Option<i64>,
    from: Option<PathBuf>,
    doubt: Option<Doubt>,
}

impl Recognition {
    fn of(known: &Known) -> Self {
        Self { id: Some(known.id), from: None, doubt: None }
    }

    fn moved(known: &Known) -> Self {
        Self { from: Some(known.path.clone()), ..Self::of(known) }
    }
}

impl Ledger {
    /// Which folder this is, which is remembered to lie where it lies from now on. At `beside` lie those of the same run, which
    /// it is not.
    pub fn folder(
        &mut self,
        folder: &dyn Folder,
        folders: &dyn Folders,
        beside: &[PathBuf],
    ) -> Result<Recognised, LedgerError> {
        let now = directory(folder);
        let Recognition { id, from, doubt } = self.recognise(folder, now, folders, beside)?;
        let id = match id {
            // What is only at its path keeps its own directory, by which it is known when that is back.
            Some(id) if matches!(doubt, Some(Doubt::Another { .. })) => FolderId(id),
            Some(id) => self.lies_at(id, folder, now)?,
            None => self.new_folder(folder, now)?,
        };
        Ok(Recognised { id, from, doubt })
    }

    /// Why this may not be the folder that it seems to be. Remembers nothing.
    pub fn doubt_about(
        &self,
        folder: &dyn Folder,
        folders: &dyn Folders,
        beside: &[PathBuf],
    ) -> Result<Option<Doubt>, LedgerError> {
        Ok(self.recognise(folder, directory(folder), folders, beside)?.doubt)
    }

    fn recognise(
        &self,
        folder: &dyn Folder,
        now: Directory,
        folders: &dyn Folders,
        beside: &[PathBuf],
    ) -> Result<Recognition, LedgerError> {
        let path = folder.place();
        let (there, elsewhere): (Vec<Known>, Vec<Known>) =
            self.known_folders()?.into_iter().partition(|known| known.path == path);
        let (fresh, there): (Vec<Known>, Vec<Known>) = there.into_iter().partition(|known| known.is_fresh);
        let is_it = |known: &&Known| now.is_some() && known.directory == now;
        if let Some(same) = there.iter().find(is_it) {
            return Ok(Recognition::of(same));
        }
        let (mut away, mut standing) = (Vec::new(), Vec::new());
        for known in elsewhere.into_iter().filter(|known| !known.is_fresh) {
            if self.is_away(&known, folders)? { away.push(known) } else { standing.push(known) }
        }
        if let Some(moved) = away.iter().find(is_it) {
            return Ok(Recognition::moved(moved));
        }
        let there = self.nearest_first(there, folder)?;
        if let Some(same) = self.at_its_path(&there, folder, now)? {
            return Ok(same);
        }
        let mut doubt = None;
        for other in &away {
            let (here, photos) = self.share(other.id, folder)?;
            if here * 2 > photos {
                return Ok(Recognition::moved(other));
            }
            if doubt.is_none() && self.may_have_received(other.id)? {
                let kinship = Kinship::of(path, &other.path).unwrap_or(Kinship::Away);
                doubt = Some(Doubt::MayBe { from: other.path.clone(), kinship, here, photos });
            }
        }
        if let Some(other) = there.first() {
            let photos = self.photos_in(other.id, folder)?;
            return Ok(Recognition {
                doubt: Some(Doubt::Another { lacking: photos, photos }),
                ..Recognition::of(other)
            });
        }
        let others = || standing.iter().filter(|known| !beside.contains(&known.path));
        if doubt.is_none() {
            doubt = self.relative(folder, others())?;
        }
        if doubt.is_none() {
            doubt = self.led_elsewhere(folder, away.iter().chain(others()))?;
        }
        let Some(begun) = fresh.first() else { return Ok(Recognition { id: None, from: None, doubt }) };
        let is_another = now.is_none() || begun.directory != now;
        let seen = if is_another { self.last_seen_in(begun.id)? } else { Vec::new() };
        if doubt.is_none() && !seen.is_empty() && !seen.iter().any(|file| file.lies_in(folder)) {
            doubt = Some(Doubt::Another { lacking: seen.len(), photos: seen.len() });
        }
        Ok(Recognition { id: Some(begun.id), from: None, doubt })
    }

    /// Of folders that lie at one path by turns first that of which most is here.
    fn nearest_first(&self, there: Vec<Known>, folder: &dyn Folder) -> Result<Vec<Known>, LedgerError> {
        if there.len() < 2 {
            return Ok(there);
        }
        let mut ranked = Vec::new();
        for known in there {
            let (here, seen) = self.seen_here(known.id, folder)?;
            ranked.push(((Reverse(here), seen - here), known));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        Ok(ranked.into_iter().map(|(_, known)| known).collect())
    }

    /// One of these folders, which lay at this path, if something of it is still there.
    fn at_its_path(
        &self,
        there: &[Known],
        folder: &dyn Folder,
        now: Directory,
    ) -> Result<Option<Recognition>, LedgerError> {
        let mut part = None;
        for same in there {
            // What was seen in one directory and lacks in another one was not deleted there.
            let (lacking, photos) = if now.is_none() || same.directory.is_none() {
                match self.lacks_most(same.id, folder)? {
                    Some((lacking, seen)) if lacking == seen => continue,
                    lacks => lacks.unwrap_or_default(),
                }
            } else {
                let files = self.last_seen_in(same.id)?;
                match files.iter().any(|file| file.lies_in(folder)) {
                    true => self.lacking(same.id, folder)?,
                    false if files.is_empty() => (0, 0),
                    false => continue,
                }
            };
            if lacking == 0 {
                return Ok(Some(Recognition::of(same)));
            }
            let doubt = Some(Doubt::Another { lacking, photos });
            part.get_or_insert(Recognition { doubt, ..Recognition::of(same) });
        }
        Ok(part)
    }

    /// Whether the directory of a folder lies at its path no longer.
    fn is_away(&self, known: &Known, folders: &dyn Folders) -> Result<bool, LedgerError> {
        let there = folders.open(&known.path).ok().filter(|there| there.place() == known.path);
        let Some(there) = there else { return Ok(true) };
        match known.directory.zip(directory(&*there)) {
            Some((was, is)) => Ok(was != is),
            None => Ok(self.lacks_most(known.id, &*there)?.is_some()),
        }
    }

    /// One of these folders, all of which lie where they lay, that a new one may be: it lies around it, within it, or has a
    /// copy of most of its photos.
    fn relative<'k>(
        &self,
        folder: &dyn Folder,
        standing: impl Iterator<Item = &'k Known>,
    ) -> Result<Option<Doubt>, LedgerError> {
        for known in standing {
            if !self.may_have_received(known.id)? {
                continue;
            }
            let (here, photos) = self.share(known.id, folder)?;
            let is_copy = (here * 2 > photos).then_some(Kinship::Copied);
            if let Some(kinship) = Kinship::of(folder.place(), &known.path).or(is_copy) {
                return Ok(Some(Doubt::MayBe { from: known.path.clone(), kinship, here, photos }));
            }
        }
        Ok(None)
    }

    /// What lacks here of one of these folders, where a link that led there leads here now.
    fn led_elsewhere<'k>(
        &self,
        folder: &dyn Folder,
        known: impl Iterator<Item = &'k Known>,
    ) -> Result<Option<Doubt>, LedgerError> {
        for known in known.filter(|known| known.was_named_like(folder)) {
            let (lacking, photos) = match self.last_seen_in(known.id)?.iter().any(|file| file.lies_in(folder)) {
                true => self.lacking(known.id, folder)?,
                false => {
                    let photos = self.photos_in(known.id, folder)?;
                    (photos, photos)
                }
            };
            if lacking > 0 {
                return Ok(Some(Doubt::Another { lacking, photos }));
            }
        }
        Ok(None)
    }

    /// A person said that a directory is a folder of its own, whatever it may look like. Returns its number.
    pub fn is_another_folder(&mut self, folder: &dyn Folder) -> Result<FolderId, LedgerError> {
        let id = self.own_folder(folder)?;
        self.connection.execute("update folder set told = 1 where id = ?1", [id.0])?;
        Ok(id)
    }

    /// The number of the very directory at a path, whichever others lie there by turns.
    pub fn own_folder(&mut self, folder: &dyn Folder) -> Result<FolderId, LedgerError> {
        let (path, now) = (folder.place(), directory(folder));
        let is_it = |known: &Known| known.path == path && known.is_directory(now);
        match self.known_folders()?.into_iter().find(is_it) {
            Some(known) => Ok(FolderId(known.id)),
            None => self.new_folder(folder, now),
        }
    }

    /// A person said that this is the folder that lay at a path: its memory goes with it; where one lies in the other, that of
    /// what lies in both. Returns its number; nothing where none is known there. By its own path they mean the one to which
    /// that led before.
    pub fn is_same_folder(&mut self, folder: &dyn Folder, as_at: &Path) -> Result<Option<FolderId>, LedgerError> {
        let known = self.known_folders()?;
        let (path, now) = (folder.place(), directory(folder));
        let lay_there = |other: &&Known| other.path == as_at;
        let led_there = |other: &&Known| as_at == path && !other.is_fresh && other.was_named_like(folder);
        let same = known.iter().find(|other| lay_there(other) && !other.is_fresh);
        let same = same.or_else(|| known.iter().find(led_there)).or_else(|| known.iter().find(lay_there));
        let Some(same) = same else { return Ok(None) };
        if path != as_at && overlap(path, as_at) {
            let own = self.own_folder(folder)?;
            self.carry(same, own.0, path)?;
            return Ok(Some(own));
        }
        for begun in known.iter().filter(|known| known.path == path && known.is_directory(now) && known.id != same.id) {
            self.join(begun.id, same.id)?;
        }
        self.lies_at(same.id, folder, now).map(Some)
    }

    /// Gives what is remembered of one folder to another one around it or within it, under the paths that it has there.
    fn carry(&mut self, from: &Known, into: i64, root: &Path) -> Result<(), LedgerError> {
        let mut moves = Vec::new();
        self.each("select path, link from link_path where folder = ?1", [from.id], |row| {
            let (path, link) = (row.get::<_, StoredPath>(0)?.0, row.get::<_, i64>(1)?);
            if let Ok(below) = from.path.join(&path).strip_prefix(root) {
                moves.push((below.to_owned(), path, link));
            }
            Ok(())
        })?;
        let transaction = self.connection.transaction()?;
        let sql = "update or ignore link_path set folder = ?1, path = ?2 where folder = ?3 and path = ?4 and link = ?5";
        for (below, path, link) in moves {
            transaction.execute(sql, params![into, path_value(&below), from.id, path_value(&path), link])?;
        }
        Ok(transaction.commit()?)
    }

    /// A person said that the folder that lay at this path is gone for good: what came from it may go out again. `false`
    /// where none is known there.
    pub fn release_folder(&mut self, path: &Path) -> Result<bool, LedgerError> {
        let sql = "update folder set released = 1 where path = ?1";
        Ok(self.connection.execute(sql, [path_value(path)])? > 0)
    }

    /// The folders of which nobody said that they are gone, where they lay last, each with how many photos of a library lie, or
    /// lay, in it.
    pub fn lay_in(&self) -> Result<Vec<(PathBuf, u64)>, LedgerError> {
        let mut from = Vec::new();
        let sql = "select f.path, count(distinct l.id) from folder f join link_path p on p.folder = f.id
                   join link l on l.id = p.link and not l.undone
                   where not f.released and exists (select 1 from link_asset where link = l.id)
                   group by f.id order by f.id";
        self.each(sql, [], |row| {
            from.push((row.get::<_, StoredPath>(0)?.0, row.get::<_, i64>(1)?.unsigned_abs()));
            Ok(())
        })?;
        Ok(from)
    }

    /// The folders besides these of which nobody said that they are gone; each with whether a person knows that what was
    /// exported there goes to these, too: they said that one of these is a folder of its own, or both lie at one path by turns.
    pub(super) fn others(&self, own: &[FolderId]) -> Result<Vec<(FolderId, bool)>, LedgerError> {
        let mut all: Vec<(FolderId, PathBuf, bool, bool)> = Vec::new();
        self.each("select id, path, told, released from folder", [], |row| {
            all.push((FolderId(row.get(0)?), row.get::<_, StoredPath>(1)?.0, row.get(2)?, row.get(3)?));
            Ok(())
        })?;
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(id, ..)| own.contains(id));
        let is_for_itself = |path: &PathBuf| own.iter().any(|(_, other, told, _)| *told || other == path);
        let kept = others.iter().filter(|(.., released)| !released);
        Ok(kept.map(|(id, path, ..)| (*id, is_for_itself(path))).collect())
    }

    /// The folders besides these that are gone for good.
    pub(super) fn released(&self, own: &[FolderId]) -> Result<Vec<FolderId>, LedgerError> {
        let mut released = Vec::new();
        self.each("select id from folder where released", [], |row| {
            released.extend(Some(FolderId(row.get(0)?)).filter(|id| !own.contains(id)));
            Ok(())
        })?;
        Ok(released)
    }

    /// The canonical paths at which the folders of all runs lay last.
    pub fn folder_paths(&self) -> Result<Vec<PathBuf>, LedgerError> {
        let mut paths = Vec::new();
        self.each("select path from folder order by id", [], |row| {
            paths.push(row.get::<_, StoredPath>(0)?.0);
            Ok(())
        })?;
        Ok(paths)
    }

    /// The canonical path at which a folder lay last.
    pub fn folder_path(&self, folder: FolderId) -> Result<Option<PathBuf>, LedgerError> {
        let sql = "select path from folder where id = ?1";
        Ok(self.connection.query_row(sql, [folder.0], |row| Ok(row.get::<_, StoredPath>(0)?.0)).optional()?)
    }

    /// Every folder, the newest first.
    fn known_folders(&self) -> Result<Vec<Known>, LedgerError> {
        let mut known = Vec::new();
        let sql =
            "select id, path, name, inode, born, not (told or exists (select 1 from link_path where folder = folder.id)
                                                      or exists (select 1 from synced where folder = folder.id))
                   from folder order by id desc";
        self.each(sql, [], |row| {
            let (id, path) = (row.get(0)?, row.get::<_, StoredPath>(1)?.0);
            let name = row.get::<_, Option<StoredPath>>(2)?.map(|name| name.0);
            let directory = row.get::<_, Option<i64>>(3)?.zip(row.get::<_, Option<i64>>(4)?);
            known.push(Known { id, path, name, directory, is_fresh: row.get(5)? });
            Ok(())
        })?;
        Ok(known)
    }

    fn new_folder(&mut self, folder: &dyn Folder, now: Directory) -> Result<FolderId, LedgerError> {
        let (inode, born) = now.unzip();
        let (path, name) = (path_value(folder.place()), link_to(folder).map(path_value));
        let insert = "insert into folder (path, name, inode, born) values (?1, ?2, ?3, ?4)";
        self.connection.execute(insert, params![path, name, inode, born])?;
        Ok(FolderId(self.connection.last_insert_rowid()))
    }

    /// Remembers where a folder lies now, and that it is not gone. The link that led there last stays known, though a run may
    /// name the place itself.
    fn lies_at(&mut self, id: i64, folder: &dyn Folder, now: Directory) -> Result<FolderId, LedgerError> {
        let (inode, born) = now.unzip();
        let (path, name) = (path_value(folder.place()), link_to(folder).map(path_value));
        let update = "update folder set path = ?2, name = coalesce(?3, name), inode = ?4, born = ?5, released = 0
                      where id = ?1 and (path is not ?2 or name is not coalesce(?3, name) or inode is not ?4
                                         or born is not ?5 or released)";
        self.connection.execute(update, params![id, path, name, inode, born])?;
        Ok(FolderId(id))
    }

    /// Gives what is remembered of one folder to another, which it turned out to be.
    fn join(&mut self, from: i64, into: i64) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for table in ["link_path", "fact", "picture_fact", "synced", "journal", "disk"] {
            transaction
                .execute(&format!("update or ignore {table} set folder = ?2 where folder = ?1"), [from, into])?;
            transaction.execute(&format!("delete from {table} where folder = ?1"), [from])?;
        }
        transaction.execute("delete from folder where id = ?1", [from])?;
        Ok(transaction.commit()?)
    }
}
