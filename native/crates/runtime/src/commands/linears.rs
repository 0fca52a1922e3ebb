//! linears(x f32 [M, K], then for each product: weight [N, K], bias [N] or absent, out [..., N]): products of the
//! same x as one job. At most five.

use super::linear::product;
use crate::command::{Params, View};
use crate::require;
use heddle_kernels::linear::linears;
use heddle_kernels::{Cx, KernelError};

const MOST: usize = 5;

pub fn run(cx: &Cx, ops: &[View], _params: &mut Params) -> Result<(), KernelError> {
    let count = ops.len().saturating_sub(1) / 3;
    require!("linears", (1..=MOST).contains(&count), ops.len() == 1 + 3 * count);
    let x = &ops[0];
    let first = product("linears", x, &ops[1], &ops[2], &ops[3])?;
    let mut list = [first; MOST];
    for (i, group) in ops[1..].chunks_exact(3).enumerate() {
        list[i] = product("linears", x, &group[0], &group[1], &group[2])?;
    }
    unsafe { linears(cx, &list[..count]) };
    Ok(())
}
