//! rope(x [B, H, T, D] with D contiguous, table [2, B or 1, T, half] contiguous, out contiguous).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::rope::{rope, Rope};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [x, table, out] = exactly("rope", ops)?;
    require!(
        "rope",
        x.typed(4, &[DType::F32]) && x.rows_dense(),
        table.dense(4, &[DType::F32]) && table.dims[0] == 2,
        table.dims[1] == 1 || table.dims[1] == x.dims[0],
        table.dims[2] == x.dims[2] && 2 * table.dims[3] <= x.dims[3],
        out.typed(4, &[DType::F32]) && out.rows_dense() && out.shape() == x.shape(),
    );
    if x.is_empty() {
        return Ok(());
    }
    let args = Rope {
        x: x.as_ptr(),
        x_strides: [x.steps[0], x.steps[1], x.steps[2]],
        y: out.as_mut(),
        y_strides: [out.steps[0], out.steps[1], out.steps[2]],
        table: table.as_ptr(),
        table_batch: table.dims[1],
        shape: [x.dims[0], x.dims[1], x.dims[2], x.dims[3]],
        half: table.dims[3],
    };
    unsafe { rope(cx, &args) };
    Ok(())
}
