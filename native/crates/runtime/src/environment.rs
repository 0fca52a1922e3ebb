//! What a JavaScript environment (the main thread or a worker) shares with the stream thread.

use crate::buffer::Buffer;
use crate::failure::Poison;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::Mutex;

/// The answer to a fence.
pub struct Completion {
    pub request: u32,
    pub result: Result<Vec<u8>, Poison>,
}

pub type Notify = Box<dyn Fn(Completion) + Send + Sync>;

/// One per environment. The stream thread holds a reference until the environment is gone.
pub struct Environment {
    pub id: u32,
    /// Gone once the environment is closed: calling or dropping it later would race with its teardown.
    notify: Mutex<Option<Notify>>,
    /// Set when the environment is torn down: its commands are dropped and nobody is notified.
    closed: AtomicBool,
    cancelled: Mutex<HashSet<u32>>,
    cancelled_count: AtomicUsize,
}

impl Environment {
    pub fn new(id: u32, notify: Notify) -> Environment {
        Environment {
            id,
            notify: Mutex::new(Some(notify)),
            closed: AtomicBool::new(false),
            cancelled: Mutex::new(HashSet::new()),
            cancelled_count: AtomicUsize::new(0),
        }
    }

    /// Called by the environment's own thread while it is torn down: when this returns, nobody will be notified.
    pub fn close(&self) {
        self.closed.store(true, SeqCst);
        drop(self.notify.lock().unwrap_or_else(|e| e.into_inner()).take());
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Commands of this group that have not started yet will be skipped.
    pub fn cancel(&self, group: u32) {
        let mut set = self.cancelled.lock().unwrap_or_else(|e| e.into_inner());
        set.insert(group);
        self.cancelled_count.store(set.len(), Release);
    }

    /// The group is over: its number may be used again.
    pub fn end_group(&self, group: u32) {
        let mut set = self.cancelled.lock().unwrap_or_else(|e| e.into_inner());
        set.remove(&group);
        self.cancelled_count.store(set.len(), Release);
    }

    pub fn is_cancelled(&self, group: u32) -> bool {
        group != 0
            && self.cancelled_count.load(Acquire) > 0
            && self.cancelled.lock().unwrap_or_else(|e| e.into_inner()).contains(&group)
    }

    pub fn complete(&self, request: u32, result: Result<Vec<u8>, Poison>) {
        if let Some(notify) = &*self.notify.lock().unwrap_or_else(|e| e.into_inner()) {
            notify(Completion { request, result });
        }
    }
}

/// Something handed in from JavaScript beside the words of a submission.
pub struct Payload {
    pub id: u32,
    pub content: Content,
}

pub enum Content {
    Buffer(Buffer),
    /// Recorded commands.
    Commands(Vec<u32>),
}
