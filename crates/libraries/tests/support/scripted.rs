//! A PhotoKit that is scripted: an embedded library stands in for the System Photo Library, and faults are switched on
//! one by one.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole, Subtype, Whereabouts};
use photobridge_core::library::{Library, NewAsset};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_libraries::Embedded;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::{Details, Location};
use photobridge_photokit::{
    ABSENT, Authorization, Changes, Creation, Delivery, EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, KitResource,
    Media, NOTHING, OnPlaceholder, PhotoKit, RequestId, ResourceType, Subtypes,
};
use photobridge_testkit::alter;

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
    /// The process is killed in the middle of it.
    ChangeKills(Moment),
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
    /// It throws when the second file is added.
    SecondFileThrows,
    /// The same, and what was added before is kept all the same.
    SecondFileThrowsTooLate,
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
    /// The library cannot be used just now, and looks empty.
    LooksEmpty,
    /// Files with these endings are refused (3302).
    Refuses(&'static [&'static str]),
    /// No asset can have a RAW beside its photo.
    TakesNoPairs,
    /// Cancelling waits until the piece that is on its way was taken.
    CancelWaits,
}

/// A moment of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the identifier is told.
    Begun,
    /// It was told, and no file added.
    Told,
    /// All files were added, and nothing is kept.
    Added,
    /// The photo is kept, and nobody was told so.
    Kept,
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
    /// Assets whose files were asked for, each once.
    pub asked: Mutex<Vec<String>>,
    /// The names of the files of each photo that was to be created.
    pub offered: Mutex<Vec<String>>,
    /// Description, keywords and stars of each photo that was to be created.
    pub described: Mutex<Vec<Details>>,
    /// Which macOS it is to Objective-C: before 27 nothing is described there.
    pub macos: AtomicU32,
    /// The most identifiers that were given at once.
    pub most_at_once: AtomicUsize,
    /// What came since this began; a change tells of it also where it was deleted at once.
    stored: Mutex<Vec<String>>,
    /// What is on its way.
    sending: Mutex<Vec<JoinHandle<()>>>,
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
            offered: Mutex::default(),
            described: Mutex::default(),
            macos: AtomicU32::new(26),
            most_at_once: AtomicUsize::default(),
            stored: Mutex::default(),
            sending: Mutex::default(),
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
        if self.is(Fault::LooksEmpty) {
            return Vec::new();
        }
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
            words: None,
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

    fn die_where(&self, moment: Moment) {
        if self.is(Fault::ChangeKills(moment)) {
            std::process::Command::new("sh").args(["-c", "kill -KILL $PPID"]).status().expect("a shell");
            for_ever();
        }
    }

    /// The identifier that a new asset will have.
    fn placeholder(&self) -> Result<Option<String>, KitError> {
        self.die_where(Moment::Begun);
        let uuid = match self.fault() {
            Some(Fault::ChangeNever) => for_ever(),
            Some(Fault::ChangeThrows) => return Err(error(EXCEPTION, 0)),
            Some(Fault::ChangeWithoutPlaceholder) => return Ok(None),
            Some(Fault::ChangeWithStrangeIdentifier) => return Ok(Some("../../etc/x y".to_owned())),
            Some(Fault::ChangeLate) => {
                std::thread::sleep(super::PATIENCE.change * 3);
                new_uuid()
            }
            _ => new_uuid(),
        };
        Ok(Some(format!("{uuid}/L0/001")))
    }

    /// A file is added.
    fn add(&self, at: usize) -> Result<(), KitError> {
        self.die_where(Moment::Told);
        let throws = [Fault::SecondFileThrows, Fault::SecondFileThrowsTooLate];
        let is_second = at == 1 && self.fault().is_some_and(|fault| throws.contains(&fault));
        if is_second { Err(error(EXCEPTION, 0)) } else { Ok(()) }
    }

    /// Performs a change as [`System`](photobridge_photokit) does, but for what an exception leaves.
    fn perform(&self, identifier: &str, creation: &Creation) -> Result<(), KitError> {
        let added = creation.files.iter().enumerate().take_while(|(at, _)| self.add(*at).is_ok()).count();
        if added == creation.files.len() {
            return self.commit(identifier, creation);
        }
        if self.is(Fault::SecondFileThrowsTooLate) {
            let files = creation.files[..added].to_vec();
            self.commit(identifier, &Creation { files, ..creation.clone() })?;
        }
        Err(error(EXCEPTION, 0))
    }

    /// Keeps a new asset under the identifier that was told.
    fn commit(&self, placeholder: &str, creation: &Creation) -> Result<(), KitError> {
        self.die_where(Moment::Added);
        let names: Vec<&str> = creation.files.iter().map(|(_, _, name)| name.as_str()).collect();
        locked(&self.offered).push(names.join("+"));
        locked(&self.described).push(Details {
            description: creation.caption.clone(),
            keywords: creation.keywords.clone(),
            rating: creation.rating,
            ..Details::default()
        });
        self.call(Call::Create)?;
        if let Some(Fault::Refuses(endings)) = self.fault()
            && names.iter().any(|name| endings.iter().any(|ending| name.ends_with(ending)))
        {
            return Err(error(PHOTOS, 3302));
        }
        if self.is(Fault::ChangeClaimed) {
            return Ok(());
        }
        let id = self.store(creation)?;
        if !self.is(Fault::ChangeUnderAnotherIdentifier) {
            let told = placeholder.strip_suffix("/L0/001").expect("an identifier of ours");
            alter::rename(&self.library, &id, &AssetId(told.into()));
            locked(&self.stored).push(placeholder.to_owned());
        }
        self.die_where(Moment::Kept);
        match self.fault() {
            Some(Fault::ChangeUnanswered) => for_ever(),
            Some(Fault::ChangeDenied) => Err(error(PHOTOS, 3301)),
            _ => Ok(()),
        }
    }

    /// Puts an asset into the library.
    fn store(&self, creation: &Creation) -> Result<AssetId, KitError> {
        let are_there = creation.files.iter().all(|(_, path, _)| path.exists());
        // Whoever asked for it has left, and wanted none of them.
        assert!(are_there, "files that are gone were wanted");
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
        let told = creation.created.and_then(|at| {
            CaptureTime::from_instant(jiff::Timestamp::from_microsecond((at * 1e6) as i64).ok()?, Some(0), None)
        });
        let captured = told.or_else(|| written_in(&files.first()?.1));
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
        let imported = self.open().import(&new, &mut |_| Ok(()));
        imported.map(|imported| imported.id).map_err(|_| error(PHOTOS, 3302))
    }
}

/// The capture time that a file itself tells, with its zone.
fn written_in(file: &Path) -> Option<CaptureTime> {
    let kind = photobridge_media::kind_of(file)?;
    let (header, _) = photobridge_media::header_of(std::fs::File::open(file).ok()?, kind).ok()?;
    header.captured.map(|(captured, _)| captured)
}

/// A change of which nothing is heard again.
fn for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

fn new_uuid() -> String {
    uuid::Uuid::new_v4().to_string().to_uppercase()
}

#[cfg(fake_photokit)]
impl photobridge_photokit::fake::Store for Scripted {
    fn placeholder(&self) -> Result<Option<String>, KitError> {
        self.placeholder()
    }

    fn add(&self, at: usize) -> Result<(), KitError> {
        self.add(at)
    }

    fn commit(&self, placeholder: &str, creation: &Creation) -> Result<(), KitError> {
        self.commit(placeholder, creation)
    }

    fn performs_twice(&self) -> bool {
        self.is(Fault::ChangeTwice)
    }

    fn macos(&self) -> u32 {
        self.macos.load(Ordering::Relaxed)
    }

    fn unavailability(&self) -> Option<KitError> {
        self.call(Call::Assets).err()
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
            Fetch::Shared => shown.retain(|asset| asset.cloud_shared),
            Fetch::Identifiers(wanted) => {
                self.most_at_once.fetch_max(wanted.len(), Ordering::Relaxed);
                shown.retain(|asset| wanted.contains(&asset.local_identifier));
            }
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
        let name = asset.original_name.to_string();
        let mut asked = locked(&self.asked);
        if !asked.contains(&name) {
            asked.push(name);
        }
        drop(asked);
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
        if self.is(Fault::LooksEmpty) {
            return Err(error(PHOTOS, 3105));
        }
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
        let before = then.into_keys().chain(locked(&self.stored).clone());
        changes.deleted = before.filter(|identifier| !now.contains_key(identifier)).collect();
        Ok(changes)
    }

    fn on_changes(&self, _: Sender<()>) -> Result<bool, KitError> {
        Ok(false)
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
        locked(&self.sending).push(std::thread::spawn(move || deliver(fault, bytes, &to)));
        Ok(RequestId(1))
    }

    fn cancel_request(&self, request: RequestId) {
        locked(&self.cancelled).push(request);
        if self.is(Fault::CancelWaits) {
            locked(&self.sending).drain(..).for_each(|sending| sending.join().expect("sent"));
        }
    }

    fn supports(&self, kinds: &[ResourceType]) -> Result<bool, KitError> {
        let is_pair = kinds.contains(&ResourceType::AlternatePhoto);
        Ok(!(is_pair && self.is(Fault::TakesNoPairs)))
    }

    fn create_asset(&self, creation: &Creation, on_placeholder: OnPlaceholder) -> Result<(), KitError> {
        let identifier = self.placeholder()?.ok_or_else(|| error(NOTHING, 0))?;
        let perform = || match on_placeholder(&identifier) {
            true => self.perform(&identifier, creation),
            // No file was added.
            false => Err(error(PHOTOS, 3303)),
        };
        let performed = perform();
        if self.is(Fault::ChangeTwice) {
            // What Photos makes of the second time must not be another asset.
            let _ = perform();
        }
        performed
    }

    fn create_album(&self, title: &str) -> Result<String, KitError> {
        self.call(Call::CreateAlbum)?;
        Ok(self.open().ensure_album(title).expect("an album").to_string())
    }

    fn add_to_album(&self, album: &str, assets: &[String]) -> Result<(), KitError> {
        self.most_at_once.fetch_max(assets.len(), Ordering::Relaxed);
        let ids: Vec<AssetId> =
            assets.iter().filter_map(|asset| Some(AssetId(asset.strip_suffix("/L0/001")?.into()))).collect();
        self.open().add_to_album(album, &ids).map_err(|_| error(PHOTOS, 3300))
    }
}

impl Scripted {
    /// What a token stands for: the state of each asset, also of those that are not shown.
    fn state(&self) -> BTreeMap<String, u32> {
        let kept = self.kept();
        // No change tells of a shared album.
        let there = kept.iter().filter(|asset| !asset.standing.trashed && !asset.standing.shared_album);
        there.map(|asset| (format!("{}/L0/001", asset.id), crc(&format!("{asset:?}")))).collect()
    }
}

fn deliver(fault: Option<Fault>, bytes: Vec<u8>, to: &SyncSender<Delivery>) {
    let send = |delivery| drop(to.send(delivery));
    match fault {
        Some(Fault::DataNever) => return std::thread::sleep(Duration::from_secs(3600)),
        Some(Fault::DataLate) => std::thread::sleep(super::PATIENCE.stall / 2),
        // In more pieces than anybody keeps waiting.
        Some(Fault::CancelWaits) => {
            bytes.chunks(bytes.len() / 30).for_each(|some| send(Delivery::Bytes(some.to_vec())))
        }
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
