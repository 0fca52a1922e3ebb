//! `linear` for few rows of x: every weight is read once, straight from memory, so memory is the
//! limit. A chunk of weight rows is read as four streams with a prefetch ahead in each, which
//! keeps more lines in flight than one stream does.

use crate::weight::{get_float, Bf16, Weight, F16, F32};
use crate::linear::Linear;
use crate::simd::{Simd, LANES};
use crate::{dispatch, Float};

/// Up to here weights are used straight from memory; above, panels of them are widened first.
pub const MAX_ROWS: usize = 8;

/// How far ahead a stream is prefetched.
const AHEAD_BYTES: usize = 2048;

dispatch!(
    /// All rows of x times rows n0..n1 of w.
    pub fn rows_chunk(a: &Linear, n0: usize, n1: usize) = rows_body
);

#[inline(always)]
unsafe fn rows_body<S: Simd>(s: S, a: &Linear, n0: usize, n1: usize) {
    match a.w_type {
        Float::F32 => rows_of::<S, F32>(s, a, n0, n1),
        Float::Bf16 => rows_of::<S, Bf16>(s, a, n0, n1),
        Float::F16 => rows_of::<S, F16>(s, a, n0, n1),
    }
}

#[inline(always)]
unsafe fn rows_of<S: Simd, W: Weight>(s: S, a: &Linear, n0: usize, n1: usize) {
    // Rows of x times streams: as many accumulators as the level has registers for.
    if S::TILE.0 >= 4 {
        match a.m {
            1 => streams::<S, W, 1, 4>(s, a, n0, n1),
            2 => streams::<S, W, 2, 4>(s, a, n0, n1),
            3 => streams::<S, W, 3, 4>(s, a, n0, n1),
            4 => streams::<S, W, 4, 4>(s, a, n0, n1),
            5 => streams::<S, W, 5, 4>(s, a, n0, n1),
            6 => streams::<S, W, 6, 4>(s, a, n0, n1),
            7 => streams::<S, W, 7, 2>(s, a, n0, n1),
            _ => streams::<S, W, 8, 2>(s, a, n0, n1),
        }
    } else {
        match a.m {
            1 => streams::<S, W, 1, 4>(s, a, n0, n1),
            2 => streams::<S, W, 2, 2>(s, a, n0, n1),
            3 => streams::<S, W, 3, 2>(s, a, n0, n1),
            4 => streams::<S, W, 4, 1>(s, a, n0, n1),
            5 => streams::<S, W, 5, 1>(s, a, n0, n1),
            6 => streams::<S, W, 6, 1>(s, a, n0, n1),
            7 => streams::<S, W, 7, 1>(s, a, n0, n1),
            _ => streams::<S, W, 8, 1>(s, a, n0, n1),
        }
    }
}

/// Walks the four quarters of n0..n1 together, `R` of them at a time.
#[inline(always)]
unsafe fn streams<S: Simd, W: Weight, const M: usize, const R: usize>(
    s: S,
    a: &Linear,
    n0: usize,
    n1: usize,
) {
    let quarter = (n1 - n0) / 4;
    for i in 0..quarter {
        let mut q = 0;
        while q < 4 {
            dots::<S, W, M, R>(s, a, n0 + q * quarter + i, quarter);
            q += R;
        }
    }
    for n in n0 + 4 * quarter..n1 {
        dots::<S, W, M, 1>(s, a, n, 0);
    }
}

/// M rows of x times the R rows n, n + apart, ... of w.
#[inline(always)]
unsafe fn dots<S: Simd, W: Weight, const M: usize, const R: usize>(
    s: S,
    a: &Linear,
    n: usize,
    apart: usize,
) {
    let steps = a.k / LANES;
    let tail = a.k % LANES;
    let width = core::mem::size_of::<W::Bits>();
    let mut w = [a.w as *const W::Bits; R];
    for r in 0..R {
        w[r] = w[r].add((n + r * apart) * a.w_stride);
    }
    let mut acc = [[s.zero(); R]; M];
    let mut k = 0;
    // Sixteen 16-bit values are half a cache line: one prefetch for two steps.
    let unroll = 4 / width;
    let end = steps / unroll * unroll * LANES;
    while k < end {
        for r in 0..R {
            s.prefetch((w[r] as *const u8).wrapping_add(k * width + AHEAD_BYTES));
        }
        for u in 0..unroll {
            step::<S, W, M, R>(s, a, &w, k + u * LANES, &mut acc);
        }
        k += unroll * LANES;
    }
    while k < steps * LANES {
        step::<S, W, M, R>(s, a, &w, k, &mut acc);
        k += LANES;
    }
    if tail > 0 {
        let mut v = [s.zero(); R];
        for r in 0..R {
            v[r] = W::load_part(s, w[r].add(k), tail);
        }
        for m in 0..M {
            let x = s.load_part(a.x.add(m * a.x_stride + k), tail);
            for r in 0..R {
                acc[m][r] = s.fma(x, v[r], acc[m][r]);
            }
        }
    }
    for m in 0..M {
        let mut four = [s.zero(); 4];
        four[..R].copy_from_slice(&acc[m][..]);
        let sums = s.reduce_sum4(four);
        for r in 0..R {
            let n = n + r * apart;
            let bias = if a.bias.is_null() { None } else { Some(get_float(a.bias, a.bias_type, n)) };
            *a.y.add(m * a.y_stride + n) = match bias {
                Some(b) => sums[r] + b,
                None => sums[r],
            };
        }
    }
}

#[inline(always)]
unsafe fn step<S: Simd, W: Weight, const M: usize, const R: usize>(
    s: S,
    a: &Linear,
    w: &[*const W::Bits; R],
    k: usize,
    acc: &mut [[S::V; R]; M],
) {
    let mut v = [s.zero(); R];
    for r in 0..R {
        v[r] = W::load(s, w[r].add(k));
    }
    for m in 0..M {
        let x = s.load(a.x.add(m * a.x_stride + k));
        for r in 0..R {
            acc[m][r] = s.fma(x, v[r], acc[m][r]);
        }
    }
}
