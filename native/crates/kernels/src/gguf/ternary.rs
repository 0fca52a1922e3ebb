//! TQ1_0 and TQ2_0: 256 values of -1, 0 and 1 under one f16 scale, five to a byte in base 3 or four in base 4.

use super::bits::f16_at;

const POWERS: [u8; 5] = [1, 3, 9, 27, 81];

pub fn tq1_0(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 52);
    let mut at = 0;
    for (bytes, digits) in [(&block[..32], 5), (&block[32..48], 5), (&block[48..52], 4)] {
        for power in &POWERS[..digits] {
            for q in bytes {
                // A byte is the fraction of the number; the digit wanted comes to the front.
                let digit = (u16::from(q.wrapping_mul(*power)) * 3) >> 8;
                out[at] = d * (i32::from(digit) - 1) as f32;
                at += 1;
            }
        }
    }
}

pub fn tq2_0(block: &[u8], out: &mut [f32]) {
    let d = f16_at(block, 64);
    for (group, y) in out.chunks_exact_mut(32).enumerate() {
        let (from, shift) = (group / 4 * 32, group % 4 * 2);
        for (y, q) in y.iter_mut().zip(&block[from..from + 32]) {
            *y = d * (i32::from((q >> shift) & 3) - 1) as f32;
        }
    }
}
