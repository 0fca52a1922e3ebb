//! Integer lanes beside the f32 lanes of `Simd`: sums of products of codes and eight-bit activations. They are
//! exact, so all levels give the same.

// The safety of all methods is that of the trait, and valid pointers.
#![allow(clippy::missing_safety_doc)]
// Lanes are indices.
#![allow(clippy::needless_range_loop)]

use crate::simd::{Scalar, Simd, LANES};

/// Sixteen lanes of four bytes, and of one i32.
pub(super) trait Ints: Simd {
    type I: Copy;
    /// Sixty-four bytes: four of each lane.
    type W: Copy;
    /// `dot_bytes` multiplies the codes as they are; otherwise plus 128, which the start must take off.
    const SIGNED_BYTES: bool;

    unsafe fn start(self, x: i32) -> Self::I;
    /// Bytes as they lie in memory.
    unsafe fn load_raw(self, p: *const u8) -> Self::W;
    /// Eight-bit codes for `dot_bytes`, which may take them plus 128.
    unsafe fn load_bytes(self, p: *const u8) -> Self::W;
    /// Four-bit codes, the low ones and the high ones.
    unsafe fn load_nibbles(self, p: *const u8) -> [Self::W; 2];
    /// acc + four products of each lane with x[0..4]; see `SIGNED_BYTES`.
    unsafe fn dot_bytes(self, acc: Self::I, w: Self::W, x: *const i8) -> Self::I;
    /// acc + four products of each lane with x[0..4].
    unsafe fn dot_nibbles(self, acc: Self::I, w: Self::W, x: *const i8) -> Self::I;
    unsafe fn float(self, a: Self::I) -> Self::V;
    /// Byte `J` of each lane, unsigned.
    unsafe fn byte<const J: i32>(self, w: Self::W) -> Self::V;
    /// Byte `J` of each lane, signed.
    unsafe fn signed<const J: i32>(self, w: Self::W) -> Self::V;
    /// Stores integers from -128 to 127 as bytes and returns their sum.
    unsafe fn store_i8(self, p: *mut i8, v: Self::V) -> i32;
    /// Sixteen bytes.
    unsafe fn load_u8(self, p: *const u8) -> Self::V;
    unsafe fn load_i8(self, p: *const u8) -> Self::V;
}

impl Ints for Scalar {
    type I = [i32; LANES];
    type W = [u8; 4 * LANES];
    const SIGNED_BYTES: bool = true;
    #[inline(always)]
    unsafe fn start(self, x: i32) -> Self::I {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load_raw(self, p: *const u8) -> Self::W {
        (p as *const Self::W).read_unaligned()
    }
    #[inline(always)]
    unsafe fn load_bytes(self, p: *const u8) -> Self::W {
        self.load_raw(p)
    }
    #[inline(always)]
    unsafe fn load_nibbles(self, p: *const u8) -> [Self::W; 2] {
        let raw = self.load_raw(p);
        [raw.map(|b| b & 15), raw.map(|b| b >> 4)]
    }
    #[inline(always)]
    unsafe fn dot_bytes(self, mut acc: Self::I, w: Self::W, x: *const i8) -> Self::I {
        for i in 0..LANES {
            for j in 0..4 {
                acc[i] += w[4 * i + j] as i8 as i32 * *x.add(j) as i32;
            }
        }
        acc
    }
    #[inline(always)]
    unsafe fn dot_nibbles(self, mut acc: Self::I, w: Self::W, x: *const i8) -> Self::I {
        for i in 0..LANES {
            for j in 0..4 {
                acc[i] += w[4 * i + j] as i32 * *x.add(j) as i32;
            }
        }
        acc
    }
    #[inline(always)]
    unsafe fn float(self, a: Self::I) -> Self::V {
        a.map(|x| x as f32)
    }
    #[inline(always)]
    unsafe fn byte<const J: i32>(self, w: Self::W) -> Self::V {
        let mut r = [0f32; LANES];
        for i in 0..LANES {
            r[i] = w[4 * i + J as usize] as f32;
        }
        r
    }
    #[inline(always)]
    unsafe fn signed<const J: i32>(self, w: Self::W) -> Self::V {
        let mut r = [0f32; LANES];
        for i in 0..LANES {
            r[i] = w[4 * i + J as usize] as i8 as f32;
        }
        r
    }
    #[inline(always)]
    unsafe fn store_i8(self, p: *mut i8, v: Self::V) -> i32 {
        let mut sum = 0;
        for i in 0..LANES {
            *p.add(i) = v[i] as i8;
            sum += v[i] as i32;
        }
        sum
    }
    #[inline(always)]
    unsafe fn load_u8(self, p: *const u8) -> Self::V {
        let mut r = [0f32; LANES];
        for i in 0..LANES {
            r[i] = *p.add(i) as f32;
        }
        r
    }
    #[inline(always)]
    unsafe fn load_i8(self, p: *const u8) -> Self::V {
        let mut r = [0f32; LANES];
        for i in 0..LANES {
            r[i] = *(p as *const i8).add(i) as f32;
        }
        r
    }
}

/// True where AVX-512 has products of bytes.
pub(super) fn has_vnni() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512vnni");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Ints;
    use crate::simd::{Avx2, Avx512};
    use core::arch::x86_64::*;

    /// `dot_*` need VNNI beside what the level has.
    impl Ints for Avx512 {
        type I = __m512i;
        type W = __m512i;
        const SIGNED_BYTES: bool = false;
        #[inline(always)]
        unsafe fn start(self, x: i32) -> __m512i {
            _mm512_set1_epi32(x)
        }
        #[inline(always)]
        unsafe fn load_raw(self, p: *const u8) -> __m512i {
            _mm512_loadu_si512(p as *const __m512i)
        }
        #[inline(always)]
        unsafe fn load_bytes(self, p: *const u8) -> __m512i {
            _mm512_xor_si512(self.load_raw(p), _mm512_set1_epi8(-128))
        }
        #[inline(always)]
        unsafe fn load_nibbles(self, p: *const u8) -> [__m512i; 2] {
            let raw = self.load_raw(p);
            let mask = _mm512_set1_epi8(15);
            [
                _mm512_and_si512(raw, mask),
                _mm512_and_si512(_mm512_srli_epi16::<4>(raw), mask),
            ]
        }
        #[inline(always)]
        unsafe fn dot_bytes(self, acc: __m512i, w: __m512i, x: *const i8) -> __m512i {
            _mm512_dpbusd_epi32(acc, w, _mm512_set1_epi32((x as *const i32).read_unaligned()))
        }
        #[inline(always)]
        unsafe fn dot_nibbles(self, acc: __m512i, w: __m512i, x: *const i8) -> __m512i {
            self.dot_bytes(acc, w, x)
        }
        #[inline(always)]
        unsafe fn float(self, a: __m512i) -> __m512 {
            _mm512_cvtepi32_ps(a)
        }
        #[inline(always)]
        unsafe fn byte<const J: i32>(self, w: __m512i) -> __m512 {
            let lane = match J {
                0 => w,
                1 => _mm512_srli_epi32::<8>(w),
                2 => _mm512_srli_epi32::<16>(w),
                _ => _mm512_srli_epi32::<24>(w),
            };
            _mm512_cvtepi32_ps(_mm512_and_si512(lane, _mm512_set1_epi32(255)))
        }
        #[inline(always)]
        unsafe fn signed<const J: i32>(self, w: __m512i) -> __m512 {
            let lane = match J {
                0 => _mm512_slli_epi32::<24>(w),
                1 => _mm512_slli_epi32::<16>(w),
                2 => _mm512_slli_epi32::<8>(w),
                _ => w,
            };
            _mm512_cvtepi32_ps(_mm512_srai_epi32::<24>(lane))
        }
        #[inline(always)]
        unsafe fn store_i8(self, p: *mut i8, v: __m512) -> i32 {
            let wide = _mm512_cvtps_epi32(v);
            _mm_storeu_si128(p as *mut __m128i, _mm512_cvtepi32_epi8(wide));
            _mm512_reduce_add_epi32(wide)
        }
        #[inline(always)]
        unsafe fn load_u8(self, p: *const u8) -> __m512 {
            _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(p as *const __m128i)))
        }
        #[inline(always)]
        unsafe fn load_i8(self, p: *const u8) -> __m512 {
            _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(p as *const __m128i)))
        }
    }

    impl Ints for Avx2 {
        type I = (__m256i, __m256i);
        type W = (__m256i, __m256i);
        // Signed codes: unsigned ones would overflow 16 bits.
        const SIGNED_BYTES: bool = true;
        #[inline(always)]
        unsafe fn start(self, x: i32) -> Self::I {
            (_mm256_set1_epi32(x), _mm256_set1_epi32(x))
        }
        #[inline(always)]
        unsafe fn load_raw(self, p: *const u8) -> Self::W {
            (
                _mm256_loadu_si256(p as *const __m256i),
                _mm256_loadu_si256(p.add(32) as *const __m256i),
            )
        }
        #[inline(always)]
        unsafe fn load_bytes(self, p: *const u8) -> Self::W {
            self.load_raw(p)
        }
        #[inline(always)]
        unsafe fn load_nibbles(self, p: *const u8) -> [Self::W; 2] {
            let raw = self.load_raw(p);
            let mask = _mm256_set1_epi8(15);
            [
                (_mm256_and_si256(raw.0, mask), _mm256_and_si256(raw.1, mask)),
                (
                    _mm256_and_si256(_mm256_srli_epi16::<4>(raw.0), mask),
                    _mm256_and_si256(_mm256_srli_epi16::<4>(raw.1), mask),
                ),
            ]
        }
        #[inline(always)]
        unsafe fn dot_bytes(self, acc: Self::I, w: Self::W, x: *const i8) -> Self::I {
            let x = _mm256_set1_epi32((x as *const i32).read_unaligned());
            (signed_dot(acc.0, w.0, x), signed_dot(acc.1, w.1, x))
        }
        #[inline(always)]
        unsafe fn dot_nibbles(self, acc: Self::I, w: Self::W, x: *const i8) -> Self::I {
            let x = _mm256_set1_epi32((x as *const i32).read_unaligned());
            (unsigned_dot(acc.0, w.0, x), unsigned_dot(acc.1, w.1, x))
        }
        #[inline(always)]
        unsafe fn float(self, a: Self::I) -> Self::V {
            (_mm256_cvtepi32_ps(a.0), _mm256_cvtepi32_ps(a.1))
        }
        #[inline(always)]
        unsafe fn byte<const J: i32>(self, w: Self::W) -> Self::V {
            (byte8::<J>(w.0), byte8::<J>(w.1))
        }
        #[inline(always)]
        unsafe fn signed<const J: i32>(self, w: Self::W) -> Self::V {
            (signed8::<J>(w.0), signed8::<J>(w.1))
        }
        #[inline(always)]
        unsafe fn store_i8(self, p: *mut i8, v: Self::V) -> i32 {
            let (a, b) = (_mm256_cvtps_epi32(v.0), _mm256_cvtps_epi32(v.1));
            let halves = _mm256_permute4x64_epi64::<0xd8>(_mm256_packs_epi32(a, b));
            let bytes = _mm_packs_epi16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
            _mm_storeu_si128(p as *mut __m128i, bytes);
            let sum = _mm256_add_epi32(a, b);
            let sum = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
            let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0x4e>(sum));
            _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32::<0xb1>(sum)))
        }
        #[inline(always)]
        unsafe fn load_u8(self, p: *const u8) -> Self::V {
            let v = _mm_loadu_si128(p as *const __m128i);
            (
                _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(v)),
                _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128::<8>(v))),
            )
        }
        #[inline(always)]
        unsafe fn load_i8(self, p: *const u8) -> Self::V {
            let v = _mm_loadu_si128(p as *const __m128i);
            (
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(v)),
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128::<8>(v))),
            )
        }
    }

    /// |w| times x with the sign of w: two products are 2 * 128 * 127 at most, which fits 16 bits.
    #[inline(always)]
    unsafe fn signed_dot(acc: __m256i, w: __m256i, x: __m256i) -> __m256i {
        unsigned_dot(acc, _mm256_abs_epi8(w), _mm256_sign_epi8(x, w))
    }

    #[inline(always)]
    unsafe fn unsigned_dot(acc: __m256i, w: __m256i, x: __m256i) -> __m256i {
        let pairs = _mm256_maddubs_epi16(w, x);
        _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }

    #[inline(always)]
    unsafe fn byte8<const J: i32>(w: __m256i) -> __m256 {
        let lane = match J {
            0 => w,
            1 => _mm256_srli_epi32::<8>(w),
            2 => _mm256_srli_epi32::<16>(w),
            _ => _mm256_srli_epi32::<24>(w),
        };
        _mm256_cvtepi32_ps(_mm256_and_si256(lane, _mm256_set1_epi32(255)))
    }

    #[inline(always)]
    unsafe fn signed8<const J: i32>(w: __m256i) -> __m256 {
        let lane = match J {
            0 => _mm256_slli_epi32::<24>(w),
            1 => _mm256_slli_epi32::<16>(w),
            2 => _mm256_slli_epi32::<8>(w),
            _ => w,
        };
        _mm256_cvtepi32_ps(_mm256_srai_epi32::<24>(lane))
    }
}
