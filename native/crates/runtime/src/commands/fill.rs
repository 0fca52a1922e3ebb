//! fill(out) <- value (f64 parameter, converted to the dtype of out).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::simd::{f32_to_bf16, f32_to_f16};
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [out] = exactly("fill", ops)?;
    require!("fill", out.dense(None, &[]));
    let value = params.f64();
    let n = out.len();
    macro_rules! fill {
        ($t:ty, $v:expr) => {
            unsafe { std::slice::from_raw_parts_mut(out.as_mut::<$t>(), n).fill($v) }
        };
    }
    match out.dtype {
        DType::F32 => fill!(f32, value as f32),
        DType::F64 => fill!(f64, value),
        DType::F16 => fill!(u16, f32_to_f16(value as f32)),
        DType::Bf16 => fill!(u16, f32_to_bf16(value as f32)),
        DType::I64 => fill!(i64, value as i64),
        DType::I32 => fill!(i32, value as i32),
        DType::I16 => fill!(i16, value as i16),
        DType::I8 => fill!(i8, value as i8),
        DType::U8 => fill!(u8, value as u8),
        DType::Bool => fill!(u8, (value != 0.0) as u8),
        DType::F8E4M3 | DType::F8E5M2 => {
            return Err(KernelError { code: "ERR_DTYPE", message: "fill: float8 tensors are storage only".into() })
        }
    }
    Ok(())
}
