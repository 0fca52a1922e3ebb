//! argmax(x contiguous, out i32 or i64): axis, whether the smallest is looked for.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::argmax::argmax;
use heddle_kernels::elem::Elem;
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, out] = exactly("argmax", ops)?;
    let axes = Axes::of(x.shape(), params.u32() as usize);
    require!(
        "argmax",
        x.dense(None, &[]),
        out.dense(None, &[DType::I32, DType::I64]) && out.len() == axes.outer * axes.inner,
    );
    let smallest = params.bool();
    let elem = Elem::from_code(x.dtype as u32)?;
    unsafe {
        argmax(
            *cx,
            elem,
            x.ptr,
            axes,
            smallest,
            out.dtype == DType::I64,
            out.ptr,
        )
    }
}
