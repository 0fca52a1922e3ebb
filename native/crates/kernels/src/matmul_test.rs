use super::*;
use crate::linear::test::{bits, noise, stored, Threads, FLOATS};
use crate::{Level, Parallel, Serial};

/// Row strides exceed the rows by these, so that reading or writing beyond a row is noticed.
const A_GAP: usize = 1;
const B_GAP: usize = 3;
const C_GAP: usize = 2;

struct Case {
    batch: [usize; 2],
    /// 1 where an operand has that batch dimension, 0 where it is broadcast.
    a_has: [usize; 2],
    b_has: [usize; 2],
    m: usize,
    n: usize,
    k: usize,
    float: Float,
    bias: Option<Vec<f32>>,
    a: Vec<f32>,
    b: Vec<u8>,
    b_values: Vec<f32>,
}

fn batch_strides(batch: [usize; 2], has: [usize; 2], size: usize) -> [usize; 2] {
    let inner = if has[1] == 1 { batch[1] } else { 1 };
    [has[0] * inner * size, has[1] * size]
}

impl Case {
    fn new(m: usize, n: usize, k: usize, float: Float) -> Case {
        Case::batched([1, 1], [1, 1], [1, 1], m, n, k, float)
    }

    fn batched(
        batch: [usize; 2],
        a_has: [usize; 2],
        b_has: [usize; 2],
        m: usize,
        n: usize,
        k: usize,
        float: Float,
    ) -> Case {
        let all = batch[0] * batch[1];
        let mut a = noise(all * m * (k + A_GAP), 4);
        let mut b = noise(all * k * (n + B_GAP), 5);
        for row in a.chunks_mut(k + A_GAP) {
            row[k..].fill(f32::NAN);
        }
        for row in b.chunks_mut(n + B_GAP) {
            row[n..].fill(f32::NAN);
        }
        let (b, b_values) = stored(&b, float, 4);
        Case {
            batch,
            a_has,
            b_has,
            m,
            n,
            k,
            float,
            bias: None,
            a,
            b,
            b_values,
        }
    }

    fn run(&self, level: Level, pool: &dyn Parallel, from: usize, to: usize) -> Vec<f32> {
        let (m, stride) = (to - from, self.n + C_GAP);
        let all = self.batch[0] * self.batch[1];
        let mut c = vec![7f32; all * m * stride];
        let a_stride = self.k + A_GAP;
        let args = Matmul {
            a: unsafe { self.a.as_ptr().add(from * a_stride) },
            a_stride,
            a_batch: batch_strides(self.batch, self.a_has, self.m * a_stride),
            b: unsafe { self.b.as_ptr().add(4) },
            b_type: self.float,
            b_stride: self.n + B_GAP,
            b_batch: batch_strides(self.batch, self.b_has, self.k * (self.n + B_GAP)),
            bias: self
                .bias
                .as_ref()
                .map_or(std::ptr::null(), |b| b.as_ptr() as *const u8),
            bias_type: Float::F32,
            c: c.as_mut_ptr(),
            c_stride: stride,
            c_batch: batch_strides(self.batch, [1, 1], m * stride),
            batch: self.batch,
            m,
            n: self.n,
            k: self.k,
        };
        unsafe { matmul(&Cx { level, pool }, &args) };
        let mut out = Vec::new();
        for row in c.chunks(stride) {
            assert!(
                row[self.n..].iter().all(|v| *v == 7.0),
                "wrote beyond a row"
            );
            out.extend(&row[..self.n]);
        }
        out
    }

    fn check(&self, c: &[f32]) {
        let (a_stride, b_stride) = (self.k + A_GAP, self.n + B_GAP);
        let sa = batch_strides(self.batch, self.a_has, self.m * a_stride);
        let sb = batch_strides(self.batch, self.b_has, self.k * b_stride);
        for t in 0..self.batch[0] * self.batch[1] {
            let (u, v) = (t / self.batch[1], t % self.batch[1]);
            let a = &self.a[u * sa[0] + v * sa[1]..];
            let b = &self.b_values[u * sb[0] + v * sb[1]..];
            for i in 0..self.m {
                for j in 0..self.n {
                    let (mut sum, mut size) = (0f64, 0f64);
                    for k in 0..self.k {
                        let p = a[i * a_stride + k] as f64 * b[k * b_stride + j] as f64;
                        sum += p;
                        size += p.abs();
                    }
                    if let Some(bias) = &self.bias {
                        sum += bias[j] as f64;
                        size += bias[j].abs() as f64;
                    }
                    // One rounding per product of the chain, and the bias.
                    let bound = (self.k + 1) as f64 * 2f64.powi(-24) * size;
                    let got = c[(t * self.m + i) * self.n + j] as f64;
                    assert!(
                        (got - sum).abs() <= bound,
                        "{}x{}x{} {:?} at {t},{i},{j}: {got} instead of {sum}",
                        self.m,
                        self.n,
                        self.k,
                        self.float
                    );
                }
            }
        }
    }
}

#[test]
fn agrees_with_f64_and_every_level_has_the_same_bits() {
    for m in [1, 2, 3, 4, 5, 8, 24, 25, 29, 31] {
        for n in [1, 15, 16, 17, 32, 63, 64, 65, 100] {
            for k in [0, 1, 3, 8, 9, 127, 128, 129, 260] {
                let float = FLOATS[(m + n + k) % 3];
                let mut case = Case::new(m, n, k, float);
                if (m + k) % 2 == 0 {
                    case.bias = Some(noise(n, 6));
                }
                let want = case.run(Level::Scalar, &Serial, 0, m);
                case.check(&want);
                for level in Level::available() {
                    let c = case.run(level, &Serial, 0, m);
                    assert_eq!(bits(&c), bits(&want), "{m}x{n}x{k} {float:?} {level:?}");
                }
            }
        }
    }
}

#[test]
fn batches_broadcast() {
    for (a_has, b_has) in [
        ([1, 1], [1, 1]),
        ([1, 1], [0, 0]),
        ([1, 0], [1, 1]),
        ([0, 1], [1, 0]),
    ] {
        for m in [1, 7, 26] {
            let case = Case::batched([2, 3], a_has, b_has, m, 20, 33, Float::F32);
            let want = case.run(Level::Scalar, &Serial, 0, m);
            case.check(&want);
            for level in Level::available() {
                assert_eq!(bits(&case.run(level, &Threads(2), 0, m)), bits(&want));
            }
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_and_in_every_batch() {
    for float in FLOATS {
        let mut case = Case::new(257, 50, 150, float);
        case.bias = Some(noise(50, 7));
        for level in Level::available() {
            let all = case.run(level, &Serial, 0, 257);
            for m in [1, 2, 3, 4, 5, 24, 25, 64] {
                for from in [0, 100, 257 - m] {
                    let some = case.run(level, &Serial, from, from + m);
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
        (3, 700, 20),
        (9, 333, 48),
        (600, 7, 33),
        (150, 130, 300),
    ] {
        for float in FLOATS {
            let case = Case::new(m, n, k, float);
            let level = Level::detect();
            let one = bits(&case.run(level, &Serial, 0, m));
            for threads in [2, 3, 5] {
                assert_eq!(
                    bits(&case.run(level, &Threads(threads), 0, m)),
                    one,
                    "{m}x{n}x{k}"
                );
            }
        }
    }
}

#[test]
fn not_a_number_and_infinity_reach_their_outputs_only() {
    for m in [1, 4, 20, 40] {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut case = Case::new(m, 21, 9, Float::F32);
            case.a[(m - 1) * (9 + A_GAP) + 8] = bad;
            for level in Level::available() {
                let c = case.run(level, &Serial, 0, m);
                for (i, v) in c.iter().enumerate() {
                    assert_eq!(!v.is_finite(), i / 21 == m - 1);
                }
            }
        }
    }
}
