use super::*;
use crate::simd::{f32_to_bf16, f32_to_f16};
use crate::{Level, Serial};

fn decoded(id: u32, packed: &[u8]) -> Vec<f32> {
    let kind = block_type(id).unwrap();
    let blocks = packed.len() / kind.bytes;
    let mut out = vec![f32::NAN; blocks * kind.values];
    let cx = Cx { level: Level::Scalar, pool: &Serial };
    let to = out.as_mut_ptr() as *mut u8;
    unsafe { dequantize(&cx, kind, packed.as_ptr(), blocks, to, Float::F32) };
    out
}

/// Bytes of a small generator, the same on every run.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 7u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(step).collect()
}

const ONE: [u8; 2] = [0x00, 0x3c];
const HALF: [u8; 2] = [0x00, 0x38];

#[test]
fn nibbles_have_their_places() {
    let codes: Vec<u8> = (0..16).map(|i| i | ((15 - i) << 4)).collect();
    let y = decoded(2, &[&ONE[..], &codes].concat());
    for i in 0..16 {
        assert_eq!(y[i], i as f32 - 8.0);
        assert_eq!(y[i + 16], 7.0 - i as f32);
    }
    let y = decoded(3, &[&HALF[..], &ONE, &codes].concat());
    assert_eq!((y[0], y[3], y[16]), (1.0, 2.5, 8.5));
}

#[test]
fn fifth_bits_belong_to_their_value() {
    let high = (1u32 << 2 | 1 << 31).to_le_bytes();
    let y = decoded(6, &[&ONE[..], &high, &[0; 16]].concat());
    for (i, y) in y.iter().enumerate() {
        assert_eq!(*y, if i == 2 || i == 31 { 0.0 } else { -16.0 });
    }
    let y = decoded(7, &[&ONE[..], &ONE, &high, &[0; 16]].concat());
    assert_eq!((y[1], y[2], y[31]), (1.0, 17.0, 17.0));
}

#[test]
fn bytes_are_signed_and_floats_are_themselves() {
    let y = decoded(8, &[&HALF[..], &[0x80, 0x7f, 0xff], &[0; 29]].concat());
    assert_eq!(y[..4], [-64.0, 63.5, -0.5, 0.0]);
    assert_eq!(decoded(0, &1.25f32.to_le_bytes()), [1.25]);
    assert_eq!(decoded(1, &HALF), [0.5]);
    assert_eq!(decoded(30, &[0x80, 0x3f, 0x00, 0xc0]), [1.0, -2.0]);
}

#[test]
fn scales_of_six_bits_are_put_together() {
    // Sub-block 5: the low four bits of scale 37 (100101) and minimum 18 (010010), the upper two elsewhere.
    let mut block = [&ONE[..], &HALF, &[0; 140]].concat();
    block[4 + 1] = 0b10 << 6;
    block[4 + 5] = 0b01 << 6;
    block[4 + 9] = 0b0101 | 0b0010 << 4;
    block[16 + 2 * 32] = 0x30;
    let y = decoded(12, &block);
    assert_eq!((y[5 * 32], y[5 * 32 + 1]), (37.0 * 3.0 - 9.0, -9.0));
    assert_eq!(y[0], 0.0);
}

#[test]
fn powers_of_two_reach_the_subnormal_ones() {
    for (e, want) in [(0u8, 2f32.powi(-128)), (1, 2f32.powi(-127)), (128, 1.0), (255, 2f32.powi(127))] {
        let y = decoded(39, &[&[e, 0x21][..], &[0; 15]].concat());
        assert_eq!((y[0], y[16]), (want, 2.0 * want));
    }
}

#[test]
fn every_type_decodes_any_bytes_the_same_in_pieces_and_in_every_float() {
    for kind in &TYPES {
        assert!(kind.values <= MOST && !kind.name.is_empty());
        assert_eq!(TYPES.iter().filter(|other| other.id == kind.id).count(), 1);
        let packed = noise(9 * kind.bytes);
        let y = decoded(kind.id, &packed);
        for (i, block) in packed.chunks_exact(kind.bytes).enumerate() {
            let one = decoded(kind.id, block);
            for (j, value) in one.iter().enumerate() {
                assert_eq!(value.to_bits(), y[i * kind.values + j].to_bits(), "{}", kind.name);
            }
        }
        let cx = Cx { level: Level::detect(), pool: &Serial };
        let mut half = vec![0u16; y.len()];
        let to = half.as_mut_ptr() as *mut u8;
        unsafe { dequantize(&cx, kind, packed.as_ptr(), 9, to, Float::Bf16) };
        assert!(half.iter().zip(&y).all(|(h, y)| *h == f32_to_bf16(*y)), "{}", kind.name);
        unsafe { dequantize(&cx, kind, packed.as_ptr(), 9, to, Float::F16) };
        assert!(half.iter().zip(&y).all(|(h, y)| *h == f32_to_f16(*y)), "{}", kind.name);
    }
}

#[test]
fn removed_and_unknown_numbers_have_no_type() {
    for id in [4, 5, 9, 15, 31, 32, 33, 36, 38, 1000, u32::MAX] {
        assert!(block_type(id).is_none(), "{id}");
    }
}
