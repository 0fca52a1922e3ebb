//! The inner part of attention: up to eight query rows of one key/value head against one block of 256
//! keys. Scores, their softmax relative to the block's largest one, and the sum of values, merged
//! into the rows' running state.

use crate::math::exp_softmax;
use crate::simd::{Simd, LANES};
use crate::stored::Stored;

/// Keys per block: the unit of the written order of sums.
pub(crate) const BLOCK: usize = 256;
/// Query rows per tile.
pub(crate) const ROWS: usize = 8;
/// Floats per row of scores: a block, and room for key vectors that start before it or end behind it.
const SCORES: usize = LANES + BLOCK + 2 * LANES;
/// Floats of scratch that `tile` needs.
pub(crate) const TILE_SCRATCH: usize = ROWS * SCORES;

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

/// One tile: `rows` query rows, each with its range of visible keys `low[r]..high[r]` (positions in
/// the cache), against the keys `from..from + BLOCK`.
pub(crate) struct Tile<'a, E: Stored> {
    pub q: [*const f32; ROWS],
    pub low: [usize; ROWS],
    pub high: [usize; ROWS],
    pub rows: usize,
    pub from: usize,
    /// The head's keys [S/16, D, 16] and values [S, D].
    pub k: *const E::Raw,
    pub v: *const E::Raw,
    pub dim: usize,
    pub scale: f32,
    /// One byte per key, 0 hides it.
    pub mask: Option<&'a [u8]>,
}

/// Computes the tile and merges it into `state`.
#[inline(always)]
pub(crate) unsafe fn tile<S: Simd, E: Stored>(s: S, t: &Tile<E>, state: State, scratch: *mut f32) {
    let (mut low, mut high) = (usize::MAX, 0);
    for r in 0..t.rows {
        low = low.min(t.low[r]);
        high = high.max(t.high[r]);
    }
    let (low, high) = (low.max(t.from), high.min(t.from + BLOCK));
    if low >= high {
        return; // No row sees a key of this block: merging nothing changes nothing.
    }
    let scores = scratch.add(LANES);
    all_scores(s, t, scores, low, high);
    // Columns of the block, rounded to vectors.
    let first = (low - t.from) / LANES * LANES;
    let last = (high - t.from).next_multiple_of(LANES);
    let (mut max, mut sum) = ([f32::NEG_INFINITY; ROWS], [0f32; ROWS]);
    for r in 0..t.rows {
        let row = scores.add(r * SCORES);
        hide(t, r, row, first, last);
        (max[r], sum[r]) = softmax_row(s, row, first, last);
    }
    let (old, new) = merge_weights(s, state, &max, &sum);
    let padded = t.rows.next_power_of_two();
    for r in t.rows..padded {
        std::ptr::write_bytes(scores.add(r * SCORES), 0, BLOCK);
    }
    let p = scores.add(low - t.from);
    let v = t.v.add(low * t.dim);
    all_values::<S, E>(s, p, v, t.dim, high - low, padded, &old, &new, state);
}

/// Scores of the sixteen-key cache blocks that cover `low..high`, stored by position in the block.
#[inline(always)]
unsafe fn all_scores<S: Simd, E: Stored>(
    s: S,
    t: &Tile<E>,
    scores: *mut f32,
    low: usize,
    high: usize,
) {
    let mut q = t.q;
    for r in t.rows..ROWS {
        q[r] = q[t.rows - 1];
    }
    let (mut c, end) = (low / LANES, high.div_ceil(LANES));
    let wide = S::REGISTERS >= 32;
    while c < end {
        let k = t.k.add(c * LANES * t.dim);
        let out = scores.offset((c * LANES) as isize - t.from as isize);
        let four = wide && c + 4 <= end;
        let two = wide && c + 2 <= end;
        c += match t.rows {
            1 if four => score::<S, E, 1, 4>(s, &q, k, t.dim, t.scale, out),
            1 => score::<S, E, 1, 1>(s, &q, k, t.dim, t.scale, out),
            2 if four => score::<S, E, 2, 4>(s, &q, k, t.dim, t.scale, out),
            2 => score::<S, E, 2, 1>(s, &q, k, t.dim, t.scale, out),
            3 | 4 if four => score::<S, E, 4, 4>(s, &q, k, t.dim, t.scale, out),
            3 | 4 => score::<S, E, 4, 1>(s, &q, k, t.dim, t.scale, out),
            _ if two => score::<S, E, 8, 2>(s, &q, k, t.dim, t.scale, out),
            _ if wide => score::<S, E, 8, 1>(s, &q, k, t.dim, t.scale, out),
            _ => {
                score::<S, E, 4, 1>(s, &q, k, t.dim, t.scale, out);
                score::<S, E, 4, 1>(s, &q[4..], k, t.dim, t.scale, out.add(4 * SCORES))
            }
        };
    }
}

/// R rows times C cache blocks: a lane is a key, its chain runs over d. Returns C.
#[inline(always)]
unsafe fn score<S: Simd, E: Stored, const R: usize, const C: usize>(
    s: S,
    q: &[*const f32],
    k: *const E::Raw,
    dim: usize,
    scale: f32,
    out: *mut f32,
) -> usize {
    let mut sum = [[s.zero(); C]; R];
    for d in 0..dim {
        let mut key = [s.zero(); C];
        for c in 0..C {
            let p = k.add((c * dim + d) * LANES);
            key[c] = E::load(s, p);
            if R <= 4 {
                s.prefetch(p.wrapping_add(C * dim * LANES) as *const u8);
            }
        }
        for r in 0..R {
            let x = s.splat(*q[r].add(d));
            for c in 0..C {
                sum[r][c] = s.fma(x, key[c], sum[r][c]);
            }
        }
    }
    for r in 0..R {
        for c in 0..C {
            s.store(
                out.add(r * SCORES + c * LANES),
                s.mul(sum[r][c], s.splat(scale)),
            );
        }
    }
    C
}

/// Gives every score in the columns `first..last` that the row must not see the value -infinity.
#[inline(always)]
unsafe fn hide<E: Stored>(t: &Tile<E>, r: usize, row: *mut f32, first: usize, last: usize) {
    let low = t.low[r].saturating_sub(t.from).min(last);
    let high = t.high[r].saturating_sub(t.from).clamp(first, last);
    for x in (first..low).chain(high..last) {
        *row.add(x) = f32::NEG_INFINITY;
    }
    if let Some(mask) = t.mask {
        for x in low.max(first)..high {
            if mask[t.from + x] == 0 {
                *row.add(x) = f32::NEG_INFINITY;
            }
        }
    }
}

/// Replaces scores by e^(score - largest), returns the largest and the sum. A NaN may be lost in the
/// largest, never in the sum.
#[inline(always)]
unsafe fn softmax_row<S: Simd>(s: S, row: *mut f32, first: usize, last: usize) -> (f32, f32) {
    let mut max = s.splat(f32::NEG_INFINITY);
    for x in (first..last).step_by(LANES) {
        max = s.max(max, s.load(row.add(x)));
    }
    let max = s.reduce_max(max);
    // Without a visible key every weight must be 0, not NaN.
    let shift = s.splat(if max == f32::NEG_INFINITY { 0.0 } else { max });
    let mut sum = s.zero();
    for x in (first..last).step_by(LANES) {
        let p = exp_softmax(s, s.sub(s.load(row.add(x)), shift));
        s.store(row.add(x), p);
        sum = s.add(sum, p);
    }
    (max, s.reduce_sum(sum))
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

/// Weighted values of `n` keys for `rows` (1, 2, 4 or 8) rows, by slices of d that fit the registers.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn all_values<S: Simd, E: Stored>(
    s: S,
    p: *const f32,
    v: *const E::Raw,
    dim: usize,
    n: usize,
    rows: usize,
    old: &[f32; LANES],
    new: &[f32; LANES],
    state: State,
) {
    let wide = S::REGISTERS >= 32;
    let mut d = 0;
    while d < dim {
        let left = dim - d;
        let a = Slice {
            p,
            v: v.add(d),
            dim,
            n,
            old,
            new,
            out: state.out.add(d),
            width: state.width,
            lanes: left.min(LANES),
        };
        let four = wide && left >= 4 * LANES;
        let two = wide && left >= 2 * LANES;
        let whole = left >= LANES;
        d += match rows {
            1 if four => values::<S, E, 1, 4>(s, &a, 0),
            1 if whole => values::<S, E, 1, 1>(s, &a, 0),
            1 => values::<S, E, 1, 0>(s, &a, 0),
            2 if four => values::<S, E, 2, 4>(s, &a, 0),
            2 if whole => values::<S, E, 2, 1>(s, &a, 0),
            2 => values::<S, E, 2, 0>(s, &a, 0),
            4 if four => values::<S, E, 4, 4>(s, &a, 0),
            4 if whole => values::<S, E, 4, 1>(s, &a, 0),
            4 => values::<S, E, 4, 0>(s, &a, 0),
            _ if two => values::<S, E, 8, 2>(s, &a, 0),
            _ if wide && whole => values::<S, E, 8, 1>(s, &a, 0),
            _ if whole => {
                values::<S, E, 4, 1>(s, &a, 0);
                values::<S, E, 4, 1>(s, &a, 4)
            }
            _ => {
                values::<S, E, 4, 0>(s, &a, 0);
                values::<S, E, 4, 0>(s, &a, 4)
            }
        };
    }
}

/// Arguments of `values`: weights, values from dimension d on, factors and outputs from d on.
struct Slice<'a, E: Stored> {
    p: *const f32,
    v: *const E::Raw,
    dim: usize,
    n: usize,
    old: &'a [f32; LANES],
    new: &'a [f32; LANES],
    out: *mut f32,
    width: usize,
    lanes: usize,
}

/// R rows from `row` on times C vectors of d (C = 0: one partial vector): a lane is a dimension, its
/// chain runs over the keys. Merges into the outputs and returns the dimensions done.
#[inline(always)]
unsafe fn values<S: Simd, E: Stored, const R: usize, const C: usize>(
    s: S,
    a: &Slice<E>,
    row: usize,
) -> usize {
    // One more than C, because a partial vector needs a place too; unused places cost nothing.
    let mut sum = [[s.zero(); 4]; R];
    let count = if C == 0 { 1 } else { C };
    let p = a.p.add(row * SCORES);
    for j in 0..a.n {
        let mut value = [s.zero(); 4];
        let v = a.v.add(j * a.dim);
        for c in 0..count {
            value[c] = if C == 0 {
                E::load_part(s, v, a.lanes)
            } else {
                E::load(s, v.add(c * LANES))
            };
            if R <= 4 {
                s.prefetch(v.wrapping_add(8 * a.dim + c * LANES) as *const u8);
            }
        }
        for r in 0..R {
            let x = s.splat(*p.add(r * SCORES + j));
            for c in 0..count {
                sum[r][c] = s.fma(x, value[c], sum[r][c]);
            }
        }
    }
    for r in 0..R {
        let (old, new) = (s.splat(a.old[row + r]), s.splat(a.new[row + r]));
        for c in 0..count {
            let out = a.out.add((row + r) * a.width + c * LANES);
            s.store(out, s.fma(sum[r][c], new, s.mul(s.load(out), old)));
        }
    }
    count * LANES
}
