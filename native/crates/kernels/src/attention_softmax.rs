//! The softmax part of attention: weights of one block of keys relative to its largest score, and the
//! running state that blocks are merged into in ascending order.

use crate::math::exp_softmax;
use crate::simd::{Simd, LANES};

/// Keys per block: the unit of the written order of sums.
pub(crate) const BLOCK: usize = 256;
/// Query rows per tile.
pub(crate) const ROWS: usize = 8;
/// Floats per row of scores: a block, and room for key vectors that start before it or end behind it.
pub(crate) const SCORES: usize = LANES + BLOCK + 2 * LANES;

/// Running softmax state of rows: largest score, sum, and weighted values (`width` floats a row).
#[derive(Clone, Copy)]
pub(crate) struct State {
    pub max: *mut f32,
    pub sum: *mut f32,
    pub out: *mut f32,
    pub width: usize,
}

impl State {
    /// Floats that the state of `rows` rows (a multiple of ROWS) takes.
    pub fn floats(rows: usize, width: usize) -> usize {
        rows * (2 + width)
    }

    /// Lays the state of `rows` rows out at `p`.
    pub unsafe fn at(p: *mut f32, rows: usize, width: usize) -> State {
        State {
            max: p,
            sum: p.add(rows),
            out: p.add(2 * rows),
            width,
        }
    }

    pub unsafe fn clear(&self, rows: usize) {
        for r in 0..rows {
            *self.max.add(r) = f32::NEG_INFINITY;
            *self.sum.add(r) = 0.0;
        }
        std::ptr::write_bytes(self.out, 0, rows * self.width);
    }

    pub unsafe fn row(&self, r: usize) -> State {
        let out = self.out.add(r * self.width);
        State {
            max: self.max.add(r),
            sum: self.sum.add(r),
            out,
            width: self.width,
        }
    }
}

/// Replaces the scores of each row by e^(score - largest); returns the largest ones and the sums. A NaN
/// may be lost among the largest, never in the sum.
#[inline(always)]
pub(crate) unsafe fn softmax_rows<S: Simd>(
    s: S,
    scores: *mut f32,
    rows: usize,
    first: usize,
    last: usize,
) -> ([f32; ROWS], [f32; ROWS]) {
    let (mut max, mut sum) = ([f32::NEG_INFINITY; ROWS], [0f32; ROWS]);
    // Four rows at a time: a single chain of `max` would wait for itself.
    for r in (0..rows).step_by(4) {
        let row = [r, r + 1, r + 2, r + 3].map(|r| scores.add(r.min(rows - 1) * SCORES));
        let mut top = [s.splat(f32::NEG_INFINITY); 4];
        for x in (first..last).step_by(LANES) {
            for i in 0..4 {
                top[i] = s.max(top[i], s.load(row[i].add(x)));
            }
        }
        for i in 0..4 {
            max[r + i] = s.reduce_max(top[i]);
        }
    }
    for r in 0..rows {
        let row = scores.add(r * SCORES);
        // Without a visible key every weight must be 0, not NaN.
        let shift = s.splat(if max[r] == f32::NEG_INFINITY {
            0.0
        } else {
            max[r]
        });
        let mut total = s.zero();
        for x in (first..last).step_by(LANES) {
            let p = exp_softmax(s, s.sub(s.load(row.add(x)), shift));
            s.store(row.add(x), p);
            total = s.add(total, p);
        }
        sum[r] = s.reduce_sum(total);
    }
    (max, sum)
}

/// Merges largest scores and sums into the state; returns the factors for old and new outputs. A block
/// without a visible key has the factors 1 and 0, so that it changes no bit.
#[inline(always)]
pub(crate) unsafe fn merge_weights<S: Simd>(
    s: S,
    state: State,
    max: &[f32; ROWS],
    sum: &[f32; ROWS],
) -> ([f32; LANES], [f32; LANES]) {
    let nothing = s.splat(f32::NEG_INFINITY);
    let old_max = s.load_part(state.max, ROWS);
    let new_max = s.load_part(max.as_ptr(), ROWS);
    let largest = s.select_lt(old_max, new_max, new_max, old_max);
    let old = exp_softmax(s, s.sub(old_max, largest));
    let new = exp_softmax(s, s.sub(new_max, largest));
    let old = s.select_lt(nothing, new_max, old, s.splat(1.0));
    let new = s.select_lt(nothing, new_max, new, s.zero());
    let total = s.mul(s.load_part(state.sum, ROWS), old);
    let total = s.fma(s.load_part(sum.as_ptr(), ROWS), new, total);
    s.store_part(state.max, largest, ROWS);
    s.store_part(state.sum, total, ROWS);
    let (mut a, mut b) = ([0f32; LANES], [0f32; LANES]);
    s.store(a.as_mut_ptr(), old);
    s.store(b.as_mut_ptr(), new);
    (a, b)
}
