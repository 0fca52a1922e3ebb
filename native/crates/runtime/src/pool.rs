//! The thread pool: the stream thread is worker 0, the others spin briefly between jobs and then park.
//!
//! A job is a number of chunks behind an atomic cursor. A worker *enters* an open job; the owner
//! works through the chunks too, closes the job when the cursor ran out and waits only for workers
//! that entered. So a worker that is preempted or still asleep (JavaScript is a third thread on two
//! cores) never holds up a job: the owner simply does its chunks.

use heddle_kernels::Parallel;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long an idle thread spins before it parks: a decode step's gaps are shorter, waking costs ~40 us.
pub const SPIN: Duration = Duration::from_micros(100);

const OPEN: usize = 1 << (usize::BITS - 1);

type Work = *const (dyn Fn(usize) + Sync);

struct Shared {
    /// OPEN while workers may enter, plus the number of workers inside.
    gate: AtomicUsize,
    cursor: AtomicUsize,
    chunks: AtomicUsize,
    work: UnsafeCell<Option<Work>>,
    /// Workers with an index at or above this stay out (`limit` of them may work, the owner included).
    limit: AtomicUsize,
    panicked: AtomicBool,
    stop: AtomicBool,
    sleepers: AtomicUsize,
    threads: Mutex<Vec<(Thread, Arc<AtomicBool>)>>,
}

// `work` is written by the owner only while no worker is inside and the gate is closed.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

/// A pool of `threads` threads, the calling one included.
pub struct Pool {
    shared: Arc<Shared>,
}

impl Pool {
    pub fn new(threads: usize) -> Pool {
        let pool = Pool {
            shared: Arc::new(Shared {
                gate: AtomicUsize::new(0),
                cursor: AtomicUsize::new(0),
                chunks: AtomicUsize::new(0),
                work: UnsafeCell::new(None),
                limit: AtomicUsize::new(1),
                panicked: AtomicBool::new(false),
                stop: AtomicBool::new(false),
                sleepers: AtomicUsize::new(0),
                threads: Mutex::new(Vec::new()),
            }),
        };
        pool.set_threads(threads);
        pool
    }

    /// Changes how many threads work on a job. Threads are started on demand and kept.
    pub fn set_threads(&self, threads: usize) {
        let threads = threads.clamp(1, 256);
        let mut list = self.shared.threads.lock().unwrap_or_else(|e| e.into_inner());
        while list.len() + 1 < threads {
            let index = list.len() + 1;
            let shared = self.shared.clone();
            let parked = Arc::new(AtomicBool::new(false));
            let flag = parked.clone();
            let spawned = thread::Builder::new()
                .name(format!("heddle-worker-{index}"))
                .spawn(move || worker(&shared, index, &flag));
            match spawned {
                Ok(handle) => list.push((handle.thread().clone(), parked)),
                Err(_) => break, // Fewer threads are slower, never wrong.
            }
        }
        self.shared.limit.store(threads.min(list.len() + 1), Release);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        for (thread, _) in self.shared.threads.lock().unwrap_or_else(|e| e.into_inner()).iter() {
            thread.unpark();
        }
    }
}

impl Parallel for Pool {
    fn threads(&self) -> usize {
        self.shared.limit.load(Relaxed)
    }

    fn run(&self, chunks: usize, f: &(dyn Fn(usize) + Sync)) {
        let s = &*self.shared;
        if chunks <= 1 || s.limit.load(Relaxed) == 1 {
            for i in 0..chunks {
                f(i);
            }
            return;
        }
        // The borrow outlives the job: this function returns only when nobody is inside any more.
        let work: Work = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), Work>(f) };
        unsafe { *s.work.get() = Some(work) };
        // Left behind when the owner's own chunk panicked too: that job is over and has reported it.
        s.panicked.store(false, Relaxed);
        s.chunks.store(chunks, Relaxed);
        s.cursor.store(0, Relaxed);
        s.gate.store(OPEN, SeqCst);
        if s.sleepers.load(SeqCst) > 0 {
            for (thread, parked) in s.threads.lock().unwrap_or_else(|e| e.into_inner()).iter() {
                if parked.load(SeqCst) {
                    thread.unpark();
                }
            }
        }
        let guard = Finish(s);
        drain(s, f, chunks);
        drop(guard);
        if s.panicked.swap(false, SeqCst) {
            panic!("a kernel panicked on a worker thread");
        }
    }
}

/// Closes the job and waits for the workers inside, also when the owner's own chunk panicked.
struct Finish<'a>(&'a Shared);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.gate.fetch_and(!OPEN, SeqCst);
        let mut spins = 0u32;
        while self.0.gate.load(Acquire) != 0 {
            spins += 1;
            if spins < 20_000 {
                std::hint::spin_loop();
            } else {
                thread::yield_now(); // The worker lost its core: let it have this one.
            }
        }
    }
}

fn drain(s: &Shared, f: &(dyn Fn(usize) + Sync), chunks: usize) {
    loop {
        let i = s.cursor.fetch_add(1, Relaxed);
        if i >= chunks {
            return;
        }
        f(i);
    }
}

/// Enters the open job if there is one with chunks left; true if it did.
fn enter(s: &Shared) -> bool {
    let mut gate = s.gate.load(Relaxed);
    while gate & OPEN != 0 && s.cursor.load(Relaxed) < s.chunks.load(Relaxed) {
        match s.gate.compare_exchange_weak(gate, gate + 1, SeqCst, Relaxed) {
            Ok(_) => return true,
            Err(now) => gate = now,
        }
    }
    false
}

fn worker(s: &Shared, index: usize, parked: &AtomicBool) {
    let mut idle = Instant::now();
    let mut rounds = 0u32;
    while !s.stop.load(Relaxed) {
        if index < s.limit.load(Relaxed) && enter(s) {
            let work = unsafe { (*s.work.get()).expect("an open job has work") };
            let chunks = s.chunks.load(Relaxed);
            let job = std::panic::AssertUnwindSafe(|| drain(s, unsafe { &*work }, chunks));
            let done = std::panic::catch_unwind(job);
            if done.is_err() {
                s.panicked.store(true, SeqCst);
            }
            s.gate.fetch_sub(1, SeqCst);
            idle = Instant::now();
            rounds = 0;
            continue;
        }
        std::hint::spin_loop();
        rounds += 1;
        if rounds % 64 == 0 && idle.elapsed() > SPIN {
            s.sleepers.fetch_add(1, SeqCst);
            parked.store(true, SeqCst);
            // A job opened between the last look and the flag would be missed without this look.
            if s.gate.load(SeqCst) & OPEN == 0 || index >= s.limit.load(SeqCst) {
                thread::park();
            }
            parked.store(false, SeqCst);
            s.sleepers.fetch_sub(1, SeqCst);
            idle = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn runs_each_chunk_once_at_any_size() {
        for threads in [1, 2, 3, 8] {
            let pool = Pool::new(threads);
            for round in 0..2_000usize {
                let chunks = round % 37;
                let hits: Vec<AtomicU64> = (0..chunks).map(|_| AtomicU64::new(0)).collect();
                pool.run(chunks, &|i| {
                    hits[i].fetch_add(1, Relaxed);
                });
                assert!(hits.iter().all(|h| h.load(Relaxed) == 1), "{threads} threads, {chunks} chunks");
            }
        }
    }

    #[test]
    fn wakes_parked_workers_and_survives_their_sleep() {
        let pool = Pool::new(4);
        for _ in 0..20 {
            thread::sleep(Duration::from_millis(2));
            let sum = AtomicU64::new(0);
            pool.run(100, &|i| {
                sum.fetch_add(i as u64, Relaxed);
            });
            assert_eq!(sum.load(Relaxed), 4950);
        }
    }

    #[test]
    fn a_panic_in_a_chunk_reaches_the_owner_and_leaves_the_pool_usable() {
        let pool = Pool::new(3);
        for _ in 0..50 {
            let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                pool.run(64, &|i| {
                    // On several threads at once: one job reports it, the next one must not.
                    if i % 8 == 0 {
                        panic!("chunk {i}");
                    }
                })
            }));
            assert!(failed.is_err());
            let sum = AtomicU64::new(0);
            pool.run(10, &|i| {
                sum.fetch_add(i as u64, Relaxed);
            });
            assert_eq!(sum.load(Relaxed), 45);
        }
    }
}
