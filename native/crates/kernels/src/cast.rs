//! Conversion of contiguous blocks between element types.
//!
//! Floats become integers by truncation toward zero; what the integer cannot hold saturates and NaN
//! gives 0 (torch leaves those to the processor; in range the values agree). Integers wrap into
//! narrower integers. Anything but zero is true, NaN included. f64 and integers reach the 16-bit
//! floats through f32, as in torch.

use crate::elem::{narrow, widen, Elem};
use crate::simd::Simd;
use crate::{dispatch, Float, Level};

/// A number given with a command: exact for every element type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Float(f64),
    Int(i64),
}

macro_rules! from_type {
    ($name:ident, $body:ident, $t:ty, $zero:expr) => {
        dispatch!(fn $name(to: Elem, x: *const $t, y: *mut u8, n: usize) = $body);
        #[inline(always)]
        unsafe fn $body<S: Simd>(_s: S, to: Elem, x: *const $t, y: *mut u8, n: usize) {
            macro_rules! to {
                ($u:ty) => {{
                    let y = y as *mut $u;
                    for i in 0..n {
                        *y.add(i) = *x.add(i) as $u;
                    }
                }};
            }
            match to {
                Elem::F32 => to!(f32),
                Elem::F64 => to!(f64),
                Elem::I64 => to!(i64),
                Elem::I32 => to!(i32),
                Elem::I16 => to!(i16),
                Elem::I8 => to!(i8),
                Elem::U8 => to!(u8),
                _ => {
                    for i in 0..n {
                        *y.add(i) = (*x.add(i) != $zero) as u8;
                    }
                }
            }
        }
    };
}
from_type!(from_f32, from_f32_body, f32, 0.0);
from_type!(from_f64, from_f64_body, f64, 0.0);
from_type!(from_i64, from_i64_body, i64, 0);
from_type!(from_i32, from_i32_body, i32, 0);
from_type!(from_i16, from_i16_body, i16, 0);
from_type!(from_i8, from_i8_body, i8, 0);
from_type!(from_u8, from_u8_body, u8, 0);

unsafe fn plain(level: Level, from: Elem, to: Elem, x: *const u8, y: *mut u8, n: usize) {
    match from {
        Elem::F32 => from_f32(level, to, x as *const f32, y, n),
        Elem::F64 => from_f64(level, to, x as *const f64, y, n),
        Elem::I64 => from_i64(level, to, x as *const i64, y, n),
        Elem::I32 => from_i32(level, to, x as *const i32, y, n),
        Elem::I16 => from_i16(level, to, x as *const i16, y, n),
        Elem::I8 => from_i8(level, to, x as *const i8, y, n),
        _ => from_u8(level, to, x, y, n),
    }
}

/// Converts `n` values.
///
/// # Safety
/// `x` holds n values of type `from`, `y` has room for n of type `to`; they do not overlap.
pub unsafe fn convert(level: Level, from: Elem, to: Elem, x: *const u8, y: *mut u8, n: usize) {
    if from == to {
        return std::ptr::copy_nonoverlapping(x, y, n * from.size());
    }
    match (from.half(), to.half()) {
        (None, None) => plain(level, from, to, x, y, n),
        (Some(kind), None) if to == Elem::F32 => {
            widen(level, kind, x as *const u16, y as *mut f32, n)
        }
        (None, Some(kind)) if from == Elem::F32 => {
            narrow(level, kind, x as *const f32, y as *mut u16, n)
        }
        (source, target) => through_f32(level, (from, source), (to, target), x, y, n),
    }
}

unsafe fn through_f32(
    level: Level,
    (from, source): (Elem, Option<Float>),
    (to, target): (Elem, Option<Float>),
    x: *const u8,
    y: *mut u8,
    n: usize,
) {
    const PART: usize = 256;
    let mut buffer = [0f32; PART];
    let wide = buffer.as_mut_ptr();
    let mut at = 0;
    while at < n {
        let m = PART.min(n - at);
        let (x, y) = (x.add(at * from.size()), y.add(at * to.size()));
        match source {
            Some(kind) => widen(level, kind, x as *const u16, wide, m),
            None => plain(level, from, Elem::F32, x, wide as *mut u8, m),
        }
        match target {
            Some(kind) => narrow(level, kind, wide, y as *mut u16, m),
            None => plain(level, Elem::F32, to, wide as *const u8, y, m),
        }
        at += m;
    }
}

impl Scalar {
    /// The bytes of one element of that type with this value.
    pub fn bytes(self, elem: Elem) -> [u8; 8] {
        let mut out = [0u64; 1];
        let y = out.as_mut_ptr() as *mut u8;
        // SAFETY: one value in, at most eight bytes out, both aligned to eight.
        unsafe {
            match self {
                Scalar::Float(v) => convert(
                    Level::Scalar,
                    Elem::F64,
                    elem,
                    &v as *const f64 as *const u8,
                    y,
                    1,
                ),
                Scalar::Int(v) => convert(
                    Level::Scalar,
                    Elem::I64,
                    elem,
                    &v as *const i64 as *const u8,
                    y,
                    1,
                ),
            }
        }
        out[0].to_ne_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::Rng;
    use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};

    /// A value as the one type that holds all others' values, as read from memory.
    unsafe fn read(elem: Elem, p: *const u8) -> (f64, i64) {
        let float = |v: f64| (v, 0);
        let int = |v: i64| (v as f64, v);
        match elem {
            Elem::F32 => float(*(p as *const f32) as f64),
            Elem::F64 => float(*(p as *const f64)),
            Elem::F16 => float(f16_to_f32(*(p as *const u16)) as f64),
            Elem::Bf16 => float(bf16_to_f32(*(p as *const u16)) as f64),
            Elem::I64 => int(*(p as *const i64)),
            Elem::I32 => int(*(p as *const i32) as i64),
            Elem::I16 => int(*(p as *const i16) as i64),
            Elem::I8 => int(*(p as *const i8) as i64),
            Elem::U8 => int(*p as i64),
            Elem::Bool => int((*p != 0) as i64),
        }
    }

    /// One conversion by the rules in the header.
    unsafe fn reference(from: Elem, to: Elem, p: *const u8) -> (f64, i64) {
        let (f, i) = read(from, p);
        let as_float = |v: f64| (v, 0);
        let as_int = |v: i64| (v as f64, v);
        let int = |low: i64, high: i64, wrap: i64| {
            as_int(if !from.is_float() {
                wrap
            } else if f.is_nan() {
                0
            } else {
                (f as i64).clamp(low, high)
            })
        };
        let single = if from.is_float() { f as f32 } else { i as f32 };
        match to {
            Elem::F32 => as_float(single as f64),
            Elem::F64 => as_float(if from.is_float() { f } else { i as f64 }),
            Elem::F16 => as_float(f16_to_f32(f32_to_f16(single)) as f64),
            Elem::Bf16 => as_float(bf16_to_f32(f32_to_bf16(single)) as f64),
            Elem::I64 => int(i64::MIN, i64::MAX, i),
            Elem::I32 => int(i32::MIN as i64, i32::MAX as i64, i as i32 as i64),
            Elem::I16 => int(i16::MIN as i64, i16::MAX as i64, i as i16 as i64),
            Elem::I8 => int(i8::MIN as i64, i8::MAX as i64, i as i8 as i64),
            Elem::U8 => int(0, 255, i as u8 as i64),
            Elem::Bool => as_int(if from.is_float() { f != 0.0 } else { i != 0 } as i64),
        }
    }

    #[test]
    fn all_pairs_of_types_follow_the_rules_on_every_level() {
        const N: usize = 777;
        let mut rng = Rng(11);
        for from in Elem::ALL {
            let mut data = vec![0u64; N];
            let p = data.as_mut_ptr() as *mut u8;
            for i in 0..N {
                // Numbers of every size for the floats, any bits for the integers.
                let bits = rng.next();
                let f = rng.wild() * [1.0, 1e3, 1e9][rng.below(3)];
                let bytes = if from.is_float() {
                    Scalar::Float(f as f64).bytes(from)
                } else if from == Elem::Bool {
                    (bits & 1).to_ne_bytes()
                } else {
                    (bits >> rng.below(64)).to_ne_bytes()
                };
                unsafe { std::ptr::copy(bytes.as_ptr(), p.add(i * from.size()), from.size()) };
            }
            for to in Elem::ALL {
                for level in Level::available() {
                    let mut out = vec![0u64; N];
                    let y = out.as_mut_ptr() as *mut u8;
                    unsafe { convert(level, from, to, p, y, N) };
                    for i in 0..N {
                        let want = unsafe { reference(from, to, p.add(i * from.size())) };
                        let got = unsafe { read(to, y.add(i * to.size())) };
                        let same = got == want || got.0.is_nan() && want.0.is_nan();
                        assert!(
                            same,
                            "{from:?} to {to:?} on {level:?}: {got:?}, not {want:?}"
                        );
                    }
                }
            }
        }
    }
}
