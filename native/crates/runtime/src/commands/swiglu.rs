//! swiglu(gate, up, out): code of the activation (the order of `Gate::ALL`).

use crate::command::{exactly, Params, View};
use crate::require;
use heddle_kernels::elem::{operation, Elem};
use heddle_kernels::elementwise::Source;
use heddle_kernels::layout::Layout;
use heddle_kernels::swiglu::{swiglu, Gate};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let [gate, up, out] = exactly("swiglu", ops)?;
    require!(
        "swiglu",
        gate.present && up.typed(None, &[gate.dtype]) && gate.shape() == up.shape(),
        out.dense(None, &[gate.dtype]) && out.shape() == gate.shape(),
    );
    let kind = operation(&Gate::ALL, params.u32())?;
    let elem = Elem::from_code(gate.dtype as u32)?;
    let lg = Layout::of(gate.shape(), gate.strides())?;
    let lu = Layout::of(up.shape(), up.strides())?;
    let gate = Source {
        ptr: gate.ptr,
        elem,
        layout: &lg,
    };
    let up = Source {
        ptr: up.ptr,
        elem,
        layout: &lu,
    };
    unsafe { swiglu(*cx, kind, gate, up, out.ptr) }
}
