//! pack_weight(weight f32, bf16 or f16 [N, K] with K contiguous, out u8): quantized weights. Parameters: scheme (Q8 or
//! Q4), how many k share a scale.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::packed::{quantize, Quantize, Scheme, BLOCK};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [weight, out] = exactly("pack_weight", ops)?;
    let scheme = Scheme::from_number(params.u32());
    let group = params.u32() as usize;
    require!(
        "pack_weight",
        weight.typed(2, &[]) && weight.rows_dense(),
        matches!(scheme, Some(Scheme::Q8 | Scheme::Q4)),
        group > 0 && group.is_multiple_of(BLOCK),
    );
    let scheme = scheme.unwrap_or(Scheme::Q8);
    let bytes = scheme.bytes(weight.dims[0], weight.dims[1]);
    require!("pack_weight", out.dense(1, &[DType::U8]) && Some(out.len()) == bytes);
    let args = Quantize {
        w: weight.as_ptr(),
        w_type: require("pack_weight", weight.dtype.float())?,
        w_stride: weight.steps[0] as usize,
        n: weight.dims[0],
        k: weight.dims[1],
        scheme,
        group,
        out: out.as_mut(),
    };
    unsafe { quantize(cx, &args) };
    Ok(())
}
