//! Programs: commands that were recorded once and run many times as one command. Everything a command
//! needs is worked out when the program is defined: operands are addresses, temporaries have memory by
//! their lifetimes, so that a replay does nothing but run kernels.

use crate::buffer::{Buffer, Heap};
use crate::command::{new_buffer_bytes, operand, Kind, Operand, View, MAX_OPERANDS};
use crate::commands::TABLE;
use crate::executor::{builtin, resolve, Tables, Written, FIRST_KERNEL};
use crate::failure::{Failure, Poison};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A spare buffer serves only what needs at least one part in this many of it.
const WASTE: usize = 4;

/// One step of a program.
pub enum Node {
    /// A kernel command: its place in `TABLE`, its views and its parameter words.
    Kernel { index: usize, views: Range<usize>, params: Range<usize> },
    /// Host data that travels inside the command: words, bytes, destination.
    Inline { data: Range<usize>, bytes: usize, to: *mut u8 },
}

/// A buffer from outside, which must still be there when the program runs.
struct Outside {
    slot: u32,
    generation: u32,
    ptr: *mut u8,
}

/// Recorded commands, ready to run.
pub struct Program {
    pub words: Vec<u32>,
    pub nodes: Vec<Node>,
    pub views: Vec<View>,
    /// What a failure poisons: in-place targets from outside and the buffers that the program returns.
    pub written: Vec<Written>,
    outside: Vec<Outside>,
    /// Keeps temporaries and results where the views point.
    _memory: Vec<Arc<Buffer>>,
}

/// A program, or why there is none and whom to tell.
pub type Defined = Result<Program, (Poison, Vec<Written>)>;

impl Program {
    /// Prepares recorded commands. Buffers that they make and do not free become buffers of `tables`.
    pub fn define(words: Vec<u32>, tables: &mut Tables, heap: &Heap) -> Defined {
        let mut linker = Linker {
            tables,
            heap,
            nodes: Vec::new(),
            views: Vec::new(),
            written: Vec::new(),
            outside: HashMap::new(),
            memory: Vec::new(),
            made: HashMap::new(),
            spare: Vec::new(),
            failure: None,
        };
        linker.link(&words);
        linker.finish();
        let Linker { nodes, views, written, outside, memory, failure, .. } = linker;
        match failure {
            None => Ok(Program { words, nodes, views, written, outside: outside.into_values().collect(), _memory: memory }),
            Some(poison) => Err((poison, written)),
        }
    }

    /// Kernel commands in the program.
    pub fn kernels(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, Node::Kernel { .. })).count()
    }

    /// Fails when a buffer from outside is gone, was replaced or is poisoned.
    pub fn check(&self, tables: &Tables) -> Result<(), Poison> {
        for outside in &self.outside {
            if tables.buffer(outside.slot, outside.generation)?.is_none_or(|b| b.ptr() != outside.ptr) {
                return Err(failure(Failure {
                    code: "ERR_CAPTURE",
                    ..Failure::internal("capture: tensors from outside must live as long as what uses them is replayed; got one that was freed. Capture again.")
                }));
            }
        }
        Ok(())
    }

    /// True when a mapped file that the program reads was cut.
    pub fn lost(&self, tables: &Tables) -> bool {
        self.outside.iter().any(|o| matches!(tables.buffer(o.slot, o.generation), Ok(Some(b)) if b.lost()))
    }
}

fn failure(f: Failure) -> Poison {
    Arc::new(Failure { op: "capture", ..f })
}

/// Slot and generation.
type Name = (u32, u32);

struct Linker<'a> {
    tables: &'a mut Tables,
    heap: &'a Heap,
    nodes: Vec<Node>,
    views: Vec<View>,
    written: Vec<Written>,
    outside: HashMap<Name, Outside>,
    memory: Vec<Arc<Buffer>>,
    /// Buffers that the program made so far and did not free, by their place in `memory`.
    made: HashMap<Name, usize>,
    /// Places in `memory` that nobody uses any more.
    spare: Vec<usize>,
    /// The first failure: nothing is resolved after it, but everything written is still noted.
    failure: Option<Poison>,
}

impl Linker<'_> {
    fn link(&mut self, words: &[u32]) {
        let mut at = 0;
        while at < words.len() {
            let size = (words[at] >> 16) as usize;
            if size < 3 || at + size > words.len() {
                return self.fail(Failure::internal("capture: a recorded command is cut off"));
            }
            let opcode = words[at] & 0xffff;
            let rest = at + 3..at + size;
            match opcode {
                FIRST_KERNEL.. => self.kernel(words, at, size),
                builtin::INLINE => self.inline(words, rest),
                builtin::FREE => words[rest].chunks_exact(2).for_each(|pair| self.free((pair[0], pair[1]))),
                _ => self.fail(Failure::internal(format!("capture: command {opcode} cannot be recorded"))),
            }
            at += size;
        }
    }

    fn fail(&mut self, f: Failure) {
        self.failure.get_or_insert_with(|| failure(f));
    }

    fn kernel(&mut self, words: &[u32], start: usize, size: usize) {
        let index = ((words[start] & 0xffff) - FIRST_KERNEL) as usize;
        let count = ((words[start + 1] >> 16) & 0xff) as usize;
        if index >= TABLE.len() || count > MAX_OPERANDS {
            return self.fail(Failure::internal("capture: a recorded command is unknown"));
        }
        let first = self.views.len();
        let end = start + size;
        let mut at = start + 3;
        for _ in 0..count {
            match operand(&words[at.min(end)..end]) {
                Ok((op, size)) => {
                    at += size;
                    let view = self.place(op);
                    self.views.push(view);
                }
                Err(f) => return self.fail(f),
            }
        }
        self.nodes.push(Node::Kernel { index, views: first..self.views.len(), params: at..end });
    }

    /// The operand's view with its address.
    fn place(&mut self, op: Operand) -> View {
        let name = (op.slot, op.generation);
        let mut view = op.view;
        if op.kind == Kind::Absent {
            return view;
        }
        let base = match (op.kind, self.made.get(&name)) {
            (Kind::Output, _) => self.output(name, &op),
            (_, Some(&place)) => {
                let buffer = self.memory.get(place).cloned();
                buffer.and_then(|b| self.inside(&op, &b))
            }
            _ => self.from_outside(name, &op),
        };
        if let Some(base) = base {
            view.ptr = unsafe { base.add(op.offset * view.dtype.size()) };
        }
        view
    }

    fn inside(&mut self, op: &Operand, buffer: &Buffer) -> Option<*mut u8> {
        match crate::command::check_extent(&op.view, op.offset, buffer.bytes()) {
            Ok(()) => Some(buffer.ptr()),
            Err(f) => {
                self.fail(f);
                None
            }
        }
    }

    fn output(&mut self, name: Name, op: &Operand) -> Option<*mut u8> {
        match new_buffer_bytes(op) {
            Ok(bytes) => self.make(name, bytes),
            Err(f) => {
                self.fail(f);
                None
            }
        }
    }

    /// Memory for a new buffer of the program: a spare one, or more.
    fn make(&mut self, name: Name, bytes: usize) -> Option<*mut u8> {
        let fits = |place: &usize| (bytes..=bytes.saturating_mul(WASTE)).contains(&self.memory[*place].bytes());
        let best = self.spare.iter().position(fits).map(|i| self.spare.swap_remove(i));
        // A place is noted even after a failure, so that frees and results find it.
        let place = best.unwrap_or(self.memory.len());
        self.made.insert(name, place);
        if best.is_none() {
            if self.failure.is_some() {
                return None;
            }
            match self.heap.buffer(bytes) {
                Ok(buffer) => self.memory.push(Arc::new(buffer)),
                Err(e) => {
                    self.fail(e.into());
                    return None;
                }
            }
        }
        self.memory.get(place).map(|b| b.ptr())
    }

    fn from_outside(&mut self, name: Name, op: &Operand) -> Option<*mut u8> {
        if op.kind == Kind::InOut {
            self.written.push(Written { slot: name.0, generation: name.1, fresh: false });
        }
        if self.failure.is_some() {
            return None;
        }
        match resolve(self.tables, op, &failure) {
            Ok(buffer) => {
                let ptr = buffer.ptr();
                self.outside.insert(name, Outside { slot: name.0, generation: name.1, ptr });
                Some(ptr)
            }
            Err(poison) => {
                self.failure.get_or_insert(poison);
                None
            }
        }
    }

    fn inline(&mut self, words: &[u32], rest: Range<usize>) {
        let &[slot, generation, bytes, ref data @ ..] = &words[rest.clone()] else {
            return self.fail(Failure::internal("capture: a recorded command is cut off"));
        };
        let bytes = (bytes as usize).min(data.len() * 4);
        if let Some(to) = self.make((slot, generation), bytes) {
            self.nodes.push(Node::Inline { data: rest.start + 3..rest.end, bytes, to });
        }
    }

    fn free(&mut self, name: Name) {
        match self.made.remove(&name) {
            Some(place) if place < self.memory.len() => self.spare.push(place),
            Some(_) => {}
            None => self.fail(Failure::internal("capture: recorded commands must free only what they made")),
        }
    }

    /// What was made and not freed is the program's result: ordinary buffers that each replay writes again.
    fn finish(&mut self) {
        for ((slot, generation), place) in std::mem::take(&mut self.made) {
            let buffer = self.memory.get(place).filter(|_| self.failure.is_none()).cloned();
            let poison = self.failure.clone();
            self.tables.put(slot, generation, buffer, poison);
            self.written.push(Written { slot, generation, fresh: true });
        }
    }
}
