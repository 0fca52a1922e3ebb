//! attention(q [B, H, T, D] with D contiguous, k_cache and v_cache as in kv_append, past i32, starts i32 [B]
//! or absent, key_mask u8 [B, keys] contiguous or absent, out [B, T, H, D]): scale, window (0: none), causal.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::attention::{attention, Attention};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [q, k_cache, v_cache, past, starts, key_mask, out] = exactly("attention", ops)?;
    let [batch, heads, tokens, dim] = [q.dims[0], q.dims[1], q.dims[2], q.dims[3]];
    let groups = v_cache.dims[1];
    require!(
        "attention",
        q.typed(4, &[DType::F32]) && q.rows_dense(),
        cache_matches(k_cache, v_cache),
        v_cache.dims[0] == batch && v_cache.dims[3] == dim,
        groups > 0 && heads % groups == 0,
        past.dense(None, &[DType::I32]) && past.len() == 1,
        !starts.present || starts.dense(1, &[DType::I32]) && starts.dims[0] == batch,
        !key_mask.present || key_mask.dense(2, &[DType::U8, DType::Bool]) && key_mask.dims[0] == batch,
        out.dense(4, &[DType::F32]) && out.shape() == [batch, tokens, heads, dim],
    );
    let scale = params.f32();
    let window = params.u32() as usize;
    let args = Attention {
        q: q.as_ptr(),
        q_strides: [q.steps[0], q.steps[1], q.steps[2]],
        k_cache: k_cache.as_ptr(),
        v_cache: v_cache.as_ptr(),
        float: require("attention", v_cache.dtype.float())?,
        past: past.as_ptr(),
        starts: starts.optional(),
        key_mask: key_mask.optional(),
        mask_width: key_mask.dims[1],
        y: out.as_mut(),
        shape: [q.dims[0], q.dims[1], q.dims[2], q.dims[3]],
        groups: v_cache.dims[1],
        capacity: v_cache.dims[2],
        scale,
        window: (window > 0).then_some(window),
        causal: params.bool(),
    };
    unsafe { attention(cx, &args) }
}

/// [B, G, S/16, D, 16] and [B, G, S, D] of one dtype.
pub fn cache_matches(k: &View, v: &View) -> bool {
    let [batch, groups, capacity, dim] = [v.dims[0], v.dims[1], v.dims[2], v.dims[3]];
    v.dense(4, &[]) && k.dense(5, &[v.dtype]) && capacity % 16 == 0 && k.shape() == [batch, groups, capacity / 16, dim, 16]
}
