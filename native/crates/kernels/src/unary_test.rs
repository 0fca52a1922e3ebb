use super::*;
use crate::elementwise::testing::{contexts, elements, layouts, Rng};
use crate::layout::Layout;
use crate::simd::{bf16_to_f32, f32_to_bf16};

fn run<T: Copy + Default>(cx: Cx, op: Unary, elem: Elem, x: &[T], layout: &Layout) -> Vec<T> {
    let mut out = vec![T::default(); layout.size()];
    let source = Source {
        ptr: x.as_ptr() as *const u8,
        elem,
        layout,
    };
    unsafe { unary(cx, op, source, out.as_mut_ptr() as *mut u8).unwrap() };
    out
}

fn reference(op: Unary, x: f32) -> f64 {
    let v = x as f64;
    match op {
        Unary::Neg => -v,
        Unary::Abs => v.abs(),
        Unary::Sign => {
            if v > 0.0 {
                1.0
            } else if v < 0.0 {
                -1.0
            } else {
                0.0
            }
        }
        Unary::Square => v * v,
        Unary::Relu => {
            if v.is_nan() {
                v
            } else {
                v.max(0.0)
            }
        }
        Unary::Reciprocal => 1.0 / v,
        Unary::Sqrt => v.sqrt(),
        Unary::Rsqrt => 1.0 / v.sqrt(),
        Unary::Floor => v.floor(),
        Unary::Ceil => v.ceil(),
        Unary::Round => v.round_ties_even(),
        Unary::Trunc => v.trunc(),
        _ => precise(op, v),
    }
}

#[test]
fn f32_agrees_with_f64_on_every_layout_with_the_same_bits_everywhere() {
    let mut rng = Rng(3);
    let data: Vec<f32> = (0..4096).map(|_| rng.wild()).collect();
    for op in Unary::ALL {
        for layout in layouts() {
            let x = elements(&data, &layout);
            let mut first: Option<Vec<u32>> = None;
            for cx in contexts() {
                let y = run(cx, op, Elem::F32, &data, &layout);
                for i in 0..x.len() {
                    let (got, want) = (y[i] as f64, reference(op, x[i]));
                    // The gelus cancel in their left tail, as torch's do.
                    let slack = if matches!(op, Unary::Gelu | Unary::GeluTanh) {
                        1e-6
                    } else {
                        1e-44
                    };
                    let close = (got - want as f32 as f64).abs() <= 1e-6 * want.abs() + slack;
                    let same = close || got == want as f32 as f64 || got.is_nan() && want.is_nan();
                    assert!(same, "{op:?}({}) = {got}, not {want}", x[i]);
                }
                let bits: Vec<u32> = y
                    .iter()
                    .map(|v| if v.is_nan() { 1 } else { v.to_bits() })
                    .collect();
                assert_eq!(*first.get_or_insert_with(|| bits.clone()), bits, "{op:?}");
            }
        }
    }
}

#[test]
fn bf16_is_f32_rounded_once() {
    let mut rng = Rng(4);
    let data: Vec<u16> = (0..4096).map(|_| f32_to_bf16(rng.wild())).collect();
    for op in Unary::ALL {
        for layout in layouts() {
            let wide: Vec<f32> = elements(&data, &layout)
                .iter()
                .map(|&v| bf16_to_f32(v))
                .collect();
            for cx in contexts() {
                let line = Layout::contiguous(&[wide.len()]).unwrap();
                let want = run(cx, op, Elem::F32, &wide, &line);
                let got = run(cx, op, Elem::Bf16, &data, &layout);
                for i in 0..got.len() {
                    let both_nan = want[i].is_nan() && bf16_to_f32(got[i]).is_nan();
                    assert!(both_nan || got[i] == f32_to_bf16(want[i]));
                }
            }
        }
    }
}

#[test]
fn integers_and_f64() {
    let line = Layout::contiguous(&[4]).unwrap();
    let cx = contexts()[0];
    let x = [i32::MIN, -3, 0, 5];
    assert_eq!(
        run(cx, Unary::Neg, Elem::I32, &x, &line),
        [i32::MIN, 3, 0, -5]
    );
    assert_eq!(
        run(cx, Unary::Abs, Elem::I32, &x, &line),
        [i32::MIN, 3, 0, 5]
    );
    assert_eq!(run(cx, Unary::Sign, Elem::I32, &x, &line), [-1, -1, 0, 1]);
    assert_eq!(run(cx, Unary::Square, Elem::I32, &x, &line), [0, 9, 0, 25]);
    let e = run(cx, Unary::Erf, Elem::F64, &[0.5f64, -0.5, 0.0, 9.0], &line);
    assert_eq!(e, [0.5204998778130465, -0.5204998778130465, 0.0, 1.0]);
    assert_eq!(
        run(
            cx,
            Unary::Round,
            Elem::F64,
            &[0.5f64, 1.5, 2.5, -0.5],
            &line
        ),
        [0.0, 2.0, 2.0, 0.0]
    );
    for op in Unary::ALL {
        let source = Source {
            ptr: x.as_ptr() as *const u8,
            elem: Elem::Bool,
            layout: &line,
        };
        let mut out = [0u8; 4];
        assert_eq!(
            unsafe { unary(cx, op, source, out.as_mut_ptr()) }
                .unwrap_err()
                .code,
            "ERR_DTYPE"
        );
    }
}
