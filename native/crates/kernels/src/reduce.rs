//! Reductions of one axis of a contiguous tensor seen as [outer, axis, inner].
//!
//! One written order for every level, layout and number of threads: element k goes into partial
//! k mod 16, k ascending; then partial i is joined with i + 8, i + 4, i + 2, i + 1. 16-bit floats
//! are reduced in f32 and rounded once, integers in i64 (wrapping).

use crate::cast::convert;
use crate::elem::{unsupported, Elem};
use crate::elementwise::ranges;
use crate::simd::{Simd, LANES};
use crate::{dispatch, Cx, KernelError, Level, Ptr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    Sum,
    Mean,
    Prod,
    /// NaN if any is NaN.
    Max,
    Min,
    /// Of bool.
    Any,
    All,
}

impl Reduce {
    pub const ALL: [Reduce; 7] = {
        use Reduce::*;
        [Sum, Mean, Prod, Max, Min, Any, All]
    };

    /// Element type of the result, if there is a kernel: sums and products of integers are i64.
    pub fn output(self, elem: Elem) -> Option<Elem> {
        match self {
            Reduce::Any | Reduce::All => (elem == Elem::Bool).then_some(Elem::Bool),
            Reduce::Mean => elem.is_float().then_some(elem),
            Reduce::Sum | Reduce::Prod if !elem.is_float() => Some(Elem::I64),
            _ => Some(elem),
        }
    }
}

/// A tensor as three axes, the middle one reduced.
#[derive(Clone, Copy, Debug)]
pub struct Axes {
    pub outer: usize,
    pub axis: usize,
    pub inner: usize,
}

impl Axes {
    /// The axes of a contiguous shape around one of its dimensions; a scalar has one element.
    pub fn of(shape: &[usize], axis: usize) -> Axes {
        match shape.get(axis) {
            None => Axes {
                outer: 1,
                axis: 1,
                inner: 1,
            },
            Some(&n) => Axes {
                outer: shape[..axis].iter().product(),
                axis: n,
                inner: shape[axis + 1..].iter().product(),
            },
        }
    }
}

/// The type in which elements are reduced.
pub(crate) fn domain(elem: Elem) -> Elem {
    match elem {
        Elem::F32 | Elem::F16 | Elem::Bf16 => Elem::F32,
        Elem::F64 => Elem::F64,
        _ => Elem::I64,
    }
}

/// Elements converted to the domain at a time: a multiple of the partials.
pub(crate) const PART: usize = 256;
/// Columns reduced together when the axis is not the last.
pub(crate) const COLUMNS: usize = 64;

/// Elements `at..at + n` (n <= PART) of x as the domain type: in place, or converted into `buffer`.
#[inline(always)]
pub(crate) unsafe fn load<T>(
    level: Level,
    elem: Elem,
    x: *const u8,
    at: usize,
    n: usize,
    buffer: &mut [T; PART],
) -> *const T {
    let p = x.add(at * elem.size());
    if domain(elem) == elem {
        return p as *const T;
    }
    convert(
        level,
        elem,
        domain(elem),
        p,
        buffer.as_mut_ptr() as *mut u8,
        n,
    );
    buffer.as_ptr()
}

trait Fold<T> {
    const FIRST: T;
    fn join(a: T, x: T) -> T;
}
struct Sum;
struct Prod;
struct Max;
struct Min;

macro_rules! float_folds {
    ($t:ty) => {
        impl Fold<$t> for Sum {
            const FIRST: $t = 0.0;
            #[inline(always)]
            fn join(a: $t, x: $t) -> $t {
                a + x
            }
        }
        impl Fold<$t> for Prod {
            const FIRST: $t = 1.0;
            #[inline(always)]
            fn join(a: $t, x: $t) -> $t {
                a * x
            }
        }
        impl Fold<$t> for Max {
            const FIRST: $t = <$t>::NEG_INFINITY;
            #[inline(always)]
            fn join(a: $t, x: $t) -> $t {
                if x > a || x.is_nan() {
                    x
                } else {
                    a
                }
            }
        }
        impl Fold<$t> for Min {
            const FIRST: $t = <$t>::INFINITY;
            #[inline(always)]
            fn join(a: $t, x: $t) -> $t {
                if x < a || x.is_nan() {
                    x
                } else {
                    a
                }
            }
        }
    };
}
float_folds!(f32);
float_folds!(f64);

impl Fold<i64> for Sum {
    const FIRST: i64 = 0;
    #[inline(always)]
    fn join(a: i64, x: i64) -> i64 {
        a.wrapping_add(x)
    }
}
impl Fold<i64> for Prod {
    const FIRST: i64 = 1;
    #[inline(always)]
    fn join(a: i64, x: i64) -> i64 {
        a.wrapping_mul(x)
    }
}
impl Fold<i64> for Max {
    const FIRST: i64 = i64::MIN;
    #[inline(always)]
    fn join(a: i64, x: i64) -> i64 {
        a.max(x)
    }
}
impl Fold<i64> for Min {
    const FIRST: i64 = i64::MAX;
    #[inline(always)]
    fn join(a: i64, x: i64) -> i64 {
        a.min(x)
    }
}

/// One row of `axis` elements starting at element `at`.
#[inline(always)]
unsafe fn fold_row<T: Copy, F: Fold<T>>(
    level: Level,
    elem: Elem,
    x: *const u8,
    at: usize,
    axis: usize,
) -> T {
    let mut buffer = [F::FIRST; PART];
    let mut acc = [F::FIRST; LANES];
    let mut k = 0;
    while k < axis {
        let m = PART.min(axis - k);
        let p = load(level, elem, x, at + k, m, &mut buffer);
        let full = m - m % LANES;
        for i in (0..full).step_by(LANES) {
            for l in 0..LANES {
                acc[l] = F::join(acc[l], *p.add(i + l));
            }
        }
        for i in full..m {
            acc[i - full] = F::join(acc[i - full], *p.add(i));
        }
        k += m;
    }
    let mut w = LANES / 2;
    while w > 0 {
        for l in 0..w {
            acc[l] = F::join(acc[l], acc[l + w]);
        }
        w /= 2;
    }
    acc[0]
}

/// `m` columns `inner` apart along the axis, in the order of `fold_row`.
#[inline(always)]
unsafe fn fold_columns<T: Copy, F: Fold<T>>(
    level: Level,
    elem: Elem,
    x: *const u8,
    at: usize,
    (axis, inner, m): (usize, usize, usize),
    out: &mut [T; COLUMNS],
) {
    let mut buffer = [F::FIRST; PART];
    let mut acc = [[F::FIRST; COLUMNS]; LANES];
    for k in 0..axis {
        let p = load(level, elem, x, at + k * inner, m, &mut buffer);
        let partial = &mut acc[k % LANES];
        for j in 0..m {
            partial[j] = F::join(partial[j], *p.add(j));
        }
    }
    let mut w = LANES / 2;
    while w > 0 {
        for l in 0..w {
            for j in 0..m {
                acc[l][j] = F::join(acc[l][j], acc[l + w][j]);
            }
        }
        w /= 2;
    }
    *out = acc[0];
}

macro_rules! kernels {
    ($name:ident, $body:ident, $t:ty) => {
        dispatch!(fn $name(level: Level, op: Reduce, elem: Elem, x: *const u8, at: usize, dims: (usize, usize, usize), out: &mut [$t; COLUMNS]) = $body);
        /// Reduces `dims.2` neighbouring columns (1: a row) into `out`.
        #[inline(always)]
        #[allow(clippy::too_many_arguments)]
        unsafe fn $body<S: Simd>(
            _s: S,
            level: Level,
            op: Reduce,
            elem: Elem,
            x: *const u8,
            at: usize,
            dims: (usize, usize, usize),
            out: &mut [$t; COLUMNS],
        ) {
            macro_rules! fold {
                ($f:ty) => {
                    if dims.1 == 1 {
                        out[0] = fold_row::<$t, $f>(level, elem, x, at, dims.0)
                    } else {
                        fold_columns::<$t, $f>(level, elem, x, at, dims, out)
                    }
                };
            }
            match op {
                Reduce::Sum => fold!(Sum),
                Reduce::Mean => {
                    fold!(Sum);
                    for v in out[..dims.2].iter_mut() {
                        *v /= dims.0 as $t;
                    }
                }
                Reduce::Prod => fold!(Prod),
                Reduce::Max | Reduce::Any => fold!(Max),
                Reduce::Min | Reduce::All => fold!(Min),
            }
        }
    };
}
kernels!(kernel_f32, body_f32, f32);
kernels!(kernel_f64, body_f64, f64);
kernels!(kernel_i64, body_i64, i64);

/// out[o, i] = op over a of x[o, a, i]; the result has the type `op.output(elem)`.
///
/// # Safety
/// `x` holds outer * axis * inner elements, `out` has room for outer * inner; they do not overlap.
pub unsafe fn reduce(
    cx: Cx,
    op: Reduce,
    elem: Elem,
    x: *const u8,
    axes: Axes,
    out: *mut u8,
) -> Result<(), KernelError> {
    let Some(to) = op.output(elem) else {
        return Err(unsupported(&format!("{op:?}").to_lowercase(), elem));
    };
    let Axes { outer, axis, inner } = axes;
    if axis == 0 && matches!(op, Reduce::Max | Reduce::Min) && outer * inner > 0 {
        return Err(KernelError {
            code: "ERR_SHAPE",
            message: "max: the axis must not be empty; got 0 elements. Check the shape first."
                .into(),
        });
    }
    let level = cx.level;
    let (x, out) = (Ptr(x as *mut u8), Ptr(out));
    let blocks = if inner == 1 {
        1
    } else {
        inner.div_ceil(COLUMNS)
    };
    let cost = axis.max(1) * inner.clamp(1, COLUMNS);
    ranges(cx, outer * blocks, cost, &|start, end| {
        for unit in start..end {
            let (o, c) = (unit / blocks, unit % blocks * COLUMNS);
            let m = (inner - c).min(COLUMNS);
            let (at, dims) = (o * axis * inner + c, (axis, inner, m));
            let y = out.get().add((o * inner + c) * to.size());
            macro_rules! go {
                ($f:ident, $t:ty) => {{
                    let mut v = [0 as $t; COLUMNS];
                    $f(level, level, op, elem, x.get(), at, dims, &mut v);
                    if axis == 0 && op == Reduce::Any {
                        v = [0 as $t; COLUMNS];
                    }
                    convert(level, domain(elem), to, v.as_ptr() as *const u8, y, m);
                }};
            }
            match domain(elem) {
                Elem::F32 => go!(kernel_f32, f32),
                Elem::F64 => go!(kernel_f64, f64),
                _ => go!(kernel_i64, i64),
            }
        }
    });
    Ok(())
}

#[cfg(test)]
#[path = "reduce_test.rs"]
mod tests;
