//! Files of tensors: strict safetensors headers, memory mapping that cannot kill the process.
//!
//! No Node and no tensors here: bytes in, checked numbers and addresses out. Every failure is a
//! [`FileError`] with a code from the closed list [`CODES`] and a finished message.
//!
//! ```no_run
//! use heddle_files::{lost_count, MappedFile};
//! # fn main() -> Result<(), heddle_files::FileError> {
//! // `MappedFile::read_owned(path)` is the same with memory of our own (mmap: false). Neither
//! // keeps a file descriptor once its data is in use. Share it in an `Arc`: a tensor made in
//! // place holds the file, because the address dies with it.
//! let file = MappedFile::open("model.safetensors".as_ref())?;
//! let header = file.safetensors_header()?; // columns: names, dtypes, ranks, dims, offsets
//! let (begin, end) = (header.offsets[0], header.offsets[1]); // from the start of the file
//! let address = file.pointer(begin, end - begin)?; // checked: never outside the file
//! // The base is page-aligned (64-byte aligned when owned), so a tensor is aligned to its element
//! // exactly when `begin % element bytes == 0`; otherwise copy it with `file.read(begin, &mut out)`.
//!
//! // While a mapped file is truncated by others, reads yield zeros instead of SIGBUS. After a
//! // command that read mapped memory: if `lost_count()` grew since it started, poison its outputs
//! // when `file.lost()`. Before a generation: `file.check()?` (ERR_FILE_CHANGED).
//! # let _ = (address, lost_count());
//! file.check()
//! # }
//! ```
//!
//! For JavaScript: a header of a million tensors must not become a million objects. `names` is one
//! UTF-8 block plus ends, `dtypes` are `u8` with `Dtype::ALL` as legend, `ranks` are `u8`, `dims`
//! and `offsets` are flat and every value is at most 2^53 - 1, so `f64` holds it exactly.
//! `metadata` alternates keys and values.

mod dtype;
mod error;
#[cfg(unix)]
mod guard;
mod json;
mod mapped;
#[cfg(unix)]
mod mapping;
mod safetensors;
mod text;

pub use dtype::Dtype;
pub use error::{FileError, CODES};
#[cfg(unix)]
pub use guard::lost_count;
pub use json::MAX_INTEGER;
pub use mapped::{usage, MappedFile, Usage};
pub use safetensors::{
    header_length, parse_header, Header, MAX_HEADER, MAX_METADATA, MAX_RANK, PREFIX,
};
pub use text::TextList;

/// Without memory mapping nothing can be lost.
#[cfg(not(unix))]
pub fn lost_count() -> u64 {
    0
}
