//! rope_table(positions contiguous i32 or i64, inv_freq contiguous f32, out [2, positions..., half]): scaling.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::rope::{rope_table, Positions};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [positions, inv_freq, out] = exactly("rope_table", ops)?;
    let size = positions.len().saturating_mul(inv_freq.len()).saturating_mul(2);
    require!(
        "rope_table",
        positions.dense(None, &[DType::I32, DType::I64]),
        inv_freq.dense(None, &[DType::F32]),
        out.dense(None, &[DType::F32]) && out.len() == size,
    );
    let scaling = params.f32();
    let values = match positions.dtype {
        DType::I64 => Positions::I64(positions.as_ptr()),
        _ => Positions::I32(positions.as_ptr()),
    };
    let (n, half) = (positions.len(), inv_freq.len());
    unsafe { rope_table(cx, values, inv_freq.as_ptr(), scaling, out.as_mut(), n, half) };
    Ok(())
}
