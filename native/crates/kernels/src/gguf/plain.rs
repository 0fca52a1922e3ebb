//! F32, F16 and BF16: blocks of one value.

use super::bits::{f16_at, u16_at, u32_at};
use crate::simd::bf16_to_f32;

pub fn f32(block: &[u8], out: &mut [f32]) {
    out[0] = f32::from_bits(u32_at(block, 0));
}

pub fn f16(block: &[u8], out: &mut [f32]) {
    out[0] = f16_at(block, 0);
}

pub fn bf16(block: &[u8], out: &mut [f32]) {
    out[0] = bf16_to_f32(u16_at(block, 0));
}
