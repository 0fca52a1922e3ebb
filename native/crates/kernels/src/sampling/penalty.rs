//! Penalties and bans.

use super::{index_error, Logits};
use crate::{scratch, KernelError};

/// Lowers the score of every token that occurs in a row's history, once however often it occurs:
/// score * penalty below zero, else score / penalty. Ids beyond the vocabulary have no score and are
/// passed over (both as Transformers).
///
/// # Safety
/// `history` holds rows * cap ids, `count` one number: the ids in use in every row.
pub unsafe fn repetition_penalty(
    logits: Logits,
    history: *const i32,
    cap: usize,
    count: *const i32,
    penalty: f32,
) -> Result<(), KernelError> {
    let count = used(count, cap)?;
    for r in 0..logits.rows {
        let ids = std::slice::from_raw_parts(history.add(r * cap), count);
        let scores = logits.row(r);
        if let Some(bad) = ids.iter().find(|id| **id < 0) {
            return Err(index_error(format!(
                "repetitionPenalty: token ids must be >= 0; got {bad} in row {r}."
            )));
        }
        // Read all, then write all: a repeated id is penalised once.
        scratch(4 * count, |p| {
            let new = std::slice::from_raw_parts_mut(p as *mut f32, count);
            for (v, id) in new.iter_mut().zip(ids) {
                let Some(&score) = scores.get(*id as usize) else {
                    continue;
                };
                *v = if score < 0.0 {
                    score * penalty
                } else {
                    score / penalty
                };
            }
            for (v, id) in new.iter().zip(ids) {
                if let Some(score) = scores.get_mut(*id as usize) {
                    *score = *v;
                }
            }
        });
    }
    Ok(())
}

/// The number at `count`, checked against the room for it.
pub(super) unsafe fn used(count: *const i32, cap: usize) -> Result<usize, KernelError> {
    let count = *count;
    if count < 0 || count as usize > cap {
        return Err(index_error(format!(
            "history: the count must be between 0 and {cap}; got {count}."
        )));
    }
    Ok(count as usize)
}

/// Sets the scores of the given tokens to -infinity in every row. Ids outside the vocabulary have no
/// score and are passed over, as in Transformers (some checkpoints name such end tokens).
///
/// # Safety
/// `ids` holds n ids.
pub unsafe fn suppress(logits: Logits, ids: *const i32, n: usize) {
    for r in 0..logits.rows {
        let scores = logits.row(r);
        for &id in std::slice::from_raw_parts(ids, n) {
            if let Some(v) = usize::try_from(id).ok().and_then(|i| scores.get_mut(i)) {
                *v = f32::NEG_INFINITY;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(x: &mut [f32], rows: usize) -> Logits {
        Logits {
            ptr: x.as_mut_ptr(),
            rows,
            vocab: x.len() / rows,
        }
    }

    #[test]
    fn each_token_is_penalised_once() {
        let mut x = [2.0, -2.0, 3.0, 0.0, 1.0, -1.0, f32::NEG_INFINITY, 5.0];
        let history = [1, 1, 0, 99, 3, 2, 2, 99];
        unsafe { repetition_penalty(logits(&mut x, 2), history.as_ptr(), 4, &3, 2.0).unwrap() };
        assert_eq!(x, [1.0, -4.0, 3.0, 0.0, 1.0, -1.0, f32::NEG_INFINITY, 2.5]);
    }

    #[test]
    fn hostile_histories_are_errors() {
        let mut x = [1.0f32; 8];
        for id in [-1, i32::MIN] {
            let history = [0, id];
            let got =
                unsafe { repetition_penalty(logits(&mut x, 2), history.as_ptr(), 1, &1, 2.0) };
            assert_eq!(got.unwrap_err().code, "ERR_INDEX");
        }
        for count in [-1, 3, i32::MIN, i32::MAX] {
            let got =
                unsafe { repetition_penalty(logits(&mut x, 1), [0, 0].as_ptr(), 2, &count, 2.0) };
            assert_eq!(got.unwrap_err().code, "ERR_INDEX");
        }
    }

    #[test]
    fn ids_beyond_the_vocabulary_are_passed_over() {
        let mut x = [1.0f32, 4.0];
        let history = [70_000, 1, i32::MAX];
        unsafe { repetition_penalty(logits(&mut x, 1), history.as_ptr(), 3, &3, 2.0).unwrap() };
        assert_eq!(x, [1.0, 2.0]);
    }

    #[test]
    fn suppressed_tokens_are_gone_in_every_row() {
        let mut x = [1.0f32; 6];
        let ids = [2, -1, 3, i32::MAX];
        unsafe { suppress(logits(&mut x, 2), ids.as_ptr(), 4) };
        let gone = f32::NEG_INFINITY;
        assert_eq!(x, [1.0, 1.0, gone, 1.0, 1.0, gone]);
    }
}
