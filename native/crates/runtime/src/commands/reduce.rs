//! reduce(x contiguous, out): operation code (the order of `Reduce::ALL`), axis.

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::elem::{operation, Elem};
use heddle_kernels::reduce::{reduce, Axes, Reduce};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, out] = exactly("reduce", ops)?;
    let op = operation(&Reduce::ALL, params.u32())?;
    let axes = Axes::of(x.shape(), params.u32() as usize);
    let elem = Elem::from_code(x.dtype as u32)?;
    require!(
        "reduce",
        x.dense(None, &[]),
        out.dense(None, &[]) && out.len() == axes.outer * axes.inner,
        op.output(elem)
            .is_none_or(|to| to.size() == out.dtype.size()),
    );
    unsafe { reduce(*cx, op, elem, x.ptr, axes, out.ptr) }
}
