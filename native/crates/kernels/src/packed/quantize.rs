//! Float weights [N, K] to quantized ones: `Q8` and `Q4`.

use super::format::Scheme;
use super::ints::Ints;
use super::{BLOCK, STRIP};
use crate::simd::{f16_to_f32, f32_to_f16, LANES};
use crate::stored::{load_any, load_part_any};
use crate::{dispatch, Cx, Float};

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
    let level = cx.level;
    cx.pool.run(a.n.div_ceil(STRIP), &|n| {
        std::ptr::write_bytes(a.out.add(n * bytes), 0, bytes);
        for i in 0..STRIP.min(a.n - n * STRIP) {
            row(level, a, n * STRIP + i, a.out.add(n * bytes));
        }
    });
}

dispatch!(fn row(a: &Quantize, n: usize, strip: *mut u8) = row_body);

/// Row `n`, which is one of the strip.
#[inline(always)]
unsafe fn row_body<S: Ints>(s: S, a: &Quantize, n: usize, strip: *mut u8) {
    let (tile_bytes, _) = a.scheme.sizes();
    let w = a.w.add(n * a.w_stride * a.w_type.size());
    for group in (0..a.k).step_by(a.group) {
        let end = (group + a.group).min(a.k);
        let (mut most, mut least) = (s.zero(), s.zero());
        // No number as soon as one of them is none, or infinite: so is the scale then.
        let mut check = s.zero();
        for k in (group..end).step_by(LANES) {
            let v = load(s, a, w, k);
            most = s.max(most, v);
            least = s.max(least, s.sub(s.zero(), v));
            check = s.fma(v, s.zero(), check);
        }
        let (most, least) = (s.reduce_max(most), s.reduce_max(least));
        let scale = f32_to_f16(s.reduce_sum(check) + match a.scheme {
            Scheme::Q4 => if most >= least { most / -8.0 } else { least / 8.0 },
            _ => most.max(least) / 127.0,
        });
        let step = f16_to_f32(scale);
        let inverse = s.splat(if step != 0.0 && step.is_finite() { 1.0 / step } else { 0.0 });
        for start in (group..end).step_by(BLOCK) {
            let mut codes = [0i8; BLOCK];
            for half in 0..2 {
                let v = s.round(s.mul(load(s, a, w, start + half * LANES), inverse));
                let (low, high) = if a.scheme == Scheme::Q4 { (-8.0, 7.0) } else { (-127.0, 127.0) };
                let v = s.max(s.min(v, s.splat(high)), s.splat(low));
                s.store_i8(codes.as_mut_ptr().add(half * LANES), v);
            }
            let tile = strip.add(start / BLOCK * tile_bytes);
            (tile as *mut u16).add(n % STRIP).write_unaligned(scale);
            put_row(a.scheme, tile.add(2 * STRIP), n % STRIP, &codes);
        }
    }
}

/// Sixteen values of a row; zeros beyond its end.
#[inline(always)]
unsafe fn load<S: Ints>(s: S, a: &Quantize, w: *const u8, k: usize) -> S::V {
    if k + LANES <= a.k {
        load_any(s, a.w_type, w, k)
    } else {
        load_part_any(s, a.w_type, w, k, a.k.saturating_sub(k))
    }
}

/// Writes the codes of one row of a tile.
#[inline(always)]
unsafe fn put_row(scheme: Scheme, codes: *mut u8, row: usize, q: &[i8; BLOCK]) {
    let half = BLOCK / 2;
    let at = |g: usize| codes.add(64 * g + 4 * row) as *mut [u8; 4];
    if scheme == Scheme::Q4 {
        for g in 0..BLOCK / 8 {
            let byte = |j: usize| (q[4 * g + j] + 8) as u8 | ((q[half + 4 * g + j] + 8) as u8) << 4;
            at(g).write_unaligned([byte(0), byte(1), byte(2), byte(3)]);
        }
    } else {
        for g in 0..BLOCK / 4 {
            at(g).write_unaligned([0, 1, 2, 3].map(|j| q[4 * g + j] as u8));
        }
    }
}

/// Writes the eight-bit code of k = `i` of a tile.
#[inline(always)]
pub(super) unsafe fn put8(codes: *mut u8, row: usize, i: usize, code: i32) {
    *codes.add(i / 4 * 64 + 4 * row + i % 4) = code as u8;
}

/// Writes the four-bit code of k = `i` of a tile whose codes are zeros.
#[inline(always)]
pub(super) unsafe fn put4(codes: *mut u8, row: usize, i: usize, code: u8) {
    let half = BLOCK / 2;
    let at = codes.add(i % half / 4 * 64 + 4 * row + i % 4);
    *at |= if i < half { code & 15 } else { code << 4 };
}
