//! Copies between any two layouts, converting the element type on the way; filling; counting.
//! Concatenation is a copy per input into a slice of the output.

use crate::cast::{convert, Scalar};
use crate::elem::Elem;
use crate::elementwise::{gather_run, ranges, Source};
use crate::layout::{Layout, Plan};
use crate::{Cx, Level, Ptr};

/// Elements converted at a time.
const PART: usize = 256;

#[inline(always)]
unsafe fn scatter<T: Copy>(x: *const u8, y: *mut u8, stride: usize, n: usize) {
    let (x, y) = (x as *const T, y as *mut T);
    for i in 0..n {
        *y.add(i * stride) = *x.add(i);
    }
}

unsafe fn scatter_run(size: usize, x: *const u8, y: *mut u8, stride: usize, n: usize) {
    match size {
        1 => scatter::<u8>(x, y, stride, n),
        2 => scatter::<u16>(x, y, stride, n),
        4 => scatter::<u32>(x, y, stride, n),
        _ => scatter::<u64>(x, y, stride, n),
    }
}

/// One run with a stride on each side.
unsafe fn run(
    level: Level,
    (from, x, sx): (Elem, *const u8, usize),
    (to, y, sy): (Elem, *mut u8, usize),
    n: usize,
) {
    if sy == 1 && from == to {
        return gather_run(from.size(), x, sx, y, n);
    }
    if sx == 1 && sy == 1 {
        return convert(level, from, to, x, y, n);
    }
    if sx == 1 && from == to {
        return scatter_run(to.size(), x, y, sy, n);
    }
    let (mut a, mut b) = ([0u64; PART], [0u64; PART]);
    let (a, b) = (a.as_mut_ptr() as *mut u8, b.as_mut_ptr() as *mut u8);
    let mut at = 0;
    while at < n {
        let m = PART.min(n - at);
        gather_run(from.size(), x.add(at * sx * from.size()), sx, a, m);
        convert(level, from, to, a, b, m);
        scatter_run(to.size(), b, y.add(at * sy * to.size()), sy, m);
        at += m;
    }
}

/// Writes the elements of `x` to `y`, which has the same shape and its own strides and type.
///
/// # Safety
/// `x` and `y` hold what their layouts span, do not overlap, and no two elements of `y` share a place.
pub unsafe fn copy(cx: Cx, x: Source, to: Elem, y: *mut u8, layout: &Layout) {
    let plan = Plan::new([x.layout, layout]).sorted_by(1);
    let [sx, sy] = plan.inner_strides();
    let (from, level) = (x.elem, cx.level);
    let (px, py) = (Ptr(x.ptr as *mut u8), Ptr(y));
    ranges(cx, plan.size(), 1, &|start, end| {
        let mut walk = plan.walk(start);
        let mut at = start;
        while at < end {
            let n = walk.run().min(end - at);
            let [a, b] = walk.offsets();
            let a = (from, px.get().add(a * from.size()) as *const u8, sx);
            run(level, a, (to, py.get().add(b * to.size()), sy), n);
            walk.step(n);
            at += n;
        }
    });
}

/// Writes one value to every element of `y`.
///
/// # Safety
/// `y` holds what its layout spans.
pub unsafe fn fill(cx: Cx, value: Scalar, elem: Elem, y: *mut u8, layout: &Layout) {
    let bytes = u64::from_ne_bytes(value.bytes(elem));
    let Ok(one) = Layout::new(layout.shape(), &[0; 8][..layout.shape().len()]) else {
        return debug_assert!(false, "a shape that was a layout is one");
    };
    let source = Source {
        ptr: &bytes as *const u64 as *const u8,
        elem,
        layout: &one,
    };
    copy(cx, source, elem, y, layout);
}

/// y[i] = start + i * step: in i64 (wrapping) if both are integers, else in f64 with one rounding.
///
/// # Safety
/// `y` has room for n elements.
pub unsafe fn arange(cx: Cx, start: Scalar, step: Scalar, elem: Elem, y: *mut u8, n: usize) {
    let py = Ptr(y);
    let float = |v| match v {
        Scalar::Float(v) => v,
        Scalar::Int(v) => v as f64,
    };
    ranges(cx, n, 1, &|first, end| {
        let mut at = first;
        while at < end {
            let m = PART.min(end - at);
            let y = py.get().add(at * elem.size());
            if let (Scalar::Int(start), Scalar::Int(step)) = (start, step) {
                let v: [i64; PART] =
                    std::array::from_fn(|i| start.wrapping_add(step.wrapping_mul((at + i) as i64)));
                convert(cx.level, Elem::I64, elem, v.as_ptr() as *const u8, y, m);
            } else {
                let (start, step) = (float(start), float(step));
                let v: [f64; PART] = std::array::from_fn(|i| start + step * (at + i) as f64);
                convert(cx.level, Elem::F64, elem, v.as_ptr() as *const u8, y, m);
            }
            at += m;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise::testing::{contexts, elements, layouts, Rng};

    /// Layouts for outputs: every element has its own place.
    fn outputs(shape: &[usize]) -> Vec<Layout> {
        let mut dense = Layout::contiguous(shape).unwrap();
        let mut all = vec![dense];
        // Column-major, and every third element of a padded buffer.
        let mut reversed = shape.to_vec();
        reversed.reverse();
        dense = Layout::contiguous(&reversed).unwrap();
        let mut strides = dense.strides().to_vec();
        strides.reverse();
        all.push(Layout::new(shape, &strides).unwrap());
        let sparse: Vec<usize> = strides.iter().map(|s| s * 3).collect();
        all.push(Layout::new(shape, &sparse).unwrap());
        all
    }

    #[test]
    fn any_layout_to_any_layout_touches_nothing_else() {
        let mut rng = Rng(12);
        let data: Vec<f32> = (0..4096).map(|_| rng.unit() * 100.0).collect();
        for from in layouts() {
            let want = elements(&data, &from);
            let source = Source {
                ptr: data.as_ptr() as *const u8,
                elem: Elem::F32,
                layout: &from,
            };
            for to in outputs(from.shape()) {
                for cx in contexts() {
                    let mut same = vec![-1e9f32; to.span() + 4];
                    unsafe { copy(cx, source, Elem::F32, same.as_mut_ptr() as *mut u8, &to) };
                    assert_eq!(elements(&same, &to), want);
                    assert_eq!(same.iter().filter(|v| **v != -1e9).count(), want.len());
                    let mut ints = vec![i16::MIN; to.span() + 4];
                    unsafe { copy(cx, source, Elem::I16, ints.as_mut_ptr() as *mut u8, &to) };
                    let truncated: Vec<i16> = want.iter().map(|v| *v as i16).collect();
                    assert_eq!(elements(&ints, &to), truncated);
                    assert_eq!(ints.iter().filter(|v| **v != i16::MIN).count(), want.len());
                }
            }
        }
    }

    #[test]
    fn every_element_size_moves_unchanged() {
        let mut rng = Rng(13);
        let bits: Vec<u64> = (0..4096).map(|_| rng.next()).collect();
        for elem in [Elem::U8, Elem::Bf16, Elem::F32, Elem::F64] {
            let size = elem.size();
            let bytes = unsafe { std::slice::from_raw_parts(bits.as_ptr() as *const u8, 4096 * 8) };
            for from in layouts() {
                for to in outputs(from.shape()) {
                    let source = Source {
                        ptr: bytes.as_ptr(),
                        elem,
                        layout: &from,
                    };
                    let mut out = vec![0u64; to.span() + 1];
                    unsafe {
                        copy(
                            contexts()[1],
                            source,
                            elem,
                            out.as_mut_ptr() as *mut u8,
                            &to,
                        )
                    };
                    let out = unsafe {
                        std::slice::from_raw_parts(out.as_ptr() as *const u8, out.len() * 8)
                    };
                    let (a, b) = (Plan::new([&from]), Plan::new([&to]));
                    for i in 0..from.size() {
                        let (a, b) = (a.walk(i).offsets()[0] * size, b.walk(i).offsets()[0] * size);
                        assert_eq!(bytes[a..a + size], out[b..b + size]);
                    }
                }
            }
        }
    }

    #[test]
    fn fills_and_counts() {
        for cx in contexts() {
            let to = Layout::new(&[3, 2], &[5, 2]).unwrap();
            let mut y = [7i32; 15];
            unsafe {
                fill(
                    cx,
                    Scalar::Float(-2.9),
                    Elem::I32,
                    y.as_mut_ptr() as *mut u8,
                    &to,
                )
            };
            assert_eq!(y, [-2, 7, -2, 7, 7, -2, 7, -2, 7, 7, -2, 7, -2, 7, 7]);
            let big = i64::MAX - 1;
            let mut y = [0i64; 2];
            let two = Layout::contiguous(&[2]).unwrap();
            unsafe {
                fill(
                    cx,
                    Scalar::Int(big),
                    Elem::I64,
                    y.as_mut_ptr() as *mut u8,
                    &two,
                )
            };
            assert_eq!(y, [big, big]);
            let mut y = vec![0f32; 70_000];
            unsafe {
                arange(
                    cx,
                    Scalar::Float(0.1),
                    Scalar::Int(3),
                    Elem::F32,
                    y.as_mut_ptr() as *mut u8,
                    y.len(),
                )
            };
            assert!(y
                .iter()
                .enumerate()
                .all(|(i, v)| *v == (0.1 + 3.0 * i as f64) as f32));
            let mut y = [0i64; 3];
            unsafe {
                arange(
                    cx,
                    Scalar::Int(big),
                    Scalar::Int(-3),
                    Elem::I64,
                    y.as_mut_ptr() as *mut u8,
                    3,
                )
            };
            assert_eq!(y, [big, big - 3, big - 6]);
        }
    }
}
