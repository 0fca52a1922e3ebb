//! Up to sixteen rows of x, one column of tiles: every weight is loaded once, straight from memory, so memory is
//! the limit. The sixteen rows of a tile lie apart, and the next tile takes the rows after them: that makes
//! sixteen streams through memory, which prefetchers can follow; sixteen neighbours they cannot.

use crate::amx::{self, ROW, TILE};
use crate::linear::Linear;
use crate::linear_amx::{copy_tiles, Left};
use crate::linear_amx_pack::{with_packed, Form, Packed, STEP};
use crate::simd::LANES;
use crate::split::Split;
use crate::{scratch, Cx};
use core::arch::x86_64::*;

/// How far ahead weights are fetched, in tiles.
const AHEAD: usize = 8;
/// Rows of a stream before all move on: streams that lie far apart would compete for the same cache sets.
const MAX_APART: usize = 31;
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
            // Room for the sums, the ends of rows, and the last block.
            let bytes = 2 * TILE + x.steps * TILE;
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
    let sums = memory as *mut f32;
    // The last block, where rows are missing, is copied.
    let whole = to.min(a.n / LANES).max(from);
    let mut block = from;
    while block < whole {
        let apart = MAX_APART.min(whole - block);
        for i in 0..apart {
            let n = block * LANES + i;
            let left = Left {
                stride: 2 * a.w_stride * apart,
                ..Left::in_place(a, n)
            };
            rows16(a, x, left, i + 1 < apart, memory);
            write(a, x, sums, (n, apart), LANES);
        }
        block += apart;
    }
    if to > whole {
        let (n, copy) = (whole * LANES, memory.add(2 * TILE));
        copy_tiles(a, n, 0, copy);
        amx::zero::<0>();
        add_steps(Left::copied(copy), x, 0, x.steps, 0);
        amx::store::<0>(memory, 4 * x.form.columns());
        write(a, x, sums, (n, 1), a.n - n);
    }
}

/// Sums of sixteen rows of w that lie in memory; if there are `more`, they follow these.
#[inline(always)]
unsafe fn rows16(a: &Linear, x: &Packed, left: Left, more: bool, memory: *mut u8) {
    let steps = a.k / STEP;
    amx::zero::<0>();
    let last = if more {
        steps
    } else {
        steps.saturating_sub(AHEAD)
    };
    add_steps(left, x, 0, last, AHEAD * ROW);
    add_steps(left, x, last, steps, 0);
    if a.k % STEP > 0 {
        let end = memory.add(TILE);
        copy_ends(a, left, steps * STEP, end);
        // Step `steps` of the copy is its only tile.
        let at = end.wrapping_sub(steps * TILE);
        add_steps(Left::copied(at), x, steps, steps + 1, 0);
    }
    amx::store::<0>(memory, 4 * x.form.columns());
}

/// Adds the products of the steps `from..to`; what lies `ahead` bytes on is fetched, if that is not 0.
#[inline(always)]
unsafe fn add_steps(left: Left, x: &Packed, from: usize, to: usize, ahead: usize) {
    let columns = 4 * x.form.columns();
    for step in from..to {
        let at = left.at.wrapping_add(step * left.step);
        if ahead > 0 {
            for r in 0..LANES {
                _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(r * left.stride + ahead) as *const i8);
            }
        }
        // Two tiles in turn: the next one is loaded while this one is multiplied.
        if step % 2 == 0 {
            amx::load::<4>(at, left.stride);
            amx::load::<6>(x.tile(0, step), columns);
            amx::dot::<0, 4, 6>();
        } else {
            amx::load::<5>(at, left.stride);
            amx::load::<7>(x.tile(0, step), columns);
            amx::dot::<0, 5, 7>();
        }
    }
}

/// Copies what the rows of a tile have from k on, zero behind it.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn copy_ends(a: &Linear, left: Left, k: usize, to: *mut u8) {
    let mask = (1 << (a.k - k)) - 1;
    for r in 0..LANES {
        let from = left.at.add(r * left.stride + 2 * k) as *const i16;
        let value = _mm512_maskz_loadu_epi16(mask, from);
        _mm512_store_si512(to.add(r * ROW) as *mut __m512i, value);
    }
}

/// Writes the first `rows` rows of stored sums: outputs from n on, `apart` from each other.
unsafe fn write(a: &Linear, x: &Packed, sums: *const f32, (n, apart): (usize, usize), rows: usize) {
    let columns = x.form.columns();
    for r in 0..rows {
        let n = n + r * apart;
        let bias = (!a.bias.is_null()).then(|| a.bias(n));
        for m in 0..x.rows {
            let sum = *sums.add(r * columns + m);
            *a.y.add(m * a.y_stride + n) = bias.map_or(sum, |bias| sum + bias);
        }
    }
}
