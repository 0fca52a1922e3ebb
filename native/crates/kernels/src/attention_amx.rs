//! The inner part of attention on AMX tiles, for keys and values in bf16: queries and weights are rounded to bf16
//! (nearest, ties to even), sums are f32. Up to sixteen query rows against one block of 256 keys.
//!
//! The order is that of `attention` with the tile's own inside: a score runs over d in steps of 32, a sum of
//! values over the keys of the block in steps of 32 from its first key on; within a step the even and the odd
//! products are a chain each. One query row or many run the same lines.

// Loops over indices of fixed arrays are what the compiler unrolls.
#![allow(clippy::needless_range_loop)]

use crate::amx::{self, ROW, TILE};
use crate::attention_amx_pack::{pack_keys, pack_queries, pack_values, pack_weights};
use crate::attention_softmax::{merge_weights, softmax_rows, State, BLOCK, ROWS, SCORES};
use crate::attention_tile::{hide, Query, Tile};
use crate::simd::{Avx512, Simd, LANES};
use crate::stored::Bf16;
use std::ops::Range;

/// Products of one step, and steps of a block of keys.
pub(crate) const STEP: usize = 32;
pub(crate) const STEPS: usize = BLOCK / STEP;

/// Query rows of one head against blocks of its keys.
pub(crate) struct Pass<'a> {
    pub rows: &'a [Query],
    /// First key of the first block, and the blocks.
    pub start: usize,
    pub blocks: Range<usize>,
    /// The head's keys [S/16, D, 16] and values [S, D].
    pub k: *const u16,
    pub v: *const u16,
    pub dim: usize,
    pub scale: f32,
    pub mask: Option<&'a [u8]>,
    pub state: State,
}

/// Scratch of a pass. Tiles of 1 KB lie one behind the other.
struct Memory {
    scores: *mut f32,
    /// [16 rows][step of d], [16 keys][step of d], [16 d][step of keys].
    queries: *mut u8,
    keys: *mut u8,
    values: *mut u8,
    /// [16][256] bf16.
    weights: *mut u8,
    /// [16][width] f32.
    sums: *mut f32,
}

/// Key tiles that a block of keys touches: it may start within one.
const KEY_TILES: usize = BLOCK / LANES + 1;

impl Memory {
    /// Bytes of the parts for rows, keys and values of that size.
    fn sizes(rows: usize, dim: usize) -> [usize; 6] {
        let (steps, slices) = (dim.div_ceil(STEP), dim.div_ceil(LANES));
        [
            LANES * SCORES * 4,
            rows.div_ceil(LANES) * steps * TILE,
            KEY_TILES * steps * TILE,
            slices * STEPS * TILE,
            LANES * BLOCK * 2,
            LANES * slices * ROW,
        ]
    }

    unsafe fn at(p: *mut u8, rows: usize, dim: usize) -> Memory {
        let mut parts = [p; 6];
        let sizes = Memory::sizes(rows, dim);
        for i in 1..6 {
            parts[i] = parts[i - 1].add(sizes[i - 1]);
        }
        let [scores, queries, keys, values, weights, sums] = parts;
        Memory {
            // Key tiles may start before the block.
            scores: (scores as *mut f32).add(LANES),
            queries,
            keys,
            values,
            weights,
            sums: sums as *mut f32,
        }
    }
}

/// Floats of scratch that `pass` needs.
pub(crate) fn pass_scratch(rows: usize, dim: usize) -> usize {
    Memory::sizes(rows, dim).iter().sum::<usize>() / 4 + LANES
}

/// Runs the rows over the blocks of keys; `scratch` is on a cache line.
///
/// # Safety
/// The machine has AMX; the pointers hold what the sizes say.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c")]
pub(crate) unsafe fn pass(p: &Pass, scratch: *mut u8) {
    let m = Memory::at(scratch, p.rows.len(), p.dim);
    amx::configure(LANES);
    pack_queries(p, m.queries);
    for block in p.blocks.clone() {
        let from = p.start + block * BLOCK;
        let Some(seen) = visible(p.rows, from) else {
            continue;
        };
        let first_tile = seen.start / LANES;
        pack_keys(p, first_tile..seen.end.div_ceil(LANES), m.keys);
        pack_values(p, from, seen, m.values);
        for (i, rows) in p.rows.chunks(LANES).enumerate() {
            rows16(p, &m, rows, i, from, first_tile);
        }
    }
    amx::release();
}

/// The keys of the block from `from` on that some of the rows may see.
fn visible(rows: &[Query], from: usize) -> Option<Range<usize>> {
    let low = rows.iter().map(|row| row.low).min()?.max(from);
    let high = rows.iter().map(|row| row.high).max()?.min(from + BLOCK);
    (low < high).then_some(low..high)
}

/// The sixteen query rows `tile` of the pass.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma,f16c")]
unsafe fn rows16(
    p: &Pass,
    m: &Memory,
    rows: &[Query],
    tile: usize,
    from: usize,
    first_tile: usize,
) {
    // No row sees a key of this block: merging nothing changes nothing.
    let Some(seen) = visible(rows, from) else {
        return;
    };
    let s = Avx512;
    scores(p, m, tile, from, first_tile, &seen);
    // Columns of the block, rounded to vectors.
    let first = (seen.start - from) / LANES * LANES;
    let last = (seen.end - from).next_multiple_of(LANES);
    let t = Tile::<Bf16> {
        rows,
        from,
        k: p.k,
        v: p.v,
        dim: p.dim,
        scale: p.scale,
        mask: p.mask,
    };
    let scale = s.splat(p.scale);
    for r in 0..rows.len() {
        let row = m.scores.add(r * SCORES);
        for x in (first..last).step_by(LANES) {
            s.store(row.add(x), s.mul(s.load(row.add(x)), scale));
        }
        hide(&t, r, row, first, last);
    }
    let mut tops = [[0f32; ROWS]; 2];
    let mut totals = [[0f32; ROWS]; 2];
    for half in 0..rows.len().div_ceil(ROWS) {
        let count = ROWS.min(rows.len() - half * ROWS);
        let row = m.scores.add(half * ROWS * SCORES);
        (tops[half], totals[half]) = softmax_rows(s, row, count, first, last);
    }
    let steps = first / STEP..last.div_ceil(STEP);
    pack_weights(m.scores, rows.len(), first..last, &steps, m.weights);
    sum_values(p, m, &steps);
    for half in 0..rows.len().div_ceil(ROWS) {
        let count = ROWS.min(rows.len() - half * ROWS);
        let state = p.state.row(tile * LANES + half * ROWS);
        let (old, new) = merge_weights(s, state, &tops[half], &totals[half]);
        for r in 0..count {
            let (old, new) = (s.splat(old[r]), s.splat(new[r]));
            let from = m.sums.add((half * ROWS + r) * state.width);
            for d in (0..state.width).step_by(LANES) {
                let out = state.out.add(r * state.width + d);
                let merged = s.fma(s.load(from.add(d)), new, s.mul(s.load(out), old));
                s.store(out, merged);
            }
        }
    }
}

/// Scores of the key tiles that cover what is seen, stored by position in the block.
#[inline(always)]
unsafe fn scores(
    p: &Pass,
    m: &Memory,
    tile: usize,
    from: usize,
    first_tile: usize,
    seen: &Range<usize>,
) {
    let steps = p.dim.div_ceil(STEP);
    let queries = m.queries.add(tile * steps * TILE);
    let end = seen.end.div_ceil(LANES);
    let mut c = seen.start / LANES;
    while c < end {
        let keys = m.keys.add((c - first_tile) * steps * TILE);
        // Sums in four tiles at a time; beyond the end old keys are multiplied and nobody looks.
        let count = (end - c).min(4);
        products(queries, TILE, ROW, keys, steps * TILE, count, 0..steps);
        let out = m.scores.offset((c * LANES) as isize - from as isize);
        store(count, out, SCORES);
        c += count;
    }
}

/// Values of all keys of the steps, weighted.
#[inline(always)]
unsafe fn sum_values(p: &Pass, m: &Memory, steps: &Range<usize>) {
    let slices = p.dim.div_ceil(LANES);
    let mut d = 0;
    while d < slices {
        let count = (slices - d).min(4);
        let values = m.values.add(d * STEPS * TILE);
        products(
            m.weights,
            ROW,
            2 * BLOCK,
            values,
            STEPS * TILE,
            count,
            steps.clone(),
        );
        store(count, m.sums.add(d * LANES), slices * LANES);
        d += count;
    }
}

/// Tiles 0..count: a left factor times so many right ones, `apart` bytes from each other. Its tiles lie
/// `left_step` bytes from each other, their rows `left_row`.
#[inline(always)]
unsafe fn products(
    left: *const u8,
    left_step: usize,
    left_row: usize,
    right: *const u8,
    apart: usize,
    count: usize,
    steps: Range<usize>,
) {
    amx::zero::<0>();
    amx::zero::<1>();
    amx::zero::<2>();
    amx::zero::<3>();
    for step in steps {
        let right = right.add(step * TILE);
        amx::load::<4>(left.add(step * left_step), left_row);
        amx::load::<6>(right, ROW);
        amx::dot::<0, 4, 6>();
        if count > 1 {
            amx::load::<7>(right.add(apart), ROW);
            amx::dot::<1, 4, 7>();
        }
        if count > 2 {
            amx::load::<6>(right.add(2 * apart), ROW);
            amx::dot::<2, 4, 6>();
        }
        if count > 3 {
            amx::load::<7>(right.add(3 * apart), ROW);
            amx::dot::<3, 4, 7>();
        }
    }
}

/// Stores the tiles 0..count side by side, rows `width` floats apart.
#[inline(always)]
unsafe fn store(count: usize, out: *mut f32, width: usize) {
    let (out, row) = (out as *mut u8, 4 * width);
    amx::store::<0>(out, row);
    if count > 1 {
        amx::store::<1>(out.add(ROW), row);
    }
    if count > 2 {
        amx::store::<2>(out.add(2 * ROW), row);
    }
    if count > 3 {
        amx::store::<3>(out.add(3 * ROW), row);
    }
}
