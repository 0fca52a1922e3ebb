//! What the tests of several kernels share.

use crate::{Cx, Float, Level, Parallel, Serial};

/// `n` reproducible values in (-range, range).
pub fn floats(seed: u64, n: usize, range: f32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * range
        })
        .collect()
}

pub fn close(got: f32, want: f64, bound: f64) {
    let error = (got as f64 - want).abs();
    assert!(
        error <= bound,
        "got {got}, want {want}: off by {error:e}, more than {bound:e}"
    );
}

/// The bits, with every NaN the same.
pub fn bits(x: &[f32]) -> Vec<u32> {
    x.iter()
        .map(|v| if v.is_nan() { u32::MAX } else { v.to_bits() })
        .collect()
}

/// Runs `f` on every level into `n` values, requires the same bits of all and returns them.
pub fn on_every_level(n: usize, f: impl Fn(&Cx, *mut f32)) -> Vec<f32> {
    on_levels(&Level::available(), n, f)
}

/// The levels whose bits agree where stored values of that type are multiplied: bf16 on tiles has its own.
pub fn levels_of_one_order(float: Float) -> Vec<Level> {
    let mut levels = Level::available();
    levels.retain(|level| (*level, float) != (Level::Amx, Float::Bf16));
    levels
}

/// As `on_every_level`, on these.
pub fn on_levels(levels: &[Level], n: usize, f: impl Fn(&Cx, *mut f32)) -> Vec<f32> {
    let mut first: Option<Vec<f32>> = None;
    for &level in levels {
        let mut y = vec![f32::MAX; n];
        f(
            &Cx {
                level,
                pool: &Serial,
            },
            y.as_mut_ptr(),
        );
        let first = first.get_or_insert_with(|| y.clone());
        assert!(bits(&y) == bits(first), "{level:?} gives other bits");
    }
    first.expect("there is a level")
}

/// A pool that claims several threads and runs the chunks last to first.
pub struct Reversed;

impl Parallel for Reversed {
    fn threads(&self) -> usize {
        7
    }
    fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync)) {
        for i in (0..chunks).rev() {
            f(i)
        }
    }
}
