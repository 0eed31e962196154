//! A library in memory, for a fake PhotoKit.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use photobridge_photokit::fake::{Mac, Store};
use photobridge_photokit::{
    ABSENT, Authorization, Changes, Creation, Delivery, EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, KitResource,
    Media, NOTHING, OnPlaceholder, PhotoKit, RequestId, ResourceType, Subtypes,
};

pub const PHOTOS: &str = "PHPhotosErrorDomain";

/// What the next calls do instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    #[default]
    None,
    /// What is asked for raises.
    Raises,
    /// It fails with this error of Photos.
    Error(i64),
    /// The file that is added second raises.
    SecondFileRaises,
    /// No change token is told.
    NoToken,
    /// The library cannot be used.
    Unavailable,
    /// A keyword raises.
    KeywordRaises,
    /// No two files together are supported.
    SupportsOne,
}

#[derive(Debug, Default)]
pub struct Shelf {
    assets: Mutex<Vec<(KitAsset, Vec<KitResource>)>>,
    bytes: Mutex<Vec<u8>>,
    pub changes: Mutex<Changes>,
    pub created: Mutex<Vec<(String, Creation)>>,
    pub albums: Mutex<Vec<(KitAlbum, Vec<String>)>>,
    pub cancelled: Mutex<Vec<i32>>,
    trouble: Mutex<Trouble>,
    /// Which macOS it is, where it is not 26.
    pub macos: Mutex<Option<u32>>,
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn error(domain: &str, code: i64) -> KitError {
    KitError { domain: domain.into(), code, text: "The operation couldn’t be completed.".into() }
}

/// An identifier, another for each number.
pub fn identifier(number: u64) -> String {
    format!("0A0B0C0D-0000-4000-8000-{number:012}/L0/001")
}

/// An asset of which everything is told.
pub fn asset(number: u64) -> KitAsset {
    KitAsset {
        local_identifier: identifier(number),
        media: Media::Image,
        subtypes: Subtypes { live: true, panorama: true, ..Subtypes::default() },
        created: Some(1_715_680_800.25),
        modified: Some(1_715_680_900.5),
        added: Some(1_715_681_000.75),
        location: Some((48.5, -9.25)),
        favorite: true,
        hidden: false,
        cloud_shared: false,
        in_shared_library: Some(true),
        pixels: (4032, 3024),
        duration: 1.5,
        burst: Some("B0B0".into()),
        picked: true,
        has_adjustments: Some(true),
        words: None,
    }
}

pub fn file(kind: ResourceType, name: &str) -> KitResource {
    KitResource {
        kind,
        original_filename: name.into(),
        uniform_type_identifier: "public.heic".into(),
        size: Some(5_000_000_000),
        is_locally_available: Some(true),
    }
}

/// A photo of two files, which lie where the test may write.
pub fn creation(test: &str) -> Creation {
    let directory = std::env::temp_dir().join(format!("photobridge-photokit-{}-{test}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory");
    let put = |name: &str| -> PathBuf {
        let path = directory.join(name);
        fs::write(&path, name).expect("written");
        path
    };
    Creation {
        files: vec![
            (ResourceType::Photo, put("0 ä.heic"), "IMG_1 “ä”.HEIC".into()),
            (ResourceType::PairedVideo, put("1.mov"), "IMG_1.MOV".into()),
        ],
        created: Some(1_715_680_800.25),
        location: Some((48.5, -9.25)),
        favorite: true,
        caption: None,
        keywords: Vec::new(),
        rating: None,
        albums: Vec::new(),
    }
}

/// A Mac with these assets in its Photos, and the library behind it.
pub fn mac(assets: Vec<(KitAsset, Vec<KitResource>)>) -> (Mac, Arc<Shelf>) {
    let shelf = Arc::new(Shelf { assets: Mutex::new(assets), ..Shelf::default() });
    (Mac::with(Arc::<Shelf>::clone(&shelf)), shelf)
}

impl Shelf {
    pub fn go_wrong(&self, trouble: Trouble) {
        *locked(&self.trouble) = trouble;
    }

    pub fn send(&self, bytes: Vec<u8>) {
        *locked(&self.bytes) = bytes;
    }

    fn is(&self, trouble: Trouble) -> bool {
        *locked(&self.trouble) == trouble
    }

    fn call(&self) -> Result<(), KitError> {
        match *locked(&self.trouble) {
            Trouble::Raises => Err(error(EXCEPTION, 0)),
            Trouble::Error(code) => Err(error(PHOTOS, code)),
            _ => Ok(()),
        }
    }
}

impl Store for Shelf {
    fn placeholder(&self) -> Result<Option<String>, KitError> {
        match self.is(Trouble::Raises) {
            true => Err(error(EXCEPTION, 0)),
            false => Ok(Some(identifier(900 + locked(&self.created).len() as u64))),
        }
    }

    fn add(&self, at: usize) -> Result<(), KitError> {
        if self.is(Trouble::SecondFileRaises) && at == 1 { Err(error(EXCEPTION, 0)) } else { Ok(()) }
    }

    fn add_keyword(&self, _: &str) -> Result<(), KitError> {
        if self.is(Trouble::KeywordRaises) { Err(error(EXCEPTION, 0)) } else { Ok(()) }
    }

    fn macos(&self) -> u32 {
        locked(&self.macos).unwrap_or(26)
    }

    fn commit(&self, placeholder: &str, creation: &Creation) -> Result<(), KitError> {
        self.call()?;
        locked(&self.created).push((placeholder.into(), creation.clone()));
        Ok(())
    }

    fn unavailability(&self) -> Option<KitError> {
        self.is(Trouble::Unavailable).then(|| error(PHOTOS, 3114))
    }
}

impl PhotoKit for Shelf {
    fn authorization(&self) -> Authorization {
        Authorization::NotDetermined
    }

    fn request_authorization(&self, answer: Sender<Authorization>) {
        answer.send(Authorization::Limited).expect("somebody listens");
    }

    fn assets(&self, fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError> {
        self.call()?;
        let assets = locked(&self.assets);
        let is_wanted = |asset: &&KitAsset| match fetch {
            Fetch::All => true,
            Fetch::Shared => asset.cloud_shared,
            Fetch::Identifiers(wanted) => wanted.contains(&asset.local_identifier),
            Fetch::Album(album) => {
                let albums = locked(&self.albums);
                albums
                    .iter()
                    .any(|(of, members)| of.local_identifier == album && members.contains(&asset.local_identifier))
            }
        };
        let wanted = assets.iter().map(|(asset, _)| asset).filter(is_wanted);
        for asset in wanted.cloned() {
            if !each(asset) {
                break;
            }
        }
        Ok(())
    }

    fn resources(&self, local_identifier: &str) -> Result<Vec<KitResource>, KitError> {
        self.call()?;
        let assets = locked(&self.assets);
        let found = assets.iter().find(|(asset, _)| asset.local_identifier == local_identifier);
        found.map(|(_, files)| files.clone()).ok_or_else(|| error(NOTHING, ABSENT))
    }

    fn albums(&self) -> Result<Vec<KitAlbum>, KitError> {
        self.call()?;
        Ok(locked(&self.albums).iter().map(|(album, _)| album.clone()).collect())
    }

    fn change_token(&self) -> Result<Option<Vec<u8>>, KitError> {
        self.call()?;
        Ok((!self.is(Trouble::NoToken)).then(|| b"now \xff".to_vec()))
    }

    fn changes_since(&self, token: &[u8]) -> Result<Changes, KitError> {
        self.call()?;
        assert_eq!(token, b"now \xff");
        Ok(locked(&self.changes).clone())
    }

    fn on_changes(&self, _: Sender<()>) -> Result<bool, KitError> {
        unreachable!("the fake tells of changes itself")
    }

    fn request_data(
        &self,
        _: &str,
        _: ResourceType,
        network: bool,
        to: SyncSender<Delivery>,
    ) -> Result<RequestId, KitError> {
        self.call()?;
        let bytes = locked(&self.bytes).clone();
        std::thread::spawn(move || {
            if !network {
                let _ = to.send(Delivery::Done(Err(error(PHOTOS, 3164))));
                return;
            }
            let _ = to.send(Delivery::Progress);
            for piece in bytes.chunks(1 << 20) {
                let _ = to.send(Delivery::Bytes(piece.to_vec()));
            }
            let _ = to.send(Delivery::Done(Ok(())));
        });
        Ok(RequestId(1))
    }

    fn cancel_request(&self, RequestId(request): RequestId) {
        locked(&self.cancelled).push(request);
    }

    fn supports(&self, kinds: &[ResourceType]) -> Result<bool, KitError> {
        Ok(kinds.len() == 1 || !self.is(Trouble::SupportsOne))
    }

    fn create_asset(&self, _: &Creation, _: OnPlaceholder) -> Result<(), KitError> {
        unreachable!("a new asset comes in parts")
    }

    fn create_album(&self, title: &str) -> Result<String, KitError> {
        self.call()?;
        let album = KitAlbum { local_identifier: format!("{title}/L0/040"), title: title.into() };
        locked(&self.albums).push((album.clone(), Vec::new()));
        Ok(album.local_identifier)
    }

    fn add_to_album(&self, album: &str, assets: &[String]) -> Result<(), KitError> {
        self.call()?;
        let mut albums = locked(&self.albums);
        let (_, members) = albums.iter_mut().find(|(of, _)| of.local_identifier == album).expect("an album");
        members.extend(assets.iter().cloned());
        Ok(())
    }
}
