//! Speed of `linear` (and `matmul` with `kn`) on the shapes of a small model, beside what this
//! machine gives at best: memory streams for few rows, fma in registers for many.
//!
//! cargo run --release --example bench_linear -- [level] [threads] [nk|kn] [f32|bf16|f16]

use heddle_kernels::bandwidth::{fma_rate, read_bandwidth};
use heddle_kernels::linear::{linear, Linear};
use heddle_kernels::matmul::{matmul, Matmul};
use heddle_kernels::{Cx, Float, Level};
use spinning::Spinning;
use std::time::Instant;

mod spinning;

/// Rows of weights of all matrices together: beyond every cache.
const POOL_BYTES: usize = 512 << 20;

const ROUNDS: usize = 60;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // Detection also asks for the right to use tiles.
    let best = Level::detect();
    let levels = match args.first().and_then(|a| Level::parse(a)).filter(|l| *l <= best) {
        Some(level) => vec![level],
        None => Level::available()
            .into_iter()
            .filter(|l| *l != Level::Scalar)
            .collect(),
    };
    let threads = match args.get(1).and_then(|a| a.parse().ok()) {
        Some(n) => vec![n],
        None => vec![1, 2],
    };
    let kn = args.iter().any(|a| a == "kn");
    let float = match args.last().map(String::as_str) {
        Some("f32") => Float::F32,
        Some("f16") => Float::F16,
        _ => Float::Bf16,
    };
    // f32 1.0 everywhere: as bf16 that is 0, 1, 0, 1...
    let weights = vec![1f32; POOL_BYTES / 4];
    for t in threads {
        let pool = Spinning::new(t);
        for level in &levels {
            let cx = Cx {
                level: *level,
                pool: &pool,
            };
            report(&cx, &weights, float, kn);
        }
    }
}

fn report(cx: &Cx, weights: &[f32], float: Float, kn: bool) {
    println!(
        "\n{} x{} {float:?} {}",
        cx.level.name(),
        cx.pool.threads(),
        if kn { "kn" } else { "nk" }
    );
    println!(
        "{:>14} {:>4} {:>8} {:>6} {:>9} {:>6}",
        "N x K", "M", "GB/s", "share", "GFLOP/s", "share"
    );
    for (n, k) in [
        (192, 576),
        (576, 576),
        (1536, 576),
        (576, 1536),
        (49152, 576),
    ] {
        for m in std::env::var("MS").unwrap_or("1".into()).split(',').map(|v| v.parse().unwrap()) {
            if n > 40000 && m > 16 {
                continue;
            }
            measure(cx, weights, float, kn, m, n, k);
        }
    }
}

/// Best of several rounds; the limits are measured in the same rounds, because the clock and the
/// neighbours change from second to second.
fn measure(cx: &Cx, weights: &[f32], float: Float, kn: bool, m: usize, n: usize, k: usize) {
    let x = aligned(m * k);
    x.iter_mut()
        .enumerate()
        .for_each(|(i, v)| *v = (i as f32 * 0.01).sin());
    let y = aligned(m * n);
    let bytes = n * k * float.size();
    let copies = POOL_BYTES / bytes;
    let flops = 2.0 * (m * n * k) as f64;
    // Rounds of about 2 ms: shorter than a time slice, so that some of them run undisturbed.
    let calls = ((2e8 / flops) as usize).clamp(1, ((16 << 20) / bytes).max(1));
    let (mut best, mut read, mut fma) = (0f64, 0f64, 0f64);
    let mut at = 0;
    for round in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            at = (at + 1) % copies;
            let w = unsafe { (weights.as_ptr() as *const u8).add(at * bytes) };
            call(cx, w, float, kn, x, y, m, n, k);
        }
        best = best.max(calls as f64 / start.elapsed().as_secs_f64());
        let part = weights.len() / 32;
        let from = round * 7 % 32 * part;
        read = read.max(read_bandwidth(cx, &weights[from..from + part]));
        fma = fma.max(all_fma(cx));
    }
    let (rate, speed) = (best * bytes as f64, best * flops);
    println!(
        "{:>14} {m:>4} {:>8.2} {:>5.0}% {:>9.1} {:>5.0}%",
        format!("{n} x {k}"),
        rate / 1e9,
        100.0 * rate / read,
        speed / 1e9,
        100.0 * speed / fma
    );
}

/// Memory for activations, on cache lines as the allocator of the runtime gives it (never freed).
fn aligned(n: usize) -> &'static mut [f32] {
    let memory = vec![0f32; n + 16].leak();
    let skip = memory.as_ptr().align_offset(64);
    &mut memory[skip..skip + n]
}

/// Operations per second of one thread: tiles where the level has them.
fn rate(level: Level) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if level == Level::Amx {
        return unsafe { heddle_kernels::amx::tile_rate(2_000) };
    }
    fma_rate(level, 10_000)
}

/// Multiply-add rate of all threads together.
fn all_fma(cx: &Cx) -> f64 {
    let level = cx.level;
    let threads = cx.pool.threads();
    let rates: Vec<_> = (0..threads).map(|_| std::sync::Mutex::new(0f64)).collect();
    cx.pool.run(threads, &|c| {
        *rates[c].lock().unwrap() = rate(level)
    });
    rates.iter().map(|r| *r.lock().unwrap()).sum()
}

#[allow(clippy::too_many_arguments)]
fn call(
    cx: &Cx,
    w: *const u8,
    w_type: Float,
    kn: bool,
    x: &[f32],
    y: &mut [f32],
    m: usize,
    n: usize,
    k: usize,
) {
    let (x, y) = (x.as_ptr(), y.as_mut_ptr());
    if kn {
        let a = Matmul {
            a: x,
            a_stride: k,
            a_batch: [0, 0],
            b: w,
            b_type: w_type,
            b_stride: n,
            b_batch: [0, 0],
            bias: std::ptr::null(),
            bias_type: Float::F32,
            c: y,
            c_stride: n,
            c_batch: [0, 0],
            batch: [1, 1],
            m,
            n,
            k,
        };
        unsafe { matmul(cx, &a) };
        return;
    }
    let a = Linear {
        x,
        x_stride: k,
        w,
        w_type,
        w_stride: k,
        bias: std::ptr::null(),
        bias_type: Float::F32,
        y,
        y_stride: n,
        m,
        n,
        k,
    };
    unsafe { linear(cx, &a) };
}
