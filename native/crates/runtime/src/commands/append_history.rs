//! append_history(history i32 [B, cap] in place, count i32 [1] in place, ids i32 [B]).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::sampling::append_history;
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [history, count, ids] = exactly("append_history", ops)?;
    require!(
        "append_history",
        history.dense(2, &[DType::I32]),
        count.dense(None, &[DType::I32]) && !count.is_empty(),
        ids.dense(None, &[DType::I32]) && ids.len() == history.dims[0],
    );
    let cap = history.shape()[1];
    unsafe {
        append_history(
            history.as_mut(),
            cap,
            count.as_mut(),
            ids.as_ptr(),
            ids.len(),
        )
    }
}
