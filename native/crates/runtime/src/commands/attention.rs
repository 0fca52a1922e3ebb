//! attention(q [B, H, T, D] with D contiguous, k_cache and v_cache as in kv_append, past i32, starts i32 [B]
//! or absent, key_mask u8 [B, keys] contiguous or absent, out [B, T, H, D]): scale, window (0: none), causal.

use crate::command::{Params, View};
use heddle_kernels::attention::{attention, Attention};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let (q, k_cache, v_cache, past) = (&ops[0], &ops[1], &ops[2], &ops[3]);
    let (starts, key_mask, out) = (&ops[4], &ops[5], &ops[6]);
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
