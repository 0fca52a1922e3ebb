//! Shapes with strides: checked when they are made, collapsed before they are walked.

use crate::KernelError;

/// Largest number of dimensions.
pub const MAX_RANK: usize = 8;

/// A shape and the distance between neighbours along each dimension, in elements. Strides are never
/// negative; 0 repeats one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    rank: usize,
    shape: [usize; MAX_RANK],
    strides: [usize; MAX_RANK],
    size: usize,
    span: usize,
}

fn overflow(shape: &[usize], strides: &[usize]) -> KernelError {
    KernelError {
        code: "ERR_SHAPE_OVERFLOW",
        message: format!(
            "layout: shape and strides must stay below 2^63 bytes and {MAX_RANK} dimensions; got shape {shape:?}, strides {strides:?}."
        ),
    }
}

impl Layout {
    /// Checks rank and sizes: neither the number of elements nor any offset overflows.
    pub fn new(shape: &[usize], strides: &[usize]) -> Result<Layout, KernelError> {
        let fail = || overflow(shape, strides);
        if shape.len() > MAX_RANK || shape.len() != strides.len() {
            return Err(fail());
        }
        let mut layout = Layout {
            rank: shape.len(),
            shape: [1; MAX_RANK],
            strides: [0; MAX_RANK],
            size: 1,
            span: 1,
        };
        let limit = (isize::MAX / 8) as usize;
        let mut nonzero = 1usize;
        for (i, (&n, &stride)) in shape.iter().zip(strides).enumerate() {
            layout.shape[i] = n;
            layout.strides[i] = stride;
            layout.size = layout.size.checked_mul(n).ok_or_else(fail)?;
            // A zero hides an overflow of the others: check them as if it were 1.
            nonzero = nonzero
                .checked_mul(n.max(1))
                .filter(|&v| v <= limit)
                .ok_or_else(fail)?;
            let reach = n.saturating_sub(1).checked_mul(stride).ok_or_else(fail)?;
            layout.span = layout
                .span
                .checked_add(reach)
                .filter(|&v| v <= limit)
                .ok_or_else(fail)?;
        }
        if layout.size == 0 {
            layout.span = 0;
        }
        Ok(layout)
    }

    /// As `new`, from signed strides; negative ones are refused.
    pub fn of(shape: &[usize], strides: &[isize]) -> Result<Layout, KernelError> {
        let mut steps = [0; MAX_RANK];
        if strides.len() > MAX_RANK || strides.iter().any(|s| *s < 0) {
            return Err(overflow(shape, &[]));
        }
        for (step, stride) in steps.iter_mut().zip(strides) {
            *step = *stride as usize;
        }
        Layout::new(shape, &steps[..strides.len()])
    }

    /// Row-major strides for `shape`.
    pub fn contiguous(shape: &[usize]) -> Result<Layout, KernelError> {
        let mut strides = [0; MAX_RANK];
        let mut step = 1usize;
        if shape.len() > MAX_RANK {
            return Err(overflow(shape, &[]));
        }
        for i in (0..shape.len()).rev() {
            strides[i] = step;
            step = step
                .checked_mul(shape[i].max(1))
                .ok_or_else(|| overflow(shape, &[]))?;
        }
        Layout::new(shape, &strides[..shape.len()])
    }

    pub fn shape(&self) -> &[usize] {
        &self.shape[..self.rank]
    }

    pub fn strides(&self) -> &[usize] {
        &self.strides[..self.rank]
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Elements from the first to the last one touched, inclusive: what a buffer must hold.
    pub fn span(&self) -> usize {
        self.span
    }

    /// Whether the elements lie one after another in row-major order.
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for i in (0..self.rank).rev() {
            if self.shape[i] != 1 {
                if self.strides[i] != step && self.size != 0 {
                    return false;
                }
                step *= self.shape[i].max(1);
            }
        }
        true
    }
}

/// Layouts of the same shape with as few dimensions as possible, walked together.
#[derive(Clone, Copy, Debug)]
pub struct Plan<const N: usize> {
    rank: usize,
    shape: [usize; MAX_RANK],
    strides: [[usize; N]; MAX_RANK],
    size: usize,
}

impl<const N: usize> Plan<N> {
    /// Drops dimensions of size 1 and merges neighbours that all layouts walk in one stride.
    pub fn new(layouts: [&Layout; N]) -> Plan<N> {
        debug_assert!(layouts.iter().all(|l| l.shape() == layouts[0].shape()));
        let mut plan = Plan {
            rank: 0,
            shape: [1; MAX_RANK],
            strides: [[0; N]; MAX_RANK],
            size: layouts[0].size,
        };
        for d in 0..layouts[0].rank {
            let n = layouts[0].shape[d];
            if n == 1 {
                continue;
            }
            let here = layouts.map(|l| l.strides[d]);
            let last = plan.rank.wrapping_sub(1);
            let merge = plan.rank > 0
                && (0..N).all(|k| here[k].checked_mul(n) == Some(plan.strides[last][k]));
            if merge {
                plan.shape[last] = plan.shape[last].saturating_mul(n);
                plan.strides[last] = here;
            } else {
                plan.shape[plan.rank] = n;
                plan.strides[plan.rank] = here;
                plan.rank += 1;
            }
        }
        plan
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Length of the innermost run.
    pub fn inner(&self) -> usize {
        if self.rank == 0 {
            1
        } else {
            self.shape[self.rank - 1]
        }
    }

    /// Strides along the innermost run (0 for a single element).
    pub fn inner_strides(&self) -> [usize; N] {
        if self.rank == 0 {
            [0; N]
        } else {
            self.strides[self.rank - 1]
        }
    }

    pub fn rank(&self) -> usize {
        self.rank
    }

    pub fn dim(&self, d: usize) -> (usize, [usize; N]) {
        (self.shape[d], self.strides[d])
    }

    /// Orders the dimensions by the strides of layout `k`, largest first: for copies, where any
    /// order of the elements will do.
    pub fn sorted_by(mut self, k: usize) -> Plan<N> {
        for i in 1..self.rank {
            let mut j = i;
            while j > 0 && self.strides[j - 1][k] < self.strides[j][k] {
                self.strides.swap(j - 1, j);
                self.shape.swap(j - 1, j);
                j -= 1;
            }
        }
        self
    }

    /// A walk that stands at the element with that row-major index (below the size).
    pub fn walk(&self, index: usize) -> Walk<'_, N> {
        let mut walk = Walk {
            plan: self,
            at: [0; MAX_RANK],
            offsets: [0; N],
        };
        let mut rest = index;
        for d in (0..self.rank).rev() {
            let n = self.shape[d].max(1);
            walk.at[d] = rest % n;
            rest /= n;
            for k in 0..N {
                walk.offsets[k] += walk.at[d] * self.strides[d][k];
            }
        }
        walk
    }
}

/// A position in a plan. Offsets cannot overflow: they stay below the spans checked by `Layout`.
#[derive(Clone, Copy)]
pub struct Walk<'a, const N: usize> {
    plan: &'a Plan<N>,
    at: [usize; MAX_RANK],
    offsets: [usize; N],
}

impl<const N: usize> Walk<'_, N> {
    /// Offsets of the current element, in elements.
    #[inline]
    pub fn offsets(&self) -> [usize; N] {
        self.offsets
    }

    /// Elements left in the innermost run.
    #[inline]
    pub fn run(&self) -> usize {
        if self.plan.rank == 0 {
            1
        } else {
            self.plan.inner() - self.at[self.plan.rank - 1]
        }
    }

    /// Moves on by `n` elements, at most to the end of the run.
    #[inline]
    pub fn step(&mut self, n: usize) {
        let plan = self.plan;
        let mut d = plan.rank;
        let mut n = n;
        while d > 0 {
            d -= 1;
            self.at[d] += n;
            for k in 0..N {
                self.offsets[k] += n * plan.strides[d][k];
            }
            if self.at[d] < plan.shape[d] {
                return;
            }
            for k in 0..N {
                self.offsets[k] -= self.at[d] * plan.strides[d][k];
            }
            self.at[d] = 0;
            n = 1;
        }
    }
}

#[cfg(test)]
#[path = "layout_test.rs"]
mod tests;
