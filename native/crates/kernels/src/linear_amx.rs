//! `linear` with bf16 weights on AMX tiles: the weights as they lie in memory are the left factor, x rounded to
//! bf16 the right one, sums are f32.
//!
//! One written reduction order, that of the tile product: steps of 32 products from k = 0 on, in each the even
//! and the odd products as two chains of fused multiply-adds, their sum added to the sum of the steps before;
//! then the bias. K is filled up with zeros. A column of a tile knows nothing of the others, so a row of x has the
//! same bits alone (`linear_amx_few`) and among many (`linear_amx_many`).

use crate::amx::{self, ROW, TILE};
use crate::linear::Linear;
use crate::linear_amx_few::few_rows;
use crate::linear_amx_many::many_rows;
use crate::linear_amx_pack::STEP;
use crate::simd::LANES;
use crate::{Cx, Float, Level};
use core::arch::x86_64::*;

/// Whether tiles compute this product.
pub fn takes(level: Level, a: &Linear) -> bool {
    level == Level::Amx && a.w_type == Float::Bf16 && amx::available()
}

/// Products of the same x.
///
/// # Safety
/// As `linear`; `takes` was true for all of them.
pub unsafe fn linears_amx(cx: &Cx, list: &[Linear]) {
    match list.first() {
        Some(a) if a.m > 0 && a.m <= LANES => few_rows(cx, list),
        Some(a) if a.m > 0 => many_rows(cx, list),
        _ => {}
    }
}

/// Sixteen rows of weights as tiles, one after the other in k.
#[derive(Clone, Copy)]
pub struct Left {
    pub at: *const u8,
    /// Bytes between two rows of a tile, and between two tiles.
    pub stride: usize,
    pub step: usize,
}

impl Left {
    /// As they lie; the last K % 32 of each row are not among the tiles.
    pub unsafe fn in_place(a: &Linear, n: usize) -> Left {
        Left {
            at: a.w.add(2 * n * a.w_stride),
            stride: 2 * a.w_stride,
            step: ROW,
        }
    }

    /// Copied to `at` by `copy_tiles`.
    pub fn copied(at: *const u8) -> Left {
        Left {
            at,
            stride: ROW,
            step: TILE,
        }
    }
}

/// Copies the rows `n..n + 16` of w from `k` on as tiles; what is beyond N or K is zero.
#[target_feature(enable = "avx512f,avx512bw")]
pub unsafe fn copy_tiles(a: &Linear, n: usize, k: usize, to: *mut u8) {
    let tiles = (a.k - k).div_ceil(STEP);
    for r in 0..LANES {
        let mut out = to.add(r * ROW);
        if n + r >= a.n {
            for _ in 0..tiles {
                _mm512_storeu_si512(out as *mut __m512i, _mm512_setzero_si512());
                out = out.add(TILE);
            }
            continue;
        }
        let mut from = a.w.add(2 * ((n + r) * a.w_stride + k));
        for tile in 0..tiles {
            let count = STEP.min(a.k - k - tile * STEP);
            let value = if count == STEP {
                _mm512_loadu_si512(from as *const __m512i)
            } else {
                _mm512_maskz_loadu_epi16((1 << count) - 1, from as *const i16)
            };
            _mm512_storeu_si512(out as *mut __m512i, value);
            from = from.wrapping_add(ROW);
            out = out.add(TILE);
        }
    }
}

/// The bias of the outputs `n..n + 16`, zero beyond N.
pub unsafe fn bias16(a: &Linear, n: usize) -> [f32; LANES] {
    let mut bias = [0f32; LANES];
    for (j, value) in bias.iter_mut().enumerate().take(a.n - n) {
        *value = a.bias(n + j);
    }
    bias
}

/// Adds the bias and writes the first `count` of sixteen outputs.
#[inline]
#[target_feature(enable = "avx512f")]
pub unsafe fn write16(y: *mut f32, sums: __m512, count: usize, bias: Option<&[f32; LANES]>) {
    let sums = match bias {
        Some(bias) => _mm512_add_ps(sums, _mm512_loadu_ps(bias.as_ptr())),
        None => sums,
    };
    if count >= LANES {
        _mm512_storeu_ps(y, sums);
    } else {
        _mm512_mask_storeu_ps(y, (1 << count) - 1, sums);
    }
}

#[cfg(test)]
#[path = "linear_amx_test.rs"]
mod test;
