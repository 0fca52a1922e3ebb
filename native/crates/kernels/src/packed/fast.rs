//! Products with eight-bit activations.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use super::format::{with_format, Format};
use super::ints::{has_vnni, Ints};
use super::product::{Part, Rows};
use super::{BLOCK, STRIP};
use crate::dispatch;
use crate::simd::{Avx2, Avx512, Scalar, Simd, LANES};
use crate::stored::load_part_any;
use crate::Level;

/// How far ahead a stream of weights is prefetched.
const AHEAD_BYTES: usize = 2048;
/// Strips that are read side by side for one row of x: several streams keep more of the memory busy.
const STREAMS: usize = 4;
/// Groups of a tile's codes.
const GROUPS: usize = BLOCK / 4;

/// What is known of 32 eight-bit numbers.
#[repr(C)]
#[derive(Clone, Copy)]
struct Facts {
    scale: f32,
    /// scale times the sum of the numbers.
    sum: f32,
    /// The sums of both halves times -128, and of all times -128 and -8: what codes are multiplied plus is taken off before.
    halves: [i32; 2],
    off128: i32,
    off8: i32,
}

/// Rows of x as eight-bit numbers.
pub(super) struct Activations {
    x: *mut i8,
    facts: *mut Facts,
    blocks: usize,
}

unsafe impl Sync for Activations {}

/// Bytes that `Activations` takes for these rows.
pub(super) fn activations_bytes(rows: &Rows) -> usize {
    rows.m * rows.k.div_ceil(BLOCK) * (BLOCK + size_of::<Facts>())
}

impl Activations {
    pub(super) fn in_memory(memory: *mut u8, rows: &Rows) -> Activations {
        let blocks = rows.k.div_ceil(BLOCK);
        let x = memory as *mut i8;
        let facts = memory.wrapping_add(rows.m * blocks * BLOCK) as *mut Facts;
        Activations { x, facts, blocks }
    }

    #[inline(always)]
    unsafe fn row(&self, m: usize) -> Row {
        Row {
            x: self.x.add(m * self.blocks * BLOCK),
            facts: self.facts.add(m * self.blocks),
        }
    }
}

#[derive(Clone, Copy)]
struct Row {
    x: *const i8,
    facts: *const Facts,
}

dispatch!(
    /// Rows from..to of x as eight-bit numbers: the largest of 32 becomes 127.
    pub(super) fn quantize_rows(rows: &Rows, x: &Activations, from: usize, to: usize) = quantize_body
);

#[inline(always)]
unsafe fn quantize_body<S: Ints>(s: S, rows: &Rows, x: &Activations, from: usize, to: usize) {
    for m in from..to {
        let row = rows.x.add(m * rows.x_stride);
        let to = x.row(m);
        for b in 0..x.blocks {
            let n = rows.k - b * BLOCK;
            if n >= BLOCK {
                quantize_block(s, row.add(b * BLOCK), to, b);
            } else {
                let mut v = [0f32; BLOCK];
                std::ptr::copy_nonoverlapping(row.add(b * BLOCK), v.as_mut_ptr(), n);
                quantize_block(s, v.as_ptr(), to, b);
            }
        }
    }
}

#[inline(always)]
unsafe fn quantize_block<S: Ints>(s: S, v: *const f32, to: Row, b: usize) {
    let halves = [s.load(v), s.load(v.add(LANES))];
    let magnitudes = halves.map(|h| s.max(h, s.sub(s.zero(), h)));
    let most = s.reduce_max(s.max(magnitudes[0], magnitudes[1]));
    // Infinite or no number where one of the values is: so is the scale then, and all sums with it.
    let check = s.reduce_sum(s.mul(s.zero(), s.add(halves[0], halves[1])));
    let scale = most / 127.0 + check;
    let inverse = if most > 0.0 && scale.is_finite() { 127.0 / most } else { 0.0 };
    let mut sums = [0i32; 2];
    for h in 0..2 {
        let codes = s.round(s.mul(halves[h], s.splat(inverse)));
        // No number times zero is none.
        let codes = s.max(s.min(codes, s.splat(127.0)), s.splat(-127.0));
        sums[h] = s.store_i8((to.x as *mut i8).add(b * BLOCK + h * LANES), codes);
    }
    let sum = sums[0] + sums[1];
    *(to.facts as *mut Facts).add(b) = Facts {
        scale,
        sum: scale * sum as f32,
        halves: sums.map(|sum| -128 * sum),
        off128: -128 * sum,
        off8: -8 * sum,
    };
}

/// The products of strips from..to with all rows of x.
pub(super) unsafe fn fast_chunk(level: Level, rows: &Rows, part: &Part, x: &Activations) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")]
        unsafe fn vnni(rows: &Rows, part: &Part, x: &Activations) {
            body(Avx512, rows, part, x)
        }
        #[target_feature(enable = "avx2,fma,f16c")]
        unsafe fn avx2(rows: &Rows, part: &Part, x: &Activations) {
            body(Avx2, rows, part, x)
        }
        if level >= Level::Avx512 && has_vnni() {
            return vnni(rows, part, x);
        }
        if level >= Level::Avx2 {
            return avx2(rows, part, x);
        }
    }
    let _ = level;
    body(Scalar, rows, part, x)
}

#[inline(always)]
unsafe fn body<S: Ints>(s: S, rows: &Rows, part: &Part, x: &Activations) {
    with_format!(part.a.scheme, F => strips::<S, F>(s, rows, part, x))
}

#[inline(always)]
unsafe fn strips<S: Ints, F: Format>(s: S, rows: &Rows, part: &Part, x: &Activations) {
    let bytes = part.a.scheme.strip_bytes(rows.k).unwrap_or(0);
    let strip = |n: usize| part.a.w.add(n * bytes);
    let mut from = part.from;
    if rows.m == 1 {
        let quarter = (part.to - part.from) / STREAMS;
        for i in 0..quarter {
            let n = [0, 1, 2, 3].map(|q| part.from + q * quarter + i);
            let sums = one_row::<S, F, STREAMS>(s, n.map(strip), x.row(0), x.blocks);
            for q in 0..STREAMS {
                write(s, part, n[q], 0, sums[q]);
            }
        }
        from += STREAMS * quarter;
    }
    for n in from..part.to {
        let mut m = 0;
        while m < rows.m {
            m += match (S::REGISTERS, rows.m - m) {
                (32.., 6..) => columns::<S, F, 6>(s, part, n, strip(n), x, m),
                (8.., 4..) => columns::<S, F, 4>(s, part, n, strip(n), x, m),
                (8.., 2..) => columns::<S, F, 2>(s, part, n, strip(n), x, m),
                _ => columns::<S, F, 1>(s, part, n, strip(n), x, m),
            };
        }
    }
}

/// One row of x with R strips, each a stream of its own.
#[inline(always)]
unsafe fn one_row<S: Ints, F: Format, const R: usize>(
    s: S,
    strips: [*const u8; R],
    x: Row,
    blocks: usize,
) -> [S::V; R] {
    let mut acc = [s.zero(); R];
    for b in 0..blocks {
        for r in 0..R {
            let (head, codes) = F::tile(s, strips[r], b);
            for line in 0..F::TILE.div_ceil(64) {
                s.prefetch(codes.wrapping_add(AHEAD_BYTES + 64 * line));
            }
            let w = load::<S, F>(s, codes);
            acc[r] = add::<S, F>(s, acc[r], &head, &w, x, b);
        }
    }
    acc
}

/// M rows of x from row m on with one strip; returns M.
#[inline(always)]
unsafe fn columns<S: Ints, F: Format, const M: usize>(
    s: S,
    part: &Part,
    n: usize,
    strip: *const u8,
    x: &Activations,
    m: usize,
) -> usize {
    let mut rows = [x.row(m); M];
    for i in 0..M {
        rows[i] = x.row(m + i);
    }
    let mut acc = [s.zero(); M];
    for b in 0..x.blocks {
        let (head, codes) = F::tile(s, strip, b);
        let w = load::<S, F>(s, codes);
        for i in 0..M {
            acc[i] = add::<S, F>(s, acc[i], &head, &w, rows[i], b);
        }
    }
    for i in 0..M {
        write(s, part, n, m + i, acc[i]);
    }
    M
}

/// The codes of a tile, a register for each four k.
#[inline(always)]
unsafe fn load<S: Ints, F: Format>(s: S, codes: *const u8) -> [S::W; GROUPS] {
    let mut w = [s.load_raw(codes); GROUPS];
    if F::FOUR_BITS {
        for g in 0..GROUPS / 2 {
            let [low, high] = s.load_nibbles(codes.add(64 * g));
            w[g] = low;
            w[g + GROUPS / 2] = high;
        }
    } else {
        for g in 0..GROUPS {
            w[g] = s.load_bytes(codes.add(64 * g));
        }
    }
    w
}

/// acc + the products of block `b`.
#[inline(always)]
unsafe fn add<S: Ints, F: Format>(
    s: S,
    acc: S::V,
    head: &super::format::Head<S>,
    w: &[S::W; GROUPS],
    x: Row,
    b: usize,
) -> S::V {
    let facts = &*x.facts.add(b);
    let scale = s.splat(facts.scale);
    let x = x.x.add(b * BLOCK);
    let mut acc = acc;
    if F::HALVES {
        for h in 0..2 {
            let mut dot = s.start(if S::SIGNED_BYTES { 0 } else { facts.halves[h] });
            for g in h * GROUPS / 2..(h + 1) * GROUPS / 2 {
                dot = s.dot_bytes(dot, w[g], x.add(4 * g));
            }
            acc = s.fma(s.float(dot), s.mul(head.scale[h], scale), acc);
        }
        return acc;
    }
    let mut dot = s.start(match (F::FOUR_BITS, F::ZERO4) {
        (true, 0) => 0,
        (true, _) => facts.off8,
        (false, _) if S::SIGNED_BYTES => 0,
        (false, _) => facts.off128,
    });
    for g in 0..GROUPS {
        dot = if F::FOUR_BITS {
            s.dot_nibbles(dot, w[g], x.add(4 * g))
        } else {
            s.dot_bytes(dot, w[g], x.add(4 * g))
        };
    }
    acc = s.fma(s.float(dot), s.mul(head.scale[0], scale), acc);
    if F::HAS_LOW {
        acc = s.fma(head.low, s.splat(facts.sum), acc);
    }
    acc
}

/// Adds the bias and writes the sums of strip `n` to row `m` of y.
#[inline(always)]
pub(super) unsafe fn write<S: Simd>(s: S, part: &Part, n: usize, m: usize, sums: S::V) {
    let a = part.a;
    let column = n * STRIP;
    let count = (a.n - column).min(STRIP);
    let sums = if a.bias.is_null() {
        sums
    } else {
        s.add(sums, load_part_any(s, a.bias_type, a.bias, column, count))
    };
    let y = a.y.add(m * a.y_stride + column);
    if count == STRIP {
        s.store(y, sums);
    } else {
        s.store_part(y, sums, count);
    }
}
