//! Rows of quantized weights [V, H] by index, as f32.

use super::exact::unpack;
use super::format::{with_format, Scheme};
use super::ints::Ints;
use super::{BLOCK, STRIP};
use crate::embedding::{check_ids, Ids};
use crate::{dispatch, scratch, Cx, KernelError};

/// The operands; y is dense.
#[derive(Clone, Copy)]
pub struct PackedRows {
    pub w: *const u8,
    pub scheme: Scheme,
    /// Rows of w.
    pub v: usize,
    /// Values in a row.
    pub h: usize,
    pub ids: Ids,
    pub count: usize,
    pub y: *mut f32,
}

// Chunks write disjoint rows of y; everything else is read only.
unsafe impl Sync for PackedRows {}

/// Gathers the rows. An index outside [0, V) is an error and nothing is written.
///
/// # Safety
/// All pointers must be valid for the sizes given; y overlaps nothing else.
pub unsafe fn packed_rows(cx: &Cx, a: &PackedRows) -> Result<(), KernelError> {
    check_ids(a.ids, a.count, a.v)?;
    let level = cx.level;
    cx.pool.run(a.count, &|i| {
        scratch(4 * STRIP * a.h.div_ceil(BLOCK) * BLOCK, |panel| {
            row(level, a, i, panel as *mut f32);
        });
    });
    Ok(())
}

dispatch!(
    fn row(a: &PackedRows, i: usize, panel: *mut f32) = row_body
);

#[inline(always)]
unsafe fn row_body<S: Ints>(s: S, a: &PackedRows, i: usize, panel: *mut f32) {
    let id = a.ids.get(i) as usize;
    let bytes = a.scheme.strip_bytes(a.h).unwrap_or(0);
    let strip = a.w.add(id / STRIP * bytes);
    with_format!(a.scheme, F => unpack::<S, F>(s, strip, a.h, panel));
    for k in 0..a.h {
        *a.y.add(i * a.h + k) = *panel.add(k * STRIP + id % STRIP);
    }
}
