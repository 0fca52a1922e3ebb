//! c[b, M, N] = a[b, M, K] . b[b, K, N] (+ bias), f32 arithmetic, b in f32, bf16 or f16 as it lies
//! in memory: general products, and layers whose weight is stored [in, out] (Conv1D).
//!
//! One written order: an output is one `fma` chain from zero, k ascending; then the bias. Few rows
//! (`matmul_rows`) and many (`matmul_tiles`) follow it, so a row has the same bits in every batch.

use crate::matmul_rows::{rows_chunk, MAX_ROWS};
use crate::matmul_tiles::{tile, tiles_chunk, tiles_scratch};
use crate::simd::LANES;
use crate::{scratch, Cx, Float};

/// The operands; strides are in elements and rows are contiguous. There are two batch dimensions,
/// each with a stride per operand (0: the same matrix for all of them).
#[derive(Clone, Copy)]
pub struct Matmul {
    pub a: *const f32,
    pub a_stride: usize,
    pub a_batch: [usize; 2],
    pub b: *const u8,
    pub b_type: Float,
    pub b_stride: usize,
    pub b_batch: [usize; 2],
    /// N values added to every row, or null.
    pub bias: *const u8,
    pub bias_type: Float,
    pub c: *mut f32,
    pub c_stride: usize,
    pub c_batch: [usize; 2],
    pub batch: [usize; 2],
    pub m: usize,
    pub n: usize,
    pub k: usize,
}

// Chunks write disjoint parts of c; everything else is read only.
unsafe impl Sync for Matmul {}

impl Matmul {
    /// The product number `i` of the batch alone.
    unsafe fn at(&self, i: usize) -> Matmul {
        let (u, v) = (i / self.batch[1], i % self.batch[1]);
        let offset = |strides: [usize; 2]| u * strides[0] + v * strides[1];
        Matmul {
            a: self.a.add(offset(self.a_batch)),
            b: self.b.add(offset(self.b_batch) * self.b_type.size()),
            c: self.c.add(offset(self.c_batch)),
            batch: [1, 1],
            ..*self
        }
    }
}

const CHUNKS_PER_THREAD: usize = 8;
/// Few rows take fewer chunks: the longer the run of columns, the better memory streams.
const ROW_CHUNKS_PER_THREAD: usize = 2;
/// Columns that few rows take at least per chunk: below, a piece of a row of b is too short to stream.
const MIN_COLUMNS: usize = 256;
/// Rows of a that many rows take per chunk at most, so that a block of them stays in L2.
const BLOCK_ROWS: usize = 256;

/// Computes `c`.
///
/// # Safety
/// All pointers must be valid for the shapes and strides given; c overlaps nothing else.
pub unsafe fn matmul(cx: &Cx, a: &Matmul) {
    let batch = a.batch[0] * a.batch[1];
    if batch == 0 || a.m == 0 || a.n == 0 {
        return;
    }
    let level = cx.level;
    let per_thread = if a.m <= MAX_ROWS {
        ROW_CHUNKS_PER_THREAD
    } else {
        CHUNKS_PER_THREAD
    };
    let wanted = (per_thread * cx.pool.threads()).div_ceil(batch);
    if a.m <= MAX_ROWS {
        let columns =
            a.n.div_ceil(wanted)
                .max(MIN_COLUMNS)
                .next_multiple_of(2 * LANES);
        let blocks = a.n.div_ceil(columns);
        cx.pool.run(batch * blocks, &|c| {
            let (i, j) = (c / blocks, c % blocks);
            rows_chunk(level, &a.at(i), j * columns, ((j + 1) * columns).min(a.n));
        });
        return;
    }
    let (tile_m, tile_n) = tile(level);
    let m_blocks = a.m.div_ceil(BLOCK_ROWS);
    let m_step = a.m.div_ceil(m_blocks).next_multiple_of(tile_m);
    let m_blocks = a.m.div_ceil(m_step);
    let panels = a.n.div_ceil(tile_n);
    let n_step = panels.div_ceil(wanted.div_ceil(m_blocks)) * tile_n;
    let n_blocks = a.n.div_ceil(n_step);
    cx.pool.run(batch * m_blocks * n_blocks, &|c| {
        let (i, block) = (c / (m_blocks * n_blocks), c % (m_blocks * n_blocks));
        let (p, q) = (block % m_blocks, block / m_blocks);
        let m = (p * m_step, ((p + 1) * m_step).min(a.m));
        let n = (q * n_step, ((q + 1) * n_step).min(a.n));
        scratch(tiles_scratch(), |memory| {
            tiles_chunk(level, &a.at(i), m, n, memory as *mut f32);
        });
    });
}

#[cfg(test)]
#[path = "matmul_test.rs"]
mod test;
