use super::*;
use crate::kv_append::{kv_append, KvAppend};
use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
use crate::testing::{bits, close, floats, levels_of_one_order, on_levels, Reversed};
use crate::Serial;

/// A problem: queries, keys and values of `tokens` tokens, [B, tokens, heads, D] each.
#[derive(Clone)]
struct Case {
    batch: usize,
    heads: usize,
    groups: usize,
    dim: usize,
    tokens: usize,
    float: Float,
    window: Option<usize>,
    causal: bool,
    starts: Option<Vec<i32>>,
    mask: Option<Vec<u8>>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
}

impl Case {
    fn new(batch: usize, heads: usize, groups: usize, dim: usize, tokens: usize) -> Case {
        Case {
            batch,
            heads,
            groups,
            dim,
            tokens,
            float: Float::F32,
            window: None,
            causal: true,
            starts: None,
            mask: None,
            q: floats(1, batch * tokens * heads * dim, 2.0),
            k: floats(2, batch * tokens * groups * dim, 2.0),
            v: floats(3, batch * tokens * groups * dim, 1.0),
        }
    }

    fn capacity(&self) -> usize {
        self.tokens.next_multiple_of(16) + 16
    }

    fn size(&self) -> usize {
        self.batch * self.tokens * self.heads * self.dim
    }

    /// Appends and attends chunk by chunk; the outputs as [B, tokens, H, D].
    fn run(&self, cx: &Cx, chunks: &[usize]) -> Vec<f32> {
        assert_eq!(chunks.iter().sum::<usize>(), self.tokens);
        let (b, h, g, d, s) = (
            self.batch,
            self.heads,
            self.groups,
            self.dim,
            self.capacity(),
        );
        // What was never written is NaN: reading it shows.
        let mut k_cache = vec![0xffu8; b * g * s * d * self.float.size()];
        let mut v_cache = k_cache.clone();
        let strides = |n: usize| [(self.tokens * n * d) as isize, d as isize, (n * d) as isize];
        let mut all = vec![0f32; self.size()];
        let mut past = 0;
        for &t in chunks {
            let now = past as i32;
            let append = KvAppend {
                k: self.k[past * g * d..].as_ptr(),
                k_strides: strides(g),
                v: self.v[past * g * d..].as_ptr(),
                v_strides: strides(g),
                k_cache: k_cache.as_mut_ptr(),
                v_cache: v_cache.as_mut_ptr(),
                float: self.float,
                past: &now,
                shape: [b, g, t, d],
                capacity: s,
            };
            let mut y = vec![f32::MAX; b * t * h * d];
            let args = Attention {
                q: self.q[past * h * d..].as_ptr(),
                q_strides: strides(h),
                k_cache: k_cache.as_ptr(),
                v_cache: v_cache.as_ptr(),
                float: self.float,
                past: &now,
                starts: self.starts.as_ref().map(|p| p.as_ptr()),
                key_mask: self.mask.as_ref().map(|p| p.as_ptr()),
                mask_width: self.tokens,
                y: y.as_mut_ptr(),
                shape: [b, h, t, d],
                groups: g,
                capacity: s,
                scale: 1.0 / (d as f32).sqrt(),
                window: self.window,
                causal: self.causal,
            };
            unsafe {
                kv_append(cx, &append).unwrap();
                attention(cx, &args).unwrap();
            }
            for bi in 0..b {
                let from = (bi * self.tokens + past) * h * d;
                all[from..from + t * h * d].copy_from_slice(&y[bi * t * h * d..][..t * h * d]);
            }
            past += t;
        }
        all
    }

    fn whole(&self) -> Vec<f32> {
        self.run(
            &Cx {
                level: Level::detect(),
                pool: &Serial,
            },
            &[self.tokens],
        )
    }

    /// The whole on each of the levels, which must agree.
    fn on(&self, levels: &[Level]) -> Vec<f32> {
        on_levels(levels, self.size(), |cx, y| unsafe {
            let all = self.run(cx, &[self.tokens]);
            std::ptr::copy_nonoverlapping(all.as_ptr(), y, all.len());
        })
    }

    fn sees(&self, b: usize, i: usize, j: usize) -> bool {
        (!self.causal || j <= i)
            && self.window.is_none_or(|w| j + w > i)
            && self.starts.as_ref().is_none_or(|s| j >= s[b] as usize)
            && self
                .mask
                .as_ref()
                .is_none_or(|m| m[b * self.tokens + j] != 0)
    }

    /// The definition, in f64.
    fn reference(&self) -> Vec<f64> {
        let (h, g, d, n) = (self.heads, self.groups, self.dim, self.tokens);
        let stored = |x: f32| match self.float {
            Float::F32 => x,
            Float::Bf16 => bf16_to_f32(f32_to_bf16(x)),
            Float::F16 => f16_to_f32(f32_to_f16(x)),
        };
        let mut all = vec![0f64; self.size()];
        for (b, i, hi) in (0..self.batch * n * h).map(|x| (x / h / n, x / h % n, x % h)) {
            let q = &self.q[((b * n + i) * h + hi) * d..][..d];
            let row = |x: &[f32], j: usize, e: usize| {
                stored(x[((b * n + j) * g + hi * g / h) * d + e]) as f64
            };
            let keys: Vec<usize> = (0..n).filter(|j| self.sees(b, i, *j)).collect();
            let scores: Vec<f64> = keys
                .iter()
                .map(|j| {
                    (0..d)
                        .map(|e| q[e] as f64 * row(&self.k, *j, e))
                        .sum::<f64>()
                        / (d as f64).sqrt()
                })
                .collect();
            let max = scores.iter().cloned().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|s| (s - max).exp()).sum();
            for e in 0..d {
                let total: f64 = keys
                    .iter()
                    .zip(&scores)
                    .map(|(j, s)| (s - max).exp() * row(&self.v, *j, e))
                    .sum();
                all[((b * n + i) * h + hi) * d + e] =
                    if keys.is_empty() { 0.0 } else { total / sum };
            }
        }
        all
    }

    /// Checks against the definition on every level, in chunks, and with blocks spread over threads.
    fn check(&self) {
        let y = self.on(&levels_of_one_order(self.float));
        for (got, want) in y.iter().zip(self.reference()) {
            // Scores reach some 10, so that rounding them (2^-24 of that) dominates; values are below 1.
            close(*got, want, 4e-6);
        }
        let y = self.whole();
        if on_tiles(Level::detect(), self.float) {
            let mut rounded = self.clone();
            for x in &mut rounded.q {
                *x = bf16_to_f32(f32_to_bf16(*x));
            }
            for (got, want) in y.iter().zip(rounded.reference()) {
                // Half a unit of the 8 bits of each weight; values are below 1.
                close(*got, want, 2f64.powi(-9) + 4e-6);
            }
            assert!(bits(&y) == bits(&rounded.whole()), "queries are rounded to nearest");
        }
        let other = self.run(
            &Cx {
                level: Level::detect(),
                pool: &Reversed,
            },
            &[self.tokens],
        );
        assert!(bits(&y) == bits(&other), "threads change bits");
    }
}

#[test]
fn equals_the_definition_for_every_head_size_and_storage() {
    for dim in [1, 8, 48, 64, 72, 80, 96, 128, 256] {
        for float in [Float::F32, Float::Bf16, Float::F16] {
            Case {
                float,
                ..Case::new(2, 6, 2, dim, 20)
            }
            .check();
        }
    }
}

#[test]
fn equals_the_definition_for_every_grouping_and_length() {
    for (heads, groups) in [
        (1, 1),
        (2, 1),
        (3, 3),
        (3, 1),
        (5, 1),
        (9, 3),
        (8, 1),
        (16, 1),
    ] {
        for tokens in [1, 2, 15, 33, 270] {
            Case::new(1, heads, groups, 12, tokens).check();
        }
    }
}

#[test]
fn windows_padding_and_masks() {
    for float in [Float::F32, Float::Bf16] {
        windows_padding_and_masks_of(Case {
            float,
            ..Case::new(2, 2, 1, 8, 330)
        });
    }
}

fn windows_padding_and_masks_of(base: Case) {
    let starts = Some(vec![5, 270]);
    let mask: Vec<u8> = (0..2 * 330)
        .map(|i| (i % 7 != 0 && i / 11 % 5 != 2) as u8)
        .collect();
    let mask = Some(mask);
    Case {
        starts: starts.clone(),
        ..base.clone()
    }
    .check();
    Case {
        mask: mask.clone(),
        ..base.clone()
    }
    .check();
    for window in [1, 16, 100, 257, 600] {
        Case {
            window: Some(window),
            ..base.clone()
        }
        .check();
        Case {
            window: Some(window),
            starts: starts.clone(),
            mask: mask.clone(),
            ..base.clone()
        }
        .check();
    }
    Case {
        causal: false,
        ..base.clone()
    }
    .check();
    Case {
        causal: false,
        starts,
        mask,
        window: Some(70),
        ..base.clone()
    }
    .check();
}

#[test]
fn chunks_and_single_tokens_give_the_bits_of_the_whole() {
    let starts = Some(vec![3, 270]);
    for float in [Float::F32, Float::Bf16, Float::F16] {
        for window in [None, Some(40), Some(300)] {
            let case = Case {
                float,
                window,
                starts: starts.clone(),
                ..Case::new(2, 3, 1, 40, 600)
            };
            let whole = case.whole();
            let mut decode = vec![530];
            decode.resize(71, 1);
            for chunks in [&[1, 255, 256, 88][..], &[7, 300, 16, 277], &decode] {
                for pool in [&Serial as &dyn crate::Parallel, &Reversed] {
                    let parts = case.run(
                        &Cx {
                            level: Level::detect(),
                            pool,
                        },
                        chunks,
                    );
                    assert!(
                        bits(&whole) == bits(&parts),
                        "{float:?} {window:?} {chunks:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn batch_and_left_padding_change_no_bit() {
    for float in [Float::F32, Float::Bf16] {
        left_padding_changes_no_bit_of(float);
    }
}

fn left_padding_changes_no_bit_of(float: Float) {
    let mut alone = Case::new(1, 4, 2, 48, 290);
    alone.float = float;
    let want = alone.whole();
    let row = |x: &[f32], n: usize| x[..alone.tokens * n * alone.dim].to_vec();
    for pad in [1, 9, 16, 255, 256, 300] {
        // Row 0: the same tokens behind `pad` of padding; row 1: something longer.
        let tokens = alone.tokens + pad;
        let mut both = Case::new(2, 4, 2, 48, tokens);
        both.float = float;
        let put = |all: &mut Vec<f32>, x: &[f32], n: usize| {
            let at = pad * n * alone.dim;
            all[at..at + x.len()].copy_from_slice(x);
        };
        put(&mut both.q, &row(&alone.q, 4), 4);
        put(&mut both.k, &row(&alone.k, 2), 2);
        put(&mut both.v, &row(&alone.v, 2), 2);
        // Nothing before the start may be looked at.
        both.k[..pad * 2 * 48].fill(f32::NAN);
        both.v[..pad * 2 * 48].fill(f32::NAN);
        both.starts = Some(vec![pad as i32, 0]);
        let got = both.whole();
        let (padding, real) = got[..tokens * 4 * 48].split_at(pad * 4 * 48);
        assert!(bits(real) == bits(&want), "padding {pad}");
        assert!(
            padding.iter().all(|v| *v == 0.0),
            "queries of padding see nothing"
        );
    }
}

#[test]
fn a_window_wider_than_the_context_changes_no_bit() {
    for float in [Float::F32, Float::Bf16] {
        let mut case = Case::new(1, 2, 1, 32, 700);
        case.float = float;
        let wide = Case {
            window: Some(700),
            ..case.clone()
        };
        assert!(bits(&case.whole()) == bits(&wide.whole()));
    }
}

#[test]
fn a_mask_of_leading_zeros_hides_what_starts_hides() {
    for float in [Float::F32, Float::Bf16] {
        let mut case = Case::new(1, 2, 1, 32, 300);
        case.float = float;
        case.mask = Some((0..300).map(|j| (j >= 256) as u8).collect());
        let masked = case.whole();
        // From a start that is a multiple of 256 blocks are counted alike.
        (case.mask, case.starts) = (None, Some(vec![256]));
        assert!(bits(&masked) == bits(&case.whole()));
    }
}

#[test]
fn extreme_scores() {
    // One key far above all others, in either block: weights of the others are exactly 0.
    for at in [3, 290] {
        let mut case = Case::new(1, 1, 1, 16, 300);
        case.q.fill(10.0);
        case.k[at * 16..][..16].fill(100.0);
        let y = case.whole();
        for i in at..300 {
            assert_eq!(y[i * 16..][..16], case.v[at * 16..][..16]);
        }
    }
    // Keys of -infinity score -infinity: alone they give NaN, as in torch; beside others they weigh 0.
    let mut case = Case::new(1, 1, 1, 16, 300);
    case.q.fill(1.0);
    case.k[..16].fill(f32::NEG_INFINITY);
    case.v[..16].fill(5.0);
    let y = case.whole();
    assert!(y[..16].iter().all(|v| v.is_nan()));
    assert_eq!(y[16..32], case.v[16..32]);
    case.k[..256 * 16].fill(f32::NEG_INFINITY);
    let y = case.whole();
    assert!(y[..256 * 16].iter().all(|v| v.is_nan()));
    assert_eq!(y[256 * 16..257 * 16], case.v[256 * 16..257 * 16]);
}

#[test]
fn nan_reaches_every_query_that_sees_it_and_no_other() {
    for at in [0, 100, 255, 256, 299] {
        let mut case = Case::new(1, 2, 1, 20, 300);
        case.k[at * 20] = f32::NAN;
        for float in [Float::F32, Float::Bf16] {
            case.float = float;
            let [plain, best] = [case.on(&levels_of_one_order(float)), case.whole()];
            for i in 0..300 {
                let row = |y: &[f32]| y[i * 40..][..40].iter().all(|v| v.is_nan() == (i >= at));
                assert!(row(&plain) && row(&best), "key {at}, query {i}");
            }
        }
    }
}

fn args<'a>(past: &'a i32, capacity: usize, tokens: usize) -> Attention {
    Attention {
        q: std::ptr::null(),
        q_strides: [0; 3],
        k_cache: std::ptr::null(),
        v_cache: std::ptr::null(),
        float: Float::F32,
        past,
        starts: None,
        key_mask: None,
        mask_width: 0,
        y: std::ptr::null_mut(),
        shape: [1, 1, tokens, 8],
        groups: 1,
        capacity,
        scale: 1.0,
        window: None,
        causal: true,
    }
}

#[test]
fn no_tokens_and_bad_values() {
    let cx = Cx {
        level: Level::detect(),
        pool: &Serial,
    };
    let past = 5;
    assert_eq!(unsafe { attention(&cx, &args(&past, 16, 0)) }, Ok(()));
    let code = |a: &Attention| unsafe { attention(&cx, a) }.unwrap_err().code;
    assert_eq!(code(&args(&past, 16, 12)), "ERR_CACHE_FULL");
    assert_eq!(code(&args(&-1, 16, 1)), "ERR_CACHE_FULL");
    for start in [-1, i32::MIN] {
        let starts: *const i32 = &start;
        assert_eq!(
            code(&Attention {
                starts: Some(starts),
                ..args(&past, 16, 1)
            }),
            "ERR_INDEX"
        );
    }
    let mask = [1u8; 5];
    let short = Attention {
        key_mask: Some(mask.as_ptr()),
        mask_width: 5,
        ..args(&past, 16, 1)
    };
    assert_eq!(code(&short), "ERR_SHAPE");
}
