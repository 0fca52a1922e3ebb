//! The caching allocator. Memory is requested from the system in large pieces, cut into size classes
//! (quarters of powers of two) and kept: first touch of fresh pages is 10-50 times slower than reuse.
//! Pages go back only when the byte budget would otherwise be exceeded (or `trim` is called).
//!
//! Frees happen in stream order (the executor drops a buffer when it reaches its `free` command), so
//! a block may be handed out again at once.

use std::collections::{BTreeMap, HashMap};
use std::ptr::NonNull;

/// Alignment of every block.
pub const ALIGN: usize = 64;
/// Blocks up to this size are cut from slabs.
const SMALL: usize = 1 << 20;
const SLAB: usize = 8 << 20;
const HUGE_PAGE: usize = 2 << 20;

/// Why an allocation was refused, with the numbers a user needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfMemory {
    pub tried: usize,
    pub budget: usize,
    pub allocated: usize,
    pub reserved: usize,
}

/// A block of the allocator; give it back with `Allocator::free`.
#[derive(Debug)]
pub struct Block {
    pub ptr: NonNull<u8>,
    /// Bytes asked for.
    pub bytes: usize,
    class: usize,
}

unsafe impl Send for Block {}

#[derive(Default, Clone, Copy, Debug)]
pub struct Stats {
    /// Bytes in live blocks, as asked for.
    pub allocated: usize,
    pub blocks: usize,
    pub peak: usize,
    /// Bytes obtained from the system and not given back.
    pub reserved: usize,
}

pub struct Allocator {
    free: HashMap<usize, Vec<NonNull<u8>>>,
    slab: Option<(NonNull<u8>, usize)>,
    /// Address of every slab and the number of its blocks in use.
    slabs: BTreeMap<usize, usize>,
    pub stats: Stats,
    budget: usize,
}

unsafe impl Send for Allocator {}

/// Rounds up to the size class: a quarter of a power of two, at least `ALIGN`. None on overflow.
fn class_of(bytes: usize) -> Option<usize> {
    let bytes = bytes.max(ALIGN);
    let step = (bytes.checked_next_power_of_two()? / 8).max(ALIGN);
    Some(bytes.checked_add(step - 1)? / step * step)
}

impl Allocator {
    pub fn new(budget: usize) -> Allocator {
        Allocator { free: HashMap::new(), slab: None, slabs: BTreeMap::new(), stats: Stats::default(), budget }
    }

    pub fn set_budget(&mut self, bytes: usize) {
        self.budget = bytes;
    }

    pub fn budget(&self) -> usize {
        self.budget
    }

    /// A block of at least `bytes` bytes with undefined contents.
    pub fn alloc(&mut self, bytes: usize) -> Result<Block, OutOfMemory> {
        let class = class_of(bytes).ok_or_else(|| self.refused(bytes))?;
        let ptr = match self.free.get_mut(&class).and_then(Vec::pop) {
            Some(ptr) => ptr,
            None => self.fresh(class).ok_or_else(|| self.refused(bytes))?,
        };
        self.count(class, ptr, 1);
        self.stats.allocated += bytes;
        self.stats.blocks += 1;
        self.stats.peak = self.stats.peak.max(self.stats.allocated);
        Ok(Block { ptr, bytes, class })
    }

    pub fn free(&mut self, block: Block) {
        self.stats.allocated -= block.bytes;
        self.stats.blocks -= 1;
        self.count(block.class, block.ptr, -1);
        self.free.entry(block.class).or_default().push(block.ptr);
    }

    /// Notes that a block cut from a slab is used, or not any more.
    fn count(&mut self, class: usize, ptr: NonNull<u8>, by: isize) {
        if class <= SMALL {
            if let Some((_, used)) = self.slabs.range_mut(..=ptr.as_ptr() as usize).next_back() {
                *used = used.wrapping_add_signed(by);
            }
        }
    }

    /// Returns cached large blocks and slabs without a used block to the system; bytes returned.
    pub fn trim(&mut self) -> usize {
        let mut returned = 0;
        for (&class, list) in self.free.iter_mut() {
            if class > SMALL {
                for ptr in list.drain(..) {
                    unsafe { system_free(ptr, class) };
                    returned += class;
                }
            }
        }
        returned += self.trim_slabs();
        self.stats.reserved -= returned;
        returned
    }

    fn trim_slabs(&mut self) -> usize {
        let empty: Vec<usize> = self.slabs.iter().filter(|(_, used)| **used == 0).map(|(base, _)| *base).collect();
        let inside = |ptr: usize| {
            let at = empty.partition_point(|base| *base <= ptr);
            at > 0 && ptr - empty[at - 1] < SLAB
        };
        for (class, list) in self.free.iter_mut() {
            if *class <= SMALL {
                list.retain(|ptr| !inside(ptr.as_ptr() as usize));
            }
        }
        // What is left of the current slab starts inside it, or just behind it when nothing is left.
        self.slab = self.slab.filter(|(ptr, left)| *left > 0 && !inside(ptr.as_ptr() as usize));
        for base in &empty {
            self.slabs.remove(base);
            if let Some(ptr) = NonNull::new(*base as *mut u8) {
                unsafe { system_free(ptr, SLAB) };
            }
        }
        empty.len() * SLAB
    }

    fn refused(&self, tried: usize) -> OutOfMemory {
        let Stats { allocated, reserved, .. } = self.stats;
        OutOfMemory { tried, budget: self.budget, allocated, reserved }
    }

    fn fresh(&mut self, class: usize) -> Option<NonNull<u8>> {
        if class > SMALL {
            return self.reserve(class);
        }
        match self.slab {
            Some((_, left)) if left >= class => {}
            _ => {
                // What is left of the old slab is smaller than the request; keep it for small classes.
                if let Some((ptr, left)) = self.slab.take() {
                    if left >= ALIGN {
                        let class = left / ALIGN * ALIGN;
                        if class_of(class) == Some(class) {
                            self.free.entry(class).or_default().push(ptr);
                        }
                    }
                }
                let slab = self.reserve(SLAB)?;
                self.slabs.insert(slab.as_ptr() as usize, 0);
                self.slab = Some((slab, SLAB));
            }
        }
        let (ptr, left) = self.slab.as_mut()?;
        let block = *ptr;
        *left -= class;
        *ptr = unsafe { NonNull::new_unchecked(block.as_ptr().add(class)) };
        Some(block)
    }

    fn reserve(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        if self.stats.reserved.checked_add(bytes)? > self.budget {
            self.trim();
            if self.stats.reserved + bytes > self.budget {
                return None;
            }
        }
        let ptr = unsafe { system_alloc(bytes) }.or_else(|| {
            self.trim();
            unsafe { system_alloc(bytes) }
        })?;
        self.stats.reserved += bytes;
        Some(ptr)
    }
}

#[cfg(unix)]
unsafe fn system_alloc(bytes: usize) -> Option<NonNull<u8>> {
    let ptr = libc::mmap(
        std::ptr::null_mut(),
        bytes,
        libc::PROT_READ | libc::PROT_WRITE,
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
        -1,
        0,
    );
    if ptr == libc::MAP_FAILED {
        return None;
    }
    #[cfg(target_os = "linux")]
    if bytes >= 2 * HUGE_PAGE {
        libc::madvise(ptr, bytes, libc::MADV_HUGEPAGE);
    }
    NonNull::new(ptr as *mut u8)
}

#[cfg(unix)]
unsafe fn system_free(ptr: NonNull<u8>, bytes: usize) {
    libc::munmap(ptr.as_ptr() as *mut libc::c_void, bytes);
}

#[cfg(not(unix))]
unsafe fn system_alloc(bytes: usize) -> Option<NonNull<u8>> {
    let layout = std::alloc::Layout::from_size_align(bytes, HUGE_PAGE).ok()?;
    NonNull::new(std::alloc::alloc(layout))
}

#[cfg(not(unix))]
unsafe fn system_free(ptr: NonNull<u8>, bytes: usize) {
    if let Ok(layout) = std::alloc::Layout::from_size_align(bytes, HUGE_PAGE) {
        std::alloc::dealloc(ptr.as_ptr(), layout);
    }
}

/// The default budget: nine tenths of the memory this process may have (cgroup limits included).
pub fn default_budget() -> usize {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let mut limit = read("/proc/meminfo")
        .and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("MemTotal:"))?.to_string();
            line.split_whitespace().nth(1)?.parse::<usize>().ok()?.checked_mul(1024)
        })
        .unwrap_or(8 << 30);
    for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
        if let Some(bytes) = read(path).and_then(|t| t.trim().parse::<usize>().ok()) {
            limit = limit.min(bytes);
        }
    }
    limit / 10 * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_waste_at_most_a_quarter_and_overflow_is_refused() {
        for bytes in (1..100_000).step_by(37).chain([1 << 30, (1 << 30) + 1]) {
            let class = class_of(bytes).unwrap();
            assert!(class >= bytes && class % ALIGN == 0);
            assert!(class <= ALIGN.max(bytes + bytes / 4 + ALIGN), "{bytes} -> {class}");
            assert_eq!(class_of(class), Some(class));
        }
        assert_eq!(class_of(usize::MAX), None);
    }

    #[test]
    fn reuses_blocks_and_counts_back_to_zero() {
        let mut a = Allocator::new(1 << 30);
        let mut live = Vec::new();
        for round in 0..50 {
            for i in 0..200usize {
                let bytes = (i * 7919 + round) % 3_000_000 + 1;
                let block = a.alloc(bytes).unwrap();
                assert_eq!(block.ptr.as_ptr() as usize % ALIGN, 0);
                unsafe { block.ptr.as_ptr().write_bytes(0xab, bytes) };
                live.push(block);
            }
            live.drain(..).for_each(|b| a.free(b));
        }
        assert_eq!(a.stats.allocated, 0);
        assert_eq!(a.stats.blocks, 0);
        let reserved = a.stats.reserved;
        assert!(reserved > 0);
        a.trim();
        assert!(a.stats.reserved < reserved);
    }

    #[test]
    fn small_blocks_in_the_cache_make_room_for_others() {
        let mut a = Allocator::new(64 << 20);
        for bytes in [1 << 20, 3 << 10, 700 << 10, 100, 40 << 20, 1 << 20] {
            let live: Vec<Block> = std::iter::from_fn(|| a.alloc(bytes).ok()).take(100_000).collect();
            assert!(live.len() * bytes >= (9 << 20), "{bytes}: {}", live.len());
            for block in &live {
                unsafe { block.ptr.as_ptr().write_bytes(1, bytes) };
            }
            live.into_iter().for_each(|b| a.free(b));
            assert_eq!((a.stats.allocated, a.stats.blocks), (0, 0));
        }
        // One used block keeps its slab, and only that one.
        let kept = a.alloc(100).unwrap();
        a.trim();
        assert_eq!(a.stats.reserved, SLAB);
        a.free(kept);
        a.trim();
        assert_eq!(a.stats.reserved, 0);
    }

    #[test]
    fn the_budget_is_a_typed_refusal_and_trimming_makes_room() {
        let mut a = Allocator::new(64 << 20);
        let big = a.alloc(40 << 20).unwrap();
        let refused = a.alloc(40 << 20).unwrap_err();
        assert_eq!(refused.tried, 40 << 20);
        assert_eq!(refused.allocated, 40 << 20);
        a.free(big);
        let other = a.alloc(50 << 20).unwrap(); // another class: the cached block is given back first
        a.free(other);
        assert!(a.alloc(usize::MAX).is_err());
        assert!(a.alloc(1 << 62).is_err());
    }
}
