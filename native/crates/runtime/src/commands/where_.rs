//! where_(condition bool or u8, a, b, out), then the values (f64) that stand for an absent a and b.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::cast::Scalar;
use heddle_kernels::elem::Elem;
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::where_::where_;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [condition, a, b, out] = exactly("where_", ops)?;
    require!(
        "where_",
        condition.typed(None, &[DType::Bool, DType::U8]) && out.dense(None, &[]),
        condition.shape() == out.shape(),
        [a, b]
            .iter()
            .all(|x| !x.present || x.dtype == out.dtype && x.shape() == out.shape()),
    );
    let elem = Elem::from_code(out.dtype as u32)?;
    let mut value = || u64::from_ne_bytes(Scalar::Float(params.f64()).bytes(elem));
    let (va, vb) = (value(), value());
    let constant = Layout::new(out.shape(), &[0; 8][..out.rank])?;
    let layout = |x: &View| {
        if x.present {
            Layout::of(x.shape(), x.strides())
        } else {
            Ok(constant)
        }
    };
    let (lc, la, lb) = (layout(condition)?, layout(a)?, layout(b)?);
    let ptr = |x: &View, v: &u64| {
        if x.present {
            x.ptr as *const u8
        } else {
            v as *const u64 as *const u8
        }
    };
    let a = Source {
        ptr: ptr(a, &va),
        elem,
        layout: &la,
    };
    let b = Source {
        ptr: ptr(b, &vb),
        elem,
        layout: &lb,
    };
    let kind = Elem::from_code(condition.dtype as u32)?;
    let condition = Source {
        ptr: condition.ptr,
        elem: kind,
        layout: &lc,
    };
    unsafe { where_(*cx, condition, a, b, out.ptr) }
}
