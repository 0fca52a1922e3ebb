//! The types in which weights are stored, as types, so that a kernel is compiled for each.

use crate::simd::{bf16_to_f32, f16_to_f32, Simd};
use crate::Float;

/// How to read sixteen values of one storage type as f32 (widening is exact).
pub trait Weight: Copy {
    /// What lies in memory.
    type Bits: Copy;
    const FLOAT: Float;

    /// # Safety
    /// `p` must be readable for sixteen values and the features of `S` present.
    unsafe fn load<S: Simd>(s: S, p: *const Self::Bits) -> S::V;
    /// Loads `n` < 16 values, the other lanes are zero.
    ///
    /// # Safety
    /// `p` must be readable for `n` values and the features of `S` present.
    unsafe fn load_part<S: Simd>(s: S, p: *const Self::Bits, n: usize) -> S::V;
    /// # Safety
    /// `p` must be readable.
    unsafe fn get(p: *const Self::Bits) -> f32;
}

#[derive(Clone, Copy)]
pub struct F32;
#[derive(Clone, Copy)]
pub struct Bf16;
#[derive(Clone, Copy)]
pub struct F16;

impl Weight for F32 {
    type Bits = f32;
    const FLOAT: Float = Float::F32;
    #[inline(always)]
    unsafe fn load<S: Simd>(s: S, p: *const f32) -> S::V {
        s.load(p)
    }
    #[inline(always)]
    unsafe fn load_part<S: Simd>(s: S, p: *const f32, n: usize) -> S::V {
        s.load_part(p, n)
    }
    #[inline(always)]
    unsafe fn get(p: *const f32) -> f32 {
        *p
    }
}

impl Weight for Bf16 {
    type Bits = u16;
    const FLOAT: Float = Float::Bf16;
    #[inline(always)]
    unsafe fn load<S: Simd>(s: S, p: *const u16) -> S::V {
        s.load_bf16(p)
    }
    #[inline(always)]
    unsafe fn load_part<S: Simd>(s: S, p: *const u16, n: usize) -> S::V {
        s.load_part_bf16(p, n)
    }
    #[inline(always)]
    unsafe fn get(p: *const u16) -> f32 {
        bf16_to_f32(*p)
    }
}

impl Weight for F16 {
    type Bits = u16;
    const FLOAT: Float = Float::F16;
    #[inline(always)]
    unsafe fn load<S: Simd>(s: S, p: *const u16) -> S::V {
        s.load_f16(p)
    }
    #[inline(always)]
    unsafe fn load_part<S: Simd>(s: S, p: *const u16, n: usize) -> S::V {
        s.load_part_f16(p, n)
    }
    #[inline(always)]
    unsafe fn get(p: *const u16) -> f32 {
        f16_to_f32(*p)
    }
}

/// Reads value `i` of an array whose type is known at run time only.
///
/// # Safety
/// `p` must hold more than `i` values of that type.
#[inline(always)]
pub unsafe fn get_float(p: *const u8, float: Float, i: usize) -> f32 {
    match float {
        Float::F32 => F32::get((p as *const f32).add(i)),
        Float::Bf16 => Bf16::get((p as *const u16).add(i)),
        Float::F16 => F16::get((p as *const u16).add(i)),
    }
}
