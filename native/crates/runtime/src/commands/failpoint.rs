//! failpoint(out) <- kind: fails on purpose, so that tests can see what a failure does. 0 panics on a
//! worker thread, anything else is a kernel error.

use crate::command::{Params, View};
use heddle_kernels::{Cx, KernelError};

pub fn run(cx: &Cx, _ops: &[View], params: &mut Params) -> Result<(), KernelError> {
    if params.u32() == 0 {
        cx.pool.run(8, &|i| assert!(i != 5, "failpoint"));
    }
    Err(KernelError { code: "ERR_FAILPOINT", message: "failpoint: a failure was asked for".into() })
}
