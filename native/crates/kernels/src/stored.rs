//! Float storage types as type parameters: what kernels load in place and convert in registers.

use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16, Simd, LANES};
use crate::{Float, KernelError};

/// One of f32, bf16 and f16 in memory; f32 in registers.
pub trait Stored {
    type Raw: Copy;
    const FLOAT: Float;
    /// Sixteen values.
    unsafe fn load<S: Simd>(s: S, p: *const Self::Raw) -> S::V;
    unsafe fn read(p: *const Self::Raw) -> f32;
    /// Rounds to the nearest value, ties to even.
    unsafe fn write(p: *mut Self::Raw, x: f32);

    /// Loads `n` <= 16 values, the other lanes are zero; touches no byte beyond them.
    #[inline(always)]
    unsafe fn load_part<S: Simd>(s: S, p: *const Self::Raw, n: usize) -> S::V {
        let mut a = [0f32; LANES];
        for (i, x) in a.iter_mut().enumerate().take(n) {
            *x = Self::read(p.add(i));
        }
        s.load(a.as_ptr())
    }
}

/// The float type of an operand, or the error of an operation that reads only floats in place.
pub fn require(op: &str, float: Option<Float>) -> Result<Float, KernelError> {
    float.ok_or_else(|| KernelError {
        code: "ERR_DTYPE",
        message: format!("{op}: weights and caches must be f32, bf16 or f16. Convert them first."),
    })
}

pub struct F32;
pub struct Bf16;
pub struct F16;

impl Stored for F32 {
    type Raw = f32;
    const FLOAT: Float = Float::F32;
    #[inline(always)]
    unsafe fn load<S: Simd>(s: S, p: *const f32) -> S::V {
        s.load(p)
    }
    #[inline(always)]
    unsafe fn read(p: *const f32) -> f32 {
        *p
    }
    #[inline(always)]
    unsafe fn write(p: *mut f32, x: f32) {
        *p = x
    }
    #[inline(always)]
    unsafe fn load_part<S: Simd>(s: S, p: *const f32, n: usize) -> S::V {
        if n == LANES {
            s.load(p)
        } else {
            s.load_part(p, n)
        }
    }
}

impl Stored for Bf16 {
    type Raw = u16;
    const FLOAT: Float = Float::Bf16;
    #[inline(always)]
    unsafe fn load<S: Simd>(s: S, p: *const u16) -> S::V {
        s.load_bf16(p)
    }
    #[inline(always)]
    unsafe fn read(p: *const u16) -> f32 {
        bf16_to_f32(*p)
    }
    #[inline(always)]
    unsafe fn write(p: *mut u16, x: f32) {
        *p = f32_to_bf16(x)
    }
}

impl Stored for F16 {
    type Raw = u16;
    const FLOAT: Float = Float::F16;
    #[inline(always)]
    unsafe fn load<S: Simd>(s: S, p: *const u16) -> S::V {
        s.load_f16(p)
    }
    #[inline(always)]
    unsafe fn read(p: *const u16) -> f32 {
        f16_to_f32(*p)
    }
    #[inline(always)]
    unsafe fn write(p: *mut u16, x: f32) {
        *p = f32_to_f16(x)
    }
}

/// Sixteen values of a type known only when running.
///
/// # Safety
/// `p` is readable for 16 elements of the type.
#[inline(always)]
pub unsafe fn load_any<S: Simd>(s: S, float: Float, p: *const u8, i: usize) -> S::V {
    match float {
        Float::F32 => s.load((p as *const f32).add(i)),
        Float::Bf16 => s.load_bf16((p as *const u16).add(i)),
        Float::F16 => s.load_f16((p as *const u16).add(i)),
    }
}

/// `n` <= 16 values of a type known only when running; the other lanes are zero.
///
/// # Safety
/// `p` is readable for `n` elements of the type.
#[inline(always)]
pub unsafe fn load_part_any<S: Simd>(s: S, float: Float, p: *const u8, i: usize, n: usize) -> S::V {
    match float {
        Float::F32 => F32::load_part(s, (p as *const f32).add(i), n),
        Float::Bf16 => Bf16::load_part(s, (p as *const u16).add(i), n),
        Float::F16 => F16::load_part(s, (p as *const u16).add(i), n),
    }
}
