//! softmax(x contiguous, out): over the last axis.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::softmax::softmax;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [x, out] = exactly("softmax", ops)?;
    require!(
        "softmax",
        x.rank > 0 && x.dense(None, &[DType::F32]),
        out.dense(None, &[DType::F32]) && out.shape() == x.shape(),
    );
    let width = x.dims[x.rank - 1];
    unsafe { softmax(cx, x.as_ptr(), out.as_mut(), x.len() / width.max(1), width) };
    Ok(())
}
