//! A program for a Mac, as its load commands tell of it.

use std::fmt;

use object::macho::{self, MachHeader64};
use object::read::macho::{FatArch, LoadCommandVariant, MachOFatFile32, MachOFile, Nlist};
use object::{Endianness, Object, ObjectSection};
use plist::{Dictionary, Value};

/// What a Mac reads of a program before it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Program {
    /// For which processor.
    pub machine: String,
    /// The oldest macOS that it may start on; none where it is not for macOS.
    pub oldest: Option<(u16, u8)>,
    /// The SDK that it was linked with.
    pub sdk: (u16, u8),
    /// Whether it has a place to start.
    pub starts: bool,
    /// The libraries that it loads.
    pub libraries: Vec<String>,
    /// What the linker found in no list of symbols that it has.
    pub open: Vec<String>,
    /// What the section `__TEXT,__info_plist` says.
    pub information: Option<Dictionary>,
}

impl Program {
    /// Reads the programs of a file: of a universal one each.
    pub fn all(bytes: &[u8]) -> object::Result<Vec<Self>> {
        match MachOFatFile32::parse(bytes) {
            Ok(universal) => universal.arches().iter().map(|arch| Self::read(arch.data(bytes)?)).collect(),
            Err(_) => Ok(vec![Self::read(bytes)?]),
        }
    }

    /// Reads it from the bytes of its file.
    pub fn read(bytes: &[u8]) -> object::Result<Self> {
        let file = MachOFile::<MachHeader64<Endianness>>::parse(bytes)?;
        let endian = file.endian();
        let mut program = Self { machine: format!("{:?}", file.architecture()), ..Self::default() };
        let mut commands = file.macho_load_commands()?;
        while let Some(command) = commands.next()? {
            match command.variant()? {
                LoadCommandVariant::Dylib(library) => {
                    program.libraries.push(text(command.string(endian, library.dylib.name)?));
                }
                LoadCommandVariant::BuildVersion(build, _) if build.platform.get(endian) == macho::PLATFORM_MACOS => {
                    let oldest = build.minos.get(endian);
                    program.oldest = Some((oldest.major(), oldest.minor()));
                    let sdk = build.sdk.get(endian);
                    program.sdk = (sdk.major(), sdk.minor());
                }
                LoadCommandVariant::EntryPoint(_) => program.starts = true,
                _ => {}
            }
        }
        let symbols = file.macho_symbol_table();
        for symbol in symbols.iter() {
            let is_open = symbol.is_undefined() && symbol.library_ordinal(endian).index().is_none();
            if is_open {
                program.open.push(text(symbol.name(endian, symbols.strings())?));
            }
        }
        program.open.sort();
        if let Some(section) = file.section_by_name("__info_plist") {
            program.information = plist::from_bytes(section.data()?).ok();
        }
        Ok(program)
    }

    /// Why a Mac would not take it, in an app with this property list.
    pub fn faults(&self, of_app: Option<&Dictionary>) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.starts {
            faults.push("it has no place to start".into());
        }
        if self.oldest.is_none() {
            faults.push("it is not for macOS".into());
        }
        // Apple notarises nothing that was linked with an older one.
        if self.sdk < (10, 9) {
            faults.push(format!("it was linked with the SDK {}.{}", self.sdk.0, self.sdk.1));
        }
        let foreign = |library: &&String| !["/usr/lib/", "/System/Library/"].iter().any(|at| library.starts_with(at));
        faults.extend(self.libraries.iter().filter(foreign).map(|library| format!("not every Mac has {library}")));
        let unknown = self.open.iter().filter(|symbol| !is_apples(symbol));
        faults.extend(unknown.map(|symbol| format!("no library of a Mac is known to have {symbol}")));
        let Some(information) = &self.information else {
            faults.push("its section __info_plist is missing or says nothing".into());
            return faults;
        };
        let says = |key: &str| information.get(key).and_then(Value::as_string).filter(|text| !text.is_empty());
        for key in NEEDED.into_iter().filter(|key| says(key).is_none()) {
            faults.push(format!("its section __info_plist says no {key}"));
        }
        let promised = says("LSMinimumSystemVersion").and_then(version);
        if promised != self.oldest {
            faults.push("it needs another macOS than its section __info_plist says".into());
        }
        faults.extend(of_app.into_iter().flat_map(|of_app| differences(information, of_app)));
        faults
    }
}

/// What macOS asks for by name: without it a program that wants the photos, or such a folder, is ended or refused unasked.
const NEEDED: [&str; 9] = [
    "CFBundleIdentifier",
    "NSDesktopFolderUsageDescription",
    "NSDocumentsFolderUsageDescription",
    "NSDownloadsFolderUsageDescription",
    "NSFileProviderDomainUsageDescription",
    "NSNetworkVolumesUsageDescription",
    "NSPhotoLibraryAddUsageDescription",
    "NSPhotoLibraryUsageDescription",
    "NSRemovableVolumesUsageDescription",
];

/// In what a program says otherwise than its app.
fn differences(program: &Dictionary, app: &Dictionary) -> Vec<String> {
    let mut keys: Vec<&String> = program.keys().chain(app.keys()).collect();
    keys.sort();
    keys.dedup();
    let differ = keys.into_iter().filter(|key| program.get(key) != app.get(key));
    differ.map(|key| format!("its section __info_plist says {key} otherwise than the app")).collect()
}

/// Whether a name is one that Apple's frameworks, the runtime of Objective-C or iconv might have. Those of the C library are
/// in the linker's list, so that a call that only Linux has stays open and is found here.
fn is_apples(symbol: &str) -> bool {
    let name = symbol.trim_start_matches('_');
    let is_capital = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_uppercase());
    // `CFEqual`, `kCFNull`, `SecTrustEvaluate`.
    let of_a_framework = |name: &str| {
        let mut letters = name.trim_start_matches('k').chars();
        let of_security = name.strip_prefix("Sec").is_some_and(|rest| is_capital(rest.chars().next()));
        of_security || (is_capital(letters.next()) && is_capital(letters.next()))
    };
    let runtime = ["objc_", "class_", "iconv", "imp_", "ivar_", "method_", "object_", "property_", "protocol_", "sel_"];
    runtime.iter().any(|start| name.starts_with(start)) || of_a_framework(name)
}

/// `13.0` in numbers.
fn version(text: &str) -> Option<(u16, u8)> {
    let (major, rest) = text.split_once('.').unwrap_or((text, "0"));
    let minor = rest.split('.').next().unwrap_or("0");
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = self.oldest.unwrap_or_default();
        let (sdk, of_sdk) = self.sdk;
        writeln!(f, "  for       {}, macOS {major}.{minor} or later, by the SDK {sdk}.{of_sdk}", self.machine)?;
        for library in &self.libraries {
            writeln!(f, "  loads     {library}")?;
        }
        let keys = self.information.iter().flat_map(Dictionary::keys);
        writeln!(f, "  says      __info_plist: {}", keys.cloned().collect::<Vec<_>>().join(", "))?;
        write!(f, "  unproven  {} symbols that only Apple's own libraries can have", self.open.len())?;
        if self.open.is_empty() { Ok(()) } else { write!(f, ": {}", self.open.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Program {
        let says = NEEDED.map(|key| (key.to_owned(), Value::from("why")));
        let oldest = ("LSMinimumSystemVersion".to_owned(), Value::from("13.0"));
        Program {
            machine: "Aarch64".into(),
            oldest: Some((13, 0)),
            sdk: (13, 0),
            starts: true,
            libraries: vec!["/usr/lib/libSystem.B.dylib".into()],
            open: ["_objc_msgSend", "_PHPhotosErrorDomain", "_kCFAllocatorDefault", "_SecCertificateCopyData"]
                .map(Into::into)
                .to_vec(),
            information: Some(says.into_iter().chain([oldest]).collect()),
        }
    }

    #[test]
    fn a_sound_program_has_no_fault() {
        let of_app = sound().information;
        assert_eq!(sound().faults(None), [""; 0]);
        assert_eq!(sound().faults(of_app.as_ref()), [""; 0]);
    }

    #[test]
    fn each_fault_is_named() {
        let without = |key: &str| {
            let mut program = sound();
            program.information.as_mut().and_then(|information| information.remove(key)).expect("it was there");
            program
        };
        let homebrew = vec!["/opt/homebrew/lib/libheif.dylib".into()];
        let mut missing: Vec<_> = NEEDED.map(|key| (without(key), format!("says no {key}"))).into();
        for (program, fault) in [
            (Program { starts: false, ..sound() }, "no place to start"),
            (Program { oldest: Some((13, 1)), ..sound() }, "another macOS"),
            (Program { oldest: Some((12, 0)), ..sound() }, "another macOS"),
            (Program { sdk: (10, 8), ..sound() }, "the SDK 10.8"),
            (Program { libraries: homebrew, ..sound() }, "/opt/homebrew/lib/libheif.dylib"),
            (Program { open: vec!["_renameat2".into()], ..sound() }, "_renameat2"),
            (Program { information: None, ..sound() }, "missing or says nothing"),
        ] {
            missing.push((program, fault.to_owned()));
        }
        for (program, fault) in missing {
            let faults = program.faults(None);
            assert!(faults.len() == 1 && faults[0].contains(&fault), "{fault}: {faults:?}");
        }
        let faults = Program { oldest: None, ..sound() }.faults(None);
        assert!(faults.iter().any(|fault| fault.contains("not for macOS")), "{faults:?}");
    }

    #[test]
    fn a_program_says_what_its_app_says() {
        let mut of_app = sound().information.expect("it says something");
        of_app.insert("LSMinimumSystemVersion".into(), Value::from("14.0"));
        of_app.insert("NSCameraUsageDescription".into(), Value::from("no"));
        of_app.remove("NSPhotoLibraryUsageDescription");
        let faults = sound().faults(Some(&of_app));
        assert_eq!(faults.len(), 3, "{faults:?}");
        for (fault, key) in
            faults.iter().zip(["LSMinimumSystemVersion", "NSCameraUsageDescription", "NSPhotoLibraryUsageDescription"])
        {
            assert!(fault.contains(key), "{fault}");
        }
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for bytes in [b"".as_slice(), b"\x7fELF", b"\xcf\xfa\xed\xfe", &[0xcf; 4096], b"\xca\xfe\xba\xbe\0\0\0\x02"] {
            assert!(Program::all(bytes).is_err());
        }
    }
}
