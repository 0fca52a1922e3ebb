use crate::linear::test::{bits, noise, Case, Threads};
use crate::linear::{linears, Linear};
use crate::simd::{bf16_to_f32, f32_to_bf16};
use crate::{Cx, Float, Level, Serial};

fn level() -> Option<Level> {
    Some(Level::detect()).filter(|level| *level == Level::Amx)
}

/// A subnormal number counts as zero.
fn flushed(x: f32) -> f32 {
    if x.is_subnormal() {
        0.0
    } else {
        x
    }
}

/// One output in the written order.
fn reference(x: &[f32], w: &[f32], bias: Option<f32>) -> f32 {
    let mut sum = 0f32;
    for (x, w) in x.chunks(32).zip(w.chunks(32)) {
        let mut chains = [0f32; 2];
        for (i, (x, w)) in x.iter().zip(w).enumerate() {
            let x = flushed(bf16_to_f32(f32_to_bf16(*x)));
            chains[i % 2] = flushed(flushed(*w).mul_add(x, chains[i % 2]));
        }
        sum = flushed(sum + flushed(chains[0] + chains[1]));
    }
    bias.map_or(sum, |b| sum + b)
}

fn all(case: &Case) -> Vec<f32> {
    let mut y = Vec::new();
    for i in 0..case.m {
        for j in 0..case.n {
            let (x, w) = (case.x_row(i), case.w_row(j));
            y.push(reference(x, w, case.bias.then(|| case.b_values[j])));
        }
    }
    y
}

#[test]
fn every_shape_has_the_bits_of_the_reference() {
    let Some(level) = level() else { return };
    for m in [1, 2, 7, 15, 16, 17, 31, 32, 33, 49, 65] {
        for n in [1, 5, 16, 31, 32, 33, 79, 80, 130] {
            for k in [0, 1, 2, 31, 32, 33, 64, 100, 320] {
                let case = Case::new(m, n, k, Float::Bf16, (m + n) % 2 == 0);
                let y = case.rows(level, &Serial, 0, m);
                assert!(bits(&y) == bits(&all(&case)), "{m}x{n}x{k}");
            }
        }
    }
}

#[test]
fn a_row_has_the_same_bits_alone_in_any_batch_and_on_any_threads() {
    let Some(level) = level() else { return };
    // The second shape takes several blocks of rows of x.
    for (rows, n, k) in [(300, 150, 577), (400, 40, 5000)] {
        let case = Case::new(rows, n, k, Float::Bf16, true);
        let whole = bits(&case.rows(level, &Serial, 0, rows));
        for threads in [2, 3, 5] {
            let y = case.rows(level, &Threads(threads), 0, rows);
            assert!(bits(&y) == whole, "{threads} threads");
        }
        for m in [1, 2, 16, 17, 32, 129] {
            for from in [0, 77, rows - m] {
                let some = case.rows(level, &Threads(2), from, from + m);
                assert!(bits(&some) == whole[from * n..(from + m) * n], "{m} rows");
            }
        }
    }
}

#[test]
fn siblings_have_the_bits_of_single_products_whatever_their_types() {
    let Some(level) = level() else { return };
    for m in [1, 9, 16, 50] {
        for types in [[Float::Bf16; 3], [Float::Bf16, Float::F32, Float::Bf16]] {
            let cases = [(40, types[0]), (1, types[1]), (99, types[2])]
                .map(|(n, float)| Case::new(m, n, 70, float, n > 1));
            let mut outputs = [vec![0f32; m * 40], vec![0f32; m], vec![0f32; m * 99]];
            let list: Vec<Linear> = cases
                .iter()
                .zip(&mut outputs)
                .map(|(case, y)| Linear {
                    x: cases[0].x.as_ptr(),
                    y: y.as_mut_ptr(),
                    y_stride: case.n,
                    ..case.product(0, m, std::ptr::null_mut())
                })
                .collect();
            let pool = &Threads(3);
            unsafe { linears(&Cx { level, pool }, &list) };
            for (case, y) in cases.iter().zip(&outputs) {
                assert!(
                    bits(y) == bits(&case.rows(level, &Serial, 0, m)),
                    "{m} {types:?}"
                );
            }
        }
    }
}

#[test]
fn not_a_number_and_infinity_reach_their_outputs_only() {
    let Some(level) = level() else { return };
    for m in [1, 8, 16, 40] {
        for k in [5, 40] {
            for bad in [f32::NAN, f32::INFINITY] {
                let mut case = Case::new(m, 10, k, Float::Bf16, false);
                let row = m - 1;
                case.x_row_mut(row)[k - 1] = bad;
                for (i, v) in case.rows(level, &Serial, 0, m).iter().enumerate() {
                    assert_eq!(v.is_finite(), i / 10 != row);
                    assert_eq!(v.is_nan(), i / 10 == row && bad.is_nan());
                }
            }
        }
    }
}

#[test]
fn subnormal_numbers_count_as_zero() {
    let Some(level) = level() else { return };
    for m in [1, 3, 20] {
        let mut case = Case::new(m, 16, 64, Float::Bf16, false);
        for v in case.x_row_mut(m - 1) {
            *v = 1e-39;
        }
        let y = case.rows(level, &Serial, 0, m);
        assert!(y[(m - 1) * 16..].iter().all(|v| *v == 0.0));
    }
}

#[test]
fn the_rounding_of_x_is_all_that_differs_from_exact_products() {
    let Some(level) = level() else { return };
    let case = Case::new(33, 48, 1536, Float::Bf16, false);
    let y = case.rows(level, &Serial, 0, 33);
    for i in 0..33 {
        for j in 0..48 {
            let terms = || {
                case.x_row(i)
                    .iter()
                    .zip(case.w_row(j))
                    .map(|(x, w)| (*x as f64) * (*w as f64))
            };
            let (sum, size): (f64, f64) = (terms().sum(), terms().map(f64::abs).sum());
            let error = (y[i * 48 + j] as f64 - sum).abs();
            assert!(error <= size * 2f64.powi(-8), "{error} of {size}");
        }
    }
    assert!(
        noise(4, 1)
            .iter()
            .any(|v| *v != bf16_to_f32(f32_to_bf16(*v))),
        "x has bits to round"
    );
}
