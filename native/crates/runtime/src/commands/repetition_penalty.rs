//! repetition_penalty(logits f32 [B, V] in place, history i32 [B, cap], count i32 [1]): penalty (f32).

use crate::command::{Params, View};
use heddle_kernels::sampling::{repetition_penalty, Logits};
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let (x, history, count) = (&ops[0], &ops[1], &ops[2]);
    let logits = Logits { ptr: x.as_mut(), rows: x.shape()[0], vocab: x.shape()[1] };
    let cap = history.shape()[1];
    unsafe { repetition_penalty(logits, history.as_ptr(), cap, count.as_ptr(), params.f32()) }
}
