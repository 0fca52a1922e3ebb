//! Elementary functions over sixteen lanes: f32 in, f32 out, errors of one or two units in the last
//! place, NaN in gives NaN out, infinities give their limits. The same bits on every level.
//!
//! The polynomials are minimax fits (Lawson's iteration in f64) of the reduced functions.

use crate::simd::Simd;

const LOG2E: f32 = std::f32::consts::LOG2_E;
/// ln 2 in two parts: the first has few bits, so that n times it is exact for every exponent n.
const LN2_HI: f32 = 0.693_145_75;
const LN2_LO: f32 = 1.428_606_8e-6;
/// From here down `exp_softmax` gives exactly zero: the smallest results stay normal numbers.
const SOFTMAX_FLOOR: f32 = -87.0;

/// Evaluates a polynomial by Horner's rule, highest coefficient first.
#[inline(always)]
unsafe fn horner<S: Simd, const N: usize>(s: S, x: S::V, c: [f32; N]) -> S::V {
    let mut p = s.splat(c[0]);
    for &k in &c[1..] {
        p = s.fma(p, x, s.splat(k));
    }
    p
}

/// |x|, NaN stays NaN.
#[inline(always)]
pub unsafe fn abs<S: Simd>(s: S, x: S::V) -> S::V {
    s.max(s.sub(s.zero(), x), x)
}

/// e^x for x = n ln 2 + r as (e^r, n), for finite x (or NaN) of moderate size.
#[inline(always)]
unsafe fn exp_parts<S: Simd>(s: S, x: S::V) -> (S::V, S::V) {
    const C: [f32; 7] = [
        1.381_446_7e-3,
        8.368_781e-3,
        4.166_839_3e-2,
        1.666_651_96e-1,
        0.499_999_94,
        1.0,
        1.0,
    ];
    let n = s.round(s.mul(x, s.splat(LOG2E)));
    let r = s.fma(n, s.splat(-LN2_HI), x);
    let r = s.fma(n, s.splat(-LN2_LO), r);
    (horner(s, r, C), n)
}

/// e^x over the whole range: subnormal results included, 0 below and infinity above it.
#[inline(always)]
pub unsafe fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    // The operand order of min and max hands a NaN through.
    let x = s.min(s.splat(89.0), s.max(s.splat(-104.0), x));
    let (p, n) = exp_parts(s, x);
    // n reaches -150 and 128: two steps, of which only the second rounds.
    let half = s.round(s.mul(n, s.splat(0.5)));
    s.scale2(s.scale2(p, half), s.sub(n, half))
}

/// e^x for x <= 0 (or NaN): exactly 0 below -87, never a subnormal number, which would be slow.
#[inline(always)]
pub unsafe fn exp_softmax<S: Simd>(s: S, x: S::V) -> S::V {
    let floor = s.splat(SOFTMAX_FLOOR);
    let (p, n) = exp_parts(s, s.max(floor, x));
    s.select_lt(x, floor, s.zero(), s.scale2(p, n))
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub unsafe fn sigmoid<S: Simd>(s: S, x: S::V) -> S::V {
    let one = s.splat(1.0);
    s.div(one, s.add(one, exp(s, s.sub(s.zero(), x))))
}

/// Hyperbolic tangent.
#[inline(always)]
pub unsafe fn tanh<S: Simd>(s: S, x: S::V) -> S::V {
    const C: [f32; 5] = [
        -5.666_977_3e-3,
        2.060_617_7e-2,
        -5.373_000_7e-2,
        1.333_133_1e-1,
        -3.333_327_8e-1,
    ];
    let one = s.splat(1.0);
    let a = abs(s, x);
    let z = s.mul(x, x);
    let small = s.fma(s.mul(horner(s, z, C), z), x, x);
    let e = exp(s, s.add(a, a));
    let large = s.sub(one, s.div(s.splat(2.0), s.add(e, one)));
    let large = s.select_lt(x, s.zero(), s.sub(s.zero(), large), large);
    s.select_lt(a, s.splat(0.625), small, large)
}

/// Error function.
#[inline(always)]
pub unsafe fn erf<S: Simd>(s: S, x: S::V) -> S::V {
    // erf(x) = x + x P(x^2) up to 0.925, beyond it 1 - e^(t Q(t) - t).
    const P: [f32; 6] = [
        -5.953_761_3e-4,
        4.985_945_3e-3,
        -2.676_172_4e-2,
        1.128_168_25e-1,
        -3.761_248e-1,
        1.283_791_5e-1,
    ];
    const Q: [f32; 6] = [
        2.139_849_4e-4,
        -3.214_955_6e-3,
        2.288_996_4e-2,
        -1.052_618_4e-1,
        -6.357_183_5e-1,
        -1.285_143_6e-1,
    ];
    let small = s.fma(horner(s, s.mul(x, x), P), x, x);
    let a = abs(s, x);
    let t = s.min(s.splat(4.0), a);
    let e = exp(s, s.fma(t, horner(s, t, Q), s.sub(s.zero(), t)));
    let large = s.sub(s.splat(1.0), e);
    let large = s.select_lt(x, s.zero(), s.sub(s.zero(), large), large);
    s.select_lt(a, s.splat(0.925), small, large)
}

/// Natural logarithm: 0 gives -infinity, negative values NaN.
#[inline(always)]
pub unsafe fn log<S: Simd>(s: S, x: S::V) -> S::V {
    const C: [f32; 9] = [
        -1.294_896_3e-1,
        1.400_475_7e-1,
        -1.216_715_4e-1,
        1.400_116_1e-1,
        -1.668_230_6e-1,
        2.001_074_7e-1,
        -2.499_971_7e-1,
        3.333_320_9e-1,
        -0.5,
    ];
    let normal = s.splat(f32::MIN_POSITIVE);
    // Subnormal values are scaled up by 2^32 first.
    let up = s.select_lt(x, normal, s.mul(x, s.splat(4_294_967_296.0)), x);
    let bias = s.select_lt(x, normal, s.splat(-32.0), s.zero());
    let (m, e) = s.split(up);
    let e = s.add(e, bias);
    let f = s.sub(m, s.splat(1.0));
    let tail = s.fma(e, s.splat(LN2_LO), s.mul(horner(s, f, C), s.mul(f, f)));
    let y = s.fma(e, s.splat(LN2_HI), s.add(f, tail));
    // Infinity and NaN give themselves, negative values NaN, zeros 0 - infinity.
    let inf = s.splat(f32::INFINITY);
    let y = s.select_lt(x, inf, y, x);
    let y = s.select_lt(x, s.zero(), s.splat(f32::NAN), y);
    s.select_lt(s.zero(), abs(s, x), y, s.sub(x, inf))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dispatch, Level};

    macro_rules! each {
        ($run:ident, $body:ident, $f:ident) => {
            dispatch!(fn $run(x: *const f32, y: *mut f32, n: usize) = $body);
            #[inline(always)]
            unsafe fn $body<S: Simd>(s: S, x: *const f32, y: *mut f32, n: usize) {
                for i in (0..n).step_by(16) {
                    s.store(y.add(i), $f(s, s.load(x.add(i))));
                }
            }
        };
    }
    each!(run_exp, body_exp, exp);
    each!(run_exp_softmax, body_exp_softmax, exp_softmax);
    each!(run_sigmoid, body_sigmoid, sigmoid);
    each!(run_tanh, body_tanh, tanh);
    each!(run_erf, body_erf, erf);
    each!(run_log, body_log, log);

    type Run = unsafe fn(Level, *const f32, *mut f32, usize);

    /// Runs `f` on every level, requires equal bits and returns the values.
    fn apply(f: Run, x: &[f32]) -> Vec<f32> {
        let mut first: Option<Vec<f32>> = None;
        for level in Level::available() {
            let mut y = vec![0f32; x.len()];
            unsafe { f(level, x.as_ptr(), y.as_mut_ptr(), x.len()) };
            let first = first.get_or_insert_with(|| y.clone());
            for i in 0..x.len() {
                let same =
                    y[i].to_bits() == first[i].to_bits() || y[i].is_nan() && first[i].is_nan();
                assert!(same, "{level:?}: f({}) = {} and {}", x[i], y[i], first[i]);
            }
        }
        first.unwrap()
    }

    /// Evenly spaced values over [a, b], a multiple of 16 of them.
    fn grid(a: f64, b: f64) -> Vec<f32> {
        (0..48_000)
            .map(|i| (a + (b - a) * i as f64 / 47_999.0) as f32)
            .collect()
    }

    /// Largest error in units in the last place of the exact result (of subnormals: of 2^-149).
    fn ulps(f: Run, exact: impl Fn(f64) -> f64, x: &[f32]) -> f64 {
        let y = apply(f, x);
        let mut worst = 0f64;
        for i in 0..x.len() {
            let want = exact(x[i] as f64);
            let w = want.abs().max(f32::MIN_POSITIVE as f64);
            let ulp = 2f64.powi(w.log2().floor() as i32 - 23);
            let error = (y[i] as f64 - want).abs() / ulp;
            assert!(error < 1e6, "f({}) = {}, not {want}", x[i], y[i]);
            worst = worst.max(error);
        }
        worst
    }

    /// erf in f64 by its series.
    fn erf64(x: f64) -> f64 {
        if x.abs() > 5.5 {
            return x.signum();
        }
        // 2/sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (2n+1)!!: all terms of one sign.
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > 1e-18 * sum.abs() {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum
    }

    #[test]
    fn errors_are_small() {
        assert!((erf64(0.5) - 0.520_499_877_813_046_5).abs() < 1e-15);
        let report = [
            ("exp", ulps(run_exp, f64::exp, &grid(-103.5, 88.7)), 1.1),
            ("exp near 0", ulps(run_exp, f64::exp, &grid(-1.0, 1.0)), 1.1),
            (
                "exp_softmax",
                ulps(run_exp_softmax, f64::exp, &grid(-86.9, 0.0)),
                1.1,
            ),
            (
                "sigmoid",
                ulps(
                    run_sigmoid,
                    |x| 1.0 / (1.0 + (-x).exp()),
                    &grid(-87.0, 30.0),
                ),
                2.5,
            ),
            ("tanh", ulps(run_tanh, f64::tanh, &grid(-10.0, 10.0)), 2.0),
            (
                "tanh near 0",
                ulps(run_tanh, f64::tanh, &grid(-1e-3, 0.7)),
                2.0,
            ),
            ("erf", ulps(run_erf, erf64, &grid(-5.0, 5.0)), 1.5),
            ("erf near 0", ulps(run_erf, erf64, &grid(-1e-3, 1.0)), 1.5),
            ("log", ulps(run_log, f64::ln, &grid(1e-6, 1e6)), 1.5),
            ("log near 1", ulps(run_log, f64::ln, &grid(0.5, 2.0)), 1.5),
            (
                "log of subnormals",
                ulps(run_log, f64::ln, &grid(1e-44, 1e-36)),
                1.5,
            ),
            (
                "log of large",
                ulps(run_log, f64::ln, &grid(1e30, 3.4e38)),
                1.5,
            ),
        ];
        for (name, got, bound) in report {
            println!("{name}: {got:.3} ulp");
            assert!(got <= bound, "{name}: {got} ulp, more than {bound}");
        }
    }

    #[test]
    fn limits_and_nan() {
        const INF: f32 = f32::INFINITY;
        let mut x = vec![f32::NAN, INF, -INF, 0.0, -0.0, 1e30, -1e30, 1e-40];
        x.resize(16, 1.0);
        let check = |f: Run, want: [f32; 7]| {
            let y = apply(f, &x);
            assert!(y[0].is_nan());
            for i in 0..7 {
                let same = y[i + 1] == want[i] || y[i + 1].is_nan() && want[i].is_nan();
                assert!(same, "f({}) = {}, not {}", x[i + 1], y[i + 1], want[i]);
            }
        };
        check(run_exp, [INF, 0.0, 1.0, 1.0, INF, 0.0, 1.0]);
        check(run_sigmoid, [1.0, 0.0, 0.5, 0.5, 1.0, 0.0, 0.5]);
        check(run_tanh, [1.0, -1.0, 0.0, 0.0, 1.0, -1.0, 1e-40]);
        check(
            run_log,
            [
                INF,
                f32::NAN,
                -INF,
                -INF,
                1e30f64.ln() as f32,
                f32::NAN,
                f64::from(1e-40f32).ln() as f32,
            ],
        );
        let e = apply(run_erf, &x);
        assert_eq!((e[1], e[2], e[3], e[5], e[6]), (1.0, -1.0, 0.0, 1.0, -1.0));
        assert!(e[0].is_nan());
        let mut x = vec![0.0, -INF, -87.1, -87.0, f32::NAN, -1e30];
        x.resize(16, 0.0);
        let p = apply(run_exp_softmax, &x);
        assert_eq!((p[0], p[1], p[2], p[5]), (1.0, 0.0, 0.0, 0.0));
        assert!(p[3] > f32::MIN_POSITIVE && p[4].is_nan());
    }
}
