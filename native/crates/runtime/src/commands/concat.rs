//! concat(out contiguous, inputs...): axis. Inputs have the dtype of the output.

use crate::command::{Params, View};
use heddle_kernels::copy::copy;
use heddle_kernels::elem::Elem;
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let out = &ops[0];
    let axis = params.u32() as usize;
    // Bytes are bytes: float8 is concatenated too.
    let size = out.dtype.size();
    let elem = if size == 1 { Elem::U8 } else { Elem::from_code(out.dtype as u32)? };
    let mut at = 0;
    for x in &ops[1..] {
        let lx = Layout::of(x.shape(), x.strides())?;
        let slice = Layout::of(x.shape(), out.strides())?;
        if x.is_empty() {
            continue;
        }
        unsafe {
            let to = out.ptr.add(at * out.strides()[axis] as usize * size);
            copy(*cx, Source { ptr: x.ptr, elem, layout: &lx }, elem, to, &slice);
        }
        at += x.shape()[axis];
    }
    Ok(())
}
