//! A file of tensors, open: mapped in place, or read once into memory of our own.

use crate::error::FileError;
use crate::safetensors::{header_length, parse_header, Header, PREFIX};
use std::fs::{File, Metadata, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

#[cfg(unix)]
use crate::mapping::Mapping;

static FILES: AtomicU64 = AtomicU64::new(0);
static MAPPED: AtomicU64 = AtomicU64::new(0);
static OWNED: AtomicU64 = AtomicU64::new(0);

/// What open files hold at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub files: u64,
    /// Bytes of address space, backed by the page cache.
    pub mapped_bytes: u64,
    /// Bytes of memory read with `mmap: false`.
    pub owned_bytes: u64,
}

/// Counters over the whole process; they return to zero when every file is dropped.
pub fn usage() -> Usage {
    Usage {
        files: FILES.load(Relaxed),
        mapped_bytes: MAPPED.load(Relaxed),
        owned_bytes: OWNED.load(Relaxed),
    }
}

/// What tells a file from its successor at the same path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    size: u64,
    /// Seconds and nanoseconds of the last modification.
    modified: (i64, i64),
    device: u64,
    inode: u64,
}

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    #[cfg(not(unix))]
    fn of(metadata: &Metadata) -> Self {
        let since = |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).ok();
        let modified = metadata.modified().ok().and_then(since).unwrap_or_default();
        let modified = (
            modified.as_secs() as i64,
            i64::from(modified.subsec_nanos()),
        );
        Self {
            size: metadata.len(),
            modified,
            device: 0,
            inode: 0,
        }
    }

    fn difference(self, now: Self) -> Option<String> {
        if (self.device, self.inode) != (now.device, now.inode) {
            return Some("another file at its path".into());
        }
        if self.size != now.size {
            return Some(format!("{} bytes where there were {}", now.size, self.size));
        }
        (self.modified != now.modified).then(|| "a later modification time".into())
    }
}

enum Backing {
    #[cfg(unix)]
    Mapped(Mapping),
    /// Read at the first use of its data, so that a refused header costs no memory.
    Owned {
        file: Mutex<Option<File>>,
        data: OnceLock<Owned>,
    },
}

/// Memory of our own, 64-byte aligned inside a larger block.
struct Owned {
    block: Vec<u8>,
    start: usize,
}

/// An open file of tensors. Addresses it hands out live as long as it does.
pub struct MappedFile {
    path: PathBuf,
    place: String,
    identity: Identity,
    backing: Backing,
}

// Where nothing can be mapped, every backing is owned.
#[cfg_attr(not(unix), allow(irrefutable_let_patterns))]
impl MappedFile {
    /// Maps a regular file read-only. Its bytes stay in the page cache and are shared.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        #[cfg(unix)]
        {
            let (file, place, identity) = open_regular(path)?;
            let mapping = Mapping::new(&file, identity.size, &place)?;
            MAPPED.fetch_add(identity.size, Relaxed);
            Ok(Self::with(path, place, identity, Backing::Mapped(mapping)))
        }
        #[cfg(not(unix))]
        {
            let message = format!(
                "{}: mmap must be false on this platform; got true. Pass mmap: false.",
                path.display()
            );
            Err(FileError::new("ERR_UNSUPPORTED_OPTION", message))
        }
    }

    /// Opens a regular file to be read into memory of our own, which nobody else can change. The
    /// bytes are read at the first `pointer`, when the header has been accepted.
    pub fn read_owned(path: &Path) -> Result<Self, FileError> {
        let (file, place, identity) = open_regular(path)?;
        let backing = Backing::Owned {
            file: Mutex::new(Some(file)),
            data: OnceLock::new(),
        };
        Ok(Self::with(path, place, identity, backing))
    }

    fn with(path: &Path, place: String, identity: Identity, backing: Backing) -> Self {
        FILES.fetch_add(1, Relaxed);
        Self {
            path: path.to_path_buf(),
            place,
            identity,
            backing,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes in the file when it was opened.
    pub fn size(&self) -> u64 {
        self.identity.size
    }

    /// Whether the file was mapped and part of it vanished under us: zeros were read in its place,
    /// and results computed since then must not be believed.
    pub fn lost(&self) -> bool {
        match &self.backing {
            #[cfg(unix)]
            Backing::Mapped(mapping) => mapping.lost(),
            Backing::Owned { .. } => false,
        }
    }

    /// Fails with ERR_FILE_CHANGED when the bytes may no longer be those that were opened. A file
    /// that was only removed is fine: the mapping keeps it. Memory of our own never changes.
    pub fn check(&self) -> Result<(), FileError> {
        if self.lost() {
            return Err(FileError::changed(&self.place, "bytes that are gone"));
        }
        if let Backing::Owned { data, .. } = &self.backing {
            if data.get().is_some() {
                return Ok(());
            }
        }
        match std::fs::metadata(&self.path) {
            Ok(now) => self.unchanged(Identity::of(&now)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(FileError::io(&self.place, "looking at the file", &error)),
        }
    }

    fn unchanged(&self, now: Identity) -> Result<(), FileError> {
        match self.identity.difference(now) {
            None => Ok(()),
            Some(what) => Err(FileError::changed(&self.place, &what)),
        }
    }

    fn in_range(&self, offset: u64, bytes: u64) -> Result<(), FileError> {
        if offset
            .checked_add(bytes)
            .is_some_and(|end| end <= self.size())
        {
            return Ok(());
        }
        let message = format!(
            "{}: a range must lie inside the file's {} bytes; got {bytes} bytes from {offset}. \
             Use the offsets of the header.",
            self.place,
            self.size()
        );
        Err(FileError::new("ERR_FILE_RANGE", message))
    }

    /// Address of `bytes` bytes at `offset`, valid for reading while this file lives. Never an
    /// address outside the file; for zero bytes it may dangle.
    pub fn pointer(&self, offset: u64, bytes: u64) -> Result<*const u8, FileError> {
        self.in_range(offset, bytes)?;
        let base = match &self.backing {
            #[cfg(unix)]
            Backing::Mapped(mapping) => mapping.base(),
            Backing::Owned { file, data } => self.owned(file, data)?,
        };
        // in range of one allocation, whose size therefore fits usize
        Ok(base.wrapping_add(offset as usize))
    }

    /// Copies bytes at `offset` into `out`; fails with ERR_FILE_CHANGED when they vanish meanwhile.
    pub fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), FileError> {
        self.in_range(offset, out.len() as u64)?;
        if let Backing::Owned { file, data } = &self.backing {
            if data.get().is_none() {
                let file = file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                if let Some(file) = &*file {
                    return read_exact_at(file, out, offset).map_err(|e| self.read_fault(&e));
                }
            }
        }
        let from = self.pointer(offset, out.len() as u64)?;
        // SAFETY: `pointer` checked the range, and a shrinking file reads as zeros under the guard
        unsafe { std::ptr::copy_nonoverlapping(from, out.as_mut_ptr(), out.len()) };
        if self.lost() {
            return Err(FileError::changed(&self.place, "bytes that are gone"));
        }
        Ok(())
    }

    fn read_fault(&self, error: &std::io::Error) -> FileError {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            return FileError::changed(&self.place, "an earlier end");
        }
        FileError::io(&self.place, "reading", error)
    }

    /// The whole file in memory of our own, read once; the descriptor is closed afterwards.
    fn owned(
        &self,
        file: &Mutex<Option<File>>,
        data: &OnceLock<Owned>,
    ) -> Result<*const u8, FileError> {
        let mut file = file.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if data.get().is_none() {
            if let Some(open) = &*file {
                let mut owned = Owned::reserve(self.size(), &self.place)?;
                let out = owned.bytes_mut(self.size());
                read_exact_at(open, out, 0).map_err(|error| self.read_fault(&error))?;
                let now = open.metadata().map_err(|error| self.read_fault(&error))?;
                self.unchanged(Identity::of(&now))?;
                OWNED.fetch_add(self.size(), Relaxed);
                let _ = data.set(owned);
                *file = None;
            }
        }
        Ok(data.get().map_or(std::ptr::null(), Owned::base))
    }

    /// Reads and checks the file's safetensors header. The bytes are copied before they are looked
    /// at, so a file that changes meanwhile cannot pass one check and fail the next.
    pub fn safetensors_header(&self) -> Result<Header, FileError> {
        let mut prefix = [0; PREFIX as usize];
        let there = self.size().min(PREFIX) as usize;
        self.read(0, &mut prefix[..there])?;
        let length = header_length(&prefix[..there], self.size(), &self.place)?;
        let mut bytes: Vec<u8> = Vec::new();
        let refused = |_| FileError::out_of_memory(&self.place, length as u64);
        bytes.try_reserve_exact(length).map_err(refused)?;
        bytes.resize(length, 0);
        self.read(PREFIX, &mut bytes)?;
        parse_header(&bytes, self.size(), &self.place)
    }
}

impl Drop for MappedFile {
    fn drop(&mut self) {
        FILES.fetch_sub(1, Relaxed);
        match &self.backing {
            #[cfg(unix)]
            Backing::Mapped(_) => MAPPED.fetch_sub(self.size(), Relaxed),
            Backing::Owned { data, .. } => {
                OWNED.fetch_sub(data.get().map_or(0, |_| self.size()), Relaxed)
            }
        };
    }
}

impl Owned {
    const ALIGNMENT: usize = 64;

    fn reserve(size: u64, place: &str) -> Result<Self, FileError> {
        let refused = || FileError::out_of_memory(place, size);
        let bytes = usize::try_from(size)
            .ok()
            .and_then(|n| n.checked_add(Self::ALIGNMENT));
        let layout = bytes.and_then(|n| std::alloc::Layout::from_size_align(n, 1).ok());
        let layout = layout.ok_or_else(refused)?;
        // SAFETY: the layout is not empty; a null answer is a refusal. Zeroed, because fresh pages
        // are zero anyway and then cost nothing.
        let block = unsafe {
            let start = std::alloc::alloc_zeroed(layout);
            if start.is_null() {
                return Err(refused());
            }
            Vec::from_raw_parts(start, layout.size(), layout.size())
        };
        let start = block.as_ptr().align_offset(Self::ALIGNMENT);
        Ok(Self { block, start })
    }

    fn base(&self) -> *const u8 {
        self.block[self.start..].as_ptr()
    }

    fn bytes_mut(&mut self, size: u64) -> &mut [u8] {
        &mut self.block[self.start..][..size as usize]
    }
}

/// Opens without waiting (a pipe would block for ever) and refuses whatever is not a plain file.
fn open_regular(path: &Path) -> Result<(File, String, Identity), FileError> {
    let place = path.display().to_string();
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let failed = |error: &std::io::Error| FileError::io(&place, "opening", error);
    let kind = |what: &str| {
        let message =
            format!("{place}: a file must be a regular file; got {what}. Check the path.");
        FileError::new("ERR_FILE_KIND", message)
    };
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) => {
            // a socket cannot be opened at all; say what it is
            return Err(match std::fs::metadata(path) {
                Ok(found) if !found.is_file() => kind("something else"),
                _ => failed(&error),
            });
        }
    };
    let metadata = file.metadata().map_err(|error| failed(&error))?;
    if !metadata.is_file() {
        return Err(kind(if metadata.is_dir() {
            "a directory"
        } else {
            "a pipe or device"
        }));
    }
    let identity = Identity::of(&metadata);
    Ok((file, place, identity))
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, out: &mut [u8], offset: u64) -> std::io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(out)
}
