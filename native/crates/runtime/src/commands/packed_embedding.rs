//! packed_embedding(packed u8, ids i32 or i64 contiguous, out f32 contiguous [..., H]): rows of quantized weights
//! [V, H]. Parameters: scheme, V, H.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::embedding::Ids;
use heddle_kernels::packed::{packed_rows, PackedRows, Scheme};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [packed, ids, out] = exactly("packed_embedding", ops)?;
    let scheme = Scheme::from_number(params.u32());
    let (v, h) = (params.u32() as usize, params.u32() as usize);
    let bytes = scheme.and_then(|scheme| scheme.bytes(v, h));
    require!(
        "packed_embedding",
        packed.dense(1, &[DType::U8]) && Some(packed.len()) == bytes,
        ids.dense(None, &[DType::I32, DType::I64]),
        out.dense(None, &[DType::F32]) && out.len() == ids.len().saturating_mul(h),
    );
    let args = PackedRows {
        w: packed.as_ptr(),
        scheme: scheme.unwrap_or(Scheme::Q8),
        v,
        h,
        ids: if ids.dtype == DType::I64 {
            Ids::I64(ids.as_ptr())
        } else {
            Ids::I32(ids.as_ptr())
        },
        count: ids.len(),
        y: out.as_mut(),
    };
    unsafe { packed_rows(cx, &args) }
}
