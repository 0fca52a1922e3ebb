//! read_bandwidth(buffer f32, out f64[1]): bytes per second of one pass over the buffer, all threads, four
//! streams each. A measurement for benches; the only command whose result is not deterministic.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::{bandwidth, Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [buffer, out] = exactly("read_bandwidth", ops)?;
    require!(
        "read_bandwidth",
        buffer.dense(None, &[DType::F32]),
        out.dense(None, &[DType::F64]) && out.len() == 1,
    );
    let buffer = unsafe { std::slice::from_raw_parts(buffer.as_ptr::<f32>(), buffer.len()) };
    unsafe { out.as_mut::<f64>().write(bandwidth::read_bandwidth(cx, buffer)) };
    Ok(())
}
