//! dequantize_gguf(packed u8, out f32, bf16 or f16): number of the block type. Both are contiguous.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::gguf::{block_type, dequantize};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [packed, out] = exactly("dequantize_gguf", ops)?;
    let kind = block_type(params.u32());
    let blocks = kind.map_or(0, |kind| packed.len() / kind.bytes);
    require!(
        "dequantize_gguf",
        packed.dense(None, &[DType::U8]) && out.dense(None, &[]),
        kind.is_some_and(|kind| {
            packed.len() == blocks * kind.bytes && out.len() == blocks * kind.values
        }),
    );
    let float = require("dequantize_gguf", out.dtype.float())?;
    if let Some(kind) = kind {
        unsafe { dequantize(cx, kind, packed.as_ptr(), blocks, out.as_mut(), float) };
    }
    Ok(())
}
