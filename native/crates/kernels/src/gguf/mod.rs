//! Block types of GGUF files: packed bytes in, floats out. Each file decodes one family, a block at a time, in scalar
//! code with the operations in the order of the format's definition, so that the f32 results are exact.

mod bits;
mod fp4;
mod iq1;
mod iq2;
mod iq3;
mod iq4;
mod iq_grids;
mod k_blocks;
mod plain;
mod q_blocks;
mod ternary;

use crate::rows::for_rows;
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{Cx, Float, Ptr};

/// How one type packs its values.
#[derive(Debug)]
pub struct BlockType {
    /// The number that a GGUF file has for it.
    pub id: u32,
    pub name: &'static str,
    /// Values in a block.
    pub values: usize,
    /// Bytes of a block.
    pub bytes: usize,
    decode: fn(&[u8], &mut [f32]),
}

/// Most values of a block.
const MOST: usize = 256;

const fn block(
    id: u32,
    name: &'static str,
    values: usize,
    bytes: usize,
    decode: fn(&[u8], &mut [f32]),
) -> BlockType {
    BlockType { id, name, values, bytes, decode }
}

/// Every type that can be decoded.
pub static TYPES: [BlockType; 26] = [
    block(0, "F32", 1, 4, plain::f32),
    block(1, "F16", 1, 2, plain::f16),
    block(2, "Q4_0", 32, 18, q_blocks::q4_0),
    block(3, "Q4_1", 32, 20, q_blocks::q4_1),
    block(6, "Q5_0", 32, 22, q_blocks::q5_0),
    block(7, "Q5_1", 32, 24, q_blocks::q5_1),
    block(8, "Q8_0", 32, 34, q_blocks::q8_0),
    block(10, "Q2_K", 256, 84, k_blocks::q2_k),
    block(11, "Q3_K", 256, 110, k_blocks::q3_k),
    block(12, "Q4_K", 256, 144, k_blocks::q4_k),
    block(13, "Q5_K", 256, 176, k_blocks::q5_k),
    block(14, "Q6_K", 256, 210, k_blocks::q6_k),
    block(16, "IQ2_XXS", 256, 66, iq2::iq2_xxs),
    block(17, "IQ2_XS", 256, 74, iq2::iq2_xs),
    block(18, "IQ3_XXS", 256, 98, iq3::iq3_xxs),
    block(19, "IQ1_S", 256, 50, iq1::iq1_s),
    block(20, "IQ4_NL", 32, 18, iq4::iq4_nl),
    block(21, "IQ3_S", 256, 110, iq3::iq3_s),
    block(22, "IQ2_S", 256, 82, iq2::iq2_s),
    block(23, "IQ4_XS", 256, 136, iq4::iq4_xs),
    block(29, "IQ1_M", 256, 56, iq1::iq1_m),
    block(30, "BF16", 1, 2, plain::bf16),
    block(34, "TQ1_0", 256, 54, ternary::tq1_0),
    block(35, "TQ2_0", 256, 66, ternary::tq2_0),
    block(39, "MXFP4", 32, 17, fp4::mxfp4),
    block(40, "NVFP4", 64, 36, fp4::nvfp4),
];

/// The type with that number in a file.
pub fn block_type(id: u32) -> Option<&'static BlockType> {
    TYPES.iter().find(|kind| kind.id == id)
}

/// Decodes `blocks` blocks into values of `float`, blocks in parallel.
///
/// # Safety
/// `packed` is readable for the blocks, `out` writable for their values; they do not overlap.
pub unsafe fn dequantize(
    cx: &Cx,
    kind: &BlockType,
    packed: *const u8,
    blocks: usize,
    out: *mut u8,
    float: Float,
) {
    let (from, to) = (Ptr(packed as *mut u8), Ptr(out));
    for_rows(cx, blocks, kind.values, &|first, count| {
        let packed = from.get().add(first * kind.bytes);
        let packed = std::slice::from_raw_parts(packed, count * kind.bytes);
        let out = to.get().add(first * kind.values * float.size());
        match float {
            Float::F32 => decode::<F32>(kind, packed, out as *mut f32),
            Float::Bf16 => decode::<Bf16>(kind, packed, out as *mut u16),
            Float::F16 => decode::<F16>(kind, packed, out as *mut u16),
        }
    });
}

unsafe fn decode<W: Stored>(kind: &BlockType, packed: &[u8], out: *mut W::Raw) {
    let mut values = [0f32; MOST];
    let values = &mut values[..kind.values];
    for (i, block) in packed.chunks_exact(kind.bytes).enumerate() {
        (kind.decode)(block, values);
        let out = out.add(i * kind.values);
        for (j, value) in values.iter().enumerate() {
            W::write(out.add(j), *value);
        }
    }
}

#[cfg(test)]
#[path = "gguf_test.rs"]
mod test;
