//! One draw per row: softmax, one uniform number, the inverse of the distribution in index order.

use super::select::{exponentials, peaks, with_room};
use super::Logits;
use crate::elementwise::ranges;
use crate::philox::State;
use crate::{Cx, KernelError, Level, Ptr};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Weights summed at a time before looking inside.
const BLOCK: usize = 256;

/// Draws ids[r] from softmax(logits[r]) with draw r of the current step of `state`, then moves the
/// state to the next step. A row with a NaN or +infinity, or nothing above -infinity, is an error.
///
/// # Safety
/// `ids` has room for one id per row; `state` is this call's alone.
pub unsafe fn multinomial(
    cx: Cx,
    logits: Logits,
    state: *mut State,
    ids: *mut i32,
) -> Result<(), KernelError> {
    let now = *state;
    let ids = Ptr(ids);
    let bad = AtomicUsize::new(usize::MAX);
    let level = cx.level;
    ranges(cx, logits.rows, logits.vocab.max(1), &|start, end| {
        for r in start..end {
            match draw(level, logits.row(r), now.uniform(r as u64)) {
                Some(id) => *ids.get().add(r) = id as i32,
                None => {
                    bad.fetch_min(r, Ordering::Relaxed);
                }
            }
        }
    });
    let row = bad.load(Ordering::Relaxed);
    if row != usize::MAX {
        return Err(KernelError {
            code: "ERR_PROBABILITIES",
            message: format!(
                "multinomial: the logits must be numbers below infinity with one above -infinity; got none or a NaN in row {row}. Look at the model's logits and at the filters."
            ),
        });
    }
    (*state).drawn = now.drawn.wrapping_add(1);
    Ok(())
}

unsafe fn draw(level: Level, x: &[f32], uniform: f64) -> Option<usize> {
    with_room(x.len(), 0, |room| {
        let top = peaks(level, x, room.tops)?;
        let target = uniform * exponentials(level, x, room.tops, top, room.e);
        pick(room.e, target)
    })
}

/// First index at which the running sum of the weights exceeds `target`; rounding may leave none,
/// then the last one with a weight.
fn pick(e: &[f32], target: f64) -> Option<usize> {
    let mut before = 0f64;
    for (b, block) in e.chunks(BLOCK).enumerate() {
        let mut sums = [0f64; 16];
        for group in block.chunks(16) {
            for (sum, v) in sums.iter_mut().zip(group) {
                *sum += *v as f64;
            }
        }
        let sum: f64 = sums.iter().sum();
        if before + sum > target {
            let mut at = before;
            for (i, v) in block.iter().enumerate() {
                at += *v as f64;
                if at > target && *v > 0.0 {
                    return Some(b * BLOCK + i);
                }
            }
        }
        before += sum;
    }
    e.iter().rposition(|v| *v > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, Rng};

    fn run(cx: Cx, x: &mut [f32], rows: usize, state: &mut State) -> Result<Vec<i32>, KernelError> {
        let mut ids = vec![-1; rows];
        let logits = Logits {
            ptr: x.as_mut_ptr(),
            rows,
            vocab: x.len() / rows,
        };
        unsafe { multinomial(cx, logits, state, ids.as_mut_ptr())? };
        Ok(ids)
    }

    #[test]
    fn frequencies_are_the_probabilities() {
        let p = [0.1f32, 0.0, 0.2, 0.3, 0.4];
        let mut state = State { seed: 5, drawn: 0 };
        let mut counts = [0usize; 5];
        let rows = 100;
        let mut x: Vec<f32> = (0..rows).flat_map(|_| p.map(f32::ln)).collect();
        for _ in 0..500 {
            for id in run(contexts()[0], &mut x, rows, &mut state).unwrap() {
                counts[id as usize] += 1;
            }
        }
        assert_eq!((state.drawn, counts[1]), (500, 0));
        for (n, p) in counts.iter().zip(p) {
            // 50,000 draws: five standard deviations.
            let sigma = (50_000.0 * p as f64 * (1.0 - p as f64)).sqrt();
            assert!(
                (*n as f64 - 50_000.0 * p as f64).abs() <= 5.0 * sigma,
                "{counts:?}"
            );
        }
    }

    #[test]
    fn draws_do_not_depend_on_level_threads_or_the_other_rows() {
        let mut rng = Rng(81);
        let vocab = 49_152;
        let mut x: Vec<f32> = (0..3 * vocab).map(|_| rng.unit() * 3.0).collect();
        let want = run(contexts()[0], &mut x, 3, &mut State { seed: 1, drawn: 7 }).unwrap();
        for cx in contexts() {
            assert_eq!(
                run(cx, &mut x, 3, &mut State { seed: 1, drawn: 7 }).unwrap(),
                want
            );
            assert_eq!(
                run(cx, &mut x[..vocab], 1, &mut State { seed: 1, drawn: 7 }).unwrap(),
                want[..1]
            );
        }
        assert_ne!(
            run(contexts()[0], &mut x, 3, &mut State { seed: 1, drawn: 8 }).unwrap(),
            want
        );
    }

    #[test]
    fn ten_thousand_rows_with_anything_in_them_never_leave_the_vocabulary() {
        let mut rng = Rng(82);
        for round in 0..10_000 {
            let n = 1 + rng.below(700);
            let mut x: Vec<f32> = (0..n)
                .map(|_| match rng.below(if round % 2 == 0 { 4 } else { 3000 }) {
                    0 => rng.wild(),
                    1 => f32::NEG_INFINITY,
                    _ => rng.unit() * 90.0,
                })
                .collect();
            let valid =
                x.iter().all(|v| *v < f32::INFINITY) && x.iter().any(|v| *v > f32::NEG_INFINITY);
            let mut state = State {
                seed: rng.next(),
                drawn: rng.next(),
            };
            match run(contexts()[0], &mut x, 1, &mut state) {
                Ok(ids) => assert!(valid && x[ids[0] as usize] > f32::NEG_INFINITY),
                Err(e) => assert!(!valid && e.code == "ERR_PROBABILITIES"),
            }
        }
    }

    #[test]
    fn a_target_beyond_the_sum_gives_the_last_token_with_a_weight() {
        let mut e = vec![0.1f32; 300];
        e[299] = 0.0;
        assert_eq!(pick(&e, 1e9), Some(298));
        assert_eq!(pick(&e, 0.0), Some(0));
        assert_eq!(pick(&[0.0, 0.0], 0.0), None);
    }

    #[test]
    fn the_error_names_the_first_bad_row() {
        let mut x = [
            0.0,
            1.0,
            f32::NEG_INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            0.0,
        ];
        for cx in contexts() {
            let mut state = State { seed: 1, drawn: 0 };
            let error = run(cx, &mut x, 3, &mut state).unwrap_err();
            assert!(error.code == "ERR_PROBABILITIES" && error.message.contains("row 1."));
            assert_eq!(state.drawn, 0);
        }
    }
}
