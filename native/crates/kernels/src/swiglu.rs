//! Gated activations: act(gate) * up, of two tensors with any strides (so that gate and up may be
//! the halves of one fused projection).

use crate::elem::{unsupported, Elem};
use crate::elementwise::{map, through_f32, Source};
use crate::simd::{Simd, LANES};
use crate::unary::{gelu, gelu_tanh, silu};
use crate::{dispatch, Cx, KernelError};

/// The activation of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Silu,
    Gelu,
    GeluTanh,
}

impl Gate {
    pub const ALL: [Gate; 3] = [Gate::Silu, Gate::Gelu, Gate::GeluTanh];
}

dispatch!(fn block(kind: Gate, g: *const f32, u: *const f32, y: *mut f32, n: usize) = body);

#[inline(always)]
unsafe fn body<S: Simd>(s: S, kind: Gate, g: *const f32, u: *const f32, y: *mut f32, n: usize) {
    macro_rules! each {
        ($act:ident) => {{
            let full = n - n % LANES;
            for i in (0..full).step_by(LANES) {
                s.store(y.add(i), s.mul($act(s, s.load(g.add(i))), s.load(u.add(i))));
            }
            if full < n {
                let m = n - full;
                let v = s.mul(
                    $act(s, s.load_part(g.add(full), m)),
                    s.load_part(u.add(full), m),
                );
                s.store_part(y.add(full), v, m);
            }
        }};
    }
    match kind {
        Gate::Silu => each!(silu),
        Gate::Gelu => each!(gelu),
        Gate::GeluTanh => each!(gelu_tanh),
    }
}

/// out = act(gate) * up, row-major; f32, bf16 or f16 (one rounding at the store).
///
/// # Safety
/// See `elementwise::map`.
pub unsafe fn swiglu(
    cx: Cx,
    kind: Gate,
    gate: Source,
    up: Source,
    out: *mut u8,
) -> Result<(), KernelError> {
    let elem = gate.elem;
    if up.elem != elem || !(elem == Elem::F32 || elem.half().is_some()) {
        return Err(unsupported("swiglu", elem));
    }
    let level = cx.level;
    map(cx, [gate, up], out, elem.size(), 4, &|x, o, n| {
        match elem.half() {
            None => block(
                level,
                kind,
                x[0] as *const f32,
                x[1] as *const f32,
                o as *mut f32,
                n,
            ),
            Some(half) => through_f32(level, half, x, o, n, None, &|x, o, n| {
                block(level, kind, x[0], x[1], o as *mut f32, n)
            }),
        }
        true
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, Rng};
    use crate::layout::Layout;
    use crate::simd::{f16_to_f32, f32_to_f16};

    fn reference(kind: Gate, g: f32, u: f32) -> f64 {
        let x = g as f64;
        let a = match kind {
            Gate::Silu => x / (1.0 + (-x).exp()),
            Gate::Gelu => {
                // Phi by Simpson's rule: independent of any error function.
                let steps = 2000;
                let h = x / steps as f64;
                let f = |t: f64| (-t * t / 2.0).exp();
                let inner: f64 = (1..steps)
                    .map(|i| f(i as f64 * h) * if i % 2 == 1 { 4.0 } else { 2.0 })
                    .sum();
                x * (0.5 + (f(0.0) + inner + f(x)) * h / 3.0 / (2.0 * std::f64::consts::PI).sqrt())
            }
            Gate::GeluTanh => {
                0.5 * x * (1.0 + (0.797_884_560_802_865_4 * (x + 0.044715 * x.powi(3))).tanh())
            }
        };
        a * u as f64
    }

    #[test]
    fn halves_of_a_fused_projection_match_the_formula_on_every_level() {
        let mut rng = Rng(5);
        let (rows, width) = (7, 133);
        let x: Vec<f32> = (0..rows * 2 * width).map(|_| rng.unit() * 5.0).collect();
        let x16: Vec<u16> = x.iter().map(|&v| f32_to_f16(v)).collect();
        let layout = Layout::new(&[rows, width], &[2 * width, 1]).unwrap();
        for kind in [Gate::Silu, Gate::Gelu, Gate::GeluTanh] {
            let mut first: Option<Vec<f32>> = None;
            for cx in contexts() {
                let mut out = vec![0f32; rows * width];
                let mut out16 = vec![0u16; rows * width];
                let source = |p: *const u8, elem| Source {
                    ptr: p,
                    elem,
                    layout: &layout,
                };
                unsafe {
                    let (g, u) = (x.as_ptr(), x.as_ptr().add(width));
                    let (g, u) = (source(g as _, Elem::F32), source(u as _, Elem::F32));
                    swiglu(cx, kind, g, u, out.as_mut_ptr() as *mut u8).unwrap();
                    let (g, u) = (x16.as_ptr(), x16.as_ptr().add(width));
                    let (g, u) = (source(g as _, Elem::F16), source(u as _, Elem::F16));
                    swiglu(cx, kind, g, u, out16.as_mut_ptr() as *mut u8).unwrap();
                }
                for r in 0..rows {
                    for c in 0..width {
                        let (i, j) = (r * 2 * width + c, r * width + c);
                        let want = reference(kind, x[i], x[i + width]);
                        assert!(
                            (out[j] as f64 - want).abs() < 3e-6 * (1.0 + want.abs()),
                            "{kind:?} {want}"
                        );
                        let want = reference(kind, f16_to_f32(x16[i]), f16_to_f32(x16[i + width]));
                        assert!(
                            (f16_to_f32(out16[j]) as f64 - want).abs() < 1e-3 * want.abs() + 1e-5
                        );
                    }
                }
                assert_eq!(*first.get_or_insert_with(|| out.clone()), out);
            }
        }
    }
}
