//! CPU kernels of heddle: one kernel per file with its scalar reference and its test.
//!
//! Every kernel body is generic over `Simd` and runs the same arithmetic in the same order on every
//! level, so the bits of a result depend on neither the instruction set, the number of threads nor
//! the number of rows computed together. One exception: at the level `Amx` products with bf16 weights, keys or values round
//! the other factor to bf16 and have an order of their own (`linear_amx`, `attention_amx`). Shapes and dtypes were checked in TypeScript; index
//! values are checked here.

pub mod math;
pub mod binary;
pub mod elem;
pub mod elementwise;
pub mod layout;
pub mod layer_norm;
pub mod rms_norm;
pub mod rows;
pub mod softmax;
pub mod stored;
pub mod unary;
pub mod swiglu;
pub mod where_;
pub mod bandwidth;
pub mod embedding;
#[cfg(target_arch = "x86_64")]
pub mod amx;
pub mod linear;
#[cfg(target_arch = "x86_64")]
mod linear_amx;
#[cfg(target_arch = "x86_64")]
mod linear_amx_few;
#[cfg(target_arch = "x86_64")]
mod linear_amx_many;
#[cfg(target_arch = "x86_64")]
mod linear_amx_pack;
mod linear_rows;
mod linear_tiles;
pub mod matmul;
mod matmul_rows;
mod matmul_tiles;
pub mod packed;
pub mod kv_append;
pub mod rope;
pub mod cast;
pub mod copy;
pub mod reduce;
pub mod argmax;
pub mod gather;
pub mod gguf;
pub mod cumsum;
pub mod philox;
pub mod sampling;
pub mod attention;
#[cfg(target_arch = "x86_64")]
mod attention_amx;
#[cfg(target_arch = "x86_64")]
mod attention_amx_pack;
mod attention_softmax;
mod attention_tile;
pub mod simd;
mod split;
#[cfg(test)]
mod testing;
#[cfg(target_arch = "x86_64")]
mod transpose;

use std::cell::RefCell;

/// What the machine can run; each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Scalar,
    Avx2,
    Avx512,
    /// AVX-512 and tiles of bf16 products; every kernel that has no use for tiles runs as at `Avx512`.
    Amx,
}

impl Level {
    /// The best level of this machine.
    pub fn detect() -> Level {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl") {
                return if amx::available() { Level::Amx } else { Level::Avx512 };
            }
            if has!("avx2") && has!("fma") && has!("f16c") {
                return Level::Avx2;
            }
        }
        Level::Scalar
    }

    /// The level of that name, if it is one.
    pub fn parse(name: &str) -> Option<Level> {
        match name {
            "scalar" => Some(Level::Scalar),
            "avx2" => Some(Level::Avx2),
            "avx512" => Some(Level::Avx512),
            "amx" => Some(Level::Amx),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Level::Scalar => "scalar",
            Level::Avx2 => "avx2",
            Level::Avx512 => "avx512",
            Level::Amx => "amx",
        }
    }

    /// All levels that this machine can run, lowest first (for tests).
    pub fn available() -> Vec<Level> {
        [Level::Scalar, Level::Avx2, Level::Avx512, Level::Amx]
            .into_iter()
            .filter(|l| *l <= Level::detect())
            .collect()
    }
}

/// Runs chunks of work; the thread pool of the runtime implements it.
pub trait Parallel {
    /// Number of threads that may run chunks.
    fn threads(&self) -> usize;
    /// Calls `f(chunk)` once for each chunk in `0..chunks`, on any thread, and returns when all are done.
    fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync));
}

/// Runs everything on the calling thread.
pub struct Serial;

impl Parallel for Serial {
    fn threads(&self) -> usize {
        1
    }
    fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync)) {
        for i in 0..chunks {
            f(i)
        }
    }
}

/// Where and how a kernel runs.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    pub level: Level,
    pub pool: &'a dyn Parallel,
}

/// An error in the values given to a kernel (shapes were checked before).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelError {
    pub code: &'static str,
    pub message: String,
}

/// A raw pointer that may cross to pool threads; the kernel guarantees disjoint writes.
#[derive(Clone, Copy)]
pub struct Ptr<T>(pub *mut T);
unsafe impl<T> Send for Ptr<T> {}
unsafe impl<T> Sync for Ptr<T> {}

impl<T> Ptr<T> {
    /// The pointer itself (a method, so that closures capture the whole `Ptr`).
    #[inline(always)]
    pub fn get(self) -> *mut T {
        self.0
    }
}

/// Element types that kernels read and write in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float {
    F32,
    Bf16,
    F16,
}

impl Float {
    pub fn size(self) -> usize {
        if self == Float::F32 {
            4
        } else {
            2
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Gives `f` at least `bytes` of this thread's scratch memory, 64-byte aligned, contents undefined.
/// Not reentrant: one user per thread at a time.
pub fn scratch<R>(bytes: usize, f: impl FnOnce(*mut u8) -> R) -> R {
    SCRATCH.with(|cell| {
        let mut buffer = cell.borrow_mut();
        let words = bytes.div_ceil(8) + 8;
        if buffer.len() < words {
            buffer.resize(words, 0);
        }
        let base = buffer.as_mut_ptr() as usize;
        f(((base + 63) & !63) as *mut u8)
    })
}

/// Defines `fn name(level, args...)` that runs `body::<S>(s, args...)` with the features of the level.
///
/// ```ignore
/// dispatch!(fn row(x: *const f32, n: usize) -> f32 = row_body);
/// #[inline(always)]
/// unsafe fn row_body<S: Simd>(s: S, x: *const f32, n: usize) -> f32 { ... }
/// // call: row(level, x, n)
/// ```
#[macro_export]
macro_rules! dispatch {
    ($(#[$m:meta])* $vis:vis fn $name:ident($($a:ident : $t:ty),* $(,)?) $(-> $r:ty)? = $body:ident) => {
        $(#[$m])*
        #[allow(clippy::too_many_arguments)]
        #[inline]
        $vis unsafe fn $name(level: $crate::Level, $($a: $t),*) $(-> $r)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]
                #[allow(clippy::too_many_arguments)]
                unsafe fn avx512($($a: $t),*) $(-> $r)? {
                    $body($crate::simd::Avx512, $($a),*)
                }
                #[target_feature(enable = "avx2,fma,f16c")]
                #[allow(clippy::too_many_arguments)]
                unsafe fn avx2($($a: $t),*) $(-> $r)? {
                    $body($crate::simd::Avx2, $($a),*)
                }
                match level {
                    $crate::Level::Avx512 | $crate::Level::Amx => return avx512($($a),*),
                    $crate::Level::Avx2 => return avx2($($a),*),
                    $crate::Level::Scalar => {}
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = level;
            $body($crate::simd::Scalar, $($a),*)
        }
    };
}
