//! Sixteen f32 lanes on every level, so that one kernel body serves all of them and gives the same
//! bits: a lane is a lane, products are fused (`fma`), and `reduce_sum` is one fixed tree.
//!
//! A kernel is written once, generic over `Simd`, and instantiated by `dispatch!` (lib.rs) inside
//! functions that carry the target features; every method here is `inline(always)` so that the
//! intrinsics land in them.

// The safety of all methods is that of the trait, and valid pointers.
#![allow(clippy::missing_safety_doc)]
// Lanes are indices.
#![allow(clippy::needless_range_loop)]

/// Number of lanes of every `Simd` implementation.
pub const LANES: usize = 16;

/// One vector of sixteen f32 lanes. All memory operations are unaligned.
///
/// # Safety
/// An implementation may only be used where its target features were detected.
pub trait Simd: Copy {
    /// Sixteen f32 values.
    type V: Copy;
    /// Accumulator tile (rows of x, rows of w) of the dot-product micro-kernel that fits the registers.
    const TILE: (usize, usize);
    /// How many `V` fit the registers: kernels keep fewer accumulators than that.
    const REGISTERS: usize;

    unsafe fn zero(self) -> Self::V;
    unsafe fn splat(self, x: f32) -> Self::V;
    unsafe fn load(self, p: *const f32) -> Self::V;
    /// Loads `n` < 16 values, the other lanes are zero; touches no byte beyond them.
    unsafe fn load_part(self, p: *const f32, n: usize) -> Self::V;
    unsafe fn store(self, p: *mut f32, v: Self::V);
    unsafe fn store_part(self, p: *mut f32, v: Self::V, n: usize);
    /// Widens sixteen bf16 values (exact).
    unsafe fn load_bf16(self, p: *const u16) -> Self::V;
    /// Widens sixteen f16 values (exact).
    unsafe fn load_f16(self, p: *const u16) -> Self::V;
    unsafe fn add(self, a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// a * b + c with one rounding.
    unsafe fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// Per lane `a > b ? a : b`: b where either is NaN, as x86 does.
    unsafe fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// Per lane `a < b ? a : b`: b where either is NaN.
    unsafe fn min(self, a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sqrt(self, a: Self::V) -> Self::V;
    /// Rounds to the nearest integer, ties to even.
    unsafe fn round(self, a: Self::V) -> Self::V;
    /// a * 2^n for integral n in [-126, 127] held as f32.
    unsafe fn scale2(self, a: Self::V, n: Self::V) -> Self::V;
    /// Lane-wise `mask(a < b) ? x : y` (y where either is NaN).
    unsafe fn select_lt(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// Hints that the line at `p` will be read soon. Never faults.
    unsafe fn prefetch(self, p: *const u8);

    /// Splits positive normal values into (m, e) with a = m * 2^e and m in [2/3, 4/3).
    unsafe fn split(self, a: Self::V) -> (Self::V, Self::V);

    /// Sum of all lanes in the one written order: lane i + lane i+8, then +4, +2, +1.
    #[inline(always)]
    unsafe fn reduce_sum(self, v: Self::V) -> f32 {
        let mut a = [0f32; LANES];
        self.store(a.as_mut_ptr(), v);
        let mut w = LANES / 2;
        while w > 0 {
            for i in 0..w {
                a[i] += a[i + w];
            }
            w /= 2;
        }
        a[0]
    }

    /// `reduce_sum` of four vectors at once, the same bits as one by one.
    #[inline(always)]
    unsafe fn reduce_sum4(self, v: [Self::V; 4]) -> [f32; 4] {
        [
            self.reduce_sum(v[0]),
            self.reduce_sum(v[1]),
            self.reduce_sum(v[2]),
            self.reduce_sum(v[3]),
        ]
    }

    /// Largest lane (no NaN rule: callers look for NaN themselves).
    #[inline(always)]
    unsafe fn reduce_max(self, v: Self::V) -> f32 {
        let mut a = [0f32; LANES];
        self.store(a.as_mut_ptr(), v);
        let mut w = LANES / 2;
        while w > 0 {
            for i in 0..w {
                a[i] = if a[i] > a[i + w] { a[i] } else { a[i + w] };
            }
            w /= 2;
        }
        a[0]
    }
}

/// Widens one bf16 value.
#[inline(always)]
pub fn bf16_to_f32(x: u16) -> f32 {
    f32::from_bits((x as u32) << 16)
}

/// Rounds to the nearest bf16, ties to even; NaN stays a (quiet) NaN.
#[inline(always)]
pub fn f32_to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    if x.is_nan() {
        return ((bits >> 16) | 0x40) as u16;
    }
    ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

/// Widens one f16 value.
#[inline(always)]
pub fn f16_to_f32(h: u16) -> f32 {
    let sign = ((h as u32) & 0x8000) << 16;
    let exp = (h >> 10) & 0x1f;
    let man = (h & 0x3ff) as u32;
    if exp == 0 {
        // Subnormal: man * 2^-24, exact in f32.
        let v = man as f32 * f32::from_bits(0x3380_0000);
        return f32::from_bits(v.to_bits() | sign);
    }
    if exp == 31 {
        let quiet = if man != 0 { 0x0040_0000 } else { 0 };
        return f32::from_bits(sign | 0x7f80_0000 | (man << 13) | quiet);
    }
    f32::from_bits(sign | ((exp as u32 + 112) << 23) | (man << 13))
}

/// Rounds to the nearest f16, ties to even, overflow to infinity.
#[inline(always)]
pub fn f32_to_f16(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = ((bits >> 16) & 0x8000) as u16;
    let abs = bits & 0x7fff_ffff;
    if abs > 0x7f80_0000 {
        return sign | 0x7e00 | ((abs >> 13) & 0x3ff) as u16;
    }
    if abs >= 0x477f_f000 {
        return sign | 0x7c00;
    }
    if abs < 0x3880_0000 {
        // Subnormal result: adding 0.5 aligns the mantissa so that the FPU rounds to nearest even.
        let v = f32::from_bits(abs) + 0.5;
        return sign | (v.to_bits() - 0x3f00_0000) as u16;
    }
    let odd = (abs >> 13) & 1;
    sign | (abs.wrapping_add(0xc800_0fff + odd) >> 13) as u16
}

/// Bits of 2/3: `Simd::split` counts binades from here.
const SPLIT: i32 = 0x3f2a_aaab;

/// The reference level: plain Rust, correct on any machine.
#[derive(Clone, Copy)]
pub struct Scalar;

macro_rules! lanes {
    (|$i:ident| $e:expr) => {{
        let mut r = [0f32; LANES];
        for $i in 0..LANES {
            r[$i] = $e;
        }
        r
    }};
}

impl Simd for Scalar {
    type V = [f32; LANES];
    const TILE: (usize, usize) = (1, 2);
    const REGISTERS: usize = 1;
    #[inline(always)]
    unsafe fn zero(self) -> Self::V {
        [0.0; LANES]
    }
    #[inline(always)]
    unsafe fn splat(self, x: f32) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> Self::V {
        lanes!(|i| p.add(i).read_unaligned())
    }
    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> Self::V {
        lanes!(|i| if i < n {
            p.add(i).read_unaligned()
        } else {
            0.0
        })
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: Self::V) {
        for i in 0..LANES {
            p.add(i).write_unaligned(v[i]);
        }
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: Self::V, n: usize) {
        for i in 0..n {
            p.add(i).write_unaligned(v[i]);
        }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, p: *const u16) -> Self::V {
        lanes!(|i| bf16_to_f32(p.add(i).read_unaligned()))
    }
    #[inline(always)]
    unsafe fn load_f16(self, p: *const u16) -> Self::V {
        lanes!(|i| f16_to_f32(p.add(i).read_unaligned()))
    }
    #[inline(always)]
    unsafe fn add(self, a: Self::V, b: Self::V) -> Self::V {
        lanes!(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        lanes!(|i| a[i] - b[i])
    }
    #[inline(always)]
    unsafe fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        lanes!(|i| a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn div(self, a: Self::V, b: Self::V) -> Self::V {
        lanes!(|i| a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        lanes!(|i| a[i].mul_add(b[i], c[i]))
    }
    #[inline(always)]
    unsafe fn max(self, a: Self::V, b: Self::V) -> Self::V {
        lanes!(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn min(self, a: Self::V, b: Self::V) -> Self::V {
        lanes!(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn sqrt(self, a: Self::V) -> Self::V {
        lanes!(|i| a[i].sqrt())
    }
    #[inline(always)]
    unsafe fn round(self, a: Self::V) -> Self::V {
        lanes!(|i| a[i].round_ties_even())
    }
    #[inline(always)]
    unsafe fn scale2(self, a: Self::V, n: Self::V) -> Self::V {
        lanes!(|i| a[i] * f32::from_bits(((n[i] as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    unsafe fn select_lt(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
        lanes!(|i| if a[i] < b[i] { x[i] } else { y[i] })
    }
    #[inline(always)]
    unsafe fn prefetch(self, _p: *const u8) {}
    #[inline(always)]
    unsafe fn split(self, a: Self::V) -> (Self::V, Self::V) {
        let e = |x: f32| (x.to_bits() as i32).wrapping_sub(SPLIT) >> 23;
        let m = |x: f32| f32::from_bits(x.to_bits().wrapping_sub((e(x) << 23) as u32));
        (lanes!(|i| m(a[i])), lanes!(|i| e(a[i]) as f32))
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
#[path = "simd_x86.rs"]
mod x86;

#[cfg(test)]
#[path = "simd_test.rs"]
mod test;
