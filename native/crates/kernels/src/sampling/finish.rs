//! After the draw: rows that have ended get padding, rows that drew an end token have ended now, and
//! the ids join the history.

use super::index_error;
use super::penalty::used;
use crate::KernelError;

/// Rows marked in `finished` get `pad`; the others are marked if they drew one of `ends`.
///
/// # Safety
/// `ids` and `finished` hold one value per row.
pub unsafe fn finish(ids: *mut i32, finished: *mut u8, rows: usize, ends: &[i32], pad: i32) {
    for r in 0..rows {
        let (id, done) = (&mut *ids.add(r), &mut *finished.add(r));
        if *done != 0 {
            *id = pad;
        } else if ends.contains(id) {
            *done = 1;
        }
    }
}

/// Writes one id per row at position `count` of `history` [rows, cap] and increments the count.
///
/// # Safety
/// The pointers hold what the shapes say.
pub unsafe fn append_history(
    history: *mut i32,
    cap: usize,
    count: *mut i32,
    ids: *const i32,
    rows: usize,
) -> Result<(), KernelError> {
    let at = used(count, cap)?;
    if at == cap {
        return Err(index_error(format!(
            "appendHistory: there is room for {cap} ids; got one more. Make the history longer."
        )));
    }
    for r in 0..rows {
        *history.add(r * cap + at) = *ids.add(r);
    }
    *count = at as i32 + 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finished_rows_are_padded_and_end_tokens_finish() {
        let (mut ids, mut finished) = ([5, 2, 7, 3], [0, 0, 1, 0]);
        unsafe { finish(ids.as_mut_ptr(), finished.as_mut_ptr(), 4, &[2, 3], 0) };
        assert_eq!((ids, finished), ([5, 2, 0, 3], [0, 1, 1, 1]));
        unsafe { finish(ids.as_mut_ptr(), finished.as_mut_ptr(), 4, &[], 9) };
        assert_eq!((ids, finished), ([5, 9, 9, 9], [0, 1, 1, 1]));
    }

    #[test]
    fn history_grows_to_its_room_and_no_further() {
        let (mut history, mut count) = ([0; 4], 0);
        let mut go = |ids: [i32; 2], count: &mut i32| unsafe {
            append_history(history.as_mut_ptr(), 2, count, ids.as_ptr(), 2).map(|()| history)
        };
        assert_eq!(go([1, 2], &mut count), Ok([1, 0, 2, 0]));
        assert_eq!(go([3, 4], &mut count), Ok([1, 3, 2, 4]));
        assert_eq!(go([5, 6], &mut count).unwrap_err().code, "ERR_INDEX");
        assert_eq!(go([5, 6], &mut -1).unwrap_err().code, "ERR_INDEX");
        assert_eq!(count, 2);
    }
}
