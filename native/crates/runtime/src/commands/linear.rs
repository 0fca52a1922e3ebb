//! linear(x f32 [M, K], weight [N, K], bias [N] contiguous or absent, out contiguous [..., N]): rows of x and
//! weight are contiguous.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::linear::{linear, Linear};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [x, weight, bias, out] = exactly("linear", ops)?;
    unsafe { linear(cx, &product("linear", x, weight, bias, out)?) };
    Ok(())
}

/// Checks one product and names its memory.
pub(super) fn product(
    name: &'static str,
    x: &View,
    weight: &View,
    bias: &View,
    out: &View,
) -> Result<Linear, KernelError> {
    require!(
        name,
        x.typed(2, &[DType::F32]) && x.rows_dense(),
        weight.typed(2, &[]) && weight.rows_dense() && weight.dims[1] == x.dims[1],
        !bias.present || bias.dense(1, &[]) && bias.dims[0] == weight.dims[0],
        out.dense(None, &[DType::F32]) && out.len() == x.dims[0].saturating_mul(weight.dims[0]),
    );
    Ok(Linear {
        x: x.as_ptr(),
        x_stride: x.steps[0] as usize,
        w: weight.as_ptr(),
        w_type: require(name, weight.dtype.float())?,
        w_stride: weight.steps[0] as usize,
        bias: bias.as_ptr(),
        bias_type: require(name, bias.dtype.float())?,
        y: out.as_mut(),
        y_stride: weight.dims[0],
        m: x.dims[0],
        n: weight.dims[0],
        k: x.dims[1],
    })
}
