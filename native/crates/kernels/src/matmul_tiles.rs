//! `matmul` for many rows of a: a panel of b (some columns, a block of k) is widened to f32 in
//! scratch, and tiles of rows of a pass over it. c holds the chains between two blocks of k.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use crate::matmul::Matmul;
use crate::simd::{Scalar, Simd, LANES};
use crate::stored::{load_part_any, Bf16, Stored, F16, F32};
use crate::{dispatch, Float, Level};

/// Rows of b in a panel: with four vectors of columns it takes 32 KB, which fits L1.
const BLOCK_K: usize = 128;
/// The widest panel of all levels, in vectors.
const MAX_VECTORS: usize = 4;
/// The highest tile of all levels, in rows.
const MAX_ROWS: usize = 6;

/// Rows of a and columns of b in one tile.
pub fn tile(level: Level) -> (usize, usize) {
    let (rows, vectors) = match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 | Level::Amx => tile_of::<crate::simd::Avx512>(),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => tile_of::<crate::simd::Avx2>(),
        _ => tile_of::<Scalar>(),
    };
    (rows, vectors * LANES)
}

/// Rows of a and vectors of columns that fit the registers of a level.
#[inline(always)]
const fn tile_of<S: Simd>() -> (usize, usize) {
    match S::TILE {
        (4, 6) => (MAX_ROWS, MAX_VECTORS),
        (2, 3) => (MAX_ROWS, 1),
        _ => (1, 1),
    }
}

/// Scratch of one thread: the panel, a tile of c at its edge, the bias of the panel's columns.
struct Scratch {
    panel: *mut f32,
    edge: *mut f32,
    bias: *mut f32,
}

/// Bytes of scratch that `tiles_chunk` needs.
pub fn tiles_scratch() -> usize {
    (BLOCK_K + MAX_ROWS + 1) * MAX_VECTORS * LANES * 4
}

dispatch!(
    /// Rows m.0..m.1 of a times columns n.0..n.1 of b; `memory` is scratch of this thread.
    pub fn tiles_chunk(a: &Matmul, m: (usize, usize), n: (usize, usize), memory: *mut f32) = tiles_body
);

#[inline(always)]
unsafe fn tiles_body<S: Simd>(
    s: S,
    a: &Matmul,
    m: (usize, usize),
    n: (usize, usize),
    memory: *mut f32,
) {
    let edge = memory.add(BLOCK_K * MAX_VECTORS * LANES);
    let t = Scratch {
        panel: memory,
        edge,
        bias: edge.add(MAX_ROWS * MAX_VECTORS * LANES),
    };
    let (_, vectors) = tile_of::<S>();
    let mut column = n.0;
    while column < n.1 {
        let width = (vectors * LANES).min(n.1 - column);
        // The last panel takes no more vectors than it has columns for.
        match (tile_of::<S>(), width.div_ceil(LANES)) {
            ((6, 4), 3..) => panel::<S, 6, 4>(s, a, m, column, width, &t),
            ((6, 4), 2) => panel::<S, 6, 2>(s, a, m, column, width, &t),
            ((6, _), _) => panel::<S, 6, 1>(s, a, m, column, width, &t),
            _ => panel::<S, 1, 1>(s, a, m, column, width, &t),
        }
        column += width;
    }
}

/// A block of k after another: widens it and continues the chains of all rows.
#[inline(always)]
unsafe fn panel<S: Simd, const MR: usize, const V: usize>(
    s: S,
    a: &Matmul,
    m: (usize, usize),
    column: usize,
    width: usize,
    t: &Scratch,
) {
    if !a.bias.is_null() {
        let mut j = 0;
        while j < width {
            let bias = load_part_any(s, a.bias_type, a.bias, column + j, LANES.min(width - j));
            s.store(t.bias.add(j), bias);
            j += LANES;
        }
    }
    let mut k0 = 0;
    // Runs once for K = 0 too: c is then zero (or the bias).
    loop {
        let k = (k0, (k0 + BLOCK_K).min(a.k));
        match a.b_type {
            Float::F32 => widen::<S, F32, V>(s, a, k, column, width, t.panel),
            Float::Bf16 => widen::<S, Bf16, V>(s, a, k, column, width, t.panel),
            Float::F16 => widen::<S, F16, V>(s, a, k, column, width, t.panel),
        }
        // While this block is computed, the next one comes into the cache: a line of each of its
        // rows per tile.
        let (next_k, next_column) = if k.1 < a.k {
            (k.1, column)
        } else {
            (0, column + width)
        };
        let mut ahead =
            a.b.wrapping_add((next_k * a.b_stride + next_column) * a.b_type.size());
        let mut i = m.0;
        while i + MR <= m.1 {
            tile_chains::<S, MR, V>(s, a, i, k, column, width, ahead, t);
            ahead = ahead.wrapping_add(64);
            i += MR;
        }
        while i < m.1 {
            tile_chains::<S, 1, V>(s, a, i, k, column, width, ahead, t);
            i += 1;
        }
        k0 = k.1;
        if k0 >= a.k {
            return;
        }
    }
}

/// Copies a block of b as f32: [k][V * 16], missing columns zero.
#[inline(always)]
unsafe fn widen<S: Simd, B: Stored, const V: usize>(
    s: S,
    a: &Matmul,
    k: (usize, usize),
    column: usize,
    width: usize,
    panel: *mut f32,
) {
    // Rows of b lie far apart: the hardware does not foresee them.
    const AHEAD_ROWS: usize = 8;
    let mut to = panel;
    for k in k.0..k.1 {
        let from = (a.b as *const B::Raw).add(k * a.b_stride + column);
        for v in 0..V {
            let at = v * LANES;
            s.prefetch(from.wrapping_add(AHEAD_ROWS * a.b_stride + at) as *const u8);
            if at + LANES <= width {
                s.store(to.add(at), B::load(s, from.add(at)));
            } else if at < width {
                s.store(to.add(at), B::load_part(s, from.add(at), width - at));
            } else {
                s.store(to.add(at), s.zero());
            }
        }
        to = to.add(V * LANES);
    }
}

/// One tile: continues the chains of rows i..i+MR over a block of k.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn tile_chains<S: Simd, const MR: usize, const V: usize>(
    s: S,
    a: &Matmul,
    i: usize,
    k: (usize, usize),
    column: usize,
    width: usize,
    ahead: *const u8,
    t: &Scratch,
) {
    // A tile that is not as wide as its vectors is kept beside c.
    let c = a.c.add(i * a.c_stride + column);
    let whole = width == V * LANES;
    let (at, stride) = if whole {
        (c, a.c_stride)
    } else {
        (t.edge, V * LANES)
    };
    let mut acc = [[s.zero(); V]; MR];
    if k.0 > 0 {
        if !whole {
            copy_rows(c, a.c_stride, at, stride, MR, width);
        }
        for r in 0..MR {
            for v in 0..V {
                acc[r][v] = s.load(at.add(r * stride + v * LANES));
            }
        }
    }
    let mut x = a.a.add(i * a.a_stride + k.0);
    let mut p = t.panel;
    let mut ahead = ahead;
    for _ in k.0..k.1 {
        s.prefetch(ahead);
        ahead = ahead.wrapping_add(a.b_stride * a.b_type.size());
        let mut b = [s.zero(); V];
        for v in 0..V {
            b[v] = s.load(p.add(v * LANES));
        }
        for r in 0..MR {
            let y = s.splat(*x.add(r * a.a_stride));
            for v in 0..V {
                acc[r][v] = s.fma(y, b[v], acc[r][v]);
            }
        }
        x = x.add(1);
        p = p.add(V * LANES);
    }
    if k.1 >= a.k && !a.bias.is_null() {
        for v in 0..V {
            let bias = s.load(t.bias.add(v * LANES));
            for r in 0..MR {
                acc[r][v] = s.add(acc[r][v], bias);
            }
        }
    }
    for r in 0..MR {
        for v in 0..V {
            s.store(at.add(r * stride + v * LANES), acc[r][v]);
        }
    }
    if !whole {
        copy_rows(at, stride, c, a.c_stride, MR, width);
    }
}

#[inline(never)]
unsafe fn copy_rows(
    from: *const f32,
    from_stride: usize,
    to: *mut f32,
    to_stride: usize,
    rows: usize,
    width: usize,
) {
    for r in 0..rows {
        core::ptr::copy_nonoverlapping(from.add(r * from_stride), to.add(r * to_stride), width);
    }
}
