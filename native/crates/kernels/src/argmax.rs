//! Index of the largest or smallest element along one axis of a contiguous tensor [outer, axis,
//! inner]: the first of ties; a NaN beats every number, as in torch.

use crate::elem::Elem;
use crate::elementwise::ranges;
use crate::reduce::{domain, load, Axes, COLUMNS, PART};
use crate::simd::{Simd, LANES};
use crate::{dispatch, Cx, KernelError, Level, Ptr};

dispatch!(fn row_f32(level: Level, elem: Elem, x: *const u8, at: usize, axis: usize, smallest: bool) -> usize = row_body_f32);

/// The best of each part is found on vectors, its place only when it beats the best so far. The
/// smallest is the largest of the negated.
#[inline(always)]
unsafe fn row_body_f32<S: Simd>(
    s: S,
    level: Level,
    elem: Elem,
    x: *const u8,
    at: usize,
    axis: usize,
    smallest: bool,
) -> usize {
    let mut buffer = [0f32; PART];
    let sign = if smallest { -1.0 } else { 1.0 };
    let (flip, infinity, one) = (s.splat(sign), s.splat(f32::INFINITY), s.splat(1.0));
    // Only conversions are bound to the buffer.
    let part = if domain(elem) == elem {
        16 * PART
    } else {
        PART
    };
    let mut best: Option<(f32, usize)> = None;
    for k in (0..axis).step_by(part) {
        let m = part.min(axis - k);
        let p = load(level, elem, x, at + k, m, &mut buffer);
        let full = m - m % LANES;
        // NaN is left out of the maximum; a lane is marked that is not below infinity.
        let (mut top, mut odd) = (s.splat(f32::NEG_INFINITY), s.zero());
        for i in (0..full).step_by(LANES) {
            let v = s.mul(s.load(p.add(i)), flip);
            top = s.max(v, top);
            odd = s.select_lt(v, infinity, odd, one);
        }
        let mut max = s.reduce_max(top);
        let mut marked = s.reduce_max(odd) > 0.0;
        for i in full..m {
            let v = *p.add(i) * sign;
            max = if v > max { v } else { max };
            marked |= v.is_nan();
        }
        if marked {
            if let Some(i) = (0..m).find(|i| (*p.add(*i)).is_nan()) {
                return k + i;
            }
        }
        if best.is_none_or(|b| max > b.0) {
            let place = (0..m).find(|i| *p.add(*i) * sign == max).unwrap_or(0);
            best = Some((max, k + place));
        }
    }
    best.map_or(0, |b| b.1)
}

macro_rules! rows {
    ($row:ident, $row_body:ident, $t:ty, $nan:expr) => {
        dispatch!(fn $row(level: Level, elem: Elem, x: *const u8, at: usize, axis: usize, smallest: bool) -> usize = $row_body);
        #[inline(always)]
        unsafe fn $row_body<S: Simd>(_s: S, level: Level, elem: Elem, x: *const u8, at: usize, axis: usize, smallest: bool) -> usize {
            let nan = $nan;
            let mut buffer = [0 as $t; PART];
            let mut best = (*load(level, elem, x, at, 1, &mut buffer), 0usize);
            let mut k = 0;
            while k < axis && !nan(best.0) {
                let m = PART.min(axis - k);
                let p = load(level, elem, x, at + k, m, &mut buffer);
                for i in 0..m {
                    let v = *p.add(i);
                    let better = if smallest { v < best.0 } else { v > best.0 };
                    if better || nan(v) {
                        best = (v, k + i);
                        if nan(v) {
                            break;
                        }
                    }
                }
                k += m;
            }
            best.1
        }
    };
}

macro_rules! columns {
    ($columns:ident, $columns_body:ident, $t:ty, $nan:expr) => {
        dispatch!(fn $columns(level: Level, elem: Elem, x: *const u8, at: usize, dims: (usize, usize, usize), smallest: bool, out: &mut [usize; COLUMNS]) = $columns_body);
        #[inline(always)]
        #[allow(clippy::too_many_arguments)]
        unsafe fn $columns_body<S: Simd>(
            _s: S,
            level: Level,
            elem: Elem,
            x: *const u8,
            at: usize,
            (axis, inner, m): (usize, usize, usize),
            smallest: bool,
            out: &mut [usize; COLUMNS],
        ) {
            let nan = $nan;
            let mut buffer = [0 as $t; PART];
            let mut best = [0 as $t; COLUMNS];
            for k in 0..axis {
                let p = load(level, elem, x, at + k * inner, m, &mut buffer);
                for j in 0..m {
                    let v = *p.add(j);
                    let better = if smallest { v < best[j] } else { v > best[j] };
                    if k == 0 || !nan(best[j]) && (better || nan(v)) {
                        best[j] = v;
                        out[j] = k;
                    }
                }
            }
        }
    };
}
rows!(row_f64, row_body_f64, f64, |v: f64| v.is_nan());
rows!(row_i64, row_body_i64, i64, |_: i64| false);
columns!(columns_f32, columns_body_f32, f32, |v: f32| v.is_nan());
columns!(columns_f64, columns_body_f64, f64, |v: f64| v.is_nan());
columns!(columns_i64, columns_body_i64, i64, |_: i64| false);

/// out[o, i] = index along the axis of the largest (`smallest`: smallest) of x[o, :, i], as i32 or i64.
///
/// # Safety
/// `x` holds outer * axis * inner elements; `out` has room for outer * inner indices, of eight bytes
/// if `wide`, else of four.
pub unsafe fn argmax(
    cx: Cx,
    elem: Elem,
    x: *const u8,
    axes: Axes,
    smallest: bool,
    wide: bool,
    out: *mut u8,
) -> Result<(), KernelError> {
    let Axes { outer, axis, inner } = axes;
    if outer * inner == 0 {
        return Ok(());
    }
    if axis == 0 || !wide && axis > i32::MAX as usize {
        return Err(KernelError {
            code: "ERR_SHAPE",
            message: format!(
                "argmax: the axis must have 1 to {} elements; got {axis}. Check the shape.",
                i32::MAX
            ),
        });
    }
    let level = cx.level;
    let (x, out) = (Ptr(x as *mut u8), Ptr(out));
    let blocks = inner.div_ceil(COLUMNS);
    ranges(
        cx,
        outer * blocks,
        axis * inner.min(COLUMNS),
        &|start, end| {
            for unit in start..end {
                let (o, c) = (unit / blocks, unit % blocks * COLUMNS);
                let m = (inner - c).min(COLUMNS);
                let at = o * axis * inner + c;
                let mut found = [0usize; COLUMNS];
                macro_rules! go {
                    ($row:ident, $columns:ident) => {
                        if inner == 1 {
                            found[0] = $row(level, level, elem, x.get(), at, axis, smallest);
                        } else {
                            $columns(
                                level,
                                level,
                                elem,
                                x.get(),
                                at,
                                (axis, inner, m),
                                smallest,
                                &mut found,
                            );
                        }
                    };
                }
                match domain(elem) {
                    Elem::F32 => go!(row_f32, columns_f32),
                    Elem::F64 => go!(row_f64, columns_f64),
                    _ => go!(row_i64, columns_i64),
                }
                for (j, &k) in found[..m].iter().enumerate() {
                    let i = o * inner + c + j;
                    if wide {
                        *(out.get() as *mut i64).add(i) = k as i64;
                    } else {
                        *(out.get() as *mut i32).add(i) = k as i32;
                    }
                }
            }
        },
    );
    Ok(())
}

#[cfg(test)]
#[path = "argmax_test.rs"]
mod tests;
