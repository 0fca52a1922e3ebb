//! Temperature, top-k, top-p and min-p in Transformers' order, on one row at a time.
//!
//! No filter sorts the vocabulary: top-k selects, top-p finds the cut in a histogram and sorts one bin
//! of it. A row without a proper softmax (a NaN, an infinity,
//! nothing finite) passes top-p and min-p unchanged, as in torch, where its probabilities are NaN.

use super::select::{exponentials, kth_largest, order, peaks, room, value, with_room, Room, BLOCK};
use super::Logits;
use crate::elementwise::ranges;
use crate::simd::Simd;
use crate::{dispatch, scratch, Cx, KernelError, Level};

/// What to filter by; the neutral values are 1, 0, 1, 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    pub temperature: f32,
    /// Tokens below the k-th largest score go, ties with it stay; 0 is off.
    pub top_k: usize,
    /// Tokens go, lowest first, while the sum of the probabilities gone is at most 1 - top_p; 1 is off.
    pub top_p: f64,
    /// Tokens with less than this part of the largest probability go; 0 is off.
    pub min_p: f64,
    pub min_tokens_to_keep: usize,
}

dispatch!(fn divide(x: &mut [f32], by: f32) = divide_body);

#[inline(always)]
unsafe fn divide_body<S: Simd>(_s: S, x: &mut [f32], by: f32) {
    for v in x {
        *v /= by;
    }
}

dispatch!(fn drop_below(x: &mut [f32], least: f32) = drop_below_body);

/// Everything below `least` goes; NaN stays.
#[inline(always)]
unsafe fn drop_below_body<S: Simd>(_s: S, x: &mut [f32], least: f32) {
    for v in x {
        *v = if *v < least { f32::NEG_INFINITY } else { *v };
    }
}

/// Applies `filter` to every row.
///
/// # Safety
/// `logits` holds rows * vocab values.
pub unsafe fn filter_logits(cx: Cx, logits: Logits, filter: Filter) -> Result<(), KernelError> {
    let t = filter.temperature;
    let valid = t > 0.0 && t.is_finite() && filter.top_p >= 0.0 && filter.min_p >= 0.0;
    if !valid {
        return Err(KernelError {
            code: "ERR_OPTION",
            message: format!("filterLogits: temperature must be above 0, topP and minP at least 0; got {t}, {} and {}.", filter.top_p, filter.min_p),
        });
    }
    if logits.vocab == 0 {
        return Ok(());
    }
    let level = cx.level;
    ranges(cx, logits.rows, logits.vocab, &|start, end| {
        for r in start..end {
            row(level, logits.row(r), &filter);
        }
    });
    Ok(())
}

unsafe fn row(level: Level, x: &mut [f32], filter: &Filter) {
    let keep = filter.min_tokens_to_keep.clamp(1, x.len());
    if filter.temperature != 1.0 {
        divide(level, x, filter.temperature);
    }
    if filter.top_k > 0 && filter.top_k.max(keep) < x.len() {
        top_k(level, x, filter.top_k.max(keep));
    }
    if filter.top_p < 1.0 {
        top_p(level, x, filter.top_p, keep);
    }
    if filter.min_p > 0.0 {
        min_p(level, x, filter.min_p, keep);
    }
}

unsafe fn kth(level: Level, x: &[f32], k: usize) -> f32 {
    scratch(4 * room(k), |p| {
        kth_largest(
            level,
            x,
            k,
            std::slice::from_raw_parts_mut(p as *mut u32, room(k)),
        )
    })
}

unsafe fn top_k(level: Level, x: &mut [f32], k: usize) {
    let least = kth(level, x, k);
    drop_below(level, x, least);
}

/// Bins of the histogram of probability by distance from the top, and bins per unit of distance.
const BINS: usize = 1024;
const PER_UNIT: f32 = 16.0;

#[inline(always)]
fn bin(top: f32, x: f32) -> usize {
    let distance = ((top - x) * PER_UNIT).min((BINS - 1) as f32);
    // SAFETY: x <= top, so this is a number from 0 to BINS - 1.
    unsafe { distance.to_int_unchecked::<i32>() as usize }
}

/// Where a walk from the best token down crosses the bound: tokens below `least` go, and those equal
/// to it with an index below `index`.
struct Cut {
    least: f32,
    index: usize,
}

unsafe fn top_p(level: Level, x: &mut [f32], top_p: f64, keep: usize) {
    let cut = with_room(x.len(), x.len(), |room| {
        let top = peaks(level, x, room.tops)?;
        let sum = exponentials(level, x, room.tops, top, room.e);
        find_cut(x, room, (top, sum, (1.0 - top_p) as f32), keep)
    });
    let Some(Cut { least, index }) = cut else {
        return;
    };
    drop_below(level, x, least);
    for v in x[..index].iter_mut() {
        if *v == least {
            *v = f32::NEG_INFINITY;
        }
    }
}

/// Finds the bin in which the probability that is left falls to the bound, then the token in it.
fn find_cut(x: &[f32], room: Room, (top, sum, bound): (f32, f64, f32), keep: usize) -> Option<Cut> {
    let Room {
        e,
        tops,
        words: best,
    } = room;
    let deepest = top - BINS as f32 / PER_UNIT;
    let mut mass = [0f64; BINS];
    let mut count = [0usize; BINS];
    for (b, block) in x.chunks(BLOCK).enumerate() {
        // After top-k most blocks hold nothing.
        if tops[b] < deepest {
            continue;
        }
        for (v, e) in block.iter().zip(&e[b * BLOCK..]) {
            let k = bin(top, *v);
            mass[k] += *e as f64;
            count[k] += 1;
        }
    }
    // `rest`: weight of this bin and all below it; `before`: tokens above it.
    let mut rest = sum;
    let goes = |rest: f64| (rest / sum) as f32 <= bound;
    let mut before = 0;
    let mut k = 0;
    while k < BINS - 1 && (!goes(rest - mass[k]) || before + count[k] < keep) {
        rest -= mass[k];
        before += count[k];
        k += 1;
    }
    let mut m = 0;
    for (b, block) in x.chunks(BLOCK).enumerate() {
        if bin(top, tops[b]) > k {
            continue;
        }
        for (i, v) in block.iter().enumerate() {
            if bin(top, *v) == k && *v > f32::NEG_INFINITY {
                // Equal scores go lowest index first.
                best[m] = (order(*v) as u64) << 32 | (b * BLOCK + i) as u64;
                m += 1;
            }
        }
    }
    let best = &mut best[..m];
    best.sort_unstable_by(|a, b| b.cmp(a));
    let token = |key: u64| (value((key >> 32) as u32), key as u32 as usize);
    for (i, key) in best.iter().enumerate() {
        let (least, index) = token(*key);
        if before + i >= keep && goes(rest) {
            return Some(Cut {
                least,
                index: index + 1,
            });
        }
        rest -= e[index] as f64;
    }
    // The next one below this bin would go: the last of the bin is the last that stays.
    best.last().map(|key| {
        let (least, index) = token(*key);
        Cut { least, index }
    })
}

unsafe fn min_p(level: Level, x: &mut [f32], min_p: f64, keep: usize) {
    let kept = (keep > 1).then(|| kth(level, x, keep));
    with_room(x.len(), 0, |room| {
        let Some(top) = peaks(level, x, room.tops) else {
            return;
        };
        let floor = kept.unwrap_or(top);
        let sum = exponentials(level, x, room.tops, top, room.e) as f32;
        let least = (min_p * (1.0 / sum) as f64) as f32;
        for (v, e) in x.iter_mut().zip(room.e.iter()) {
            *v = if e / sum < least && *v < floor {
                f32::NEG_INFINITY
            } else {
                *v
            };
        }
    });
}

#[cfg(test)]
#[path = "filter_test.rs"]
mod tests;
