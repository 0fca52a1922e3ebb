//! Softmax and its logarithm over the last axis. As in torch, a row of -infinity, or one with NaN or
//! +infinity in it, gives NaN. Probabilities below e^-87 are exactly 0.

use crate::math::{exp_softmax, log};
use crate::rows::{fill_lanes, for_rows};
use crate::simd::{Simd, LANES};
use crate::{dispatch, Cx, Ptr};

/// Softmax of `rows` contiguous rows of `width` values. `y` may be `x`.
///
/// # Safety
/// `x` and `y` hold rows * width values; `y` overlaps `x` not at all or exactly.
pub unsafe fn softmax(cx: &Cx, x: *const f32, y: *mut f32, rows: usize, width: usize) {
    let (level, x, y) = (cx.level, Ptr(x as *mut f32), Ptr(y));
    for_rows(cx, rows, width, &|first, count| {
        for row in first..first + count {
            softmax_row(
                level,
                x.get().add(row * width),
                y.get().add(row * width),
                width,
            );
        }
    });
}

/// Logarithm of the softmax of `rows` contiguous rows of `width` values. `y` may be `x`.
///
/// # Safety
/// `x` and `y` hold rows * width values; `y` overlaps `x` not at all or exactly.
pub unsafe fn log_softmax(cx: &Cx, x: *const f32, y: *mut f32, rows: usize, width: usize) {
    let (level, x, y) = (cx.level, Ptr(x as *mut f32), Ptr(y));
    for_rows(cx, rows, width, &|first, count| {
        for row in first..first + count {
            log_softmax_row(
                level,
                x.get().add(row * width),
                y.get().add(row * width),
                width,
            );
        }
    });
}

dispatch!(fn softmax_row(x: *const f32, y: *mut f32, n: usize) = softmax_body);
dispatch!(fn log_softmax_row(x: *const f32, y: *mut f32, n: usize) = log_softmax_body);

/// The largest value of the row; a NaN may get lost here, but the sum finds it.
#[inline(always)]
unsafe fn row_max<S: Simd>(s: S, x: *const f32, n: usize) -> f32 {
    let full = n - n % LANES;
    let mut max = s.splat(f32::NEG_INFINITY);
    for i in (0..full).step_by(LANES) {
        max = s.max(max, s.load(x.add(i)));
    }
    if full < n {
        let v = s.load_part(x.add(full), n - full);
        max = s.max(max, fill_lanes(s, v, n - full, f32::NEG_INFINITY));
    }
    s.reduce_max(max)
}

#[inline(always)]
unsafe fn softmax_body<S: Simd>(s: S, x: *const f32, y: *mut f32, n: usize) {
    let full = n - n % LANES;
    let max = s.splat(row_max(s, x, n));
    let mut sum = s.zero();
    for i in (0..full).step_by(LANES) {
        let p = exp_softmax(s, s.sub(s.load(x.add(i)), max));
        s.store(y.add(i), p);
        sum = s.add(sum, p);
    }
    if full < n {
        let p = exp_softmax(s, s.sub(s.load_part(x.add(full), n - full), max));
        s.store_part(y.add(full), p, n - full);
        sum = s.add(sum, fill_lanes(s, p, n - full, 0.0));
    }
    let sum = s.splat(s.reduce_sum(sum));
    for i in (0..full).step_by(LANES) {
        s.store(y.add(i), s.div(s.load(y.add(i)), sum));
    }
    if full < n {
        s.store_part(
            y.add(full),
            s.div(s.load_part(y.add(full), n - full), sum),
            n - full,
        );
    }
}

#[inline(always)]
unsafe fn log_softmax_body<S: Simd>(s: S, x: *const f32, y: *mut f32, n: usize) {
    let full = n - n % LANES;
    let max = s.splat(row_max(s, x, n));
    let mut sum = s.zero();
    for i in (0..full).step_by(LANES) {
        sum = s.add(sum, exp_softmax(s, s.sub(s.load(x.add(i)), max)));
    }
    if full < n {
        let p = exp_softmax(s, s.sub(s.load_part(x.add(full), n - full), max));
        sum = s.add(sum, fill_lanes(s, p, n - full, 0.0));
    }
    let log_sum = log(s, s.splat(s.reduce_sum(sum)));
    for i in (0..full).step_by(LANES) {
        s.store(y.add(i), s.sub(s.sub(s.load(x.add(i)), max), log_sum));
    }
    if full < n {
        let v = s.sub(s.load_part(x.add(full), n - full), max);
        s.store_part(y.add(full), s.sub(v, log_sum), n - full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{bits, close, floats, on_every_level, Reversed};
    use crate::{Level, Serial};

    fn both(x: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
        let rows = x.len() / width;
        let p = on_every_level(x.len(), |cx, y| unsafe {
            softmax(cx, x.as_ptr(), y, rows, width)
        });
        let l = on_every_level(x.len(), |cx, y| unsafe {
            log_softmax(cx, x.as_ptr(), y, rows, width)
        });
        (p, l)
    }

    #[test]
    fn equals_the_f64_reference_for_every_width() {
        for width in [1, 3, 16, 17, 100, 1024, 5000] {
            let x = floats(width as u64, 2 * width, 20.0);
            let (p, l) = both(&x, width);
            for r in 0..2 {
                let row: Vec<f64> = x[r * width..][..width].iter().map(|v| *v as f64).collect();
                let max = row.iter().cloned().fold(f64::MIN, f64::max);
                let sum: f64 = row.iter().map(|v| (v - max).exp()).sum();
                for i in 0..width {
                    let want = (row[i] - max).exp() / sum;
                    // exp magnifies the rounding of x - max: 2^-24 of up to 40.
                    close(p[r * width + i], want, 4e-6 * want + 1e-38);
                    close(l[r * width + i], row[i] - max - sum.ln(), 6e-6);
                }
            }
        }
    }

    #[test]
    fn infinities_and_nan_behave_as_in_torch() {
        let inf = f32::INFINITY;
        let rows: [[f32; 3]; 4] = [
            [-inf, -inf, -inf],
            [0.0, f32::NAN, 1.0],
            [inf, 0.0, 0.0],
            [-inf, 0.0, 0.0],
        ];
        let (p, l) = both(&rows.concat(), 3);
        assert!(
            p[..9].iter().chain(&l[..9]).all(|v| v.is_nan()),
            "{p:?} {l:?}"
        );
        assert_eq!(p[9..], [0.0, 0.5, 0.5]);
        assert_eq!(l[9], -inf);
        // The same among many lanes, the NaN before and after the largest value.
        for at in [0, 20, 37] {
            let mut x = floats(5, 38, 1.0);
            x[at] = f32::NAN;
            let (p, l) = both(&x, 38);
            assert!(p.iter().chain(&l).all(|v| v.is_nan()));
        }
    }

    #[test]
    fn in_place_and_chunked_give_the_same_bits() {
        let (rows, width) = (200, 257);
        let x = floats(9, rows * width, 8.0);
        let level = Level::detect();
        let (mut a, mut b) = (vec![0f32; x.len()], x.clone());
        unsafe {
            softmax(
                &Cx {
                    level,
                    pool: &Serial,
                },
                x.as_ptr(),
                a.as_mut_ptr(),
                rows,
                width,
            );
            softmax(
                &Cx {
                    level,
                    pool: &Reversed,
                },
                b.as_ptr(),
                b.as_mut_ptr(),
                rows,
                width,
            );
        }
        assert_eq!(bits(&a), bits(&b));
    }
}
