//! gather(x contiguous, index i32 or i64 contiguous, out): axis. The index has the shape of the output
//! and, but for the axis, of x.

use crate::command::{Params, View};
use heddle_kernels::elem::Elem;
use heddle_kernels::gather::{gather, Indices};
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let (x, index, out) = (&ops[0], &ops[1], &ops[2]);
    let axis = params.u32() as usize;
    let axes = Axes::of(x.shape(), axis);
    let indices = Indices { ptr: index.ptr, elem: Elem::from_code(index.dtype as u32)?, len: index.len() };
    let n = Axes::of(index.shape(), axis).axis;
    unsafe { gather(*cx, x.dtype.size(), x.ptr, axes, n, indices, out.ptr) }
}
