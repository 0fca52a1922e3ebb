//! The engine of elementwise operations: strided inputs in, a contiguous output out.
//!
//! Inputs whose innermost run is dense are handed to the block function in place; the others are
//! gathered into small buffers on the stack first. The block function sees only contiguous data, so
//! one loop per operation serves every layout, and an element's bits do not depend on where in a
//! block it stood.

use crate::elem::{narrow, widen, Elem};
use crate::layout::{Layout, Plan, Walk};
use crate::{Cx, Float, Level, Ptr};
use std::sync::atomic::{AtomicBool, Ordering};

/// Elements per gathered block.
const BLOCK: usize = 512;
/// Innermost runs from this length on are worked one at a time, shorter ones are gathered together.
const LONG: usize = 64;
/// Elements from which on the work is shared among threads, and least elements per chunk.
pub(crate) const PARALLEL: usize = 32 * 1024;

/// An input: where its first element is, its element type and layout.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub ptr: *const u8,
    pub elem: Elem,
    pub layout: &'a Layout,
}

/// Runs `f(start, end)` over ranges that cover `0..size`, in parallel when it is worth it.
pub(crate) fn ranges(cx: Cx, size: usize, cost: usize, f: &(dyn Fn(usize, usize) + Sync)) {
    let threads = cx.pool.threads();
    if threads <= 1 || size.saturating_mul(cost) < PARALLEL {
        if size > 0 {
            f(0, size);
        }
        return;
    }
    // Several chunks per thread, so that a preempted worker holds up little.
    let least = (PARALLEL / 2).div_ceil(cost).max(1);
    let chunk = size.div_ceil(threads * 4).max(least);
    let chunks = size.div_ceil(chunk);
    if chunks == 1 {
        return f(0, size);
    }
    cx.pool
        .run(chunks, &|c| f(c * chunk, size.min((c + 1) * chunk)));
}

#[repr(align(64))]
struct Buffer([u64; BLOCK]);

impl Buffer {
    fn new() -> Buffer {
        Buffer([0; BLOCK])
    }
    fn ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr() as *mut u8
    }
}

/// Copies `n` elements `stride` apart to consecutive places.
#[inline(always)]
unsafe fn gather<T: Copy>(x: *const u8, stride: usize, y: *mut u8, n: usize) {
    let (x, y) = (x as *const T, y as *mut T);
    if stride == 0 {
        let v = *x;
        for i in 0..n {
            *y.add(i) = v;
        }
    } else {
        for i in 0..n {
            *y.add(i) = *x.add(i * stride);
        }
    }
}

pub(crate) unsafe fn gather_run(size: usize, x: *const u8, stride: usize, y: *mut u8, n: usize) {
    if stride == 1 {
        std::ptr::copy_nonoverlapping(x, y, n * size);
        return;
    }
    match size {
        1 => gather::<u8>(x, stride, y, n),
        2 => gather::<u16>(x, stride, y, n),
        4 => gather::<u32>(x, stride, y, n),
        _ => gather::<u64>(x, stride, y, n),
    }
}

/// A block function: contiguous inputs, output, number of elements; false reports a bad value.
pub type Block<'a, const N: usize> = &'a (dyn Fn([*const u8; N], *mut u8, usize) -> bool + Sync);

/// Applies `block` to all elements. Returns false if any call of it did.
///
/// # Safety
/// All sources have the same shape and hold what their layouts span; `out` has room for the size of
/// the shape in elements of `out_size` bytes and is either an input in place or overlaps none.
pub unsafe fn map<const N: usize>(
    cx: Cx,
    sources: [Source; N],
    out: *mut u8,
    out_size: usize,
    cost: usize,
    block: Block<'_, N>,
) -> bool {
    let plan = Plan::new(sources.map(|s| s.layout));
    let base = sources.map(|s| Ptr(s.ptr as *mut u8));
    let size = sources.map(|s| s.elem.size());
    let strides = plan.inner_strides();
    let ok = AtomicBool::new(true);
    let out = Ptr(out);
    ranges(cx, plan.size(), cost, &|start, end| {
        let mut buffers: [Buffer; N] = std::array::from_fn(|_| Buffer::new());
        // Offset of the one element that fills the whole buffer, for repeated elements.
        let mut filled = [usize::MAX; N];
        let mut walk = plan.walk(start);
        let mut at = start;
        while at < end {
            let mut n = end - at;
            let mut ptrs = [std::ptr::null::<u8>(); N];
            if plan.inner() >= LONG || plan.rank() <= 1 {
                n = n.min(walk.run());
                if strides.iter().any(|&s| s != 1) {
                    n = n.min(BLOCK);
                }
                let offsets = walk.offsets();
                for k in 0..N {
                    let p = base[k].get().add(offsets[k] * size[k]) as *const u8;
                    if strides[k] == 1 {
                        ptrs[k] = p;
                        continue;
                    }
                    ptrs[k] = buffers[k].ptr();
                    if strides[k] != 0 {
                        gather_run(size[k], p, strides[k], buffers[k].ptr(), n);
                    } else if filled[k] != offsets[k] {
                        gather_run(size[k], p, 0, buffers[k].ptr(), BLOCK);
                        filled[k] = offsets[k];
                    }
                }
                walk.step(n);
            } else {
                n = n.min(BLOCK);
                pack(&mut walk, &base, &size, &strides, &mut buffers, n);
                for k in 0..N {
                    ptrs[k] = buffers[k].ptr();
                }
            }
            if !block(ptrs, out.get().add(at * out_size), n) {
                ok.store(false, Ordering::Relaxed);
            }
            at += n;
        }
    });
    ok.load(Ordering::Relaxed)
}

/// Gathers the next `n` elements, over as many short runs as it takes.
unsafe fn pack<const N: usize>(
    walk: &mut Walk<'_, N>,
    base: &[Ptr<u8>; N],
    size: &[usize; N],
    strides: &[usize; N],
    buffers: &mut [Buffer; N],
    n: usize,
) {
    let mut done = 0;
    while done < n {
        let run = walk.run().min(n - done);
        let offsets = walk.offsets();
        for k in 0..N {
            let from = base[k].get().add(offsets[k] * size[k]);
            gather_run(
                size[k],
                from,
                strides[k],
                buffers[k].ptr().add(done * size[k]),
                run,
            );
        }
        walk.step(run);
        done += run;
    }
}

/// Runs a block function of f32 over 16-bit values: widen, compute, round once if the output is
/// 16 bits too (`out` None: the output has its own type of `out_size` bytes).
///
/// # Safety
/// As the block function demands, with `n` 16-bit values per input.
pub unsafe fn through_f32<const N: usize>(
    level: Level,
    kind: Float,
    x: [*const u8; N],
    y: *mut u8,
    n: usize,
    out_size: Option<usize>,
    f: &dyn Fn([*const f32; N], *mut u8, usize),
) {
    const PART: usize = 256;
    let mut wide = [[0f32; PART]; N];
    let mut result = [0f32; PART];
    let mut at = 0;
    while at < n {
        let m = PART.min(n - at);
        for k in 0..N {
            widen(
                level,
                kind,
                (x[k] as *const u16).add(at),
                wide[k].as_mut_ptr(),
                m,
            );
        }
        let inputs = std::array::from_fn(|k| wide[k].as_ptr());
        match out_size {
            Some(size) => f(inputs, y.add(at * size), m),
            None => {
                f(inputs, result.as_mut_ptr() as *mut u8, m);
                narrow(level, kind, result.as_ptr(), (y as *mut u16).add(at), m);
            }
        }
        at += m;
    }
}

/// What several test modules need: layouts to try, a pool of real threads, random numbers.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::Parallel;

    /// Runs chunks on four real threads in a scrambled order.
    pub struct Threads;
    impl Parallel for Threads {
        fn threads(&self) -> usize {
            4
        }
        fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync)) {
            std::thread::scope(|scope| {
                for t in 0..4 {
                    scope.spawn(move || (0..chunks).rev().filter(|c| c % 4 == t).for_each(f));
                }
            });
        }
    }

    pub struct Rng(pub u64);
    impl Rng {
        pub fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }
        pub fn below(&mut self, n: usize) -> usize {
            (self.next() >> 11) as usize % n
        }
        /// In [-1, 1).
        pub fn unit(&mut self) -> f32 {
            (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        }
        /// Mostly numbers of ordinary size, sometimes NaN, infinities, zeros and subnormals.
        pub fn wild(&mut self) -> f32 {
            match self.below(24) {
                0 => f32::NAN,
                1 => f32::INFINITY,
                2 => f32::NEG_INFINITY,
                3 => -0.0,
                4 => 0.0,
                5 => 1e-42,
                6 => self.unit() * 1e30,
                _ => self.unit() * 8.0,
            }
        }
    }

    /// Contexts that must all give the same bits: every level, one thread and several.
    pub fn contexts() -> Vec<Cx<'static>> {
        let mut all = vec![];
        for level in Level::available() {
            all.push(Cx {
                level,
                pool: &crate::Serial,
            });
            all.push(Cx {
                level,
                pool: &Threads,
            });
        }
        all
    }

    /// Layouts with awkward strides: dense, transposed, broadcast, sliced, empty, scalar, long rows.
    pub fn layouts() -> Vec<Layout> {
        let cases: [(&[usize], &[usize]); 12] = [
            (&[], &[]),
            (&[1], &[7]),
            (&[700], &[1]),
            (&[700], &[0]),
            (&[700], &[3]),
            (&[3, 130], &[130, 1]),
            (&[130, 3], &[1, 130]),
            (&[5, 100], &[0, 1]),
            (&[90, 5], &[1, 0]),
            (&[4, 3, 9, 7], &[1, 300, 31, 4]),
            (&[2, 0, 3], &[3, 3, 1]),
            (&[2, 1, 2, 1, 2, 1, 2, 3], &[100, 9, 50, 9, 20, 9, 6, 2]),
        ];
        cases
            .iter()
            .map(|(shape, strides)| Layout::new(shape, strides).unwrap())
            .collect()
    }

    /// The elements that a layout names, in order.
    pub fn elements<T: Copy>(data: &[T], layout: &Layout) -> Vec<T> {
        let plan = Plan::new([layout]);
        (0..plan.size())
            .map(|i| data[plan.walk(i).offsets()[0]])
            .collect()
    }
}
