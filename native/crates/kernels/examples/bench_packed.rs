//! Speed of products with quantized weights on the shapes of a small model, beside what this machine reads.
//!
//! cargo run --release --example bench_packed -- [level] [threads]

use heddle_kernels::bandwidth::read_bandwidth;
use heddle_kernels::packed::{packed_linears, Mode, PackedLinear, Rows, Scheme};
use heddle_kernels::{Cx, Float, Level};
use spinning::Spinning;
use std::time::Instant;

mod spinning;

/// Weights of all matrices together: beyond every cache.
const POOL_BYTES: usize = 512 << 20;
const ROUNDS: usize = 40;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let level = args.first().and_then(|a| Level::parse(a)).unwrap_or(Level::detect());
    let threads = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(2);
    let pool = Spinning::new(threads);
    let cx = Cx { level, pool: &pool };
    // Written, for pages that were only asked for are all the same one.
    let mut weights = vec![0u8; POOL_BYTES];
    weights.chunks_mut(4096).for_each(|page| page[0] = 1);
    println!("{} x{threads}", level.name());
    println!("{:>8} {:>6} {:>14} {:>4} {:>8} {:>6} {:>8}", "scheme", "mode", "N x K", "M", "GB/s", "share", "Gop/s");
    for mode in [Mode::Fast, Mode::Exact] {
        for scheme in [Scheme::Q8, Scheme::Q4, Scheme::Q4Super, Scheme::Q8Halves] {
            for (n, k) in [(576, 576), (1536, 512), (512, 1536), (49152, 512)] {
                for m in [1, 4, 64, 512] {
                    if n < 40000 || m == 1 {
                        measure(&cx, &weights, scheme, mode, m, n, k);
                    }
                }
            }
        }
    }
}

/// Best of several rounds; the limit is measured in the same rounds.
fn measure(cx: &Cx, weights: &[u8], scheme: Scheme, mode: Mode, m: usize, n: usize, k: usize) {
    let Some(bytes) = scheme.bytes(n, k) else { return };
    let x: Vec<f32> = (0..m * k).map(|i| (i as f32 * 0.01).sin()).collect();
    let mut y = vec![0f32; m * n];
    let copies = POOL_BYTES / bytes;
    let operations = 2.0 * (m * n * k) as f64;
    let calls = ((2e8 / operations) as usize).clamp(1, ((16 << 20) / bytes).max(1));
    let (mut best, mut read, mut at) = (0f64, 0f64, 0);
    let floats = unsafe { std::slice::from_raw_parts(weights.as_ptr() as *const f32, POOL_BYTES / 4) };
    for round in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            at = (at + 1) % copies;
            let a = PackedLinear {
                w: unsafe { weights.as_ptr().add(at * bytes) },
                scheme,
                bias: std::ptr::null(),
                bias_type: Float::F32,
                y: y.as_mut_ptr(),
                y_stride: n,
                n,
            };
            let rows = Rows { x: x.as_ptr(), x_stride: k, m, k };
            unsafe { packed_linears(cx, &rows, &[a], mode) };
        }
        best = best.max(calls as f64 / start.elapsed().as_secs_f64());
        let part = floats.len() / 32;
        let from = round * 7 % 32 * part;
        read = read.max(read_bandwidth(cx, &floats[from..from + part]));
    }
    let rate = best * bytes as f64;
    println!(
        "{:>8} {:>6} {:>14} {m:>4} {:>8.2} {:>5.0}% {:>8.0}",
        format!("{scheme:?}"),
        format!("{mode:?}"),
        format!("{n} x {k}"),
        rate / 1e9,
        100.0 * rate / read,
        best * operations / 1e9,
    );
}
