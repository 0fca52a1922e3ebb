//! Functions of one tensor. 16-bit floats are computed in f32 and rounded once at the store.
//!
//! exp, tanh, erf, log and what is made of them run on sixteen lanes; the other transcendental
//! functions go element by element through f64, which makes f32 results nearly correctly rounded.

use crate::elem::{unsupported, Elem};
use crate::elementwise::{map, through_f32, Source};
use crate::simd::{Simd, LANES};
use crate::{dispatch, math, Cx, Float, KernelError, Level};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    Neg,
    Abs,
    /// -1, 0 or 1; NaN gives 0.
    Sign,
    Square,
    Relu,
    Reciprocal,
    Sqrt,
    Rsqrt,
    Floor,
    Ceil,
    /// To the nearest integer, ties to even.
    Round,
    Trunc,
    Exp,
    Exp2,
    Expm1,
    Log,
    Log2,
    Log10,
    Log1p,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Erf,
    Erfc,
    Sigmoid,
    Silu,
    /// x Phi(x) with the error function.
    Gelu,
    /// The tanh approximation of `Gelu` (gelu_new).
    GeluTanh,
    /// x sigmoid(1.702 x).
    QuickGelu,
}

impl Unary {
    pub const ALL: [Unary; 35] = {
        use Unary::*;
        [
            Neg, Abs, Sign, Square, Relu, Reciprocal, Sqrt, Rsqrt, Floor, Ceil, Round, Trunc, Exp,
            Exp2, Expm1, Log, Log2, Log10, Log1p, Sin, Cos, Tan, Asin, Acos, Atan, Sinh, Cosh,
            Tanh, Erf, Erfc, Sigmoid, Silu, Gelu, GeluTanh, QuickGelu,
        ]
    };

    /// Whether there is a kernel for that element type.
    pub fn supports(self, elem: Elem) -> bool {
        use Unary::*;
        elem.is_float()
            || elem != Elem::Bool
                && matches!(
                    self,
                    Neg | Abs | Sign | Square | Relu | Floor | Ceil | Round | Trunc
                )
    }

    /// Whether f32 is computed on vectors.
    fn vector(self) -> bool {
        use Unary::*;
        matches!(
            self,
            Exp | Log | Tanh | Erf | Sigmoid | Silu | Gelu | GeluTanh | QuickGelu
        )
    }

    fn cost(self) -> usize {
        use Unary::*;
        match self {
            Neg | Abs | Sign | Square | Relu | Reciprocal | Sqrt | Rsqrt | Floor | Ceil | Round
            | Trunc => 1,
            _ if self.vector() => 4,
            _ => 32,
        }
    }
}

/// x / (1 + e^-x).
#[inline(always)]
pub(crate) unsafe fn silu<S: Simd>(s: S, x: S::V) -> S::V {
    let e = math::exp(s, s.sub(s.zero(), x));
    s.div(x, s.add(s.splat(1.0), e))
}

/// x/2 (1 + erf(x / sqrt 2)).
#[inline(always)]
pub(crate) unsafe fn gelu<S: Simd>(s: S, x: S::V) -> S::V {
    let e = math::erf(s, s.mul(x, s.splat(std::f32::consts::FRAC_1_SQRT_2)));
    s.mul(s.mul(x, s.splat(0.5)), s.add(s.splat(1.0), e))
}

/// sqrt(2 / pi).
const GELU_TANH: f64 = 0.797_884_560_802_865_4;

/// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
#[inline(always)]
pub(crate) unsafe fn gelu_tanh<S: Simd>(s: S, x: S::V) -> S::V {
    let cube = s.mul(s.mul(x, x), x);
    let inner = s.mul(s.splat(GELU_TANH as f32), s.fma(s.splat(0.044715), cube, x));
    s.mul(
        s.mul(x, s.splat(0.5)),
        s.add(s.splat(1.0), math::tanh(s, inner)),
    )
}

#[inline(always)]
unsafe fn lanes<S: Simd>(s: S, op: Unary, x: S::V) -> S::V {
    match op {
        Unary::Exp => math::exp(s, x),
        Unary::Log => math::log(s, x),
        Unary::Tanh => math::tanh(s, x),
        Unary::Erf => math::erf(s, x),
        Unary::Sigmoid => math::sigmoid(s, x),
        Unary::Silu => silu(s, x),
        Unary::Gelu => gelu(s, x),
        Unary::GeluTanh => gelu_tanh(s, x),
        _ => s.div(
            x,
            s.add(s.splat(1.0), math::exp(s, s.mul(x, s.splat(-1.702)))),
        ),
    }
}

dispatch!(fn vector_block(op: Unary, x: *const f32, y: *mut f32, n: usize) = vector_body);

#[inline(always)]
unsafe fn vector_body<S: Simd>(s: S, op: Unary, x: *const f32, y: *mut f32, n: usize) {
    let full = n - n % LANES;
    macro_rules! each {
        ($($op:ident)*) => {
            match op {
                $(Unary::$op => {
                    for i in (0..full).step_by(LANES) {
                        s.store(y.add(i), lanes(s, Unary::$op, s.load(x.add(i))));
                    }
                    if full < n {
                        let tail = s.load_part(x.add(full), n - full);
                        s.store_part(y.add(full), lanes(s, Unary::$op, tail), n - full);
                    }
                })*
                _ => debug_assert!(false, "{op:?} has no vector form"),
            }
        };
    }
    each!(Exp Log Tanh Erf Sigmoid Silu Gelu GeluTanh QuickGelu);
}

/// The C library's functions that Rust's standard library links but does not name.
mod c {
    extern "C" {
        pub fn erf(x: f64) -> f64;
        pub fn erfc(x: f64) -> f64;
    }
}

/// sinh and cosh of an f32: torch's overflow beyond 88, a little before f32 ends, and so do ours.
fn hyperbolic(op: Unary, x: f64) -> f64 {
    let y = precise(op, x);
    if x.abs() > 88.0 {
        return y.signum() * f64::INFINITY;
    }
    y
}

/// The transcendental functions in f64.
fn precise(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Exp => x.exp(),
        Unary::Exp2 => x.exp2(),
        Unary::Expm1 => x.exp_m1(),
        Unary::Log => x.ln(),
        Unary::Log2 => x.log2(),
        Unary::Log10 => x.log10(),
        Unary::Log1p => x.ln_1p(),
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Tan => x.tan(),
        Unary::Asin => x.asin(),
        Unary::Acos => x.acos(),
        Unary::Atan => x.atan(),
        Unary::Sinh => x.sinh(),
        Unary::Cosh => x.cosh(),
        Unary::Tanh => x.tanh(),
        // SAFETY: pure functions of a double.
        Unary::Erf => unsafe { c::erf(x) },
        Unary::Erfc => unsafe { c::erfc(x) },
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Silu => x / (1.0 + (-x).exp()),
        Unary::Gelu => 0.5 * x * (1.0 + precise(Unary::Erf, x * std::f64::consts::FRAC_1_SQRT_2)),
        Unary::GeluTanh => 0.5 * x * (1.0 + (GELU_TANH * (x + 0.044715 * x * x * x)).tanh()),
        _ => x / (1.0 + (-1.702 * x).exp()),
    }
}

macro_rules! float_block {
    ($name:ident, $body:ident, $t:ty) => {
        dispatch!(fn $name(op: Unary, x: *const $t, y: *mut $t, n: usize) = $body);
        #[inline(always)]
        unsafe fn $body<S: Simd>(_s: S, op: Unary, x: *const $t, y: *mut $t, n: usize) {
            macro_rules! each {
                (|$v:ident| $e:expr) => {
                    for i in 0..n {
                        let $v = *x.add(i);
                        *y.add(i) = $e;
                    }
                };
            }
            match op {
                Unary::Neg => each!(|v| -v),
                Unary::Abs => each!(|v| v.abs()),
                Unary::Sign => each!(|v| (v > 0.0) as u8 as $t - (v < 0.0) as u8 as $t),
                Unary::Square => each!(|v| v * v),
                Unary::Relu => each!(|v| if v < 0.0 { 0.0 } else { v }),
                Unary::Reciprocal => each!(|v| 1.0 / v),
                Unary::Sqrt => each!(|v| v.sqrt()),
                Unary::Rsqrt => each!(|v| 1.0 / v.sqrt()),
                Unary::Floor => each!(|v| v.floor()),
                Unary::Ceil => each!(|v| v.ceil()),
                Unary::Round => each!(|v| v.round_ties_even()),
                Unary::Trunc => each!(|v| v.trunc()),
                Unary::Sinh | Unary::Cosh if size_of::<$t>() == 4 => {
                    each!(|v| hyperbolic(op, v as f64) as $t)
                }
                _ => each!(|v| precise(op, v as f64) as $t),
            }
        }
    };
}
float_block!(plain_f32, plain_body_f32, f32);
float_block!(plain_f64, plain_body_f64, f64);

unsafe fn block_f32(level: Level, op: Unary, x: *const f32, y: *mut f32, n: usize) {
    if op.vector() {
        vector_block(level, op, x, y, n)
    } else {
        plain_f32(level, op, x, y, n)
    }
}

macro_rules! int_block {
    ($name:ident, $body:ident, $t:ty) => {
        dispatch!(fn $name(op: Unary, x: *const $t, y: *mut $t, n: usize) = $body);
        #[inline(always)]
        #[allow(unused_comparisons)]
        unsafe fn $body<S: Simd>(_s: S, op: Unary, x: *const $t, y: *mut $t, n: usize) {
            const MINUS: $t = (0 as $t).wrapping_sub(1);
            for i in 0..n {
                let v = *x.add(i);
                *y.add(i) = match op {
                    Unary::Neg => (0 as $t).wrapping_sub(v),
                    Unary::Abs => if v < 0 { (0 as $t).wrapping_sub(v) } else { v },
                    Unary::Sign => if v < 0 { MINUS } else { (v > 0) as $t },
                    Unary::Square => v.wrapping_mul(v),
                    Unary::Relu => if v < 0 { 0 } else { v },
                    _ => v,
                };
            }
        }
    };
}
int_block!(block_i64, int_body_i64, i64);
int_block!(block_i32, int_body_i32, i32);
int_block!(block_i16, int_body_i16, i16);
int_block!(block_i8, int_body_i8, i8);
int_block!(block_u8, int_body_u8, u8);

/// out = op(x), row-major, in the element type of x.
///
/// # Safety
/// See `elementwise::map`.
pub unsafe fn unary(cx: Cx, op: Unary, x: Source, out: *mut u8) -> Result<(), KernelError> {
    if !op.supports(x.elem) {
        return Err(unsupported(&format!("{op:?}").to_lowercase(), x.elem));
    }
    let level = cx.level;
    map(cx, [x], out, x.elem.size(), op.cost(), &|[p], o, n| {
        macro_rules! call {
            ($f:ident, $t:ty) => {
                $f(level, op, p as *const $t, o as *mut $t, n)
            };
        }
        match x.elem {
            Elem::F32 => call!(block_f32, f32),
            Elem::F64 => call!(plain_f64, f64),
            Elem::I64 => call!(block_i64, i64),
            Elem::I32 => call!(block_i32, i32),
            Elem::I16 => call!(block_i16, i16),
            Elem::I8 => call!(block_i8, i8),
            Elem::U8 | Elem::Bool => call!(block_u8, u8),
            Elem::F16 => halves(level, Float::F16, op, p, o, n),
            Elem::Bf16 => halves(level, Float::Bf16, op, p, o, n),
        }
        true
    });
    Ok(())
}

unsafe fn halves(level: Level, kind: Float, op: Unary, x: *const u8, y: *mut u8, n: usize) {
    through_f32(level, kind, [x], y, n, None, &|[x], y, n| {
        block_f32(level, op, x, y as *mut f32, n)
    });
}

#[cfg(test)]
#[path = "unary_test.rs"]
mod tests;
