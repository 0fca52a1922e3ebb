//! finish(ids i32 [B] in place, finished u8 or bool [B] in place): pad id, then the end ids.

use crate::command::{Params, View};
use heddle_kernels::sampling::finish;
use heddle_kernels::{Cx, KernelError};

pub fn run(_cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let (ids, finished) = (&ops[0], &ops[1]);
    let pad = params.i32();
    let ends = params.rest();
    unsafe {
        let ends = std::slice::from_raw_parts(ends.as_ptr() as *const i32, ends.len());
        finish(ids.as_mut(), finished.as_mut(), ids.len(), ends, pad)
    }
    Ok(())
}
