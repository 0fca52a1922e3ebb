//! Q2_K to Q6_K: 256 values in sub-blocks of 16 or 32, whose scales (and minima) are small integers under f16 ones.

use super::bits::f16_at;

pub fn q2_k(block: &[u8], out: &mut [f32]) {
    let (scales, qs) = (&block[..16], &block[16..80]);
    let (d, dmin) = (f16_at(block, 80), f16_at(block, 82));
    for (sub, y) in out.chunks_exact_mut(16).enumerate() {
        let scale = d * f32::from(scales[sub] & 15);
        let min = dmin * f32::from(scales[sub] >> 4);
        // 32 bytes hold 128 values, two bits of each 32 in turn.
        let (from, shift) = (sub / 8 * 32 + sub % 2 * 16, sub % 8 / 2 * 2);
        for (y, q) in y.iter_mut().zip(&qs[from..from + 16]) {
            *y = scale * f32::from((q >> shift) & 3) - min;
        }
    }
}

pub fn q3_k(block: &[u8], out: &mut [f32]) {
    let (high, qs, packed) = (&block[..32], &block[32..96], &block[96..108]);
    let d = f16_at(block, 108);
    for (sub, y) in out.chunks_exact_mut(16).enumerate() {
        // Six bits: four in eight bytes of two, the upper two in four bytes of four.
        let low = (packed[sub % 8] >> (sub / 8 * 4)) & 15;
        let top = (packed[8 + sub % 4] >> (sub / 4 * 2)) & 3;
        let scale = d * (i32::from(low | (top << 4)) - 32) as f32;
        let (half, shift, bit) = (sub % 2 * 16, sub % 8 / 2 * 2, sub / 2);
        let from = sub / 8 * 32 + half;
        for (i, y) in y.iter_mut().enumerate() {
            let q = i32::from((qs[from + i] >> shift) & 3);
            // A set bit means no offset.
            let offset = if (high[half + i] >> bit) & 1 == 0 { 4 } else { 0 };
            *y = scale * (q - offset) as f32;
        }
    }
}

/// Scale and minimum of sub-block `sub` of eight, six bits each, in twelve bytes.
#[inline(always)]
fn scale_and_min(packed: &[u8], sub: usize) -> (f32, f32) {
    let (scale, min) = if sub < 4 {
        (packed[sub] & 63, packed[sub + 4] & 63)
    } else {
        let both = packed[sub + 4];
        (
            (both & 15) | ((packed[sub - 4] >> 6) << 4),
            (both >> 4) | ((packed[sub] >> 6) << 4),
        )
    };
    (f32::from(scale), f32::from(min))
}

pub fn q4_k(block: &[u8], out: &mut [f32]) {
    let (d, dmin) = (f16_at(block, 0), f16_at(block, 2));
    let (packed, qs) = (&block[4..16], &block[16..144]);
    for (sub, y) in out.chunks_exact_mut(32).enumerate() {
        let (scale, min) = scale_and_min(packed, sub);
        let (scale, min) = (d * scale, dmin * min);
        let from = sub / 2 * 32;
        for (y, q) in y.iter_mut().zip(&qs[from..from + 32]) {
            *y = scale * f32::from((q >> (sub % 2 * 4)) & 15) - min;
        }
    }
}

pub fn q5_k(block: &[u8], out: &mut [f32]) {
    let (d, dmin) = (f16_at(block, 0), f16_at(block, 2));
    let (packed, high, qs) = (&block[4..16], &block[16..48], &block[48..176]);
    for (sub, y) in out.chunks_exact_mut(32).enumerate() {
        let (scale, min) = scale_and_min(packed, sub);
        let (scale, min) = (d * scale, dmin * min);
        let from = sub / 2 * 32;
        for (i, y) in y.iter_mut().enumerate() {
            let low = (qs[from + i] >> (sub % 2 * 4)) & 15;
            let q = low | (((high[i] >> sub) & 1) << 4);
            *y = scale * f32::from(q) - min;
        }
    }
}

pub fn q6_k(block: &[u8], out: &mut [f32]) {
    let (low, high, scales) = (&block[..128], &block[128..192], &block[192..208]);
    let d = f16_at(block, 208);
    for (sub, y) in out.chunks_exact_mut(16).enumerate() {
        let scale = d * f32::from(scales[sub] as i8);
        // Halves of 128 values: 64 bytes of nibbles, then 32 bytes with two bits for each 32 values.
        let (half, group, first) = (sub / 8, sub % 8 / 2, sub % 2 * 16);
        for (i, y) in y.iter_mut().enumerate() {
            let at = first + i;
            let four = (low[half * 64 + group % 2 * 32 + at] >> (group / 2 * 4)) & 15;
            let two = (high[half * 32 + at] >> (group * 2)) & 3;
            *y = scale * (i32::from(four | (two << 4)) - 32) as f32;
        }
    }
}
