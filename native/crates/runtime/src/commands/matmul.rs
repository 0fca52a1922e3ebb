//! matmul(a f32 [B0, B1, M, K] with K contiguous, b [B0, B1, K, N] with N or K contiguous, bias [N] contiguous
//! or absent, out contiguous [..., M, N]). Strides of 0 broadcast a batch dimension.

use crate::command::{exactly, Params, View};
use crate::dtype::DType;
use crate::require;
use heddle_kernels::linear::{linear, Linear};
use heddle_kernels::matmul::{matmul, Matmul};
use heddle_kernels::stored::require;
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let [a, b, bias, out] = exactly("matmul", ops)?;
    let step = |view: &View, i: usize| view.steps[i] as usize;
    let [m, k, n] = [a.dims[2], a.dims[3], b.dims[3]];
    let size = [a.dims[0], a.dims[1], m, n].iter().fold(1usize, |size, &dim| size.saturating_mul(dim));
    require!(
        "matmul",
        a.typed(4, &[DType::F32]) && a.rows_dense(),
        b.typed(4, &[]) && (b.rows_dense() || step(b, 2) == 1 || k <= 1),
        b.dims[..3] == [a.dims[0], a.dims[1], k],
        !bias.present || bias.dense(1, &[]) && bias.dims[0] == n,
        out.dense(None, &[DType::F32]) && out.len() == size,
    );
    if out.is_empty() {
        return Ok(());
    }
    let args = Matmul {
        a: a.as_ptr(),
        a_stride: step(a, 2),
        a_batch: [step(a, 0), step(a, 1)],
        b: b.as_ptr(),
        b_type: require("matmul", b.dtype.float())?,
        b_stride: step(b, 2),
        b_batch: [step(b, 0), step(b, 1)],
        bias: bias.as_ptr(),
        bias_type: require("matmul", bias.dtype.float())?,
        c: out.as_mut(),
        c_stride: n,
        c_batch: [a.dims[1] * m * n, m * n],
        batch: [a.dims[0], a.dims[1]],
        m,
        n,
        k,
    };
    if step(b, 2) == 1 && (n == 1 || step(b, 3) != 1) {
        unsafe { transposed(cx, &args, step(b, 3)) };
    } else {
        unsafe { matmul(cx, &args) };
    }
    Ok(())
}

/// b's columns are contiguous: they are the rows of a weight, which the kernel for those reads in place.
unsafe fn transposed(cx: &Cx, a: &Matmul, column: usize) {
    for i in 0..a.batch[0] {
        for j in 0..a.batch[1] {
            let offset = |strides: [usize; 2]| i * strides[0] + j * strides[1];
            let args = Linear {
                x: a.a.add(offset(a.a_batch)),
                x_stride: a.a_stride,
                w: a.b.add(offset(a.b_batch) * a.b_type.size()),
                w_type: a.b_type,
                w_stride: column,
                bias: a.bias,
                bias_type: a.bias_type,
                y: a.c.add(offset(a.c_batch)),
                y_stride: a.c_stride,
                m: a.m,
                n: a.n,
                k: a.k,
            };
            linear(cx, &args);
        }
    }
}
