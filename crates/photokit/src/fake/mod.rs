//! A Mac without a Mac: [`System`](crate::System) on Linux, over GCC's Objective-C runtime, GNUstep's Foundation, and a PhotoKit
//! of our own making in Objective-C (`*.m`), behind which stands a library that Rust plays.
//!
//! `scripts/run-photokit` builds it, and nothing else does. What it shows is that our calls, blocks, pools and types are
//! right; what Apple's code answers it cannot show.

#![expect(unsafe_code, reason = "Objective-C calls us through C")]

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, Once, PoisonError};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    Authorization, Changes, Creation, Delivery, Fetch, KitAlbum, KitAsset, KitError, KitResource, OnPlaceholder,
    PhotoKit, RequestId, ResourceType, System,
};

/// The library behind the fake. Of [`PhotoKit`] everything is asked but [`PhotoKit::create_asset`], which comes in parts.
pub trait Store: PhotoKit {
    /// The identifier that a new asset will have. An error makes its change fail, or is raised.
    fn placeholder(&self) -> Result<Option<String>, KitError>;

    /// A file is about to be added to it: the first one, the second one.
    fn add(&self, _at: usize) -> Result<(), KitError> {
        Ok(())
    }

    /// A keyword is about to be added to it.
    fn add_keyword(&self, _keyword: &str) -> Result<(), KitError> {
        Ok(())
    }

    /// Keeps the new asset under the identifier that was told.
    fn commit(&self, placeholder: &str, creation: &Creation) -> Result<(), KitError>;

    /// Whether a change is performed twice.
    fn performs_twice(&self) -> bool {
        false
    }

    /// Which macOS this Mac has.
    fn macos(&self) -> u32 {
        26
    }

    /// Why the library cannot be used just now.
    fn unavailability(&self) -> Option<KitError> {
        None
    }
}

/// A Mac whose Photos is a [`Store`]; every call goes through [`System`].
#[derive(Debug, Clone, Copy)]
pub struct Mac(usize);

static MACS: Mutex<Vec<Arc<dyn Store>>> = Mutex::new(Vec::new());

thread_local! {
    /// The Mac that a thread acts for.
    static CURRENT: Cell<usize> = const { Cell::new(usize::MAX) };
}

impl Mac {
    /// A Mac with this library.
    pub fn with(store: Arc<dyn Store>) -> Self {
        static ONCE: Once = Once::new();
        // SAFETY: the table is copied, and holds functions that live for ever.
        ONCE.call_once(|| unsafe { fake_photos_serve(&TABLE) });
        let mut macs = MACS.lock().unwrap_or_else(PoisonError::into_inner);
        macs.push(store);
        Self(macs.len() - 1)
    }

    fn system(self) -> System {
        CURRENT.set(self.0);
        System
    }
}

/// How many assets are alive as Objective-C objects.
pub fn assets_alive() -> i32 {
    // SAFETY: reads a number.
    unsafe { fake_photos_alive() }
}

/// The most of them that ever were at once.
pub fn most_assets_alive() -> i32 {
    // SAFETY: reads a number.
    unsafe { fake_photos_most_alive() }
}

/// How often what people wrote was fetched for one asset alone.
pub fn words_fetched() -> i32 {
    // SAFETY: reads a number.
    unsafe { fake_photos_words_fetched() }
}

impl PhotoKit for Mac {
    fn authorization(&self) -> Authorization {
        self.system().authorization()
    }

    fn request_authorization(&self, answer: Sender<Authorization>) {
        self.system().request_authorization(answer);
    }

    fn assets(&self, fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError> {
        self.system().assets(fetch, each)
    }

    fn resources(&self, local_identifier: &str) -> Result<Vec<KitResource>, KitError> {
        self.system().resources(local_identifier)
    }

    fn albums(&self) -> Result<Vec<KitAlbum>, KitError> {
        self.system().albums()
    }

    fn change_token(&self) -> Result<Option<Vec<u8>>, KitError> {
        self.system().change_token()
    }

    fn changes_since(&self, token: &[u8]) -> Result<Changes, KitError> {
        self.system().changes_since(token)
    }

    fn on_changes(&self, told: Sender<()>) -> Result<bool, KitError> {
        self.system().on_changes(told)
    }

    fn request_data(
        &self,
        local_identifier: &str,
        kind: ResourceType,
        network: bool,
        to: SyncSender<Delivery>,
    ) -> Result<RequestId, KitError> {
        self.system().request_data(local_identifier, kind, network, to)
    }

    fn cancel_request(&self, request: RequestId) {
        self.system().cancel_request(request);
    }

    fn supports(&self, kinds: &[ResourceType]) -> Result<bool, KitError> {
        self.system().supports(kinds)
    }

    fn create_asset(&self, creation: &Creation, on_placeholder: OnPlaceholder) -> Result<(), KitError> {
        self.system().create_asset(creation, on_placeholder)
    }

    fn create_album(&self, title: &str) -> Result<String, KitError> {
        self.system().create_album(title)
    }

    fn add_to_album(&self, album: &str, assets: &[String]) -> Result<(), KitError> {
        self.system().add_to_album(album, assets)
    }
}

/// What Objective-C is given to ask with; `store.h` has the same.
#[repr(C)]
struct Table {
    ask: extern "C" fn(*const c_char, *const c_char) -> *mut c_char,
    forget: extern "C" fn(*mut c_char),
    next: extern "C" fn(u64, &mut *mut u8, &mut usize, &mut *mut c_char) -> c_int,
    forget_bytes: extern "C" fn(*mut u8, usize),
    current: extern "C" fn() -> usize,
    enter: extern "C" fn(usize),
}

static TABLE: Table = Table { ask, forget, next, forget_bytes, current, enter };

#[link(name = "Photos", kind = "dylib")]
unsafe extern "C" {
    fn fake_photos_serve(table: *const Table);
    fn fake_photos_alive() -> c_int;
    fn fake_photos_most_alive() -> c_int;
    fn fake_photos_words_fetched() -> c_int;
}

extern "C" fn current() -> usize {
    CURRENT.get()
}

extern "C" fn enter(mac: usize) {
    CURRENT.set(mac);
}

extern "C" fn ask(what: *const c_char, arguments: *const c_char) -> *mut c_char {
    // SAFETY: both are texts that live for this call.
    let (what, arguments) = unsafe { (CStr::from_ptr(what), CStr::from_ptr(arguments)) };
    let store = {
        let macs = MACS.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(macs.get(CURRENT.get()).expect("a thread that asks acts for a Mac"))
    };
    let answer = match answer(&*store, &what.to_string_lossy(), arguments.to_bytes()) {
        Ok(told) => json!({ "ok": told }),
        Err(error) => told(&error),
    };
    text(&answer)
}

fn told(error: &KitError) -> Value {
    json!({ "error": { "domain": error.domain, "code": error.code, "text": error.text } })
}

fn text(answer: &Value) -> *mut c_char {
    CString::new(answer.to_string()).expect("JSON has no zero byte").into_raw()
}

extern "C" fn forget(answer: *mut c_char) {
    // SAFETY: comes from `into_raw`, and nobody else frees it.
    drop(unsafe { CString::from_raw(answer) });
}

/// What was fetched, and what is being sent, by the numbers that Objective-C has for it.
static RESULTS: Mutex<Option<HashMap<u64, Vec<KitAsset>>>> = Mutex::new(None);
static REQUESTS: Mutex<Option<HashMap<u64, Receiver<Delivery>>>> = Mutex::new(None);

fn numbered<T, R>(table: &Mutex<Option<HashMap<u64, T>>>, change: impl FnOnce(&mut HashMap<u64, T>) -> R) -> R {
    change(table.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

fn number<T>(table: &Mutex<Option<HashMap<u64, T>>>, of: T) -> u64 {
    // None is given twice: while the next piece of a request is waited for, its number is in no table.
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    numbered(table, |table| table.insert(number, of));
    number
}

fn arguments<T: DeserializeOwned>(json: &[u8]) -> T {
    serde_json::from_slice(json).expect("the fake sends what this call takes")
}

/// What of a fetch is not left out.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    hidden: bool,
    bursts: bool,
    shared: bool,
    only_shared: bool,
}

fn answer(store: &dyn Store, what: &str, json: &[u8]) -> Result<Value, KitError> {
    Ok(match what {
        "authorization" => json!(status(store.authorization())),
        "request authorization" => {
            let (sender, answered) = channel();
            store.request_authorization(sender);
            json!(answered.recv().ok().map(status))
        }
        "unavailability" => store.unavailability().map_or(Ok(Value::Null), Err)?,
        "assets" => {
            let (kind, argument, options): (String, Value, Options) = arguments(json);
            let assets = fetched(store, &kind, argument, &options)?;
            let count = assets.len();
            json!({ "result": number(&RESULTS, assets), "count": count })
        }
        "asset" => {
            let (result, at): (u64, usize) = arguments(json);
            numbered(&RESULTS, |results| json!(results[&result][at]))
        }
        "end of result" => {
            let (result,): (u64,) = arguments(json);
            numbered(&RESULTS, |results| drop(results.remove(&result)));
            Value::Null
        }
        "resources" => {
            let (asset,): (String,) = arguments(json);
            store.resources(&asset)?.iter().map(resource).collect()
        }
        "albums" => {
            let album = |album: KitAlbum| json!({ "id": album.local_identifier, "title": album.title });
            store.albums()?.into_iter().map(album).collect()
        }
        "new album" => json!(store.create_album(&arguments::<(String,)>(json).0)?),
        "fill album" => {
            let (album, assets): (String, Vec<String>) = arguments(json);
            json!(store.add_to_album(&album, &assets)?)
        }
        "token" => json!(store.change_token()?.map(|token| hexadecimal(&token))),
        "changes" => changes(store, &arguments::<(String,)>(json).0)?,
        "request" => {
            let (asset, kind, network): (String, i64, bool) = arguments(json);
            let (sender, receiver) = sync_channel(8);
            // The number that the library gives is of no use to tell requests apart.
            store.request_data(&asset, ours(kind), network, sender)?;
            json!(number(&REQUESTS, receiver))
        }
        "cancel" => {
            let (request,): (i32,) = arguments(json);
            store.cancel_request(RequestId(request));
            Value::Null
        }
        "macos" => json!(store.macos()),
        "supports" => {
            let (kinds,): (Vec<i64>,) = arguments(json);
            json!(store.supports(&kinds.into_iter().map(ours).collect::<Vec<_>>())?)
        }
        "keyword" => json!(store.add_keyword(&arguments::<(String,)>(json).0)?),
        "twice" => json!(store.performs_twice()),
        "placeholder" => json!(store.placeholder()?),
        "add" => json!(store.add(arguments::<(usize,)>(json).0)?),
        "commit" => {
            let (placeholder, asked): (String, Asked) = arguments(json);
            json!(store.commit(&placeholder, &asked.into())?)
        }
        _ => unreachable!("the fake asks nothing else: {what}"),
    })
}

/// `PHAuthorizationStatus`.
fn status(of: Authorization) -> i64 {
    match of {
        Authorization::NotDetermined => 0,
        Authorization::Restricted => 1,
        Authorization::Denied => 2,
        Authorization::Authorized => 3,
        Authorization::Limited => 4,
        Authorization::Unknown(status) => status,
    }
}

fn fetched(store: &dyn Store, kind: &str, argument: Value, options: &Options) -> Result<Vec<KitAsset>, KitError> {
    // A library that cannot be used looks empty.
    if store.unavailability().is_some() {
        return Ok(Vec::new());
    }
    let identifiers: Vec<String>;
    let album: String;
    let fetch = match kind {
        "identifiers" => {
            identifiers = serde_json::from_value(argument).expect("identifiers");
            Fetch::Identifiers(&identifiers)
        }
        "album" => {
            album = serde_json::from_value(argument).expect("an identifier");
            Fetch::Album(&album)
        }
        _ => Fetch::All,
    };
    let mut assets = Vec::new();
    store.assets(fetch, &mut |asset| {
        let is_shown = (options.hidden || !asset.hidden)
            && (options.bursts || asset.picked)
            && (options.shared || !asset.cloud_shared)
            && (!options.only_shared || asset.cloud_shared);
        assets.extend(is_shown.then_some(asset));
        true
    })?;
    Ok(assets)
}

/// What is told as an empty text was not told.
fn resource(told: &KitResource) -> Value {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "type": theirs(told.kind),
        "original_filename": text(&told.original_filename),
        "uniform_type_identifier": text(&told.uniform_type_identifier),
        "size": told.size,
        "is_locally_available": told.is_locally_available,
    })
}

/// The numbers of `PHAssetResourceType`.
const KINDS: [(i64, ResourceType); 8] = [
    (1, ResourceType::Photo),
    (2, ResourceType::Video),
    (4, ResourceType::AlternatePhoto),
    (5, ResourceType::FullSizePhoto),
    (6, ResourceType::FullSizeVideo),
    (7, ResourceType::AdjustmentData),
    (9, ResourceType::PairedVideo),
    (10, ResourceType::FullSizePairedVideo),
];

fn theirs(kind: ResourceType) -> i64 {
    match kind {
        ResourceType::Other(number) => number,
        kind => KINDS.iter().find(|(_, known)| *known == kind).expect("all are there").0,
    }
}

fn ours(number: i64) -> ResourceType {
    KINDS.iter().find(|(known, _)| *known == number).map_or(ResourceType::Other(number), |(_, kind)| *kind)
}

/// A change without details is told as such, by the change and not by the fetch.
fn changes(store: &dyn Store, token: &str) -> Result<Value, KitError> {
    match store.changes_since(&bytes(token)) {
        Ok(Changes { inserted, updated, deleted }) => {
            Ok(json!({ "inserted": inserted, "updated": updated, "deleted": deleted }))
        }
        Err(error) if error.code == 3210 => Ok(json!({ "details": {} })),
        Err(error) => Err(error),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2).map(|two| str::from_utf8(two).expect("digits"));
    digits.map(|two| u8::from_str_radix(two, 16).expect("digits")).collect()
}

/// A creation as Objective-C was asked for it.
#[derive(Deserialize)]
struct Asked {
    files: Vec<(i64, String, String)>,
    created: Option<f64>,
    location: Option<(f64, f64)>,
    #[serde(default)]
    favorite: bool,
    caption: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    rating: Option<u8>,
    albums: Vec<String>,
}

impl From<Asked> for Creation {
    fn from(asked: Asked) -> Self {
        let file = |(kind, path, name): (i64, String, String)| (ours(kind), path.into(), name);
        let Asked { files, created, location, favorite, caption, keywords, rating, albums } = asked;
        let files = files.into_iter().map(file).collect();
        Self { files, created, location, favorite, caption, keywords, rating, albums }
    }
}

const END: c_int = 0;
const ALIVE: c_int = 1;
const BYTES: c_int = 2;
const GONE: c_int = 3;

extern "C" fn next(request: u64, bytes: &mut *mut u8, length: &mut usize, error: &mut *mut c_char) -> c_int {
    let Some(receiver) = numbered(&REQUESTS, |requests| requests.remove(&request)) else { return GONE };
    let came = receiver.recv();
    let result = match came {
        Err(_) => return GONE,
        Ok(Delivery::Progress) => ALIVE,
        Ok(Delivery::Bytes(sent)) => {
            *length = sent.len();
            *bytes = Box::into_raw(sent.into_boxed_slice()).cast();
            BYTES
        }
        Ok(Delivery::Done(done)) => {
            if let Err(failed) = done {
                *error = text(&told(&failed)["error"]);
            }
            END
        }
    };
    numbered(&REQUESTS, |requests| requests.insert(request, receiver));
    result
}

extern "C" fn forget_bytes(bytes: *mut u8, length: usize) {
    // SAFETY: comes from `into_raw` of a box of this length, and nobody else frees it.
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(bytes, length)) });
}
