use super::*;
use crate::elementwise::testing::{contexts, Rng};
use crate::simd::{bf16_to_f32, f32_to_bf16};

const SHAPES: [(usize, usize, usize); 10] = [
    (1, 1, 1),
    (1, 5000, 1),
    (3, 33, 1),
    (200, 17, 1),
    (2, 40, 3),
    (3, 100, 64),
    (2, 31, 129),
    (1, 0, 4),
    (0, 5, 2),
    (4, 1, 7),
];

fn run<T: Copy, U: Copy + Default>(
    cx: Cx,
    op: Reduce,
    elem: Elem,
    x: &[T],
    s: (usize, usize, usize),
) -> Vec<U> {
    let mut out = vec![U::default(); s.0 * s.2];
    let axes = Axes {
        outer: s.0,
        axis: s.1,
        inner: s.2,
    };
    unsafe {
        reduce(
            cx,
            op,
            elem,
            x.as_ptr() as *const u8,
            axes,
            out.as_mut_ptr() as *mut u8,
        )
        .unwrap()
    };
    out
}

/// The written order, naively.
fn reference(op: Reduce, x: &[f32]) -> f32 {
    let join = |a: f32, b: f32| match op {
        Reduce::Sum | Reduce::Mean => a + b,
        Reduce::Prod => a * b,
        _ if a.is_nan() || b.is_nan() => f32::NAN,
        Reduce::Max => a.max(b),
        _ => a.min(b),
    };
    let first = match op {
        Reduce::Sum | Reduce::Mean => 0.0,
        Reduce::Prod => 1.0,
        Reduce::Max => f32::NEG_INFINITY,
        _ => f32::INFINITY,
    };
    let mut p = [first; 16];
    for (k, v) in x.iter().enumerate() {
        p[k % 16] = join(p[k % 16], *v);
    }
    for w in [8, 4, 2, 1] {
        for i in 0..w {
            p[i] = join(p[i], p[i + w]);
        }
    }
    if op == Reduce::Mean {
        p[0] / x.len() as f32
    } else {
        p[0]
    }
}

fn column(x: &[f32], (_, axis, inner): (usize, usize, usize), o: usize, i: usize) -> Vec<f32> {
    (0..axis).map(|a| x[(o * axis + a) * inner + i]).collect()
}

const FLOATS: [Reduce; 5] = [
    Reduce::Sum,
    Reduce::Mean,
    Reduce::Prod,
    Reduce::Max,
    Reduce::Min,
];

#[test]
fn f32_has_the_bits_of_the_written_order_everywhere() {
    let mut rng = Rng(21);
    for wild in [false, true] {
        let x: Vec<f32> = (0..20_000)
            .map(|_| {
                if wild && rng.below(40) == 0 {
                    rng.wild()
                } else {
                    rng.unit()
                }
            })
            .collect();
        for s in SHAPES {
            for op in FLOATS {
                if s.1 == 0 && matches!(op, Reduce::Max | Reduce::Min) {
                    continue;
                }
                for cx in contexts() {
                    let got: Vec<f32> = run(cx, op, Elem::F32, &x, s);
                    for o in 0..s.0 {
                        for i in 0..s.2 {
                            let want = reference(op, &column(&x, s, o, i));
                            let got = got[o * s.2 + i];
                            assert!(
                                got == want || got.is_nan() && want.is_nan(),
                                "{op:?} {s:?}: {got}, {want}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn bf16_is_reduced_in_f32_and_rounded_once() {
    let mut rng = Rng(22);
    let x: Vec<u16> = (0..20_000).map(|_| f32_to_bf16(rng.unit())).collect();
    let wide: Vec<f32> = x.iter().map(|&v| bf16_to_f32(v)).collect();
    for s in SHAPES.into_iter().filter(|s| s.1 > 0) {
        for op in FLOATS {
            for cx in contexts() {
                let got: Vec<u16> = run(cx, op, Elem::Bf16, &x, s);
                for o in 0..s.0 {
                    for i in 0..s.2 {
                        assert_eq!(
                            got[o * s.2 + i],
                            f32_to_bf16(reference(op, &column(&wide, s, o, i)))
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn integers_and_bools() {
    let x = [3i32, -4, i32::MAX, 5, 0, i32::MIN];
    for cx in contexts() {
        let sum: Vec<i64> = run(cx, Reduce::Sum, Elem::I32, &x, (2, 3, 1));
        assert_eq!(sum, [i32::MAX as i64 - 1, 5 + i32::MIN as i64]);
        let max: Vec<i32> = run(cx, Reduce::Max, Elem::I32, &x, (1, 2, 3));
        assert_eq!(max, [5, 0, i32::MAX]);
        let min: Vec<i32> = run(cx, Reduce::Min, Elem::I32, &x, (2, 3, 1));
        assert_eq!(min, [-4, i32::MIN]);
        let wrap: Vec<i64> = run(cx, Reduce::Sum, Elem::I64, &[i64::MAX, 1], (1, 2, 1));
        assert_eq!(wrap, [i64::MIN]);
        let bits = [0u8, 1, 1, 1, 0, 0];
        assert_eq!(
            run::<_, i64>(cx, Reduce::Sum, Elem::Bool, &bits, (2, 3, 1)),
            [2, 1]
        );
        assert_eq!(
            run::<_, u8>(cx, Reduce::Any, Elem::Bool, &bits, (1, 2, 3)),
            [1, 1, 1]
        );
        assert_eq!(
            run::<_, u8>(cx, Reduce::All, Elem::Bool, &bits, (3, 2, 1)),
            [0, 1, 0]
        );
        assert_eq!(
            run::<_, u8>(cx, Reduce::Any, Elem::Bool, &bits, (2, 0, 1)),
            [0, 0]
        );
        assert_eq!(
            run::<_, u8>(cx, Reduce::All, Elem::Bool, &bits, (2, 0, 1)),
            [1, 1]
        );
    }
}

#[test]
fn impossible_reductions_are_errors() {
    let cx = contexts()[0];
    let x = [0u64; 4];
    let mut y = [0u64; 4];
    let mut go = |op, elem, axis| {
        let axes = Axes {
            outer: 2,
            axis,
            inner: 1,
        };
        unsafe {
            reduce(
                cx,
                op,
                elem,
                x.as_ptr() as *const u8,
                axes,
                y.as_mut_ptr() as *mut u8,
            )
        }
    };
    assert_eq!(go(Reduce::Max, Elem::F32, 0).unwrap_err().code, "ERR_SHAPE");
    assert_eq!(
        go(Reduce::Mean, Elem::I32, 2).unwrap_err().code,
        "ERR_DTYPE"
    );
    assert_eq!(go(Reduce::Any, Elem::F32, 2).unwrap_err().code, "ERR_DTYPE");
    for op in Reduce::ALL {
        for elem in Elem::ALL {
            assert_eq!(go(op, elem, 2).is_ok(), op.output(elem).is_some());
        }
    }
}
