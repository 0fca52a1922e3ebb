//! Reading by index: whole slices along an axis (`index_select`) or element by element (`gather`).
//! All indices are checked before anything is read; negative ones are errors here.

use crate::elem::{unsupported, Elem};
use crate::elementwise::ranges;
use crate::reduce::Axes;
use crate::{Cx, KernelError, Ptr};

/// A contiguous list of indices, i32 or i64.
#[derive(Clone, Copy)]
pub struct Indices {
    pub ptr: *const u8,
    pub elem: Elem,
    pub len: usize,
}

unsafe impl Send for Indices {}
unsafe impl Sync for Indices {}

impl Indices {
    #[inline(always)]
    unsafe fn get(self, i: usize) -> i64 {
        if self.elem == Elem::I32 {
            *(self.ptr as *const i32).add(i) as i64
        } else {
            *(self.ptr as *const i64).add(i)
        }
    }

    /// Every index lies in 0..n.
    unsafe fn check(self, op: &str, n: usize) -> Result<(), KernelError> {
        if !matches!(self.elem, Elem::I32 | Elem::I64) {
            return Err(unsupported(op, self.elem));
        }
        for i in 0..self.len {
            let v = self.get(i);
            if v < 0 || v as u64 >= n as u64 {
                return Err(KernelError {
                    code: "ERR_INDEX",
                    message: format!(
                        "{op}: indices must be between 0 and {} for an axis of {n}; got {v} at position {i}. Check where it comes from.",
                        n as i64 - 1
                    ),
                });
            }
        }
        Ok(())
    }
}

/// out[o, j, :] = x[o, index[j], :] for elements of `size` bytes; x is [outer, axis, inner].
///
/// # Safety
/// `x` is contiguous with the elements of `axes`; `out` has room for outer * index.len * inner.
pub unsafe fn index_select(
    cx: Cx,
    size: usize,
    x: *const u8,
    axes: Axes,
    index: Indices,
    out: *mut u8,
) -> Result<(), KernelError> {
    let Axes { outer, axis, inner } = axes;
    index.check("indexSelect", axis)?;
    let row = inner * size;
    let (x, out) = (Ptr(x as *mut u8), Ptr(out));
    ranges(cx, outer * index.len, inner.max(1), &|start, end| {
        for unit in start..end {
            let (o, j) = (unit / index.len, unit % index.len);
            let from = (o * axis + index.get(j) as usize) * row;
            std::ptr::copy_nonoverlapping(x.get().add(from), out.get().add(unit * row), row);
        }
    });
    Ok(())
}

/// out[o, j, i] = x[o, index[o, j, i], i]; the index is [outer, n, inner] and so is the output.
///
/// # Safety
/// `x` is contiguous with the elements of `axes`; `out` has room for index.len = outer * n * inner.
pub unsafe fn gather(
    cx: Cx,
    size: usize,
    x: *const u8,
    axes: Axes,
    n: usize,
    index: Indices,
    out: *mut u8,
) -> Result<(), KernelError> {
    index.check("gather", axes.axis)?;
    match size {
        1 => pick::<u8>(cx, x, axes, n, index, out),
        2 => pick::<u16>(cx, x, axes, n, index, out),
        4 => pick::<u32>(cx, x, axes, n, index, out),
        _ => pick::<u64>(cx, x, axes, n, index, out),
    }
    Ok(())
}

unsafe fn pick<T: Copy>(cx: Cx, x: *const u8, axes: Axes, n: usize, index: Indices, out: *mut u8) {
    let Axes { axis, inner, .. } = axes;
    let (x, out) = (Ptr(x as *mut T), Ptr(out as *mut T));
    ranges(cx, index.len, 4, &|start, end| {
        for at in start..end {
            let (o, i) = (at / (n * inner), at % inner);
            let from = (o * axis + index.get(at) as usize) * inner + i;
            *out.get().add(at) = *x.get().add(from);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, Rng};

    fn indices<T>(v: &[T], elem: Elem) -> Indices {
        Indices {
            ptr: v.as_ptr() as *const u8,
            elem,
            len: v.len(),
        }
    }

    #[test]
    fn reads_what_the_indices_say() {
        let mut rng = Rng(41);
        let x: Vec<u64> = (0..60_000).map(|_| rng.next()).collect();
        for (outer, axis, inner) in [(1, 7, 1), (3, 5, 4), (2, 300, 90), (1, 1, 1), (4, 3, 0)] {
            let axes = Axes { outer, axis, inner };
            for size in [1, 2, 4, 8] {
                let bytes =
                    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u8, 8 * x.len()) };
                for cx in contexts() {
                    let n = 1 + rng.below(9);
                    let list: Vec<i32> = (0..n).map(|_| rng.below(axis) as i32).collect();
                    let mut out = vec![0u8; outer * n * inner * size + 8];
                    let out_ptr = out.as_mut_ptr();
                    let index = indices(&list, Elem::I32);
                    unsafe {
                        index_select(cx, size, bytes.as_ptr(), axes, index, out_ptr).unwrap()
                    };
                    let each: Vec<i64> = (0..outer * n * inner)
                        .map(|_| rng.below(axis) as i64)
                        .collect();
                    let mut single = vec![0u64; each.len() + 1];
                    let index = indices(&each, Elem::I64);
                    unsafe {
                        gather(
                            cx,
                            size,
                            bytes.as_ptr(),
                            axes,
                            n,
                            index,
                            single.as_mut_ptr() as *mut u8,
                        )
                        .unwrap()
                    };
                    let single = unsafe {
                        std::slice::from_raw_parts(single.as_ptr() as *const u8, each.len() * size)
                    };
                    for at in 0..outer * n * inner {
                        let (o, j, i) = (at / (n * inner), at / inner % n, at % inner);
                        let want = |k: usize| &bytes[((o * axis + k) * inner + i) * size..][..size];
                        assert_eq!(&out[at * size..][..size], want(list[j] as usize));
                        assert_eq!(&single[at * size..][..size], want(each[at] as usize));
                    }
                }
            }
        }
    }

    #[test]
    fn twenty_thousand_hostile_lists_are_errors() {
        let mut rng = Rng(42);
        let x = [1u64; 64];
        for round in 0..20_000 {
            let (outer, axis, inner) = (1 + rng.below(2), rng.below(6), 1 + rng.below(3));
            let axes = Axes { outer, axis, inner };
            let n = 1 + rng.below(4);
            let a = axis as i64;
            let hostile = [
                -1,
                -a,
                a,
                a + 1,
                i64::MIN,
                i64::MAX,
                f64::NAN as i64 - 1,
                1 << 32,
                -(1 << 32),
            ];
            let wide = round % 2 == 0;
            let total = outer * n * inner;
            let mut list: Vec<i64> = (0..total).map(|_| rng.below(axis.max(1)) as i64).collect();
            let mut bad = hostile[rng.below(9)];
            if !wide {
                bad = bad.clamp(i32::MIN as i64, i32::MAX as i64);
            }
            if axis > 0 && (0..a).contains(&bad) {
                bad = a;
            }
            let place = rng.below(n);
            list[place] = bad;
            let narrow: Vec<i32> = list.iter().map(|v| *v as i32).collect();
            let elem = if wide { Elem::I64 } else { Elem::I32 };
            let all = if wide {
                indices(&list, elem)
            } else {
                indices(&narrow, elem)
            };
            let mut out = [7u64; 64];
            let y = out.as_mut_ptr() as *mut u8;
            let cx = contexts()[0];
            let a = unsafe { gather(cx, 8, x.as_ptr() as *const u8, axes, n, all, y) };
            let few = Indices { len: n, ..all };
            let b = unsafe { index_select(cx, 4, x.as_ptr() as *const u8, axes, few, y) };
            assert_eq!(
                (a.unwrap_err().code, b.unwrap_err().code),
                ("ERR_INDEX", "ERR_INDEX")
            );
            assert!(out.iter().all(|v| *v == 7));
        }
        let floats = indices(&[0f32], Elem::F32);
        let axes = Axes {
            outer: 1,
            axis: 1,
            inner: 1,
        };
        let got = unsafe {
            index_select(
                contexts()[0],
                4,
                x.as_ptr() as *const u8,
                axes,
                floats,
                std::ptr::null_mut(),
            )
        };
        assert_eq!(got.unwrap_err().code, "ERR_DTYPE");
    }
}
