//! Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: 32 values under one f16 scale (and one f16 minimum). The low nibbles are the first
//! sixteen values, the high nibbles the others; fifth bits are a mask of 32.

use super::bits::{f16_at, u32_at};

pub fn q4_0(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    for (i, q) in block[2..18].iter().enumerate() {
        out[i] = d * (i32::from(q & 15) - 8) as f32;
        out[i + 16] = d * (i32::from(q >> 4) - 8) as f32;
    }
}

pub fn q4_1(block: &[u8], out: &mut [f32]) {
    let (d, m) = (f16_at(block, 0), f16_at(block, 2));
    for (i, q) in block[4..20].iter().enumerate() {
        out[i] = d * f32::from(q & 15) + m;
        out[i + 16] = d * f32::from(q >> 4) + m;
    }
}

/// The two five-bit values of byte `i`.
#[inline(always)]
fn fives(low: u8, high: u32, i: usize) -> (u8, u8) {
    let bit = |at: usize| ((high >> at) & 1) as u8;
    ((low & 15) | (bit(i) << 4), (low >> 4) | (bit(i + 16) << 4))
}

pub fn q5_0(block: &[u8], out: &mut [f32]) {
    let (d, high) = (f16_at(block, 0), u32_at(block, 2));
    for (i, low) in block[6..22].iter().enumerate() {
        let (a, b) = fives(*low, high, i);
        out[i] = d * (i32::from(a) - 16) as f32;
        out[i + 16] = d * (i32::from(b) - 16) as f32;
    }
}

pub fn q5_1(block: &[u8], out: &mut [f32]) {
    let (d, m, high) = (f16_at(block, 0), f16_at(block, 2), u32_at(block, 4));
    for (i, low) in block[8..24].iter().enumerate() {
        let (a, b) = fives(*low, high, i);
        out[i] = d * f32::from(a) + m;
        out[i + 16] = d * f32::from(b) + m;
    }
}

pub fn q8_0(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 0);
    for (y, q) in out.iter_mut().zip(&block[2..34]) {
        *y = f32::from(*q as i8) * d;
    }
}
