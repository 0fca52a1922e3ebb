//! The command format. Words are u32, written by packages/tensor/src/encoder.ts:
//!
//! ```text
//! word 0   opcode | words << 16            (all words of the command)
//! word 1   stream | device << 8 | operands << 16
//! word 2   group: commands of a cancelled group are skipped; 0 belongs to no group
//! operand  kind | dtype << 4 | rank << 12 | strided << 16
//!          slot, generation, offset low, offset high        (elements; absent for kind 0)
//!          shape[rank], strides[rank] when strided           (elements, i32)
//! rest     parameters of the command
//! ```
//!
//! Kinds: 0 absent, 1 input, 2 output (allocated by this command), 3 input and output in place.

use crate::dtype::DType;
use crate::failure::Failure;
use heddle_kernels::layout::Layout;
use heddle_kernels::{Cx, KernelError};

pub const MAX_RANK: usize = 8;
pub const MAX_OPERANDS: usize = 16;

/// A resolved operand: typed, strided memory. Strides are in elements.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub ptr: *mut u8,
    pub dtype: DType,
    pub rank: usize,
    pub dims: [usize; MAX_RANK],
    pub steps: [isize; MAX_RANK],
    pub contiguous: bool,
    /// False for an absent (optional) operand.
    pub present: bool,
}

impl View {
    pub const ABSENT: View = View {
        ptr: std::ptr::null_mut(),
        dtype: DType::F32,
        rank: 0,
        dims: [1; MAX_RANK],
        steps: [0; MAX_RANK],
        contiguous: true,
        present: false,
    };

    pub fn shape(&self) -> &[usize] {
        &self.dims[..self.rank]
    }

    pub fn strides(&self) -> &[isize] {
        &self.steps[..self.rank]
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn as_ptr<T>(&self) -> *const T {
        self.ptr as *const T
    }

    pub fn as_mut<T>(&self) -> *mut T {
        self.ptr as *mut T
    }

    /// The layout that the elementwise kernels walk (strides of views are never negative).
    pub fn layout(&self) -> Result<Layout, KernelError> {
        let mut strides = [0usize; MAX_RANK];
        for (to, from) in strides.iter_mut().zip(self.strides()) {
            *to = *from as usize;
        }
        Layout::new(self.shape(), &strides[..self.rank])
    }

    /// True when it is there, dense, of one of the dtypes and (when `rank` is given) of that rank.
    pub fn dense(&self, rank: impl Into<Option<usize>>, dtypes: &[DType]) -> bool {
        self.contiguous && self.typed(rank, dtypes)
    }

    /// As `dense`, without a rule for the strides.
    pub fn typed(&self, rank: impl Into<Option<usize>>, dtypes: &[DType]) -> bool {
        let ranked = rank.into().is_none_or(|rank| rank == self.rank);
        self.present && ranked && (dtypes.is_empty() || dtypes.contains(&self.dtype))
    }

    /// True when neighbours along the last dimension lie side by side.
    pub fn rows_dense(&self) -> bool {
        let last = self.rank.wrapping_sub(1);
        self.rank > 0 && (self.dims[last] <= 1 || self.steps[last] == 1)
    }

    /// The pointer, or None for an absent operand.
    pub fn optional<T>(&self) -> Option<*const T> {
        self.present.then_some(self.ptr as *const T)
    }
}

/// The parameter words of a command, read in order.
pub struct Params<'a> {
    words: &'a [u32],
    at: usize,
}

impl<'a> Params<'a> {
    pub fn new(words: &'a [u32]) -> Params<'a> {
        Params { words, at: 0 }
    }

    pub fn u32(&mut self) -> u32 {
        let word = self.words.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        word
    }

    pub fn i32(&mut self) -> i32 {
        self.u32() as i32
    }

    pub fn f32(&mut self) -> f32 {
        f32::from_bits(self.u32())
    }

    pub fn bool(&mut self) -> bool {
        self.u32() != 0
    }

    /// Low word first.
    pub fn u64(&mut self) -> u64 {
        let low = self.u32() as u64;
        low | (self.u32() as u64) << 32
    }

    pub fn f64(&mut self) -> f64 {
        f64::from_bits(self.u64())
    }

    /// All words that were not read yet.
    pub fn rest(&mut self) -> &'a [u32] {
        let rest = self.words.get(self.at..).unwrap_or(&[]);
        self.at = self.words.len();
        rest
    }
}

/// The operands as an array, when there are exactly so many.
pub fn exactly<'a, const N: usize>(name: &str, ops: &'a [View]) -> Result<&'a [View; N], KernelError> {
    ops.try_into().map_err(|_| broken(name, &format!("{N} operands, not {}", ops.len())))
}

pub(crate) fn broken(name: &str, rule: &str) -> KernelError {
    KernelError {
        code: "ERR_INTERNAL",
        message: format!("{name}: the command must have {rule}; this is a bug in heddle."),
    }
}

/// Returns from a command whose operands break a rule its kernel relies on. TypeScript has checked
/// the arguments and says what is wrong with them; this is the wall behind it.
#[macro_export]
macro_rules! require {
    ($name:expr, $($rule:expr),+ $(,)?) => {
        $(if !$rule {
            return Err($crate::command::broken($name, stringify!($rule)));
        })+
    };
}

/// A command's kernel: operands in the order in which TypeScript wrote them, then parameters.
pub type Run = fn(&Cx, &[View], &mut Params) -> Result<(), KernelError>;

/// The words of one operand before its buffer is known.
pub struct Operand {
    pub kind: Kind,
    pub slot: u32,
    pub generation: u32,
    pub offset: usize,
    pub view: View,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Absent,
    Input,
    Output,
    InOut,
}

/// Decodes the operand at the start of `words`; returns it and the number of words it took.
pub fn operand(words: &[u32]) -> Result<(Operand, usize), Failure> {
    let short = || Failure::internal("command: operand is cut off");
    let head = *words.first().ok_or_else(short)?;
    let kind = match head & 15 {
        0 => Kind::Absent,
        1 => Kind::Input,
        2 => Kind::Output,
        3 => Kind::InOut,
        other => return Err(Failure::internal(format!("command: operand kind {other} is unknown"))),
    };
    if kind == Kind::Absent {
        return Ok((Operand { kind, slot: 0, generation: 0, offset: 0, view: View::ABSENT }, 1));
    }
    let dtype = DType::from_code((head >> 4) & 0xff).ok_or_else(|| Failure::internal("command: unknown dtype"))?;
    let rank = ((head >> 12) & 15) as usize;
    let strided = (head >> 16) & 1 == 1;
    let size = 5 + rank * if strided { 2 } else { 1 };
    if rank > MAX_RANK || words.len() < size {
        return Err(short());
    }
    let mut view = View { dtype, rank, present: true, contiguous: !strided, ..View::ABSENT };
    for i in 0..rank {
        view.dims[i] = words[5 + i] as usize;
    }
    // Products of dimensions cannot overflow behind this check, whatever a kernel multiplies.
    let mut step = 1usize;
    for i in (0..rank).rev() {
        view.steps[i] = step as isize;
        step = step.checked_mul(view.dims[i].max(1)).filter(|n| *n <= isize::MAX as usize / 16).ok_or_else(overflow)?;
    }
    if strided {
        for i in 0..rank {
            let stride = words[5 + rank + i] as i32 as isize;
            if stride < 0 && view.dims[i] > 1 {
                return Err(Failure::internal("command: strides must not be negative"));
            }
            view.steps[i] = stride.max(0);
        }
    }
    let offset = words[3] as u64 | (words[4] as u64) << 32;
    let offset = usize::try_from(offset).map_err(|_| overflow())?;
    Ok((Operand { kind, slot: words[1], generation: words[2], offset, view }, size))
}

fn overflow() -> Failure {
    Failure { code: "ERR_SHAPE_OVERFLOW", ..Failure::internal("command: sizes overflow the address space") }
}

/// Bytes of an operand that is a new buffer, which a command writes whole.
pub fn new_buffer_bytes(op: &Operand) -> Result<usize, Failure> {
    if !op.view.contiguous || op.offset != 0 {
        return Err(Failure::internal("command: an output must be a whole new buffer; got a view"));
    }
    output_bytes(&op.view)
}

/// Bytes of an output: product of the shape times the element size, checked.
pub fn output_bytes(view: &View) -> Result<usize, Failure> {
    let mut n = view.dtype.size();
    if view.shape().contains(&0) {
        return Ok(0);
    }
    for &d in view.shape() {
        n = n.checked_mul(d).ok_or_else(overflow)?;
    }
    Ok(n)
}

/// Checks that every element of the view lies inside a buffer of `bytes` bytes. The TypeScript side
/// makes only such views; this is the wall behind it.
pub fn check_extent(view: &View, offset: usize, bytes: usize) -> Result<(), Failure> {
    if view.shape().contains(&0) {
        return Ok(());
    }
    let (mut low, mut high) = (offset as i128, offset as i128);
    for i in 0..view.rank {
        let reach = (view.dims[i] as i128 - 1) * view.steps[i] as i128;
        if reach < 0 {
            low += reach;
        } else {
            high += reach;
        }
    }
    if low < 0 || (high + 1) * view.dtype.size() as i128 > bytes as i128 {
        return Err(Failure::internal(format!(
            "command: view {:?} strides {:?} offset {offset} leaves its buffer of {bytes} bytes",
            view.shape(),
            view.strides()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_outside_their_buffer_are_refused() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let odd = [0u32, 1, 2, 3, 7, 1 << 20, u32::MAX >> 1, u32::MAX];
        for _ in 0..100_000 {
            let rank = (next() % 9) as usize;
            let strided = next() % 2 == 0;
            let mut words = vec![1 | (rank as u32) << 12 | (strided as u32) << 16, 0, 0, 0, 0];
            words[3] = odd[(next() % 8) as usize];
            words[4] = if next() % 8 == 0 { odd[(next() % 8) as usize] } else { 0 };
            for _ in 0..rank * if strided { 2 } else { 1 } {
                words.push(odd[(next() % 8) as usize]);
            }
            if let Ok((op, _)) = operand(&words) {
                let bytes = (next() % 10_000) as usize;
                if check_extent(&op.view, op.offset, bytes).is_ok() && !op.view.shape().contains(&0) {
                    // Accepted: the farthest elements must be inside.
                    let mut high = op.offset as i128;
                    let mut low = high;
                    for (d, s) in op.view.shape().iter().zip(op.view.strides()) {
                        let reach = (*d as i128 - 1) * *s as i128;
                        high += reach.max(0);
                        low += reach.min(0);
                    }
                    assert!(low >= 0 && (high + 1) * 4 <= bytes as i128);
                }
                let _ = output_bytes(&op.view);
            }
        }
    }

    #[test]
    fn cut_off_commands_are_refused() {
        let whole = [1 | 3 << 12 | 1 << 16, 1, 1, 0, 0, 2, 3, 4, 12, 4, 1];
        assert!(operand(&whole).is_ok());
        for n in 0..whole.len() {
            assert!(operand(&whole[..n]).is_err());
        }
    }
}
