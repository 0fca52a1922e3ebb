//! suppress(logits f32 [B, V] in place): the token ids.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::sampling::{suppress, Logits};
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x] = exactly("suppress", ops)?;
    require!("suppress", x.dense(2, &[DType::F32]));
    if x.is_empty() {
        return Ok(());
    }
    let logits = Logits {
        ptr: x.as_mut(),
        rows: x.shape()[0],
        vocab: x.shape()[1],
    };
    let ids = params.rest();
    unsafe { suppress(logits, ids.as_ptr() as *const i32, ids.len()) };
    Ok(())
}
