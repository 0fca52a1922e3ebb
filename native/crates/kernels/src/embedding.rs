//! Rows of a table by index: y[i] = w[ids[i]], widened to f32.

use crate::simd::{Simd, LANES};
use crate::stored::{Bf16, Stored, F16, F32};
use crate::{dispatch, Cx, Float, KernelError, Ptr};

/// The indices, one per row of the result.
#[derive(Clone, Copy)]
pub enum Ids {
    I32(*const i32),
    I64(*const i64),
}

impl Ids {
    /// # Safety
    /// There must be more than `i` indices.
    pub(crate) unsafe fn get(self, i: usize) -> i64 {
        match self {
            Ids::I32(p) => *p.add(i) as i64,
            Ids::I64(p) => *p.add(i),
        }
    }
}

/// The operands; the stride of w is in elements, rows are contiguous, y is dense.
#[derive(Clone, Copy)]
pub struct Embedding {
    pub w: *const u8,
    pub w_type: Float,
    pub w_stride: usize,
    /// Rows of w.
    pub v: usize,
    /// Values in a row.
    pub h: usize,
    pub ids: Ids,
    pub count: usize,
    pub y: *mut f32,
}

// Chunks write disjoint rows of y; everything else is read only.
unsafe impl Sync for Embedding {}

/// Rows are shared out in pieces of about this many values.
const CHUNK_VALUES: usize = 16 * 1024;

/// ERR_INDEX for the first index outside [0, V).
///
/// # Safety
/// There must be `count` indices.
pub(crate) unsafe fn check_ids(ids: Ids, count: usize, v: usize) -> Result<(), KernelError> {
    for i in 0..count {
        let id = ids.get(i);
        if id < 0 || id as u64 >= v as u64 {
            return Err(KernelError {
                code: "ERR_INDEX",
                message: format!(
                    "embedding: indices must lie in [0, {v}); got {id} at position {i}. \
                     Check that the ids belong to this table's vocabulary."
                ),
            });
        }
    }
    Ok(())
}

/// Gathers the rows. An index outside [0, V) is an error and nothing is written.
///
/// # Safety
/// All pointers must be valid for the sizes given; y overlaps nothing else.
pub unsafe fn embedding(cx: &Cx, a: &Embedding) -> Result<(), KernelError> {
    check_ids(a.ids, a.count, a.v)?;
    let rows = (CHUNK_VALUES / a.h.max(1)).max(1);
    let level = cx.level;
    let y = Ptr(a.y);
    cx.pool.run(a.count.div_ceil(rows), &|c| {
        for i in c * rows..((c + 1) * rows).min(a.count) {
            row(level, a, a.ids.get(i) as usize, y.get().add(i * a.h));
        }
    });
    Ok(())
}

dispatch!(fn row(a: &Embedding, id: usize, y: *mut f32) = row_body);

#[inline(always)]
unsafe fn row_body<S: Simd>(s: S, a: &Embedding, id: usize, y: *mut f32) {
    match a.w_type {
        Float::F32 => copy::<S, F32>(s, a, id, y),
        Float::Bf16 => copy::<S, Bf16>(s, a, id, y),
        Float::F16 => copy::<S, F16>(s, a, id, y),
    }
}

#[inline(always)]
unsafe fn copy<S: Simd, W: Stored>(s: S, a: &Embedding, id: usize, y: *mut f32) {
    let w = (a.w as *const W::Raw).add(id * a.w_stride);
    let whole = a.h / LANES * LANES;
    let mut i = 0;
    while i < whole {
        s.store(y.add(i), W::load(s, w.add(i)));
        i += LANES;
    }
    if whole < a.h {
        s.store_part(
            y.add(whole),
            W::load_part(s, w.add(whole), a.h - whole),
            a.h - whole,
        );
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::simd::{bf16_to_f32, f16_to_f32, f32_to_bf16, f32_to_f16};
    use crate::{Level, Serial};

    unsafe fn gather(
        level: Level,
        table: &[u8],
        w_type: Float,
        v: usize,
        h: usize,
        ids: &[i64],
    ) -> Result<Vec<f32>, KernelError> {
        let mut y = vec![f32::NAN; ids.len() * h];
        let cx = Cx {
            level,
            pool: &Serial,
        };
        let a = Embedding {
            w: table.as_ptr(),
            w_type,
            w_stride: h,
            v,
            h,
            ids: Ids::I64(ids.as_ptr()),
            count: ids.len(),
            y: y.as_mut_ptr(),
        };
        embedding(&cx, &a)?;
        let narrow: Vec<i32> = ids.iter().map(|i| *i as i32).collect();
        let mut z = vec![f32::NAN; ids.len() * h];
        embedding(
            &cx,
            &Embedding {
                ids: Ids::I32(narrow.as_ptr()),
                y: z.as_mut_ptr(),
                ..a
            },
        )?;
        assert_eq!(y, z);
        Ok(y)
    }

    #[test]
    fn gathers_rows_of_every_type() {
        let ids = [3i64, 0, 6, 6, 1];
        for h in [0usize, 1, 15, 16, 37, 64] {
            let values: Vec<f32> = (0..7 * h).map(|i| (i as f32 * 0.37).sin() * 3.0).collect();
            let f32s: Vec<u8> = values.iter().flat_map(|x| x.to_ne_bytes()).collect();
            let bf16: Vec<u8> = values
                .iter()
                .flat_map(|x| f32_to_bf16(*x).to_ne_bytes())
                .collect();
            let f16: Vec<u8> = values
                .iter()
                .flat_map(|x| f32_to_f16(*x).to_ne_bytes())
                .collect();
            for level in Level::available() {
                for (bytes, float) in [
                    (&f32s, Float::F32),
                    (&bf16, Float::Bf16),
                    (&f16, Float::F16),
                ] {
                    let y = unsafe { gather(level, bytes, float, 7, h, &ids).unwrap() };
                    for (i, id) in ids.iter().enumerate() {
                        for j in 0..h {
                            let x = values[*id as usize * h + j];
                            let want = match float {
                                Float::F32 => x,
                                Float::Bf16 => bf16_to_f32(f32_to_bf16(x)),
                                Float::F16 => f16_to_f32(f32_to_f16(x)),
                            };
                            assert_eq!(y[i * h + j].to_bits(), want.to_bits());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_index_out_of_range_is_an_error_that_names_it() {
        let table = vec![0u8; 4 * 5 * 2];
        for bad in [-1i64, 5, 49152] {
            let e = unsafe { gather(Level::detect(), &table, Float::F32, 5, 2, &[0, bad]) }
                .unwrap_err();
            assert_eq!(e.code, "ERR_INDEX");
            assert!(
                e.message.contains(&format!("got {bad} at position 1")),
                "{}",
                e.message
            );
            assert!(e.message.contains("[0, 5)"), "{}", e.message);
        }
    }
}
