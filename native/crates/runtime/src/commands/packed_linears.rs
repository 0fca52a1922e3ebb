//! packed_linears(x f32 [M, K], then for each product: packed u8, bias [N] or absent, out [..., N]): products of the
//! same x with quantized weights as one job. Parameters: 1 for eight-bit activations, then each product's scheme and N.

use crate::command::{Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::packed::{packed_linears, Mode, PackedLinear, Rows, Scheme};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

const MOST: usize = 5;

pub fn run(cx: &Cx, ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    let name = "packed_linears";
    let count = ops.len().saturating_sub(1) / 3;
    require!(name, (1..=MOST).contains(&count), ops.len() == 1 + 3 * count);
    let x = &ops[0];
    require!(name, x.typed(2, &[DType::F32]) && x.rows_dense());
    let rows = Rows {
        x: x.as_ptr(),
        x_stride: x.steps[0] as usize,
        m: x.dims[0],
        k: x.dims[1],
    };
    let mode = if params.bool() { Mode::Fast } else { Mode::Exact };
    let mut list = Vec::with_capacity(count);
    for group in ops[1..].chunks_exact(3) {
        list.push(product(name, &rows, group, params)?);
    }
    unsafe { packed_linears(cx, &rows, &list, mode) };
    Ok(())
}

fn product(
    name: &'static str,
    rows: &Rows,
    group: &[View],
    params: &mut Params,
) -> Result<PackedLinear, KernelError> {
    let (packed, bias, out) = (&group[0], &group[1], &group[2]);
    let scheme = Scheme::from_number(params.u32());
    let n = params.u32() as usize;
    let bytes = scheme.and_then(|scheme| scheme.bytes(n, rows.k));
    require!(
        name,
        packed.dense(1, &[DType::U8]) && Some(packed.len()) == bytes,
        !bias.present || bias.dense(1, &[]) && bias.dims[0] == n,
        out.dense(None, &[DType::F32]) && out.len() == rows.m.saturating_mul(n),
    );
    Ok(PackedLinear {
        w: packed.as_ptr(),
        scheme: scheme.unwrap_or(Scheme::Q8),
        bias: bias.as_ptr(),
        bias_type: require(name, bias.dtype.float())?,
        y: out.as_mut(),
        y_stride: n,
        n,
    })
}
