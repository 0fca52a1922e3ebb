//! The stream thread: one per device. It takes submissions from every environment, executes each
//! stream's commands in order and gives streams their turns, so that several environments and calls
//! progress together.

use crate::buffer::Heap;
use crate::environment::{Environment, Payload};
use crate::executor::{builtin, Executor, Step, Tables};
use crate::pool::{Pool, SPIN};
use heddle_kernels::Level;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Commands, and time, that a stream may take while another one waits for its turn.
const TURN: usize = 64;
const SLICE: Duration = Duration::from_millis(2);

pub enum Message {
    Open(Arc<Environment>),
    Submit { environment: u32, stream: u8, words: Vec<u32>, payloads: Vec<Payload> },
    Close(u32),
    SetThreads(usize),
    /// Whether products may round activations, for every command that is submitted from here on.
    SetRounding(bool),
}

struct Inbox {
    messages: Mutex<VecDeque<Message>>,
    wake: Condvar,
    pending: AtomicUsize,
    parked: AtomicBool,
}

/// Handle to the stream thread of the CPU device.
pub struct Stream {
    inbox: Arc<Inbox>,
    pub heap: Heap,
}

impl Stream {
    /// Starts the thread; `threads` counts it.
    pub fn start(heap: Heap, level: Level, threads: usize) -> std::io::Result<Stream> {
        let inbox = Arc::new(Inbox {
            messages: Mutex::new(VecDeque::new()),
            wake: Condvar::new(),
            pending: AtomicUsize::new(0),
            parked: AtomicBool::new(false),
        });
        let (shared, pool_heap) = (inbox.clone(), heap.clone());
        std::thread::Builder::new().name("heddle-stream".into()).spawn(move || {
            run(&shared, Executor::new(pool_heap, Pool::new(threads), level));
        })?;
        Ok(Stream { inbox, heap })
    }

    pub fn send(&self, message: Message) {
        let mut messages = self.inbox.messages.lock().unwrap_or_else(|e| e.into_inner());
        messages.push_back(message);
        self.inbox.pending.store(messages.len(), SeqCst);
        drop(messages);
        if self.inbox.parked.load(SeqCst) {
            self.inbox.wake.notify_one();
        }
    }
}

struct Queue {
    environment: u32,
    stream: u8,
    segments: VecDeque<Vec<u32>>,
    at: usize,
    /// What holds for the next command: a change takes its place among the segments.
    rounding: bool,
}

struct State {
    executor: Executor,
    tables: HashMap<u32, Tables>,
    queues: VecDeque<Queue>,
    rounding: bool,
}

fn run(inbox: &Inbox, executor: Executor) {
    let mut state = State { executor, tables: HashMap::new(), queues: VecDeque::new(), rounding: true };
    loop {
        if inbox.pending.load(Acquire) > 0 {
            take(inbox, &mut state);
        }
        if !turn(inbox, &mut state) {
            idle(inbox);
        }
    }
}

fn take(inbox: &Inbox, state: &mut State) {
    let messages = {
        let mut messages = inbox.messages.lock().unwrap_or_else(|e| e.into_inner());
        inbox.pending.store(0, SeqCst);
        std::mem::take(&mut *messages)
    };
    for message in messages {
        match message {
            Message::Open(environment) => {
                state.tables.insert(environment.id, Tables::new(environment));
            }
            Message::Submit { environment, stream, words, payloads } => {
                let Some(tables) = state.tables.get_mut(&environment) else { continue };
                tables.add_payloads(payloads);
                let queue = state.queues.iter_mut().find(|q| q.environment == environment && q.stream == stream);
                match queue {
                    Some(queue) => queue.segments.push_back(words),
                    None => {
                        let (segments, rounding) = ([words].into(), state.rounding);
                        state.queues.push_back(Queue { environment, stream, segments, at: 0, rounding });
                    }
                }
            }
            Message::Close(environment) => {
                state.queues.retain(|q| q.environment != environment);
                state.tables.remove(&environment); // its buffers go back to the heap here
            }
            Message::SetThreads(threads) => state.executor.pool.set_threads(threads),
            Message::SetRounding(rounding) => {
                state.rounding = rounding;
                for queue in &mut state.queues {
                    queue.segments.push_back(vec![builtin::ROUNDING | 4 << 16, 0, 0, rounding as u32]);
                }
            }
        }
    }
}

/// Runs one turn of the first stream that can move; false when none can.
fn turn(inbox: &Inbox, state: &mut State) -> bool {
    for _ in 0..state.queues.len() {
        let Some(mut queue) = state.queues.pop_front() else { return false };
        let Some(tables) = state.tables.get_mut(&queue.environment) else { continue };
        let mut moved = false;
        state.executor.rounding = queue.rounding;
        let start = (!state.queues.is_empty()).then(Instant::now);
        for _ in 0..TURN {
            // A new submission may belong to another stream, and teardown must not wait for a long queue.
            if tables.environment.is_closed() || (moved && inbox.pending.load(Relaxed) > 0) {
                break;
            }
            if moved && start.is_some_and(|start| start.elapsed() > SLICE) {
                break;
            }
            let Some(segment) = queue.segments.front() else { break };
            let words = segment.get(queue.at).map_or(0, |head| (head >> 16) as usize);
            let end = queue.at + words;
            if words < 3 || end > segment.len() {
                queue.segments.pop_front(); // Not a command: drop the segment rather than run garbage.
                queue.at = 0;
                continue;
            }
            let command = &segment[queue.at..end];
            match state.executor.step(tables, command) {
                Step::Done => {}
                Step::Blocked => break,
                // A handle is given out after its publication was submitted: when its environment has
                // nothing queued, nothing will come.
                Step::Imports(from) if state.queues.iter().any(|q| q.environment == from) => break,
                Step::Imports(_) => state.executor.refuse_import(tables, command),
            }
            moved = true;
            queue.at = end;
            if end == segment.len() {
                queue.segments.pop_front();
                queue.at = 0;
            }
        }
        queue.rounding = state.executor.rounding;
        if tables.environment.is_closed() {
            queue.segments.clear();
        }
        if !queue.segments.is_empty() {
            state.queues.push_back(queue);
        }
        if moved {
            return true;
        }
    }
    false
}

/// Spins for a moment, then parks until a message comes.
fn idle(inbox: &Inbox) {
    let start = Instant::now();
    loop {
        for _ in 0..64 {
            if inbox.pending.load(Acquire) > 0 {
                return;
            }
            std::hint::spin_loop();
        }
        if start.elapsed() > SPIN {
            break;
        }
    }
    let mut messages = inbox.messages.lock().unwrap_or_else(|e| e.into_inner());
    inbox.parked.store(true, SeqCst);
    while messages.is_empty() {
        messages = inbox.wake.wait(messages).unwrap_or_else(|e| e.into_inner());
    }
    inbox.parked.store(false, SeqCst);
}

#[cfg(test)]
#[path = "stream_test.rs"]
mod tests;
