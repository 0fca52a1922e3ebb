//! Causal attention over a cache of keys and values, with grouped heads, windows, left padding and key
//! masks.
//!
//! The order of all sums is fixed by the keys alone: they are counted from the row's first real key in
//! blocks of 256. Inside a block a score is a chain over d, its largest score is subtracted before
//! `exp`, weights are summed as sixteen partials (key mod 16) and a tree, values as a chain over the
//! keys; blocks are merged in ascending order. A hidden key weighs exactly 0, and a block without a
//! visible key changes nothing. So one token or many, any chunking of a prompt, any batch, padding on
//! the left, window and number of threads give the same bits (while keys and values are finite).

use crate::attention_softmax::{merge_weights, State, BLOCK, ROWS};
use crate::attention_tile::{tile, Query, Tile, TILE_SCRATCH};
use crate::kv_append::checked_past;
use crate::simd::{Simd, LANES};
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{dispatch, scratch, Cx, Float, KernelError, Level, Ptr};
use std::cell::Cell;
use std::ops::Range;

/// Query rows (tokens times heads of a group) that share a pass over the keys.
const PASS: usize = 64;

/// Runs of neighbouring blocks per thread.
const RUNS_PER_THREAD: usize = 2;

/// What `attention` works on.
#[derive(Clone, Copy)]
pub struct Attention {
    /// [B, H, T, D]; strides in elements of B, H and T, D contiguous.
    pub q: *const f32,
    pub q_strides: [isize; 3],
    /// [B, G, S/16, D, 16] and [B, G, S, D] of `float`; the T new tokens are in it.
    pub k_cache: *const u8,
    pub v_cache: *const u8,
    pub float: Float,
    /// Tokens stored before this step, read when the kernel runs: query t is key past + t.
    pub past: *const i32,
    /// First real key of each row of the batch.
    pub starts: Option<*const i32>,
    /// [B, mask_width] bytes, 0 hides a key.
    pub key_mask: Option<*const u8>,
    pub mask_width: usize,
    /// [B, T, H, D], contiguous.
    pub y: *mut f32,
    /// B, H, T, D.
    pub shape: [usize; 4],
    /// G: key/value heads, a divisor of H.
    pub groups: usize,
    /// S: a multiple of 16.
    pub capacity: usize,
    pub scale: f32,
    /// The query at position i sees the keys i - window < j.
    pub window: Option<usize>,
    /// The query at position i sees no key j > i; without it all keys up to past + T.
    pub causal: bool,
}

/// The arguments and what follows from them.
#[derive(Clone, Copy)]
struct Job {
    a: Attention,
    past: usize,
    /// Query heads per key/value head, and query rows per key/value head.
    per_group: usize,
    rows: usize,
    passes: usize,
    /// Rows of one pass, rounded up to tiles.
    state_rows: usize,
    /// D rounded up to vectors.
    width: usize,
    /// Blocks of keys of the longest row of the batch.
    blocks: usize,
    /// Scratch of a pass.
    tile_floats: usize,
}

unsafe impl Send for Job {}
unsafe impl Sync for Job {}

thread_local! {
    /// Partial results of `by_blocks`; `scratch` is busy on every thread meanwhile.
    static PARTIALS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

impl Attention {
    /// First real key of row `b`, at most the number of keys.
    unsafe fn start(&self, b: usize, past: usize) -> usize {
        self.starts
            .map_or(0, |p| *p.add(b) as usize)
            .min(past + self.shape[2])
    }
}

impl Job {
    fn state_floats(&self) -> usize {
        State::floats(self.state_rows, self.width)
    }

    unsafe fn state(&self, p: *mut f32) -> State {
        State::at(p, self.state_rows, self.width)
    }

    /// The item's row of the batch, its key/value head and its query rows.
    fn item(&self, item: usize) -> (usize, usize, Range<usize>) {
        // Passes are the slow index: all heads of the last rows come together.
        let heads = self.a.shape[0] * self.a.groups;
        let (head, first) = (item % heads, item / heads * PASS);
        (
            head / self.a.groups,
            head % self.a.groups,
            first..(first + PASS).min(self.rows),
        )
    }

    /// Token and query head of a row of group `g`: the heads of a token are neighbours.
    fn query(&self, g: usize, row: usize) -> (usize, usize) {
        (
            row / self.per_group,
            g * self.per_group + row % self.per_group,
        )
    }

    /// The keys that token `t` of row `b` of the batch may see, as far as position tells.
    unsafe fn visible(&self, b: usize, t: usize) -> Range<usize> {
        let at = self.past + t;
        let end = if self.a.causal {
            at + 1
        } else {
            self.past + self.a.shape[2]
        };
        let low = self.a.window.map_or(0, |w| (at + 1).saturating_sub(w));
        low.max(self.a.start(b, self.past))..end
    }

    /// Vectors and visible keys of query rows of group `g`.
    unsafe fn queries(&self, b: usize, g: usize, rows: Range<usize>) -> [Query; PASS] {
        let a = &self.a;
        let mut queries = [Query {
            q: a.q,
            low: 0,
            high: 0,
        }; PASS];
        for (query, row) in queries.iter_mut().zip(rows) {
            let (token, h) = self.query(g, row);
            let keys = self.visible(b, token);
            let at = b as isize * a.q_strides[0] + h as isize * a.q_strides[1];
            let q = a.q.offset(at + token as isize * a.q_strides[2]);
            *query = Query {
                q,
                low: keys.start,
                high: keys.end,
            };
        }
        queries
    }

    /// Element of the caches where a key/value head starts.
    fn head(&self, b: usize, g: usize) -> usize {
        (b * self.a.groups + g) * self.a.capacity * self.a.shape[3]
    }

    unsafe fn mask(&self, b: usize) -> Option<&[u8]> {
        let keys = self.past + self.a.shape[2];
        self.a
            .key_mask
            .map(|p| std::slice::from_raw_parts(p.add(b * self.a.mask_width), keys))
    }
}

/// Writes the attention of every query; one without a visible key gives zeros.
///
/// # Safety
/// The pointers hold what shapes and strides say; `y` overlaps nothing else.
pub unsafe fn attention(cx: &Cx, args: &Attention) -> Result<(), KernelError> {
    let [batch, heads, tokens, dim] = args.shape;
    let past = checked_past("attention", *args.past, tokens, args.capacity)?;
    check(args, past)?;
    if batch * heads * tokens * dim == 0 {
        return Ok(());
    }
    let per_group = heads / args.groups;
    let rows = tokens * per_group;
    let job = Job {
        a: *args,
        past,
        per_group,
        rows,
        passes: rows.div_ceil(PASS),
        state_rows: rows.min(PASS).next_multiple_of(ROWS),
        width: dim.next_multiple_of(LANES),
        blocks: (0..batch)
            .map(|b| (past + tokens - args.start(b, past)).div_ceil(BLOCK))
            .max()
            .unwrap_or(0),
        tile_floats: tile_floats(cx.level, args),
    };
    let items = batch * args.groups * job.passes;
    if cx.pool.threads() == 1 || job.blocks <= 1 || items >= 4 * cx.pool.threads() {
        by_rows(cx, &job, items);
    } else {
        by_blocks(cx, &job, items);
    }
    Ok(())
}

/// Many rows: an item is a pass over all keys.
unsafe fn by_rows(cx: &Cx, job: &Job, items: usize) {
    let (level, job) = (cx.level, *job);
    cx.pool.run(items, &|i| {
        let job = &job;
        // The last rows see most keys: they go first, so that threads end together.
        let item = items - 1 - i;
        scratch(4 * (job.tile_floats + job.state_floats()), |p| {
            let p = p as *mut f32;
            let state = job.state(p.add(job.tile_floats));
            run_pass(level, job, item, 0, job.blocks, state, p);
            finish(level, job, item, state);
        });
    });
}

/// Few rows and many keys, as in decoding: an item is one block of keys; they are merged afterwards.
unsafe fn by_blocks(cx: &Cx, job: &Job, items: usize) {
    let (level, job) = (cx.level, *job);
    let size = job.state_floats();
    let mut buffer = PARTIALS.take();
    if buffer.len() < items * job.blocks * size {
        buffer.resize(items * job.blocks * size, 0.0);
    }
    let partials = Ptr(buffer.as_mut_ptr());
    let total = items * job.blocks;
    // Neighbours stay on one thread, which fetches the next block's keys while it works on this one's values.
    let chunks = (RUNS_PER_THREAD * cx.pool.threads()).min(total);
    cx.pool.run(chunks, &|c| {
        let job = &job;
        for i in c * total / chunks..(c + 1) * total / chunks {
            let state = job.state(partials.get().add(i * size));
            scratch(4 * job.tile_floats, |p| {
                let (item, block) = (i / job.blocks, i % job.blocks);
                run_pass(level, job, item, block, block + 1, state, p as *mut f32);
            });
        }
    });
    cx.pool.run(items, &|item| {
        let job = &job;
        let part = |block: usize| job.state(partials.get().add((item * job.blocks + block) * size));
        for block in 1..job.blocks {
            merge(level, job, part(0), part(block));
        }
        finish(level, job, item, part(0));
    });
    PARTIALS.set(buffer);
}

/// Checks the values that are known only when the kernel runs.
unsafe fn check(a: &Attention, past: usize) -> Result<(), KernelError> {
    let keys = past + a.shape[2];
    if a.key_mask.is_some() && a.mask_width < keys {
        let message = format!(
            "attention: keyMask must cover all {keys} keys; got rows of {}. Pad the mask to the cache's capacity.",
            a.mask_width
        );
        return Err(KernelError {
            code: "ERR_SHAPE",
            message,
        });
    }
    for b in 0..a.shape[0] {
        // A start beyond the keys so far is fine: the first chunks of a padded row are all padding.
        let start = a.starts.map_or(0, |p| *p.add(b));
        if start < 0 {
            let message = format!(
                "attention: starts must be >= 0; got {start} in row {b}. Give the number of padding tokens."
            );
            return Err(KernelError {
                code: "ERR_INDEX",
                message,
            });
        }
    }
    Ok(())
}

/// Whether tiles compute this: they round queries and weights to bf16.
fn on_tiles(level: Level, float: Float) -> bool {
    #[cfg(target_arch = "x86_64")]
    let there = level == Level::Amx && crate::amx::available();
    #[cfg(not(target_arch = "x86_64"))]
    let there = level == Level::Amx;
    there && float == Float::Bf16
}

/// Floats of scratch of a pass.
fn tile_floats(level: Level, a: &Attention) -> usize {
    #[cfg(target_arch = "x86_64")]
    if on_tiles(level, a.float) {
        return crate::attention_amx::pass_scratch(PASS, a.shape[3]).next_multiple_of(LANES);
    }
    let _ = (level, a);
    TILE_SCRATCH
}

/// Runs the item's rows over the blocks `from..to` of keys, from an empty state.
#[allow(clippy::too_many_arguments)]
unsafe fn run_pass(
    level: Level,
    job: &Job,
    item: usize,
    from: usize,
    to: usize,
    state: State,
    scratch: *mut f32,
) {
    #[cfg(target_arch = "x86_64")]
    if on_tiles(level, job.a.float) {
        return pass_on_tiles(job, item, from..to, state, scratch as *mut u8);
    }
    match job.a.float {
        Float::F32 => pass_f32(level, job, item, from, to, state, scratch),
        Float::Bf16 => pass_bf16(level, job, item, from, to, state, scratch),
        Float::F16 => pass_f16(level, job, item, from, to, state, scratch),
    }
}

/// `pass_body` on tiles.
#[cfg(target_arch = "x86_64")]
unsafe fn pass_on_tiles(
    job: &Job,
    item: usize,
    blocks: Range<usize>,
    state: State,
    scratch: *mut u8,
) {
    let a = &job.a;
    let (b, g, rows) = job.item(item);
    let queries = job.queries(b, g, rows.clone());
    state.clear(job.state_rows);
    let pass = crate::attention_amx::Pass {
        rows: &queries[..rows.len()],
        start: a.start(b, job.past),
        blocks,
        k: (a.k_cache as *const u16).add(job.head(b, g)),
        v: (a.v_cache as *const u16).add(job.head(b, g)),
        dim: a.shape[3],
        scale: a.scale,
        mask: job.mask(b),
        state,
    };
    crate::attention_amx::pass(&pass, scratch);
}

macro_rules! pass {
    ($name:ident, $body:ident, $stored:ty) => {
        dispatch!(fn $name(job: &Job, item: usize, from: usize, to: usize, state: State, p: *mut f32) = $body);
        #[allow(clippy::too_many_arguments)]
        #[inline(always)]
        unsafe fn $body<S: Simd>(s: S, job: &Job, item: usize, from: usize, to: usize, state: State, p: *mut f32) {
            pass_body::<S, $stored>(s, job, item, from, to, state, p)
        }
    };
}
pass!(pass_f32, body_f32, F32);
pass!(pass_bf16, body_bf16, Bf16);
pass!(pass_f16, body_f16, F16);

#[allow(clippy::too_many_arguments)]
#[inline(always)]
unsafe fn pass_body<S: Simd, E: Stored>(
    s: S,
    job: &Job,
    item: usize,
    from: usize,
    to: usize,
    state: State,
    scratch: *mut f32,
) {
    let a = &job.a;
    let (b, g, rows) = job.item(item);
    let start = a.start(b, job.past);
    let head = job.head(b, g);
    let queries = job.queries(b, g, rows.clone());
    let mut t = Tile::<E> {
        rows: &queries,
        from: 0,
        k: (a.k_cache as *const E::Raw).add(head),
        v: (a.v_cache as *const E::Raw).add(head),
        dim: a.shape[3],
        scale: a.scale,
        mask: job.mask(b),
    };
    state.clear(job.state_rows);
    for block in from..to {
        t.from = start + block * BLOCK;
        for (i, tile_rows) in queries[..rows.len()].chunks(ROWS).enumerate() {
            t.rows = tile_rows;
            tile(s, &t, state.row(i * ROWS), scratch);
        }
    }
}

dispatch!(fn merge(job: &Job, into: State, from: State) = merge_body);

/// Merges the state of a later block into that of the blocks before it.
#[inline(always)]
unsafe fn merge_body<S: Simd>(s: S, job: &Job, into: State, from: State) {
    for first in (0..job.state_rows).step_by(ROWS) {
        let (into, from) = (into.row(first), from.row(first));
        let (max, sum) = (
            from.max as *const [f32; ROWS],
            from.sum as *const [f32; ROWS],
        );
        let (old, new) = merge_weights(s, into, &*max, &*sum);
        for r in 0..ROWS {
            let (old, new) = (s.splat(old[r]), s.splat(new[r]));
            for d in (r * job.width..(r + 1) * job.width).step_by(LANES) {
                let out = into.out.add(d);
                s.store(
                    out,
                    s.fma(s.load(from.out.add(d)), new, s.mul(s.load(out), old)),
                );
            }
        }
    }
}

dispatch!(fn finish(job: &Job, item: usize, state: State) = finish_body);

/// Divides the weighted values by the sums and writes them out.
#[inline(always)]
unsafe fn finish_body<S: Simd>(s: S, job: &Job, item: usize, state: State) {
    let [_, heads, tokens, dim] = job.a.shape;
    let (b, g, rows) = job.item(item);
    for row in rows.clone() {
        let (t, h) = job.query(g, row);
        let state = state.row(row - rows.start);
        let y = job.a.y.add(((b * tokens + t) * heads + h) * dim);
        let mut sum = *state.sum;
        if sum == 0.0 {
            // No visible key gives 0 / 1; keys that all score -infinity give 0 / 0, as in torch.
            let seen = job
                .visible(b, t)
                .any(|j| job.mask(b).is_none_or(|m| m[j] != 0));
            sum = if seen { 0.0 } else { 1.0 };
        }
        for d in (0..dim).step_by(LANES) {
            // Adding 0 makes every zero positive, whichever hidden keys were multiplied by 0.
            let v = s.div(s.add(s.load(state.out.add(d)), s.zero()), s.splat(sum));
            if d + LANES <= dim {
                s.store(y.add(d), v);
            } else {
                s.store_part(y.add(d), v, dim - d);
            }
        }
    }
}

#[cfg(test)]
#[path = "attention_test.rs"]
mod tests;
