//! cumsum(x contiguous, out): operation code (the order of `Cumulative::ALL`), axis.

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::cumsum::{cumsum, Cumulative};
use heddle_kernels::elem::{operation, Elem};
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, out] = exactly("cumsum", ops)?;
    let op = operation(&Cumulative::ALL, params.u32())?;
    let elem = Elem::from_code(x.dtype as u32)?;
    require!(
        "cumsum",
        x.dense(None, &[]) && out.dense(None, &[]) && x.shape() == out.shape(),
        out.dtype.size() == op.output(elem).size(),
    );
    if out.is_empty() {
        return Ok(());
    }
    let axes = Axes::of(x.shape(), params.u32() as usize);
    unsafe { cumsum(*cx, op, elem, x.ptr, axes, out.ptr) };
    Ok(())
}
