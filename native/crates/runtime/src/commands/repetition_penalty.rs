//! repetition_penalty(logits f32 [B, V] in place, history i32 [B, cap], count i32 [1]): penalty (f32).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::sampling::{repetition_penalty, Logits};
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, history, count] = exactly("repetition_penalty", ops)?;
    require!(
        "repetition_penalty",
        x.dense(2, &[DType::F32]),
        history.dense(2, &[DType::I32]) && history.dims[0] == x.dims[0],
        count.dense(None, &[DType::I32]) && count.len() == 1,
    );
    if history.is_empty() {
        return Ok(());
    }
    let logits = Logits {
        ptr: x.as_mut(),
        rows: x.shape()[0],
        vocab: x.shape()[1],
    };
    let cap = history.shape()[1];
    unsafe { repetition_penalty(logits, history.as_ptr(), cap, count.as_ptr(), params.f32()) }
}
