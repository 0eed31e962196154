//! The files of an asset: what the database says of them, and what lies in the library.

use std::path::Path;

use photobridge_core::asset::{MediaKind, Resource, ResourceRole, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::{self as media, FileKind};
use rusqlite::{Connection, Row};

use crate::files::{self, Files, Lying};
use crate::tables::Tables;
use crate::{cells, file_types};

/// `ZSAVEDASSETTYPE` of a file that stays where it is, outside the library.
pub(crate) const REFERENCED: i64 = 10;

const TABLE: &str = "ZINTERNALRESOURCE";

/// `ZRESOURCETYPE`.
const PHOTO: i32 = 0;
const VIDEO: i32 = 1;
const PAIRED_VIDEO: i32 = 3;
const ALTERNATE: i32 = 4;

/// Where shared albums, syndicated ("Shared with You") and moment shares keep their files, newest version first.
const SHARED_PLACES: [&str; 6] = [
    "scopes/cloudsharing/data",
    "resources/cloudsharing/data",
    "resources/cloudsharing",
    "scopes/syndication/originals",
    "scopes/momentshared/originals",
    "originals",
];

/// Extensions of the RAW half beside a referenced JPEG, which keeps its own name.
const RAW_EXTENSIONS: [&str; 13] =
    ["dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "raf", "orf", "rw2", "pef", "srw", "raw"];

/// Files in `originals` that one asset can have, and some more.
const MOST_FILES: usize = 16;

/// A row of `ZINTERNALRESOURCE` that is an original (version 0, recipe 0) or a render (version 2).
#[derive(Debug)]
pub(crate) struct ResourceRow {
    asset: i64,
    kind: i32,
    recipe: i32,
    is_render: bool,
    in_cloud: bool,
    size: Option<u64>,
    fingerprint: Option<Fingerprint>,
    /// How such files end, for one that is not here.
    extension: Option<&'static str>,
}

/// The rows of `ZINTERNALRESOURCE` that a snapshot needs, in the order of their assets.
#[derive(Debug, Default)]
pub(crate) struct ResourceRows(Vec<ResourceRow>);

impl ResourceRows {
    /// Reads those of one asset or of all.
    pub fn read(
        connection: &Connection,
        tables: &Tables,
        only: Option<i64>,
        warnings: &mut Vec<String>,
    ) -> rusqlite::Result<Self> {
        let mut pick = |columns: &[&str], feature: &str| {
            let expression = tables.expression(TABLE, "r", columns);
            if expression == "NULL" && tables.has(TABLE) {
                warnings.push(format!("The library does not say {feature}"));
            }
            expression
        };
        let version = pick(&["ZVERSION"], "which files are originals and which are edits");
        let recipe = pick(&["ZRECIPEID"], "which files are originals and which are smaller copies");
        let (file_type, types) = file_type(tables);
        let sql = format!(
            "SELECT r.ZASSET, {}, {recipe}, {version}, {}, {}, {}, {file_type} FROM {TABLE} r {types} \
             WHERE ({version} = 0 AND {recipe} = 0 OR {version} = 2){}",
            pick(&["ZRESOURCETYPE"], "which files are paired videos and which are RAW"),
            pick(&["ZREMOTEAVAILABILITY"], "which files are in iCloud"),
            pick(&["ZDATALENGTH"], "how large the files beside the originals are"),
            pick(&["ZFINGERPRINT", "ZSTABLEHASH"], "the fingerprints of the files beside the originals"),
            if only.is_some() { " AND r.ZASSET = ?1" } else { "" },
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = match only {
            Some(asset) => statement.query([asset])?,
            None => statement.query([])?,
        };
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.extend(Self::row(row));
        }
        // Nearly always in this order already, which a stable sort finds out in one pass.
        found.sort_by_key(|row: &ResourceRow| row.asset);
        Ok(Self(found))
    }

    fn row(row: &Row<'_>) -> Option<ResourceRow> {
        Some(ResourceRow {
            asset: cells::int(row, 0)?,
            kind: cells::int(row, 1)?.try_into().ok()?,
            recipe: cells::int(row, 2)?.try_into().ok()?,
            is_render: cells::int(row, 3)? == 2,
            in_cloud: cells::int(row, 4) == Some(1),
            size: cells::size(row, 5),
            fingerprint: cells::text(row, 6).and_then(|text| text.parse().ok()),
            extension: cells::text(row, 7).and_then(file_types::extension),
        })
    }

    /// The rows of one asset.
    pub fn of(&self, asset: i64) -> &[ResourceRow] {
        let first = self.0.partition_point(|row| row.asset < asset);
        let rows = &self.0[first..];
        let count = rows.iter().take_while(|row| row.asset == asset).count();
        &rows[..count]
    }
}

/// An expression for the type of a file, and the join that it needs. macOS 10.15 keeps types in a table of their own,
/// later ones a number or a name in the row.
fn file_type(tables: &Tables) -> (String, &'static str) {
    let own = tables.expression(TABLE, "r", &["ZCOMPACTUTI"]);
    if own != "NULL" {
        return (format!("CAST({own} AS TEXT)"), "");
    }
    const TYPES: &str = "ZUNIFORMTYPEIDENTIFIER";
    let can_join = tables.has_column(TABLE, TYPES) && tables.has_column(TYPES, "Z_PK");
    match tables.expression(TYPES, "u", &["ZIDENTIFIER"]) {
        name if can_join => (name, "LEFT JOIN ZUNIFORMTYPEIDENTIFIER u ON u.Z_PK = r.ZUNIFORMTYPEIDENTIFIER"),
        _ => ("NULL".to_owned(), ""),
    }
}

/// What the asset's own row says of its files.
#[derive(Debug)]
pub(crate) struct Place {
    pub pk: i64,
    pub kind: MediaKind,
    pub directory: Box<str>,
    pub name: Box<str>,
    pub is_referenced: bool,
    pub is_shared: bool,
    pub is_edited: bool,
    pub size: Option<u64>,
    pub fingerprint: Option<Fingerprint>,
    pub rendered_fingerprint: Option<Fingerprint>,
}

impl Place {
    /// The directory of the originals of this asset, and how their names begin.
    pub fn shard(&self) -> Option<(String, &str)> {
        Some((files::join("originals", &self.directory)?, self.stem()))
    }

    /// How the name of the primary file ends after that.
    pub fn ending(&self) -> &str {
        &self.name[self.stem().len()..]
    }

    /// The name without its extension: for copied files the UUID.
    fn stem(&self) -> &str {
        self.name.rsplit_once('.').map_or(&*self.name, |(stem, _)| stem)
    }

    /// Where the primary file lies, or should lie; empty where the database names no safe place. Nearly always it is
    /// among the files that were `listed` for this asset, so that it need not be searched for again.
    fn primary(&self, listed: &[(&str, Lying)], files: &Files) -> (String, Option<Lying>) {
        if self.is_referenced {
            return match self.outside(&self.name) {
                Some(path) => (path.clone(), files::outside(&path)),
                None => (String::new(), None),
            };
        }
        if self.is_shared {
            return self.shared(files);
        }
        match files::join(&["originals/", &self.directory].concat(), &self.name) {
            Some(path) => {
                let found = listed.iter().find(|(name, _)| **name == *self.name).map(|(_, found)| *found);
                let found = found.or_else(|| files.at(&path));
                (path, found)
            }
            None => (String::new(), None),
        }
    }

    /// A referenced file, or one beside it. Only what is a photo or a video by its name: a row could name any file of the
    /// disk, and an export carries what it names to where others read it.
    fn outside(&self, name: &str) -> Option<String> {
        media::kind_of(Path::new(name))
            .filter(|kind| !matches!(kind, FileKind::Xmp | FileKind::Aae | FileKind::Catalog))?;
        let directory = self.directory.strip_prefix('/')?;
        files::join(directory.trim_end_matches('/'), name).map(|path| format!("/{path}"))
    }

    /// A file of a shared album. Of a video, the library keeps a smaller copy beside a poster frame.
    fn shared(&self, files: &Files) -> (String, Option<Lying>) {
        let name = match self.kind {
            MediaKind::Photo => self.name.to_string(),
            MediaKind::Video => format!("{}.medium.MP4", self.stem()),
        };
        let mut first = String::new();
        for place in SHARED_PLACES {
            if let Some(path) = files::join(&format!("{place}/{}", self.directory), &name) {
                if let Some(found) = files.at(&path) {
                    return (path, Some(found));
                }
                if first.is_empty() {
                    first = path;
                }
            }
        }
        (first, None)
    }

    /// The video of a Live Photo in a shared album: as the still, but for its ending (after osxphotos; none of the
    /// libraries here has one).
    fn shared_video<'r>(
        &self,
        original: &impl Fn(i32) -> Option<&'r ResourceRow>,
        files: &Files,
        found: &mut Vec<Resource>,
    ) {
        let still = found[0].locator.rsplit_once('.').filter(|_| self.kind == MediaKind::Photo);
        let Some(path) = still.map(|(stem, _)| format!("{stem}.MOV")) else { return };
        let (row, file) = (original(PAIRED_VIDEO), files.at(&path));
        if row.is_some() || file.is_some() {
            found.push(self.resource(ResourceRole::PairedVideo, row, (path, file)));
        }
    }

    /// Where a file is that is not here.
    fn absent(&self, in_cloud: bool) -> Whereabouts {
        match (self.is_referenced, in_cloud || self.is_shared) {
            (true, _) => Whereabouts::Unreachable,
            (false, true) => Whereabouts::Cloud,
            (false, false) => Whereabouts::Missing,
        }
    }

    fn resource(
        &self,
        role: ResourceRole,
        row: Option<&ResourceRow>,
        (locator, found): (String, Option<Lying>),
    ) -> Resource {
        let is_primary = matches!(role, ResourceRole::Photo | ResourceRole::Video);
        let size = self.size.filter(|_| is_primary).or(row.and_then(|row| row.size));
        let stored = self.fingerprint.filter(|_| is_primary).or(row.and_then(|row| row.fingerprint));
        // Of 380 originals with a stored fingerprint, 10 had another one; each also had another size.
        let is_stale = matches!((found, size), (Some(found), Some(size)) if found.size != size);
        Resource {
            role,
            size: found.map(|found| found.size).or(size),
            fingerprint: stored.filter(|_| !is_stale),
            stale_fingerprint: stored.filter(|_| is_stale),
            whereabouts: match found {
                Some(_) => Whereabouts::Here,
                None => self.absent(row.is_some_and(|row| row.in_cloud)),
            },
            state: found.map_or(0, |found| found.state),
            locator: locator.into_boxed_str(),
        }
    }

    /// All files of the asset, the primary one first.
    pub fn resources(&self, uuid: &str, rows: &[ResourceRow], files: &Files) -> Box<[Resource]> {
        let original = |kind: i32| rows.iter().find(|row| !row.is_render && row.kind == kind);
        let (role, kind) = match self.kind {
            MediaKind::Photo => (ResourceRole::Photo, PHOTO),
            MediaKind::Video => (ResourceRole::Video, VIDEO),
        };
        let shard = self.shard().filter(|_| !self.is_referenced && !self.is_shared);
        // A UUID has a handful of files; a hostile name such as "A" could have all of them.
        let listed: Vec<(&str, Lying)> = match &shard {
            Some((directory, stem)) => files.starting_with(directory, stem).take(MOST_FILES).collect(),
            None => Vec::new(),
        };
        let mut found = Vec::with_capacity(1);
        found.push(self.resource(role, original(kind), self.primary(&listed, files)));
        if self.is_referenced {
            self.beside(&original, &mut found);
        } else if self.is_shared {
            self.shared_video(&original, files, &mut found);
        } else if let Some((directory, stem)) = &shard {
            self.companions(&original, directory, stem, &listed, &mut found);
        }
        if self.is_edited {
            self.renders(uuid, rows, files, &mut found);
        }
        for file in &mut found {
            if file.whereabouts != Whereabouts::Here && files.is_unread(&file.locator) {
                file.whereabouts = Whereabouts::Unread;
            }
        }
        found.into_boxed_slice()
    }

    /// The paired video, the RAW half and what came along, by their names in `originals`.
    fn companions<'r>(
        &self,
        original: &impl Fn(i32) -> Option<&'r ResourceRow>,
        directory: &str,
        stem: &str,
        listed: &[(&str, Lying)],
        found: &mut Vec<Resource>,
    ) {
        let beside = || listed.iter().map(|&(name, file)| (name, &name[stem.len()..], file));
        let is_photo = self.kind == MediaKind::Photo;
        for (role, kind, start, expected) in [
            (ResourceRole::PairedVideo, PAIRED_VIDEO, "_3.", "mov"),
            (ResourceRole::AlternatePhoto, ALTERNATE, "_4.", "dng"),
        ] {
            let row = original(kind).filter(|_| is_photo);
            let file = beside().find(|(_, rest, _)| is_photo && rest.starts_with(start));
            if let Some((name, _, file)) = file {
                found.push(self.resource(role, row, (format!("{directory}/{name}"), Some(file))));
            } else if let Some(ResourceRow { extension, .. }) = row {
                // A RAW can be of many kinds: one of which nothing tells the kind has no ending.
                let ending = extension.or((role == ResourceRole::PairedVideo).then_some(expected));
                let path = format!("{directory}/{stem}{start}{}", ending.unwrap_or_default());
                found.push(self.resource(role, row, (path.trim_end_matches('.').to_owned(), None)));
            }
        }
        // A row of type 5 does not tell what its file is, so these are listed only when they are here.
        for (role, expected) in [(ResourceRole::AdjustmentData, "_5.aae"), (ResourceRole::Sidecar, "_5.xmp")] {
            if let Some((name, _, file)) = beside().find(|(_, rest, _)| *rest == expected) {
                found.push(self.resource(role, None, (format!("{directory}/{name}"), Some(file))));
            }
        }
    }

    /// The paired video and RAW half of a referenced photo: they keep their own names beside it.
    fn beside<'r>(&self, original: &impl Fn(i32) -> Option<&'r ResourceRow>, found: &mut Vec<Resource>) {
        let halves = [
            (ResourceRole::PairedVideo, PAIRED_VIDEO, &["mov"][..]),
            (ResourceRole::AlternatePhoto, ALTERNATE, &RAW_EXTENSIONS),
        ];
        for (role, kind, extensions) in halves {
            let Some(row) = original(kind) else { continue };
            let file = extensions
                .iter()
                .flat_map(|extension| [extension.to_string(), extension.to_uppercase()])
                .filter_map(|extension| self.outside(&format!("{}.{extension}", self.stem())))
                .find_map(|path| files::outside(&path).map(|file| (path, Some(file))));
            let expected = row.extension.unwrap_or(extensions[0]);
            let absent = || (self.outside(&format!("{}.{expected}", self.stem())).unwrap_or_default(), None);
            found.push(self.resource(role, Some(row), file.unwrap_or_else(absent)));
        }
    }

    /// The edited version. A video's `_1_201_a.jpeg` is only its poster, so the kind chooses.
    fn renders(&self, uuid: &str, rows: &[ResourceRow], files: &Files, found: &mut Vec<Resource>) {
        let Some(directory) = renders_of(uuid) else { return };
        let wanted: &[_] = match self.kind {
            MediaKind::Photo => &[
                (ResourceRole::RenderedPhoto, PHOTO, 0x1_0192, "jpeg"),
                (ResourceRole::RenderedPairedVideo, PAIRED_VIDEO, 0x2_00c8, "mov"),
            ],
            MediaKind::Video => &[(ResourceRole::RenderedVideo, VIDEO, 0x2_0000, "mov")],
        };
        for &(role, kind, recipe, extension) in wanted {
            let row = rows.iter().find(|row| row.is_render && row.kind == kind && row.recipe == recipe);
            let start = format!("{uuid}_{}_{}_a.", recipe >> 16, (recipe & 0xffff) >> 1);
            let file = files.starting_with(&directory, &start).next();
            let file = file.map(|(name, file)| (format!("{directory}/{name}"), Some(file)));
            if row.is_some() || file.is_some() {
                let extension = row.and_then(|row| row.extension).unwrap_or(extension);
                let expected = (format!("{directory}/{start}{extension}"), None);
                let mut resource = self.resource(role, row, file.unwrap_or(expected));
                let is_first = role != ResourceRole::RenderedPairedVideo;
                if is_first && resource.fingerprint.is_none() && resource.stale_fingerprint.is_none() {
                    let is_stale = row.is_none_or(|row| row.size != resource.size);
                    let stored = self.rendered_fingerprint;
                    resource.fingerprint = stored.filter(|_| !is_stale);
                    resource.stale_fingerprint = stored.filter(|_| is_stale);
                }
                found.push(resource);
            }
        }
        let recipe = format!("{directory}/{uuid}.plist");
        let has_recipe = found.iter().any(|resource| resource.role == ResourceRole::AdjustmentData);
        if let (false, Some(file)) = (has_recipe, files.at(&recipe)) {
            found.push(self.resource(ResourceRole::AdjustmentData, None, (recipe, Some(file))));
        }
    }
}

/// The directory of an asset's renders.
pub(crate) fn renders_of(uuid: &str) -> Option<String> {
    files::join("resources/renders", uuid.get(..1)?)
}
