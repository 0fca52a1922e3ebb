//! multinomial(logits f32 [B, V], state i64 [2] in place, out i32 [B]).

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::sampling::{multinomial, Logits};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [x, state, out] = exactly("multinomial", ops)?;
    require!(
        "multinomial",
        x.dense(2, &[DType::F32]),
        state.dense(None, &[DType::I64]) && state.len() == 2,
        out.dense(None, &[DType::I32]) && out.len() == x.dims[0],
    );
    let logits = Logits {
        ptr: x.as_mut(),
        rows: x.shape()[0],
        vocab: x.shape()[1],
    };
    unsafe { multinomial(*cx, logits, state.as_mut(), out.as_mut()) }
}
