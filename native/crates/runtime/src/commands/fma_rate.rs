//! fma_rate(out f64[1]) <- rounds: floating-point operations per second of one thread in registers only
//! (the canary that tells a machine's fast and slow states apart). Not deterministic.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::{bandwidth, Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [out] = exactly("fma_rate", ops)?;
    require!("fma_rate", out.dense(None, &[DType::F64]) && out.len() == 1);
    let rounds = params.u32() as usize;
    unsafe { out.as_mut::<f64>().write(bandwidth::fma_rate(cx.level, rounds)) };
    Ok(())
}
