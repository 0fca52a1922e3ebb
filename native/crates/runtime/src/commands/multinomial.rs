//! multinomial(logits f32 [B, V], state i64 [2] in place, out i32 [B]).

use crate::command::{Params, View};
use heddle_kernels::sampling::{multinomial, Logits};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let (x, state, out) = (&ops[0], &ops[1], &ops[2]);
    let logits = Logits { ptr: x.as_mut(), rows: x.shape()[0], vocab: x.shape()[1] };
    unsafe { multinomial(*cx, logits, state.as_mut(), out.as_mut()) }
}
