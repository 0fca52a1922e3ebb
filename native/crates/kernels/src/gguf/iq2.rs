//! IQ2_XXS, IQ2_XS, IQ2_S: eight values at a time are a point of a lattice with signs, under scales of four bits.

use super::bits::{even_signs, f16_at, nibble, signed, u16_at, u32_at};
use super::iq_grids;

const VALUES: [f32; 4] = [8.0, 25.0, 43.0, 0.0];

#[inline(always)]
fn point(scale: f32, grid: u16, signs: u8, out: &mut [f32]) {
    for (i, y) in out.iter_mut().enumerate() {
        *y = signed(scale * VALUES[usize::from((grid >> (2 * i)) & 3)], signs, i);
    }
}

pub fn iq2_xxs(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    for (sub, y) in out.chunks_exact_mut(32).enumerate() {
        let at = 2 + 8 * sub;
        let rest = u32_at(block, at + 4);
        let scale = d * (0.5 + (rest >> 28) as f32) * 0.25;
        for (i, y) in y.chunks_exact_mut(8).enumerate() {
            let grid = iq_grids::IQ2_XXS[usize::from(block[at + i])];
            point(scale, grid, even_signs(rest >> (7 * i)), y);
        }
    }
}

pub fn iq2_xs(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    for (i, y) in out.chunks_exact_mut(8).enumerate() {
        let q = u16_at(block, 2 + 2 * i);
        let scale = d * (0.5 + f32::from(nibble(&block[66..74], i / 2))) * 0.25;
        let grid = iq_grids::IQ2_XS[usize::from(q & 511)];
        point(scale, grid, even_signs(u32::from(q >> 9)), y);
    }
}

pub fn iq2_s(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    let (low, signs) = (&block[2..34], &block[34..66]);
    let (high, scales) = (&block[66..74], &block[74..82]);
    for (i, y) in out.chunks_exact_mut(8).enumerate() {
        let top = usize::from((high[i / 4] >> (2 * (i % 4))) & 3);
        let scale = d * (0.5 + f32::from(nibble(scales, i / 2))) * 0.25;
        let grid = iq_grids::IQ2_S[usize::from(low[i]) | (top << 8)];
        point(scale, grid, signs[i], y);
    }
}
