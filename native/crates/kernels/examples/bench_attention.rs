//! Speed of attention: prefill as a share of what fma in registers gives, decoding as a share of what
//! reading memory gives, both measured here and now, best of several runs.
//!
//! cargo run --release --example bench_attention -- [level] [f32|bf16|f16]

use heddle_kernels::attention::{attention, Attention};
use heddle_kernels::bandwidth::{fma_rate, read_bandwidth};
use heddle_kernels::simd::{f32_to_bf16, f32_to_f16};
use heddle_kernels::{Cx, Float, Level, Serial};
use std::time::Instant;

struct Setup {
    heads: usize,
    groups: usize,
    dim: usize,
    past: usize,
    tokens: usize,
    float: Float,
}

/// Seconds this thread has worked: time lost to other processes does not count.
#[cfg(unix)]
fn cpu_seconds() -> f64 {
    extern "C" {
        fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    }
    const THREAD_CPUTIME: i32 = if cfg!(target_os = "macos") { 16 } else { 3 };
    let mut time = [0i64; 2];
    unsafe { clock_gettime(THREAD_CPUTIME, &mut time) };
    time[0] as f64 + time[1] as f64 * 1e-9
}

#[cfg(not(unix))]
fn cpu_seconds() -> f64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

/// The best of three rates, as if no other process had run meanwhile.
fn unhindered(rate: impl Fn() -> f64) -> f64 {
    let mut best = 0f64;
    for _ in 0..3 {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let rate = rate();
        best = best.max(rate * wall.elapsed().as_secs_f64() / (cpu_seconds() - cpu));
    }
    best
}

/// The bytes behind the first multiple of 64 in the vector.
fn aligned(bytes: &[u8]) -> Vec<u8> {
    let mut all = vec![0u8; bytes.len() + 64];
    let from = start(&all) as usize - all.as_ptr() as usize;
    all[from..from + bytes.len()].copy_from_slice(bytes);
    all
}

fn start(bytes: &[u8]) -> *const u8 {
    (bytes.as_ptr() as usize).next_multiple_of(64) as *const u8
}

/// Best seconds per call; `copies` caches take turns, so that long ones come from memory.
fn seconds(level: Level, s: &Setup, copies: usize, rounds: usize) -> f64 {
    let keys = s.past + s.tokens;
    let capacity = keys.next_multiple_of(16);
    let bytes = s.groups * capacity * s.dim * s.float.size();
    let value = |i: usize| ((i * 2_654_435_761) >> 7 & 0xff) as f32 / 256.0 - 0.5;
    let bits = |i: usize| match s.float {
        Float::F32 => value(i).to_ne_bytes().to_vec(),
        Float::Bf16 => f32_to_bf16(value(i)).to_ne_bytes().to_vec(),
        Float::F16 => f32_to_f16(value(i)).to_ne_bytes().to_vec(),
    };
    let one: Vec<u8> = (0..bytes / s.float.size()).flat_map(bits).collect();
    // As buffers of the runtime are: aligned to cache lines.
    let caches: Vec<[Vec<u8>; 2]> = (0..copies)
        .map(|_| [aligned(&one), aligned(&one)])
        .collect();
    let q: Vec<f32> = (0..s.heads * s.tokens * s.dim).map(value).collect();
    let mut y = vec![0f32; q.len()];
    let past = s.past as i32;
    let mut best = f64::MAX;
    for round in 0..rounds {
        let started = cpu_seconds();
        for [k, v] in &caches {
            let args = Attention {
                q: q.as_ptr(),
                q_strides: [q.len() as isize, s.dim as isize, (s.heads * s.dim) as isize],
                k_cache: start(k),
                v_cache: start(v),
                float: s.float,
                past: &past,
                starts: None,
                key_mask: None,
                mask_width: 0,
                y: y.as_mut_ptr(),
                shape: [1, s.heads, s.tokens, s.dim],
                groups: s.groups,
                capacity,
                scale: 0.125,
                window: None,
                causal: true,
            };
            unsafe {
                attention(
                    &Cx {
                        level,
                        pool: &Serial,
                    },
                    &args,
                )
            }
            .expect("valid arguments");
        }
        if round > 0 {
            best = best.min((cpu_seconds() - started) / copies as f64);
        }
    }
    best
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let level = args
        .iter()
        .find_map(|a| Level::parse(a))
        .unwrap_or(Level::detect());
    let only = args.iter().find_map(|a| match a.as_str() {
        "f32" => Some(Float::F32),
        "bf16" => Some(Float::Bf16),
        "f16" => Some(Float::F16),
        _ => None,
    });
    let cx = Cx {
        level,
        pool: &Serial,
    };
    let memory = vec![1f32; 64 << 20];
    println!("{} on one thread", level.name());
    for float in [Float::F32, Float::Bf16, Float::F16] {
        if only.is_some_and(|f| f != float) {
            continue;
        }
        for (heads, groups, dim, past, tokens) in [
            (9, 3, 64, 256, 256),
            (9, 3, 64, 0, 512),
            (9, 3, 64, 3584, 256),
            (12, 12, 64, 256, 256),
            (16, 8, 128, 256, 256),
            (8, 1, 256, 256, 64),
        ] {
            let setup = Setup {
                heads,
                groups,
                dim,
                past,
                tokens,
                float,
            };
            let peak = unhindered(|| fma_rate(level, 20_000));
            let time = seconds(level, &setup, 1, 20);
            let pairs: usize = (past + 1..=past + tokens).sum();
            let rate = 4.0 * (pairs * heads * dim) as f64 / time;
            println!(
                "prefill {float:?} {tokens} queries on {} keys, {heads}/{groups} heads of {dim}: {:.3} ms, {:.0} GFLOP/s, {:.0} % of {:.0}",
                past + tokens, time * 1e3, rate / 1e9, 100.0 * rate / peak, peak / 1e9
            );
        }
        for (heads, groups, dim, past) in [
            (9, 3, 64, 4095),
            (12, 12, 64, 4095),
            (16, 8, 128, 4095),
            (9, 3, 64, 511),
        ] {
            let setup = Setup {
                heads,
                groups,
                dim,
                past,
                tokens: 1,
                float,
            };
            let bytes = 2 * groups * (past + 1) * dim * float.size();
            // More than the last-level cache in all.
            let copies = if past < 1000 {
                2
            } else {
                (256usize << 20).div_ceil(bytes).min(100)
            };
            let time = seconds(level, &setup, copies, 6);
            let peak = unhindered(|| read_bandwidth(&cx, &memory));
            let rate = bytes as f64 / time;
            println!(
                "decode {float:?} on {} keys, {heads}/{groups} heads of {dim}: {:.1} us, {:.1} GB/s, {:.0} % of {:.1}",
                past + 1, time * 1e6, rate / 1e9, 100.0 * rate / peak, peak / 1e9
            );
        }
    }
}
