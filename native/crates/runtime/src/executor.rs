//! Executes commands: resolves operands, allocates outputs, runs kernels, spreads poison, answers fences.
//! Owned by the stream thread; nothing here is shared.

use crate::buffer::{Buffer, Heap};
use crate::command::{check_extent, new_buffer_bytes, operand, output_bytes, Kind, Operand, Params, View, MAX_OPERANDS};
use crate::commands::TABLE;
use crate::dtype::DType;
use crate::environment::{Content, Environment, Payload};
use crate::failure::{Failure, Poison};
use crate::pool::Pool;
use crate::profile;
use crate::program::{Defined, Node, Program};
use heddle_kernels::{Cx, Level};
use std::collections::{HashMap, HashSet};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

/// Opcodes below this are the executor's own; kernels follow in the order of `TABLE`.
pub const FIRST_KERNEL: u32 = 16;

/// The executor's own commands. The numbers are in packages/tensor/src/encoder.ts too.
pub mod builtin {
    pub const FREE: u32 = 1;
    pub const ADOPT: u32 = 2;
    pub const INLINE: u32 = 3;
    pub const READ: u32 = 4;
    pub const SYNC: u32 = 5;
    pub const EVENT_RECORD: u32 = 6;
    pub const EVENT_WAIT: u32 = 7;
    pub const EXPORT: u32 = 8;
    pub const IMPORT: u32 = 9;
    pub const GROUP_END: u32 = 10;
    pub const PROGRAM: u32 = 11;
    pub const REPLAY: u32 = 12;
    pub const PROGRAM_FREE: u32 = 13;
    /// Comes from the stream thread alone.
    pub const ROUNDING: u32 = 14;
}

#[derive(Default)]
struct Slot {
    generation: u32,
    buffer: Option<Arc<Buffer>>,
    poison: Option<Poison>,
}

/// Tables of one environment.
pub struct Tables {
    pub environment: Arc<Environment>,
    slots: Vec<Slot>,
    payloads: HashMap<u32, Content>,
    programs: HashMap<u32, Defined>,
    events: HashSet<u32>,
    sequence: u64,
}

impl Tables {
    pub fn new(environment: Arc<Environment>) -> Tables {
        Tables { environment, slots: Vec::new(), payloads: HashMap::new(), programs: HashMap::new(), events: HashSet::new(), sequence: 0 }
    }

    pub fn add_payloads(&mut self, payloads: Vec<Payload>) {
        self.payloads.extend(payloads.into_iter().map(|p| (p.id, p.content)));
    }

    fn slot(&mut self, index: u32, generation: u32) -> Result<&mut Slot, Failure> {
        match self.slots.get_mut(index as usize) {
            Some(slot) if slot.generation == generation && (slot.buffer.is_some() || slot.poison.is_some()) => Ok(slot),
            _ => Err(Failure::internal(format!("command: buffer {index}.{generation} does not exist"))),
        }
    }

    /// The buffer of a slot, None when there is nothing; fails with its poison.
    pub fn buffer(&self, index: u32, generation: u32) -> Result<Option<&Arc<Buffer>>, Poison> {
        match self.slots.get(index as usize).filter(|slot| slot.generation == generation) {
            Some(Slot { poison: Some(poison), .. }) => Err(poison.clone()),
            slot => Ok(slot.and_then(|slot| slot.buffer.as_ref())),
        }
    }

    /// Fills a slot. A number far beyond those in use is no slot of ours (slots are recycled, so they
    /// are dense): nothing is there afterwards, and whoever reads it is told so.
    pub fn put(&mut self, index: u32, generation: u32, buffer: Option<Arc<Buffer>>, poison: Option<Poison>) {
        let index = index as usize;
        if self.slots.len() <= index {
            let more = index + 1 - self.slots.len();
            if more > MAX_NEW_SLOTS || self.slots.try_reserve(more).is_err() {
                return;
            }
            self.slots.resize_with(index + 1, Slot::default);
        }
        self.slots[index] = Slot { generation, buffer, poison };
    }

    /// Poisons what a failed command would have written; an in-place target only if it is still there.
    fn poison(&mut self, target: &Written, poison: &Poison) {
        if target.fresh || self.slot(target.slot, target.generation).is_ok() {
            self.put(target.slot, target.generation, None, Some(poison.clone()));
        }
    }
}

/// Slots that one command may lie beyond those in use.
const MAX_NEW_SLOTS: usize = 1 << 22;

/// A slot that a command writes; `fresh` when the command makes it.
#[derive(Clone, Copy, Default)]
pub struct Written {
    pub slot: u32,
    pub generation: u32,
    pub fresh: bool,
}

/// What became of a command.
#[derive(PartialEq, Eq, Debug)]
pub enum Step {
    Done,
    /// Waits for an event: come back later, the command was not consumed.
    Blocked,
    /// Waits for a buffer that this environment should publish. When it has nothing left to do,
    /// nothing will come: `refuse_import` consumes the command then.
    Imports(u32),
}

type Exported = (Option<Arc<Buffer>>, Option<Poison>);

pub struct Executor {
    pub heap: Heap,
    pub pool: Pool,
    pub level: Level,
    /// Whether products with bf16 weights may round activations, which is what tiles do.
    pub rounding: bool,
    /// Buffers on their way to another environment, by token.
    exports: HashMap<u64, Exported>,
}

impl Executor {
    pub fn new(heap: Heap, pool: Pool, level: Level) -> Executor {
        Executor { heap, pool, level, rounding: true, exports: HashMap::new() }
    }

    /// Executes the command at the start of `words` (all of it is there).
    pub fn step(&mut self, tables: &mut Tables, words: &[u32]) -> Step {
        let opcode = words[0] & 0xffff;
        let group = words.get(2).copied().unwrap_or(0);
        if opcode >= FIRST_KERNEL {
            tables.sequence += 1;
            self.kernel(tables, opcode, group, words);
            return Step::Done;
        }
        let p = words.get(3..).unwrap_or(&[]);
        let at = |i: usize| p.get(i).copied().unwrap_or(0);
        match opcode {
            builtin::FREE => {
                for pair in p.chunks_exact(2) {
                    if let Ok(slot) = tables.slot(pair[0], pair[1]) {
                        slot.buffer = None;
                        slot.poison = None;
                    }
                }
            }
            builtin::ADOPT => {
                let buffer = match tables.payloads.remove(&at(2)) {
                    Some(Content::Buffer(buffer)) => Some(Arc::new(buffer)),
                    _ => None,
                };
                let poison = buffer.is_none().then(|| Arc::new(Failure::internal("command: payload is missing")));
                tables.put(at(0), at(1), buffer, poison);
            }
            builtin::INLINE => self.inline(tables, p),
            builtin::READ => {
                let result = read(tables, words);
                tables.environment.complete(at(0), result);
            }
            builtin::SYNC => tables.environment.complete(at(0), Ok(Vec::new())),
            builtin::EVENT_RECORD => {
                tables.events.insert(at(0));
            }
            builtin::EVENT_WAIT => {
                if !tables.events.remove(&at(0)) {
                    return Step::Blocked;
                }
            }
            builtin::EXPORT => {
                let token = at(2) as u64 | (at(3) as u64) << 32;
                let item = match tables.slot(at(0), at(1)) {
                    Ok(slot) => (slot.buffer.clone(), slot.poison.clone()),
                    Err(e) => (None, Some(Arc::new(e))),
                };
                self.exports.insert(token, item);
            }
            builtin::IMPORT => {
                let token = at(2) as u64 | (at(3) as u64) << 32;
                match self.exports.remove(&token) {
                    Some((buffer, poison)) => tables.put(at(0), at(1), buffer, poison),
                    None => return Step::Imports(at(3)),
                }
            }
            builtin::GROUP_END => tables.environment.end_group(at(0)),
            builtin::PROGRAM => self.define(tables, at(0), at(1)),
            builtin::REPLAY => self.replay(tables, at(0), group),
            builtin::ROUNDING => self.rounding = at(0) != 0,
            builtin::PROGRAM_FREE => drop(tables.programs.remove(&at(0))),
            _ => {}
        }
        Step::Done
    }

    /// Gives an import whose buffer will never come a failure instead.
    pub fn refuse_import(&mut self, tables: &mut Tables, words: &[u32]) {
        let at = |i: usize| words.get(3 + i).copied().unwrap_or(0);
        let poison = Failure {
            code: "ERR_TRANSFER",
            op: "import",
            ..Failure::internal("receiveTensor: the handle must come from transferTensor() and be received once; got one that nobody publishes. Transfer the tensor again.")
        };
        tables.put(at(0), at(1), None, Some(Arc::new(poison)));
    }

    /// Buffers that were published and not yet received.
    pub fn exported(&self) -> usize {
        self.exports.len()
    }

    /// Small host data that travels inside the command: slot, generation, bytes, words.
    fn inline(&mut self, tables: &mut Tables, p: &[u32]) {
        let &[slot, generation, bytes, ref data @ ..] = p else { return };
        let bytes = (bytes as usize).min(data.len() * 4);
        match self.heap.buffer(bytes) {
            Ok(buffer) => {
                unsafe { std::ptr::copy_nonoverlapping(data.as_ptr() as *const u8, buffer.ptr(), bytes) };
                tables.put(slot, generation, Some(Arc::new(buffer)), None);
            }
            Err(e) => tables.put(slot, generation, None, Some(Arc::new(e.into()))),
        }
    }

    fn kernel(&mut self, tables: &mut Tables, opcode: u32, group: u32, words: &[u32]) {
        let index = (opcode - FIRST_KERNEL) as usize;
        let Some((name, _)) = TABLE.get(index) else {
            return;
        };
        let count = ((words[1] >> 16) & 0xff) as usize;
        let mut views = [View::ABSENT; MAX_OPERANDS];
        let mut written = [Written::default(); MAX_OPERANDS];
        let mut held: [Option<Arc<Buffer>>; MAX_OPERANDS] = Default::default();
        let mut outputs = 0;
        let mut failure: Option<Poison> = None;
        let sequence = tables.sequence;
        let fail = |f: Failure| Arc::new(Failure { op: name, sequence, ..f });
        let cancelled = tables.environment.is_cancelled(group);
        if cancelled {
            failure = Some(fail(aborted()));
        }
        if count > MAX_OPERANDS {
            failure = Some(fail(Failure::internal(format!("command: at most {MAX_OPERANDS} operands; got {count}"))));
        }
        let mut at = 3;
        for i in 0..count.min(MAX_OPERANDS) {
            let (op, size) = match operand(words.get(at..).unwrap_or(&[])) {
                Ok(decoded) => decoded,
                Err(f) => {
                    failure.get_or_insert_with(|| fail(f));
                    break;
                }
            };
            at += size;
            if op.kind == Kind::Absent {
                continue;
            }
            // A cancelled call skips its in-place writes and leaves their target as it is: a cache that
            // outlives the call is cropped by its owner. Every other failure poisons what it would write.
            if op.kind == Kind::Output || (op.kind == Kind::InOut && !cancelled) {
                written[outputs] = Written { slot: op.slot, generation: op.generation, fresh: op.kind == Kind::Output };
                outputs += 1;
            }
            let resolved = if op.kind == Kind::Output {
                if failure.is_some() {
                    tables.put(op.slot, op.generation, None, failure.clone());
                    continue;
                }
                self.output(tables, &op).map_err(&fail)
            } else {
                resolve(tables, &op, &fail)
            };
            match resolved {
                Ok(buffer) => {
                    views[i] = op.view;
                    views[i].ptr = unsafe { buffer.ptr().add(op.offset * op.view.dtype.size()) };
                    held[i] = Some(buffer);
                }
                Err(poison) => {
                    failure.get_or_insert(poison);
                }
            }
        }
        if failure.is_none() {
            let mut params = Params::new(words.get(at..).unwrap_or(&[]));
            let views = &views[..count.min(MAX_OPERANDS)];
            failure = self.execute(index, views, &mut params).map(&fail);
            if held.iter().flatten().any(|b| b.lost()) {
                failure.get_or_insert_with(|| fail(file_changed()));
            }
        }
        if let Some(poison) = failure {
            for target in &written[..outputs] {
                tables.poison(target, &poison);
            }
        }
    }

    /// Runs the kernel of a command; a panic is a failure like any other.
    fn execute(&self, index: usize, views: &[View], params: &mut Params) -> Option<Failure> {
        let (name, run) = TABLE[index];
        let level = if self.rounding { self.level } else { self.level.min(Level::Avx512) };
        let cx = Cx { level, pool: &self.pool };
        match catch_unwind(AssertUnwindSafe(|| profile::timed(index, || run(&cx, views, params)))) {
            Ok(Ok(())) => None,
            Ok(Err(e)) => Some(Failure { op: name, ..e.into() }),
            Err(panic) => {
                let what = panic.downcast_ref::<&str>().map(|s| s.to_string());
                let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                let message = format!("{name}: a native kernel panicked ({what}); this is a bug in heddle");
                Some(Failure { op: name, ..Failure::internal(message) })
            }
        }
    }

    fn define(&mut self, tables: &mut Tables, id: u32, payload: u32) {
        let words = match tables.payloads.remove(&payload) {
            Some(Content::Commands(words)) => words,
            _ => Vec::new(),
        };
        let program = Program::define(words, tables, &self.heap);
        if let Ok(program) = &program {
            tables.sequence += program.kernels() as u64;
        }
        tables.programs.insert(id, program);
    }

    fn replay(&mut self, tables: &mut Tables, id: u32, group: u32) {
        tables.sequence += 1;
        let Some(program) = tables.programs.remove(&id) else { return };
        let cancelled = tables.environment.is_cancelled(group);
        let result = match &program {
            _ if cancelled => Err(Arc::new(Failure { op: "replay", ..aborted() })),
            Err((poison, _)) => Err(poison.clone()),
            Ok(program) => program.check(tables).and_then(|()| self.run_nodes(program, tables)),
        };
        if let Err(poison) = result {
            let written = match &program {
                Ok(program) => &program.written,
                Err((_, written)) => written,
            };
            // As in `kernel`: a cancelled call leaves what it would have written in place as it is.
            for target in written.iter().filter(|target| !cancelled || target.fresh) {
                tables.poison(&Written { fresh: false, ..*target }, &poison);
            }
        }
        tables.programs.insert(id, program);
    }

    fn run_nodes(&self, program: &Program, tables: &Tables) -> Result<(), Poison> {
        for node in &program.nodes {
            match node {
                Node::Kernel { index, views, params } => {
                    let mut params = Params::new(&program.words[params.clone()]);
                    if let Some(f) = self.execute(*index, &program.views[views.clone()], &mut params) {
                        return Err(Arc::new(Failure { sequence: tables.sequence, ..f }));
                    }
                }
                Node::Inline { data, bytes, to } => {
                    let from = program.words[data.clone()].as_ptr() as *const u8;
                    unsafe { std::ptr::copy_nonoverlapping(from, *to, *bytes) };
                }
            }
        }
        match program.lost(tables) {
            true => Err(Arc::new(Failure { op: "replay", sequence: tables.sequence, ..file_changed() })),
            false => Ok(()),
        }
    }

    fn output(&mut self, tables: &mut Tables, op: &Operand) -> Result<Arc<Buffer>, Failure> {
        let buffer = Arc::new(self.heap.buffer(new_buffer_bytes(op)?)?);
        tables.put(op.slot, op.generation, Some(buffer.clone()), None);
        Ok(buffer)
    }
}

fn aborted() -> Failure {
    Failure { code: "ERR_ABORTED", ..Failure::internal("the call was aborted") }
}

fn file_changed() -> Failure {
    Failure { code: "ERR_FILE_CHANGED", ..Failure::internal(
        "weights: a file must not change while it is mapped; got fewer bytes than when it was opened. Load the model again, or load it with mmap: false.",
    ) }
}

/// The buffer of an operand that is there before the command.
pub fn resolve(
    tables: &mut Tables,
    op: &Operand,
    fail: &dyn Fn(Failure) -> Poison,
) -> Result<Arc<Buffer>, Poison> {
    let slot = tables.slot(op.slot, op.generation).map_err(fail)?;
    if let Some(poison) = &slot.poison {
        return Err(poison.clone());
    }
    let Some(buffer) = slot.buffer.clone() else {
        return Err(fail(Failure::internal("command: buffer is empty")));
    };
    check_extent(&op.view, op.offset, buffer.bytes()).map_err(fail)?;
    if op.kind == Kind::InOut && buffer.is_mapped() {
        return Err(fail(Failure {
            code: "ERR_READ_ONLY",
            ..Failure::internal("in-place write: the tensor must own its memory; got mapped weights. Clone the tensor first.")
        }));
    }
    Ok(buffer)
}

/// READ: one input operand (contiguous), then the request number. The operand stands after the number.
fn read(tables: &mut Tables, words: &[u32]) -> Result<Vec<u8>, Poison> {
    let fail = |f: Failure| Arc::new(Failure { op: "read", ..f });
    let (op, _) = operand(words.get(4..).unwrap_or(&[])).map_err(fail)?;
    if op.kind != Kind::Input || !op.view.contiguous {
        return Err(fail(Failure::internal("read: the tensor must be contiguous")));
    }
    let buffer = resolve(tables, &op, &fail)?;
    let bytes = output_bytes(&op.view).map_err(fail)?;
    let mut data = Vec::new();
    data.try_reserve_exact(bytes).map_err(|_| fail(Failure {
        code: "ERR_OUT_OF_MEMORY",
        ..Failure::internal(format!("data: host memory for {bytes} bytes must be there; got none. Read a smaller part."))
    }))?;
    let size = DType::size(op.view.dtype);
    unsafe {
        std::ptr::copy_nonoverlapping(buffer.ptr().add(op.offset * size), data.as_mut_ptr(), bytes);
        data.set_len(bytes);
    }
    if buffer.lost() {
        return Err(fail(Failure { code: "ERR_FILE_CHANGED", ..Failure::internal("weights: the mapped file changed while it was read. Load the model again.") }));
    }
    Ok(data)
}
