//! One read-only mapping of a whole file, under the SIGBUS guard.

use crate::error::FileError;
use crate::guard::{register, Slot};
use std::fs::File;
use std::os::fd::AsRawFd;

pub(crate) struct Mapping {
    /// Dangling for an empty file, which the system refuses to map.
    base: *mut u8,
    bytes: usize,
    slot: Option<&'static Slot>,
}

// SAFETY: the mapping is read-only and its address never changes
unsafe impl Send for Mapping {}
unsafe impl Sync for Mapping {}

impl Mapping {
    pub fn new(file: &File, size: u64, place: &str) -> Result<Self, FileError> {
        let bytes = usize::try_from(size)
            .ok()
            .filter(|&bytes| bytes <= isize::MAX as usize);
        let bytes = bytes.ok_or_else(|| FileError::out_of_memory(place, size))?;
        if bytes == 0 {
            return Ok(Self {
                base: std::ptr::dangling_mut(),
                bytes,
                slot: None,
            });
        }
        // SAFETY: a fresh mapping of an open file at an address of the system's choice
        let base = unsafe {
            let flags = libc::MAP_PRIVATE;
            let fd = file.as_raw_fd();
            libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_READ, flags, fd, 0)
        };
        if base == libc::MAP_FAILED {
            let error = std::io::Error::last_os_error();
            return Err(match error.kind() {
                std::io::ErrorKind::OutOfMemory => FileError::out_of_memory(place, size),
                _ => FileError::io(place, "mapping", &error),
            });
        }
        // Pages that are read from the disk from now on come in large folios where the file system has them:
        // with small pages a decode step spends a tenth of its time on page walks. A refusal is no error.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::madvise(base, bytes, libc::MADV_HUGEPAGE);
        }
        let mut mapping = Self {
            base: base.cast(),
            bytes,
            slot: None,
        };
        let guarded = register(base as usize, bytes);
        mapping.slot = Some(guarded.map_err(|error| FileError::io(place, "guarding", &error))?);
        Ok(mapping)
    }

    pub fn base(&self) -> *const u8 {
        self.base
    }

    pub fn lost(&self) -> bool {
        self.slot.is_some_and(Slot::lost)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            slot.release();
        }
        if self.bytes > 0 {
            // SAFETY: our own mapping, and nobody may hold its addresses any more
            unsafe { libc::munmap(self.base.cast(), self.bytes) };
        }
    }
}
