//! Failures travel with buffers: a command that fails poisons its outputs, a command that reads a
//! poisoned buffer poisons its own, and only a fence on such a buffer rejects.

use crate::alloc::OutOfMemory;
use heddle_kernels::KernelError;
use std::sync::Arc;

/// What went wrong, where; shared by every buffer it poisoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable code, `ERR_...`.
    pub code: &'static str,
    pub message: String,
    /// Name of the command that failed.
    pub op: &'static str,
    /// Number of the command in its stream (debug mode finds the call site by it).
    pub sequence: u64,
    /// Numbers of an out-of-memory failure.
    pub memory: Option<OutOfMemory>,
}

pub type Poison = Arc<Failure>;

impl From<KernelError> for Failure {
    fn from(e: KernelError) -> Failure {
        Failure { code: e.code, message: e.message, op: "", sequence: 0, memory: None }
    }
}

impl From<OutOfMemory> for Failure {
    fn from(m: OutOfMemory) -> Failure {
        let mib = |bytes: usize| bytes as f64 / (1 << 20) as f64;
        let message = format!(
            "memory: all buffers together must stay below the budget of {:.1} MiB; got a request for {:.1} MiB with {:.1} MiB in use ({:.1} MiB reserved). Free tensors, use a smaller batch or raise the budget.",
            mib(m.budget), mib(m.tried), mib(m.allocated), mib(m.reserved)
        );
        Failure { code: "ERR_OUT_OF_MEMORY", message, op: "", sequence: 0, memory: Some(m) }
    }
}

impl Failure {
    pub fn internal(message: impl Into<String>) -> Failure {
        Failure { code: "ERR_INTERNAL", message: message.into(), op: "", sequence: 0, memory: None }
    }
}
