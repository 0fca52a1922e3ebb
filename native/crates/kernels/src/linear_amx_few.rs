//! Up to sixteen rows of x, one column of tiles: every weight is loaded once, straight from memory, so memory is
//! the limit. A tile reads sixteen rows side by side and up to four tiles go down K together, each
//! with a prefetch ahead of it.

// Loops over indices of fixed arrays are what the compiler unrolls.
#![allow(clippy::needless_range_loop)]

use crate::amx::{self, ROW, TILE};
use crate::linear::Linear;
use crate::linear_amx::{bias16, copy_tiles, write16, write_sums, Left};
use crate::linear_amx_pack::{with_packed, Form, Packed, STEP};
use crate::simd::LANES;
use crate::split::Split;
use crate::{scratch, Cx};
use core::arch::x86_64::*;

/// Tiles that go down K together: as many as there are tiles of sums.
const STREAMS: usize = 4;
/// How far ahead weights are fetched, in tiles of each stream.
const AHEAD: usize = 8;
/// A chunk of weights is not made smaller than this: every start of a stream waits for memory.
const MIN_CHUNK_BYTES: usize = 64 * 1024;

/// The products of at most sixteen rows of x, weights one after the other.
///
/// # Safety
/// As `linear`; weights are bf16 and the machine has AMX.
pub unsafe fn few_rows(cx: &Cx, list: &[Linear]) {
    let Some(first) = list.first() else { return };
    let form = if first.m == 1 { Form::One } else { Form::Pairs };
    with_packed(cx, first, (0, first.m), form, |x| {
        let total = list.iter().map(|a| a.n.div_ceil(LANES)).sum();
        let block_bytes = (LANES * 2 * first.k).max(1);
        let least = MIN_CHUNK_BYTES.div_ceil(block_bytes);
        let split = Split::new(total, cx.pool.threads(), least, 1);
        cx.pool.run(split.chunks(), &|c| {
            let (from, to) = split.chunk(c);
            // Room for the sums of the streams, the ends of their rows, and the last block.
            let bytes = 2 * STREAMS * TILE + x.steps * TILE;
            scratch(bytes, |memory| {
                amx::configure(x.form.columns());
                let mut base = 0;
                for a in list {
                    let blocks = a.n.div_ceil(LANES);
                    let (low, high) = (from.max(base), to.min(base + blocks));
                    if low < high {
                        chunk(a, x, low - base, high - base, memory);
                    }
                    base += blocks;
                }
                amx::release();
            });
        });
    });
}

/// The blocks of sixteen rows `from..to` of w.
unsafe fn chunk(a: &Linear, x: &Packed, from: usize, to: usize, memory: *mut u8) {
    // The last block, where rows are missing, is copied.
    let whole = to.min(a.n / LANES).max(from);
    let part = (whole - from) / STREAMS;
    for i in 0..part {
        let blocks = [from + i, from + part + i, from + 2 * part + i, from + 3 * part + i];
        // The block after these in each stream comes next.
        streams::<4>(a, x, &blocks.map(|b| b * LANES), i + 1 < part, memory);
    }
    let rest = from + STREAMS * part;
    match whole - rest {
        3 => streams::<3>(a, x, &[0, 1, 2].map(|b| (rest + b) * LANES), false, memory),
        2 => streams::<2>(a, x, &[0, 1].map(|b| (rest + b) * LANES), false, memory),
        1 => streams::<1>(a, x, &[rest * LANES], false, memory),
        _ => {}
    }
    if to > whole {
        let (n, copy) = (whole * LANES, memory.add(2 * STREAMS * TILE));
        copy_tiles(a, n, 0, copy);
        zero_all();
        step_all::<1>(&[Left::copied(copy)], x, 0, x.steps, 0);
        store_all::<1>(a, x, &[n], memory);
    }
}

/// S blocks of sixteen rows of w that lie in memory, from rows n on.
#[inline(always)]
unsafe fn streams<const S: usize>(
    a: &Linear,
    x: &Packed,
    n: &[usize; S],
    more: bool,
    memory: *mut u8,
) {
    let steps = a.k / STEP;
    let mut left = [Left::copied(memory); S];
    for s in 0..S {
        left[s] = Left::in_place(a, n[s]);
    }
    zero_all();
    let last = steps.saturating_sub(AHEAD);
    step_all::<S>(&left, x, 0, last, AHEAD * ROW);
    // Beyond the end of these rows the next ones follow, sixteen rows on.
    let skip = (LANES * a.w_stride * 2 + AHEAD * ROW).wrapping_sub(steps * ROW);
    step_all::<S>(&left, x, last, steps, if more { skip } else { 0 });
    if a.k % STEP > 0 {
        let copy = memory.add(STREAMS * TILE);
        for s in 0..S {
            copy_tiles(a, n[s], steps * STEP, copy.add(s * TILE));
            left[s] = Left {
                // Step `steps` of the copy is its first tile.
                at: copy.add(s * TILE).wrapping_sub(steps * TILE),
                ..Left::copied(copy)
            };
        }
        step_all::<S>(&left, x, steps, steps + 1, 0);
    }
    store_all::<S>(a, x, n, memory);
}

#[inline(always)]
unsafe fn zero_all() {
    amx::zero::<0>();
    amx::zero::<1>();
    amx::zero::<2>();
    amx::zero::<3>();
}

/// Adds the products of the steps `from..to`; what lies `ahead` bytes on is fetched, if that is not 0.
#[inline(always)]
unsafe fn step_all<const S: usize>(
    left: &[Left; S],
    x: &Packed,
    from: usize,
    to: usize,
    ahead: usize,
) {
    let x_stride = 4 * x.form.columns();
    for step in from..to {
        amx::load::<6>(x.tile(0, step), x_stride);
        for s in 0..S {
            let Left { at, stride, step: bytes } = left[s];
            let at = at.wrapping_add(step * bytes);
            if ahead > 0 {
                for r in 0..LANES {
                    _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(r * stride + ahead) as *const i8);
                }
            }
            match s {
                0 => {
                    amx::load::<4>(at, stride);
                    amx::dot::<0, 4, 6>();
                }
                1 => {
                    amx::load::<5>(at, stride);
                    amx::dot::<1, 5, 6>();
                }
                2 => {
                    amx::load::<4>(at, stride);
                    amx::dot::<2, 4, 6>();
                }
                _ => {
                    amx::load::<5>(at, stride);
                    amx::dot::<3, 5, 6>();
                }
            }
        }
    }
}

/// Writes the sums of S blocks.
#[inline(always)]
unsafe fn store_all<const S: usize>(a: &Linear, x: &Packed, n: &[usize; S], memory: *mut u8) {
    let stride = 4 * x.form.columns();
    for s in 0..S {
        let to = memory.add(s * TILE);
        match s {
            0 => amx::store::<0>(to, stride),
            1 => amx::store::<1>(to, stride),
            2 => amx::store::<2>(to, stride),
            _ => amx::store::<3>(to, stride),
        }
    }
    for s in 0..S {
        let bias = (!a.bias.is_null()).then(|| bias16(a, n[s]));
        let sums = memory.add(s * TILE) as *const f32;
        if x.form == Form::One {
            write_one(a, sums, n[s], bias.as_ref());
        } else {
            write_sums(a, sums, (0, x.rows), n[s], bias.as_ref());
        }
    }
}

/// Sixteen sums of one row of x.
#[target_feature(enable = "avx512f")]
unsafe fn write_one(a: &Linear, sums: *const f32, n: usize, bias: Option<&[f32; LANES]>) {
    write16(a.y.add(n), _mm512_loadu_ps(sums), a.n - n, bias);
}
