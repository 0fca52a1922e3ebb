//! concat(out contiguous, inputs...): axis. Inputs have the dtype of the output.

use crate::command::{Params, View};
use crate::require;
use heddle_kernels::copy::copy;
use heddle_kernels::elem::Elem;
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let axis = params.u32() as usize;
    require!(
        "concat",
        ops.first()
            .is_some_and(|out| out.dense(None, &[]) && axis < out.rank)
    );
    let (out, inputs) = (&ops[0], &ops[1..]);
    let fits = |x: &View| {
        let beside = (0..out.rank).all(|i| i == axis || x.dims[i] == out.dims[i]);
        x.typed(out.rank, &[out.dtype]) && beside
    };
    require!(
        "concat",
        inputs.iter().all(fits),
        inputs.iter().map(|x| x.dims[axis]).sum::<usize>() == out.dims[axis],
    );
    // Bytes are bytes: float8 is concatenated too.
    let size = out.dtype.size();
    let elem = if size == 1 {
        Elem::U8
    } else {
        Elem::from_code(out.dtype as u32)?
    };
    let mut at = 0;
    for x in inputs {
        let lx = Layout::of(x.shape(), x.strides())?;
        let slice = Layout::of(x.shape(), out.strides())?;
        if x.is_empty() {
            continue;
        }
        unsafe {
            let to = out.ptr.add(at * out.strides()[axis] as usize * size);
            copy(
                *cx,
                Source {
                    ptr: x.ptr,
                    elem,
                    layout: &lx,
                },
                elem,
                to,
                &slice,
            );
        }
        at += x.shape()[axis];
    }
    Ok(())
}
