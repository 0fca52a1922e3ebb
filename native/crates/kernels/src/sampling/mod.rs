//! Choosing tokens from logits [batch, vocabulary] in f32, in place: penalties, filters, the draw and
//! the bookkeeping after it. Everything a decode step needs stays on the stream.

mod filter;
mod finish;
mod multinomial;
mod penalty;
mod select;

pub use filter::{filter_logits, Filter};
pub use finish::{append_history, finish};
pub use multinomial::multinomial;
pub use penalty::{repetition_penalty, suppress};

use crate::KernelError;

/// Logits of a batch: `rows` rows of `vocab` values, one after another.
#[derive(Clone, Copy)]
pub struct Logits {
    pub ptr: *mut f32,
    pub rows: usize,
    pub vocab: usize,
}

unsafe impl Send for Logits {}
unsafe impl Sync for Logits {}

impl Logits {
    /// # Safety
    /// One user per row at a time.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    unsafe fn row(&self, r: usize) -> &mut [f32] {
        std::slice::from_raw_parts_mut(self.ptr.add(r * self.vocab), self.vocab)
    }
}

fn index_error(message: String) -> KernelError {
    KernelError {
        code: "ERR_INDEX",
        message,
    }
}
