//! Albums and keywords, and which assets are in them.

use std::collections::{HashMap, HashSet};

use photobridge_core::library::Album;
use rusqlite::Connection;

use crate::cells;
use crate::tables::{Join, Tables};

/// `ZGENERICALBUM.ZKIND`.
pub(crate) const ALBUM: i64 = 2;
const SHARED_ALBUM: i64 = 1505;
const FOLDER: i64 = 4000;

/// No one nests folders deeper; a database may hold a circle.
const DEEPEST: usize = 32;

/// The albums of a library, and which assets are in them.
#[derive(Debug, Default)]
pub(crate) struct Albums {
    pub list: Vec<Album>,
    pub members: Members,
}

/// Assets and the positions of their albums in the list, in the order of the assets.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<(i64, u32)>);

impl Members {
    /// The positions of the albums that an asset is in, in their order.
    pub fn of(&self, asset: i64) -> impl Iterator<Item = u32> + Clone {
        let first = self.0.partition_point(|(member, _)| *member < asset);
        let of_asset = self.0[first..].iter().take_while(move |(member, _)| *member == asset);
        of_asset.map(|(_, album)| *album)
    }
}

struct AlbumRow {
    pk: i64,
    kind: i64,
    parent: Option<i64>,
    is_trashed: bool,
    id: Option<Box<str>>,
    title: String,
}

impl Albums {
    /// Reads all albums, and the members of one asset or of all.
    pub fn read(
        connection: &Connection,
        tables: &Tables,
        only: Option<i64>,
        warnings: &mut Vec<String>,
    ) -> rusqlite::Result<Self> {
        let rows = album_rows(connection, tables, warnings)?;
        let by_pk: HashMap<i64, &AlbumRow> = rows.iter().map(|row| (row.pk, row)).collect();
        let mut albums = Self::default();
        let mut positions = HashMap::new();
        for row in rows.iter().filter(|row| !row.is_trashed && matches!(row.kind, ALBUM | SHARED_ALBUM)) {
            let Some(id) = row.id.clone() else { continue };
            positions.insert(row.pk, albums.list.len() as u32);
            let folders = folders_of(row, &by_pk);
            albums.list.push(Album { id, title: row.title.clone(), folders, shared: row.kind == SHARED_ALBUM });
        }
        if !positions.is_empty() {
            albums.read_members(connection, tables, &positions, only)?;
        }
        albums.read_shares(connection, tables, only)?;
        albums.members.0.sort_unstable();
        albums.members.0.dedup();
        Ok(albums)
    }

    /// The shared albums of macOS 26: rows of `ZSHARE` of the kind `CollectionShare`, to which their assets point (after
    /// osxphotos; none of the libraries at hand has one).
    fn read_shares(&mut self, connection: &Connection, tables: &Tables, only: Option<i64>) -> rusqlite::Result<()> {
        let needed = [("ZSHARE", "Z_ENT"), ("ZSHARE", "ZUUID"), ("Z_PRIMARYKEY", "Z_NAME")];
        let Some(asset) = tables.asset().filter(|asset| tables.has_column(asset, "ZCOLLECTIONSHARE")) else {
            return Ok(());
        };
        if !needed.into_iter().all(|(table, column)| tables.has_column(table, column)) {
            return Ok(());
        }
        let pick = |column| tables.expression("ZSHARE", "s", &[column]);
        let sql = format!(
            "SELECT s.Z_PK, s.ZUUID, {}, {} FROM ZSHARE s \
             WHERE s.Z_ENT IN (SELECT Z_ENT FROM Z_PRIMARYKEY WHERE Z_NAME = 'CollectionShare') ORDER BY s.Z_PK",
            pick("ZTITLE"),
            pick("ZTRASHEDSTATE"),
        );
        let mut positions = HashMap::new();
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (Some(pk), Some(id), false) = (cells::int(row, 0), cells::text(row, 1), cells::flag(row, 3)) else {
                continue;
            };
            positions.insert(pk, self.list.len() as u32);
            let title = cells::prose(row, 2).unwrap_or_default();
            self.list.push(Album { id: cells::cut(id, 256).into(), title, folders: Vec::new(), shared: true });
        }
        if positions.is_empty() {
            return Ok(());
        }
        let mut sql = format!("SELECT Z_PK, ZCOLLECTIONSHARE FROM {asset}");
        if only.is_some() {
            sql += " WHERE Z_PK = ?1";
        }
        let Members(members) = &mut self.members;
        for_each_pair(connection, &sql, only, |asset, share| {
            members.extend(positions.get(&share).map(|position| (asset, *position)));
        })
    }

    fn read_members(
        &mut self,
        connection: &Connection,
        tables: &Tables,
        positions: &HashMap<i64, u32>,
        only: Option<i64>,
    ) -> rusqlite::Result<()> {
        let Some(join) = tables.join("ASSETS", "ALBUMS", "ASSETS") else { return Ok(()) };
        let Join { table, left, right } = join;
        let mut sql = format!("SELECT {right}, {left} FROM {table}");
        // Without this each confirmation of an import would read the memberships of all assets.
        if only.is_some() {
            sql += &format!(" WHERE {right} = ?1");
        }
        let Members(members) = &mut self.members;
        for_each_pair(connection, &sql, only, |asset, album| {
            members.extend(positions.get(&album).map(|position| (asset, *position)));
        })
    }
}

fn album_rows(connection: &Connection, tables: &Tables, warnings: &mut Vec<String>) -> rusqlite::Result<Vec<AlbumRow>> {
    let mut pick = |column: &str, feature: &str| {
        let expression = tables.expression("ZGENERICALBUM", "g", &[column]);
        if expression == "NULL" && tables.has("ZGENERICALBUM") {
            warnings.push(format!("The library does not say {feature}"));
        }
        expression
    };
    let sql = format!(
        "SELECT g.Z_PK, {}, {}, {}, {}, {} FROM ZGENERICALBUM g ORDER BY g.Z_PK",
        pick("ZKIND", "what is an album and what is a folder"),
        pick("ZPARENTFOLDER", "which albums are in which folders"),
        pick("ZTRASHEDSTATE", "which albums are deleted"),
        pick("ZUUID", "how albums are told apart"),
        pick("ZTITLE", "the titles of albums"),
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (Some(pk), Some(kind)) = (cells::int(row, 0), cells::int(row, 1)) else { continue };
        found.push(AlbumRow {
            pk,
            kind,
            parent: cells::int(row, 2),
            is_trashed: cells::flag(row, 3),
            id: cells::text(row, 4).map(|id| cells::cut(id, 256).into()),
            title: cells::prose(row, 5).unwrap_or_default(),
        });
    }
    Ok(found)
}

/// The titles of the folders around an album, outermost first.
fn folders_of(album: &AlbumRow, by_pk: &HashMap<i64, &AlbumRow>) -> Vec<String> {
    let mut folders = Vec::new();
    let mut parent = album.parent;
    while let Some(folder) = parent.and_then(|pk| by_pk.get(&pk)).filter(|folder| folder.kind == FOLDER) {
        folders.push(folder.title.clone());
        if folders.len() == DEEPEST {
            break;
        }
        parent = folder.parent;
    }
    folders.reverse();
    folders
}

/// The keywords of each asset, in the library's order.
pub(crate) fn keywords(
    connection: &Connection,
    tables: &Tables,
    only: Option<i64>,
) -> rusqlite::Result<HashMap<i64, Vec<String>>> {
    let Some(join) = tables.join("KEYWORDS", "ASSETATTRIBUTES", "KEYWORDS") else { return Ok(HashMap::new()) };
    let sql = format!(
        "SELECT t.ZASSET, k.ZTITLE FROM {} j JOIN ZADDITIONALASSETATTRIBUTES t ON t.Z_PK = j.{} \
         JOIN ZKEYWORD k ON k.Z_PK = j.{}{} ORDER BY j.rowid",
        join.table,
        join.left,
        join.right,
        if only.is_some() { " WHERE t.ZASSET = ?1" } else { "" },
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = match only {
        Some(asset) => statement.query([asset])?,
        None => statement.query([])?,
    };
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    let mut seen = HashSet::new();
    while let Some(row) = rows.next()? {
        let (Some(asset), Some(title)) = (cells::int(row, 0), cells::prose(row, 1)) else { continue };
        if seen.insert((asset, title.clone())) {
            found.entry(asset).or_default().push(title);
        }
    }
    Ok(found)
}

/// Calls back with each row of two whole numbers, or with those of one asset.
fn for_each_pair(
    connection: &Connection,
    sql: &str,
    only: Option<i64>,
    mut each: impl FnMut(i64, i64),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = match only {
        Some(only) => statement.query([only])?,
        None => statement.query([])?,
    };
    while let Some(row) = rows.next()? {
        if let (Some(a), Some(b)) = (cells::int(row, 0), cells::int(row, 1)) {
            each(a, b);
        }
    }
    Ok(())
}
