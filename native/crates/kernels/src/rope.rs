//! Rotary position embedding, half-split pairs (i, i + R/2): tables of cosines and sines, and their
//! application. Products are rounded before the sum, as torch's `q * cos + rotate_half(q) * sin` does.

use crate::rows::for_rows;
use crate::simd::{Simd, LANES};
use crate::{dispatch, Cx, Ptr};

/// Positions of tokens as stored.
#[derive(Clone, Copy)]
pub enum Positions {
    I32(*const i32),
    I64(*const i64),
}

unsafe impl Send for Positions {}
unsafe impl Sync for Positions {}

/// Writes `scaling * cos(angle)` to `out[0..n * half]` and `scaling * sin(angle)` behind it, where
/// angle = position * inv_freq rounded to f32; its cosine and sine are computed in f64.
///
/// # Safety
/// `positions` holds `n` values, `inv_freq` `half`, `out` 2 * n * half.
pub unsafe fn rope_table(
    cx: &Cx,
    positions: Positions,
    inv_freq: *const f32,
    scaling: f32,
    out: *mut f32,
    n: usize,
    half: usize,
) {
    let (inv_freq, out) = (Ptr(inv_freq as *mut f32), Ptr(out));
    // A sine costs as much as some thirty ordinary elements.
    for_rows(cx, n, 32 * half, &|first, count| {
        for t in first..first + count {
            let position = match positions {
                Positions::I32(p) => *p.add(t) as f32,
                Positions::I64(p) => *p.add(t) as f32,
            };
            for i in 0..half {
                let angle = (position * *inv_freq.get().add(i)) as f64;
                *out.get().add(t * half + i) = angle.cos() as f32 * scaling;
                *out.get().add((n + t) * half + i) = angle.sin() as f32 * scaling;
            }
        }
    });
}

/// What `rope` works on. Strides are in elements, of the axes B, H and T; D is contiguous.
#[derive(Clone, Copy)]
pub struct Rope {
    pub x: *const f32,
    pub x_strides: [isize; 3],
    pub y: *mut f32,
    pub y_strides: [isize; 3],
    /// The result of `rope_table` for [B or 1, T] positions.
    pub table: *const f32,
    pub table_batch: usize,
    /// B, H, T, D.
    pub shape: [usize; 4],
    /// Half of the rotated dimensions; those from `2 * half` on are copied.
    pub half: usize,
}

unsafe impl Send for Rope {}
unsafe impl Sync for Rope {}

/// Rotates the pairs (i, i + half) of every head and token.
///
/// # Safety
/// The pointers hold what shape and strides say, 2 * half <= D, `y` overlaps `x` not at all or exactly.
pub unsafe fn rope(cx: &Cx, args: &Rope) {
    let [batch, heads, tokens, dim] = args.shape;
    let (level, args) = (cx.level, *args);
    for_rows(cx, batch * tokens * heads, dim, &|first, count| {
        let args = &args;
        rope_rows(level, args, first, count);
    });
}

dispatch!(fn rope_rows(args: &Rope, first: usize, count: usize) = body);

/// Rows are numbered (b, t, h): the heads of a token share its part of the table.
#[inline(always)]
unsafe fn body<S: Simd>(s: S, a: &Rope, first: usize, count: usize) {
    let [_, heads, tokens, dim] = a.shape;
    let half = a.half;
    let plane = a.table_batch * tokens * half;
    for row in first..first + count {
        let (b, t, h) = (row / heads / tokens, row / heads % tokens, row % heads);
        let at = |k: [isize; 3]| b as isize * k[0] + h as isize * k[1] + t as isize * k[2];
        let (x, y) = (a.x.offset(at(a.x_strides)), a.y.offset(at(a.y_strides)));
        let cos = a.table.add(
            (if a.table_batch == 1 {
                t
            } else {
                b * tokens + t
            }) * half,
        );
        let sin = cos.add(plane);
        let mut i = 0;
        while i < half {
            let n = (half - i).min(LANES);
            if n == LANES {
                let (u, v) = (s.load(x.add(i)), s.load(x.add(half + i)));
                let (c, d) = (s.load(cos.add(i)), s.load(sin.add(i)));
                s.store(y.add(i), s.sub(s.mul(u, c), s.mul(v, d)));
                s.store(y.add(half + i), s.add(s.mul(v, c), s.mul(u, d)));
            } else {
                let (u, v) = (s.load_part(x.add(i), n), s.load_part(x.add(half + i), n));
                let (c, d) = (s.load_part(cos.add(i), n), s.load_part(sin.add(i), n));
                s.store_part(y.add(i), s.sub(s.mul(u, c), s.mul(v, d)), n);
                s.store_part(y.add(half + i), s.add(s.mul(v, c), s.mul(u, d)), n);
            }
            i += LANES;
        }
        if !std::ptr::eq(x, y) {
            std::ptr::copy_nonoverlapping(x.add(2 * half), y.add(2 * half), dim - 2 * half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, on_every_level, Reversed};
    use crate::{Level, Serial};

    fn table(positions: Positions, inv_freq: &[f32], n: usize, scaling: f32) -> Vec<f32> {
        let half = inv_freq.len();
        on_every_level(2 * n * half, |cx, y| unsafe {
            rope_table(cx, positions, inv_freq.as_ptr(), scaling, y, n, half)
        })
    }

    #[test]
    fn the_table_is_the_cosine_and_sine_of_the_f32_angle() {
        let inv_freq: Vec<f32> = (0..24).map(|i| 10_000f32.powf(-i as f32 / 24.0)).collect();
        let narrow = [0i32, 1, 2, 1000, 131_071];
        let wide = narrow.map(i64::from);
        let got = table(Positions::I32(narrow.as_ptr()), &inv_freq, 5, 1.25);
        assert_eq!(
            got,
            table(Positions::I64(wide.as_ptr()), &inv_freq, 5, 1.25)
        );
        for t in 0..5 {
            for i in 0..24 {
                let angle = (narrow[t] as f32 * inv_freq[i]) as f64;
                assert_eq!(got[t * 24 + i], angle.cos() as f32 * 1.25);
                assert_eq!(got[(5 + t) * 24 + i], angle.sin() as f32 * 1.25);
            }
        }
    }

    #[test]
    fn rotates_pairs_copies_the_rest_and_takes_any_strides() {
        for (dim, half) in [(64, 32), (48, 24), (80, 16), (8, 4), (20, 5), (6, 0)] {
            for table_batch in [1, 2] {
                let (b, h, t) = (2, 3, 5);
                let positions: Vec<i32> = (0..(table_batch * t) as i32).map(|i| i * 7).collect();
                let inv_freq: Vec<f32> = (0..half).map(|i| 0.5f32.powi(i as i32)).collect();
                let table = table(
                    Positions::I32(positions.as_ptr()),
                    &inv_freq,
                    table_batch * t,
                    1.0,
                );
                // x in memory order [B, T, H, D], y in [B, H, T, D].
                let x = floats(dim as u64, b * t * h * dim, 3.0);
                let args = |y: *mut f32| Rope {
                    x: x.as_ptr(),
                    x_strides: [(t * h * dim) as isize, dim as isize, (h * dim) as isize],
                    y,
                    y_strides: [(t * h * dim) as isize, (t * dim) as isize, dim as isize],
                    table: table.as_ptr(),
                    table_batch,
                    shape: [b, h, t, dim],
                    half,
                };
                let y = on_every_level(x.len(), |cx, y| unsafe { rope(cx, &args(y)) });
                let mut again = vec![0f32; x.len()];
                let cx = Cx {
                    level: Level::detect(),
                    pool: &Reversed,
                };
                unsafe { rope(&cx, &args(again.as_mut_ptr())) };
                assert_eq!(y, again);
                for (bi, hi, ti) in (0..b * h * t).map(|i| (i / h / t, i / t % h, i % t)) {
                    let x = &x[((bi * t + ti) * h + hi) * dim..][..dim];
                    let y = &y[((bi * h + hi) * t + ti) * dim..][..dim];
                    let row = (if table_batch == 1 { ti } else { bi * t + ti }) * half;
                    let plane = table_batch * t * half;
                    for i in 0..dim {
                        let want = if i < half {
                            x[i] * table[row + i] - x[i + half] * table[plane + row + i]
                        } else if i < 2 * half {
                            let k = row + i - half;
                            x[i] * table[k] + x[i - half] * table[plane + k]
                        } else {
                            x[i]
                        };
                        assert_eq!(
                            y[i].to_bits(),
                            want.to_bits(),
                            "{dim} {half} {bi} {hi} {ti} {i}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn in_place_equals_out_of_place() {
        let (b, h, t, dim) = (1, 2, 40, 72);
        let x = floats(1, b * h * t * dim, 1.0);
        let positions: Vec<i64> = (0..t as i64).collect();
        let inv_freq: Vec<f32> = floats(2, 32, 1.0);
        let table = table(Positions::I64(positions.as_ptr()), &inv_freq, t, 1.0);
        let strides = [(h * t * dim) as isize, (t * dim) as isize, dim as isize];
        let (mut far, mut near) = (vec![0f32; x.len()], x.clone());
        let cx = Cx {
            level: Level::detect(),
            pool: &Serial,
        };
        let mut args = Rope {
            x: x.as_ptr(),
            x_strides: strides,
            y: far.as_mut_ptr(),
            y_strides: strides,
            table: table.as_ptr(),
            table_batch: 1,
            shape: [b, h, t, dim],
            half: 32,
        };
        unsafe { rope(&cx, &args) };
        (args.x, args.y) = (near.as_ptr(), near.as_mut_ptr());
        unsafe { rope(&cx, &args) };
        assert_eq!(far, near);
    }
}
