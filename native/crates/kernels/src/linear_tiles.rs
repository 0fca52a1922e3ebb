//! `linear` for many rows of x: a panel of weight rows is widened to f32 in scratch that stays in
//! L1, and tiles of rows of x pass over it. A tile keeps one accumulator vector per output.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use crate::linear::Linear;
use crate::simd::{Scalar, Simd, LANES};
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{dispatch, Float, Level};

/// The largest tile of all levels, in outputs.
const MAX_SUMS: usize = 24;

/// Rows of x and of w in one tile.
pub fn tile(level: Level) -> (usize, usize) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 | Level::Amx => crate::simd::Avx512::TILE,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => crate::simd::Avx2::TILE,
        _ => Scalar::TILE,
    }
}

/// Values of a panel's and a tile's rows together that stay in L1.
const L1_VALUES: usize = 8 * 1024;

/// Floats of scratch that `tiles_chunk` needs for so many rows of x: the panel, and between two
/// blocks of k the accumulators.
pub fn tiles_scratch(level: Level, rows: usize, k: usize) -> usize {
    let (tile_m, tile_n) = tile(level);
    let step = block_k(tile_m + tile_n, k);
    let panel = tile_n * step.next_multiple_of(LANES);
    if step >= k {
        panel
    } else {
        panel + rows * tile_n * LANES
    }
}

/// Length of a block of k: an even share, so that no block is short.
#[inline(always)]
fn block_k(rows: usize, k: usize) -> usize {
    let blocks = (rows * k).div_ceil(L1_VALUES).max(1);
    k.div_ceil(blocks).next_multiple_of(LANES)
}

dispatch!(
    /// Rows m.0..m.1 of x times rows n.0..n.1 of w; `memory` is scratch of this thread.
    pub fn tiles_chunk(a: &Linear, m: (usize, usize), n: (usize, usize), memory: *mut f32) = tiles_body
);

#[inline(always)]
unsafe fn tiles_body<S: Simd>(
    s: S,
    a: &Linear,
    m: (usize, usize),
    n: (usize, usize),
    memory: *mut f32,
) {
    let mut row = n.0;
    while row < n.1 {
        match S::TILE {
            (4, 6) => panel::<S, 4, 6>(s, a, m, row, n.1, memory),
            (2, 3) => panel::<S, 2, 3>(s, a, m, row, n.1, memory),
            _ => panel::<S, 1, 2>(s, a, m, row, n.1, memory),
        }
        row += S::TILE.1;
    }
}

/// What the tiles of a panel share.
struct Panel<const NR: usize> {
    /// The first row of w, and how many there are (fewer than NR at the end).
    row: usize,
    rows: usize,
    /// The block of k.
    k: (usize, usize),
    values: *const f32,
    /// Accumulators of all tiles between two blocks.
    sums: *mut f32,
    bias: [f32; NR],
}

#[inline(always)]
unsafe fn panel<S: Simd, const MR: usize, const NR: usize>(
    s: S,
    a: &Linear,
    m: (usize, usize),
    row: usize,
    end: usize,
    memory: *mut f32,
) {
    let rows = NR.min(end - row);
    let step = block_k(MR + NR, a.k);
    let mut bias = [0f32; NR];
    if !a.bias.is_null() {
        for j in 0..rows {
            bias[j] = a.bias(row + j);
        }
    }
    let sums = memory.add(NR * step);
    // While this panel is computed, the next one comes into the cache, one line per step.
    let mut ahead = Ahead::new(a, row + NR, end, NR, memory);
    let mut k0 = 0;
    // Runs once for K = 0 too: y is then zero (or the bias).
    loop {
        let k = (k0, (k0 + step).min(a.k));
        match a.w_type {
            Float::F32 => widen::<S, F32, NR>(s, a, row, rows, k, memory),
            Float::Bf16 => widen::<S, Bf16, NR>(s, a, row, rows, k, memory),
            Float::F16 => widen::<S, F16, NR>(s, a, row, rows, k, memory),
        }
        let mut p = Panel {
            row,
            rows,
            k,
            values: memory,
            sums,
            bias,
        };
        let mut i = m.0;
        while i + MR <= m.1 {
            tile_sums::<S, MR, NR>(s, a, i, &p, &mut ahead);
            p.sums = p.sums.add(MR * NR * LANES);
            i += MR;
        }
        match m.1 - i {
            3 => tile_sums::<S, 3, NR>(s, a, i, &p, &mut ahead),
            2 => tile_sums::<S, 2, NR>(s, a, i, &p, &mut ahead),
            1 => tile_sums::<S, 1, NR>(s, a, i, &p, &mut ahead),
            _ => {}
        }
        k0 = k.1;
        if k0 >= a.k {
            return;
        }
    }
}

/// Where the next panel of weights lies and how much of it was prefetched.
struct Ahead {
    at: *const u8,
    end: *const u8,
}

impl Ahead {
    #[inline(always)]
    unsafe fn new(a: &Linear, row: usize, end: usize, rows: usize, hot: *const f32) -> Ahead {
        if row >= end {
            return Ahead {
                at: hot as *const u8,
                end: hot as *const u8,
            };
        }
        let row_bytes = a.w_stride * a.w_type.size();
        let at = a.w.wrapping_add(row * row_bytes);
        Ahead {
            at,
            end: at.wrapping_add(rows * row_bytes),
        }
    }
}

/// Copies a block of rows of w as f32: [k / 16][NR][16], missing values zero.
#[inline(always)]
unsafe fn widen<S: Simd, W: Stored, const NR: usize>(
    s: S,
    a: &Linear,
    row: usize,
    rows: usize,
    k: (usize, usize),
    panel: *mut f32,
) {
    let steps = (k.1 - k.0) / LANES;
    let tail = (k.1 - k.0) % LANES;
    for r in 0..NR {
        let mut to = panel.add(r * LANES);
        if r >= rows {
            for _ in 0..(k.1 - k.0).div_ceil(LANES) {
                s.store(to, s.zero());
                to = to.add(NR * LANES);
            }
            continue;
        }
        let mut from = (a.w as *const W::Raw).add((row + r) * a.w_stride + k.0);
        for _ in 0..steps {
            s.store(to, W::load(s, from));
            from = from.add(LANES);
            to = to.add(NR * LANES);
        }
        if tail > 0 {
            s.store(to, W::load_part(s, from, tail));
        }
    }
}

/// One tile: rows i..i+MR of x times the panel. After the last block of k it writes y.
#[inline(always)]
unsafe fn tile_sums<S: Simd, const MR: usize, const NR: usize>(
    s: S,
    a: &Linear,
    i: usize,
    panel: &Panel<NR>,
    ahead: &mut Ahead,
) {
    let k = panel.k;
    let tail = (k.1 - k.0) % LANES;
    let mut x = a.x.add(i * a.x_stride + k.0);
    let mut p = panel.values;
    let mut acc = [[s.zero(); NR]; MR];
    if k.0 > 0 {
        for r in 0..MR {
            for j in 0..NR {
                acc[r][j] = s.load(panel.sums.add((r * NR + j) * LANES));
            }
        }
    }
    let mut at = ahead.at;
    let line = if at < ahead.end { 64 } else { 0 };
    for _ in 0..(k.1 - k.0) / LANES {
        s.prefetch(at);
        at = at.wrapping_add(line);
        let mut w = [s.zero(); NR];
        for j in 0..NR {
            w[j] = s.load(p.add(j * LANES));
        }
        for r in 0..MR {
            let v = s.load(x.add(r * a.x_stride));
            for j in 0..NR {
                acc[r][j] = s.fma(v, w[j], acc[r][j]);
            }
        }
        x = x.add(LANES);
        p = p.add(NR * LANES);
    }
    ahead.at = at;
    if tail > 0 {
        for r in 0..MR {
            let v = s.load_part(x.add(r * a.x_stride), tail);
            for j in 0..NR {
                acc[r][j] = s.fma(v, s.load(p.add(j * LANES)), acc[r][j]);
            }
        }
    }
    if k.1 < a.k {
        for r in 0..MR {
            for j in 0..NR {
                s.store(panel.sums.add((r * NR + j) * LANES), acc[r][j]);
            }
        }
        return;
    }
    // Row after row of the tile, so that the copy below is of fixed size.
    let mut sums = [0f32; MAX_SUMS];
    for g in 0..(MR * NR).div_ceil(4) {
        let mut four = [s.zero(); 4];
        for (q, slot) in four.iter_mut().enumerate() {
            let at = g * 4 + q;
            if at < MR * NR {
                *slot = acc[at / NR][at % NR];
            }
        }
        sums[g * 4..g * 4 + 4].copy_from_slice(&s.reduce_sum4(four));
    }
    if !a.bias.is_null() {
        for r in 0..MR {
            for j in 0..NR {
                sums[r * NR + j] += panel.bias[j];
            }
        }
    }
    let y = a.y.add(i * a.y_stride + panel.row);
    if panel.rows == NR {
        for r in 0..MR {
            let from = sums.as_ptr().add(r * NR) as *const [f32; NR];
            (y.add(r * a.y_stride) as *mut [f32; NR]).write_unaligned(*from);
        }
    } else {
        for r in 0..MR {
            for j in 0..panel.rows {
                *y.add(r * a.y_stride + j) = sums[r * NR + j];
            }
        }
    }
}
