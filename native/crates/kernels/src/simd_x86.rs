//! The x86-64 levels of `Simd`. `Avx512` needs F, BW, DQ and VL; `Avx2` needs AVX2, FMA and F16C.

use super::{Simd, LANES, SPLIT};
use core::arch::x86_64::*;

/// One 512-bit register.
#[derive(Clone, Copy)]
pub struct Avx512;

impl Simd for Avx512 {
    type V = __m512;
    const TILE: (usize, usize) = (4, 6);
    const REGISTERS: usize = 32;
    #[inline(always)]
    unsafe fn zero(self) -> __m512 {
        _mm512_setzero_ps()
    }
    #[inline(always)]
    unsafe fn splat(self, x: f32) -> __m512 {
        _mm512_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> __m512 {
        _mm512_loadu_ps(p)
    }
    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> __m512 {
        _mm512_maskz_loadu_ps(((1u32 << n) - 1) as __mmask16, p)
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: __m512) {
        _mm512_storeu_ps(p, v)
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: __m512, n: usize) {
        _mm512_mask_storeu_ps(p, ((1u32 << n) - 1) as __mmask16, v)
    }
    #[inline(always)]
    unsafe fn load_bf16(self, p: *const u16) -> __m512 {
        let h = _mm256_loadu_si256(p as *const __m256i);
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(h)))
    }
    #[inline(always)]
    unsafe fn load_f16(self, p: *const u16) -> __m512 {
        _mm512_cvtph_ps(_mm256_loadu_si256(p as *const __m256i))
    }
    #[inline(always)]
    unsafe fn add(self, a: __m512, b: __m512) -> __m512 {
        _mm512_add_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sub(self, a: __m512, b: __m512) -> __m512 {
        _mm512_sub_ps(a, b)
    }
    #[inline(always)]
    unsafe fn mul(self, a: __m512, b: __m512) -> __m512 {
        _mm512_mul_ps(a, b)
    }
    #[inline(always)]
    unsafe fn div(self, a: __m512, b: __m512) -> __m512 {
        _mm512_div_ps(a, b)
    }
    #[inline(always)]
    unsafe fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        _mm512_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn max(self, a: __m512, b: __m512) -> __m512 {
        _mm512_max_ps(a, b)
    }
    #[inline(always)]
    unsafe fn min(self, a: __m512, b: __m512) -> __m512 {
        _mm512_min_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sqrt(self, a: __m512) -> __m512 {
        _mm512_sqrt_ps(a)
    }
    #[inline(always)]
    unsafe fn round(self, a: __m512) -> __m512 {
        _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(a)
    }
    #[inline(always)]
    unsafe fn scale2(self, a: __m512, n: __m512) -> __m512 {
        let bias = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
        _mm512_mul_ps(a, _mm512_castsi512_ps(_mm512_slli_epi32::<23>(bias)))
    }
    #[inline(always)]
    unsafe fn select_lt(self, a: __m512, b: __m512, x: __m512, y: __m512) -> __m512 {
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), y, x)
    }
    #[inline(always)]
    unsafe fn prefetch(self, p: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(p as *const i8)
    }
    #[inline(always)]
    unsafe fn split(self, a: __m512) -> (__m512, __m512) {
        let bits = _mm512_castps_si512(a);
        let e = _mm512_srai_epi32::<23>(_mm512_sub_epi32(bits, _mm512_set1_epi32(SPLIT)));
        let m = _mm512_sub_epi32(bits, _mm512_slli_epi32::<23>(e));
        (_mm512_castsi512_ps(m), _mm512_cvtepi32_ps(e))
    }
    #[inline(always)]
    unsafe fn reduce_sum(self, v: __m512) -> f32 {
        let h = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v));
        tree8(h)
    }
    #[inline(always)]
    unsafe fn reduce_max(self, v: __m512) -> f32 {
        max8(_mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v)))
    }
    #[inline(always)]
    unsafe fn reduce_sum4(self, v: [__m512; 4]) -> [f32; 4] {
        // Blocks of four lanes: +8 for two vectors at once, then +4 for all four, then +2 and +1.
        let a = _mm512_add_ps(
            _mm512_shuffle_f32x4::<0x44>(v[0], v[1]),
            _mm512_shuffle_f32x4::<0xee>(v[0], v[1]),
        );
        let b = _mm512_add_ps(
            _mm512_shuffle_f32x4::<0x44>(v[2], v[3]),
            _mm512_shuffle_f32x4::<0xee>(v[2], v[3]),
        );
        let t = _mm512_add_ps(
            _mm512_shuffle_f32x4::<0x88>(a, b),
            _mm512_shuffle_f32x4::<0xdd>(a, b),
        );
        let t = _mm512_add_ps(t, _mm512_permute_ps::<0x4e>(t));
        let t = _mm512_add_ps(t, _mm512_permute_ps::<0xb1>(t));
        let pick = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        let mut out = [0f32; 4];
        _mm_storeu_ps(
            out.as_mut_ptr(),
            _mm512_castps512_ps128(_mm512_permutexvar_ps(pick, t)),
        );
        out
    }
}

/// As `tree8`, of the largest lanes.
#[inline(always)]
unsafe fn max8(h: __m256) -> f32 {
    let q = _mm_max_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps::<1>(h));
    let d = _mm_max_ps(q, _mm_movehl_ps(q, q));
    _mm_cvtss_f32(_mm_max_ss(d, _mm_shuffle_ps::<1>(d, d)))
}

/// Lanes 0..8 of the tree: +4, +2, +1.
#[inline(always)]
unsafe fn tree8(h: __m256) -> f32 {
    let q = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps::<1>(h));
    let d = _mm_add_ps(q, _mm_movehl_ps(q, q));
    _mm_cvtss_f32(_mm_add_ss(d, _mm_shuffle_ps::<1>(d, d)))
}

/// Two 256-bit registers: lanes 0..8 and 8..16.
#[derive(Clone, Copy)]
pub struct Avx2;

/// Sliding window of the lane masks for partial loads: eight ones, then eight zeros.
static MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
unsafe fn mask(n: usize) -> __m256i {
    _mm256_loadu_si256(MASKS.as_ptr().add(8 - n.min(8)) as *const __m256i)
}

#[inline(always)]
unsafe fn split8(a: __m256) -> (__m256, __m256) {
    let bits = _mm256_castps_si256(a);
    let e = _mm256_srai_epi32::<23>(_mm256_sub_epi32(bits, _mm256_set1_epi32(SPLIT)));
    let m = _mm256_sub_epi32(bits, _mm256_slli_epi32::<23>(e));
    (_mm256_castsi256_ps(m), _mm256_cvtepi32_ps(e))
}

impl Simd for Avx2 {
    type V = (__m256, __m256);
    const TILE: (usize, usize) = (2, 3);
    const REGISTERS: usize = 8;
    #[inline(always)]
    unsafe fn zero(self) -> Self::V {
        (_mm256_setzero_ps(), _mm256_setzero_ps())
    }
    #[inline(always)]
    unsafe fn splat(self, x: f32) -> Self::V {
        (_mm256_set1_ps(x), _mm256_set1_ps(x))
    }
    #[inline(always)]
    unsafe fn load(self, p: *const f32) -> Self::V {
        (_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8)))
    }
    #[inline(always)]
    unsafe fn load_part(self, p: *const f32, n: usize) -> Self::V {
        let high = if n > 8 {
            _mm256_maskload_ps(p.add(8), mask(n - 8))
        } else {
            _mm256_setzero_ps()
        };
        (_mm256_maskload_ps(p, mask(n)), high)
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut f32, v: Self::V) {
        _mm256_storeu_ps(p, v.0);
        _mm256_storeu_ps(p.add(8), v.1);
    }
    #[inline(always)]
    unsafe fn store_part(self, p: *mut f32, v: Self::V, n: usize) {
        _mm256_maskstore_ps(p, mask(n), v.0);
        if n > 8 {
            _mm256_maskstore_ps(p.add(8), mask(n - 8), v.1);
        }
    }
    #[inline(always)]
    unsafe fn load_bf16(self, p: *const u16) -> Self::V {
        let a = _mm256_cvtepu16_epi32(_mm_loadu_si128(p as *const __m128i));
        let b = _mm256_cvtepu16_epi32(_mm_loadu_si128(p.add(8) as *const __m128i));
        (
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(a)),
            _mm256_castsi256_ps(_mm256_slli_epi32::<16>(b)),
        )
    }
    #[inline(always)]
    unsafe fn load_f16(self, p: *const u16) -> Self::V {
        (
            _mm256_cvtph_ps(_mm_loadu_si128(p as *const __m128i)),
            _mm256_cvtph_ps(_mm_loadu_si128(p.add(8) as *const __m128i)),
        )
    }
    #[inline(always)]
    unsafe fn add(self, a: Self::V, b: Self::V) -> Self::V {
        (_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        (_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        (_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn div(self, a: Self::V, b: Self::V) -> Self::V {
        (_mm256_div_ps(a.0, b.0), _mm256_div_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        (
            _mm256_fmadd_ps(a.0, b.0, c.0),
            _mm256_fmadd_ps(a.1, b.1, c.1),
        )
    }
    #[inline(always)]
    unsafe fn max(self, a: Self::V, b: Self::V) -> Self::V {
        (_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn min(self, a: Self::V, b: Self::V) -> Self::V {
        (_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn sqrt(self, a: Self::V) -> Self::V {
        (_mm256_sqrt_ps(a.0), _mm256_sqrt_ps(a.1))
    }
    #[inline(always)]
    unsafe fn round(self, a: Self::V) -> Self::V {
        const R: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        (_mm256_round_ps::<R>(a.0), _mm256_round_ps::<R>(a.1))
    }
    #[inline(always)]
    unsafe fn scale2(self, a: Self::V, n: Self::V) -> Self::V {
        let bias = _mm256_set1_epi32(127);
        let x = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n.0), bias));
        let y = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n.1), bias));
        (
            _mm256_mul_ps(a.0, _mm256_castsi256_ps(x)),
            _mm256_mul_ps(a.1, _mm256_castsi256_ps(y)),
        )
    }
    #[inline(always)]
    unsafe fn select_lt(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
        (
            _mm256_blendv_ps(y.0, x.0, _mm256_cmp_ps::<_CMP_LT_OQ>(a.0, b.0)),
            _mm256_blendv_ps(y.1, x.1, _mm256_cmp_ps::<_CMP_LT_OQ>(a.1, b.1)),
        )
    }
    #[inline(always)]
    unsafe fn prefetch(self, p: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(p as *const i8)
    }
    #[inline(always)]
    unsafe fn split(self, a: Self::V) -> (Self::V, Self::V) {
        let (m0, e0) = split8(a.0);
        let (m1, e1) = split8(a.1);
        ((m0, m1), (e0, e1))
    }
    #[inline(always)]
    unsafe fn reduce_sum(self, v: Self::V) -> f32 {
        tree8(_mm256_add_ps(v.0, v.1))
    }
    #[inline(always)]
    unsafe fn reduce_max(self, v: Self::V) -> f32 {
        max8(_mm256_max_ps(v.0, v.1))
    }
    #[inline(always)]
    unsafe fn reduce_sum4(self, v: [Self::V; 4]) -> [f32; 4] {
        let (a, b) = (_mm256_add_ps(v[0].0, v[0].1), _mm256_add_ps(v[1].0, v[1].1));
        let (c, d) = (_mm256_add_ps(v[2].0, v[2].1), _mm256_add_ps(v[3].0, v[3].1));
        let ab = _mm256_add_ps(
            _mm256_permute2f128_ps::<0x20>(a, b),
            _mm256_permute2f128_ps::<0x31>(a, b),
        );
        let cd = _mm256_add_ps(
            _mm256_permute2f128_ps::<0x20>(c, d),
            _mm256_permute2f128_ps::<0x31>(c, d),
        );
        // Low half a and c, high half b and d; the last sum stands twice.
        let t = _mm256_add_ps(
            _mm256_shuffle_ps::<0x44>(ab, cd),
            _mm256_shuffle_ps::<0xee>(ab, cd),
        );
        let t = _mm256_add_ps(t, _mm256_permute_ps::<0xb1>(t));
        let r = _mm_blend_ps::<0b1010>(_mm256_castps256_ps128(t), _mm256_extractf128_ps::<1>(t));
        let mut out = [0f32; 4];
        _mm_storeu_ps(out.as_mut_ptr(), r);
        out
    }
}

const _: () = assert!(LANES == 16);
