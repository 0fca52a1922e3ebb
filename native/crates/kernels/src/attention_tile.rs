//! The inner part of attention: up to eight query rows of one key/value head against one block of 256
//! keys. Scores, their softmax relative to the block's largest one, and the sum of values, merged
//! into the rows' running state.

use crate::attention_softmax::{merge_weights, softmax_rows, State, BLOCK, ROWS, SCORES};
use crate::simd::{Simd, LANES};
use crate::stored::Stored;

/// Rows up to which a tile waits for memory, not for arithmetic.
const FEW: usize = 4;
/// How far ahead keys and values are prefetched from the second cache, in steps of a loop.
const NEAR: usize = 12;
/// Floats of scratch that `tile` needs.
pub(crate) const TILE_SCRATCH: usize = ROWS * SCORES;

/// One query row: its vector and its range of visible keys (positions in the cache).
#[derive(Clone, Copy)]
pub(crate) struct Query {
    pub q: *const f32,
    pub low: usize,
    pub high: usize,
}

/// One tile: up to ROWS query rows against the keys `from..from + BLOCK`.
pub(crate) struct Tile<'a, E: Stored> {
    pub rows: &'a [Query],
    pub from: usize,
    /// The head's keys [S/16, D, 16] and values [S, D].
    pub k: *const E::Raw,
    pub v: *const E::Raw,
    pub dim: usize,
    pub scale: f32,
    /// One byte per key, 0 hides it.
    pub mask: Option<&'a [u8]>,
}

/// Memory that is fetched while something else is computed, as four streams: that keeps more lines in
/// flight than one.
#[derive(Clone, Copy)]
struct Fetch {
    base: *const u8,
    /// Bytes of a stream.
    apart: usize,
}

impl Fetch {
    const STREAMS: usize = 4;

    #[inline(always)]
    fn new(base: *const u8, bytes: usize) -> Fetch {
        Fetch { base, apart: (bytes / Self::STREAMS).next_multiple_of(64) }
    }

    /// Byte `at` of a stream.
    #[inline(always)]
    fn line(&self, stream: usize, at: usize) -> *const u8 {
        self.base.wrapping_add(stream * self.apart + at)
    }
}

/// Computes the tile and merges it into `state`.
#[inline(always)]
pub(crate) unsafe fn tile<S: Simd, E: Stored>(s: S, t: &Tile<E>, state: State, scratch: *mut f32) {
    let (mut low, mut high) = (usize::MAX, 0);
    for row in t.rows {
        low = low.min(row.low);
        high = high.max(row.high);
    }
    let (low, high) = (low.max(t.from), high.min(t.from + BLOCK));
    if low >= high {
        return; // No row sees a key of this block: merging nothing changes nothing.
    }
    let scores = scratch.add(LANES);
    // Few rows wait for memory: a tile's values are fetched while its scores are computed, and the next
    // tile's keys while its values are summed, so that the memory never rests.
    let key = t.dim * size_of::<E::Raw>();
    let seen = t.rows.iter().map(|row| row.high).max().unwrap_or(0);
    let next = seen.saturating_sub(t.from + BLOCK).min(BLOCK);
    let values_ahead = Fetch::new(t.v.add(low * t.dim) as *const u8, (high - low) * key);
    let keys_ahead = Fetch::new((t.k as *const u8).wrapping_add((t.from + BLOCK) * key), next * key);
    all_scores(s, t, scores, low, high, values_ahead);
    // Columns of the block, rounded to vectors.
    let first = (low - t.from) / LANES * LANES;
    let last = (high - t.from).next_multiple_of(LANES);
    let rows = t.rows.len();
    for r in 0..rows {
        hide(t, r, scores.add(r * SCORES), first, last);
    }
    let (max, sum) = softmax_rows(s, scores, rows, first, last);
    // Rows that only fill the registers weigh nothing.
    for r in rows..rows.next_power_of_two() {
        std::ptr::write_bytes(scores.add(r * SCORES), 0, BLOCK);
    }
    let (old, new) = merge_weights(s, state, &max, &sum);
    let p = scores.add(low - t.from);
    let v = t.v.add(low * t.dim);
    let n = high - low;
    let weighted = Weighted::<E> {
        p,
        v,
        dim: t.dim,
        n,
        ahead: keys_ahead,
        old: &old,
        new: &new,
        state,
    };
    all_values(s, &weighted, rows);
}

/// Scores of the sixteen-key cache blocks that cover `low..high`, stored by position in the block.
#[inline(always)]
unsafe fn all_scores<S: Simd, E: Stored>(
    s: S,
    t: &Tile<E>,
    scores: *mut f32,
    low: usize,
    high: usize,
    ahead: Fetch,
) {
    let rows = t.rows.len();
    let mut q = [t.rows[rows - 1].q; ROWS];
    for r in 0..rows {
        q[r] = t.rows[r].q;
    }
    let from = low / LANES * LANES;
    let k = t.k.add(from * t.dim);
    let out = scores.offset(from as isize - t.from as isize);
    let n = (high - from).div_ceil(LANES);
    // Rows times blocks that fill the registers with independent chains.
    match (S::REGISTERS, rows) {
        (32.., 1) => score_blocks::<S, E, 1, 4>(s, t, &q, k, n, out, ahead),
        (32.., 2) => score_blocks::<S, E, 2, 4>(s, t, &q, k, n, out, ahead),
        (32.., 3) => score_blocks::<S, E, 3, 4>(s, t, &q, k, n, out, ahead),
        (32.., 4) => score_blocks::<S, E, 4, 4>(s, t, &q, k, n, out, ahead),
        (32.., _) => score_blocks::<S, E, 8, 2>(s, t, &q, k, n, out, ahead),
        (8.., 1) => score_blocks::<S, E, 1, 4>(s, t, &q, k, n, out, ahead),
        (8.., 2) => score_blocks::<S, E, 2, 2>(s, t, &q, k, n, out, ahead),
        (8.., 3..=4) => score_blocks::<S, E, 4, 1>(s, t, &q, k, n, out, ahead),
        (8.., _) => {
            score_blocks::<S, E, 4, 1>(s, t, &q, k, n, out, ahead);
            score_blocks::<S, E, 4, 1>(s, t, &q[4..], k, n, out.add(4 * SCORES), ahead);
        }
        _ => {
            for r in 0..rows {
                score_blocks::<S, E, 1, 1>(s, t, &q[r..], k, n, out.add(r * SCORES), ahead);
            }
        }
    }
}

/// R rows times `n` cache blocks, C at a time.
#[inline(always)]
unsafe fn score_blocks<S: Simd, E: Stored, const R: usize, const C: usize>(
    s: S,
    t: &Tile<E>,
    q: &[*const f32],
    k: *const E::Raw,
    n: usize,
    out: *mut f32,
    ahead: Fetch,
) {
    let block = LANES * t.dim;
    let mut c = 0;
    while c + C <= n {
        let at = c / C * block * size_of::<E::Raw>();
        score::<S, E, R, C>(s, t, q, k.add(c * block), out.add(c * LANES), ahead, at);
        c += C;
    }
    while C > 1 && c < n {
        let at = c / C * block * size_of::<E::Raw>();
        score::<S, E, R, 1>(s, t, q, k.add(c * block), out.add(c * LANES), ahead, at);
        c += 1;
    }
}

/// R rows times C cache blocks: a lane is a key, its chain runs over d.
#[inline(always)]
unsafe fn score<S: Simd, E: Stored, const R: usize, const C: usize>(
    s: S,
    t: &Tile<E>,
    q: &[*const f32],
    k: *const E::Raw,
    out: *mut f32,
    ahead: Fetch,
    at: usize,
) {
    let mut sum = [[s.zero(); C]; R];
    let block = t.dim * LANES;
    for d in 0..t.dim {
        let mut key = [s.zero(); C];
        for c in 0..C {
            let p = k.add(c * block + d * LANES);
            key[c] = E::load(s, p);
            // Many rows find keys and values in the second cache.
            s.prefetch(if R <= FEW {
                ahead.line(c, at + d * LANES * size_of::<E::Raw>())
            } else {
                p.wrapping_add(NEAR * LANES) as *const u8
            });
        }
        for r in 0..R {
            let x = s.splat(*q[r].add(d));
            for c in 0..C {
                sum[r][c] = s.fma(x, key[c], sum[r][c]);
            }
        }
    }
    let scale = s.splat(t.scale);
    for r in 0..R {
        for c in 0..C {
            s.store(out.add(r * SCORES + c * LANES), s.mul(sum[r][c], scale));
        }
    }
}

/// Gives every score in the columns `first..last` that the row must not see the value -infinity.
#[inline(always)]
pub(crate) unsafe fn hide<E: Stored>(t: &Tile<E>, r: usize, row: *mut f32, first: usize, last: usize) {
    let low = t.rows[r].low.saturating_sub(t.from).min(last);
    let high = t.rows[r].high.saturating_sub(t.from).clamp(first, last);
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

/// Arguments of `values`.
struct Weighted<'a, E: Stored> {
    /// Weights, SCORES floats a row, and the values of their `n` keys.
    p: *const f32,
    v: *const E::Raw,
    dim: usize,
    n: usize,
    /// What is fetched meanwhile, if rows are few.
    ahead: Fetch,
    /// Factors of the state's outputs and of the new ones.
    old: &'a [f32; LANES],
    new: &'a [f32; LANES],
    state: State,
}

/// Weighted values for `rows` rows, rounded up to what the registers take.
#[inline(always)]
unsafe fn all_values<S: Simd, E: Stored>(s: S, a: &Weighted<E>, rows: usize) {
    match (S::REGISTERS, rows) {
        (32.., 1) => value_slices::<S, E, 1, 4>(s, a, 0),
        (32.., 2) => value_slices::<S, E, 2, 4>(s, a, 0),
        (32.., 3) => value_slices::<S, E, 3, 4>(s, a, 0),
        (32.., 4) => value_slices::<S, E, 4, 4>(s, a, 0),
        (32.., _) => value_slices::<S, E, 8, 2>(s, a, 0),
        (8.., 1) => value_slices::<S, E, 1, 4>(s, a, 0),
        (8.., 2) => value_slices::<S, E, 2, 2>(s, a, 0),
        (8.., 3..=4) => value_slices::<S, E, 4, 1>(s, a, 0),
        (8.., _) => {
            value_slices::<S, E, 4, 1>(s, a, 0);
            value_slices::<S, E, 4, 1>(s, a, 4);
        }
        _ => {
            for r in 0..rows {
                value_slices::<S, E, 1, 1>(s, a, r);
            }
        }
    }
}

/// R rows from `row` on, all dimensions, C vectors at a time.
#[inline(always)]
unsafe fn value_slices<S: Simd, E: Stored, const R: usize, const C: usize>(
    s: S,
    a: &Weighted<E>,
    row: usize,
) {
    let mut d = 0;
    while d + C * LANES <= a.dim {
        values::<S, E, R, C>(s, a, row, d, LANES);
        d += C * LANES;
    }
    while C > 1 && d + LANES <= a.dim {
        values::<S, E, R, 1>(s, a, row, d, LANES);
        d += LANES;
    }
    if d < a.dim {
        values::<S, E, R, 1>(s, a, row, d, a.dim - d);
    }
}

/// R rows from `row` on times C vectors of `lanes` dimensions from `d` on: a lane is a dimension, its
/// chain runs over the keys. Merges into the outputs.
#[inline(always)]
unsafe fn values<S: Simd, E: Stored, const R: usize, const C: usize>(
    s: S,
    a: &Weighted<E>,
    row: usize,
    d: usize,
    lanes: usize,
) {
    let mut sum = [[s.zero(); C]; R];
    let (dim, size) = (a.dim, size_of::<E::Raw>());
    let p = a.p.add(row * SCORES);
    for j in 0..a.n {
        let mut value = [s.zero(); C];
        let v = a.v.add(j * dim + d);
        for c in 0..C {
            let v = v.add(c * LANES);
            value[c] = if lanes < LANES {
                E::load_part(s, v, lanes)
            } else {
                E::load(s, v)
            };
        }
        // As in `score`.
        let next = if R <= FEW {
            a.ahead.line(j % Fetch::STREAMS, j / Fetch::STREAMS * dim * size + d * size)
        } else {
            v.wrapping_add(NEAR * dim) as *const u8
        };
        for line in 0..(C * LANES * size).div_ceil(64) {
            s.prefetch(next.wrapping_add(64 * line));
        }
        for r in 0..R {
            let x = s.splat(*p.add(r * SCORES + j));
            for c in 0..C {
                sum[r][c] = s.fma(x, value[c], sum[r][c]);
            }
        }
    }
    for r in 0..R {
        let (old, new) = (s.splat(a.old[row + r]), s.splat(a.new[row + r]));
        let out = a.state.out.add((row + r) * a.state.width + d);
        for c in 0..C {
            let out = out.add(c * LANES);
            s.store(out, s.fma(sum[r][c], new, s.mul(s.load(out), old)));
        }
    }
}
