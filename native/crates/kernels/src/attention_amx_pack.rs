//! Factors of `attention_amx` as tiles: queries and weights rounded to bf16 in rows, keys and values in pairs of
//! d and of keys. Keys and values are read as four streams, with the other one fetched meanwhile.

use crate::amx::{ROW, TILE};
use crate::attention_amx::{Pass, STEP, STEPS};
use crate::attention_softmax::{BLOCK, SCORES};
use crate::simd::LANES;
use core::arch::x86_64::*;
use std::ops::Range;

const STREAMS: usize = 4;

/// Word i of the one vector and word i of the other side by side, for the lower and for the upper sixteen.
static PAIRS: [[u16; 32]; 2] = [pairs(0), pairs(16)];
/// The same for the two halves of one vector.
static HALVES: [u16; 32] = {
    let mut order = [0; 32];
    let mut i = 0;
    while i < 32 {
        order[i] = (i / 2 + i % 2 * 16) as u16;
        i += 1;
    }
    order
};

const fn pairs(from: usize) -> [u16; 32] {
    let mut order = [0; 32];
    let mut i = 0;
    while i < 32 {
        order[i] = (from + i / 2 + i % 2 * 32) as u16;
        i += 1;
    }
    order
}

/// The first `n` of 32 words.
fn mask32(n: usize) -> u32 {
    if n >= 32 {
        !0
    } else {
        (1 << n) - 1
    }
}

/// Rows of queries: [16 rows][step] of tiles; rows that are missing are zero.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(crate) unsafe fn pack_queries(p: &Pass, to: *mut u8) {
    let steps = p.dim.div_ceil(STEP);
    for r in 0..p.rows.len().next_multiple_of(LANES) {
        let out = to.add(r / LANES * steps * TILE + r % LANES * ROW);
        for step in 0..steps {
            let mut value = _mm512_setzero_si512();
            if let Some(row) = p.rows.get(r) {
                let from = row.q.add(step * STEP);
                let mask = mask32(p.dim - step * STEP);
                let low = _mm512_maskz_loadu_ps(mask as __mmask16, from);
                let high =
                    _mm512_maskz_loadu_ps((mask >> 16) as __mmask16, from.wrapping_add(LANES));
                value = core::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
            }
            _mm512_store_si512(out.add(step * TILE) as *mut __m512i, value);
        }
    }
}

/// The tiles of sixteen keys `tiles`: [16 keys][step] of tiles [16 pairs of d][16 keys][2].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(crate) unsafe fn pack_keys(p: &Pass, tiles: Range<usize>, to: *mut u8) {
    let order = _mm512_loadu_si512(HALVES.as_ptr() as *const __m512i);
    let (count, steps) = (tiles.len(), p.dim.div_ceil(STEP));
    let apart = count.div_ceil(STREAMS);
    let bytes = 2 * LANES * p.dim;
    for i in 0..apart {
        for pair in 0..steps * LANES {
            // Two rows of sixteen keys, or what there is of them.
            let mask = mask32(LANES * p.dim.saturating_sub(2 * pair).min(2));
            for tile in (i..count).step_by(apart) {
                let at = (tiles.start + tile) * LANES * p.dim + 2 * LANES * pair;
                let rows = _mm512_maskz_loadu_epi16(mask, p.k.wrapping_add(at) as *const i16);
                let out = to.add((tile * steps + pair / LANES) * TILE + pair % LANES * ROW);
                _mm512_store_si512(out as *mut __m512i, _mm512_permutexvar_epi16(order, rows));
                if pair * ROW < bytes {
                    _mm_prefetch::<_MM_HINT_T0>(p.v.wrapping_add(at) as *const i8);
                }
            }
        }
    }
}

/// The keys `seen` of the block from `from` on: [16 d][step] of tiles [16 pairs of keys][16 d][2]; keys that nobody
/// sees are zero.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(crate) unsafe fn pack_values(p: &Pass, from: usize, seen: Range<usize>, to: *mut u8) {
    let order = [0, 1].map(|i: usize| _mm512_loadu_si512(PAIRS[i].as_ptr() as *const __m512i));
    let slices = p.dim.div_ceil(LANES);
    let (low, high) = ((seen.start - from) / STEP, (seen.end - from).div_ceil(STEP));
    let (first, apart) = (low * LANES, (high - low) * LANES / STREAMS);
    for i in 0..apart {
        for stream in 0..STREAMS {
            let pair = first + stream * apart + i;
            let key = from + 2 * pair;
            let out = to.add(pair / LANES * TILE + pair % LANES * ROW);
            for slice in (0..slices).step_by(2) {
                let at = key * p.dim + slice * LANES;
                let mask = mask32(p.dim - slice * LANES);
                let even = if seen.contains(&key) { mask } else { 0 };
                let odd = if seen.contains(&(key + 1)) { mask } else { 0 };
                let a = _mm512_maskz_loadu_epi16(even, p.v.wrapping_add(at) as *const i16);
                let b = _mm512_maskz_loadu_epi16(odd, p.v.wrapping_add(at + p.dim) as *const i16);
                for half in 0..2.min(slices - slice) {
                    let value = _mm512_permutex2var_epi16(a, order[half], b);
                    let out = out.add((slice + half) * STEPS * TILE);
                    _mm512_store_si512(out as *mut __m512i, value);
                }
                // The keys of the next block.
                let next = p.k.wrapping_add(at + BLOCK * p.dim);
                _mm_prefetch::<_MM_HINT_T0>(next as *const i8);
                _mm_prefetch::<_MM_HINT_T0>(next.wrapping_add(p.dim) as *const i8);
            }
        }
    }
}

/// The columns `columns` of rows of weights as [16][256] bf16; those beside them in the steps are zero.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(crate) unsafe fn pack_weights(
    weights: *const f32,
    rows: usize,
    columns: Range<usize>,
    steps: &Range<usize>,
    to: *mut u8,
) {
    for r in 0..rows {
        for x in (steps.start * STEP..steps.end * STEP).step_by(LANES) {
            let mut value = _mm512_setzero_ps();
            if columns.contains(&x) {
                value = _mm512_loadu_ps(weights.add(r * SCORES + x));
            }
            let value = core::mem::transmute::<__m256bh, __m256i>(_mm512_cvtneps_pbh(value));
            _mm256_store_si256(to.add(2 * (r * BLOCK + x)) as *mut __m256i, value);
        }
    }
}
