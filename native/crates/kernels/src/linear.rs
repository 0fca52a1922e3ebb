//! y[M, N] = x[M, K] . w[N, K]^T (+ bias), f32 arithmetic, w in f32, bf16 or f16 as it lies in memory.
//!
//! One written reduction order: product k goes into partial sum k mod 16 by `fma`, k ascending; the
//! partial sums are added in the tree of `reduce_sum`; then the bias. Few rows of x
//! (`linear_rows`) and many (`linear_tiles`) follow it, so a row has the same bits in every batch.
//! At the level `Amx` bf16 weights are for `linear_amx`, which has an order of its own and rounds x.

#[cfg(target_arch = "x86_64")]
use crate::linear_amx::{linears_amx, takes};
use crate::linear_rows::{rows_chunk, MAX_ROWS};
use crate::linear_tiles::{tiles_chunk, tiles_scratch};
use crate::split::Split;
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{scratch, Cx, Float};

/// The operands; strides are in elements, rows are contiguous.
#[derive(Clone, Copy)]
pub struct Linear {
    pub x: *const f32,
    pub x_stride: usize,
    pub w: *const u8,
    pub w_type: Float,
    pub w_stride: usize,
    /// N values, or null.
    pub bias: *const u8,
    pub bias_type: Float,
    pub y: *mut f32,
    pub y_stride: usize,
    pub m: usize,
    pub n: usize,
    pub k: usize,
}

// Chunks write disjoint parts of y; everything else is read only.
unsafe impl Sync for Linear {}

impl Linear {
    /// Value `n` of the bias.
    pub(crate) unsafe fn bias(&self, n: usize) -> f32 {
        match self.bias_type {
            Float::F32 => F32::read((self.bias as *const f32).add(n)),
            Float::Bf16 => Bf16::read((self.bias as *const u16).add(n)),
            Float::F16 => F16::read((self.bias as *const u16).add(n)),
        }
    }
}

/// Chunks per thread: enough that a thread that lost its core for a while is made up for.
const CHUNKS_PER_THREAD: usize = 8;
/// A chunk of weights is not made smaller than this: below, starting a stream costs more.
const MIN_CHUNK_BYTES: usize = 32 * 1024;
/// Bytes of x that a block of rows may take, so that it stays in L2 while weights pass by.
const X_BLOCK_BYTES: usize = 800 * 1024;
/// A block of rows is not made smaller than this: a panel of weights is widened once per block.
const MIN_BLOCK_ROWS: usize = 64;

/// Computes `y`.
///
/// # Safety
/// All pointers must be valid for the shapes and strides given; y overlaps nothing else.
pub unsafe fn linear(cx: &Cx, a: &Linear) {
    if a.m == 0 || a.n == 0 {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if takes(cx.level, a) {
        return linears_amx(cx, std::slice::from_ref(a));
    }
    if a.m <= MAX_ROWS {
        return few_rows(cx, std::slice::from_ref(a));
    }
    let level = cx.level;
    let wanted = CHUNKS_PER_THREAD * cx.pool.threads();
    let plan = Plan::new(a, wanted, level);
    cx.pool.run(plan.m_blocks * plan.n_blocks, &|c| {
        let (i, j) = (c % plan.m_blocks, c / plan.m_blocks);
        let m = (i * plan.m_step, ((i + 1) * plan.m_step).min(a.m));
        let n = (j * plan.n_step, ((j + 1) * plan.n_step).min(a.n));
        scratch(4 * tiles_scratch(level, m.1 - m.0, a.k), |memory| {
            tiles_chunk(level, a, m, n, memory as *mut f32);
        });
    });
}

/// Computes several products of the same x (query, key and value; gate and up) as one job: small matrices
/// share their streams, and threads meet once. The bits are those of `linear`.
///
/// # Safety
/// As `linear`, for every product; all have the same x.
pub unsafe fn linears(cx: &Cx, list: &[Linear]) {
    #[cfg(target_arch = "x86_64")]
    if list.iter().all(|a| takes(cx.level, a)) {
        return linears_amx(cx, list);
    }
    // A product has the same bits alone and beside others: tiles take theirs also where not all are theirs.
    #[cfg(target_arch = "x86_64")]
    if list.iter().any(|a| takes(cx.level, a)) {
        return list.iter().for_each(|a| linear(cx, a));
    }
    match list.first() {
        Some(first) if first.m > 0 && first.m <= MAX_ROWS => few_rows(cx, list),
        _ => list.iter().for_each(|a| linear(cx, a)),
    }
}

/// All rows of all weights, one after the other, in chunks that are read as four streams.
unsafe fn few_rows(cx: &Cx, list: &[Linear]) {
    let Some(first) = list.first() else { return };
    let total = list.iter().map(|a| a.n).sum();
    let row_bytes = (first.k * first.w_type.size()).max(1);
    let least = MIN_CHUNK_BYTES.div_ceil(row_bytes);
    // Multiples of four: a chunk is read as four streams.
    let split = Split::new(total, cx.pool.threads(), least, 4);
    let level = cx.level;
    cx.pool.run(split.chunks(), &|c| {
        let (from, to) = split.chunk(c);
        let mut base = 0;
        for a in list {
            let (low, high) = (from.max(base), to.min(base + a.n));
            if low < high {
                rows_chunk(level, a, low - base, high - base);
            }
            base += a.n;
        }
    });
}

/// How many rows of x and of w one chunk takes.
struct Plan {
    m_step: usize,
    m_blocks: usize,
    n_step: usize,
    n_blocks: usize,
}

impl Plan {
    fn new(a: &Linear, wanted: usize, level: crate::Level) -> Plan {
        let (tile_m, tile_n) = crate::linear_tiles::tile(level);
        let panels = a.n.div_ceil(tile_n);
        let fits = (X_BLOCK_BYTES / (4 * a.k.max(1))).max(MIN_BLOCK_ROWS);
        // More blocks of rows when there are too few panels to share.
        let by_cache = a.m.div_ceil(fits);
        let by_work = (wanted / panels.min(wanted)).min(a.m.div_ceil(MIN_BLOCK_ROWS));
        let m_step = a.m.div_ceil(by_cache.max(by_work)).next_multiple_of(tile_m);
        let m_blocks = a.m.div_ceil(m_step);
        let n_step = panels.div_ceil(wanted.div_ceil(m_blocks)) * tile_n;
        Plan {
            m_step,
            m_blocks,
            n_step,
            n_blocks: a.n.div_ceil(n_step),
        }
    }
}

#[cfg(test)]
#[path = "linear_test.rs"]
pub(crate) mod test;
