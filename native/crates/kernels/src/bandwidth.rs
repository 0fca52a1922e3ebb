//! What the machine gives at best: reading memory and multiplying in registers. Reports compare
//! with these instead of with data sheets.

use crate::simd::{Simd, LANES};
use crate::{dispatch, Cx, Level, Ptr};
use std::hint::black_box;
use std::time::Instant;

/// How far ahead a stream is prefetched.
const AHEAD_BYTES: usize = 2048;

/// Reads `buffer` once, each chunk as four streams with prefetch, and returns bytes per second.
/// The buffer should be far larger than the caches and already written (else zero pages are read).
pub fn read_bandwidth(cx: &Cx, buffer: &[f32]) -> f64 {
    let chunk = buffer
        .len()
        .div_ceil(8 * cx.pool.threads())
        .next_multiple_of(4 * LANES)
        .max(1);
    let base = Ptr(buffer.as_ptr() as *mut f32);
    let level = cx.level;
    let start = Instant::now();
    cx.pool.run(buffer.len().div_ceil(chunk), &|c| {
        let n = chunk.min(buffer.len() - c * chunk);
        black_box(unsafe { read(level, base.get().add(c * chunk), n) });
    });
    size_of_val(buffer) as f64 / start.elapsed().as_secs_f64()
}

/// Multiplies and adds in registers alone for about `rounds` x 100 operations on the calling
/// thread and returns floating point operations per second.
pub fn fma_rate(level: Level, rounds: usize) -> f64 {
    let start = Instant::now();
    let vectors = unsafe { fma_loop(level, rounds) };
    vectors as f64 * 2.0 * LANES as f64 / start.elapsed().as_secs_f64()
}

dispatch!(fn read(p: *const f32, n: usize) -> f32 = read_body);

#[inline(always)]
unsafe fn read_body<S: Simd>(s: S, p: *const f32, n: usize) -> f32 {
    let quarter = n / 4 / LANES * LANES;
    let mut acc = [s.zero(); 4];
    let mut i = 0;
    while i < quarter {
        for (q, sum) in acc.iter_mut().enumerate() {
            let at = p.add(q * quarter + i);
            s.prefetch((at as *const u8).wrapping_add(AHEAD_BYTES));
            *sum = s.add(*sum, s.load(at));
        }
        i += LANES;
    }
    let mut sum = 0.0;
    for j in 4 * quarter..n {
        sum += *p.add(j);
    }
    sum + s.reduce_sum(s.add(s.add(acc[0], acc[1]), s.add(acc[2], acc[3])))
}

dispatch!(fn fma_loop(rounds: usize) -> usize = fma_body);

#[inline(always)]
unsafe fn fma_body<S: Simd>(s: S, rounds: usize) -> usize {
    if S::TILE.0 >= 4 {
        fma_chains::<S, 16>(s, rounds)
    } else {
        fma_chains::<S, 6>(s, rounds)
    }
}

#[inline(always)]
unsafe fn fma_chains<S: Simd, const C: usize>(s: S, rounds: usize) -> usize {
    let x = s.splat(black_box(0.999));
    let y = s.splat(black_box(0.001));
    let mut acc = [s.splat(black_box(1.0)); C];
    for _ in 0..rounds {
        for _ in 0..96 / C {
            for a in acc.iter_mut() {
                *a = s.fma(*a, x, y);
            }
        }
    }
    let mut sum = s.zero();
    for a in acc {
        sum = s.add(sum, a);
    }
    black_box(s.reduce_sum(sum));
    rounds * (96 / C) * C
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::Serial;

    #[test]
    fn sums_every_element_once() {
        for level in Level::available() {
            for n in [0usize, 1, 63, 64, 65, 1000, 4099] {
                let buffer = vec![1f32; n];
                assert_eq!(unsafe { read(level, buffer.as_ptr(), n) }, n as f32);
            }
        }
    }

    #[test]
    fn rates_are_positive() {
        let cx = Cx {
            level: Level::detect(),
            pool: &Serial,
        };
        assert!(read_bandwidth(&cx, &vec![1f32; 1 << 16]) > 0.0);
        assert!(fma_rate(cx.level, 100) > 0.0);
    }
}
