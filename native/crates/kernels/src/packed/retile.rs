//! Blocks of GGUF files to the tiles that kernels read. Nothing is lost: scales and codes are copied.

use super::format::{Scheme, SUPER};
use super::quantize::{put4, put8};
use super::{BLOCK, STRIP};
use crate::Cx;

/// The types of GGUF that tiles hold, by ggml's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q4K = 12,
    Q5K = 13,
    Q6K = 14,
}

impl Blocks {
    pub const ALL: [Blocks; 8] = [
        Blocks::Q4_0,
        Blocks::Q4_1,
        Blocks::Q5_0,
        Blocks::Q5_1,
        Blocks::Q8_0,
        Blocks::Q4K,
        Blocks::Q5K,
        Blocks::Q6K,
    ];

    /// The type with ggml's number, if tiles hold it.
    pub fn from_number(number: u32) -> Option<Blocks> {
        Blocks::ALL.into_iter().find(|b| *b as u32 == number)
    }

    /// Values and bytes of a block.
    pub fn sizes(self) -> (usize, usize) {
        match self {
            Blocks::Q4_0 => (32, 18),
            Blocks::Q4_1 => (32, 20),
            Blocks::Q5_0 => (32, 22),
            Blocks::Q5_1 => (32, 24),
            Blocks::Q8_0 => (32, 34),
            Blocks::Q4K => (256, 144),
            Blocks::Q5K => (256, 176),
            Blocks::Q6K => (256, 210),
        }
    }

    /// The scheme that holds it.
    pub fn scheme(self) -> Scheme {
        match self {
            Blocks::Q4_0 => Scheme::Q4,
            Blocks::Q4_1 => Scheme::Q4Low,
            Blocks::Q5_0 | Blocks::Q8_0 => Scheme::Q8,
            Blocks::Q5_1 => Scheme::Q8Low,
            Blocks::Q4K => Scheme::Q4Super,
            Blocks::Q5K => Scheme::Q8Super,
            Blocks::Q6K => Scheme::Q8Halves,
        }
    }

    /// Bytes of blocks for weights [n, k]; None when a row is no whole number of blocks, or there are too many.
    pub fn bytes(self, n: usize, k: usize) -> Option<usize> {
        let (values, bytes) = self.sizes();
        if !k.is_multiple_of(values) {
            return None;
        }
        n.checked_mul((k / values).checked_mul(bytes)?)
    }
}

/// The operands: whole rows of blocks, `Blocks::bytes(n, k)` and `Scheme::bytes(n, k)` bytes.
#[derive(Clone, Copy)]
pub struct Retile {
    pub blocks: *const u8,
    pub kind: Blocks,
    pub n: usize,
    pub k: usize,
    pub out: *mut u8,
}

// Chunks write disjoint strips; everything else is read only.
unsafe impl Sync for Retile {}

/// Writes the tiles.
///
/// # Safety
/// All pointers must be valid for the sizes given.
pub unsafe fn retile(cx: &Cx, a: &Retile) {
    let Some(bytes) = a.kind.scheme().strip_bytes(a.k) else { return };
    let (values, block_bytes) = a.kind.sizes();
    let row_bytes = a.k / values * block_bytes;
    cx.pool.run(a.n.div_ceil(STRIP), &|n| {
        let strip = a.out.add(n * bytes);
        std::ptr::write_bytes(strip, 0, bytes);
        for row in 0..STRIP.min(a.n - n * STRIP) {
            let blocks = a.blocks.add((n * STRIP + row) * row_bytes);
            for b in 0..a.k / values {
                let block = std::slice::from_raw_parts(blocks.add(b * block_bytes), block_bytes);
                put_block(a.kind, block, strip, b, row);
            }
        }
    });
}

unsafe fn put_block(kind: Blocks, block: &[u8], strip: *mut u8, b: usize, row: usize) {
    let (tile_bytes, prefix_bytes) = kind.scheme().sizes();
    let head = tile_bytes - if is_four(kind) { STRIP * BLOCK / 2 } else { STRIP * BLOCK };
    if prefix_bytes == 0 {
        let tile = strip.add(b * tile_bytes);
        let codes = tile.add(head);
        put16(tile, row, &block[0..2]);
        match kind {
            Blocks::Q4_0 => nibbles(&block[2..18], |i, q| put4(codes, row, i, q)),
            Blocks::Q4_1 => {
                put16(tile.add(2 * STRIP), row, &block[2..4]);
                nibbles(&block[4..20], |i, q| put4(codes, row, i, q))
            }
            Blocks::Q5_0 => {
                let high = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
                nibbles(&block[6..22], |i, q| {
                    put8(codes, row, i, (q as u32 | ((high >> i) & 1) << 4) as i32 - 16)
                })
            }
            Blocks::Q5_1 => {
                put16(tile.add(2 * STRIP), row, &block[2..4]);
                let high = u32::from_le_bytes([block[4], block[5], block[6], block[7]]);
                nibbles(&block[8..24], |i, q| {
                    put8(codes, row, i, (q as u32 | ((high >> i) & 1) << 4) as i32)
                })
            }
            _ => block[2..34]
                .iter()
                .enumerate()
                .for_each(|(i, q)| put8(codes, row, i, *q as i8 as i32)),
        }
        return;
    }
    let prefix = strip.add(b * (SUPER * tile_bytes + prefix_bytes));
    let tile = |i: usize| prefix.add(prefix_bytes + i * tile_bytes);
    if kind == Blocks::Q6K {
        put16(prefix, row, &block[208..210]);
        for i in 0..SUPER {
            *tile(i).add(row) = block[192 + 2 * i];
            *tile(i).add(STRIP + row) = block[192 + 2 * i + 1];
            for k in 0..BLOCK {
                put8(tile(i).add(head), row, k, six(block, i * BLOCK + k));
            }
        }
        return;
    }
    put16(prefix, row, &block[0..2]);
    put16(prefix.add(2 * STRIP), row, &block[2..4]);
    for i in 0..SUPER {
        let (scale, low) = six_bits(&block[4..16], i);
        *tile(i).add(row) = scale;
        *tile(i).add(STRIP + row) = low;
        let codes = tile(i).add(head);
        for k in 0..BLOCK {
            let at = i / 2 * BLOCK + k;
            let nibble = |q: u8| if i % 2 == 0 { q & 15 } else { q >> 4 };
            if kind == Blocks::Q4K {
                put4(codes, row, k, nibble(block[16 + at]));
            } else {
                let high = (block[16 + k] >> i) & 1;
                put8(codes, row, k, (nibble(block[48 + at]) | high << 4) as i32);
            }
        }
    }
}

fn is_four(kind: Blocks) -> bool {
    matches!(kind, Blocks::Q4_0 | Blocks::Q4_1 | Blocks::Q4K)
}

unsafe fn put16(to: *mut u8, row: usize, bytes: &[u8]) {
    std::ptr::copy_nonoverlapping(bytes.as_ptr(), to.add(2 * row), 2);
}

/// Sixteen bytes: low halves are values 0..16, high halves 16..32.
#[inline(always)]
fn nibbles(bytes: &[u8], mut put: impl FnMut(usize, u8)) {
    for (i, q) in bytes.iter().enumerate() {
        put(i, q & 15);
        put(i + 16, q >> 4);
    }
}

/// Six-bit scale and low number `i` of the twelve bytes that hold eight of each.
fn six_bits(bytes: &[u8], i: usize) -> (u8, u8) {
    if i < 4 {
        return (bytes[i] & 63, bytes[i + 4] & 63);
    }
    let scale = (bytes[i + 4] & 15) | (bytes[i - 4] >> 6) << 4;
    let low = (bytes[i + 4] >> 4) | (bytes[i] >> 6) << 4;
    (scale, low)
}

/// Code `k` of a block of Q6_K: four bits in the first 128 bytes, two in the 64 behind them.
fn six(block: &[u8], k: usize) -> i32 {
    let (half, within) = (k / 128, k % 128);
    let (quarter, l) = (within / 32, within % 32);
    let low = block[64 * half + l + 32 * (quarter % 2)] >> (4 * (quarter / 2)) & 15;
    let high = block[128 + 32 * half + l] >> (2 * quarter) & 3;
    (low | high << 4) as i32 - 32
}
