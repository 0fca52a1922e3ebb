//! AMX tiles on stable Rust: the assembler knows the instructions, the intrinsics are unstable.
//!
//! A tile is 16 rows of 64 bytes. `dot` adds to a tile of f32 sums the products of a tile of rows [16, 32] and a
//! tile of columns in pairs [16 pairs of k, 16 columns, 2], both bf16. Its order of sums: within a step of 32
//! products the even ones and the odd ones are a chain of fused multiply-adds each, k ascending; the
//! two are added, then added to what is there. Subnormal numbers count as zero, before and after.
//!
//! The compiler never touches tile registers, so they keep their values between these functions.

use core::arch::asm;
use std::sync::OnceLock;

/// Bytes of a tile, and of one of its rows.
pub const TILE: usize = 1024;
pub const ROW: usize = 64;

/// Whether tiles of bf16 can be used: the processor has them and the kernel allows this process to. Asked once,
/// before any thread uses a tile.
pub fn available() -> bool {
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    *ALLOWED.get_or_init(ask)
}

#[cfg(not(target_os = "linux"))]
fn ask() -> bool {
    false
}

#[cfg(target_os = "linux")]
fn ask() -> bool {
    const ARCH_PRCTL: usize = 158;
    const ARCH_REQ_XCOMP_PERM: usize = 0x1023;
    const TILE_DATA: usize = 18;
    // CPUID leaf 7, EDX: bf16 products, tiles.
    const NEEDED: u32 = 1 << 22 | 1 << 24;
    #[allow(unused_unsafe)]
    let features = unsafe { core::arch::x86_64::__cpuid_count(7, 0) };
    if features.edx & NEEDED != NEEDED || !std::is_x86_feature_detected!("avx512bf16") {
        return false;
    }
    let mut result = ARCH_PRCTL;
    unsafe {
        asm!("syscall", inlateout("rax") result, in("rdi") ARCH_REQ_XCOMP_PERM, in("rsi") TILE_DATA,
             out("rcx") _, out("r11") _, options(nostack));
    }
    result == 0
}

/// Shapes of the tiles: 0 to 3 hold sums, 4 and 5 rows, 6 and 7 columns.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Gives this thread its tiles, the columns of sums and of the right factor `columns` (1 to 16) wide. All are
/// full otherwise. End with `release`.
///
/// # Safety
/// `available()` was true.
pub unsafe fn configure(columns: usize) {
    let wide = 4 * columns as u16;
    let mut shapes = Shapes {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        row_bytes: [0; 16],
        rows: [0; 16],
    };
    shapes.rows[..8].fill(16);
    shapes.row_bytes[..8].copy_from_slice(&[wide, wide, wide, wide, 64, 64, wide, wide]);
    asm!("ldtilecfg [{}]", in(reg) &shapes, options(nostack, readonly, preserves_flags));
}

/// Gives the tiles back: a thread without them is switched faster.
///
/// # Safety
/// `available()` was true.
#[inline(always)]
pub unsafe fn release() {
    asm!("tilerelease", options(nostack, nomem, preserves_flags));
}

/// Sets a tile to zero.
///
/// # Safety
/// `configure` was called on this thread; so for all functions below.
#[inline(always)]
pub unsafe fn zero<const T: usize>() {
    asm!("tilezero tmm{t}", t = const T, options(nostack, nomem, preserves_flags));
}

/// Loads a tile whose rows lie `stride` bytes apart.
///
/// # Safety
/// All rows are readable.
#[inline(always)]
pub unsafe fn load<const T: usize>(from: *const u8, stride: usize) {
    asm!("tileloadd tmm{t}, [{p} + {s}*1]", t = const T, p = in(reg) from, s = in(reg) stride,
         options(nostack, readonly, preserves_flags));
}

/// Stores a tile, rows `stride` bytes apart.
///
/// # Safety
/// All rows are writable.
#[inline(always)]
pub unsafe fn store<const T: usize>(to: *mut u8, stride: usize) {
    asm!("tilestored [{p} + {s}*1], tmm{t}", t = const T, p = in(reg) to, s = in(reg) stride,
         options(nostack, preserves_flags));
}

/// C += A . B in bf16.
///
/// # Safety
/// See `zero`.
#[inline(always)]
pub unsafe fn dot<const C: usize, const A: usize, const B: usize>() {
    asm!("tdpbf16ps tmm{c}, tmm{a}, tmm{b}", c = const C, a = const A, b = const B,
         options(nostack, nomem, preserves_flags));
}

/// Operations per second (a multiply-add counts as two) of one thread's tile products with factors in the first
/// cache: the unit has several speeds, which are set from outside.
///
/// # Safety
/// `available()` was true.
pub unsafe fn tile_rate(rounds: usize) -> f64 {
    #[repr(align(64))]
    struct Factors([u8; 4 * TILE]);
    let factors = Factors([0; 4 * TILE]);
    let at = factors.0.as_ptr();
    configure(16);
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        load::<4>(at, ROW);
        load::<5>(at.add(TILE), ROW);
        load::<6>(at.add(2 * TILE), ROW);
        load::<7>(at.add(3 * TILE), ROW);
        dot::<0, 4, 6>();
        dot::<1, 4, 7>();
        dot::<2, 5, 6>();
        dot::<3, 5, 7>();
    }
    let seconds = start.elapsed().as_secs_f64();
    release();
    (4 * rounds * 2 * 16 * 16 * 32) as f64 / seconds
}

/// As `load`, for a tile that will not be read again soon: it leaves the first cache to others.
///
/// # Safety
/// See `load`.
#[inline(always)]
pub unsafe fn load_once<const T: usize>(from: *const u8, stride: usize) {
    asm!("tileloaddt1 tmm{t}, [{p} + {s}*1]", t = const T, p = in(reg) from, s = in(reg) stride,
         options(nostack, readonly, preserves_flags));
}
