use super::*;
use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
use crate::testing::levels_of_one_order;
use crate::{Level, Parallel, Serial};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads started for each call: slow, but any of them may run any chunk.
pub(crate) struct Threads(pub usize);

impl Parallel for Threads {
    fn threads(&self) -> usize {
        self.0
    }
    fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..self.0 {
                scope.spawn(|| loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= chunks {
                        return;
                    }
                    f(i);
                });
            }
        });
    }
}

/// Numbers in (-1, 1), the same for the same seed.
pub(crate) fn noise(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2654435761).wrapping_add(12345);
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// The bytes of `values` in that type behind `shift` unused bytes, and the values read back.
pub(crate) fn stored(values: &[f32], float: Float, shift: usize) -> (Vec<u8>, Vec<f32>) {
    let mut bytes = vec![0u8; shift];
    let mut back = Vec::new();
    for x in values {
        match float {
            Float::F32 => {
                bytes.extend(x.to_ne_bytes());
                back.push(*x);
            }
            Float::Bf16 => {
                bytes.extend(f32_to_bf16(*x).to_ne_bytes());
                back.push(bf16_to_f32(f32_to_bf16(*x)));
            }
            Float::F16 => {
                bytes.extend(f32_to_f16(*x).to_ne_bytes());
                back.push(f16_to_f32(f32_to_f16(*x)));
            }
        }
    }
    (bytes, back)
}

pub(crate) const FLOATS: [Float; 3] = [Float::F32, Float::Bf16, Float::F16];

pub(crate) struct Case {
    pub m: usize,
    pub n: usize,
    k: usize,
    float: Float,
    pub bias: bool,
    pub x: Vec<f32>,
    w: Vec<u8>,
    w_values: Vec<f32>,
    b: Vec<u8>,
    pub b_values: Vec<f32>,
}

/// Row strides exceed the rows by these, so that reading or writing beyond a row is noticed.
const X_GAP: usize = 3;
const W_GAP: usize = 5;
const Y_GAP: usize = 2;

impl Case {
    pub fn new(m: usize, n: usize, k: usize, float: Float, bias: bool) -> Case {
        let mut x = noise(m * (k + X_GAP), 1);
        let mut w = noise(n * (k + W_GAP), 2);
        for row in x.chunks_mut(k + X_GAP) {
            row[k..].fill(f32::NAN);
        }
        for row in w.chunks_mut(k + W_GAP) {
            row[k..].fill(f32::NAN);
        }
        // Aligned to the element only.
        let (w, w_values) = stored(&w, float, 4);
        let (b, b_values) = stored(&noise(n, 3), float, 0);
        Case {
            m,
            n,
            k,
            float,
            bias,
            x,
            w,
            w_values,
            b,
            b_values,
        }
    }

    pub fn x_row(&self, i: usize) -> &[f32] {
        &self.x[i * (self.k + X_GAP)..][..self.k]
    }

    pub fn x_row_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.x[i * (self.k + X_GAP)..][..self.k]
    }

    pub fn w_row(&self, j: usize) -> &[f32] {
        &self.w_values[j * (self.k + W_GAP)..][..self.k]
    }

    /// The product of rows from..to, written to y with a gap behind each row.
    pub fn product(&self, from: usize, to: usize, y: *mut f32) -> Linear {
        Linear {
            x: unsafe { self.x.as_ptr().add(from * (self.k + X_GAP)) },
            x_stride: self.k + X_GAP,
            w: unsafe { self.w.as_ptr().add(4) },
            w_type: self.float,
            w_stride: self.k + W_GAP,
            bias: if self.bias {
                self.b.as_ptr()
            } else {
                std::ptr::null()
            },
            bias_type: self.float,
            y,
            y_stride: self.n + Y_GAP,
            m: to - from,
            n: self.n,
            k: self.k,
        }
    }

    /// Rows from..to of the product.
    pub fn rows(&self, level: Level, pool: &dyn Parallel, from: usize, to: usize) -> Vec<f32> {
        let stride = self.n + Y_GAP;
        let mut y = vec![7f32; (to - from) * stride];
        let a = self.product(from, to, y.as_mut_ptr());
        unsafe { linear(&Cx { level, pool }, &a) };
        let mut out = Vec::new();
        for row in y.chunks(stride) {
            assert!(
                row[self.n..].iter().all(|v| *v == 7.0),
                "wrote beyond a row"
            );
            out.extend(&row[..self.n]);
        }
        out
    }

    fn check(&self, y: &[f32]) {
        for i in 0..self.m {
            for j in 0..self.n {
                let (mut sum, mut size) = (0f64, 0f64);
                for k in 0..self.k {
                    let p = self.x[i * (self.k + X_GAP) + k] as f64
                        * self.w_values[j * (self.k + W_GAP) + k] as f64;
                    sum += p;
                    size += p.abs();
                }
                if self.bias {
                    sum += self.b_values[j] as f64;
                    size += self.b_values[j].abs() as f64;
                }
                // One rounding per link of the longest chain: K / 16 products, the tree, the bias.
                let bound = (self.k.div_ceil(16) + 5) as f64 * 2f64.powi(-24) * size;
                let got = y[i * self.n + j] as f64;
                assert!(
                    (got - sum).abs() <= bound,
                    "{}x{}x{} {:?} at {i},{j}: {got} instead of {sum}",
                    self.m,
                    self.n,
                    self.k,
                    self.float
                );
            }
        }
    }
}

pub(crate) fn bits(y: &[f32]) -> Vec<u32> {
    y.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn agrees_with_f64_and_every_level_of_this_order_has_the_same_bits() {
    for m in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 21] {
        for n in [1, 2, 3, 5, 6, 7, 18, 37] {
            for k in [0, 1, 15, 16, 17, 31, 32, 33, 64, 100] {
                let float = FLOATS[(m + n + k) % 3];
                let case = Case::new(m, n, k, float, (m + n) % 2 == 0);
                let want = case.rows(Level::Scalar, &Serial, 0, m);
                case.check(&want);
                for level in levels_of_one_order(float) {
                    let y = case.rows(level, &Serial, 0, m);
                    assert_eq!(bits(&y), bits(&want), "{m}x{n}x{k} {float:?} {level:?}");
                }
            }
        }
    }
}

#[test]
fn large_shapes_agree_with_f64() {
    for float in FLOATS {
        let case = Case::new(70, 95, 577, float, true);
        for level in levels_of_one_order(float).into_iter().skip(1) {
            case.check(&case.rows(level, &Serial, 0, 70));
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_in_every_batch() {
    for float in FLOATS {
        let case = Case::new(257, 50, 83, float, true);
        for level in Level::available() {
            let all = case.rows(level, &Serial, 0, 257);
            for m in [1, 2, 3, 4, 5, 8, 9, 64] {
                for from in [0, 100, 257 - m] {
                    let some = case.rows(level, &Serial, from, from + m);
                    assert_eq!(
                        bits(&some),
                        bits(&all[from * 50..(from + m) * 50]),
                        "{level:?} {m}"
                    );
                }
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_bits() {
    for (m, n, k) in [
        (1, 3001, 64),
        (4, 700, 200),
        (9, 333, 48),
        (300, 7, 33),
        (150, 130, 1700),
    ] {
        for float in FLOATS {
            let case = Case::new(m, n, k, float, false);
            let level = Level::detect();
            let one = bits(&case.rows(level, &Serial, 0, m));
            for threads in [2, 3, 5] {
                assert_eq!(
                    bits(&case.rows(level, &Threads(threads), 0, m)),
                    one,
                    "{m}x{n}x{k}"
                );
            }
        }
    }
}

#[test]
fn no_terms_give_the_bias_or_zero() {
    for m in [1, 3, 20] {
        let with = Case::new(m, 9, 0, Float::F32, true);
        let without = Case::new(m, 9, 0, Float::Bf16, false);
        for level in Level::available() {
            let y = with.rows(level, &Serial, 0, m);
            assert!(y.chunks(9).all(|row| row == with.b_values));
            assert!(without
                .rows(level, &Serial, 0, m)
                .iter()
                .all(|v| v.to_bits() == 0));
        }
    }
}

#[test]
fn not_a_number_and_infinity_reach_their_outputs_only() {
    for m in [1, 8, 30] {
        for k in [5, 40] {
            let mut case = Case::new(m, 10, k, Float::F32, false);
            let row = m - 1;
            case.x[row * (k + X_GAP) + k - 1] = f32::NAN;
            for level in Level::available() {
                let y = case.rows(level, &Serial, 0, m);
                for (i, v) in y.iter().enumerate() {
                    assert_eq!(v.is_nan(), i / 10 == row);
                }
            }
            case.x[row * (k + X_GAP) + k - 1] = f32::INFINITY;
            for level in Level::available() {
                let y = case.rows(level, &Serial, 0, m);
                for (i, v) in y.iter().enumerate() {
                    assert_eq!(v.is_infinite(), i / 10 == row);
                }
            }
        }
    }
}
