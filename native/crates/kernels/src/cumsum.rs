//! Running sums and products along one axis of a contiguous tensor [outer, axis, inner]. Floats are
//! accumulated in f64 and rounded at each store; integers in i64, wrapping.

use crate::cast::convert;
use crate::elem::Elem;
use crate::elementwise::ranges;
use crate::reduce::Axes;
use crate::{Cx, Ptr};

/// Elements converted at a time.
const PART: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cumulative {
    Sum,
    Prod,
}

impl Cumulative {
    pub const ALL: [Cumulative; 2] = [Cumulative::Sum, Cumulative::Prod];

    /// Element type of the result: i64 for integers and bool.
    pub fn output(self, elem: Elem) -> Elem {
        if elem.is_float() {
            elem
        } else {
            Elem::I64
        }
    }
}

/// out[o, a, i] = sum or product of x[o, 0..=a, i], of type `op.output(elem)`.
///
/// # Safety
/// `x` holds and `out` has room for the elements of `axes`; they do not overlap.
pub unsafe fn cumsum(cx: Cx, op: Cumulative, elem: Elem, x: *const u8, axes: Axes, out: *mut u8) {
    let Axes { outer, axis, inner } = axes;
    let to = op.output(elem);
    let (x, out, level) = (Ptr(x as *mut u8), Ptr(out), cx.level);
    let blocks = inner.div_ceil(PART);
    ranges(
        cx,
        outer * blocks,
        axis.max(1) * inner.clamp(1, PART) * 4,
        &|start, end| {
            for unit in start..end {
                let (o, c) = (unit / blocks, unit % blocks * PART);
                let m = (inner - c).min(PART);
                macro_rules! scan {
                    ($t:ty, $domain:expr, $add:expr, $mul:expr) => {{
                        let mut v = [0 as $t; PART];
                        let mut acc = [if op == Cumulative::Sum {
                            0 as $t
                        } else {
                            1 as $t
                        }; PART];
                        for a in 0..axis {
                            let at = (o * axis + a) * inner + c;
                            convert(
                                level,
                                elem,
                                $domain,
                                x.get().add(at * elem.size()),
                                v.as_mut_ptr() as *mut u8,
                                m,
                            );
                            for j in 0..m {
                                acc[j] = if op == Cumulative::Sum {
                                    $add(acc[j], v[j])
                                } else {
                                    $mul(acc[j], v[j])
                                };
                            }
                            convert(
                                level,
                                $domain,
                                to,
                                acc.as_ptr() as *const u8,
                                out.get().add(at * to.size()),
                                m,
                            );
                        }
                    }};
                }
                if elem.is_float() {
                    scan!(f64, Elem::F64, |a: f64, b: f64| a + b, |a: f64, b: f64| a
                        * b)
                } else {
                    scan!(i64, Elem::I64, i64::wrapping_add, i64::wrapping_mul)
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, Rng};

    #[test]
    fn runs_along_any_axis() {
        let mut rng = Rng(51);
        let x: Vec<f32> = (0..9000).map(|_| rng.unit()).collect();
        for (outer, axis, inner) in [(1, 9000, 1), (3, 10, 7), (2, 5, 130), (2, 0, 3), (1, 1, 1)] {
            let axes = Axes { outer, axis, inner };
            for cx in contexts() {
                for op in [Cumulative::Sum, Cumulative::Prod] {
                    let mut y = vec![0f32; outer * axis * inner];
                    unsafe {
                        cumsum(
                            cx,
                            op,
                            Elem::F32,
                            x.as_ptr() as *const u8,
                            axes,
                            y.as_mut_ptr() as *mut u8,
                        )
                    };
                    for o in 0..outer {
                        for i in 0..inner {
                            let mut acc = if op == Cumulative::Sum { 0f64 } else { 1.0 };
                            for a in 0..axis {
                                let at = (o * axis + a) * inner + i;
                                acc = if op == Cumulative::Sum {
                                    acc + x[at] as f64
                                } else {
                                    acc * x[at] as f64
                                };
                                assert_eq!(y[at], acc as f32);
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn integers_and_bools_count_in_i64() {
        let axes = Axes {
            outer: 1,
            axis: 3,
            inner: 1,
        };
        for cx in contexts() {
            let mut y = [0i64; 3];
            let out = y.as_mut_ptr() as *mut u8;
            unsafe {
                cumsum(
                    cx,
                    Cumulative::Sum,
                    Elem::Bool,
                    [1u8, 1, 0].as_ptr(),
                    axes,
                    out,
                )
            };
            assert_eq!(y, [1, 2, 2]);
            let big = [i64::MAX, 1, 5];
            unsafe {
                cumsum(
                    cx,
                    Cumulative::Sum,
                    Elem::I64,
                    big.as_ptr() as *const u8,
                    axes,
                    out,
                )
            };
            assert_eq!(y, [i64::MAX, i64::MIN, i64::MIN + 5]);
        }
    }
}
