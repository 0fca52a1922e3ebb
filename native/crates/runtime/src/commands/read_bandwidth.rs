//! read_bandwidth(buffer f32, out f64[1]): bytes per second of one pass over the buffer, all threads, four
//! streams each. A measurement for benches; the only command whose result is not deterministic.

use crate::command::{Params, View};
use heddle_kernels::{bandwidth, Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let buffer = unsafe { std::slice::from_raw_parts(ops[0].as_ptr::<f32>(), ops[0].len()) };
    unsafe { ops[1].as_mut::<f64>().write(bandwidth::read_bandwidth(cx, buffer)) };
    Ok(())
}
