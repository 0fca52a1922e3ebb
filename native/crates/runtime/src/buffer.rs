//! Buffers: blocks of the allocator, or ranges of mapped files.

use crate::alloc::{Allocator, Block, OutOfMemory};
use heddle_files::{FileError, MappedFile};
use std::sync::{Arc, Mutex, MutexGuard};

/// The allocator of the CPU device, shared by the stream thread and uploads.
#[derive(Clone)]
pub struct Heap(Arc<Mutex<Allocator>>);

impl Heap {
    pub fn new(budget: usize) -> Heap {
        Heap(Arc::new(Mutex::new(Allocator::new(budget))))
    }

    pub fn lock(&self) -> MutexGuard<'_, Allocator> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// An owned buffer of `bytes` bytes, contents undefined.
    pub fn buffer(&self, bytes: usize) -> Result<Buffer, OutOfMemory> {
        let block = self.lock().alloc(bytes)?;
        Ok(Buffer { memory: Memory::Owned { block: Some(block), heap: self.clone() } })
    }
}

enum Memory {
    Owned { block: Option<Block>, heap: Heap },
    Mapped { file: Arc<MappedFile>, ptr: *mut u8, bytes: usize },
}

pub struct Buffer {
    memory: Memory,
}

// The memory behind the pointer belongs to the buffer (or its file); commands order all access.
unsafe impl Send for Buffer {}
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A read-only range of a mapped file, which the buffer keeps alive.
    pub fn mapped(file: Arc<MappedFile>, offset: u64, bytes: usize) -> Result<Buffer, FileError> {
        let ptr = file.pointer(offset, bytes as u64)? as *mut u8;
        Ok(Buffer { memory: Memory::Mapped { file, ptr, bytes } })
    }

    pub fn ptr(&self) -> *mut u8 {
        match &self.memory {
            Memory::Owned { block: Some(block), .. } => block.ptr.as_ptr(),
            Memory::Owned { block: None, .. } => std::ptr::null_mut(),
            Memory::Mapped { ptr, .. } => *ptr,
        }
    }

    pub fn bytes(&self) -> usize {
        match &self.memory {
            Memory::Owned { block, .. } => block.as_ref().map_or(0, |b| b.bytes),
            Memory::Mapped { bytes, .. } => *bytes,
        }
    }

    pub fn is_mapped(&self) -> bool {
        matches!(self.memory, Memory::Mapped { .. })
    }

    /// True when pages of the mapped file vanished under us (it was truncated).
    pub fn lost(&self) -> bool {
        match &self.memory {
            Memory::Mapped { file, .. } => file.lost(),
            Memory::Owned { .. } => false,
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Memory::Owned { block, heap } = &mut self.memory {
            if let Some(block) = block.take() {
                heap.lock().free(block);
            }
        }
    }
}
