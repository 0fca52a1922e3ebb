//! Element types as commands carry them. The numbers are part of the command format: the same list
//! is in packages/tensor/src/dtype.ts.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum DType {
    F32 = 0,
    F16 = 1,
    Bf16 = 2,
    F64 = 3,
    I64 = 4,
    I32 = 5,
    I16 = 6,
    I8 = 7,
    U8 = 8,
    Bool = 9,
    F8E4M3 = 10,
    F8E5M2 = 11,
}

impl DType {
    pub fn from_code(code: u32) -> Option<DType> {
        use DType::*;
        [F32, F16, Bf16, F64, I64, I32, I16, I8, U8, Bool, F8E4M3, F8E5M2].get(code as usize).copied()
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            DType::F64 | DType::I64 => 8,
            DType::F32 | DType::I32 => 4,
            DType::F16 | DType::Bf16 | DType::I16 => 2,
            DType::I8 | DType::U8 | DType::Bool | DType::F8E4M3 | DType::F8E5M2 => 1,
        }
    }

    /// The float type that kernels compute with in place, if it is one.
    pub fn float(self) -> Option<heddle_kernels::Float> {
        match self {
            DType::F32 => Some(heddle_kernels::Float::F32),
            DType::F16 => Some(heddle_kernels::Float::F16),
            DType::Bf16 => Some(heddle_kernels::Float::Bf16),
            _ => None,
        }
    }

    /// The element type that kernels compute with; float8 is storage only.
    pub fn elem(self) -> Result<heddle_kernels::elem::Elem, heddle_kernels::KernelError> {
        use heddle_kernels::elem::Elem;
        Ok(match self {
            DType::F32 => Elem::F32,
            DType::F16 => Elem::F16,
            DType::Bf16 => Elem::Bf16,
            DType::F64 => Elem::F64,
            DType::I64 => Elem::I64,
            DType::I32 => Elem::I32,
            DType::I16 => Elem::I16,
            DType::I8 => Elem::I8,
            DType::U8 => Elem::U8,
            DType::Bool => Elem::Bool,
            DType::F8E4M3 | DType::F8E5M2 => {
                return Err(heddle_kernels::KernelError {
                    code: "ERR_DTYPE",
                    message: "float8 tensors are storage only".into(),
                })
            }
        })
    }
}
