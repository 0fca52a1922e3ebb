use super::*;
use crate::elementwise::testing::{contexts, elements, layouts, Rng};
use crate::layout::Layout;
use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};

/// The rule table, in f64, for f32 inputs.
fn reference(op: Binary, x: f32, y: f32) -> f64 {
    let (u, v) = (x as f64, y as f64);
    match op {
        Binary::Add => (x + y) as f64,
        Binary::Sub => (x - y) as f64,
        Binary::Mul => (x * y) as f64,
        Binary::Div => (x / y) as f64,
        Binary::Pow => u.powf(v) as f32 as f64,
        Binary::Maximum => {
            if u.is_nan() || v.is_nan() {
                f64::NAN
            } else {
                u.max(v)
            }
        }
        Binary::Minimum => {
            if u.is_nan() || v.is_nan() {
                f64::NAN
            } else {
                u.min(v)
            }
        }
        Binary::FloorDivide => float_floor_divide(u, v) as f32 as f64,
        Binary::Remainder => (u - v * (u / v).floor()) as f32 as f64,
        Binary::Fmod => u % v,
        Binary::Atan2 => u.atan2(v) as f32 as f64,
        Binary::Eq => (x == y) as u8 as f64,
        Binary::Ne => (x != y) as u8 as f64,
        Binary::Lt => (x < y) as u8 as f64,
        Binary::Le => (x <= y) as u8 as f64,
        Binary::Gt => (x > y) as u8 as f64,
        Binary::Ge => (x >= y) as u8 as f64,
        Binary::And => (x != 0.0 && y != 0.0) as u8 as f64,
        Binary::Or => (x != 0.0 || y != 0.0) as u8 as f64,
        Binary::Xor => ((x != 0.0) != (y != 0.0)) as u8 as f64,
        _ => unreachable!(),
    }
}

fn run<T: Copy + Default, U: Copy + Default>(
    cx: Cx,
    op: Binary,
    elem: Elem,
    a: (&[T], &Layout),
    b: (&[T], &Layout),
) -> Result<Vec<U>, KernelError> {
    let mut out = vec![U::default(); a.1.size()];
    let source = |x: (&[T], _)| Source {
        ptr: x.0.as_ptr() as *const u8,
        elem,
        layout: x.1,
    };
    let source_b = Source {
        ptr: b.0.as_ptr() as *const u8,
        elem,
        layout: b.1,
    };
    unsafe { binary(cx, op, source(a), source_b, out.as_mut_ptr() as *mut u8)? };
    Ok(out)
}

/// Pairs of a layout with its dense and its fully broadcast twin.
fn pairs() -> Vec<(Layout, Layout)> {
    let mut all = vec![];
    for l in layouts() {
        let dense = Layout::contiguous(l.shape()).unwrap();
        let zero = Layout::new(l.shape(), &vec![0; l.shape().len()]).unwrap();
        all.extend([(l, dense), (dense, l), (l, zero), (zero, l), (dense, dense)]);
    }
    all
}

#[test]
fn f32_follows_the_rule_table_on_every_layout_and_level() {
    let mut rng = Rng(7);
    let data: Vec<f32> = (0..4096).map(|_| rng.wild()).collect();
    for op in Binary::ALL.into_iter().filter(|op| op.supports(Elem::F32)) {
        for (la, lb) in pairs() {
            let (a, b) = (elements(&data, &la), elements(&data[9..], &lb));
            for cx in contexts() {
                let got: Vec<f64> = if op.is_predicate() {
                    let r: Vec<u8> =
                        run(cx, op, Elem::F32, (&data, &la), (&data[9..], &lb)).unwrap();
                    r.iter().map(|&v| v as f64).collect()
                } else {
                    let r: Vec<f32> =
                        run(cx, op, Elem::F32, (&data, &la), (&data[9..], &lb)).unwrap();
                    r.iter().map(|&v| v as f64).collect()
                };
                for i in 0..a.len() {
                    let want = reference(op, a[i], b[i]);
                    // The naive remainder is inexact, and undefined for infinities.
                    let loose = op == Binary::Remainder;
                    if loose && !(a[i].abs() < 100.0 && b[i].abs() < 100.0 && b[i].abs() > 0.1) {
                        continue;
                    }
                    let same = got[i] == want
                        || got[i].is_nan() && want.is_nan()
                        || loose
                            && ((got[i] - want).abs() < 1e-5
                                || (got[i] - want).abs() - b[i].abs() as f64 > -1e-5);
                    assert!(
                        same,
                        "{op:?} {cx:?}({}, {}) = {}, not {want}",
                        a[i],
                        b[i],
                        got[i],
                        cx = cx.level
                    );
                }
            }
        }
    }
}

#[test]
fn halves_are_computed_in_f32_and_rounded_once() {
    let mut rng = Rng(8);
    let x: Vec<f32> = (0..3000).map(|_| rng.wild()).collect();
    let half: [(Elem, fn(f32) -> u16, fn(u16) -> f32); 2] = [
        (Elem::Bf16, f32_to_bf16, bf16_to_f32),
        (Elem::F16, f32_to_f16, f16_to_f32),
    ];
    for (elem, narrow, widen) in half {
        let data: Vec<u16> = x.iter().map(|&v| narrow(v)).collect();
        for op in [Binary::Add, Binary::Mul, Binary::Maximum, Binary::Lt] {
            for (la, lb) in pairs() {
                let (a, b) = (elements(&data, &la), elements(&data[5..], &lb));
                for cx in contexts() {
                    let args = ((&data[..], &la), (&data[5..], &lb));
                    if op == Binary::Lt {
                        let got: Vec<u8> = run(cx, op, elem, args.0, args.1).unwrap();
                        for i in 0..a.len() {
                            assert_eq!(got[i] != 0, widen(a[i]) < widen(b[i]));
                        }
                        continue;
                    }
                    let got: Vec<u16> = run(cx, op, elem, args.0, args.1).unwrap();
                    for i in 0..a.len() {
                        let want = narrow(reference(op, widen(a[i]), widen(b[i])) as f32);
                        assert!(
                            got[i] == want
                                || widen(got[i]).is_nan() && widen(want).is_nan()
                                || widen(got[i]) == widen(want)
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn integers_wrap_and_divide_as_python_does() {
    let line = Layout::contiguous(&[6]).unwrap();
    let a = [7i64, -7, 7, -7, i64::MIN, i64::MAX];
    let b = [2i64, 2, -2, -2, -1, 3];
    for cx in contexts() {
        let go = |op| run::<i64, i64>(cx, op, Elem::I64, (&a, &line), (&b, &line)).unwrap();
        assert_eq!(
            go(Binary::FloorDivide),
            [3, -4, -4, 3, i64::MIN, i64::MAX / 3]
        );
        assert_eq!(go(Binary::Remainder), [1, 1, -1, -1, 0, 1]);
        assert_eq!(go(Binary::Fmod), [1, -1, 1, -1, 0, 1]);
        assert_eq!(go(Binary::Div), [3, -3, -3, 3, i64::MIN, i64::MAX / 3]);
        assert_eq!(go(Binary::Add)[5], i64::MAX.wrapping_add(3));
        assert_eq!(go(Binary::Pow), [49, 49, 0, 0, 0, i64::MAX.wrapping_pow(3)]);
        assert_eq!(go(Binary::ShiftLeft), [28, -28, 0, 0, 0, -8]);
        assert_eq!(go(Binary::ShiftRight), [1, -2, 0, -1, -1, i64::MAX >> 3]);
        let ones = [1i64, -1, -1, 2, 0, 1];
        let exps = [-5i64, -2, -3, -1, 0, 0];
        let p = run::<i64, i64>(cx, Binary::Pow, Elem::I64, (&ones, &line), (&exps, &line));
        assert_eq!(p.unwrap(), [1, 1, -1, 0, 1, 1]);
        let u = [250u8, 3, 0, 255, 1, 9];
        let v = [10u8, 5, 1, 255, 2, 3];
        let sub = run::<u8, u8>(cx, Binary::Sub, Elem::U8, (&u, &line), (&v, &line));
        assert_eq!(sub.unwrap(), [240, 254, 255, 0, 255, 6]);
    }
}

#[test]
fn dividing_integers_by_zero_is_an_error_not_a_trap() {
    let line = Layout::contiguous(&[1000]).unwrap();
    let a = vec![1i32; 1000];
    let mut b = vec![3i32; 1000];
    b[777] = 0;
    for cx in contexts() {
        for op in [
            Binary::Div,
            Binary::FloorDivide,
            Binary::Remainder,
            Binary::Fmod,
        ] {
            let got = run::<i32, i32>(cx, op, Elem::I32, (&a, &line), (&b, &line));
            assert_eq!(got.unwrap_err().code, "ERR_DIVISION_BY_ZERO");
        }
    }
}

#[test]
fn what_has_no_meaning_is_refused() {
    let line = Layout::contiguous(&[2]).unwrap();
    let x = [0u64; 2];
    for op in Binary::ALL {
        for elem in Elem::ALL {
            let got = run::<u64, u64>(contexts()[0], op, elem, (&x, &line), (&x, &line));
            let code = got.err().map(|e| e.code);
            if op.supports(elem) {
                assert!(code.is_none() || code == Some("ERR_DIVISION_BY_ZERO"));
            } else {
                assert_eq!(code, Some("ERR_DTYPE"));
            }
        }
    }
}
