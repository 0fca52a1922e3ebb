//! The parts of a row that filters look for: its softmax, its k-th largest value, its best tokens.

use crate::simd::{Simd, LANES};
use crate::{dispatch, math, scratch};

/// `exp_softmax` is exactly zero from here down.
const FAR: f32 = -88.0;

/// Orders f32 as unsigned integers: -0 equals 0, NaN is above everything.
#[inline(always)]
pub fn order(x: f32) -> u32 {
    if x.is_nan() {
        return u32::MAX;
    }
    let bits = (x + 0.0).to_bits();
    bits ^ (((bits as i32) >> 31) as u32 | 0x8000_0000)
}

/// The value that `order` mapped to that key.
#[inline(always)]
pub fn value(key: u32) -> f32 {
    if key == u32::MAX {
        return f32::NAN;
    }
    f32::from_bits(if key & 0x8000_0000 != 0 {
        key ^ 0x8000_0000
    } else {
        !key
    })
}

/// The largest value of every block (NaN left out) into `tops`; the largest of all if the row has a
/// softmax: no NaN, no infinity, something above -infinity.
pub fn peaks(level: crate::Level, x: &[f32], tops: &mut [f32]) -> Option<f32> {
    let mut top = f32::NEG_INFINITY;
    for (block, slot) in x.chunks(BLOCK).zip(tops.iter_mut()) {
        let (max, nan) = max(level, block);
        if nan {
            return None;
        }
        *slot = max;
        top = if max > top { max } else { top };
    }
    top.is_finite().then_some(top)
}

/// Memory for the filters of one row: its exponentials, the maxima of its blocks, words to sort.
pub struct Room<'a> {
    pub e: &'a mut [f32],
    pub tops: &'a mut [f32],
    pub words: &'a mut [u64],
}

/// Gives `f` room for a row of `n` values, with `words` 64-bit words.
///
/// # Safety
/// As `scratch`: not within another user of it. The contents are undefined: written before read.
pub unsafe fn with_room<R>(n: usize, words: usize, f: impl FnOnce(Room) -> R) -> R {
    let blocks = n.div_ceil(BLOCK);
    scratch(8 * words + 4 * (n + blocks), |p| {
        let floats = p.add(8 * words) as *mut f32;
        f(Room {
            e: std::slice::from_raw_parts_mut(floats, n),
            tops: std::slice::from_raw_parts_mut(floats.add(n), blocks),
            words: std::slice::from_raw_parts_mut(p as *mut u64, words),
        })
    })
}

/// Words of room that `kth_largest` needs.
pub fn room(k: usize) -> usize {
    2 * k + 4 * BLOCK
}

/// Elements looked at together before their maximum decides whether to look closer.
pub const BLOCK: usize = 128;

dispatch!(fn block_max(x: &[f32]) -> (f32, bool) = block_max_body);

/// Largest value and whether there is a NaN (the value then leaves it out).
#[inline(always)]
unsafe fn block_max_body<S: Simd>(s: S, x: &[f32]) -> (f32, bool) {
    let low = s.splat(f32::NEG_INFINITY);
    let (infinity, one) = (s.splat(f32::INFINITY), s.splat(1.0));
    // Lane-wise maximum, NaN left out; a mark where an element is not below infinity.
    let (mut top, mut odd) = (low, s.zero());
    let full = x.len() - x.len() % LANES;
    for i in (0..full).step_by(LANES) {
        let v = s.load(x.as_ptr().add(i));
        top = s.max(v, top);
        odd = s.select_lt(v, infinity, odd, one);
    }
    let mut max = s.reduce_max(top);
    let mut nan = s.reduce_max(odd) > 0.0 && x[..full].iter().any(|v| v.is_nan());
    for v in &x[full..] {
        max = if *v > max { *v } else { max };
        nan |= v.is_nan();
    }
    (max, nan)
}

/// Largest value of a row, NaN left out, and whether there is a NaN.
pub fn max(level: crate::Level, x: &[f32]) -> (f32, bool) {
    // SAFETY: the level was detected.
    unsafe { block_max(level, x) }
}

/// The k-th largest value (1 <= k <= length), NaN counting as largest. `buffer` has `room(k)` words.
///
/// Keeps the candidates above a rising bound and cuts them back to k when the buffer is full: one
/// comparison per block for most of a row, linear time for any order of the values.
pub fn kth_largest(level: crate::Level, x: &[f32], k: usize, buffer: &mut [u32]) -> f32 {
    let capacity = room(k);
    let mut n = 0;
    let mut bound: Option<u32> = None;
    for block in x.chunks(BLOCK) {
        if let Some(b) = bound {
            let (top, nan) = max(level, block);
            if !nan && order(top) <= b {
                continue;
            }
        }
        for v in block {
            let key = order(*v);
            if bound.is_none_or(|b| key > b) {
                buffer[n] = key;
                n += 1;
            }
        }
        if n + BLOCK > capacity || bound.is_none() && n >= k + BLOCK {
            buffer[..n].select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
            bound = Some(buffer[k - 1]);
            n = k;
        }
    }
    buffer[..n].select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
    value(buffer[k - 1])
}

dispatch!(
    /// e[i] = exp(x[i] - max) and their sum in f64 (partials i mod 16, then the tree). Blocks whose
    /// largest value is far below the maximum are zero without a look inside.
    ///
    /// # Safety
    /// The level was detected; the lengths agree.
    pub fn exponentials(x: &[f32], tops: &[f32], max: f32, e: &mut [f32]) -> f64 = exponentials_body
);

#[inline(always)]
unsafe fn exponentials_body<S: Simd>(
    s: S,
    x: &[f32],
    tops: &[f32],
    max: f32,
    e: &mut [f32],
) -> f64 {
    let m = s.splat(max);
    let mut sums = [0f64; LANES];
    let mut last = [0f32; LANES];
    for (b, (block, out)) in x.chunks(BLOCK).zip(e.chunks_mut(BLOCK)).enumerate() {
        if tops[b] - max < FAR {
            out.fill(0.0);
            continue;
        }
        let (n, x, e) = (block.len(), block.as_ptr(), out.as_mut_ptr());
        let full = n - n % LANES;
        for i in (0..full).step_by(LANES) {
            let v = math::exp_softmax(s, s.sub(s.load(x.add(i)), m));
            s.store(e.add(i), v);
            s.store(last.as_mut_ptr(), v);
            for l in 0..LANES {
                sums[l] += last[l] as f64;
            }
        }
        if full < n {
            let v = math::exp_softmax(s, s.sub(s.load_part(x.add(full), n - full), m));
            s.store_part(e.add(full), v, n - full);
            s.store(last.as_mut_ptr(), v);
            for l in 0..n - full {
                sums[l] += last[l] as f64;
            }
        }
    }
    let mut w = LANES / 2;
    while w > 0 {
        for l in 0..w {
            sums[l] += sums[l + w];
        }
        w /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::Rng;
    use crate::Level;

    #[test]
    fn keys_keep_the_order() {
        let x = [
            f32::NEG_INFINITY,
            -1e30,
            -1.0,
            -1e-42,
            -0.0,
            1e-42,
            2.0,
            f32::INFINITY,
            f32::NAN,
        ];
        for pair in x.windows(2) {
            assert!(order(pair[0]) < order(pair[1]));
        }
        assert_eq!(order(0.0), order(-0.0));
        for v in x {
            assert!(value(order(v)) == v || v.is_nan() && value(order(v)).is_nan());
        }
    }

    #[test]
    fn kth_largest_is_that_of_a_sort() {
        let mut rng = Rng(61);
        for round in 0..3000 {
            let n = 1 + rng.below(if round % 20 == 0 { 20_000 } else { 300 });
            let mut x: Vec<f32> = (0..n)
                .map(|_| {
                    if round % 2 == 0 {
                        rng.wild()
                    } else {
                        rng.unit()
                    }
                })
                .collect();
            if round % 5 == 0 {
                x.sort_by_key(|v| order(*v));
            }
            let k = 1 + rng.below(n.min(100));
            let mut sorted: Vec<u32> = x.iter().map(|v| order(*v)).collect();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let levels = Level::available();
            let got = kth_largest(levels[round % levels.len()], &x, k, &mut vec![0; room(k)]);
            assert_eq!(order(got), sorted[k - 1]);
        }
    }

    #[test]
    fn exponentials_have_the_same_bits_on_every_level() {
        let mut rng = Rng(62);
        for n in [1, 16, 31, 5000] {
            let mut x: Vec<f32> = (0..n).map(|_| rng.unit() * 20.0).collect();
            x.iter_mut()
                .skip(700)
                .take(1500)
                .for_each(|v| *v = f32::NEG_INFINITY);
            let (top, nan) = max(Level::Scalar, &x);
            assert!(!nan && x.contains(&top));
            let mut first = None;
            for level in Level::available() {
                let mut e = vec![-1f32; n];
                let mut tops = vec![0f32; n.div_ceil(BLOCK)];
                assert_eq!(peaks(level, &x, &mut tops), Some(top));
                let sum = unsafe { exponentials(level, &x, &tops, top, &mut e) };
                let want: f64 = x.iter().map(|v| ((v - top) as f64).exp()).sum();
                assert!((sum - want).abs() < 1e-6 * want);
                assert_eq!(*first.get_or_insert((sum, e.clone())), (sum, e));
            }
        }
    }
}
