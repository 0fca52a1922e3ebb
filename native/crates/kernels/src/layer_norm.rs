//! Layer norm of rows: `(x - mean) / sqrt(variance + eps) * weight + bias`, mean first, then variance.

use crate::rows::{fill_lanes, for_rows};
use crate::simd::{Simd, LANES};
use crate::stored::{load_any, load_part_any};
use crate::{dispatch, Cx, Float, Ptr};

/// Normalizes `rows` contiguous rows of `width` values. Weight and bias, `width` values of their
/// types, are optional. `y` may be `x`.
///
/// # Safety
/// The pointers hold what the sizes say; `y` overlaps `x` not at all or exactly.
#[allow(clippy::too_many_arguments)]
pub unsafe fn layer_norm(
    cx: &Cx,
    x: *const f32,
    weight: Option<(*const u8, Float)>,
    bias: Option<(*const u8, Float)>,
    eps: f32,
    y: *mut f32,
    rows: usize,
    width: usize,
) {
    let none = (std::ptr::null(), Float::F32);
    let ((w, wt), (b, bt)) = (weight.unwrap_or(none), bias.unwrap_or(none));
    let (level, x, y, w, b) = (
        cx.level,
        Ptr(x as *mut f32),
        Ptr(y),
        Ptr(w as *mut u8),
        Ptr(b as *mut u8),
    );
    for_rows(cx, rows, width, &|first, count| {
        for row in first..first + count {
            let at = row * width;
            let (x, y) = (x.get().add(at), y.get().add(at));
            norm_row(level, x, w.get(), wt, b.get(), bt, eps, y, width);
        }
    });
}

dispatch!(fn norm_row(
    x: *const f32, w: *const u8, wt: Float, b: *const u8, bt: Float, eps: f32, y: *mut f32, n: usize
) = body);

#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn body<S: Simd>(
    s: S,
    x: *const f32,
    w: *const u8,
    wt: Float,
    b: *const u8,
    bt: Float,
    eps: f32,
    y: *mut f32,
    n: usize,
) {
    let full = n - n % LANES;
    let mut sum = s.zero();
    for i in (0..full).step_by(LANES) {
        sum = s.add(sum, s.load(x.add(i)));
    }
    if full < n {
        sum = s.add(sum, s.load_part(x.add(full), n - full));
    }
    let mean = s.splat(s.reduce_sum(sum) / n as f32);
    let mut squares = s.zero();
    for i in (0..full).step_by(LANES) {
        let d = s.sub(s.load(x.add(i)), mean);
        squares = s.fma(d, d, squares);
    }
    if full < n {
        let d = s.sub(s.load_part(x.add(full), n - full), mean);
        let d = fill_lanes(s, d, n - full, 0.0);
        squares = s.fma(d, d, squares);
    }
    let variance = s.reduce_sum(squares) / n as f32;
    let inv = s.splat(1.0 / (variance + eps).sqrt());
    for i in (0..full).step_by(LANES) {
        let mut v = s.mul(s.sub(s.load(x.add(i)), mean), inv);
        if !w.is_null() {
            v = s.mul(v, load_any(s, wt, w, i));
        }
        if !b.is_null() {
            v = s.add(v, load_any(s, bt, b, i));
        }
        s.store(y.add(i), v);
    }
    if full < n {
        let mut v = s.mul(s.sub(s.load_part(x.add(full), n - full), mean), inv);
        if !w.is_null() {
            v = s.mul(v, load_part_any(s, wt, w, full, n - full));
        }
        if !b.is_null() {
            v = s.add(v, load_part_any(s, bt, b, full, n - full));
        }
        s.store_part(y.add(full), v, n - full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{bf16_to_f32, f32_to_bf16};
    use crate::testing::{close, floats, on_every_level, Reversed};
    use crate::{Level, Serial};

    #[test]
    fn equals_the_f64_reference_for_every_width() {
        for width in [1, 7, 16, 31, 48, 768] {
            for (weighted, biased) in [(true, true), (true, false), (false, true), (false, false)] {
                let rows = 4;
                // A mean far from zero: one-pass formulas fail here.
                let x: Vec<f32> = floats(1, rows * width, 1.0)
                    .iter()
                    .map(|v| v + 50.0)
                    .collect();
                let w: Vec<u16> = floats(2, width, 2.0)
                    .iter()
                    .map(|v| f32_to_bf16(*v))
                    .collect();
                let b = floats(3, width, 2.0);
                let y = on_every_level(rows * width, |cx, y| unsafe {
                    let weight = weighted.then_some((w.as_ptr() as *const u8, Float::Bf16));
                    let bias = biased.then_some((b.as_ptr() as *const u8, Float::F32));
                    layer_norm(cx, x.as_ptr(), weight, bias, 1e-5, y, rows, width);
                });
                for r in 0..rows {
                    let row = &x[r * width..][..width];
                    let mean = row.iter().map(|v| *v as f64).sum::<f64>() / width as f64;
                    let var =
                        row.iter().map(|v| (*v as f64 - mean).powi(2)).sum::<f64>() / width as f64;
                    for i in 0..width {
                        let scale = if weighted {
                            bf16_to_f32(w[i]) as f64
                        } else {
                            1.0
                        };
                        let shift = if biased { b[i] as f64 } else { 0.0 };
                        let want = (row[i] as f64 - mean) / (var + 1e-5).sqrt() * scale + shift;
                        // x itself is only known to 50 * 2^-24 around the mean.
                        close(y[r * width + i], want, 3e-5);
                    }
                }
            }
        }
    }

    #[test]
    fn rows_do_not_depend_on_their_neighbours_or_on_chunks() {
        let (rows, width) = (301, 130);
        let x = floats(3, rows * width, 1.0);
        let run = |cx: &Cx, x: &[f32], rows| {
            let mut y = vec![0f32; rows * width];
            unsafe {
                layer_norm(
                    cx,
                    x.as_ptr(),
                    None,
                    None,
                    1e-5,
                    y.as_mut_ptr(),
                    rows,
                    width,
                )
            };
            y
        };
        let level = Level::detect();
        let all = run(
            &Cx {
                level,
                pool: &Serial,
            },
            &x,
            rows,
        );
        assert_eq!(
            all,
            run(
                &Cx {
                    level,
                    pool: &Reversed
                },
                &x,
                rows
            )
        );
        let one = run(
            &Cx {
                level,
                pool: &Serial,
            },
            &x[77 * width..][..width],
            1,
        );
        assert_eq!(one, all[77 * width..][..width]);
    }
}
