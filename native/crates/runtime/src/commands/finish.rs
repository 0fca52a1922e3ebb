//! finish(ids i32 [B] in place, finished u8 or bool [B] in place): pad id, then the end ids.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::sampling::finish;
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [ids, finished] = exactly("finish", ops)?;
    require!(
        "finish",
        ids.dense(1, &[DType::I32]),
        finished.dense(1, &[DType::U8, DType::Bool]) && finished.dims[0] == ids.dims[0],
    );
    let pad = params.i32();
    let ends = params.rest();
    unsafe {
        let ends = std::slice::from_raw_parts(ends.as_ptr() as *const i32, ends.len());
        finish(ids.as_mut(), finished.as_mut(), ids.len(), ends, pad)
    }
    Ok(())
}
