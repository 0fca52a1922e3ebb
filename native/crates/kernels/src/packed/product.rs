//! y[M, N] = x[M, K] . w[N, K]^T (+ bias) for quantized w: products of the same x as one job.

use super::exact::{exact_chunk, exact_scratch};
use super::fast::{activations_bytes, fast_chunk, quantize_rows, Activations};
use super::{Scheme, STRIP};
use crate::{scratch, Cx, Float, Ptr};

/// What is done with the activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every weight is made the f32 it stands for; each output is one chain of `fma`, k ascending, then the bias.
    Exact,
    /// Activations are eight-bit numbers with an f32 scale per 32: sums of 32 products are exact, and are added, times
    /// both scales, with k ascending.
    Fast,
}

/// One product.
#[derive(Clone, Copy)]
pub struct PackedLinear {
    pub w: *const u8,
    pub scheme: Scheme,
    /// N values, or null.
    pub bias: *const u8,
    pub bias_type: Float,
    pub y: *mut f32,
    pub y_stride: usize,
    pub n: usize,
}

/// x of all products; the stride is in elements, rows are contiguous.
#[derive(Clone, Copy)]
pub struct Rows {
    pub x: *const f32,
    pub x_stride: usize,
    pub m: usize,
    pub k: usize,
}

// Chunks write disjoint parts of y; everything else is read only.
unsafe impl Sync for PackedLinear {}
unsafe impl Sync for Rows {}

/// Strips from..to of one product.
pub(super) struct Part<'a> {
    pub a: &'a PackedLinear,
    pub from: usize,
    pub to: usize,
}

/// Chunks per thread: enough that a thread that lost its core for a while is made up for.
const CHUNKS_PER_THREAD: usize = 4;
/// A chunk of weights is not made smaller than this: below, starting streams costs more.
const MIN_CHUNK_BYTES: usize = 32 * 1024;
/// Rows of x are quantized in pieces of about this many values.
const CHUNK_VALUES: usize = 16 * 1024;

/// Computes all products. A row has the same bits in every batch, on every level, with any number of threads.
///
/// # Safety
/// All pointers must be valid for the shapes given; no y overlaps anything else.
pub unsafe fn packed_linears(cx: &Cx, rows: &Rows, list: &[PackedLinear], mode: Mode) {
    if rows.m == 0 || list.iter().all(|a| a.n == 0) {
        return;
    }
    let level = cx.level;
    match mode {
        Mode::Exact => each_part(cx, rows, list, &|part| {
            scratch(exact_scratch(rows), |memory| {
                exact_chunk(level, rows, part, memory as *mut f32)
            })
        }),
        Mode::Fast => scratch(activations_bytes(rows), |memory| {
            let x = Activations::in_memory(memory, rows);
            let step = (CHUNK_VALUES / rows.k.max(1)).max(1);
            if rows.m <= step {
                quantize_rows(level, rows, &x, 0, rows.m);
            } else {
                cx.pool.run(rows.m.div_ceil(step), &|c| {
                    quantize_rows(level, rows, &x, c * step, ((c + 1) * step).min(rows.m))
                });
            }
            each_part(cx, rows, list, &|part| fast_chunk(level, rows, part, &x));
        }),
    }
}

/// All strips of all products, one after the other, in chunks.
unsafe fn each_part(cx: &Cx, rows: &Rows, list: &[PackedLinear], f: &(dyn Fn(&Part) + Sync)) {
    let total: usize = list.iter().map(|a| a.n.div_ceil(STRIP)).sum();
    let threads = cx.pool.threads();
    let bytes = list.iter().filter_map(|a| a.scheme.strip_bytes(rows.k)).max().unwrap_or(1);
    let least = if rows.m > 4 { 1 } else { MIN_CHUNK_BYTES.div_ceil(bytes.max(1)) };
    // Four strips are read side by side.
    let wanted = total.div_ceil(CHUNKS_PER_THREAD * threads).max(least).next_multiple_of(4);
    let step = wanted.min(total.div_ceil(threads).max(1));
    let products = Ptr(list.as_ptr() as *mut PackedLinear);
    let count = list.len();
    cx.pool.run(total.div_ceil(step), &|c| {
        let list = std::slice::from_raw_parts(products.get() as *const PackedLinear, count);
        let (from, to) = (c * step, ((c + 1) * step).min(total));
        let mut base = 0;
        for a in list {
            let strips = a.n.div_ceil(STRIP);
            let (low, high) = (from.max(base), to.min(base + strips));
            if low < high {
                f(&Part { a, from: low - base, to: high - base });
            }
            base += strips;
        }
    });
}

#[cfg(test)]
#[path = "product_test.rs"]
mod test;
