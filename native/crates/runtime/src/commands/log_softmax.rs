//! log_softmax(x contiguous, out): over the last axis.

use crate::command::{Params, View};
use heddle_kernels::softmax::log_softmax;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let (x, out) = (&ops[0], &ops[1]);
    let width = x.dims[x.rank - 1];
    unsafe { log_softmax(cx, x.as_ptr(), out.as_mut(), x.len() / width.max(1), width) };
    Ok(())
}
