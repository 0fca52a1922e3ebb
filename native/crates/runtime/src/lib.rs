//! The execution core: commands are enqueued by JavaScript, executed in order by a stream thread over
//! a thread pool, in memory of a caching allocator. Knows nothing of Node.

pub mod alloc;
pub mod buffer;
pub mod command;
pub mod commands;
pub mod dtype;
pub mod environment;
pub mod executor;
pub mod failure;
pub mod pool;
pub mod profile;
pub mod program;
pub mod stream;

pub use heddle_kernels::Level;
