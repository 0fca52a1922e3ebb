//! Process-wide state (one stream thread) and per-environment state (one command stream each).

use crate::error;
use heddle_runtime::alloc::default_budget;
use heddle_runtime::buffer::Heap;
use heddle_runtime::environment::{Completion, Environment, Payload};
use heddle_runtime::failure::Poison;
use heddle_runtime::stream::{Message, Stream};
use heddle_runtime::Level;
use napi::bindgen_prelude::*;
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::Env;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// Arguments of the completion callback: request, code ('' when it succeeded), message, op, sequence and
/// bytes to take. The data is copied by `take_data` into memory that JavaScript made: only there is a
/// failed allocation an error and not the end of the process.
pub type NativeCompletion = FnArgs<(u32, String, String, String, f64, f64)>;

pub struct Process {
    pub stream: Stream,
    pub level: Level,
    pub threads: usize,
    environments: Mutex<HashMap<u32, Arc<NodeEnvironment>>>,
    next_environment: AtomicU32,
}

pub struct NodeEnvironment {
    pub shared: Arc<Environment>,
    payloads: Mutex<Vec<Payload>>,
    next_payload: AtomicU32,
    data: Arc<Mutex<HashMap<u32, Vec<u8>>>>,
}

struct Answer {
    request: u32,
    failure: Option<Poison>,
    bytes: usize,
}

impl NodeEnvironment {
    pub fn payloads(&self) -> MutexGuard<'_, Vec<Payload>> {
        self.payloads.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn take_data(&self, request: u32) -> Option<Vec<u8>> {
        self.data.lock().unwrap_or_else(|e| e.into_inner()).remove(&request)
    }

    pub fn add_payload(&self, make: impl FnOnce(u32) -> Payload) -> u32 {
        let id = self.next_payload.fetch_add(1, Relaxed);
        self.payloads().push(make(id));
        id
    }
}

static PROCESS: OnceLock<std::result::Result<Process, String>> = OnceLock::new();

/// The process-wide core, started on first use. HEDDLE_ISA forces a level, HEDDLE_THREADS a thread count.
pub fn process() -> Result<&'static Process> {
    PROCESS
        .get_or_init(|| start().map_err(|e| e.reason.to_string()))
        .as_ref()
        .map_err(|reason| Error::from_reason(reason.clone()))
}

fn start() -> Result<Process> {
    let best = Level::detect();
    let level = match std::env::var("HEDDLE_ISA").ok().filter(|v| !v.is_empty()) {
        None => best,
        Some(name) => match Level::parse(&name) {
            Some(level) if level <= best => level,
            Some(_) => {
                return Err(error("ERR_OPTION", format!("HEDDLE_ISA: the machine must have the level; got {name} on a machine with {}. Unset it or choose a lower one.", best.name())))
            }
            None => return Err(error("ERR_OPTION", format!("HEDDLE_ISA: must be scalar, avx2, avx512 or amx; got {name}."))),
        },
    };
    quiet_panics();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = match std::env::var("HEDDLE_THREADS").ok().filter(|v| !v.is_empty()) {
        None => cores,
        Some(text) => match text.parse::<usize>() {
            Ok(n) if (1..=256).contains(&n) => n,
            _ => return Err(error("ERR_OPTION", format!("HEDDLE_THREADS: must be an integer from 1 to 256; got {text}."))),
        },
    };
    let stream = Stream::start(Heap::new(default_budget()), level, threads)
        .map_err(|e| error("ERR_INTERNAL", format!("native: the stream thread did not start: {e}")))?;
    Ok(Process { stream, level, threads, environments: Mutex::new(HashMap::new()), next_environment: AtomicU32::new(1) })
}

pub fn environment(id: u32) -> Result<Arc<NodeEnvironment>> {
    process()?
        .environments
        .lock()
        .unwrap_or_else(|e| e.into_inner())
        .get(&id)
        .cloned()
        .ok_or_else(|| error("ERR_INTERNAL", format!("native: environment {id} does not exist")))
}

pub fn open(env: &Env, on_complete: Function<'_, NativeCompletion, ()>) -> Result<u32> {
    let process = process()?;
    let id = process.next_environment.fetch_add(1, Relaxed);
    // Weak: a fence keeps the process alive through a timer of the TypeScript side, nothing else does.
    let function = on_complete
        .build_threadsafe_function::<Answer>()
        .weak::<true>()
        .callee_handled::<false>()
        .build_callback(|ctx| {
            let Answer { request, failure, bytes } = ctx.value;
            let args: NativeCompletion = match failure {
                None => (request, String::new(), String::new(), String::new(), 0.0, bytes as f64).into(),
                Some(p) => (request, p.code.into(), p.message.clone(), p.op.into(), p.sequence as f64, 0.0).into(),
            };
            Ok(args)
        })?;
    let data: Arc<Mutex<HashMap<u32, Vec<u8>>>> = Arc::default();
    let waiting = data.clone();
    let notify = Box::new(move |Completion { request, result }: Completion| {
        let answer = match result {
            Ok(data) => {
                let bytes = data.len();
                if bytes > 0 {
                    waiting.lock().unwrap_or_else(|e| e.into_inner()).insert(request, data);
                }
                Answer { request, failure: None, bytes }
            }
            Err(poison) => Answer { request, failure: Some(poison), bytes: 0 },
        };
        // Closing environments refuse the call: nobody is there to be told.
        let _ = function.call(answer, ThreadsafeFunctionCallMode::NonBlocking);
    });
    let shared = Arc::new(Environment::new(id, notify));
    let node = Arc::new(NodeEnvironment { shared: shared.clone(), payloads: Mutex::new(Vec::new()), next_payload: AtomicU32::new(1), data });
    process.environments.lock().unwrap_or_else(|e| e.into_inner()).insert(id, node);
    process.stream.send(Message::Open(shared));
    let cleanup = env.add_env_cleanup_hook(id, |id| {
        if let Ok(process) = self::process() {
            let gone = process.environments.lock().unwrap_or_else(|e| e.into_inner()).remove(&id);
            if let Some(node) = gone {
                node.shared.close();
            }
            process.stream.send(Message::Close(id));
        }
    });
    cleanup.map(|_| id)
}

/// Panics of the stream and worker threads are caught and reported as ERR_INTERNAL with their message:
/// the default report on stderr would only say it twice. Other threads keep their hook.
fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let ours = std::thread::current().name().is_some_and(|name| name.starts_with("heddle-"));
        if !ours || std::env::var_os("HEDDLE_DEBUG").is_some() {
            before(info);
        }
    }));
}
