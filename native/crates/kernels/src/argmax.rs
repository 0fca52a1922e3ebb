//! Index of the largest or smallest element along one axis of a contiguous tensor [outer, axis,
//! inner]: the first of ties; a NaN beats every number, as in torch.

use crate::elem::Elem;
use crate::elementwise::ranges;
use crate::reduce::{domain, load, Axes, COLUMNS, PART};
use crate::simd::{Simd, LANES};
use crate::{dispatch, Cx, KernelError, Level, Ptr};

macro_rules! kernels {
    ($row:ident, $row_body:ident, $columns:ident, $columns_body:ident, $t:ty, $nan:expr) => {
        dispatch!(fn $row(level: Level, elem: Elem, x: *const u8, at: usize, axis: usize, smallest: bool) -> usize = $row_body);
        /// The best of each part is found on vectors, its place only when it beats the best so far.
        #[inline(always)]
        unsafe fn $row_body<S: Simd>(_s: S, level: Level, elem: Elem, x: *const u8, at: usize, axis: usize, smallest: bool) -> usize {
            let nan: fn($t) -> bool = $nan;
            let mut buffer = [0 as $t; PART];
            let mut best = (*load(level, elem, x, at, 1, &mut buffer), 0usize);
            let mut k = 0;
            while k < axis && !nan(best.0) {
                let m = PART.min(axis - k);
                let p = load(level, elem, x, at + k, m, &mut buffer);
                let mut top = [best.0; LANES];
                let mut odd = [false; LANES];
                macro_rules! scan {
                    ($better:tt) => {{
                        let full = m - m % LANES;
                        for i in (0..full).step_by(LANES) {
                            for l in 0..LANES {
                                let v = *p.add(i + l);
                                top[l] = if v $better top[l] { v } else { top[l] };
                                #[allow(clippy::eq_op)]
                                { odd[l] |= v != v; }
                            }
                        }
                        for i in full..m {
                            let v = *p.add(i);
                            top[0] = if v $better top[0] { v } else { top[0] };
                            odd[0] |= nan(v);
                        }
                        if odd.iter().any(|o| *o) {
                            let i = (0..m).find(|i| nan(*p.add(*i))).unwrap_or(0);
                            best = (*p.add(i), k + i);
                        } else {
                            let top = top.iter().fold(best.0, |a, v| if *v $better a { *v } else { a });
                            if top $better best.0 {
                                let i = (0..m).find(|i| *p.add(*i) == top).unwrap_or(0);
                                best = (top, k + i);
                            }
                        }
                    }};
                }
                if smallest {
                    scan!(<)
                } else {
                    scan!(>)
                }
                k += m;
            }
            best.1
        }

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
            let nan: fn($t) -> bool = $nan;
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
kernels!(row_f32, row_body_f32, columns_f32, columns_body_f32, f32, |v| v.is_nan());
kernels!(row_f64, row_body_f64, columns_f64, columns_body_f64, f64, |v| v.is_nan());
kernels!(row_i64, row_body_i64, columns_i64, columns_body_i64, i64, |_| false);

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
            message: format!("argmax: the axis must have 1 to {} elements; got {axis}. Check the shape.", i32::MAX),
        });
    }
    let level = cx.level;
    let (x, out) = (Ptr(x as *mut u8), Ptr(out));
    let blocks = inner.div_ceil(COLUMNS);
    ranges(cx, outer * blocks, axis * inner.min(COLUMNS), &|start, end| {
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
                        $columns(level, level, elem, x.get(), at, (axis, inner, m), smallest, &mut found);
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
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, Rng};

    /// First of the best by the rule: any NaN, else the extreme.
    fn reference(x: &[f32], smallest: bool) -> usize {
        let mut best = 0;
        for (i, v) in x.iter().enumerate() {
            let better = if smallest { *v < x[best] } else { *v > x[best] };
            if !x[best].is_nan() && (v.is_nan() || better) {
                best = i;
            }
        }
        best
    }

    #[test]
    fn ten_thousand_vectors_with_nan_infinities_and_ties() {
        let mut rng = Rng(31);
        for round in 0..10_000 {
            let n = 1 + rng.below(if round % 10 == 0 { 2000 } else { 40 });
            let x: Vec<f32> = (0..n)
                .map(|_| match rng.below(30) {
                    0 if round % 3 == 0 => f32::NAN,
                    1 => f32::INFINITY,
                    2 => f32::NEG_INFINITY,
                    3 => -0.0,
                    _ => (rng.unit() * 8.0).round(),
                })
                .collect();
            for smallest in [false, true] {
                let want = reference(&x, smallest);
                for cx in contexts().into_iter().step_by(2) {
                    let mut out = [-1i64];
                    let axes = Axes { outer: 1, axis: n, inner: 1 };
                    let y = out.as_mut_ptr() as *mut u8;
                    unsafe { argmax(cx, Elem::F32, x.as_ptr() as *const u8, axes, smallest, true, y).unwrap() };
                    assert_eq!(out[0] as usize, want);
                }
            }
        }
    }

    #[test]
    fn any_axis_of_any_type() {
        let mut rng = Rng(32);
        let x: Vec<f32> = (0..20_000).map(|_| (rng.unit() * 50.0).round()).collect();
        for (outer, axis, inner) in [(3, 50, 1), (2, 20, 3), (2, 30, 130), (1, 1, 1), (40, 300, 1)] {
            let x = &x[..outer * axis * inner];
            for elem in [Elem::F32, Elem::F64, Elem::F16, Elem::Bf16, Elem::I64, Elem::I32, Elem::I16, Elem::I8] {
                let mut data = vec![0u64; x.len()];
                let p = data.as_mut_ptr() as *mut u8;
                unsafe { crate::cast::convert(Level::Scalar, Elem::F32, elem, x.as_ptr() as *const u8, p, x.len()) };
                for cx in contexts() {
                    let mut out = vec![-1i32; outer * inner];
                    let axes = Axes { outer, axis, inner };
                    unsafe { argmax(cx, elem, p, axes, false, false, out.as_mut_ptr() as *mut u8).unwrap() };
                    for o in 0..outer {
                        for i in 0..inner {
                            let column: Vec<f32> = (0..axis).map(|a| x[(o * axis + a) * inner + i]).collect();
                            assert_eq!(out[o * inner + i] as usize, reference(&column, false));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_empty_axis_is_an_error() {
        let axes = Axes { outer: 1, axis: 0, inner: 1 };
        let mut out = [0i64];
        let got = unsafe { argmax(contexts()[0], Elem::F32, out.as_ptr() as *const u8, axes, false, true, out.as_mut_ptr() as *mut u8) };
        assert_eq!(got.unwrap_err().code, "ERR_SHAPE");
    }
}
