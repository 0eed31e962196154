//! Starts this program again as one that answers for itself before macOS: what it may do is then asked in its own name, and not
//! in that of the app from which it was started. Not run on a Mac.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;

/// Sets whether the process to come is disclaimed by the one that starts it. Not public, and there since macOS 10.14; lldb,
/// Chromium and Firefox use it.
type SetDisclaim = unsafe extern "C" fn(*mut libc::posix_spawnattr_t, libc::c_int) -> libc::c_int;

/// Becomes this program anew, with the same arguments and `marker` in its environment. Comes back only with why it did not.
pub fn start_again_disclaimed(marker: &str) -> io::Error {
    match again(marker) {
        Ok(()) => io::Error::other("this process goes on, though it was replaced"),
        Err(error) => error,
    }
}

fn again(marker: &str) -> io::Result<()> {
    // SAFETY: the name ends with a zero byte.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"responsibility_spawnattrs_setdisclaim".as_ptr()) };
    if found.is_null() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    // SAFETY: the symbol of this name is such a function.
    let disclaim: SetDisclaim = unsafe { std::mem::transmute(found) };
    let program = text(std::env::current_exe()?.into_os_string())?;
    let arguments = std::env::args_os().map(text).collect::<io::Result<Vec<CString>>>()?;
    let marked = [(marker.into(), "1".into())];
    let variables = std::env::vars_os().chain(marked).map(|(name, value): (OsString, OsString)| {
        let mut both = name;
        both.push("=");
        both.push(value);
        text(both)
    });
    let variables = variables.collect::<io::Result<Vec<CString>>>()?;
    let (arguments, variables) = (pointers(&arguments), pointers(&variables));
    let mut attributes: libc::posix_spawnattr_t = std::ptr::null_mut();
    let mut process: libc::pid_t = 0;
    // SAFETY: the attributes are made before they are set; both lists end with a null pointer and outlive the call, which
    // replaces this process where it works.
    unsafe {
        worked(libc::posix_spawnattr_init(&mut attributes))?;
        worked(libc::posix_spawnattr_setflags(&mut attributes, libc::POSIX_SPAWN_SETEXEC as libc::c_short))?;
        worked(disclaim(&mut attributes, 1))?;
        worked(libc::posix_spawn(
            &mut process,
            program.as_ptr(),
            std::ptr::null(),
            &attributes,
            arguments.as_ptr(),
            variables.as_ptr(),
        ))
    }
}

/// What these calls answer: 0, or the number of an error.
fn worked(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(answer)) }
}

fn text(text: OsString) -> io::Result<CString> {
    CString::new(text.into_vec()).map_err(io::Error::from)
}

fn pointers(texts: &[CString]) -> Vec<*mut libc::c_char> {
    texts.iter().map(|text| text.as_ptr().cast_mut()).chain([std::ptr::null_mut()]).collect()
}
