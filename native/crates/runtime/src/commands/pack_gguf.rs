//! pack_gguf(blocks u8 [bytes], out u8): rows of GGUF blocks as tiles. Parameters: ggml's type, N, K.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::packed::{retile, Blocks, Retile};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [blocks, out] = exactly("pack_gguf", ops)?;
    let kind = Blocks::from_number(params.u32());
    let (n, k) = (params.u32() as usize, params.u32() as usize);
    require!("pack_gguf", kind.is_some());
    let kind = kind.unwrap_or(Blocks::Q8_0);
    require!(
        "pack_gguf",
        blocks.dense(1, &[DType::U8]) && Some(blocks.len()) == kind.bytes(n, k),
        out.dense(1, &[DType::U8]) && Some(out.len()) == kind.scheme().bytes(n, k),
    );
    let args = Retile {
        blocks: blocks.as_ptr(),
        kind,
        n,
        k,
        out: out.as_mut(),
    };
    unsafe { retile(cx, &args) };
    Ok(())
}
