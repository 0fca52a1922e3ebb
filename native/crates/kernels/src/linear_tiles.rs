//! `linear` for many rows of x: a panel of weight rows is widened to f32 in scratch that stays in
//! L1, and tiles of rows of x pass over it. A tile keeps one accumulator vector per output.

use crate::weight::{get_float, Bf16, Weight, F16, F32};
use crate::linear::Linear;
use crate::simd::{Scalar, Simd, LANES};
use crate::{dispatch, Float, Level};

/// The widest panel of all levels, in rows of w.
const MAX_PANEL: usize = 6;

/// Rows of x and of w in one tile.
pub fn tile(level: Level) -> (usize, usize) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => crate::simd::Avx512::TILE,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => crate::simd::Avx2::TILE,
        _ => Scalar::TILE,
    }
}

/// Bytes of scratch that `tiles_chunk` needs.
pub fn tiles_scratch(k: usize) -> usize {
    MAX_PANEL * k.next_multiple_of(LANES) * 4
}

dispatch!(
    /// Rows m.0..m.1 of x times rows n.0..n.1 of w; `panel` is scratch of this thread.
    pub fn tiles_chunk(a: &Linear, m: (usize, usize), n: (usize, usize), panel: *mut f32) = tiles_body
);

#[inline(always)]
unsafe fn tiles_body<S: Simd>(
    s: S,
    a: &Linear,
    m: (usize, usize),
    n: (usize, usize),
    panel: *mut f32,
) {
    match S::TILE {
        (4, 6) => panels::<S, 4, 6>(s, a, m, n, panel),
        (2, 3) => panels::<S, 2, 3>(s, a, m, n, panel),
        _ => panels::<S, 1, 2>(s, a, m, n, panel),
    }
}

#[inline(always)]
unsafe fn panels<S: Simd, const MR: usize, const NR: usize>(
    s: S,
    a: &Linear,
    m: (usize, usize),
    n: (usize, usize),
    panel: *mut f32,
) {
    let panel_bytes = NR * a.w_stride * a.w_type.size();
    let mut row = n.0;
    while row < n.1 {
        let rows = NR.min(n.1 - row);
        match a.w_type {
            Float::F32 => widen::<S, F32, NR>(s, a, row, rows, panel),
            Float::Bf16 => widen::<S, Bf16, NR>(s, a, row, rows, panel),
            Float::F16 => widen::<S, F16, NR>(s, a, row, rows, panel),
        }
        // While this panel is computed, the next one comes into the cache, one line per step.
        let mut ahead = Ahead::new(a, row + NR, n.1, panel_bytes, panel);
        let mut i = m.0;
        while i + MR <= m.1 {
            tile_sums::<S, MR, NR>(s, a, i, row, rows, panel, &mut ahead);
            i += MR;
        }
        match m.1 - i {
            3 => tile_sums::<S, 3, NR>(s, a, i, row, rows, panel, &mut ahead),
            2 => tile_sums::<S, 2, NR>(s, a, i, row, rows, panel, &mut ahead),
            1 => tile_sums::<S, 1, NR>(s, a, i, row, rows, panel, &mut ahead),
            _ => {}
        }
        row += NR;
    }
}

/// Where the next panel of weights lies and how much of it was prefetched.
struct Ahead {
    at: *const u8,
    end: *const u8,
}

impl Ahead {
    #[inline(always)]
    unsafe fn new(a: &Linear, row: usize, end: usize, bytes: usize, hot: *const f32) -> Ahead {
        if row >= end {
            return Ahead { at: hot as *const u8, end: hot as *const u8 };
        }
        let at = a.w.wrapping_add(row * a.w_stride * a.w_type.size());
        Ahead { at, end: at.wrapping_add(bytes) }
    }
}

/// Copies rows of w as f32: [k / 16][NR][16], missing values zero.
#[inline(always)]
unsafe fn widen<S: Simd, W: Weight, const NR: usize>(
    s: S,
    a: &Linear,
    row: usize,
    rows: usize,
    panel: *mut f32,
) {
    let steps = a.k / LANES;
    let tail = a.k % LANES;
    for r in 0..NR {
        let mut to = panel.add(r * LANES);
        if r >= rows {
            for _ in 0..a.k.div_ceil(LANES) {
                s.store(to, s.zero());
                to = to.add(NR * LANES);
            }
            continue;
        }
        let mut from = (a.w as *const W::Bits).add((row + r) * a.w_stride);
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

/// One tile: rows i..i+MR of x times the panel; writes `rows` values of each row of y.
#[inline(always)]
unsafe fn tile_sums<S: Simd, const MR: usize, const NR: usize>(
    s: S,
    a: &Linear,
    i: usize,
    row: usize,
    rows: usize,
    panel: *const f32,
    ahead: &mut Ahead,
) {
    let tail = a.k % LANES;
    let mut x = a.x.add(i * a.x_stride);
    let mut p = panel;
    let mut acc = [[s.zero(); NR]; MR];
    let mut at = ahead.at;
    let line = if at < ahead.end { 64 } else { 0 };
    for _ in 0..a.k / LANES {
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
    let mut sums = [[0f32; 4]; MAX_PANEL];
    for g in 0..(MR * NR).div_ceil(4) {
        let mut four = [s.zero(); 4];
        for (q, slot) in four.iter_mut().enumerate() {
            let at = g * 4 + q;
            if at < MR * NR {
                *slot = acc[at / NR][at % NR];
            }
        }
        sums[g] = s.reduce_sum4(four);
    }
    for r in 0..MR {
        for j in 0..rows {
            let at = r * NR + j;
            let mut sum = sums[at / 4][at % 4];
            if !a.bias.is_null() {
                sum += get_float(a.bias, a.bias_type, row + j);
            }
            *a.y.add((i + r) * a.y_stride + row + j) = sum;
        }
    }
}
