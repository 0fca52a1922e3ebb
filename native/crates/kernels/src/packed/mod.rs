//! Quantized weights [N, K] as the kernels read them, for decoding and prefill alike.
//!
//! Sixteen rows are a strip, 32 k of a strip a tile: scales of the sixteen rows, then their codes. A group
//! of codes is 64 bytes: four consecutive k of each row, row after row, so that one register of sixteen
//! 32-bit lanes holds them with a row per lane and a product needs no sum across lanes. Eight-bit codes are
//! signed. Byte j of group g of four-bit codes holds k = 4g + j low and k = 16 + 4g + j high.
//! Rows beyond N and k beyond K are zeros.

mod embed;
mod exact;
mod fast;
mod format;
mod ints;
mod product;
mod quantize;
mod retile;

pub use embed::{packed_rows, PackedRows};
pub use format::Scheme;
pub use product::{packed_linears, Mode, PackedLinear, Rows};
pub use quantize::{quantize, Quantize};
pub use retile::{retile, Blocks, Retile};

/// Rows of a strip.
pub const STRIP: usize = crate::simd::LANES;
/// k of a tile.
pub const BLOCK: usize = 32;
