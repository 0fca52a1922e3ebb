//! arange(out): start and step (f64); integers when the output is and both are whole.

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::cast::Scalar;
use heddle_kernels::copy::arange;
use heddle_kernels::elem::Elem;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [out] = exactly("arange", ops)?;
    require!("arange", out.dense(None, &[]));
    let elem = Elem::from_code(out.dtype as u32)?;
    let (start, step) = (params.f64(), params.f64());
    let whole = !elem.is_float() && start.fract() == 0.0 && step.fract() == 0.0;
    let scalar = |v: f64| {
        if whole {
            Scalar::Int(v as i64)
        } else {
            Scalar::Float(v)
        }
    };
    unsafe { arange(*cx, scalar(start), scalar(step), elem, out.ptr, out.len()) };
    Ok(())
}
