//! Threads for measurements.

use heddle_kernels::Parallel;
use std::sync::atomic::{AtomicUsize, Ordering::*};

/// The work of one call: a closure and how far it is.
#[derive(Default)]
struct Job {
    /// Counts calls; odd values are never seen by workers.
    epoch: AtomicUsize,
    next: AtomicUsize,
    chunks: AtomicUsize,
    done: AtomicUsize,
    f: std::sync::Mutex<Option<&'static (dyn Fn(usize) + Sync)>>,
}

/// Worker threads that spin between calls.
pub struct Spinning {
    threads: usize,
    job: &'static Job,
}

impl Spinning {
    pub fn new(threads: usize) -> Spinning {
        let job: &'static Job = Box::leak(Box::default());
        for _ in 1..threads {
            std::thread::spawn(move || {
                let mut seen = 0;
                loop {
                    let epoch = job.epoch.load(Acquire);
                    if epoch == seen {
                        std::hint::spin_loop();
                        continue;
                    }
                    seen = epoch;
                    let f = job.f.lock().unwrap().unwrap();
                    work(job, f);
                    job.done.fetch_add(1, Release);
                }
            });
        }
        Spinning { threads, job }
    }
}

fn work(job: &Job, f: &(dyn Fn(usize) + Sync)) {
    let chunks = job.chunks.load(Relaxed);
    loop {
        let i = job.next.fetch_add(1, Relaxed);
        if i >= chunks {
            return;
        }
        f(i);
    }
}

impl Parallel for Spinning {
    fn threads(&self) -> usize {
        self.threads
    }
    fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync)) {
        let job = self.job;
        // The workers are done with `f` before this returns.
        let f: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(f) };
        *job.f.lock().unwrap() = Some(f);
        job.chunks.store(chunks, Relaxed);
        job.next.store(0, Relaxed);
        job.done.store(0, Relaxed);
        job.epoch.fetch_add(1, Release);
        work(job, f);
        while job.done.load(Acquire) < self.threads - 1 {
            std::hint::spin_loop();
        }
    }
}
