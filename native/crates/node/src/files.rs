//! Tensor files by number: their safetensors headers, and tensors inside them in place.

use crate::core::environment;
use crate::{error, guarded};
use heddle_files::{FileError, MappedFile};
use heddle_runtime::buffer::Buffer;
use heddle_runtime::environment::{Content, Payload};
use napi::bindgen_prelude::*;
use napi::Env;
use napi_derive::napi;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

#[derive(Default)]
struct Files {
    open: HashMap<u32, Arc<MappedFile>>,
    next: u32,
}

fn files() -> MutexGuard<'static, Files> {
    static FILES: OnceLock<Mutex<Files>> = OnceLock::new();
    FILES.get_or_init(Default::default).lock().unwrap_or_else(|e| e.into_inner())
}

fn refused(e: FileError) -> Error {
    error(e.code, e.message)
}

fn file(id: u32) -> Result<Arc<MappedFile>> {
    files().open.get(&id).cloned().ok_or_else(|| error("ERR_TENSOR_DISPOSED", "NativeFile: must not be used after dispose()."))
}

/// A number for an opened file, and its size in bytes.
#[napi(object)]
pub struct OpenedFile {
    pub id: u32,
    pub size: f64,
}

/// Maps a file (or reads it into memory of our own when `mmap` is false).
#[napi]
pub fn open_file(env: Env, path: String, mmap: bool) -> Result<OpenedFile> {
    guarded("openFile", || {
        let path = Path::new(&path);
        let file = if mmap { MappedFile::open(path) } else { MappedFile::read_owned(path) }.map_err(refused)?;
        let size = file.size() as f64;
        let id = {
            let mut files = files();
            files.next += 1;
            let id = files.next;
            files.open.insert(id, Arc::new(file));
            id
        };
        // A worker that is terminated cannot dispose.
        let _ = env.add_env_cleanup_hook(id, |id| {
            files().open.remove(&id);
        })?;
        Ok(OpenedFile { id, size })
    })
}

/// Forgets a file; tensors inside it keep its memory.
#[napi]
pub fn close_file(id: u32) -> Result<()> {
    guarded("closeFile", || {
        files().open.remove(&id);
        Ok(())
    })
}

/// Fails with ERR_FILE_CHANGED when the file is not what was opened.
#[napi]
pub fn check_file(id: u32) -> Result<()> {
    guarded("checkFile", || file(id)?.check().map_err(refused))
}

/// Copies the bytes at `offset` of the file into `into`.
#[napi]
pub fn read_file(id: u32, offset: f64, mut into: Uint8ArraySlice) -> Result<()> {
    guarded("readFile", || {
        if !is_whole(offset) {
            return Err(error("ERR_FORMAT_OFFSETS", format!("NativeFile.read: the offset must be a whole number >= 0; got {offset}.")));
        }
        let into = unsafe { into.as_mut() };
        file(id)?.read(offset as u64, into).map_err(refused)
    })
}

/// True for a place or a size that JavaScript can name exactly.
fn is_whole(value: f64) -> bool {
    value >= 0.0 && value.fract() == 0.0 && value <= 9_007_199_254_740_992.0
}

/// Columns of a safetensors header: texts are one UTF-8 block plus the end of each.
#[napi(object)]
pub struct NativeHeader {
    pub names: Uint8Array,
    pub name_ends: Uint32Array,
    pub dtypes: Uint8Array,
    pub dtype_names: Vec<String>,
    pub ranks: Uint8Array,
    pub dims: Float64Array,
    pub offsets: Float64Array,
    pub metadata: Uint8Array,
    pub metadata_ends: Uint32Array,
}

#[napi]
pub fn safetensors_header(id: u32) -> Result<NativeHeader> {
    guarded("safetensorsHeader", || {
        let header = file(id)?.safetensors_header().map_err(refused)?;
        let floats = |values: &[u64]| Float64Array::new(values.iter().map(|&v| v as f64).collect());
        Ok(NativeHeader {
            names: Uint8Array::new(header.names.bytes().to_vec()),
            name_ends: Uint32Array::new(header.names.ends().to_vec()),
            dtypes: Uint8Array::new(header.dtypes.iter().map(|&d| d as u8).collect()),
            dtype_names: heddle_files::Dtype::ALL.iter().map(|d| d.name().to_string()).collect(),
            ranks: Uint8Array::new(header.ranks.clone()),
            dims: floats(&header.dims),
            offsets: floats(&header.offsets),
            metadata: Uint8Array::new(header.metadata.bytes().to_vec()),
            metadata_ends: Uint32Array::new(header.metadata.ends().to_vec()),
        })
    })
}

/// A payload of `bytes` bytes at `offset` of the file: in place when that is aligned to `alignment`, else a copy.
#[napi]
pub fn file_payload(environment_id: u32, id: u32, offset: f64, bytes: f64, alignment: u32) -> Result<u32> {
    guarded("filePayload", || {
        if !is_whole(offset) || !is_whole(bytes) {
            return Err(error("ERR_FORMAT_OFFSETS", format!("NativeFile.tensor: offset and size must be whole numbers >= 0; got {offset} and {bytes}.")));
        }
        let (file, offset, bytes) = (file(id)?, offset as u64, bytes as u64);
        let size = usize::try_from(bytes).map_err(|_| error("ERR_FORMAT_OFFSETS", "NativeFile.tensor: the size leaves the address space."))?;
        let buffer = if offset % alignment.max(1) as u64 == 0 {
            Buffer::mapped(file, offset, size).map_err(refused)?
        } else {
            let process = crate::core::process()?;
            let buffer = process.stream.heap.buffer(size).map_err(|e| crate::failed(&e.into()))?;
            let target = unsafe { std::slice::from_raw_parts_mut(buffer.ptr(), size) };
            file.read(offset, target).map_err(refused)?;
            buffer
        };
        Ok(environment(environment_id)?.add_payload(|id| Payload { id, content: Content::Buffer(buffer) }))
    })
}
