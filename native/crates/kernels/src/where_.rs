//! Choice between two tensors by a mask, with broadcasting strides; any element type, bits untouched.

use crate::elem::{unsupported, Elem};
use crate::elementwise::{map, Source};
use crate::simd::Simd;
use crate::{dispatch, Cx, KernelError};

macro_rules! select {
    ($name:ident, $body:ident, $t:ty) => {
        dispatch!(fn $name(c: *const u8, a: *const $t, b: *const $t, y: *mut $t, n: usize) = $body);
        #[inline(always)]
        unsafe fn $body<S: Simd>(_s: S, c: *const u8, a: *const $t, b: *const $t, y: *mut $t, n: usize) {
            for i in 0..n {
                let (u, v) = (*a.add(i), *b.add(i));
                *y.add(i) = if *c.add(i) != 0 { u } else { v };
            }
        }
    };
}
select!(select_1, body_1, u8);
select!(select_2, body_2, u16);
select!(select_4, body_4, u32);
select!(select_8, body_8, u64);

/// out = condition ? a : b, row-major. The condition is bool or u8 (any byte but 0 is true); a and b
/// have one element type; all three have one shape (broadcast dimensions have stride 0).
///
/// # Safety
/// See `elementwise::map`.
pub unsafe fn where_(
    cx: Cx,
    condition: Source,
    a: Source,
    b: Source,
    out: *mut u8,
) -> Result<(), KernelError> {
    if condition.elem.size() != 1 {
        return Err(unsupported("where", condition.elem));
    }
    if a.elem != b.elem {
        return Err(unsupported("where", b.elem));
    }
    let (level, elem): (_, Elem) = (cx.level, a.elem);
    map(
        cx,
        [condition, a, b],
        out,
        elem.size(),
        1,
        &|[c, a, b], o, n| {
            match elem.size() {
                1 => select_1(level, c, a, b, o, n),
                2 => select_2(level, c, a as _, b as _, o as _, n),
                4 => select_4(level, c, a as _, b as _, o as _, n),
                _ => select_8(level, c, a as _, b as _, o as _, n),
            }
            true
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, elements, layouts, Rng};
    use crate::layout::Layout;

    #[test]
    fn picks_by_the_mask_for_every_size_and_layout() {
        let mut rng = Rng(6);
        let bytes: Vec<u64> = (0..40_000).map(|_| rng.next()).collect();
        let mask: Vec<u8> = (0..4096).map(|_| rng.below(3) as u8).collect();
        macro_rules! check {
            ($elem:expr, $t:ty) => {
                let data = unsafe { std::slice::from_raw_parts(bytes.as_ptr() as *const $t, 8192) };
                for l in layouts() {
                    let zero = Layout::new(l.shape(), &vec![0; l.shape().len()]).unwrap();
                    for (lc, la, lb) in [(&l, &l, &zero), (&zero, &l, &l), (&l, &zero, &l)] {
                        let (c, a, b) = (
                            elements(&mask, lc),
                            elements(data, la),
                            elements(&data[99..], lb),
                        );
                        for cx in contexts() {
                            let mut out = vec![0 as $t; l.size()];
                            let got = unsafe {
                                where_(
                                    cx,
                                    Source {
                                        ptr: mask.as_ptr(),
                                        elem: Elem::U8,
                                        layout: lc,
                                    },
                                    Source {
                                        ptr: data.as_ptr() as _,
                                        elem: $elem,
                                        layout: la,
                                    },
                                    Source {
                                        ptr: data.as_ptr().add(99) as _,
                                        elem: $elem,
                                        layout: lb,
                                    },
                                    out.as_mut_ptr() as *mut u8,
                                )
                            };
                            assert!(got.is_ok());
                            for i in 0..out.len() {
                                assert_eq!(out[i], if c[i] != 0 { a[i] } else { b[i] });
                            }
                        }
                    }
                }
            };
        }
        check!(Elem::I8, u8);
        check!(Elem::Bf16, u16);
        check!(Elem::F32, u32);
        check!(Elem::F64, u64);
    }
}
