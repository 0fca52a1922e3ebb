//! Element types of tensors, and the conversions of whole blocks between bf16, f16 and f32.

use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16, Simd, LANES};
use crate::{dispatch, Float, KernelError};

/// Element type of a tensor that kernels compute with. A `Bool` is one byte, 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elem {
    F32,
    F16,
    Bf16,
    F64,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

impl Elem {
    pub const ALL: [Elem; 10] = [
        Elem::F32,
        Elem::F16,
        Elem::Bf16,
        Elem::F64,
        Elem::I64,
        Elem::I32,
        Elem::I16,
        Elem::I8,
        Elem::U8,
        Elem::Bool,
    ];

    /// The type with that code in commands (the order of `ALL`); float8 and unknown codes have none.
    pub fn from_code(code: u32) -> Result<Elem, KernelError> {
        Elem::ALL
            .get(code as usize)
            .copied()
            .ok_or_else(|| KernelError {
                code: "ERR_DTYPE",
                message: "kernel: float8 tensors are storage only. Convert the input first.".into(),
            })
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Elem::F64 | Elem::I64 => 8,
            Elem::F32 | Elem::I32 => 4,
            Elem::F16 | Elem::Bf16 | Elem::I16 => 2,
            Elem::I8 | Elem::U8 | Elem::Bool => 1,
        }
    }

    /// The 16-bit float, if it is one: those are computed in f32 and rounded once at the store.
    pub fn half(self) -> Option<Float> {
        match self {
            Elem::F16 => Some(Float::F16),
            Elem::Bf16 => Some(Float::Bf16),
            _ => None,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Elem::F32 | Elem::F16 | Elem::Bf16 | Elem::F64)
    }

    pub fn name(self) -> &'static str {
        match self {
            Elem::F32 => "f32",
            Elem::F16 => "f16",
            Elem::Bf16 => "bf16",
            Elem::F64 => "f64",
            Elem::I64 => "i64",
            Elem::I32 => "i32",
            Elem::I16 => "i16",
            Elem::I8 => "i8",
            Elem::U8 => "u8",
            Elem::Bool => "bool",
        }
    }
}

/// The operation with that code in commands: its place in the list of its kind.
pub fn operation<T: Copy>(all: &[T], code: u32) -> Result<T, KernelError> {
    all.get(code as usize).copied().ok_or_else(|| KernelError {
        code: "ERR_INTERNAL",
        message: format!(
            "kernel: operation {code} is unknown; there are {}.",
            all.len()
        ),
    })
}

/// The error of an operation that has no meaning for the element type.
pub fn unsupported(op: &str, elem: Elem) -> KernelError {
    KernelError {
        code: "ERR_DTYPE",
        message: format!(
            "{op}: no kernel for {}. Convert the input first.",
            elem.name()
        ),
    }
}

dispatch!(
    /// Widens `n` values of a 16-bit type to f32 (exact).
    ///
    /// # Safety
    /// `x` holds n values, `y` has room for n.
    pub fn widen(kind: Float, x: *const u16, y: *mut f32, n: usize) = widen_body
);

#[inline(always)]
unsafe fn widen_body<S: Simd>(s: S, kind: Float, x: *const u16, y: *mut f32, n: usize) {
    let full = n - n % LANES;
    if kind == Float::Bf16 {
        for i in (0..full).step_by(LANES) {
            s.store(y.add(i), s.load_bf16(x.add(i)));
        }
        for i in full..n {
            *y.add(i) = bf16_to_f32(*x.add(i));
        }
    } else {
        for i in (0..full).step_by(LANES) {
            s.store(y.add(i), s.load_f16(x.add(i)));
        }
        for i in full..n {
            *y.add(i) = f16_to_f32(*x.add(i));
        }
    }
}

dispatch!(
    /// Rounds `n` f32 values to the nearest value of a 16-bit type, ties to even.
    ///
    /// # Safety
    /// `x` holds n values, `y` has room for n.
    pub fn narrow(kind: Float, x: *const f32, y: *mut u16, n: usize) = narrow_body
);

#[inline(always)]
unsafe fn narrow_body<S: Simd>(_s: S, kind: Float, x: *const f32, y: *mut u16, n: usize) {
    if kind == Float::Bf16 {
        for i in 0..n {
            *y.add(i) = f32_to_bf16(*x.add(i));
        }
    } else {
        for i in 0..n {
            *y.add(i) = f32_to_f16(*x.add(i));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn every_half_value_survives_widening_and_narrowing_on_every_level() {
        let all: Vec<u16> = (0..=u16::MAX).collect();
        for kind in [Float::Bf16, Float::F16] {
            for level in Level::available() {
                let mut wide = vec![0f32; all.len()];
                let mut back = vec![0u16; all.len()];
                unsafe {
                    widen(level, kind, all.as_ptr(), wide.as_mut_ptr(), all.len());
                    narrow(level, kind, wide.as_ptr(), back.as_mut_ptr(), all.len());
                }
                for i in 0..all.len() {
                    assert!(
                        wide[i].is_nan() || back[i] == all[i],
                        "{kind:?} {level:?} {i:#x}"
                    );
                }
            }
        }
    }
}
