//! append_history(history i32 [B, cap] in place, count i32 [1] in place, ids i32 [B]).

use crate::command::{Params, View};
use heddle_kernels::sampling::append_history;
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let (history, count, ids) = (&ops[0], &ops[1], &ops[2]);
    let cap = history.shape()[1];
    unsafe { append_history(history.as_mut(), cap, count.as_mut(), ids.as_ptr(), ids.len()) }
}
