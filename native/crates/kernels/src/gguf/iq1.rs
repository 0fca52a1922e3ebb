//! IQ1_S and IQ1_M: eight values at a time are a point of {-1, 0, 1}^8 moved by an eighth, under scales of three bits.

use super::bits::{f16_at, u16_at};
use super::iq_grids;
use crate::simd::f16_to_f32;

#[inline(always)]
fn point(scale: f32, index: usize, is_lower: bool, out: &mut [f32]) {
    let grid = iq_grids::IQ1[index];
    let delta = if is_lower { -0.125 } else { 0.125 };
    for (i, y) in out.iter_mut().enumerate() {
        let value = f32::from((grid >> (2 * i)) & 3) - 1.0;
        *y = scale * (value + delta);
    }
}

pub fn iq1_s(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    for (i, y) in out.chunks_exact_mut(8).enumerate() {
        let high = u16_at(block, 34 + i / 4 * 2);
        let scale = d * f32::from(2 * ((high >> 12) & 7) + 1);
        let top = usize::from((high >> (3 * (i % 4))) & 7);
        point(scale, usize::from(block[2 + i]) | (top << 8), high & 0x8000 != 0, y);
    }
}

pub fn iq1_m(block: &[u8], out: &mut [f32]) {
    // The f16 scale is spread over the upper four bits of the four words of scales.
    let word = |i: usize| u16_at(block, 48 + 2 * i);
    let bits = (0..4).fold(0, |bits, i| bits | ((word(i) >> 12) << (4 * i)));
    let d = f16_to_f32(bits);
    for (i, y) in out.chunks_exact_mut(8).enumerate() {
        let sub = i / 2;
        let scale = d * f32::from(2 * ((word(sub / 4) >> (3 * (sub % 4))) & 7) + 1);
        let high = block[32 + i / 2] >> (4 * (i % 2));
        let index = usize::from(block[i]) | (usize::from(high & 7) << 8);
        point(scale, index, high & 8 != 0, y);
    }
}
