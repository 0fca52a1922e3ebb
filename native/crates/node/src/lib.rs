//! Node-API binding: converts and forwards. Every exported function catches panics and answers with a
//! JavaScript error; no native object exists per tensor, integers name everything.

mod core;
mod files;

use crate::core::{environment, process, NativeCompletion};
use heddle_runtime::environment::{Content, Payload};
use heddle_runtime::failure::Failure;
use heddle_runtime::stream::Message;
use napi::bindgen_prelude::*;
use napi::Env;
use napi_derive::napi;
use std::sync::OnceLock;

/// A JavaScript error whose message carries the code: `CODE|message` (the TypeScript side splits it).
pub(crate) fn error(code: &str, message: impl AsRef<str>) -> Error {
    Error::from_reason(format!("{code}|{}", message.as_ref()))
}

pub(crate) fn failed(failure: &Failure) -> Error {
    error(failure.code, &failure.message)
}

/// Runs the export `name`; a panic becomes ERR_INTERNAL instead of crossing the boundary.
/// HEDDLE_FAILPOINT names an export that shall panic (tests show that none takes the process down).
pub(crate) fn guarded<R>(name: &str, f: impl FnOnce() -> Result<R>) -> Result<R> {
    static FAILPOINT: OnceLock<Option<String>> = OnceLock::new();
    let failpoint = FAILPOINT.get_or_init(|| std::env::var("HEDDLE_FAILPOINT").ok());
    let run = || {
        assert!(failpoint.as_deref() != Some(name), "failpoint");
        f()
    };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(result) => result,
        Err(_) => Err(error("ERR_INTERNAL", format!("{name}: a panic was caught in native code; this is a bug in heddle."))),
    }
}

/// Opens this JavaScript environment; `on_complete(completions)` answers fences.
#[napi]
pub fn open_environment(
    env: Env,
    #[napi(ts_arg_type = "(request: number, code: string, message: string, op: string, sequence: number, bytes: number) => void")]
    on_complete: Function<'_, NativeCompletion, ()>,
) -> Result<u32> {
    guarded("openEnvironment", || core::open(&env, on_complete))
}

/// Copies the data of a completed read and forgets it; fails when there is none of that length.
#[napi]
pub fn take_data(environment_id: u32, request: u32, mut into: Uint8ArraySlice) -> Result<()> {
    guarded("takeData", || {
        let data = environment(environment_id)?.take_data(request);
        let into = unsafe { into.as_mut() };
        match data {
            Some(data) if data.len() == into.len() => into.copy_from_slice(&data),
            // An empty array lets the data go: there was no memory to take it.
            _ if into.is_empty() => {}
            _ => return Err(error("ERR_INTERNAL", format!("takeData: {} bytes are not what request {request} has.", into.len()))),
        }
        Ok(())
    })
}

/// Hands `count` words of commands to a stream.
#[napi]
pub fn submit(environment_id: u32, stream: u32, words: Uint32ArraySlice, count: u32) -> Result<()> {
    guarded("submit", || {
        let env = environment(environment_id)?;
        let stream = u8::try_from(stream).map_err(|_| error("ERR_OPTION", format!("submit: stream must be below 256; got {stream}.")))?;
        let words: &[u32] = words.as_ref();
        let count = (count as usize).min(words.len());
        let copy = copied("submit", &words[..count])?;
        let payloads = std::mem::take(&mut *env.payloads());
        process()?.stream.send(Message::Submit { environment: environment_id, stream, words: copy, payloads });
        Ok(())
    })
}

fn copied(name: &str, words: &[u32]) -> Result<Vec<u32>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(words.len()).map_err(|_| error("ERR_OUT_OF_MEMORY", format!("{name}: host memory is exhausted")))?;
    copy.extend_from_slice(words);
    Ok(copy)
}

/// Takes recorded commands; the PROGRAM command makes them a program. Returns the payload's id.
#[napi]
pub fn upload_commands(environment_id: u32, words: Uint32ArraySlice) -> Result<u32> {
    guarded("uploadCommands", || {
        let words = copied("uploadCommands", words.as_ref())?;
        Ok(environment(environment_id)?.add_payload(|id| Payload { id, content: Content::Commands(words) }))
    })
}

/// Copies host bytes into a new buffer; the ADOPT command gives it a slot. Returns the payload's id.
#[napi]
pub fn upload(environment_id: u32, bytes: Uint8ArraySlice) -> Result<u32> {
    guarded("upload", || {
        let env = environment(environment_id)?;
        let source: &[u8] = bytes.as_ref();
        let buffer = process()?.stream.heap.buffer(source.len()).map_err(|e| failed(&e.into()))?;
        unsafe { std::ptr::copy_nonoverlapping(source.as_ptr(), buffer.ptr(), source.len()) };
        Ok(env.add_payload(|id| Payload { id, content: Content::Buffer(buffer) }))
    })
}

/// Skips the commands of a group that have not started.
#[napi]
pub fn cancel_group(environment_id: u32, group: u32) -> Result<()> {
    guarded("cancelGroup", || {
        environment(environment_id)?.shared.cancel(group);
        Ok(())
    })
}

/// Tells V8 how much memory outside its heap lives and dies with JavaScript objects.
#[napi]
pub fn adjust_external_memory(env: Env, delta: i64) -> Result<()> {
    guarded("adjustExternalMemory", || {
        // V8 adds this to a counter of its own without looking: keep it far from overflow.
        if delta.unsigned_abs() > 1 << 53 {
            return Err(error("ERR_OPTION", format!("adjustExternalMemory: must lie within 2^53; got {delta}.")));
        }
        env.adjust_external_memory(delta).map(|_| ())
    })
}

/// Counters of the CPU device.
#[napi(object)]
pub struct DeviceMemory {
    pub allocated: f64,
    pub buffers: f64,
    pub peak: f64,
    pub reserved: f64,
    pub budget: f64,
}

#[napi]
pub fn device_memory() -> Result<DeviceMemory> {
    guarded("deviceMemory", || {
        let heap = process()?.stream.heap.lock();
        Ok(DeviceMemory {
            allocated: heap.stats.allocated as f64,
            buffers: heap.stats.blocks as f64,
            peak: heap.stats.peak as f64,
            reserved: heap.stats.reserved as f64,
            budget: heap.budget() as f64,
        })
    })
}

/// Gives cached memory back to the system; returns the bytes.
#[napi]
pub fn trim_memory() -> Result<f64> {
    guarded("trimMemory", || Ok(process()?.stream.heap.lock().trim() as f64))
}

/// Sets the byte budget of the device; requests beyond it fail with ERR_OUT_OF_MEMORY.
#[napi]
pub fn set_memory_budget(bytes: f64) -> Result<()> {
    guarded("setMemoryBudget", || {
        if !(bytes >= 0.0) {
            return Err(error("ERR_OPTION", format!("setMemoryBudget: bytes must be a number >= 0; got {bytes}.")));
        }
        process()?.stream.heap.lock().set_budget(bytes as usize);
        Ok(())
    })
}

/// Number of threads that kernels may use, the stream thread included.
#[napi]
pub fn set_threads(threads: u32) -> Result<()> {
    guarded("setThreads", || {
        if !(1..=256).contains(&threads) {
            return Err(error("ERR_OPTION", format!("setThreads: threads must be an integer from 1 to 256; got {threads}.")));
        }
        process()?.stream.send(Message::SetThreads(threads as usize));
        Ok(())
    })
}

/// Whether products with bf16 weights, keys or values may round the other factor where that is faster.
#[napi]
pub fn set_rounding(rounding: bool) -> Result<()> {
    guarded("setRounding", || {
        process()?.stream.send(Message::SetRounding(rounding));
        Ok(())
    })
}

/// Name of the instruction set level in use and of the best one this machine has.
#[napi(object)]
pub struct DeviceLevel {
    pub level: String,
    pub best: String,
    pub threads: u32,
}

#[napi]
pub fn device_level() -> Result<DeviceLevel> {
    guarded("deviceLevel", || {
        let p = process()?;
        Ok(DeviceLevel {
            level: p.level.name().into(),
            best: heddle_runtime::Level::detect().name().into(),
            threads: p.threads as u32,
        })
    })
}

/// Names of the kernel commands in the order of their opcodes.
#[napi]
pub fn command_names() -> Result<Vec<String>> {
    guarded("commandNames", || Ok(heddle_runtime::commands::TABLE.iter().map(|(name, _)| name.to_string()).collect()))
}

/// Starts (from zero) or stops counting the time of each kernel command, process-wide.
#[napi]
pub fn set_profiling(on: bool) -> Result<()> {
    guarded("setProfiling", || {
        heddle_runtime::profile::set(on);
        Ok(())
    })
}

/// Calls and seconds of one kernel command.
#[napi(object)]
pub struct CommandTime {
    pub name: String,
    pub calls: f64,
    pub seconds: f64,
}

#[napi]
pub fn command_times() -> Result<Vec<CommandTime>> {
    guarded("commandTimes", || {
        let rows = heddle_runtime::profile::report().into_iter();
        Ok(rows.map(|(name, calls, seconds)| CommandTime { name: name.into(), calls: calls as f64, seconds }).collect())
    })
}
