//! layer_norm(x contiguous, weight and bias contiguous or absent, out): eps.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::layer_norm::layer_norm;
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, Float, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, scale, shift, out] = exactly("layer_norm", ops)?;
    require!(
        "layer_norm",
        x.rank > 0 && x.dense(None, &[DType::F32]),
        [scale, shift].iter().all(|w| !w.present || w.dense(1, &[]) && w.dims[0] == x.dims[x.rank - 1]),
        out.dense(None, &[DType::F32]) && out.shape() == x.shape(),
    );
    let eps = params.f32();
    let width = x.dims[x.rank - 1];
    let rows = x.len() / width.max(1);
    let (weight, bias) = (optional(scale)?, optional(shift)?);
    unsafe { layer_norm(cx, x.as_ptr(), weight, bias, eps, out.as_mut(), rows, width) };
    Ok(())
}

fn optional(view: &View) -> Result<Option<(*const u8, Float)>, KernelError> {
    let kind = require("layer_norm", view.dtype.float())?;
    Ok(view.optional().map(|p| (p, kind)))
}
