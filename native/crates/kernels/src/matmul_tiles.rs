//! `matmul` for many rows of a: a panel of b (some columns, a block of k) is widened to f32 in
//! scratch, and tiles of rows of a pass over it. c holds the chains between two blocks of k.

use crate::weight::{get_float, Bf16, Weight, F16, F32};
use crate::matmul::Matmul;
use crate::simd::{Scalar, Simd, LANES};
use crate::{dispatch, Float, Level};

/// Rows of b in a panel: with four vectors of columns it takes 32 KB, which fits L1.
const BLOCK_K: usize = 128;
/// The widest panel of all levels, in vectors.
const MAX_VECTORS: usize = 4;

/// Rows of a and columns of b in one tile.
pub fn tile(level: Level) -> (usize, usize) {
    let vectors = match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => vectors_of::<crate::simd::Avx512>(),
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => vectors_of::<crate::simd::Avx2>(),
        _ => vectors_of::<Scalar>(),
    };
    (6, vectors * LANES)
}

/// Four vectors where there are 32 registers, else one.
#[inline(always)]
const fn vectors_of<S: Simd>() -> usize {
    if S::TILE.0 >= 4 {
        MAX_VECTORS
    } else {
        1
    }
}

/// Bytes of scratch that `tiles_chunk` needs.
pub fn tiles_scratch() -> usize {
    BLOCK_K * MAX_VECTORS * LANES * 4
}

dispatch!(
    /// Rows m.0..m.1 of a times columns n.0..n.1 of b; `panel` is scratch of this thread.
    pub fn tiles_chunk(a: &Matmul, m: (usize, usize), n: (usize, usize), panel: *mut f32) = tiles_body
);

#[inline(always)]
unsafe fn tiles_body<S: Simd>(
    s: S,
    a: &Matmul,
    m: (usize, usize),
    n: (usize, usize),
    panel: *mut f32,
) {
    if vectors_of::<S>() == MAX_VECTORS {
        panels::<S, MAX_VECTORS>(s, a, m, n, panel)
    } else {
        panels::<S, 1>(s, a, m, n, panel)
    }
}

#[inline(always)]
unsafe fn panels<S: Simd, const V: usize>(
    s: S,
    a: &Matmul,
    m: (usize, usize),
    n: (usize, usize),
    panel: *mut f32,
) {
    let mut column = n.0;
    while column < n.1 {
        let width = (V * LANES).min(n.1 - column);
        let mut k0 = 0;
        // Runs once for K = 0 too: c is then zero (or the bias).
        loop {
            let kc = BLOCK_K.min(a.k - k0);
            match a.b_type {
                Float::F32 => widen::<S, F32, V>(s, a, k0, kc, column, width, panel),
                Float::Bf16 => widen::<S, Bf16, V>(s, a, k0, kc, column, width, panel),
                Float::F16 => widen::<S, F16, V>(s, a, k0, kc, column, width, panel),
            }
            let mut i = m.0;
            while i + 6 <= m.1 {
                tile_chains::<S, 6, V>(s, a, i, k0, kc, column, width, panel);
                i += 6;
            }
            match m.1 - i {
                5 => tile_chains::<S, 5, V>(s, a, i, k0, kc, column, width, panel),
                4 => tile_chains::<S, 4, V>(s, a, i, k0, kc, column, width, panel),
                3 => tile_chains::<S, 3, V>(s, a, i, k0, kc, column, width, panel),
                2 => tile_chains::<S, 2, V>(s, a, i, k0, kc, column, width, panel),
                1 => tile_chains::<S, 1, V>(s, a, i, k0, kc, column, width, panel),
                _ => {}
            }
            k0 += kc;
            if k0 >= a.k {
                break;
            }
        }
        column += V * LANES;
    }
}

/// Copies a block of b as f32: [kc][V * 16], missing columns zero.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn widen<S: Simd, B: Weight, const V: usize>(
    s: S,
    a: &Matmul,
    k0: usize,
    kc: usize,
    column: usize,
    width: usize,
    panel: *mut f32,
) {
    // Rows of b lie far apart: the hardware does not foresee them.
    const AHEAD_ROWS: usize = 8;
    for k in 0..kc {
        let from = (a.b as *const B::Bits).add((k0 + k) * a.b_stride + column);
        let to = panel.add(k * V * LANES);
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
    }
}

/// One tile: continues the chains of rows i..i+MR over a block of k.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn tile_chains<S: Simd, const MR: usize, const V: usize>(
    s: S,
    a: &Matmul,
    i: usize,
    k0: usize,
    kc: usize,
    column: usize,
    width: usize,
    panel: *const f32,
) {
    let c = a.c.add(i * a.c_stride + column);
    let mut acc = [[s.zero(); V]; MR];
    if k0 > 0 {
        for r in 0..MR {
            for v in 0..V {
                let at = v * LANES;
                if at + LANES <= width {
                    acc[r][v] = s.load(c.add(r * a.c_stride + at));
                } else if at < width {
                    acc[r][v] = s.load_part(c.add(r * a.c_stride + at), width - at);
                }
            }
        }
    }
    let mut x = a.a.add(i * a.a_stride + k0);
    let mut p = panel;
    for _ in 0..kc {
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
    let last = k0 + kc >= a.k && !a.bias.is_null();
    for r in 0..MR {
        for v in 0..V {
            let at = v * LANES;
            let n = LANES.min(width.saturating_sub(at));
            if n == 0 {
                break;
            }
            if last {
                acc[r][v] = s.add(acc[r][v], bias(s, a, column + at, n));
            }
            if n == LANES {
                s.store(c.add(r * a.c_stride + at), acc[r][v]);
            } else {
                s.store_part(c.add(r * a.c_stride + at), acc[r][v], n);
            }
        }
    }
}

#[inline(always)]
unsafe fn bias<S: Simd>(s: S, a: &Matmul, column: usize, n: usize) -> S::V {
    let mut values = [0f32; LANES];
    for (i, value) in values[..n].iter_mut().enumerate() {
        *value = get_float(a.bias, a.bias_type, column + i);
    }
    s.load(values.as_ptr())
}
