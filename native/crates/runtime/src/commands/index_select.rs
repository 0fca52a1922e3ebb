//! index_select(x contiguous, index i32 or i64 contiguous, out): axis.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::elem::Elem;
use heddle_kernels::gather::{index_select, Indices};
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, index, out] = exactly("index_select", ops)?;
    let axis = params.u32() as usize;
    let axes = Axes::of(x.shape(), axis);
    require!(
        "index_select",
        x.dense(None, &[]) && axis < x.rank,
        index.dense(1, &[DType::I32, DType::I64]),
        out.dense(x.rank, &[x.dtype]) && out.dims[axis] == index.dims[0],
        (0..x.rank).all(|i| i == axis || out.dims[i] == x.dims[i]),
    );
    if out.is_empty() {
        return Ok(());
    }
    let indices = Indices {
        ptr: index.ptr,
        elem: Elem::from_code(index.dtype as u32)?,
        len: index.len(),
    };
    unsafe { index_select(*cx, x.dtype.size(), x.ptr, axes, indices, out.ptr) }
}
