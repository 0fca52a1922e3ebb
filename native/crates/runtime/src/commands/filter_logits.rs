//! filter_logits(logits f32 [B, V] in place): temperature (f32), top k (u32), top p and min p (f64),
//! least number of tokens to keep (u32).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::sampling::{filter_logits, Filter, Logits};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [x] = exactly("filter_logits", ops)?;
    require!("filter_logits", x.dense(2, &[DType::F32]));
    let logits = Logits {
        ptr: x.as_mut(),
        rows: x.shape()[0],
        vocab: x.shape()[1],
    };
    let filter = Filter {
        temperature: params.f32(),
        top_k: params.u32() as usize,
        top_p: params.f64(),
        min_p: params.f64(),
        min_tokens_to_keep: params.u32() as usize,
    };
    unsafe { filter_logits(*cx, logits, filter) }
}
