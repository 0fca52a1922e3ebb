//! kv_append(k_cache [B, G, S/16, D, 16] and v_cache [B, G, S, D] contiguous, written in place; k and v
//! [B, G, T, D] with D contiguous; past i32).

use super::attention::cache_matches;
use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::kv_append::{kv_append, KvAppend};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [k_cache, v_cache, k, v, past] = exactly("kv_append", ops)?;
    require!(
        "kv_append",
        cache_matches(k_cache, v_cache),
        k.typed(4, &[DType::F32]) && k.rows_dense() && v.typed(4, &[DType::F32]) && v.rows_dense(),
        k.shape() == v.shape(),
        [0, 1, 3].iter().all(|&i| k.dims[i] == v_cache.dims[i]),
        past.dense(None, &[DType::I32]) && past.len() == 1,
    );
    if k.is_empty() {
        return Ok(());
    }
    let args = KvAppend {
        k: k.as_ptr(),
        k_strides: [k.steps[0], k.steps[1], k.steps[2]],
        v: v.as_ptr(),
        v_strides: [v.steps[0], v.steps[1], v.steps[2]],
        k_cache: k_cache.as_mut(),
        v_cache: v_cache.as_mut(),
        float: require("kv_append", v_cache.dtype.float())?,
        past: past.as_ptr(),
        shape: [k.dims[0], k.dims[1], k.dims[2], k.dims[3]],
        capacity: v_cache.dims[2],
    };
    unsafe { kv_append(cx, &args) }
}
