//! cumsum(x contiguous, out): operation code (the order of `Cumulative::ALL`), axis.

use crate::command::{Params, View};
use heddle_kernels::cumsum::{cumsum, Cumulative};
use heddle_kernels::elem::{operation, Elem};
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let (x, out) = (&ops[0], &ops[1]);
    let op = operation(&Cumulative::ALL, params.u32())?;
    let axes = Axes::of(x.shape(), params.u32() as usize);
    unsafe { cumsum(*cx, op, Elem::from_code(x.dtype as u32)?, x.ptr, axes, out.ptr) };
    Ok(())
}
