//! The memory that decoding may take: two halves, or all of it for one large picture.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of one half. Both are enough for a HEIC of 12 megapixels in one piece, which takes the most of all that is
/// common; nearly all others take a tenth.
const HALF: u64 = 88 * 1024 * 1024;

/// Halves that there are, and so the pictures that are decoded at a time.
pub const HALVES: u8 = 2;

/// Gives out the memory.
#[derive(Debug)]
pub struct Room {
    free: Mutex<u8>,
    freed: Condvar,
}

impl Default for Room {
    fn default() -> Self {
        Self { free: Mutex::new(HALVES), freed: Condvar::new() }
    }
}

impl Room {
    /// Waits for a half.
    pub fn part(&self) -> Part<'_> {
        self.take(1)
    }

    fn take(&self, halves: u8) -> Part<'_> {
        let mut free = self.free();
        while *free < halves {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= halves;
        Part { room: self, halves }
    }

    fn free(&self) -> MutexGuard<'_, u8> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Memory that is given back when this is dropped.
#[derive(Debug)]
pub struct Part<'a> {
    room: &'a Room,
    halves: u8,
}

impl<'a> Part<'a> {
    /// How much it is.
    pub fn bytes(&self) -> u64 {
        u64::from(self.halves) * HALF
    }

    /// Gives this part back and waits for all there is: two that kept theirs would wait for each other.
    pub fn into_whole(self) -> Part<'a> {
        let room = self.room;
        drop(self);
        room.take(HALVES)
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        *self.room.free() += self.halves;
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn no_more_is_given_than_there_is() {
        let (room, taken) = (Room::default(), AtomicU64::new(0));
        thread::scope(|scope| {
            for number in 0..12 {
                let (room, taken) = (&room, &taken);
                scope.spawn(move || {
                    let part = room.part();
                    let part = if number % 3 == 0 { part.into_whole() } else { part };
                    let all = taken.fetch_add(part.bytes(), Ordering::SeqCst) + part.bytes();
                    assert!(all <= u64::from(HALVES) * HALF);
                    thread::yield_now();
                    taken.fetch_sub(part.bytes(), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(*room.free(), HALVES);
    }
}
