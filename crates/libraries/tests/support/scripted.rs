//! A PhotoKit that is scripted: an embedded library stands in for the System Photo Library, and faults are switched on
//! one by one.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole, Subtype, Whereabouts};
use photobridge_core::library::{ImportError, Library, LibraryError, NewAsset};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_libraries::Embedded;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::{Details, Location};
use photobridge_photokit::{
    ABSENT, Authorization, Changes, Creation, Delivery, EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, KitResource,
    Media, NOTHING, OnPlaceholder, PhotoKit, RequestId, ResourceType, Subtypes,
};

/// The call that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Assets,
    Resources,
    Albums,
    Token,
    Changes,
    Data,
    Create,
    CreateAlbum,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The permission is another one.
    Permission(Authorization),
    /// Nobody was asked yet; after a moment this is the answer.
    Answers(Authorization),
    /// Nobody was asked yet, and nobody answers.
    AnswersNever,
    /// A call fails with this domain and code.
    Error(Call, &'static str, i64),
    /// The same, once.
    ErrorOnce(Call, &'static str, i64),
    /// No bytes come, ever.
    DataNever,
    /// Some bytes come, and then none.
    DataStalls,
    /// Bytes come after a pause that is shorter than anybody's patience.
    DataLate,
    /// The end is told twice, and bytes come after it.
    DataTwice,
    /// Other bytes come.
    DataWrong,
    /// Fewer bytes come.
    DataShort,
    /// A change is never performed and never answered.
    ChangeNever,
    /// It is performed, and never answered.
    ChangeUnanswered,
    /// It is performed after the caller's patience has ended.
    ChangeLate,
    /// It is performed, and said to have failed.
    ChangeDenied,
    /// It is not performed, and said to have gone well.
    ChangeClaimed,
    /// Its block is called twice.
    ChangeTwice,
    /// No identifier is told.
    ChangeWithoutPlaceholder,
    /// The asset gets another identifier than was told.
    ChangeUnderAnotherIdentifier,
    /// An identifier is told that is none.
    ChangeWithStrangeIdentifier,
    /// Other bytes are stored.
    ChangeWithOtherBytes,
    /// It throws.
    ChangeThrows,
    /// Sizes are not told: both properties are absent.
    NoSizes,
    /// Where bytes are is not told.
    NoLocality,
    /// Personal or Shared Library is not told.
    NoScope,
    /// There are no tokens: macOS 12.
    NoTokens,
    /// The Hidden album is locked.
    HiddenIsLocked,
    /// No file of any asset is told.
    NoResources,
}

/// The scripted PhotoKit.
#[derive(Debug)]
pub struct Scripted {
    library: PathBuf,
    fault: Mutex<Option<Fault>>,
    /// What iCloud has, by asset and role.
    cloud: Mutex<HashMap<(String, ResourceType), Vec<u8>>>,
    /// Requests for bytes that were cancelled.
    pub cancelled: Mutex<Vec<RequestId>>,
    /// Requests that were allowed the network.
    pub fetched: Mutex<Vec<String>>,
    /// Assets whose files were asked for.
    pub asked: Mutex<Vec<String>>,
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(domain: &str, code: i64) -> KitError {
    KitError { domain: domain.to_owned(), code, text: "The operation couldn’t be completed.".to_owned() }
}

const PHOTOS: &str = "PHPhotosErrorDomain";

impl Scripted {
    /// A PhotoKit over this library. What is in it now is in iCloud too.
    pub fn over(library: &Path) -> Self {
        let scripted = Self {
            library: library.to_owned(),
            fault: Mutex::default(),
            cloud: Mutex::default(),
            cancelled: Mutex::default(),
            fetched: Mutex::default(),
            asked: Mutex::default(),
        };
        scripted.upload();
        scripted
    }

    /// From now on this goes wrong.
    pub fn go_wrong(&self, fault: Option<Fault>) {
        *locked(&self.fault) = fault;
    }

    /// Everything that is here is in iCloud too.
    pub fn upload(&self) {
        let mut library = self.open();
        for asset in self.kept() {
            for resource in asset.resources.iter().filter(|resource| resource.whereabouts == Whereabouts::Here) {
                let mut bytes = Vec::new();
                let read = library.read(&asset, resource.role, &mut bytes, &Cancel::new());
                if let (Ok(_), Some(kind)) = (read, kind(resource.role)) {
                    locked(&self.cloud).insert((asset.id.0.to_string(), kind), bytes);
                }
            }
        }
    }

    fn open(&self) -> Embedded {
        Embedded::open(&self.library).expect("the library behind the script")
    }

    /// Everything that is kept, shown or not.
    pub fn kept(&self) -> Vec<Asset> {
        self.open().snapshot(&Silent, &Cancel::new()).expect("a snapshot").assets
    }

    fn fault(&self) -> Option<Fault> {
        *locked(&self.fault)
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault() == Some(fault)
    }

    fn call(&self, call: Call) -> Result<(), KitError> {
        match self.fault() {
            Some(Fault::Error(of, domain, code)) if of == call => Err(error(domain, code)),
            Some(Fault::ErrorOnce(of, domain, code)) if of == call => {
                self.go_wrong(None);
                Err(error(domain, code))
            }
            _ => Ok(()),
        }
    }

    fn shown(&self) -> Vec<KitAsset> {
        let is_locked = self.is(Fault::HiddenIsLocked);
        let is_shown = |asset: &Asset| !asset.standing.trashed && (!asset.standing.hidden || !is_locked);
        self.kept().iter().filter(|asset| is_shown(asset)).map(|asset| self.told(asset)).collect()
    }

    fn told(&self, asset: &Asset) -> KitAsset {
        let details = asset.details.clone().unwrap_or_default();
        KitAsset {
            local_identifier: format!("{}/L0/001", asset.id),
            media: if asset.kind == MediaKind::Photo { Media::Image } else { Media::Video },
            subtypes: Subtypes { live: asset.subtype == Some(Subtype::LivePhoto), ..Subtypes::default() },
            created: asset.captured.map(seconds),
            modified: Some(f64::from(crc(&format!("{asset:?}")))),
            added: None,
            location: details.location.map(|place| (place.latitude, place.longitude)),
            favorite: details.favorite,
            hidden: asset.standing.hidden,
            cloud_shared: asset.standing.shared_album,
            in_shared_library: (!self.is(Fault::NoScope)).then_some(false),
            pixels: asset.current_pixels.map_or((0, 0), |(width, height)| (width.into(), height.into())),
            duration: 0.0,
            burst: asset.burst.as_deref().map(str::to_owned),
            picked: !asset.standing.unpicked_burst_frame,
            has_adjustments: Some(asset.edited),
        }
    }

    fn find(&self, local_identifier: &str) -> Result<Asset, KitError> {
        let uuid = local_identifier.strip_suffix("/L0/001").unwrap_or_default();
        let found = self.kept().into_iter().find(|asset| &*asset.id.0 == uuid && !asset.standing.trashed);
        found.ok_or_else(|| error(NOTHING, ABSENT))
    }

    /// The bytes of a file, and whether they are on this disk.
    fn bytes(&self, asset: &Asset, kind: ResourceType) -> Option<(Vec<u8>, bool)> {
        let role = role(kind)?;
        let here = asset.resource(role)?.whereabouts == Whereabouts::Here;
        if !here {
            return Some((locked(&self.cloud).get(&(asset.id.0.to_string(), kind))?.clone(), false));
        }
        let mut bytes = Vec::new();
        self.open().read(asset, role, &mut bytes, &Cancel::new()).ok()?;
        Some((bytes, true))
    }

    /// Stores an asset, under the identifier that `on_placeholder` agrees to.
    fn store(&self, creation: &Creation, on_placeholder: &OnPlaceholder) -> Result<(), KitError> {
        if creation.files.iter().any(|(_, path, _)| !path.exists()) {
            // Whoever asked for it has left; had it been wanted, Photos would not find the files.
            assert!(!on_placeholder("1A7E0000-0000-4000-8000-000000000000/L0/001"), "files that are gone were wanted");
            return Err(error(PHOTOS, 3303));
        }
        let other_bytes = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(other_bytes.path(), b"\xff\xd8 other bytes").expect("written");
        let is_changed = self.is(Fault::ChangeWithOtherBytes);
        let resource = |(kind, path, name): &'_ (ResourceType, PathBuf, String)| -> (ResourceRole, PathBuf, String) {
            let path = if is_changed { other_bytes.path().to_owned() } else { path.clone() };
            (role(*kind).expect("a role"), path, name.clone())
        };
        let files: Vec<_> = creation.files.iter().map(resource).collect();
        let resources = files.iter().map(|(role, path, name)| super::resource(*role, path, name));
        let albums: Vec<Box<str>> = creation.albums.iter().map(|album| album.as_str().into()).collect();
        let captured = creation.created.and_then(|at| {
            CaptureTime::from_instant(jiff::Timestamp::from_microsecond((at * 1e6) as i64).ok()?, Some(0), None)
        });
        let is_video = creation.files.first().is_some_and(|(kind, ..)| *kind == ResourceType::Video);
        let location = creation.location.and_then(|(latitude, longitude)| Location::new(latitude, longitude));
        let new = NewAsset {
            kind: if is_video { MediaKind::Video } else { MediaKind::Photo },
            resources: resources.collect(),
            captured,
            written: captured,
            pixels: None,
            orientation: None,
            camera: None,
            duration_ms: None,
            details: Details { location, favorite: creation.favorite, ..Details::default() },
            albums: &albums,
            added: jiff::Timestamp::now(),
        };
        let mut on_id = |id: &AssetId| {
            let told = if self.is(Fault::ChangeUnderAnotherIdentifier) {
                "0D1E0000-0000-4000-8000-000000000000"
            } else {
                &id.0
            };
            let told = format!("{told}/L0/001");
            let told = if self.is(Fault::ChangeWithStrangeIdentifier) { "../../etc/x y".to_owned() } else { told };
            match on_placeholder(&told) {
                true => Ok(()),
                false => Err(LibraryError::Cancelled),
            }
        };
        match self.open().import(&new, &mut on_id) {
            Ok(_) => Ok(()),
            // No file was added.
            Err(ImportError::Library(LibraryError::Cancelled)) => Err(error(PHOTOS, 3303)),
            Err(_) => Err(error(PHOTOS, 3302)),
        }
    }
}

impl PhotoKit for Scripted {
    fn authorization(&self) -> Authorization {
        match self.fault() {
            Some(Fault::Permission(status)) => status,
            Some(Fault::Answers(_) | Fault::AnswersNever) => Authorization::NotDetermined,
            _ => Authorization::Authorized,
        }
    }

    fn request_authorization(&self, answer: Sender<Authorization>) {
        match self.fault() {
            Some(Fault::AnswersNever) => std::mem::forget(answer),
            Some(Fault::Answers(status)) => {
                std::thread::sleep(Duration::from_millis(50));
                self.go_wrong(Some(Fault::Permission(status)));
                let _ = answer.send(status);
            }
            _ => drop(answer.send(self.authorization())),
        }
    }

    fn assets(&self, fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError> {
        self.call(Call::Assets)?;
        let mut shown = self.shown();
        match fetch {
            Fetch::All => {}
            Fetch::Identifiers(wanted) => shown.retain(|asset| wanted.contains(&asset.local_identifier)),
            Fetch::Album(album) => {
                let snapshot = self.open().snapshot(&Silent, &Cancel::new()).expect("a snapshot");
                let at = snapshot.albums.iter().position(|found| &*found.id == album);
                let at = at.ok_or_else(|| error(NOTHING, ABSENT))? as u32;
                let members = snapshot.assets.iter().filter(|asset| asset.albums.contains(&at));
                let members: Vec<String> = members.map(|asset| format!("{}/L0/001", asset.id)).collect();
                shown.retain(|asset| members.contains(&asset.local_identifier));
            }
        }
        for asset in shown {
            if !each(asset) {
                break;
            }
        }
        Ok(())
    }

    fn resources(&self, local_identifier: &str) -> Result<Vec<KitResource>, KitError> {
        self.call(Call::Resources)?;
        let asset = self.find(local_identifier)?;
        locked(&self.asked).push(asset.original_name.to_string());
        if self.is(Fault::NoResources) {
            return Ok(Vec::new());
        }
        let told = |resource: &photobridge_core::asset::Resource| {
            let ending = resource.locator.rsplit('.').next().unwrap_or_default();
            let name = Path::new(&*asset.original_name).with_extension(ending);
            Some(KitResource {
                kind: kind(resource.role)?,
                original_filename: match resource.role {
                    ResourceRole::Photo | ResourceRole::Video => asset.original_name.to_string(),
                    _ => name.to_string_lossy().into_owned(),
                },
                uniform_type_identifier: String::new(),
                size: resource.size.filter(|_| !self.is(Fault::NoSizes)),
                is_locally_available: (!self.is(Fault::NoLocality))
                    .then_some(resource.whereabouts == Whereabouts::Here),
            })
        };
        Ok(asset.resources.iter().filter_map(told).collect())
    }

    fn albums(&self) -> Result<Vec<KitAlbum>, KitError> {
        self.call(Call::Albums)?;
        let snapshot = self.open().snapshot(&Silent, &Cancel::new()).expect("a snapshot");
        let told = |album: photobridge_core::library::Album| KitAlbum {
            local_identifier: album.id.to_string(),
            title: album.title,
        };
        Ok(snapshot.albums.into_iter().map(told).collect())
    }

    fn change_token(&self) -> Result<Option<Vec<u8>>, KitError> {
        self.call(Call::Token)?;
        if self.is(Fault::NoTokens) {
            return Ok(None);
        }
        Ok(Some(serde_json::to_vec(&self.state()).expect("a token")))
    }

    fn changes_since(&self, token: &[u8]) -> Result<Changes, KitError> {
        self.call(Call::Changes)?;
        let then: BTreeMap<String, u32> =
            serde_json::from_slice(token).map_err(|_| error("NSCocoaErrorDomain", 4864))?;
        let now = self.state();
        let mut changes = Changes::default();
        for (identifier, state) in &now {
            match then.get(identifier) {
                None => changes.inserted.push(identifier.clone()),
                Some(before) if before != state => changes.updated.push(identifier.clone()),
                Some(_) => {}
            }
        }
        changes.deleted = then.into_keys().filter(|identifier| !now.contains_key(identifier)).collect();
        Ok(changes)
    }

    fn request_data(
        &self,
        local_identifier: &str,
        kind: ResourceType,
        network: bool,
        to: SyncSender<Delivery>,
    ) -> Result<RequestId, KitError> {
        if let Err(error) = self.call(Call::Data) {
            let _ = to.send(Delivery::Done(Err(error)));
            return Ok(RequestId(1));
        }
        let asset = self.find(local_identifier)?;
        let Some((mut bytes, here)) = self.bytes(&asset, kind) else { return Err(error(NOTHING, ABSENT)) };
        if !here && !network {
            let _ = to.send(Delivery::Done(Err(error(PHOTOS, 3164))));
            return Ok(RequestId(1));
        }
        if !here {
            locked(&self.fetched).push(asset.original_name.to_string());
        }
        let fault = self.fault();
        match fault {
            Some(Fault::DataWrong) => bytes.iter_mut().for_each(|byte| *byte ^= 1),
            Some(Fault::DataShort) => bytes.truncate(bytes.len() / 2),
            _ => {}
        }
        std::thread::spawn(move || deliver(fault, bytes, &to));
        Ok(RequestId(1))
    }

    fn cancel_request(&self, request: RequestId) {
        locked(&self.cancelled).push(request);
    }

    fn create_asset(&self, creation: &Creation, on_placeholder: OnPlaceholder) -> Result<(), KitError> {
        self.call(Call::Create)?;
        let for_ever = || std::thread::sleep(Duration::from_secs(3600));
        match self.fault() {
            Some(Fault::ChangeNever) => for_ever(),
            Some(Fault::ChangeLate) => std::thread::sleep(super::PATIENCE.change * 3),
            Some(Fault::ChangeThrows) => return Err(error(EXCEPTION, 0)),
            Some(Fault::ChangeWithoutPlaceholder) => return Err(error(NOTHING, 0)),
            Some(Fault::ChangeClaimed) => {
                on_placeholder("C1A1BED0-0000-4000-8000-000000000000/L0/001");
                return Ok(());
            }
            _ => {}
        }
        let stored = self.store(creation, &on_placeholder);
        match self.fault() {
            Some(Fault::ChangeUnanswered) => for_ever(),
            Some(Fault::ChangeDenied) => return Err(error(PHOTOS, 3301)),
            // What Photos makes of the second time must not be another asset.
            Some(Fault::ChangeTwice) => drop(self.store(creation, &on_placeholder)),
            _ => {}
        }
        stored
    }

    fn create_album(&self, title: &str) -> Result<String, KitError> {
        self.call(Call::CreateAlbum)?;
        Ok(self.open().ensure_album(title).expect("an album").to_string())
    }

    fn add_to_album(&self, album: &str, assets: &[String]) -> Result<(), KitError> {
        let ids: Vec<AssetId> =
            assets.iter().filter_map(|asset| Some(AssetId(asset.strip_suffix("/L0/001")?.into()))).collect();
        self.open().add_to_album(album, &ids).map_err(|_| error(PHOTOS, 3300))
    }
}

impl Scripted {
    /// What a token stands for: the state of each asset, also of those that are not shown.
    fn state(&self) -> BTreeMap<String, u32> {
        let kept = self.kept();
        let there = kept.iter().filter(|asset| !asset.standing.trashed);
        there.map(|asset| (format!("{}/L0/001", asset.id), crc(&format!("{asset:?}")))).collect()
    }
}

fn deliver(fault: Option<Fault>, bytes: Vec<u8>, to: &SyncSender<Delivery>) {
    let send = |delivery| drop(to.send(delivery));
    match fault {
        Some(Fault::DataNever) => return std::thread::sleep(Duration::from_secs(3600)),
        Some(Fault::DataLate) => std::thread::sleep(super::PATIENCE.stall / 2),
        _ => {}
    }
    send(Delivery::Progress);
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    send(Delivery::Bytes(first.to_vec()));
    if fault == Some(Fault::DataStalls) {
        return std::thread::sleep(Duration::from_secs(3600));
    }
    send(Delivery::Bytes(rest.to_vec()));
    send(Delivery::Done(Ok(())));
    if fault == Some(Fault::DataTwice) {
        send(Delivery::Bytes(bytes));
        send(Delivery::Done(Ok(())));
    }
}

fn seconds(time: CaptureTime) -> f64 {
    time.instant_or_wall().map_or(0.0, |at| at.as_microsecond() as f64 / 1e6)
}

/// A number for a state; which one hardly matters.
fn crc(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

const ROLES: [(ResourceType, ResourceRole); 8] = [
    (ResourceType::Photo, ResourceRole::Photo),
    (ResourceType::Video, ResourceRole::Video),
    (ResourceType::AlternatePhoto, ResourceRole::AlternatePhoto),
    (ResourceType::PairedVideo, ResourceRole::PairedVideo),
    (ResourceType::FullSizePhoto, ResourceRole::RenderedPhoto),
    (ResourceType::FullSizeVideo, ResourceRole::RenderedVideo),
    (ResourceType::FullSizePairedVideo, ResourceRole::RenderedPairedVideo),
    (ResourceType::AdjustmentData, ResourceRole::AdjustmentData),
];

pub fn role(kind: ResourceType) -> Option<ResourceRole> {
    ROLES.into_iter().find(|(known, _)| *known == kind).map(|(_, role)| role)
}

pub fn kind(role: ResourceRole) -> Option<ResourceType> {
    ROLES.into_iter().find(|(_, known)| *known == role).map(|(kind, _)| kind)
}
