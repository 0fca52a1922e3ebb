//! Temperature, top-k, top-p and min-p in Transformers' order, on one row at a time.
//!
//! No filter sorts the vocabulary: top-k selects, top-p sorts only the tokens near the top (it
//! widens the circle until the cut is inside). A row without a proper softmax (a NaN, an infinity,
//! nothing finite) passes top-p and min-p unchanged, as in torch, where its probabilities are NaN.

use super::select::{exponentials, kth_largest, max, order, room, value};
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
        kth_largest(level, x, k, std::slice::from_raw_parts_mut(p as *mut u32, room(k)))
    })
}

unsafe fn top_k(level: Level, x: &mut [f32], k: usize) {
    let least = kth(level, x, k);
    drop_below(level, x, least);
}

/// The largest value if the row has a softmax.
fn peak(level: Level, x: &[f32]) -> Option<f32> {
    let (top, nan) = max(level, x);
    (!nan && top.is_finite()).then_some(top)
}

unsafe fn top_p(level: Level, x: &mut [f32], top_p: f64, keep: usize) {
    let Some(top) = peak(level, x) else { return };
    let n = x.len();
    // Exponentials, then the candidates as order << 32 | index: equal scores go lowest index first.
    let offset = (4 * n).next_multiple_of(8);
    let cut = scratch(offset + 8 * n, |p| {
        let e = p as *mut f32;
        let sum = exponentials(level, x, top, e);
        let e = std::slice::from_raw_parts(e, n);
        let best = std::slice::from_raw_parts_mut(p.add(offset) as *mut u64, n);
        let bound = (1.0 - top_p) as f32;
        let scale = sum as f32;
        [8.0, 20.0, f32::INFINITY].iter().find_map(|depth| {
            let least = top - depth;
            let mut m = 0;
            for (i, v) in x.iter().enumerate() {
                if *v >= least {
                    best[m] = (order(*v) as u64) << 32 | i as u64;
                    m += 1;
                }
            }
            cut(&mut best[..m], e, (sum, scale, bound), keep, m == n)
        })
    });
    let Some((least, index)) = cut else { return };
    for (i, v) in x.iter_mut().enumerate() {
        if *v < least || *v == least && i < index {
            *v = f32::NEG_INFINITY;
        }
    }
}

/// Score and index of the last token kept, if it lies within `best` (the candidates, highest to come
/// first). With all tokens in `best`, the last of them is a valid answer.
fn cut(best: &mut [u64], e: &[f32], (sum, scale, bound): (f64, f32, f32), keep: usize, all: bool) -> Option<(f32, usize)> {
    best.sort_unstable_by(|a, b| b.cmp(a));
    let index = |key: u64| key as u32 as usize;
    // Sum of the probabilities of this token and all below it.
    let mut rest = sum / scale as f64;
    for (i, key) in best.iter().enumerate() {
        if i >= keep && rest as f32 <= bound {
            let last = best[i - 1];
            return Some((value((last >> 32) as u32), index(last)));
        }
        rest -= (e[index(*key)] / scale) as f64;
    }
    // Below the candidates: cut there only if the next token, whichever it is, would go.
    let last = *best.last()?;
    (all || best.len() >= keep && rest as f32 <= bound).then(|| (value((last >> 32) as u32), index(last)))
}

unsafe fn min_p(level: Level, x: &mut [f32], min_p: f64, keep: usize) {
    let Some(top) = peak(level, x) else { return };
    let n = x.len();
    let floor = if keep > 1 { kth(level, x, keep) } else { top };
    scratch(4 * n, |p| {
        let e = p as *mut f32;
        let sum = exponentials(level, x, top, e) as f32;
        let e = std::slice::from_raw_parts(e, n);
        let least = (min_p * (1.0 / sum) as f64) as f32;
        for (v, e) in x.iter_mut().zip(e) {
            if e / sum < least && *v < floor {
                *v = f32::NEG_INFINITY;
            }
        }
    });
}

#[cfg(test)]
#[path = "filter_test.rs"]
mod tests;
