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

/// How far ahead a stream is prefetched: beyond 2 KiB, where a row ends within the distance.
const AHEAD_BYTES: usize = 4096;

dispatch!(
    /// All rows of x times rows n0..n1 of w.
    pub fn rows_chunk(a: &Linear, n0: usize, n1: usize) = rows_body
);

#[inline(always)]
unsafe fn rows_body<S: Simd>(s: S, a: &Linear, n0: usize, n1: usize) {
    match a.w_type {
        Float::F32 => streams::<S, F32>(s, a, n0, n1),
        Float::Bf16 => streams::<S, Bf16>(s, a, n0, n1),
        Float::F16 => streams::<S, F16>(s, a, n0, n1),
    }
}

/// Walks the four quarters of n0..n1 together.
#[inline(always)]
unsafe fn streams<S: Simd, W: Stored>(s: S, a: &Linear, n0: usize, n1: usize) {
    let quarter = (n1 - n0) / 4;
    let mut i = 0;
    while i < n1 - n0 {
        if i < 4 * quarter {
            four::<S, W>(
                s,
                a,
                Rows {
                    n: n0 + i / 4,
                    apart: quarter,
                    count: 4,
                },
            );
            i += 4;
        } else {
            // The last rows, fewer than four, one by one: the same row as all four, one counts.
            four::<S, W>(
                s,
                a,
                Rows {
                    n: n0 + i,
                    apart: 0,
                    count: 1,
                },
            );
            i += 1;
        }
    }
}

/// Four rows of w: n, n + apart, ...; the first `count` of them are written.
#[derive(Clone, Copy)]
struct Rows {
    n: usize,
    apart: usize,
    count: usize,
}

impl Rows {
    /// The rows after the first two.
    fn second_half(self) -> Rows {
        Rows {
            n: self.n + 2 * self.apart,
            count: self.count.saturating_sub(2),
            ..self
        }
    }
}

/// All rows of x times four rows of w, in groups with as many accumulators as there are registers for.
/// From the second group on, the rows of w come from the cache.
#[inline(always)]
unsafe fn four<S: Simd, W: Stored>(s: S, a: &Linear, rows: Rows) {
    let mut m = 0;
    while m < a.m {
        m += match (S::TILE, a.m - m) {
            ((4, 6), 1) => dots::<S, W, 1, 4>(s, a, m, rows),
            ((4, 6), 2) => dots::<S, W, 2, 4>(s, a, m, rows),
            ((4, 6), 3) => dots::<S, W, 3, 4>(s, a, m, rows),
            ((4, 6), _) => dots::<S, W, 4, 4>(s, a, m, rows),
            ((2, 3), 1) => dots::<S, W, 1, 4>(s, a, m, rows),
            ((2, 3), 2 | 4) => {
                dots::<S, W, 2, 2>(s, a, m, rows);
                dots::<S, W, 2, 2>(s, a, m, rows.second_half())
            }
            ((2, 3), _) => {
                dots::<S, W, 3, 2>(s, a, m, rows);
                dots::<S, W, 3, 2>(s, a, m, rows.second_half())
            }
            _ => {
                for r in 0..rows.count {
                    let n = rows.n + r * rows.apart;
                    dots::<S, W, 1, 1>(
                        s,
                        a,
                        m,
                        Rows {
                            n,
                            apart: 0,
                            count: 1,
                        },
                    );
                }
                1
            }
        };
    }
}

/// Rows m.. of x times the first R of the rows of w; returns M.
#[inline(always)]
unsafe fn dots<S: Simd, W: Stored, const M: usize, const R: usize>(
    s: S,
    a: &Linear,
    m: usize,
    rows: Rows,
) -> usize {
    let from = a.x.add(m * a.x_stride);
    let whole = a.k / LANES * LANES;
    let tail = a.k - whole;
    let mut w = [a.w as *const W::Raw; R];
    for r in 0..R {
        w[r] = w[r].add((rows.n + r * rows.apart) * a.w_stride);
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
            let x = s.load(from.add(m * a.x_stride + k));
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
            let x = s.load_part(from.add(m * a.x_stride + k), tail);
            for r in 0..R {
                acc[m][r] = s.fma(x, v[r], acc[m][r]);
            }
        }
    }
    let mut sums = [[0f32; 4]; 4];
    for m in 0..M {
        if R == 4 {
            sums[m] = s.reduce_sum4([acc[m][0], acc[m][1 % R], acc[m][2 % R], acc[m][3 % R]]);
        } else {
            for r in 0..R {
                sums[m][r] = s.reduce_sum(acc[m][r]);
            }
        }
    }
    write(
        a,
        &sums[..M],
        m,
        Rows {
            count: rows.count.min(R),
            ..rows
        },
    );
    M
}

/// Adds the bias and writes the sums: row m + i of y, columns of the rows of w.
#[inline(never)]
unsafe fn write(a: &Linear, sums: &[[f32; 4]], m: usize, rows: Rows) {
    for r in 0..rows.count {
        let n = rows.n + r * rows.apart;
        let bias = if a.bias.is_null() {
            None
        } else {
            Some(a.bias(n))
        };
        for (i, sum) in sums.iter().enumerate() {
            *a.y.add((m + i) * a.y_stride + n) = match bias {
                Some(b) => sum[r] + b,
                None => sum[r],
            };
        }
    }
}
