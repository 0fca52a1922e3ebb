use super::super::{packed_rows, quantize, retile, Blocks, PackedRows, Quantize, Retile};
use super::*;
use crate::embedding::Ids;
use crate::linear::test::{noise, stored, Threads, FLOATS};
use crate::simd::{f16_to_f32, f32_to_f16};
use crate::{Level, Parallel, Serial};

const N: usize = 37;
const Y_GAP: usize = 3;
const X_GAP: usize = 2;

/// Blocks with scales of a sane size and random codes.
fn blocks(kind: Blocks, n: usize, k: usize) -> Vec<u8> {
    let (values, bytes) = kind.sizes();
    let mut state = 7u32 + kind as u32;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 24) as u8
    };
    let mut all: Vec<u8> = (0..n * k / values * bytes).map(|_| next()).collect();
    for block in all.chunks_mut(bytes) {
        let halves: &[usize] = match kind {
            Blocks::Q6K => &[208],
            Blocks::Q4_1 | Blocks::Q5_1 | Blocks::Q4K | Blocks::Q5K => &[0, 2],
            _ => &[0],
        };
        for at in halves {
            let x = f32_to_f16((block[(at + 5) % bytes] as f32 - 99.0) / 4096.0);
            block[*at..at + 2].copy_from_slice(&x.to_le_bytes());
        }
    }
    all
}

/// Value `k` of a block, as ggml writes it down.
fn value(kind: Blocks, b: &[u8], k: usize) -> f32 {
    let half = |at: usize| f16_to_f32(u16::from_le_bytes([b[at], b[at + 1]]));
    let nibble = |at: usize| if k < 16 { b[at + k] & 15 } else { b[at + k - 16] >> 4 } as i32;
    let fifth = |at: usize| ((b[at + k / 8] >> (k % 8)) & 1) as i32 * 16;
    let sub = |s: &[u8], j: usize| {
        if j < 4 {
            (s[j] & 63, s[j + 4] & 63)
        } else {
            ((s[j + 4] & 15) | ((s[j - 4] >> 6) << 4), (s[j + 4] >> 4) | ((s[j] >> 6) << 4))
        }
    };
    match kind {
        Blocks::Q4_0 => half(0) * (nibble(2) - 8) as f32,
        Blocks::Q4_1 => half(0).mul_add(nibble(4) as f32, half(2)),
        Blocks::Q5_0 => half(0) * (nibble(6) + fifth(2) - 16) as f32,
        Blocks::Q5_1 => half(0).mul_add((nibble(8) + fifth(4)) as f32, half(2)),
        Blocks::Q8_0 => half(0) * b[2 + k] as i8 as f32,
        Blocks::Q4K | Blocks::Q5K => {
            let j = k / 32;
            let (scale, low) = sub(&b[4..16], j);
            let at = if kind == Blocks::Q4K { 16 } else { 48 } + j / 2 * 32 + k % 32;
            let mut q = (if j % 2 == 0 { b[at] & 15 } else { b[at] >> 4 }) as i32;
            if kind == Blocks::Q5K {
                q += ((b[16 + k % 32] >> j) & 1) as i32 * 16;
            }
            (half(0) * scale as f32).mul_add(q as f32, -(half(2) * low as f32))
        }
        Blocks::Q6K => {
            let (h, r) = (k / 128, k % 128);
            let (quarter, l) = (r / 32, r % 32);
            let low = match quarter {
                0 => b[h * 64 + l] & 15,
                1 => b[h * 64 + l + 32] & 15,
                2 => b[h * 64 + l] >> 4,
                _ => b[h * 64 + l + 32] >> 4,
            };
            let high = (b[128 + h * 32 + l] >> (2 * quarter)) & 3;
            let scale = b[192 + h * 8 + quarter * 2 + l / 16] as i8;
            half(208) * scale as f32 * ((low | (high << 4)) as i32 - 32) as f32
        }
    }
}

fn values_of(kind: Blocks, all: &[u8], n: usize, k: usize) -> Vec<f32> {
    let (values, bytes) = kind.sizes();
    (0..n * k)
        .map(|i| value(kind, &all[i / values * bytes..(i / values + 1) * bytes], i % values))
        .collect()
}

fn tiles(kind: Blocks, all: &[u8], n: usize, k: usize) -> Vec<u8> {
    assert_eq!(kind.bytes(n, k), Some(all.len()));
    let mut out = vec![0xaa; kind.scheme().bytes(n, k).unwrap()];
    let cx = Cx { level: Level::Scalar, pool: &Serial };
    unsafe {
        retile(&cx, &Retile { blocks: all.as_ptr(), kind, n, k, out: out.as_mut_ptr() });
    }
    out
}

fn rows_of(level: Level, scheme: Scheme, w: &[u8], v: usize, h: usize) -> Vec<f32> {
    let ids: Vec<i32> = (0..v as i32).collect();
    let mut y = vec![f32::NAN; v * h];
    let cx = Cx { level, pool: &Threads(2) };
    let a = PackedRows {
        w: w.as_ptr(),
        scheme,
        v,
        h,
        ids: Ids::I32(ids.as_ptr()),
        count: v,
        y: y.as_mut_ptr(),
    };
    unsafe { packed_rows(&cx, &a) }.unwrap();
    y
}

struct Case {
    kind: Blocks,
    k: usize,
    w: Vec<u8>,
    values: Vec<f32>,
    x: Vec<f32>,
    bias: Option<(Float, Vec<u8>, Vec<f32>)>,
}

impl Case {
    fn new(kind: Blocks, m: usize, bias: Option<Float>) -> Case {
        let k = if kind.sizes().0 == 256 { 512 } else { 160 };
        let all = blocks(kind, N, k);
        let mut x = noise(m * (k + X_GAP), 5);
        for row in x.chunks_mut(k + X_GAP) {
            row[k..].fill(f32::NAN);
        }
        Case {
            kind,
            k,
            w: tiles(kind, &all, N, k),
            values: values_of(kind, &all, N, k),
            x,
            bias: bias.map(|float| {
                let (bytes, back) = stored(&noise(N, 9), float, 0);
                (float, bytes, back)
            }),
        }
    }

    /// Rows from..to of the product.
    fn run(&self, level: Level, pool: &dyn Parallel, mode: Mode, from: usize, to: usize) -> Vec<f32> {
        let stride = N + Y_GAP;
        let mut y = vec![7f32; (to - from) * stride];
        let rows = Rows {
            x: unsafe { self.x.as_ptr().add(from * (self.k + X_GAP)) },
            x_stride: self.k + X_GAP,
            m: to - from,
            k: self.k,
        };
        let a = PackedLinear {
            w: self.w.as_ptr(),
            scheme: self.kind.scheme(),
            bias: self.bias.as_ref().map_or(std::ptr::null(), |(_, bytes, _)| bytes.as_ptr()),
            bias_type: self.bias.as_ref().map_or(Float::F32, |(float, _, _)| *float),
            y: y.as_mut_ptr(),
            y_stride: stride,
            n: N,
        };
        unsafe { packed_linears(&Cx { level, pool }, &rows, &[a], mode) };
        for row in y.chunks(stride) {
            assert!(row[N..].iter().all(|x| *x == 7.0));
        }
        y.chunks(stride).flat_map(|row| row[..N].to_vec()).collect()
    }

    /// One chain of fma per output, then the bias.
    fn exact(&self, m: usize) -> Vec<f32> {
        (0..m * N)
            .map(|i| {
                let (row, n) = (i / N, i % N);
                let sum = (0..self.k).fold(0f32, |sum, k| {
                    self.values[n * self.k + k].mul_add(self.x[row * (self.k + X_GAP) + k], sum)
                });
                self.bias.as_ref().map_or(sum, |(_, _, back)| sum + back[n])
            })
            .collect()
    }
}

#[test]
fn tiles_hold_what_blocks_hold() {
    for kind in Blocks::ALL {
        for (n, k) in [(N, 512), (16, 256), (1, 256)] {
            let all = blocks(kind, n, k);
            let w = tiles(kind, &all, n, k);
            let want = values_of(kind, &all, n, k);
            for level in Level::available() {
                let got = rows_of(level, kind.scheme(), &w, n, k);
                assert_eq!(got, want, "{kind:?} {n} x {k} {}", level.name());
            }
        }
    }
}

#[test]
fn exact_is_one_chain_per_output() {
    for kind in Blocks::ALL {
        for (m, bias) in [(1, None), (2, Some(FLOATS[1])), (3, None), (4, Some(FLOATS[0])), (30, Some(FLOATS[2]))] {
            let case = Case::new(kind, m, bias);
            let want = case.exact(m);
            for level in Level::available() {
                for pool in [&Serial as &dyn Parallel, &Threads(3)] {
                    assert_eq!(case.run(level, pool, Mode::Exact, 0, m), want, "{kind:?} {m} {}", level.name());
                }
            }
        }
    }
}

#[test]
fn fast_has_the_same_bits_everywhere_and_is_near() {
    for kind in Blocks::ALL {
        let m = 30;
        let case = Case::new(kind, m, Some(Float::F32));
        let exact = case.exact(m);
        let want = case.run(Level::Scalar, &Serial, Mode::Fast, 0, m);
        let size = exact.iter().map(|x| x.abs()).fold(0f32, f32::max);
        for (a, b) in want.iter().zip(&exact) {
            assert!((a - b).abs() < 0.02 * size, "{kind:?}: {a} is far from {b}");
        }
        for level in Level::available() {
            assert_eq!(case.run(level, &Threads(3), Mode::Fast, 0, m), want, "{kind:?} {}", level.name());
            for (from, to) in [(0, 1), (1, 3), (3, 8), (8, 30)] {
                let part = case.run(level, &Serial, Mode::Fast, from, to);
                assert_eq!(part, want[from * N..to * N], "{kind:?} {} {from}..{to}", level.name());
            }
        }
    }
}

#[test]
fn siblings_are_computed_as_if_alone() {
    let (case, m) = (Case::new(Blocks::Q8_0, 2, None), 2);
    let want = case.run(Level::Scalar, &Serial, Mode::Fast, 0, m);
    let mut y = [vec![0f32; m * N], vec![0f32; m * N]];
    let rows = Rows { x: case.x.as_ptr(), x_stride: case.k + X_GAP, m, k: case.k };
    let list = y.each_mut().map(|y| PackedLinear {
        w: case.w.as_ptr(),
        scheme: Scheme::Q8,
        bias: std::ptr::null(),
        bias_type: Float::F32,
        y: y.as_mut_ptr(),
        y_stride: N,
        n: N,
    });
    let cx = Cx { level: Level::detect(), pool: &Threads(2) };
    unsafe { packed_linears(&cx, &rows, &list, Mode::Fast) };
    assert_eq!(y, [want.clone(), want]);
}

#[test]
fn a_row_that_is_not_finite_spoils_itself_alone() {
    let mut case = Case::new(Blocks::Q4_0, 3, None);
    case.x[case.k + X_GAP + 3] = f32::INFINITY;
    for mode in [Mode::Exact, Mode::Fast] {
        let y = case.run(Level::detect(), &Serial, mode, 0, 3);
        assert!(y[..N].iter().chain(&y[2 * N..]).all(|x| x.is_finite()));
        assert!(y[N..2 * N].iter().any(|x| !x.is_finite()));
    }
}

#[test]
fn quantized_weights_are_the_nearest() {
    for (scheme, levels) in [(Scheme::Q8, 127.0), (Scheme::Q4, 8.0)] {
        for (n, k, group) in [(N, 96, 32), (5, 200, 64), (17, 50, 32), (3, 256, 128)] {
            for float in FLOATS {
                let (bytes, back) = stored(&noise(n * k, 4), float, 0);
                let mut out = vec![0xaa; scheme.bytes(n, k).unwrap()];
                let a = Quantize {
                    w: bytes.as_ptr(),
                    w_type: float,
                    w_stride: k,
                    n,
                    k,
                    scheme,
                    group,
                    out: out.as_mut_ptr(),
                };
                unsafe { quantize(&Cx { level: Level::Scalar, pool: &Threads(2) }, &a) };
                let got = rows_of(Level::detect(), scheme, &out, n, k);
                for (row, (have, want)) in got.chunks(k).zip(back.chunks(k)).enumerate() {
                    for (have, want) in have.chunks(group).zip(want.chunks(group)) {
                        let most = want.iter().map(|x| x.abs()).fold(0f32, f32::max);
                        // The code of +8 steps is not there, and scales are rounded.
                        let step = most / levels * 1.01;
                        let worst = if scheme == Scheme::Q4 { step } else { 0.51 * step };
                        for (a, b) in have.iter().zip(want) {
                            assert!((a - b).abs() <= worst, "{scheme:?} row {row}: {a} for {b}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_weight_that_is_no_number_spoils_its_group_alone() {
    for scheme in [Scheme::Q8, Scheme::Q4] {
        let mut w = noise(2 * 64, 4);
        w[33] = f32::NAN;
        w[64] = f32::NEG_INFINITY;
        let mut out = vec![0; scheme.bytes(2, 64).unwrap()];
        let a = Quantize {
            w: w.as_ptr() as *const u8,
            w_type: Float::F32,
            w_stride: 64,
            n: 2,
            k: 64,
            scheme,
            group: 32,
            out: out.as_mut_ptr(),
        };
        unsafe { quantize(&Cx { level: Level::detect(), pool: &Serial }, &a) };
        let got = rows_of(Level::Scalar, scheme, &out, 2, 64);
        for (i, x) in got.iter().enumerate() {
            assert_eq!(x.is_finite(), !(32..96).contains(&i), "{scheme:?} {i}: {x}");
        }
    }
}

#[test]
fn sizes_that_overflow_are_none() {
    assert_eq!(Scheme::Q8.bytes(usize::MAX, 64), None);
    assert_eq!(Scheme::Q4Super.bytes(16, usize::MAX - 300), None);
    assert_eq!(Blocks::Q4_0.bytes(2, 33), None);
    assert_eq!(Blocks::Q8_0.bytes(usize::MAX, 64), None);
}
