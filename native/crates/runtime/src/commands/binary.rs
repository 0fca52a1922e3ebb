//! binary(a, b, out): operation code (the order of `Binary::ALL`), then the value (f64) that stands for
//! an absent input. Inputs have one dtype and the shape of the output (broadcast strides).

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::binary::{binary, Binary};
use heddle_kernels::cast::Scalar;
use heddle_kernels::elem::{operation, Elem};
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [a, b, out] = exactly("binary", ops)?;
    let op = operation(&Binary::ALL, params.u32())?;
    let first = if a.present { a } else { b };
    let elem = Elem::from_code(first.dtype as u32)?;
    require!(
        "binary",
        first.present && (!b.present || b.dtype == first.dtype),
        [a, b]
            .iter()
            .all(|x| !x.present || x.shape() == out.shape()),
        out.dense(None, &[]) && out.dtype.size() == if op.is_predicate() { 1 } else { elem.size() },
    );
    let value = u64::from_ne_bytes(Scalar::Float(params.f64()).bytes(elem));
    let constant = Layout::new(out.shape(), &[0; 8][..out.rank])?;
    let layout = |x: &View| {
        if x.present {
            Layout::of(x.shape(), x.strides())
        } else {
            Ok(constant)
        }
    };
    let (la, lb) = (layout(a)?, layout(b)?);
    let ptr = |x: &View| {
        if x.present {
            x.ptr as *const u8
        } else {
            &value as *const u64 as *const u8
        }
    };
    let a = Source {
        ptr: ptr(a),
        elem,
        layout: &la,
    };
    let b = Source {
        ptr: ptr(b),
        elem,
        layout: &lb,
    };
    unsafe { binary(*cx, op, a, b, out.ptr) }
}
