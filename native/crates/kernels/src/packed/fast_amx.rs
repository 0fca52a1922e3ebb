//! Products of many rows of eight-bit activations on AMX tiles: the same integers and the same order of sums as
//! `fast`, so the same bits. A tile of weights is a tile of columns as it lies in memory.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use super::fast::{columns, write, Activations, Facts};
use super::format::{with_format, Format};
use super::ints::Ints;
use super::product::{Part, Rows};
use super::{Scheme, BLOCK, STRIP};
use crate::amx::{self, ROW, TILE};
use crate::simd::{Avx512, Simd};
use core::arch::x86_64::*;
use std::cell::RefCell;

/// Rows of x in a tile.
const ROWS: usize = 16;
/// Tiles of sums that are filled before the first is used.
const AHEAD: usize = 4;
/// Bytes of the codes of a tile, one byte each.
const CODES: usize = STRIP * BLOCK;

thread_local! {
    // Four-bit codes of a strip as bytes.
    static UNPACKED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// True when tiles can compute it: there are enough rows, and one scale for 32 k.
pub(super) fn suits(rows: &Rows, part: &Part) -> bool {
    rows.m >= ROWS && part.a.scheme != Scheme::Q8Halves && amx::has_bytes()
}

/// The products of strips from..to with all rows of x.
///
/// # Safety
/// As `fast_chunk`; `suits` was true.
pub(super) unsafe fn chunk(rows: &Rows, part: &Part, x: &Activations) {
    UNPACKED.with(|memory| {
        let mut memory = memory.borrow_mut();
        let bytes = x.blocks * CODES;
        if memory.len() < bytes {
            memory.resize(bytes, 0);
        }
        let memory = memory.as_mut_ptr();
        amx::configure_bytes();
        with_format!(part.a.scheme, F => strips::<F>(rows, part, x, memory));
        amx::release();
    });
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")]
unsafe fn strips<F: Format>(rows: &Rows, part: &Part, x: &Activations, memory: *mut u8) {
    let bytes = part.a.scheme.strip_bytes(rows.k).unwrap_or(0);
    for n in part.from..part.to {
        let strip = part.a.w.add(n * bytes);
        if F::FOUR_BITS {
            for b in 0..x.blocks {
                unpack::<F>(F::tile(Avx512, strip, b).1, memory.add(b * CODES));
            }
        }
        let whole = rows.m / ROWS * ROWS;
        for m in (0..whole).step_by(ROWS) {
            rows16::<F>(part, n, strip, memory, x, m);
        }
        for m in whole..rows.m {
            columns::<Avx512, F, 1>(Avx512, part, n, strip, x, m);
        }
    }
}

/// Four-bit codes as signed bytes.
#[inline(always)]
unsafe fn unpack<F: Format>(codes: *const u8, to: *mut u8) {
    let zero = _mm512_set1_epi8(F::ZERO4 as i8);
    for g in 0..BLOCK / 8 {
        let [low, high] = Avx512.load_nibbles(codes.add(64 * g));
        let high_at = to.add(CODES / 2 + 64 * g);
        _mm512_storeu_si512(to.add(64 * g) as *mut __m512i, _mm512_sub_epi8(low, zero));
        _mm512_storeu_si512(high_at as *mut __m512i, _mm512_sub_epi8(high, zero));
    }
}

/// Sixteen rows of x from row m on with one strip.
#[inline(always)]
unsafe fn rows16<F: Format>(
    part: &Part,
    n: usize,
    strip: *const u8,
    unpacked: *const u8,
    x: &Activations,
    m: usize,
) {
    #[repr(align(64))]
    struct Sums([u8; AHEAD * TILE]);
    let mut sums = Sums([0; AHEAD * TILE]);
    let sums = sums.0.as_mut_ptr();
    let s = Avx512;
    let mut acc = [s.zero(); ROWS];
    let row = x.row(m);
    let stride = x.blocks * BLOCK;
    let codes = |b: usize| {
        if F::FOUR_BITS {
            unpacked.add(b * CODES)
        } else {
            F::tile(s, strip, b).1
        }
    };
    let rows_at = |b: usize| (row.x as *const u8).add(b * BLOCK);
    let mut b = 0;
    while b + AHEAD <= x.blocks {
        product::<0, 4, 6>(rows_at(b), stride, codes(b));
        product::<1, 5, 7>(rows_at(b + 1), stride, codes(b + 1));
        product::<2, 4, 6>(rows_at(b + 2), stride, codes(b + 2));
        product::<3, 5, 7>(rows_at(b + 3), stride, codes(b + 3));
        amx::store::<0>(sums, ROW);
        amx::store::<1>(sums.add(TILE), ROW);
        amx::store::<2>(sums.add(2 * TILE), ROW);
        amx::store::<3>(sums.add(3 * TILE), ROW);
        for i in 0..AHEAD {
            add::<F>(&mut acc, sums.add(i * TILE), strip, row.facts, x.blocks, b + i);
        }
        b += AHEAD;
    }
    while b < x.blocks {
        product::<0, 4, 6>(rows_at(b), stride, codes(b));
        amx::store::<0>(sums, ROW);
        add::<F>(&mut acc, sums, strip, row.facts, x.blocks, b);
        b += 1;
    }
    for i in 0..ROWS {
        write(s, part, n, m + i, acc[i]);
    }
}

/// C = the rows at `x` times 32 k of weights.
#[inline(always)]
unsafe fn product<const C: usize, const A: usize, const B: usize>(
    x: *const u8,
    stride: usize,
    codes: *const u8,
) {
    amx::zero::<C>();
    amx::load::<A>(x, stride);
    amx::load::<B>(codes, ROW);
    amx::dot_bytes::<C, A, B>();
}

/// Adds the sums of block `b` times their scales.
#[inline(always)]
unsafe fn add<F: Format>(
    acc: &mut [__m512; ROWS],
    sums: *const u8,
    strip: *const u8,
    facts: *const Facts,
    blocks: usize,
    b: usize,
) {
    let s = Avx512;
    let (head, _) = F::tile(s, strip, b);
    for i in 0..ROWS {
        let facts = &*facts.add(i * blocks + b);
        let dot = s.float(_mm512_load_si512(sums.add(i * ROW) as *const __m512i));
        acc[i] = s.fma(dot, s.mul(head.scale[0], s.splat(facts.scale)), acc[i]);
        if F::HAS_LOW {
            acc[i] = s.fma(head.low, s.splat(facts.sum), acc[i]);
        }
    }
}
