//! Keeps the process alive when a mapped file is cut short by someone else.
//!
//! Reading a mapped page that no longer has a file behind it raises SIGBUS, which would kill the
//! process. One handler, installed with the first mapping, looks the address up among our ranges:
//! inside one it maps zeros from the faulting page to the range's end, marks the range as lost and
//! returns, so that the read goes on; anywhere else it calls whoever handled SIGBUS before.
//!
//! The handler takes no lock and allocates nothing. Ranges live in chunks that are never freed; a
//! slot's generation is odd while the slot is in use and changes with every reuse, so the handler
//! can tell that it read one range and not halves of two.

use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Mutex, OnceLock};

const SLOTS: usize = 64;

/// One guarded range of addresses.
pub(crate) struct Slot {
    generation: AtomicU64,
    start: AtomicUsize,
    end: AtomicUsize,
    lost: AtomicBool,
}

struct Chunk {
    slots: [Slot; SLOTS],
    next: AtomicPtr<Chunk>,
}

impl Chunk {
    const fn new() -> Self {
        Self {
            slots: [const { Slot::free() }; SLOTS],
            next: AtomicPtr::new(std::ptr::null_mut()),
        }
    }
}

static FIRST: Chunk = Chunk::new();
static REGISTER: Mutex<()> = Mutex::new(());
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();
static PAGE: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many times a fault was repaired in this process. A reader of mapped memory that sees it
/// grow asks its files which of them is `lost`.
pub fn lost_count() -> u64 {
    LOST.load(Acquire)
}

impl Slot {
    const fn free() -> Self {
        Self {
            generation: AtomicU64::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            lost: AtomicBool::new(false),
        }
    }

    pub fn lost(&self) -> bool {
        self.lost.load(Acquire)
    }

    /// Ends the guard. Must come before the range is unmapped: the addresses may be given to others.
    pub fn release(&self) {
        self.generation.fetch_add(1, AcqRel);
    }

    fn range_holding(&self, address: usize) -> Option<(usize, usize)> {
        let generation = self.generation.load(Acquire);
        let range = (self.start.load(Acquire), self.end.load(Acquire));
        let whole = generation % 2 == 1 && self.generation.load(Acquire) == generation;
        (whole && (range.0..range.1).contains(&address)).then_some(range)
    }
}

/// Guards `start..start + bytes`, which must be a mapping of ours that starts at a page.
pub(crate) fn register(start: usize, bytes: usize) -> std::io::Result<&'static Slot> {
    let _only_one = REGISTER
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    install()?;
    let page = PAGE.load(Relaxed);
    let slot = free_slot();
    slot.start.store(start, Release);
    slot.end
        .store((start + bytes).next_multiple_of(page), Release);
    slot.lost.store(false, Release);
    slot.generation.fetch_add(1, AcqRel);
    Ok(slot)
}

fn free_slot() -> &'static Slot {
    let mut chunk = &FIRST;
    loop {
        if let Some(slot) = chunk
            .slots
            .iter()
            .find(|slot| slot.generation.load(Acquire) % 2 == 0)
        {
            return slot;
        }
        let next = chunk.next.load(Acquire);
        chunk = if next.is_null() {
            let fresh: &'static Chunk = Box::leak(Box::new(Chunk::new()));
            chunk
                .next
                .store(std::ptr::from_ref(fresh).cast_mut(), Release);
            fresh
        } else {
            // SAFETY: only leaked chunks are ever stored in `next`
            unsafe { &*next }
        };
    }
}

fn find(address: usize) -> Option<(&'static Slot, usize)> {
    let mut chunk = &FIRST;
    loop {
        for slot in &chunk.slots {
            if let Some((_, end)) = slot.range_holding(address) {
                return Some((slot, end));
            }
        }
        // SAFETY: only leaked chunks are ever stored in `next`
        chunk = unsafe { chunk.next.load(Acquire).as_ref()? };
    }
}

/// Installs the handler once; called under the registration lock.
fn install() -> std::io::Result<()> {
    if PREVIOUS.get().is_some() {
        return Ok(());
    }
    // SAFETY: plain system calls on zeroed structs of the right type
    unsafe {
        PAGE.store(libc::sysconf(libc::_SC_PAGESIZE) as usize, Relaxed);
        let mut previous: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(libc::SIGBUS, std::ptr::null(), &mut previous) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        let mut ours: libc::sigaction = std::mem::zeroed();
        let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = on_sigbus;
        ours.sa_sigaction = handler as usize;
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&mut ours.sa_mask);
        // known before our handler can run, because the handler reads it
        let _ = PREVIOUS.set(previous);
        if libc::sigaction(libc::SIGBUS, &ours, std::ptr::null_mut()) != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

/// BUS_ADRALN, BUS_ADRERR, BUS_OBJERR and Linux's two memory errors: a fault of an access, not a
/// signal that somebody sent (whose address field means something else).
fn is_fault(info: &libc::siginfo_t) -> bool {
    (1..=5).contains(&info.si_code)
}

extern "C" fn on_sigbus(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes valid pointers; only async-signal-safe calls and atomics follow
    unsafe {
        let errno = errno_place();
        let saved = *errno;
        let fault = is_fault(&*info);
        if fault {
            let address = (*info).si_addr() as usize;
            if let Some((slot, end)) = find(address) {
                let page = address & !(PAGE.load(Relaxed) - 1);
                let zeros = libc::mmap(
                    page as *mut libc::c_void,
                    end - page,
                    libc::PROT_READ,
                    libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANON,
                    -1,
                    0,
                );
                *errno = saved;
                if zeros != libc::MAP_FAILED {
                    slot.lost.store(true, Release);
                    LOST.fetch_add(1, AcqRel);
                    return;
                }
            }
        }
        chain(signal, info, context, fault);
        *errno = saved;
    }
}

/// What would have happened without us.
unsafe fn chain(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void, fault: bool) {
    let (handler, flags) = match PREVIOUS.get() {
        Some(previous) => (previous.sa_sigaction, previous.sa_flags),
        None => (libc::SIG_DFL, 0),
    };
    if handler == libc::SIG_DFL || (handler == libc::SIG_IGN && fault) {
        let mut default: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        libc::sigaction(signal, &default, std::ptr::null_mut());
        if !fault {
            // blocked until we return, then delivered; a fault repeats by itself
            libc::raise(signal);
        }
    } else if handler != libc::SIG_IGN {
        if flags & libc::SA_SIGINFO != 0 {
            type Action = extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void);
            let action = std::mem::transmute::<usize, Action>(handler);
            action(signal, info, context);
        } else {
            let action = std::mem::transmute::<usize, extern "C" fn(i32)>(handler);
            action(signal);
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "emscripten"))]
unsafe fn errno_place() -> *mut i32 {
    libc::__errno_location()
}

#[cfg(any(target_os = "macos", target_os = "ios", target_os = "freebsd"))]
unsafe fn errno_place() -> *mut i32 {
    libc::__error()
}

#[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
unsafe fn errno_place() -> *mut i32 {
    libc::__errno()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_found_reused_and_never_run_out() {
        // addresses no mapping of this process has: the null page's neighbours
        let slots: Vec<&Slot> = (1..=3 * SLOTS)
            .map(|number| register(number << 16, 4096).expect("the handler installs"))
            .collect();
        for (number, slot) in (1..).zip(&slots) {
            let (found, end) = find((number << 16) + 17).expect("a registered address");
            assert!(std::ptr::eq(found, *slot));
            assert_eq!(end, (number << 16) + 4096);
            assert!(find((number << 16) + 4096).is_none());
        }
        slots.iter().for_each(|slot| slot.release());
        assert!(find((1 << 16) + 17).is_none());
        let again = register(1 << 16, 1).expect("the handler installs");
        assert_eq!(
            find(1 << 16).expect("a registered address").1,
            (1 << 16) + PAGE.load(Relaxed)
        );
        assert!(!again.lost());
        again.release();
    }
}
