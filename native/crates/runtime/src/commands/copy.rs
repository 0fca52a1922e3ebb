//! copy(x, out): the same elements under the strides and the dtype of the output, which may be a view
//! written in place (a slice of a concatenation). Float8 is copied as bytes.

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::copy::copy;
use heddle_kernels::elem::Elem;
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [x, out] = exactly("copy", ops)?;
    require!("copy", x.present && out.present, x.shape() == out.shape());
    let (from, to) = if x.dtype == out.dtype && x.dtype.size() == 1 {
        (Elem::U8, Elem::U8)
    } else {
        (
            Elem::from_code(x.dtype as u32)?,
            Elem::from_code(out.dtype as u32)?,
        )
    };
    let lx = Layout::of(x.shape(), x.strides())?;
    let lo = Layout::of(out.shape(), out.strides())?;
    unsafe {
        copy(
            *cx,
            Source {
                ptr: x.ptr,
                elem: from,
                layout: &lx,
            },
            to,
            out.ptr,
            &lo,
        )
    };
    Ok(())
}
