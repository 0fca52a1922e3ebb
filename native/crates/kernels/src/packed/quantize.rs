//! Float weights [N, K] to quantized ones: `Q8` and `Q4`.

use super::format::Scheme;
use super::{BLOCK, STRIP};
use crate::simd::{f16_to_f32, f32_to_f16};
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{Cx, Float};

/// The operands; the stride of w is in elements, rows are contiguous.
#[derive(Clone, Copy)]
pub struct Quantize {
    pub w: *const u8,
    pub w_type: Float,
    pub w_stride: usize,
    pub n: usize,
    pub k: usize,
    /// `Q8` or `Q4`.
    pub scheme: Scheme,
    /// How many k share a scale: a multiple of 32.
    pub group: usize,
    /// `scheme.bytes(n, k)` bytes.
    pub out: *mut u8,
}

// Chunks write disjoint strips; everything else is read only.
unsafe impl Sync for Quantize {}

/// Writes the quantized weights. Every code is the nearest to its weight for the scale as it is stored; of `Q4`
/// the weight of the largest magnitude gets the code -8.
///
/// # Safety
/// All pointers must be valid for the sizes given.
pub unsafe fn quantize(cx: &Cx, a: &Quantize) {
    let Some(bytes) = a.scheme.strip_bytes(a.k) else { return };
    cx.pool.run(a.n.div_ceil(STRIP), &|n| {
        std::ptr::write_bytes(a.out.add(n * bytes), 0, bytes);
        for row in 0..STRIP.min(a.n - n * STRIP) {
            quantize_row(a, n * STRIP + row, a.out.add(n * bytes), row);
        }
    });
}

unsafe fn quantize_row(a: &Quantize, n: usize, strip: *mut u8, row: usize) {
    let (tile_bytes, _) = a.scheme.sizes();
    let read = |k: usize| match a.w_type {
        Float::F32 => F32::read((a.w as *const f32).add(n * a.w_stride + k)),
        Float::Bf16 => Bf16::read((a.w as *const u16).add(n * a.w_stride + k)),
        Float::F16 => F16::read((a.w as *const u16).add(n * a.w_stride + k)),
    };
    for group in (0..a.k).step_by(a.group) {
        let end = (group + a.group).min(a.k);
        let mut most = 0f32;
        for k in group..end {
            let x = read(k);
            if x.abs() > most.abs() {
                most = x;
            }
        }
        let scale = f32_to_f16(if a.scheme == Scheme::Q4 { most / -8.0 } else { most.abs() / 127.0 });
        let step = f16_to_f32(scale);
        let inverse = if step != 0.0 { 1.0 / step } else { 0.0 };
        for start in (group..end).step_by(BLOCK) {
            let tile = strip.add(start / BLOCK * tile_bytes);
            (tile as *mut u16).add(row).write_unaligned(scale);
            let codes = tile.add(2 * STRIP);
            for i in 0..BLOCK {
                let x = if start + i < end { read(start + i) } else { 0.0 };
                let code = (x * inverse).round_ties_even();
                if a.scheme == Scheme::Q4 {
                    put4(codes, row, i, (code.clamp(-8.0, 7.0) as i32 + 8) as u8);
                } else {
                    put8(codes, row, i, code.clamp(-127.0, 127.0) as i32);
                }
            }
        }
    }
}

/// Writes the eight-bit code of k = `i` of a tile.
#[inline(always)]
pub(super) unsafe fn put8(codes: *mut u8, row: usize, i: usize, code: i32) {
    *codes.add(i / 4 * 64 + 4 * row + i % 4) = (code + 128) as u8;
}

/// Writes the four-bit code of k = `i` of a tile whose codes are zeros.
#[inline(always)]
pub(super) unsafe fn put4(codes: *mut u8, row: usize, i: usize, code: u8) {
    let half = BLOCK / 2;
    let at = codes.add(i % half / 4 * 64 + 4 * row + i % 4);
    *at |= if i < half { code & 15 } else { code << 4 };
}
