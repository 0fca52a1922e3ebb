//! Little-endian fields of a block, at fixed places of arrays whose length the caller checked.

use crate::simd::f16_to_f32;

#[inline(always)]
pub fn u16_at(block: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([block[at], block[at + 1]])
}

#[inline(always)]
pub fn u32_at(block: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

#[inline(always)]
pub fn f16_at(block: &[u8], at: usize) -> f32 {
    f16_to_f32(u16_at(block, at))
}

/// Four bits of a list of nibbles, the low one of a byte first.
#[inline(always)]
pub fn nibble(bytes: &[u8], index: usize) -> u8 {
    (bytes[index / 2] >> (4 * (index % 2))) & 0x0f
}

/// `x` or `-x` by one bit of a mask.
#[inline(always)]
pub fn signed(x: f32, mask: u8, bit: usize) -> f32 {
    if (mask >> bit) & 1 == 0 {
        x
    } else {
        -x
    }
}

/// Seven stored signs and the eighth, which makes their number even.
#[inline(always)]
pub fn even_signs(index: u32) -> u8 {
    let seven = (index & 0x7f) as u8;
    seven | ((seven.count_ones() as u8 & 1) << 7)
}
