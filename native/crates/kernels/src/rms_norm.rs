//! Root mean square norm of rows: `x / sqrt(mean(x^2) + eps) * weight`.

use crate::rows::for_rows;
use crate::simd::{Simd, LANES};
use crate::stored::{load_any, load_part_any};
use crate::{dispatch, Cx, Float, Ptr};

/// Normalizes `rows` contiguous rows of `width` values. The weight, `width` values of `weight_type`,
/// is optional. `y` may be `x`.
///
/// # Safety
/// The pointers hold what the sizes say; `y` overlaps `x` not at all or exactly.
#[allow(clippy::too_many_arguments)]
pub unsafe fn rms_norm(
    cx: &Cx,
    x: *const f32,
    weight: Option<*const u8>,
    weight_type: Float,
    eps: f32,
    y: *mut f32,
    rows: usize,
    width: usize,
) {
    let (level, x, y, w) = (
        cx.level,
        Ptr(x as *mut f32),
        Ptr(y),
        Ptr(weight.unwrap_or(std::ptr::null()) as *mut u8),
    );
    for_rows(cx, rows, width, &|first, count| {
        for row in first..first + count {
            let at = row * width;
            let (x, y) = (x.get().add(at), y.get().add(at));
            norm_row(level, x, w.get(), weight_type, eps, y, width);
        }
    });
}

dispatch!(fn norm_row(x: *const f32, w: *const u8, kind: Float, eps: f32, y: *mut f32, n: usize) = body);

#[inline(always)]
unsafe fn body<S: Simd>(
    s: S,
    x: *const f32,
    w: *const u8,
    kind: Float,
    eps: f32,
    y: *mut f32,
    n: usize,
) {
    let full = n - n % LANES;
    let mut sum = s.zero();
    for i in (0..full).step_by(LANES) {
        let v = s.load(x.add(i));
        sum = s.fma(v, v, sum);
    }
    if full < n {
        let v = s.load_part(x.add(full), n - full);
        sum = s.fma(v, v, sum);
    }
    let mean = s.reduce_sum(sum) / n as f32;
    let inv = s.splat(1.0 / (mean + eps).sqrt());
    for i in (0..full).step_by(LANES) {
        let mut v = s.mul(s.load(x.add(i)), inv);
        if !w.is_null() {
            v = s.mul(v, load_any(s, kind, w, i));
        }
        s.store(y.add(i), v);
    }
    if full < n {
        let mut v = s.mul(s.load_part(x.add(full), n - full), inv);
        if !w.is_null() {
            v = s.mul(v, load_part_any(s, kind, w, full, n - full));
        }
        s.store_part(y.add(full), v, n - full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{f32_to_bf16, f32_to_f16};
    use crate::testing::{close, floats, on_every_level, Reversed};
    use crate::Serial;

    #[test]
    fn equals_the_f64_reference_for_every_width_and_weight_type() {
        for width in [1, 5, 16, 17, 48, 63, 576] {
            for kind in [None, Some(Float::F32), Some(Float::Bf16), Some(Float::F16)] {
                let rows = 3;
                let x = floats(1, rows * width, 4.0);
                let w = floats(2, width, 2.0);
                let bytes: Vec<u8> = match kind {
                    Some(Float::Bf16) => w
                        .iter()
                        .flat_map(|v| f32_to_bf16(*v).to_ne_bytes())
                        .collect(),
                    Some(Float::F16) => w
                        .iter()
                        .flat_map(|v| f32_to_f16(*v).to_ne_bytes())
                        .collect(),
                    _ => w.iter().flat_map(|v| v.to_ne_bytes()).collect(),
                };
                let y = on_every_level(rows * width, |cx, y| unsafe {
                    let weight = kind.map(|_| bytes.as_ptr());
                    rms_norm(
                        cx,
                        x.as_ptr(),
                        weight,
                        kind.unwrap_or(Float::F32),
                        1e-5,
                        y,
                        rows,
                        width,
                    );
                });
                // A stored weight differs from the given one by half a unit of its 8 or 11 bits.
                let bound = match kind {
                    Some(Float::Bf16) => 4e-3,
                    Some(Float::F16) => 6e-4,
                    _ => 1e-6,
                };
                for r in 0..rows {
                    let row = &x[r * width..][..width];
                    let mean = row.iter().map(|v| (*v as f64).powi(2)).sum::<f64>() / width as f64;
                    for i in 0..width {
                        let scale = if kind.is_some() { w[i] as f64 } else { 1.0 };
                        let want = row[i] as f64 / (mean + 1e-5f32 as f64).sqrt() * scale;
                        close(y[r * width + i], want, bound * want.abs());
                    }
                }
            }
        }
    }

    #[test]
    fn rows_do_not_depend_on_their_neighbours_or_on_chunks() {
        let (rows, width) = (300, 200);
        let x = floats(3, rows * width, 1.0);
        let run = |cx: &Cx, x: &[f32], rows| {
            let mut y = vec![0f32; rows * width];
            unsafe {
                rms_norm(
                    cx,
                    x.as_ptr(),
                    None,
                    Float::F32,
                    0.0,
                    y.as_mut_ptr(),
                    rows,
                    width,
                )
            };
            y
        };
        let level = crate::Level::detect();
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
        for r in [0, 7, 299] {
            let one = run(
                &Cx {
                    level,
                    pool: &Serial,
                },
                &x[r * width..][..width],
                1,
            );
            assert_eq!(one, all[r * width..][..width]);
        }
    }

    #[test]
    fn nan_stays_in_its_row() {
        let mut x = floats(4, 40, 1.0);
        x[3] = f32::NAN;
        let y = on_every_level(40, |cx, y| unsafe {
            rms_norm(cx, x.as_ptr(), None, Float::F32, 1e-6, y, 2, 20)
        });
        assert!(y[..20].iter().all(|v| v.is_nan()) && y[20..].iter().all(|v| v.is_finite()));
    }
}
