//! More than sixteen rows of x: rows of x are the left factor, 32 rows of w the right one, packed into scratch
//! once for all rows of x. Two by two tiles of sums are y as it lies in memory. Each product and each sum is
//! the same as with the factors the other way round.

use crate::amx::{self, ROW, TILE};
use crate::linear::Linear;
use crate::linear_amx::{bias16, write16};
use crate::linear_amx_pack::{with_packed, Form, Packed};
use crate::simd::LANES;
use crate::split::Split;
use crate::transpose::transpose;
use crate::{scratch, Cx};
use core::arch::asm;
use core::arch::x86_64::*;

/// Rows of x and of w in two tiles side by side.
const PAIR: usize = 2 * LANES;
/// Bytes of packed x that stay in the second cache while weights pass by.
const X_BLOCK_BYTES: usize = 800 * 1024;
/// A block of rows of x is not made smaller than this: weights are packed once per block.
const MIN_BLOCK_ROWS: usize = 128;

/// The products of many rows of x.
///
/// # Safety
/// As `linear`; weights are bf16 and the machine has AMX.
pub unsafe fn many_rows(cx: &Cx, list: &[Linear]) {
    let Some(first) = list.first() else { return };
    let most = (X_BLOCK_BYTES / (2 * first.k.max(1))).max(MIN_BLOCK_ROWS);
    let blocks = first.m.div_ceil(most);
    let block = first.m.div_ceil(blocks).next_multiple_of(PAIR);
    for m in (0..first.m).step_by(block) {
        let rows = (m, (m + block).min(first.m));
        with_packed(cx, first, rows, Form::Rows, |x| products(cx, list, m, x));
    }
}

/// All products of the packed rows of x, the first of which is row m.
unsafe fn products(cx: &Cx, list: &[Linear], m: usize, x: &Packed) {
    let panels: usize = list.iter().map(|a| a.n.div_ceil(PAIR)).sum();
    let (threads, pairs) = (cx.pool.threads(), x.rows.div_ceil(PAIR));
    // Rows of x are shared out too where there are few panels of weights.
    let parts = (4 * threads).div_ceil(panels.max(1)).min(pairs);
    let split = Split::new(panels, threads, 1, 1);
    cx.pool.run(split.chunks() * parts, &|c| {
        let (from, to) = split.chunk(c / parts);
        let part = c % parts;
        let rows = (part * pairs / parts, (part + 1) * pairs / parts);
        scratch(4 * TILE + 2 * x.steps * TILE, |memory| {
            amx::configure(LANES);
            let mut base = 0;
            for a in list {
                let count = a.n.div_ceil(PAIR);
                for panel in from.max(base)..to.min(base + count) {
                    let n = (panel - base) * PAIR;
                    let more = panel + 1 < to.min(base + count);
                    Panel::new(a, x, m, n, more, memory).run(rows);
                }
                base += count;
            }
            amx::release();
        });
    });
}

/// Products with 32 rows of w.
struct Panel<'a> {
    a: &'a Linear,
    x: &'a Packed,
    m: usize,
    n: usize,
    /// The weights: [steps][2] of tiles [16 pairs of k][16 rows][2].
    right: *const u8,
    sums: *mut u8,
    bias: Option<[[f32; LANES]; 2]>,
    ahead: Ahead,
}

/// The rows of w that come next, fetched while others are multiplied.
struct Ahead {
    at: *const u8,
    lines: usize,
}

impl<'a> Panel<'a> {
    unsafe fn new(
        a: &'a Linear,
        x: &'a Packed,
        m: usize,
        n: usize,
        more: bool,
        memory: *mut u8,
    ) -> Panel<'a> {
        let right = memory.add(4 * TILE);
        pack_right(a, n, right);
        Panel {
            a,
            x,
            m,
            n,
            right,
            sums: memory,
            bias: (!a.bias.is_null()).then(|| [bias16(a, n), second_bias(a, n + LANES)]),
            ahead: Ahead {
                at: a.w.wrapping_add((n + PAIR) * a.w_stride * 2),
                lines: if more { PAIR * a.w_stride * 2 / ROW } else { 0 },
            },
        }
    }

    /// The pairs of tiles of rows of x in `pairs`.
    unsafe fn run(&mut self, pairs: (usize, usize)) {
        let share = self
            .ahead
            .lines
            .div_ceil((pairs.1 - pairs.0).max(1) * self.x.steps.max(1));
        for pair in pairs.0..pairs.1 {
            let row = pair * PAIR;
            let rows = (self.x.rows - row).min(PAIR);
            if rows > LANES {
                self.four(pair, share);
            } else {
                self.two(pair, share);
            }
            self.write(row, rows);
        }
    }

    /// Both tiles of rows of x.
    unsafe fn four(&mut self, pair: usize, share: usize) {
        amx::zero::<0>();
        amx::zero::<1>();
        amx::zero::<2>();
        amx::zero::<3>();
        let (mut low, mut high) = (self.x.tile(2 * pair, 0), self.x.tile(2 * pair + 1, 0));
        let mut right = self.right;
        let mut out = Out::new(self.a, self.m + pair * PAIR, self.n, self.x.steps);
        for _ in 0..self.x.steps {
            out.fetch();
            amx::load_once::<4>(low, ROW);
            amx::load::<6>(right, ROW);
            amx::load::<7>(right.add(TILE), ROW);
            amx::dot::<0, 4, 6>();
            amx::load_once::<5>(high, ROW);
            amx::dot::<1, 4, 7>();
            amx::dot::<2, 5, 6>();
            amx::dot::<3, 5, 7>();
            self.ahead.fetch(share);
            low = low.add(TILE);
            high = high.add(TILE);
            right = right.add(2 * TILE);
        }
    }

    /// The last rows of x, at most sixteen.
    unsafe fn two(&mut self, pair: usize, share: usize) {
        amx::zero::<0>();
        amx::zero::<1>();
        let (mut low, mut right) = (self.x.tile(2 * pair, 0), self.right);
        for _ in 0..self.x.steps {
            amx::load_once::<4>(low, ROW);
            amx::load::<6>(right, ROW);
            amx::load::<7>(right.add(TILE), ROW);
            amx::dot::<0, 4, 6>();
            amx::dot::<1, 4, 7>();
            self.ahead.fetch(share);
            low = low.add(TILE);
            right = right.add(2 * TILE);
        }
    }

    /// Writes the sums of `rows` rows of x from `row` on.
    unsafe fn write(&self, row: usize, rows: usize) {
        let a = self.a;
        let y = a.y.add((self.m + row) * a.y_stride + self.n);
        if self.bias.is_none() && rows == PAIR && self.n + PAIR <= a.n {
            let (y, stride) = (y as *mut u8, 4 * a.y_stride);
            amx::store::<0>(y, stride);
            amx::store::<1>(y.add(ROW), stride);
            amx::store::<2>(y.add(LANES * stride), stride);
            amx::store::<3>(y.add(LANES * stride + ROW), stride);
            return;
        }
        // Rows of both tiles side by side, then those of the tiles below.
        amx::store::<0>(self.sums, 2 * ROW);
        amx::store::<1>(self.sums.add(ROW), 2 * ROW);
        amx::store::<2>(self.sums.add(2 * TILE), 2 * ROW);
        amx::store::<3>(self.sums.add(2 * TILE + ROW), 2 * ROW);
        self.write_rows(y, rows);
    }

    #[target_feature(enable = "avx512f")]
    unsafe fn write_rows(&self, y: *mut f32, rows: usize) {
        let count = self.a.n - self.n;
        for r in 0..rows {
            let (y, sums) = (
                y.add(r * self.a.y_stride),
                self.sums.add(2 * r * ROW) as *const f32,
            );
            let bias = self.bias.as_ref();
            write16(y, _mm512_loadu_ps(sums), count, bias.map(|b| &b[0]));
            if count > LANES {
                let second = _mm512_loadu_ps(sums.add(LANES));
                write16(y.add(LANES), second, count - LANES, bias.map(|b| &b[1]));
            }
        }
    }
}

/// The lines of y that 32 rows of sums will be written to, fetched for writing meanwhile.
struct Out {
    at: *const u8,
    stride: usize,
    rows: usize,
    share: usize,
}

impl Out {
    unsafe fn new(a: &Linear, m: usize, n: usize, steps: usize) -> Out {
        Out {
            at: a.y.add(m * a.y_stride + n) as *const u8,
            stride: 4 * a.y_stride,
            rows: PAIR,
            share: PAIR.div_ceil(steps.max(1)),
        }
    }

    /// The share of one step.
    #[inline(always)]
    unsafe fn fetch(&mut self) {
        let rows = self.share.min(self.rows);
        for _ in 0..rows {
            asm!("prefetchw [{0}]", "prefetchw [{0} + 64]", in(reg) self.at,
                 options(nostack, readonly, preserves_flags));
            self.at = self.at.wrapping_add(self.stride);
        }
        self.rows -= rows;
    }
}

impl Ahead {
    #[inline(always)]
    unsafe fn fetch(&mut self, lines: usize) {
        let lines = lines.min(self.lines);
        for i in 0..lines {
            _mm_prefetch::<_MM_HINT_T1>(self.at.wrapping_add(i * ROW) as *const i8);
        }
        self.at = self.at.wrapping_add(lines * ROW);
        self.lines -= lines;
    }
}

unsafe fn second_bias(a: &Linear, n: usize) -> [f32; LANES] {
    if n < a.n {
        bias16(a, n)
    } else {
        [0.0; LANES]
    }
}

/// Packs the rows `n..n + 32` of w as right factors; what is beyond N or K is zero.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn pack_right(a: &Linear, n: usize, to: *mut u8) {
    for half in 0..2 {
        let first = n + half * LANES;
        let rows = a.n.saturating_sub(first).min(LANES);
        let mut out = to.add(half * TILE);
        for k in (0..a.k).step_by(32) {
            let mask = if a.k - k >= 32 {
                !0
            } else {
                (1u32 << (a.k - k)) - 1
            };
            let mut values = [_mm512_setzero_si512(); LANES];
            for (r, value) in values.iter_mut().enumerate().take(rows) {
                let from = a.w.add(2 * ((first + r) * a.w_stride + k)) as *const i16;
                *value = _mm512_maskz_loadu_epi16(mask, from);
            }
            for (i, value) in transpose(values).iter().enumerate() {
                _mm512_store_si512(out.add(i * ROW) as *mut __m512i, *value);
            }
            out = out.add(2 * TILE);
        }
    }
}
