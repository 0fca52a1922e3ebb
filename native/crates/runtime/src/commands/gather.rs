//! gather(x contiguous, index i32 or i64 contiguous, out): axis. The index has the shape of the output
//! and, but for the axis, of x.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::elem::Elem;
use heddle_kernels::gather::{gather, Indices};
use heddle_kernels::reduce::Axes;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, index, out] = exactly("gather", ops)?;
    let axis = params.u32() as usize;
    require!(
        "gather",
        x.dense(None, &[]) && axis < x.rank,
        index.dense(x.rank, &[DType::I32, DType::I64]),
        (0..x.rank).all(|i| i == axis || index.dims[i] == x.dims[i]),
        out.dense(None, &[x.dtype]) && out.shape() == index.shape(),
    );
    if out.is_empty() {
        return Ok(());
    }
    let axes = Axes::of(x.shape(), axis);
    let indices = Indices {
        ptr: index.ptr,
        elem: Elem::from_code(index.dtype as u32)?,
        len: index.len(),
    };
    let n = Axes::of(index.shape(), axis).axis;
    unsafe { gather(*cx, x.dtype.size(), x.ptr, axes, n, indices, out.ptr) }
}
