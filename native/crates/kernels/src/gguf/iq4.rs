//! IQ4_NL and IQ4_XS: indices into sixteen unevenly spaced values.

use super::bits::{f16_at, nibble, u16_at};

const IQ4: [i8; 16] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
];

/// IQ4_NL: 32 indices into sixteen unevenly spaced values, under one f16 scale.
pub fn iq4_nl(block: &[u8], out: &mut [f32]) {
    unevenly(f16_at(block, 0), &block[2..18], out);
}

/// IQ4_XS: eight times 32 such indices, each under a scale of six bits.
pub fn iq4_xs(block: &[u8], out: &mut [f32]) {
    let (d, high) = (f16_at(block, 0), u16_at(block, 2));
    let (low, qs) = (&block[4..8], &block[8..136]);
    for (sub, y) in out.chunks_exact_mut(32).enumerate() {
        let top = ((high >> (2 * sub)) & 3) as u8;
        let scale = d * (i32::from(nibble(low, sub) | (top << 4)) - 32) as f32;
        unevenly(scale, &qs[sub * 16..sub * 16 + 16], y);
    }
}

#[inline(always)]
fn unevenly(scale: f32, qs: &[u8], out: &mut [f32]) {
    for (i, q) in qs.iter().enumerate() {
        out[i] = scale * f32::from(IQ4[usize::from(q & 15)]);
        out[i + 16] = scale * f32::from(IQ4[usize::from(q >> 4)]);
    }
}
