//! embedding(weight [V, H] with H contiguous, ids i32 or i64 contiguous, out f32 contiguous [..., H]).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::embedding::{embedding, Embedding, Ids};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [weight, ids, out] = exactly("embedding", ops)?;
    require!(
        "embedding",
        weight.typed(2, &[]) && weight.rows_dense(),
        ids.dense(None, &[DType::I32, DType::I64]),
        out.dense(None, &[DType::F32]) && out.len() == ids.len().saturating_mul(weight.dims[1]),
    );
    let args = Embedding {
        w: weight.as_ptr(),
        w_type: require("embedding", weight.dtype.float())?,
        w_stride: weight.steps[0] as usize,
        v: weight.dims[0],
        h: weight.dims[1],
        ids: if ids.dtype == DType::I64 {
            Ids::I64(ids.as_ptr())
        } else {
            Ids::I32(ids.as_ptr())
        },
        count: ids.len(),
        y: out.as_mut(),
    };
    unsafe { embedding(cx, &args) }
}
