//! Memory that a run took goes back to the system: a service that looks at 100,000 photos every minute is small in between.
//!
//! The allocator of glibc does not do that by itself. It gives nearly every thread an arena of its own, where a few bytes in use
//! keep all the others. Other allocators are left alone.

/// Lets threads share their memory. To be called before other threads begin.
pub fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // As many as work on a folder and a library at a time: fewer wait for each other, more keep more.
        set(libc::M_ARENA_MAX, 4);
        // Small pieces are joined with their neighbours when they come back, not all of them whenever a large one does.
        set(libc::M_MXFAST, 0);
        // What takes so much goes back by itself; what is free at the end of an arena does from four times that, so that the next
        // photo finds it. The allocator would raise both with each large piece, up to 32 MB and 64.
        set(libc::M_MMAP_THRESHOLD, 1 << 20);
        set(libc::M_TRIM_THRESHOLD, 4 << 20);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "this call only sets a number of the allocator")]
fn set(parameter: libc::c_int, value: libc::c_int) {
    // SAFETY: it takes and returns plain numbers; one that is refused changes nothing.
    unsafe {
        libc::mallopt(parameter, value);
    }
}

/// Gives back what is free, and the program itself: whatever of it is needed again comes from its file.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        give_back_free();
        give_back_program();
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "this call touches only memory that nobody has")]
fn give_back_free() {
    // SAFETY: it takes a plain number, and the allocator locks what it looks through.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// A start or a run reads megabytes of the program that nothing needs while the service waits.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "what is given back is as it was when it is touched next")]
fn give_back_program() {
    unsafe extern "C" {
        // Made by the linker: what is never written lies between them.
        static __executable_start: u8;
        static etext: u8;
    }
    let (start, end) = (&raw const __executable_start, &raw const etext);
    // SAFETY: it takes a plain number. The pages are whole ones of the program's file, which the system reads again.
    unsafe {
        let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap_or(1 << 16);
        let length = (end.addr() - start.addr()) / page * page;
        libc::madvise(start.cast_mut().cast(), length, libc::MADV_DONTNEED);
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn what_many_threads_took_in_small_pieces_goes_back() {
        /// Each thread takes as much, in pieces as small as most of a run's.
        const PIECES: usize = 200_000;
        let holds = || {
            let status = std::fs::read_to_string("/proc/self/status").expect("the system tells");
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("memory");
            line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
        };
        let before = holds();
        let take = || {
            let mut taken: Vec<Box<[u8]>> = (0..PIECES).map(|_| vec![1; 200].into_boxed_slice()).collect();
            // One in so many is still in use, as what is remembered of a run.
            let mut at = 0;
            taken.retain(|_| {
                at += 1;
                at % 10_000 == 0
            });
            taken
        };
        let kept: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it ends")).collect()
        });
        give_back();
        // Other tests of this program run meanwhile.
        assert!(holds() < before + 128, "{before} MB before, {} MB after, {} in use", holds(), kept.len());
    }
}
