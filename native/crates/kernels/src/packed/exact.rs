//! Products with f32 activations and every weight as the f32 that it stands for.

// Loops over indices of fixed arrays are what the compiler unrolls into registers.
#![allow(clippy::needless_range_loop)]

use super::fast::write;
use super::format::{with_format, Format, Head};
use super::ints::Ints;
use super::product::{Part, Rows};
use super::{BLOCK, STRIP};
use crate::dispatch;

/// Up to here codes are turned into weights for every row of x again; above, once per strip.
const MAX_DIRECT: usize = 4;
const AHEAD_BYTES: usize = 2048;
/// Groups of a tile's codes.
const GROUPS: usize = BLOCK / 4;

/// Bytes of scratch that a chunk needs: a strip of weights.
pub(super) fn exact_scratch(rows: &Rows) -> usize {
    if rows.m > MAX_DIRECT {
        4 * STRIP * rows.k.div_ceil(BLOCK) * BLOCK
    } else {
        0
    }
}

dispatch!(
    /// The products of strips from..to with all rows of x.
    pub(super) fn exact_chunk(rows: &Rows, part: &Part, panel: *mut f32) = body
);

#[inline(always)]
unsafe fn body<S: Ints>(s: S, rows: &Rows, part: &Part, panel: *mut f32) {
    with_format!(part.a.scheme, F => strips::<S, F>(s, rows, part, panel))
}

#[inline(always)]
unsafe fn strips<S: Ints, F: Format>(s: S, rows: &Rows, part: &Part, panel: *mut f32) {
    let bytes = part.a.scheme.strip_bytes(rows.k).unwrap_or(0);
    let strip = |n: usize| part.a.w.add(n * bytes);
    let mut n = part.from;
    if rows.m == 1 {
        let quarter = (part.to - part.from) / 4;
        for i in 0..quarter {
            let at = [0, 1, 2, 3].map(|q| part.from + q * quarter + i);
            direct::<S, F, 1, 4>(s, rows, part, at, at.map(strip));
        }
        n += 4 * quarter;
    }
    for n in n..part.to {
        if rows.m <= MAX_DIRECT {
            match rows.m {
                1 => direct::<S, F, 1, 1>(s, rows, part, [n], [strip(n)]),
                2 => direct::<S, F, 2, 1>(s, rows, part, [n], [strip(n)]),
                3 => direct::<S, F, 3, 1>(s, rows, part, [n], [strip(n)]),
                _ => direct::<S, F, 4, 1>(s, rows, part, [n], [strip(n)]),
            }
            continue;
        }
        unpack::<S, F>(s, strip(n), rows.k, panel);
        let mut m = 0;
        while m < rows.m {
            m += match (S::REGISTERS, rows.m - m) {
                (32.., 16..) => columns::<S, 16>(s, rows, part, n, panel, m),
                (32.., 8..) => columns::<S, 8>(s, rows, part, n, panel, m),
                (8.., 4..) => columns::<S, 4>(s, rows, part, n, panel, m),
                _ => columns::<S, 1>(s, rows, part, n, panel, m),
            };
        }
    }
}

/// All M rows of x with R strips.
#[inline(always)]
unsafe fn direct<S: Ints, F: Format, const M: usize, const R: usize>(
    s: S,
    rows: &Rows,
    part: &Part,
    n: [usize; R],
    strips: [*const u8; R],
) {
    let mut acc = [[s.zero(); R]; M];
    for b in 0..rows.k.div_ceil(BLOCK) {
        let x = rows.x.add(b * BLOCK);
        // The last tile may hold more than there is.
        let mut part = [[0f32; BLOCK]; M];
        let count = rows.k - b * BLOCK;
        let (x, stride) = if count >= BLOCK {
            (x, rows.x_stride)
        } else {
            for m in 0..M {
                std::ptr::copy_nonoverlapping(x.add(m * rows.x_stride), part[m].as_mut_ptr(), count);
            }
            (part.as_ptr() as *const f32, BLOCK)
        };
        for r in 0..R {
            let tile = Tile::new::<F>(s, strips[r], b);
            for line in 0..F::TILE.div_ceil(64) {
                s.prefetch(tile.codes.wrapping_add(AHEAD_BYTES + 64 * line));
            }
            for g in 0..GROUPS {
                let w = tile.weights::<F>(s, g);
                for i in 0..4 {
                    for m in 0..M {
                        let x = s.splat(*x.add(m * stride + 4 * g + i));
                        acc[m][r] = s.fma(w[i], x, acc[m][r]);
                    }
                }
            }
        }
    }
    for m in 0..M {
        for r in 0..R {
            write(s, part, n[r], m, acc[m][r]);
        }
    }
}

/// M rows of x from row m on with the weights of one strip; returns M.
#[inline(always)]
unsafe fn columns<S: Ints, const M: usize>(
    s: S,
    rows: &Rows,
    part: &Part,
    n: usize,
    panel: *const f32,
    m: usize,
) -> usize {
    let mut acc = [s.zero(); M];
    let x = rows.x.add(m * rows.x_stride);
    for k in 0..rows.k {
        let w = s.load(panel.add(k * STRIP));
        for i in 0..M {
            acc[i] = s.fma(w, s.splat(*x.add(i * rows.x_stride + k)), acc[i]);
        }
    }
    for i in 0..M {
        write(s, part, n, m + i, acc[i]);
    }
    M
}

/// The weights of a strip as panel[k][row].
#[inline(always)]
pub(super) unsafe fn unpack<S: Ints, F: Format>(s: S, strip: *const u8, k: usize, panel: *mut f32) {
    for b in 0..k.div_ceil(BLOCK) {
        let tile = Tile::new::<F>(s, strip, b);
        for g in 0..GROUPS {
            let w = tile.weights::<F>(s, g);
            for i in 0..4 {
                s.store(panel.add((b * BLOCK + 4 * g + i) * STRIP), w[i]);
            }
        }
    }
}

/// One tile: what stands before its codes, and where they are.
struct Tile<S: Ints> {
    scale: [S::V; 2],
    /// What is added to scale * code.
    base: S::V,
    codes: *const u8,
}

impl<S: Ints> Tile<S> {
    #[inline(always)]
    unsafe fn new<F: Format>(s: S, strip: *const u8, b: usize) -> Tile<S> {
        let (Head { scale, low }, codes) = F::tile(s, strip, b);
        // Exact: what four-bit codes are stored plus is a power of two.
        let base = if F::HAS_LOW {
            low
        } else {
            s.sub(s.zero(), s.mul(scale[0], s.splat(F::ZERO4 as f32)))
        };
        Tile { scale, base, codes }
    }

    /// Four k of the tile, with one rounding each.
    #[inline(always)]
    unsafe fn weights<F: Format>(&self, s: S, g: usize) -> [S::V; 4] {
        let half = g / (GROUPS / 2);
        let codes = if F::FOUR_BITS {
            let bytes = s.load_nibbles(self.codes.add(g % (GROUPS / 2) * 64))[half];
            [s.byte::<0>(bytes), s.byte::<1>(bytes), s.byte::<2>(bytes), s.byte::<3>(bytes)]
        } else {
            let bytes = s.load_raw(self.codes.add(g * 64));
            [s.signed::<0>(bytes), s.signed::<1>(bytes), s.signed::<2>(bytes), s.signed::<3>(bytes)]
        };
        let mut w = codes;
        for i in 0..4 {
            w[i] = if F::FOUR_BITS || F::HAS_LOW {
                s.fma(self.scale[0], codes[i], self.base)
            } else {
                s.mul(self.scale[half], codes[i])
            };
        }
        w
    }
}
