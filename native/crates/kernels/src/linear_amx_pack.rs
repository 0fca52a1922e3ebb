//! Rows of x rounded to bf16 (nearest, ties to even, subnormal to zero) as tiles, one step of 32 k after the other.

use crate::amx::ROW;
use crate::linear::Linear;
use crate::simd::LANES;
use crate::transpose::transpose;
use crate::{Cx, Ptr};
use core::arch::x86_64::*;
use std::cell::Cell;

/// Values of k in one tile.
pub const STEP: usize = 32;
/// Below so many values one thread packs faster than several meet.
const SHARED: usize = 32 * 1024;

thread_local! {
    static MEMORY: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

/// How a tile of rows of x lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Left factor: [16 rows][32 k].
    Rows,
    /// Right factor: [16 pairs of k][16 rows][2].
    Pairs,
    /// Right factor for one row: [16 pairs of k][2].
    One,
}

impl Form {
    /// Columns of a right factor and of its sums.
    pub fn columns(self) -> usize {
        if self == Form::One {
            1
        } else {
            LANES
        }
    }

    fn tile_bytes(self) -> usize {
        ROW * self.columns()
    }
}

/// Rows of x, packed.
#[derive(Clone, Copy)]
pub struct Packed {
    at: *const u8,
    pub rows: usize,
    pub steps: usize,
    pub form: Form,
}

unsafe impl Sync for Packed {}

impl Packed {
    /// The tile of the sixteen rows `block` at a step.
    #[inline(always)]
    pub unsafe fn tile(&self, block: usize, step: usize) -> *const u8 {
        self.at
            .add((block * self.steps + step) * self.form.tile_bytes())
    }
}

/// Packs rows `m.0..m.1` of x and calls `f` with them.
///
/// # Safety
/// The machine has AVX-512 BF16; x holds the rows; only one row is packed as `One`.
pub unsafe fn with_packed(
    cx: &Cx,
    a: &Linear,
    m: (usize, usize),
    form: Form,
    f: impl FnOnce(&Packed),
) {
    let rows = m.1 - m.0;
    let (blocks, steps) = (rows.div_ceil(LANES), a.k.div_ceil(STEP));
    let mut memory = MEMORY.take();
    let words = (blocks * steps * form.tile_bytes() + ROW) / 8;
    if memory.len() < words {
        memory.resize(words, 0);
    }
    let start = memory.as_mut_ptr() as *mut u8;
    let start = start.add(start.align_offset(ROW));
    let to = Ptr(start);
    let pack = |block: usize| {
        let first = m.0 + block * LANES;
        let out = to.get().add(block * steps * form.tile_bytes());
        pack_rows(a, first, LANES.min(m.1 - first), form, out);
    };
    if rows * a.k < SHARED {
        (0..blocks).for_each(pack);
    } else {
        cx.pool.run(blocks, &pack);
    }
    let at = start;
    f(&Packed {
        at,
        rows,
        steps,
        form,
    });
    MEMORY.set(memory);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn pack_rows(a: &Linear, first: usize, rows: usize, form: Form, mut to: *mut u8) {
    let x = a.x.add(first * a.x_stride);
    for k in (0..a.k).step_by(STEP) {
        let count = STEP.min(a.k - k);
        let mut values = [_mm512_setzero_si512(); LANES];
        for (r, value) in values.iter_mut().enumerate().take(rows) {
            *value = round(x.add(r * a.x_stride + k), count);
        }
        if form == Form::Pairs {
            values = transpose(values);
        }
        for value in values.iter().take(form.columns()) {
            _mm512_storeu_si512(to as *mut __m512i, *value);
            to = to.add(ROW);
        }
    }
}

/// `count` values as bf16, the others zero.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
unsafe fn round(x: *const f32, count: usize) -> __m512i {
    let (low, high) = if count == STEP {
        (_mm512_loadu_ps(x), _mm512_loadu_ps(x.add(LANES)))
    } else {
        let mask = (1u32 << count) - 1;
        (
            _mm512_maskz_loadu_ps(mask as __mmask16, x),
            _mm512_maskz_loadu_ps((mask >> 16) as __mmask16, x.wrapping_add(LANES)),
        )
    };
    core::mem::transmute(_mm512_cvtne2ps_pbh(high, low))
}
