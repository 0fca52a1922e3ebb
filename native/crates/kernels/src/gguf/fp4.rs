//! MXFP4 and NVFP4: floats of four bits (E2M1, here doubled to integers) under scales of eight bits that are halved.

const DOUBLED: [f32; 16] = [
    0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 0.0, -1.0, -2.0, -3.0, -4.0, -6.0, -8.0, -12.0,
];

/// Half of 2^(e - 127); the two smallest are subnormal.
#[inline(always)]
fn half_power(e: u8) -> f32 {
    f32::from_bits(if e < 2 {
        0x0020_0000 << e
    } else {
        (u32::from(e) - 1) << 23
    })
}

/// Half of a number with four bits of exponent and three of fraction; the sign bit is not read.
#[inline(always)]
fn half_e4m3(x: u8) -> f32 {
    if x == 0x7f {
        return 0.0;
    }
    let (exponent, fraction) = (i32::from((x >> 3) & 15), f32::from(x & 7));
    let whole = if exponent == 0 {
        fraction / 512.0
    } else {
        (1.0 + fraction / 8.0) * f32::from_bits(((exponent + 120) as u32) << 23)
    };
    whole * 0.5
}

/// Low nibbles first, then high ones.
#[inline(always)]
fn scaled(scale: f32, qs: &[u8], out: &mut [f32]) {
    for (i, q) in qs.iter().enumerate() {
        out[i] = scale * DOUBLED[usize::from(q & 15)];
        out[i + qs.len()] = scale * DOUBLED[usize::from(q >> 4)];
    }
}

pub fn mxfp4(block: &[u8], out: &mut [f32]) {
    scaled(half_power(block[0]), &block[1..17], out);
}

pub fn nvfp4(block: &[u8], out: &mut [f32]) {
    for (sub, y) in out.chunks_exact_mut(16).enumerate() {
        scaled(half_e4m3(block[sub]), &block[4 + 8 * sub..12 + 8 * sub], y);
    }
}
