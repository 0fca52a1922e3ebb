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
                let axes = Axes {
                    outer: 1,
                    axis: n,
                    inner: 1,
                };
                let y = out.as_mut_ptr() as *mut u8;
                unsafe {
                    argmax(
                        cx,
                        Elem::F32,
                        x.as_ptr() as *const u8,
                        axes,
                        smallest,
                        true,
                        y,
                    )
                    .unwrap()
                };
                assert_eq!(out[0] as usize, want);
            }
        }
    }
}

#[test]
fn any_axis_of_any_type() {
    let mut rng = Rng(32);
    let x: Vec<f32> = (0..20_000).map(|_| (rng.unit() * 50.0).round()).collect();
    for (outer, axis, inner) in [
        (3, 50, 1),
        (2, 20, 3),
        (2, 30, 130),
        (1, 1, 1),
        (40, 300, 1),
    ] {
        let x = &x[..outer * axis * inner];
        for elem in [
            Elem::F32,
            Elem::F64,
            Elem::F16,
            Elem::Bf16,
            Elem::I64,
            Elem::I32,
            Elem::I16,
            Elem::I8,
        ] {
            let mut data = vec![0u64; x.len()];
            let p = data.as_mut_ptr() as *mut u8;
            unsafe {
                crate::cast::convert(
                    Level::Scalar,
                    Elem::F32,
                    elem,
                    x.as_ptr() as *const u8,
                    p,
                    x.len(),
                )
            };
            for cx in contexts() {
                let mut out = vec![-1i32; outer * inner];
                let axes = Axes { outer, axis, inner };
                unsafe {
                    argmax(cx, elem, p, axes, false, false, out.as_mut_ptr() as *mut u8).unwrap()
                };
                for o in 0..outer {
                    for i in 0..inner {
                        let column: Vec<f32> =
                            (0..axis).map(|a| x[(o * axis + a) * inner + i]).collect();
                        assert_eq!(out[o * inner + i] as usize, reference(&column, false));
                    }
                }
            }
        }
    }
}

#[test]
fn an_empty_axis_is_an_error() {
    let axes = Axes {
        outer: 1,
        axis: 0,
        inner: 1,
    };
    let mut out = [0i64];
    let got = unsafe {
        argmax(
            contexts()[0],
            Elem::F32,
            out.as_ptr() as *const u8,
            axes,
            false,
            true,
            out.as_mut_ptr() as *mut u8,
        )
    };
    assert_eq!(got.unwrap_err().code, "ERR_SHAPE");
}
