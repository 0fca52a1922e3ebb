use super::*;
use crate::elementwise::testing::{contexts, Rng};

const NEUTRAL: Filter = Filter {
    temperature: 1.0,
    top_k: 0,
    top_p: 1.0,
    min_p: 0.0,
    min_tokens_to_keep: 1,
};

fn run(cx: Cx, x: &[f32], rows: usize, filter: Filter) -> Vec<f32> {
    let mut y = x.to_vec();
    let logits = Logits {
        ptr: y.as_mut_ptr(),
        rows,
        vocab: x.len() / rows,
    };
    unsafe { filter_logits(cx, logits, filter).unwrap() };
    y
}

fn softmax(x: &[f32]) -> Vec<f64> {
    let top = x.iter().fold(
        f32::NEG_INFINITY,
        |a, v| if *v > a || v.is_nan() { *v } else { a },
    ) as f64;
    let e: Vec<f64> = x.iter().map(|v| (*v as f64 - top).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|v| v / sum).collect()
}

/// NaN counts as largest, -0 equals 0.
fn ascending(a: f32, b: f32) -> std::cmp::Ordering {
    a.is_nan()
        .cmp(&b.is_nan())
        .then(a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal))
}

/// Transformers' warpers, naively: the scores, and which tokens are too close to call.
fn reference(x: &[f32], f: Filter) -> (Vec<f32>, Vec<bool>) {
    let n = x.len();
    let keep = f.min_tokens_to_keep.clamp(1, n);
    let mut y: Vec<f32> = x
        .iter()
        .map(|v| {
            if f.temperature == 1.0 {
                *v
            } else {
                v / f.temperature
            }
        })
        .collect();
    let mut near = vec![false; n];
    if f.top_k > 0 {
        let mut sorted = y.clone();
        sorted.sort_by(|a, b| ascending(*b, *a));
        let least = sorted[f.top_k.max(keep).min(n) - 1];
        y.iter_mut()
            .filter(|v| **v < least)
            .for_each(|v| *v = f32::NEG_INFINITY);
    }
    if f.top_p < 1.0 {
        let p = softmax(&y);
        let mut by: Vec<usize> = (0..n).collect();
        by.sort_by(|a, b| ascending(y[*a], y[*b]));
        let mut sum = 0.0;
        for (i, t) in by.iter().enumerate() {
            sum += p[*t];
            if i < n - keep && sum <= 1.0 - f.top_p {
                y[*t] = f32::NEG_INFINITY;
            }
            near[*t] |= i < n - keep && (sum - (1.0 - f.top_p)).abs() < 1e-6;
        }
    }
    if f.min_p > 0.0 {
        let p = softmax(&y);
        let top = p.iter().cloned().fold(0.0, f64::max);
        let mut sorted = y.clone();
        sorted.sort_by(|a, b| ascending(*b, *a));
        for t in 0..n {
            if p[t] < f.min_p * top && y[t] < sorted[keep - 1] {
                y[t] = f32::NEG_INFINITY;
            }
            near[t] |= (p[t] - f.min_p * top).abs() < 1e-6 * top;
        }
    }
    (y, near)
}

#[test]
fn ten_thousand_rows_with_anything_in_them_follow_the_reference() {
    let mut rng = Rng(71);
    let all = contexts();
    for round in 0..10_000 {
        let n = 1 + rng.below(if round % 50 == 0 { 3000 } else { 60 });
        let wild = round % 3 == 0;
        let x: Vec<f32> = (0..n)
            .map(|_| match rng.below(20) {
                0 if wild => rng.wild(),
                1 => f32::NEG_INFINITY,
                2 => 1.5,
                _ => rng.unit() * 12.0,
            })
            .collect();
        let filter = Filter {
            temperature: [1.0, 0.7, 2.5][rng.below(3)],
            top_k: [0, 1, 5, 50, 1000][rng.below(5)],
            top_p: [1.0, 0.9, 0.5, 0.0, 0.999][rng.below(5)],
            min_p: [0.0, 0.1, 0.9][rng.below(3)],
            min_tokens_to_keep: [1, 1, 3][rng.below(3)],
        };
        let (want, near) = reference(&x, filter);
        let odd = want.iter().any(|v| v.is_nan()) || want.contains(&f32::INFINITY);
        {
            let got = run(all[round % all.len()], &x, 1, filter);
            for i in 0..n {
                // A borderline token moves the softmax of the filters after it: nothing to compare.
                let same = got[i] == want[i] || got[i].is_nan() && want[i].is_nan();
                let excused = near.contains(&true) || odd && filter.top_k == 0;
                assert!(
                    same || excused,
                    "{filter:?} {n}: token {i} of {:?}: {} not {}",
                    &x[..n.min(70)],
                    got[i],
                    want[i]
                );
                assert!(got[i].is_nan() == x[i].is_nan());
            }
            let kept = |y: &[f32]| {
                y.iter()
                    .filter(|v| **v > f32::NEG_INFINITY || v.is_nan())
                    .count()
            };
            assert!(kept(&got) >= kept(&x).min(1));
        }
    }
}

#[test]
fn ties_with_the_kth_score_stay_and_ties_at_the_top_p_cut_go_by_index() {
    let gone = f32::NEG_INFINITY;
    for cx in contexts() {
        let k = run(
            cx,
            &[1.0, 3.0, 2.0, 2.0, 0.0],
            1,
            Filter {
                top_k: 2,
                ..NEUTRAL
            },
        );
        assert_eq!(k, [gone, 3.0, 2.0, 2.0, gone]);
        // Four equal tokens: 0.25 each, the first goes when 0.3 may go.
        let p = run(
            cx,
            &[1.0; 4],
            1,
            Filter {
                top_p: 0.7,
                ..NEUTRAL
            },
        );
        assert_eq!(p, [gone, 1.0, 1.0, 1.0]);
        let all = run(
            cx,
            &[gone, 5.0, 1.0],
            1,
            Filter {
                top_p: 0.0,
                min_tokens_to_keep: 2,
                ..NEUTRAL
            },
        );
        assert_eq!(all, [gone, 5.0, 1.0]);
        let rows = run(
            cx,
            &[1.0, 9.0, 9.0, 1.0],
            2,
            Filter {
                temperature: 0.5,
                min_p: 0.5,
                ..NEUTRAL
            },
        );
        assert_eq!(rows, [gone, 18.0, 18.0, gone]);
    }
}

#[test]
fn large_vocabularies_take_the_same_way_on_any_number_of_threads() {
    let mut rng = Rng(72);
    let x: Vec<f32> = (0..3 * 49_152)
        .map(|_| rng.unit() + rng.unit() + rng.unit())
        .collect();
    for filter in [
        Filter {
            top_k: 50,
            top_p: 0.9,
            temperature: 0.8,
            min_p: 0.05,
            ..NEUTRAL
        },
        Filter {
            top_p: 0.9,
            ..NEUTRAL
        },
        Filter {
            top_k: 20_000,
            ..NEUTRAL
        },
    ] {
        let want = run(contexts()[0], &x, 3, filter);
        let (naive, _) = reference(&x[..49_152], filter);
        let differing = naive.iter().zip(&want).filter(|(a, b)| a != b).count();
        assert!(differing <= 2, "{differing}");
        for cx in contexts() {
            assert_eq!(run(cx, &x, 3, filter), want);
        }
    }
}

#[test]
fn impossible_options_are_errors() {
    let mut y = [0f32; 2];
    let logits = Logits {
        ptr: y.as_mut_ptr(),
        rows: 1,
        vocab: 2,
    };
    for t in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let got = unsafe {
            filter_logits(
                contexts()[0],
                logits,
                Filter {
                    temperature: t,
                    ..NEUTRAL
                },
            )
        };
        assert_eq!(got.unwrap_err().code, "ERR_OPTION");
    }
    for p in [-0.1, f64::NAN] {
        let got = unsafe {
            filter_logits(
                contexts()[0],
                logits,
                Filter {
                    top_p: p,
                    ..NEUTRAL
                },
            )
        };
        assert_eq!(got.unwrap_err().code, "ERR_OPTION");
    }
}
