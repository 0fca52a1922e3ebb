//! unary(x strided, out contiguous): operation code (the order of `Unary::ALL`).

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::elem::{operation, Elem};
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::unary::{unary, Unary};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x, out] = exactly("unary", ops)?;
    require!(
        "unary",
        x.present,
        out.dense(None, &[x.dtype]) && out.shape() == x.shape()
    );
    let op = operation(&Unary::ALL, params.u32())?;
    let layout = Layout::of(x.shape(), x.strides())?;
    let source = Source {
        ptr: x.ptr,
        elem: Elem::from_code(x.dtype as u32)?,
        layout: &layout,
    };
    unsafe { unary(*cx, op, source, out.ptr) }
}
