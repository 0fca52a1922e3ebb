//! 16 x 16 values of four bytes, rows to columns, in AVX-512 registers.

use core::arch::x86_64::*;

/// Vector i of the result holds element i of every given vector.
///
/// # Safety
/// The machine has AVX-512F.
#[inline]
#[target_feature(enable = "avx512f")]
pub unsafe fn transpose(r: [__m512i; 16]) -> [__m512i; 16] {
    let mut pairs = r;
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    // Lane L (of 128 bits) of fours[4 i + j] holds column 4 L + j of the rows 4 i to 4 i + 3.
    let mut fours = pairs;
    for i in (0..16).step_by(4) {
        fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
        fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
        fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    let mut out = fours;
    for j in 0..4 {
        // Lanes 0 and 2, lanes 1 and 3 of two vectors each.
        let even = _mm512_shuffle_i32x4::<0x88>(fours[j], fours[4 + j]);
        let odd = _mm512_shuffle_i32x4::<0xdd>(fours[j], fours[4 + j]);
        let even_high = _mm512_shuffle_i32x4::<0x88>(fours[8 + j], fours[12 + j]);
        let odd_high = _mm512_shuffle_i32x4::<0xdd>(fours[8 + j], fours[12 + j]);
        out[j] = _mm512_shuffle_i32x4::<0x88>(even, even_high);
        out[4 + j] = _mm512_shuffle_i32x4::<0x88>(odd, odd_high);
        out[8 + j] = _mm512_shuffle_i32x4::<0xdd>(even, even_high);
        out[12 + j] = _mm512_shuffle_i32x4::<0xdd>(odd, odd_high);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn rows_become_columns() {
        if Level::detect() < Level::Avx512 {
            return;
        }
        let values: Vec<i32> = (0..256).collect();
        let mut out = vec![0i32; 256];
        unsafe { through(&values, &mut out) };
        for (i, v) in out.iter().enumerate() {
            assert_eq!(*v as usize, i % 16 * 16 + i / 16);
        }
    }

    #[target_feature(enable = "avx512f")]
    unsafe fn through(values: &[i32], out: &mut [i32]) {
        let mut rows = [_mm512_setzero_si512(); 16];
        for (row, from) in rows.iter_mut().zip(values.chunks(16)) {
            *row = _mm512_loadu_si512(from.as_ptr() as *const __m512i);
        }
        for (row, to) in transpose(rows).iter().zip(out.chunks_mut(16)) {
            _mm512_storeu_si512(to.as_mut_ptr() as *mut __m512i, *row);
        }
    }
}
