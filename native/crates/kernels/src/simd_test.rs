use super::*;
use crate::{dispatch, Level};

/// Operands of one call; `n` counts lanes of the partial operations.
struct Case {
    a: [f32; LANES],
    b: [f32; LANES],
    c: [f32; LANES],
    d: [f32; LANES],
    half: [u16; LANES],
    n: usize,
}

const OPS: [&str; 23] = [
    "zero",
    "splat",
    "load",
    "load_part",
    "store_part",
    "load_bf16",
    "load_f16",
    "add",
    "sub",
    "mul",
    "div",
    "fma",
    "max",
    "min",
    "sqrt",
    "round",
    "scale2",
    "select_lt",
    "reduce_sum",
    "reduce_max",
    "reduce_sum4",
    "prefetch",
    "store",
];

dispatch!(fn apply(op: &str, case: &Case, out: *mut f32) = apply_body);

#[inline(always)]
unsafe fn apply_body<S: Simd>(s: S, op: &str, case: &Case, out: *mut f32) {
    let (a, b) = (s.load(case.a.as_ptr()), s.load(case.b.as_ptr()));
    let (c, d) = (s.load(case.c.as_ptr()), s.load(case.d.as_ptr()));
    let v = match op {
        "zero" => s.zero(),
        "splat" => s.splat(case.a[3]),
        "load" | "store" => a,
        "load_part" => s.load_part(case.a.as_ptr(), case.n),
        "store_part" => return s.store_part(out, a, case.n),
        "load_bf16" => s.load_bf16(case.half.as_ptr()),
        "load_f16" => s.load_f16(case.half.as_ptr()),
        "add" => s.add(a, b),
        "sub" => s.sub(a, b),
        "mul" => s.mul(a, b),
        "div" => s.div(a, b),
        "fma" => s.fma(a, b, c),
        "max" => s.max(a, b),
        "min" => s.min(a, b),
        "sqrt" => s.sqrt(a),
        "round" => s.round(a),
        // Exponents from -126 to 127.
        "scale2" => s.scale2(a, s.round(s.max(s.min(b, s.splat(127.0)), s.splat(-126.0)))),
        "select_lt" => s.select_lt(a, b, c, d),
        "reduce_sum" => s.splat(s.reduce_sum(a)),
        "reduce_max" => s.splat(s.reduce_max(a)),
        "reduce_sum4" => {
            let sums = s.reduce_sum4([a, b, c, d]);
            return core::ptr::copy_nonoverlapping(sums.as_ptr(), out, 4);
        }
        "prefetch" => {
            s.prefetch(core::ptr::null());
            a
        }
        _ => unreachable!(),
    };
    s.store(out, v);
}

const SPECIAL: [u32; 20] = [
    0x0000_0000,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0x7f80_0001,
    0x0000_0001,
    0x8000_0001,
    0x007f_ffff,
    0x0080_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x3f00_0000,
    0x3fc0_0000,
    0x4020_0000,
    0xbf00_0000,
    0x4b00_0001,
    0x3380_0000,
];

/// Values of every kind: special ones, any bits, and ordinary ones.
fn value(state: &mut u64) -> f32 {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    let bits = (*state >> 32) as u32;
    match bits % 4 {
        0 => f32::from_bits(SPECIAL[bits as usize / 4 % SPECIAL.len()]),
        1 => f32::from_bits(bits.rotate_left(7)),
        _ => (bits >> 8) as f32 / (1 << 20) as f32 - 8.0,
    }
}

#[test]
fn every_level_gives_the_bits_of_the_scalar_level() {
    let mut state = 7;
    let mut four = || [(); 4].map(|_| [(); LANES].map(|_| value(&mut state)));
    for round in 0..2000 {
        let [a, b, c, d] = four();
        let half = a.map(|x| (x.to_bits() >> 8) as u16);
        let case = Case {
            a,
            b,
            c,
            d,
            half,
            n: round % LANES,
        };
        for op in OPS {
            let mut want = [5f32; LANES];
            unsafe { apply(Level::Scalar, op, &case, want.as_mut_ptr()) };
            for level in Level::available() {
                let mut got = [5f32; LANES];
                unsafe { apply(level, op, &case, got.as_mut_ptr()) };
                for i in 0..LANES {
                    // Which payload a NaN carries is not promised.
                    let same = got[i].to_bits() == want[i].to_bits()
                        || got[i].is_nan() && want[i].is_nan();
                    assert!(
                        same,
                        "{op} {level:?} lane {i}: {} instead of {}",
                        got[i], want[i]
                    );
                }
            }
        }
    }
}

#[test]
fn all_half_values_widen_alike() {
    for first in (0..=u16::MAX).step_by(LANES) {
        let mut case = Case {
            a: [0.0; LANES],
            b: [0.0; LANES],
            c: [0.0; LANES],
            d: [0.0; LANES],
            half: [0; LANES],
            n: 0,
        };
        for i in 0..LANES {
            case.half[i] = first + i as u16;
        }
        for level in Level::available() {
            for (op, widen) in [
                ("load_bf16", bf16_to_f32 as fn(u16) -> f32),
                ("load_f16", f16_to_f32),
            ] {
                let mut got = [0f32; LANES];
                unsafe { apply(level, op, &case, got.as_mut_ptr()) };
                for i in 0..LANES {
                    assert_eq!(
                        got[i].to_bits(),
                        widen(case.half[i]).to_bits(),
                        "{op} {:#06x}",
                        case.half[i]
                    );
                }
            }
        }
    }
}

#[test]
fn partial_operations_touch_nothing_beyond() {
    for level in Level::available() {
        for n in 0..LANES {
            let mut case = Case {
                a: [2.0; LANES],
                b: [0.0; LANES],
                c: [0.0; LANES],
                d: [0.0; LANES],
                half: [0; LANES],
                n,
            };
            case.a[n..].fill(f32::NAN);
            let mut got = [5f32; LANES];
            unsafe { apply(level, "load_part", &case, got.as_mut_ptr()) };
            assert!((0..LANES).all(|i| got[i] == if i < n { 2.0 } else { 0.0 }));
            let mut got = [5f32; LANES];
            unsafe { apply(level, "store_part", &case, got.as_mut_ptr()) };
            assert!((0..LANES).all(|i| got[i] == if i < n { 2.0 } else { 5.0 }));
        }
    }
}

#[test]
fn the_sum_is_the_written_tree() {
    let mut state = 3;
    let a = [(); LANES]
        .map(|_| value(&mut state))
        .map(|x| if x.is_finite() { x } else { 1.0 });
    let mut t = a;
    for w in [8, 4, 2, 1] {
        for i in 0..w {
            t[i] += t[i + w];
        }
    }
    let case = Case {
        a,
        b: a,
        c: a,
        d: a,
        half: [0; LANES],
        n: 0,
    };
    for level in Level::available() {
        let mut got = [0f32; LANES];
        unsafe { apply(level, "reduce_sum", &case, got.as_mut_ptr()) };
        assert_eq!(got[0].to_bits(), t[0].to_bits());
        unsafe { apply(level, "reduce_sum4", &case, got.as_mut_ptr()) };
        assert!(got[..4].iter().all(|x| x.to_bits() == t[0].to_bits()));
    }
}

#[test]
fn rounding_to_halves_is_to_nearest_even_and_keeps_special_values() {
    for h in 0..=u16::MAX {
        for (narrow, widen) in [
            (f32_to_bf16 as fn(f32) -> u16, bf16_to_f32 as fn(u16) -> f32),
            (f32_to_f16, f16_to_f32),
        ] {
            let x = widen(h);
            if x.is_nan() {
                assert!(widen(narrow(x)).is_nan());
                continue;
            }
            assert_eq!(narrow(x), h);
            let next = widen(h + 1);
            if h & 0x7fff == 0x7fff || next.is_nan() || !next.is_finite() || !x.is_finite() {
                continue;
            }
            // Half way to the neighbour: the even one; a little less or more: the nearer one.
            let middle = ((x as f64 + next as f64) / 2.0) as f32;
            assert_eq!(
                narrow(middle),
                if h & 1 == 0 { h } else { h + 1 },
                "{h:#06x}"
            );
            let toward = |y: f32, to: f32| {
                f32::from_bits(if (to.abs() > y.abs()) == (y != 0.0) {
                    y.to_bits() + 1
                } else {
                    y.to_bits() - 1
                })
            };
            assert_eq!(narrow(toward(middle, x)), h, "{h:#06x}");
            assert_eq!(narrow(toward(middle, next)), h + 1, "{h:#06x}");
        }
    }
    assert_eq!(f32_to_f16(65519.0), 0x7bff);
    assert_eq!(f32_to_f16(65520.0), 0x7c00);
    assert_eq!(f32_to_f16(f32::NEG_INFINITY), 0xfc00);
    assert_eq!(f32_to_bf16(f32::MAX), 0x7f80);
    assert_eq!(f32_to_f16(1e-10), 0);
}
