//! Arithmetic, comparison, logical and bitwise operations of two tensors with broadcasting strides.
//!
//! The loops are plain Rust that the compiler vectorises for the level they are compiled for; each
//! is exact or correctly rounded per element, so all levels agree. Integers wrap on overflow; an
//! integer division by zero is an error.

use crate::elem::{unsupported, Elem};
use crate::elementwise::{map, through_f32, Source};
use crate::simd::Simd;
use crate::{dispatch, Cx, KernelError, Level};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    /// True division of floats; of integers, rounded toward zero.
    Div,
    Pow,
    /// NaN if either is NaN.
    Maximum,
    Minimum,
    /// Rounded toward minus infinity.
    FloorDivide,
    /// Has the sign of the divisor, as in Python.
    Remainder,
    /// Has the sign of the dividend, as in C.
    Fmod,
    Atan2,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Xor,
}

impl Binary {
    pub const ALL: [Binary; 25] = {
        use Binary::*;
        [
            Add,
            Sub,
            Mul,
            Div,
            Pow,
            Maximum,
            Minimum,
            FloorDivide,
            Remainder,
            Fmod,
            Atan2,
            BitAnd,
            BitOr,
            BitXor,
            ShiftLeft,
            ShiftRight,
            Eq,
            Ne,
            Lt,
            Le,
            Gt,
            Ge,
            And,
            Or,
            Xor,
        ]
    };

    /// Whether the output is bool.
    pub fn is_predicate(self) -> bool {
        use Binary::*;
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge | And | Or | Xor)
    }

    fn is_bitwise(self) -> bool {
        use Binary::*;
        matches!(self, BitAnd | BitOr | BitXor | ShiftLeft | ShiftRight)
    }

    fn divides(self) -> bool {
        use Binary::*;
        matches!(self, Div | FloorDivide | Remainder | Fmod)
    }

    /// Whether there is a kernel for that element type.
    pub fn supports(self, elem: Elem) -> bool {
        use Binary::*;
        match elem {
            Elem::Bool => {
                self.is_predicate() || matches!(self, BitAnd | BitOr | BitXor | Maximum | Minimum)
            }
            _ if elem.is_float() => !self.is_bitwise(),
            _ => self != Atan2,
        }
    }

    /// Rough work per element next to an addition: decides when threads are worth it.
    fn cost(self) -> usize {
        match self {
            Binary::Pow
            | Binary::Atan2
            | Binary::Fmod
            | Binary::Remainder
            | Binary::FloorDivide => 16,
            _ => 1,
        }
    }
}

fn float_remainder(x: f64, y: f64) -> f64 {
    let m = x % y;
    if m != 0.0 && (y < 0.0) != (m < 0.0) {
        m + y
    } else {
        m
    }
}

/// The quotient whose product with y lies closest below x; corrects a quotient that was rounded up.
fn float_floor_divide(x: f64, y: f64) -> f64 {
    if y == 0.0 {
        return x / y;
    }
    let m = x % y;
    let mut q = (x - m) / y;
    if m != 0.0 && (y < 0.0) != (m < 0.0) {
        q -= 1.0;
    }
    if q == 0.0 {
        return f64::copysign(0.0, x / y);
    }
    let floor = q.floor();
    if q - floor > 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

macro_rules! each {
    ($n:ident, $a:ident, $b:ident, $o:expr, |$x:ident, $y:ident| $e:expr) => {{
        let o = $o;
        for i in 0..$n {
            let ($x, $y) = (*$a.add(i), *$b.add(i));
            *o.add(i) = $e;
        }
    }};
}

/// The operations that all types share: comparisons and logic, into bool.
macro_rules! predicate {
    ($op:ident, $n:ident, $a:ident, $b:ident, $o:ident, $zero:expr) => {
        match $op {
            Binary::Eq => each!($n, $a, $b, $o, |x, y| (x == y) as u8),
            Binary::Ne => each!($n, $a, $b, $o, |x, y| (x != y) as u8),
            Binary::Lt => each!($n, $a, $b, $o, |x, y| (x < y) as u8),
            Binary::Le => each!($n, $a, $b, $o, |x, y| (x <= y) as u8),
            Binary::Gt => each!($n, $a, $b, $o, |x, y| (x > y) as u8),
            Binary::Ge => each!($n, $a, $b, $o, |x, y| (x >= y) as u8),
            Binary::And => each!($n, $a, $b, $o, |x, y| ((x != $zero) & (y != $zero)) as u8),
            Binary::Or => each!($n, $a, $b, $o, |x, y| ((x != $zero) | (y != $zero)) as u8),
            _ => each!($n, $a, $b, $o, |x, y| ((x != $zero) ^ (y != $zero)) as u8),
        }
    };
}

macro_rules! float_block {
    ($name:ident, $body:ident, $t:ty) => {
        dispatch!(fn $name(op: Binary, a: *const $t, b: *const $t, o: *mut u8, n: usize) = $body);
        #[inline(always)]
        unsafe fn $body<S: Simd>(_s: S, op: Binary, a: *const $t, b: *const $t, o: *mut u8, n: usize) {
            let y = o as *mut $t;
            match op {
                Binary::Add => each!(n, a, b, y, |x, y| x + y),
                Binary::Sub => each!(n, a, b, y, |x, y| x - y),
                Binary::Mul => each!(n, a, b, y, |x, y| x * y),
                Binary::Div => each!(n, a, b, y, |x, y| x / y),
                Binary::Maximum => each!(n, a, b, y, |x, y| if x > y || x != x { x } else { y }),
                Binary::Minimum => each!(n, a, b, y, |x, y| if x < y || x != x { x } else { y }),
                // In f64: nearly correctly rounded for f32.
                Binary::Pow => each!(n, a, b, y, |x, y| (x as f64).powf(y as f64) as $t),
                Binary::Atan2 => each!(n, a, b, y, |x, y| (x as f64).atan2(y as f64) as $t),
                Binary::Fmod => each!(n, a, b, y, |x, y| x % y),
                Binary::Remainder => {
                    each!(n, a, b, y, |x, y| float_remainder(x as f64, y as f64) as $t)
                }
                Binary::FloorDivide => {
                    each!(n, a, b, y, |x, y| float_floor_divide(x as f64, y as f64) as $t)
                }
                _ => predicate!(op, n, a, b, o, 0.0),
            }
        }
    };
}
float_block!(block_f32, body_f32, f32);
float_block!(block_f64, body_f64, f64);

/// Integers to integer powers, as torch: a negative exponent gives 0 unless the base is 1 or -1.
macro_rules! int_pow {
    ($x:expr, $y:expr, $t:ty) => {{
        let (mut base, mut e, mut r): ($t, $t, $t) = ($x, $y, 1);
        #[allow(unused_comparisons)]
        if e < 0 {
            let minus_one = (0 as $t).wrapping_sub(1);
            r = if base == 1 || (base == minus_one && e & 1 == 0) {
                1
            } else if base == minus_one {
                minus_one
            } else {
                0
            };
        } else {
            while e > 0 {
                if e & 1 == 1 {
                    r = r.wrapping_mul(base);
                }
                base = base.wrapping_mul(base);
                e >>= 1;
            }
        }
        r
    }};
}

macro_rules! int_block {
    ($name:ident, $body:ident, $t:ty) => {
        dispatch!(fn $name(op: Binary, a: *const $t, b: *const $t, o: *mut u8, n: usize) = $body);
        #[inline(always)]
        #[allow(unused_comparisons)]
        unsafe fn $body<S: Simd>(_s: S, op: Binary, a: *const $t, b: *const $t, o: *mut u8, n: usize) {
            let z = o as *mut $t;
            // Shifting by the width or more, or by a negative number, is undefined in torch; here: 0.
            const BITS: i64 = <$t>::BITS as i64;
            match op {
                Binary::Add => each!(n, a, b, z, |x, y| x.wrapping_add(y)),
                Binary::Sub => each!(n, a, b, z, |x, y| x.wrapping_sub(y)),
                Binary::Mul => each!(n, a, b, z, |x, y| x.wrapping_mul(y)),
                Binary::Div => each!(n, a, b, z, |x, y| if y == 0 { 0 } else { x.wrapping_div(y) }),
                Binary::Maximum => each!(n, a, b, z, |x, y| if x > y { x } else { y }),
                Binary::Minimum => each!(n, a, b, z, |x, y| if x < y { x } else { y }),
                Binary::Pow => each!(n, a, b, z, |x, y| int_pow!(x, y, $t)),
                Binary::Fmod => each!(n, a, b, z, |x, y| if y == 0 { 0 } else { x.wrapping_rem(y) }),
                Binary::Remainder => each!(n, a, b, z, |x, y| {
                    let m = if y == 0 { 0 } else { x.wrapping_rem(y) };
                    if m != 0 && (m < 0) != (y < 0) { m.wrapping_add(y) } else { m }
                }),
                Binary::FloorDivide => each!(n, a, b, z, |x, y| {
                    let q = if y == 0 { 0 } else { x.wrapping_div(y) };
                    let m = if y == 0 { 0 } else { x.wrapping_rem(y) };
                    if m != 0 && (m < 0) != (y < 0) { q.wrapping_sub(1) } else { q }
                }),
                Binary::BitAnd => each!(n, a, b, z, |x, y| x & y),
                Binary::BitOr => each!(n, a, b, z, |x, y| x | y),
                Binary::BitXor => each!(n, a, b, z, |x, y| x ^ y),
                Binary::ShiftLeft => each!(n, a, b, z, |x, y| {
                    if (0..BITS).contains(&(y as i64)) { x << (y as u32) } else { 0 }
                }),
                Binary::ShiftRight => each!(n, a, b, z, |x, y| {
                    if (0..BITS).contains(&(y as i64)) {
                        x >> (y as u32)
                    } else if x < 0 {
                        (0 as $t).wrapping_sub(1)
                    } else {
                        0
                    }
                }),
                _ => predicate!(op, n, a, b, o, 0),
            }
        }
    };
}
int_block!(block_i64, body_i64, i64);
int_block!(block_i32, body_i32, i32);
int_block!(block_i16, body_i16, i16);
int_block!(block_i8, body_i8, i8);
int_block!(block_u8, body_u8, u8);

unsafe fn has_zero(elem: Elem, p: *const u8, n: usize) -> bool {
    unsafe fn any<T: PartialEq + Default>(p: *const u8, n: usize) -> bool {
        std::slice::from_raw_parts(p as *const T, n)
            .iter()
            .any(|v| *v == T::default())
    }
    match elem.size() {
        1 => any::<u8>(p, n),
        2 => any::<u16>(p, n),
        4 => any::<u32>(p, n),
        _ => any::<u64>(p, n),
    }
}

unsafe fn block(level: Level, op: Binary, elem: Elem, x: [*const u8; 2], o: *mut u8, n: usize) {
    macro_rules! call {
        ($f:ident, $t:ty) => {
            $f(level, op, x[0] as *const $t, x[1] as *const $t, o, n)
        };
    }
    match elem {
        Elem::F32 => call!(block_f32, f32),
        Elem::F64 => call!(block_f64, f64),
        Elem::I64 => call!(block_i64, i64),
        Elem::I32 => call!(block_i32, i32),
        Elem::I16 => call!(block_i16, i16),
        Elem::I8 => call!(block_i8, i8),
        Elem::U8 | Elem::Bool => call!(block_u8, u8),
        Elem::F16 | Elem::Bf16 => {
            let kind = elem.half().unwrap_or(crate::Float::F16);
            let size = op.is_predicate().then_some(1);
            through_f32(level, kind, x, o, n, size, &|x, o, n| {
                block_f32(level, op, x[0], x[1], o, n)
            })
        }
    }
}

/// out = op(a, b), elementwise, row-major. Both inputs have one element type and one shape
/// (broadcast dimensions have stride 0); the output has that type, or bool for predicates.
///
/// # Safety
/// See `elementwise::map`.
pub unsafe fn binary(
    cx: Cx,
    op: Binary,
    a: Source,
    b: Source,
    out: *mut u8,
) -> Result<(), KernelError> {
    let elem = a.elem;
    if elem != b.elem || !op.supports(elem) {
        return Err(unsupported(&format!("{op:?}").to_lowercase(), elem));
    }
    let size = if op.is_predicate() { 1 } else { elem.size() };
    let check = op.divides() && !elem.is_float();
    let ok = map(cx, [a, b], out, size, op.cost(), &|x, o, n| {
        let fine = !check || !has_zero(elem, x[1], n);
        block(cx.level, op, elem, x, o, n);
        fine
    });
    if ok {
        return Ok(());
    }
    Err(KernelError {
        code: "ERR_DIVISION_BY_ZERO",
        message:
            "div: integers cannot be divided by 0; got a divisor of 0. Mask it, or divide floats."
                .into(),
    })
}

#[cfg(test)]
#[path = "binary_test.rs"]
mod tests;
