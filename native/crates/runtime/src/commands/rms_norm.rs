//! rms_norm(x contiguous, weight contiguous or absent, out): eps.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::rms_norm::rms_norm;
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, weight, out] = exactly("rms_norm", ops)?;
    require!(
        "rms_norm",
        x.rank > 0 && x.dense(None, &[DType::F32]),
        !weight.present || weight.dense(1, &[]) && weight.dims[0] == x.dims[x.rank - 1],
        out.dense(None, &[DType::F32]) && out.shape() == x.shape(),
    );
    let eps = params.f32();
    let width = x.dims[x.rank - 1];
    let rows = x.len() / width.max(1);
    let kind = require("rms_norm", weight.dtype.float())?;
    unsafe { rms_norm(cx, x.as_ptr(), weight.optional(), kind, eps, out.as_mut(), rows, width) };
    Ok(())
}
