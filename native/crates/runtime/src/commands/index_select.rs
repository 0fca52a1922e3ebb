//! index_select(x contiguous, index i32 or i64 contiguous, out): axis.

use crate::command::{Params, View};
use heddle_kernels::elem::Elem;
use heddle_kernels::gather::{index_select, Indices};
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let (x, index, out) = (&ops[0], &ops[1], &ops[2]);
    let axes = Axes::of(x.shape(), params.u32() as usize);
    let indices = Indices { ptr: index.ptr, elem: Elem::from_code(index.dtype as u32)?, len: index.len() };
    unsafe { index_select(*cx, x.dtype.size(), x.ptr, axes, indices, out.ptr) }
}
