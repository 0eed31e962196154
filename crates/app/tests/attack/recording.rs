//! What a run did to a disk, call by call, with every byte: read from strace.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// One change of a disk, or the wish to have it there. Paths are absolute, and as they were at that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An empty file comes into being, unless one is there.
    Make(PathBuf),
    /// A directory comes into being.
    MakeDirectory(PathBuf),
    /// Bytes are written at this place of a file.
    Write(PathBuf, u64, Vec<u8>),
    /// An empty file gets the bytes that another one has at this moment.
    Clone(PathBuf, PathBuf),
    /// A file is cut, or stretched, to this length.
    Cut(PathBuf, u64),
    /// A file or directory gets another name.
    Move(PathBuf, PathBuf),
    /// A file gets a second name.
    Link(PathBuf, PathBuf),
    /// A name goes.
    Remove(PathBuf),
    /// Everything before it that concerns this file, or the names in this directory, is on the disk when it returns.
    Sync(PathBuf),
}

/// The place of a write that goes to the end of a file, wherever that is.
pub const END: u64 = u64::MAX;

/// The calls to record, and those by which the places of writes are known.
pub const CALLS: &str = "openat,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,\
                         copy_file_range,sendfile,ioctl,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,\
                         unlink,unlinkat,rmdir,mkdir,mkdirat,symlink,symlinkat";

/// Reads what strace wrote with `--decode-fds=path`, all strings in hex and none shortened; only what happened below
/// `root` is kept.
pub fn read(trace: &str, root: &Path) -> Vec<Effect> {
    let mut reader =
        Reader { root, places: HashMap::new(), files: HashMap::new(), begun: HashMap::new(), effects: Vec::new() };
    trace.lines().for_each(|line| reader.line(line));
    reader.effects
}

struct Reader<'a> {
    root: &'a Path,
    /// Where the next `write` of a descriptor goes; nothing for the end of the file.
    places: HashMap<u32, Option<u64>>,
    /// What was opened last under each descriptor: of a clone strace 6.1 names only the number of its file.
    files: HashMap<u32, PathBuf>,
    /// Calls whose end stands on a later line, by thread.
    begun: HashMap<String, String>,
    effects: Vec<Effect>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else { return };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix("<unfinished ...>") {
            self.begun.insert(thread.to_owned(), begun.to_owned());
            return;
        }
        let whole = match call.strip_prefix("<... ").and_then(|rest| rest.split_once("resumed>")) {
            Some((_, rest)) => self.begun.remove(thread).unwrap_or_default() + rest,
            None => call.to_owned(),
        };
        let Some((name, rest)) = whole.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(") = ").or_else(|| rest.rsplit_once(" = ")) else { return };
        let arguments = arguments.trim_end().trim_end_matches(')').trim_end();
        if !result.starts_with("-1 ") && !result.starts_with('?') {
            self.call(name, arguments, result);
        }
    }

    fn call(&mut self, name: &str, arguments: &str, result: &str) {
        let named = |at: usize| paths(arguments).into_iter().nth(at).unwrap_or_default();
        let opened = || descriptor(arguments);
        let number: u64 = leading_number(result);
        let last = arguments.rsplit(", ").next().map(leading_number).unwrap_or_default();
        let effect = match name {
            "openat" => return self.open(arguments, result),
            "lseek" => {
                self.places.insert(leading_number(arguments) as u32, Some(number));
                return;
            }
            "write" | "writev" => {
                let place = self.places.entry(leading_number(arguments) as u32).or_default();
                let bytes = bytes(arguments, number);
                let Some(at) = *place else { return self.keep(Effect::Write(opened(), END, bytes)) };
                *place = Some(at + number);
                Effect::Write(opened(), at, bytes)
            }
            "pwrite64" | "pwritev" => Effect::Write(opened(), last, bytes(arguments, number)),
            "ioctl" if arguments.contains("FICLONE") => {
                Effect::Clone(opened(), self.files.get(&(last as u32)).cloned().unwrap_or_default())
            }
            // Whatever else is asked of a descriptor changes no byte.
            "ioctl" => return,
            "ftruncate" => Effect::Cut(opened(), last),
            "fsync" | "fdatasync" => Effect::Sync(opened()),
            "rename" | "renameat" | "renameat2" => Effect::Move(named(0), named(1)),
            "link" | "linkat" => Effect::Link(named(0), named(1)),
            "unlink" | "unlinkat" | "rmdir" => Effect::Remove(named(0)),
            "mkdir" | "mkdirat" => Effect::MakeDirectory(named(0)),
            _ => panic!("a call that nobody knows to repeat: {name}({arguments})"),
        };
        self.keep(effect);
    }

    fn open(&mut self, arguments: &str, result: &str) {
        let place = if arguments.contains("O_APPEND") { None } else { Some(0) };
        self.places.insert(leading_number(result) as u32, place);
        let path = descriptor(result);
        self.files.insert(leading_number(result) as u32, path.clone());
        if arguments.contains("O_CREAT") {
            self.keep(Effect::Make(path.clone()));
        }
        if arguments.contains("O_TRUNC") {
            self.keep(Effect::Cut(path, 0));
        }
    }

    fn keep(&mut self, effect: Effect) {
        let (Effect::Make(path)
        | Effect::MakeDirectory(path)
        | Effect::Write(path, ..)
        | Effect::Cut(path, _)
        | Effect::Clone(path, _)
        | Effect::Move(path, _)
        | Effect::Link(path, _)
        | Effect::Remove(path)
        | Effect::Sync(path)) = &effect;
        if path.starts_with(self.root) {
            self.effects.push(effect);
        }
    }
}

/// The number at the beginning.
fn leading_number(text: &str) -> u64 {
    text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())].parse().unwrap_or_default()
}

/// The file of the first descriptor, wherever it lies by now.
fn descriptor(arguments: &str) -> PathBuf {
    path(arguments.split(['<', '>']).nth(1).unwrap_or_default())
}

/// The paths that a call names: `"name"`, below the directory that stands before it.
fn paths(arguments: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut directory: Option<PathBuf> = None;
    for argument in arguments.split(", ") {
        match argument.strip_prefix('"') {
            Some(name) => paths.push(directory.take().unwrap_or_default().join(path(name.trim_end_matches('"')))),
            None => directory = Some(descriptor(argument)),
        }
    }
    paths
}

fn path(hex: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(unescape(hex)).into()
}

/// The bytes of all strings of a call, of which so many were taken.
fn bytes(arguments: &str, taken: u64) -> Vec<u8> {
    let mut bytes: Vec<u8> = arguments.split('"').skip(1).step_by(2).flat_map(unescape).collect();
    assert!(bytes.len() as u64 >= taken, "strace shortened a string");
    bytes.truncate(taken as usize);
    bytes
}

/// `\x2f\x61` as bytes.
fn unescape(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).map(|pair| u8::from_str_radix(pair, 16).expect("strace writes hex")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn a_trace_becomes_effects() {
        let (a, b, d, cwd) = (hex("/r/d/a"), hex("/r/d/b"), hex("/r/d"), hex("/"));
        let trace = format!(
            "7 mkdir(\"{d}\", 0777) = 0\n\
             7 openat(AT_FDCWD<{cwd}>, \"{a}\", O_RDWR|O_CREAT|O_EXCL, 0644) = 4<{a}>\n\
             7 write(4<{a}>, \"{}\", 2 <unfinished ...>\n\
             8 openat(AT_FDCWD<{cwd}>, \"{b}\", O_RDONLY) = -1 ENOENT (No such file or directory)\n\
             7 <... write resumed>) = 2\n\
             7 write(4<{a}>, \"{}\", 1) = 1\n\
             7 pwrite64(4<{a}>, \"{}\", 1, 7) = 1\n\
             7 ftruncate(4<{a}>, 5)              = 0\n\
             7 openat(AT_FDCWD<{cwd}>, \"{b}\", O_RDONLY) = 6<{b}>\n\
             7 ioctl(4<{a}>, BTRFS_IOC_CLONE or FICLONE, 6) = 0\n\
             7 ioctl(1</dev/null>, TCGETS, 0x7ffe) = 0\n\
             7 fsync(4<{a}>) = 0\n\
             7 renameat2(AT_FDCWD<{cwd}>, \"{a}\", AT_FDCWD<{cwd}>, \"{b}\", RENAME_NOREPLACE) = 0\n\
             7 unlinkat(5<{d}>, \"{}\", 0) = 0\n\
             7 unlink(\"{a}\" <unfinished ...>\n\
             8 fsync(1</dev/null>) = 0\n\
             7 <... unlink resumed>)           = 0\n\
             7 write(1</dev/null>, \"{}\", 1) = 1\n",
            hex("xy"),
            hex("z"),
            hex("!"),
            hex("b"),
            hex("?"),
        );
        let (a, b, d): (PathBuf, PathBuf, PathBuf) = ("/r/d/a".into(), "/r/d/b".into(), "/r/d".into());
        let expected = [
            Effect::MakeDirectory(d),
            Effect::Make(a.clone()),
            Effect::Write(a.clone(), 0, b"xy".to_vec()),
            Effect::Write(a.clone(), 2, b"z".to_vec()),
            Effect::Write(a.clone(), 7, b"!".to_vec()),
            Effect::Cut(a.clone(), 5),
            Effect::Clone(a.clone(), b.clone()),
            Effect::Sync(a.clone()),
            Effect::Move(a.clone(), b.clone()),
            Effect::Remove(b),
            Effect::Remove(a),
        ];
        assert_eq!(read(&trace, Path::new("/r")), expected);
    }
}
