//! Appends keys and values to a cache. Keys lie in blocks of sixteen positions, transposed inside a
//! block ([B, G, S/16, D, 16]), so that attention scores sixteen keys at once without sums across
//! lanes; values lie as they are ([B, G, S, D]).

use crate::rows::for_rows;
use crate::simd::LANES;
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{Cx, Float, KernelError};

/// What `kv_append` works on. Strides are in elements, of the axes B, G and T; D is contiguous.
#[derive(Clone, Copy)]
pub struct KvAppend {
    pub k: *const f32,
    pub k_strides: [isize; 3],
    pub v: *const f32,
    pub v_strides: [isize; 3],
    /// [B, G, S/16, D, 16] and [B, G, S, D] of `float`.
    pub k_cache: *mut u8,
    pub v_cache: *mut u8,
    pub float: Float,
    /// Tokens stored before this step, read when the kernel runs.
    pub past: *const i32,
    /// B, G, T, D.
    pub shape: [usize; 4],
    /// S, a multiple of 16.
    pub capacity: usize,
}

unsafe impl Send for KvAppend {}
unsafe impl Sync for KvAppend {}

/// Writes T tokens behind the `past` ones; fails if the cache has no room for them.
///
/// # Safety
/// The pointers hold what shapes and strides say; the cache overlaps neither `k` nor `v`.
pub unsafe fn kv_append(cx: &Cx, args: &KvAppend) -> Result<(), KernelError> {
    let past = checked_past("kvAppend", *args.past, args.shape[2], args.capacity)?;
    match args.float {
        Float::F32 => append::<F32>(cx, args, past),
        Float::Bf16 => append::<Bf16>(cx, args, past),
        Float::F16 => append::<F16>(cx, args, past),
    }
    Ok(())
}

/// The number of stored tokens, if `tokens` more fit behind it.
pub(crate) fn checked_past(
    op: &str,
    past: i32,
    tokens: usize,
    capacity: usize,
) -> Result<usize, KernelError> {
    match usize::try_from(past) {
        Ok(past) if past + tokens <= capacity => Ok(past),
        _ => Err(KernelError {
            code: "ERR_CACHE_FULL",
            message: format!(
                "{op}: past + new tokens must lie in 0..={capacity}, the cache's capacity; got past {past} \
                 and {tokens} new tokens. Use a larger maxCacheLen, or reset the cache."
            ),
        }),
    }
}

unsafe fn append<E: Stored>(cx: &Cx, args: &KvAppend, past: usize) {
    let [batch, groups, tokens, dim] = args.shape;
    let args = *args;
    // A work item is one block of positions of one head: no two threads write to the same lines.
    let (first, last) = (past / LANES, (past + tokens).div_ceil(LANES));
    let blocks = last - first;
    for_rows(
        cx,
        batch * groups * blocks,
        2 * LANES * dim,
        &|from, count| {
            let args = &args;
            for item in from..from + count {
                append_block::<E>(args, past, item / blocks, first + item % blocks);
            }
        },
    );
}

unsafe fn append_block<E: Stored>(a: &KvAppend, past: usize, head: usize, block: usize) {
    let [_, groups, tokens, dim] = a.shape;
    let (b, g) = ((head / groups) as isize, (head % groups) as isize);
    let k_out = (a.k_cache as *mut E::Raw).add((head * a.capacity + block * LANES) * dim);
    let v_out = (a.v_cache as *mut E::Raw).add(head * a.capacity * dim);
    let (from, to) = (
        (block * LANES).max(past),
        (block * LANES + LANES).min(past + tokens),
    );
    for j in from..to {
        let t = (j - past) as isize;
        let k =
            a.k.offset(b * a.k_strides[0] + g * a.k_strides[1] + t * a.k_strides[2]);
        let v =
            a.v.offset(b * a.v_strides[0] + g * a.v_strides[1] + t * a.v_strides[2]);
        for d in 0..dim {
            E::write(k_out.add(d * LANES + j % LANES), *k.add(d));
        }
        for d in 0..dim {
            E::write(v_out.add(j * dim + d), *v.add(d));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
    use crate::testing::{floats, Reversed};
    use crate::Level;

    const B: usize = 2;
    const G: usize = 3;
    const D: usize = 10;
    const S: usize = 48;

    struct Cache {
        float: Float,
        k: Vec<u8>,
        v: Vec<u8>,
        past: i32,
    }

    impl Cache {
        fn new(float: Float) -> Cache {
            let bytes = B * G * S * D * float.size();
            Cache {
                float,
                k: vec![0xff; bytes],
                v: vec![0xff; bytes],
                past: 0,
            }
        }

        /// Appends tokens `t0..t0 + t` of k and v, which lie as [B, all tokens, G, D].
        fn append(&mut self, k: &[f32], v: &[f32], t0: usize, t: usize) -> Result<(), KernelError> {
            let all = k.len() / (B * G * D);
            let strides = [(all * G * D) as isize, D as isize, (G * D) as isize];
            let args = KvAppend {
                k: k[t0 * G * D..].as_ptr(),
                k_strides: strides,
                v: v[t0 * G * D..].as_ptr(),
                v_strides: strides,
                k_cache: self.k.as_mut_ptr(),
                v_cache: self.v.as_mut_ptr(),
                float: self.float,
                past: &self.past,
                shape: [B, G, t, D],
                capacity: S,
            };
            unsafe {
                kv_append(
                    &Cx {
                        level: Level::detect(),
                        pool: &Reversed,
                    },
                    &args,
                )
            }?;
            self.past += t as i32;
            Ok(())
        }

        fn at(&self, bytes: &[u8], i: usize) -> f32 {
            let half = |i: usize| u16::from_ne_bytes([bytes[2 * i], bytes[2 * i + 1]]);
            match self.float {
                Float::F32 => f32::from_ne_bytes(bytes[4 * i..4 * i + 4].try_into().unwrap()),
                Float::Bf16 => bf16_to_f32(half(i)),
                Float::F16 => f16_to_f32(half(i)),
            }
        }
    }

    #[test]
    fn stores_every_token_where_attention_reads_it_in_any_chunking() {
        for float in [Float::F32, Float::Bf16, Float::F16] {
            let tokens = 37;
            let k = floats(1, B * tokens * G * D, 2.0);
            let v = floats(2, B * tokens * G * D, 2.0);
            let round = |x: f32| match float {
                Float::F32 => x,
                Float::Bf16 => bf16_to_f32(f32_to_bf16(x)),
                Float::F16 => f16_to_f32(f32_to_f16(x)),
            };
            let mut whole = Cache::new(float);
            whole.append(&k, &v, 0, tokens).unwrap();
            let mut parts = Cache::new(float);
            for (t0, t) in [(0, 1), (1, 14), (15, 0), (15, 17), (32, 5)] {
                parts.append(&k, &v, t0, t).unwrap();
            }
            assert!(whole.k == parts.k && whole.v == parts.v);
            for (b, g, j, d) in
                (0..B * G * S * D).map(|i| (i / D / S / G, i / D / S % G, i / D % S, i % D))
            {
                let kc = whole.at(
                    &whole.k,
                    (((b * G + g) * S / 16 + j / 16) * D + d) * 16 + j % 16,
                );
                let vc = whole.at(&whole.v, ((b * G + g) * S + j) * D + d);
                if j < tokens {
                    let i = ((b * tokens + j) * G + g) * D + d;
                    assert_eq!((kc, vc), (round(k[i]), round(v[i])));
                } else {
                    assert!(kc.is_nan() && vc.is_nan(), "nothing else is touched");
                }
            }
        }
    }

    #[test]
    fn a_full_cache_is_an_error_and_stays_as_it_was() {
        let k = floats(1, B * 40 * G * D, 2.0);
        let mut cache = Cache::new(Float::F32);
        cache.append(&k, &k, 0, 40).unwrap();
        let before = (cache.k.clone(), cache.v.clone());
        let error = cache.append(&k, &k, 0, 9).unwrap_err();
        assert_eq!(error.code, "ERR_CACHE_FULL");
        assert!(
            error.message.contains("past 40 and 9 new tokens"),
            "{}",
            error.message
        );
        cache.past = -1;
        assert_eq!(
            cache.append(&k, &k, 0, 1).unwrap_err().code,
            "ERR_CACHE_FULL"
        );
        assert!(before == (cache.k.clone(), cache.v.clone()));
        cache.past = 40;
        cache.append(&k, &k, 0, 8).unwrap();
    }
}
