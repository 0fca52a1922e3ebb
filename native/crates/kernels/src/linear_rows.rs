//! `linear` for few rows of x: every weight is read once, straight from memory, so memory is the
//! limit. A chunk of weight rows is read as four streams with a prefetch ahead in each, which
//! keeps more lines in flight than one stream does.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use crate::linear::Linear;
use crate::simd::{Simd, LANES};
use crate::stored::{Bf16, Stored, F16, F32};
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
unsafe fn rows_of<S: Simd, W: Stored>(s: S, a: &Linear, n0: usize, n1: usize) {
    // Rows of x times streams: as many accumulators as the level has registers for.
    match S::TILE {
        (4, 6) => match a.m {
            1 => streams::<S, W, 1, 4>(s, a, n0, n1),
            2 => streams::<S, W, 2, 4>(s, a, n0, n1),
            3 => streams::<S, W, 3, 4>(s, a, n0, n1),
            4 => streams::<S, W, 4, 4>(s, a, n0, n1),
            5 => streams::<S, W, 5, 4>(s, a, n0, n1),
            6 => streams::<S, W, 6, 4>(s, a, n0, n1),
            7 => streams::<S, W, 7, 2>(s, a, n0, n1),
            _ => streams::<S, W, 8, 2>(s, a, n0, n1),
        },
        (2, 3) => match a.m {
            1 => streams::<S, W, 1, 4>(s, a, n0, n1),
            2 => streams::<S, W, 2, 2>(s, a, n0, n1),
            3 => streams::<S, W, 3, 2>(s, a, n0, n1),
            4 => streams::<S, W, 4, 1>(s, a, n0, n1),
            5 => streams::<S, W, 5, 1>(s, a, n0, n1),
            6 => streams::<S, W, 6, 1>(s, a, n0, n1),
            7 => streams::<S, W, 7, 1>(s, a, n0, n1),
            _ => streams::<S, W, 8, 1>(s, a, n0, n1),
        },
        _ => {
            for m in 0..a.m {
                let x = a.x.add(m * a.x_stride);
                let y = a.y.add(m * a.y_stride);
                streams::<S, W, 1, 1>(s, &Linear { x, y, m: 1, ..*a }, n0, n1);
            }
        }
    }
}

/// Walks the four quarters of n0..n1 together, `R` of them at a time.
#[inline(always)]
unsafe fn streams<S: Simd, W: Stored, const M: usize, const R: usize>(
    s: S,
    a: &Linear,
    n0: usize,
    n1: usize,
) {
    let quarter = (n1 - n0) / 4;
    let mut i = 0;
    while i < n1 - n0 {
        // The last rows, fewer than four, one by one: R times the same row, of which one counts.
        let (n, apart, count) = if i < 4 * quarter {
            (n0 + i / 4 + i % 4 * quarter, quarter, R)
        } else {
            (n0 + i, 0, 1)
        };
        dots::<S, W, M, R>(s, a, n, apart, count);
        i += count;
    }
}

/// M rows of x times the R rows n, n + apart, ... of w, of which the first `count` are written.
#[inline(always)]
unsafe fn dots<S: Simd, W: Stored, const M: usize, const R: usize>(
    s: S,
    a: &Linear,
    n: usize,
    apart: usize,
    count: usize,
) {
    let whole = a.k / LANES * LANES;
    let tail = a.k - whole;
    let mut w = [a.w as *const W::Raw; R];
    for r in 0..R {
        w[r] = w[r].add((n + r * apart) * a.w_stride);
    }
    let mut acc = [[s.zero(); R]; M];
    let mut k = 0;
    while k < whole {
        let mut v = [s.zero(); R];
        for r in 0..R {
            let at = w[r].add(k);
            s.prefetch((at as *const u8).wrapping_add(AHEAD_BYTES));
            v[r] = W::load(s, at);
        }
        for m in 0..M {
            let x = s.load(a.x.add(m * a.x_stride + k));
            for r in 0..R {
                acc[m][r] = s.fma(x, v[r], acc[m][r]);
            }
        }
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
    let mut sums = [[0f32; 4]; MAX_ROWS];
    for m in 0..M {
        sums[m] = match R {
            4 => s.reduce_sum4([acc[m][0], acc[m][1 % R], acc[m][2 % R], acc[m][3 % R]]),
            2 => [
                s.reduce_sum(acc[m][0]),
                s.reduce_sum(acc[m][1 % R]),
                0.0,
                0.0,
            ],
            _ => [s.reduce_sum(acc[m][0]), 0.0, 0.0, 0.0],
        };
    }
    write(a, &sums, n, apart, count);
}

/// Adds the bias and writes the sums of rows n, n + apart, ... of w.
#[inline(never)]
unsafe fn write(a: &Linear, sums: &[[f32; 4]; MAX_ROWS], n: usize, apart: usize, count: usize) {
    for r in 0..count {
        let n = n + r * apart;
        let y = a.y.add(n);
        if a.bias.is_null() {
            for m in 0..a.m {
                *y.add(m * a.y_stride) = sums[m][r];
            }
        } else {
            let bias = a.bias(n);
            for m in 0..a.m {
                *y.add(m * a.y_stride) = sums[m][r] + bias;
            }
        }
    }
}
