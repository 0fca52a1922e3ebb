//! IQ3_XXS and IQ3_S: four values at a time are a point of a lattice with signs, under scales of four bits.

use super::bits::{even_signs, f16_at, nibble, signed, u32_at};
use super::iq_grids;

const XXS: [f32; 8] = [4.0, 12.0, 20.0, 28.0, 36.0, 44.0, 52.0, 62.0];
const S: [f32; 8] = [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0];

/// Four values; their signs are the bits of `signs` from `first` on.
#[inline(always)]
fn point(values: &[f32; 8], scale: f32, grid: u16, signs: u8, first: usize, out: &mut [f32]) {
    for (i, y) in out.iter_mut().enumerate() {
        let value = values[usize::from((grid >> (4 * i)) & 7)];
        *y = signed(scale * value, signs, first + i);
    }
}

pub fn iq3_xxs(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    for (sub, y) in out.chunks_exact_mut(32).enumerate() {
        let rest = u32_at(block, 66 + 4 * sub);
        let scale = d * (0.5 + (rest >> 28) as f32) * 0.5;
        for (i, y) in y.chunks_exact_mut(4).enumerate() {
            let grid = iq_grids::IQ3_XXS[usize::from(block[2 + 8 * sub + i])];
            let signs = even_signs(rest >> (7 * (i / 2)));
            point(&XXS, scale, grid, signs, 4 * (i % 2), y);
        }
    }
}

pub fn iq3_s(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    let (low, high) = (&block[2..66], &block[66..74]);
    let (signs, scales) = (&block[74..106], &block[106..110]);
    for (i, y) in out.chunks_exact_mut(4).enumerate() {
        let top = usize::from((high[i / 8] >> (i % 8)) & 1);
        let scale = d * f32::from(1 + 2 * nibble(scales, i / 8));
        let grid = iq_grids::IQ3_S[usize::from(low[i]) | (top << 8)];
        point(&S, scale, grid, signs[i / 2], 4 * (i % 2), y);
    }
}
