//! `matmul` for few rows of a: memory is the limit. Several rows of b are read together as streams,
//! and a piece of c stays in L1 while all of K passes over it.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use crate::matmul::Matmul;
use crate::simd::{Simd, LANES};
use crate::stored::{load_part_any, Bf16, Stored, F16, F32};
use crate::{dispatch, Float};

/// Up to here b is used straight from memory; above, panels of it are widened first.
pub const MAX_ROWS: usize = 24;

/// Rows of a that are computed together.
const GROUP: usize = 4;
/// Bytes of b that stay in L2 from one group to the next.
const PIECE_BYTES: usize = 512 * 1024;
/// Columns of such a piece at least: a shorter run of a row is not worth a stream.
const MIN_PIECE: usize = 128;

dispatch!(
    /// All rows of a times columns n0..n1 of b.
    pub fn rows_chunk(a: &Matmul, n0: usize, n1: usize) = rows_body
);

#[inline(always)]
unsafe fn rows_body<S: Simd>(s: S, a: &Matmul, n0: usize, n1: usize) {
    match a.b_type {
        Float::F32 => rows_of::<S, F32>(s, a, n0, n1),
        Float::Bf16 => rows_of::<S, Bf16>(s, a, n0, n1),
        Float::F16 => rows_of::<S, F16>(s, a, n0, n1),
    }
}

#[inline(always)]
unsafe fn rows_of<S: Simd, B: Stored>(s: S, a: &Matmul, n0: usize, n1: usize) {
    let whole = n0 + (n1 - n0) / LANES * LANES;
    // So many columns that a second group of rows of a finds the piece of b in the cache.
    let row_bytes = size_of::<B::Raw>() * a.k.max(1);
    let step = if a.m > GROUP {
        (PIECE_BYTES / row_bytes).max(MIN_PIECE) / LANES * LANES
    } else {
        whole - n0
    };
    let mut n = n0;
    while n < whole {
        let end = (n + step).min(whole);
        let mut m = 0;
        while m < a.m {
            let part = Matmul {
                a: a.a.add(m * a.a_stride),
                c: a.c.add(m * a.c_stride),
                ..*a
            };
            m += match (S::TILE, a.m - m) {
                ((1, _), _) => columns::<S, B, 1, 1>(s, &part, n, end),
                (_, 1) => columns::<S, B, 1, 4>(s, &part, n, end),
                (_, 2) => columns::<S, B, 2, 4>(s, &part, n, end),
                (_, 3) => columns::<S, B, 3, 4>(s, &part, n, end),
                _ => columns::<S, B, GROUP, 4>(s, &part, n, end),
            };
        }
        n = end;
    }
    if whole < n1 {
        edge::<S, B>(s, a, whole, n1 - whole);
    }
    if !a.bias.is_null() {
        add_bias(s, a, n0, n1);
    }
}

/// `R` rows of b at a time over the whole piece of c, for M rows of a; returns M.
#[inline(always)]
unsafe fn columns<S: Simd, B: Stored, const M: usize, const R: usize>(
    s: S,
    a: &Matmul,
    n0: usize,
    n1: usize,
) -> usize {
    for m in 0..M {
        core::ptr::write_bytes(a.c.add(m * a.c_stride + n0), 0, n1 - n0);
    }
    let mut k = 0;
    while k + R <= a.k {
        group::<S, B, M, R>(s, a, k, n0, n1);
        k += R;
    }
    while k < a.k {
        group::<S, B, M, 1>(s, a, k, n0, n1);
        k += 1;
    }
    M
}

#[inline(always)]
unsafe fn add_bias<S: Simd>(s: S, a: &Matmul, n0: usize, n1: usize) {
    let mut n = n0;
    while n < n1 {
        let count = LANES.min(n1 - n);
        let bias = load_part_any(s, a.bias_type, a.bias, n, count);
        for m in 0..a.m {
            let c = a.c.add(m * a.c_stride + n);
            if count == LANES {
                s.store(c, s.add(s.load(c), bias));
            } else {
                s.store_part(c, s.add(s.load_part(c, count), bias), count);
            }
        }
        n += LANES;
    }
}

/// Adds rows k..k+R of b to whole vectors of c; the rows after them are prefetched.
#[inline(always)]
unsafe fn group<S: Simd, B: Stored, const M: usize, const R: usize>(
    s: S,
    a: &Matmul,
    k: usize,
    n0: usize,
    n1: usize,
) {
    let mut x = [[s.zero(); R]; M];
    let mut b = [a.b as *const B::Raw; R];
    for r in 0..R {
        b[r] = b[r].add((k + r) * a.b_stride);
        for m in 0..M {
            x[m][r] = s.splat(*a.a.add(m * a.a_stride + k + r));
        }
    }
    let next = R * a.b_stride;
    let mut n = n0;
    while n + LANES <= n1 {
        let mut v = [s.zero(); R];
        for r in 0..R {
            s.prefetch(b[r].wrapping_add(next + n) as *const u8);
            v[r] = B::load(s, b[r].add(n));
        }
        for m in 0..M {
            let c = a.c.add(m * a.c_stride + n);
            let mut sum = s.load(c);
            for r in 0..R {
                sum = s.fma(x[m][r], v[r], sum);
            }
            s.store(c, sum);
        }
        n += LANES;
    }
}

/// The last columns, fewer than a vector: all of K in one register.
#[inline(always)]
unsafe fn edge<S: Simd, B: Stored>(s: S, a: &Matmul, n: usize, count: usize) {
    for m in 0..a.m {
        let mut sum = s.zero();
        for k in 0..a.k {
            let b = (a.b as *const B::Raw).add(k * a.b_stride + n);
            sum = s.fma(
                s.splat(*a.a.add(m * a.a_stride + k)),
                B::load_part(s, b, count),
                sum,
            );
        }
        s.store_part(a.c.add(m * a.c_stride + n), sum, count);
    }
}
