//! Where a stream's time goes: seconds and calls per kernel command, counted only while switched on.

use crate::commands::TABLE;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::OnceLock;
use std::time::Instant;

static ON: AtomicBool = AtomicBool::new(false);

struct Entry {
    calls: AtomicU64,
    nanoseconds: AtomicU64,
}

fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let zero = || Entry { calls: AtomicU64::new(0), nanoseconds: AtomicU64::new(0) };
        TABLE.iter().map(|_| zero()).collect()
    })
}

/// Switches counting on (from zero) or off.
pub fn set(on: bool) {
    if on {
        for entry in entries() {
            entry.calls.store(0, Relaxed);
            entry.nanoseconds.store(0, Relaxed);
        }
    }
    ON.store(on, Relaxed);
}

/// Runs a command, on the clock if counting is on.
#[inline]
pub fn timed<R>(index: usize, run: impl FnOnce() -> R) -> R {
    if !ON.load(Relaxed) {
        return run();
    }
    let start = Instant::now();
    let result = run();
    entries()[index].calls.fetch_add(1, Relaxed);
    entries()[index].nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Relaxed);
    result
}

/// Name, calls and seconds of every command that ran.
pub fn report() -> Vec<(&'static str, u64, f64)> {
    let rows = TABLE.iter().zip(entries()).map(|((name, _), e)| (*name, e.calls.load(Relaxed), e.nanoseconds.load(Relaxed)));
    rows.filter(|row| row.1 > 0).map(|(name, calls, ns)| (name, calls, ns as f64 / 1e9)).collect()
}
