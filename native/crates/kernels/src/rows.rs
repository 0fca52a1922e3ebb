//! Row kernels: how rows are cut into chunks for the pool, and lanes beyond the end of a row.

use crate::simd::{Simd, LANES};
use crate::Cx;

/// Elements per chunk: below this, handing work to another thread costs more than the work.
const CHUNK: usize = 16 * 1024;

/// Calls `f(first row, number of rows)` over all rows, in parallel where that pays.
pub fn for_rows(cx: &Cx, rows: usize, width: usize, f: &(dyn Fn(usize, usize) + Sync)) {
    if rows == 0 {
        return;
    }
    let most = (rows * width)
        .div_ceil(CHUNK)
        .clamp(1, 4 * cx.pool.threads());
    let step = rows.div_ceil(most);
    cx.pool.run(rows.div_ceil(step), &|chunk| {
        let first = chunk * step;
        f(first, step.min(rows - first));
    });
}

/// Replaces the lanes from `n` on by `fill`.
#[inline(always)]
pub unsafe fn fill_lanes<S: Simd>(s: S, v: S::V, n: usize, fill: f32) -> S::V {
    let mut a = [fill; LANES];
    s.store_part(a.as_mut_ptr(), v, n);
    s.load(a.as_ptr())
}
