//! What a tile is made of, per scheme. The value of a code q is `scale * q + low`.

use super::{BLOCK, STRIP};
use crate::packed::ints::Ints;

/// How weights are stored. The numbers are those of the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// f16 scale per 32, eight-bit codes.
    Q8,
    /// f16 scale and f16 low per 32, eight-bit codes.
    Q8Low,
    /// f16 scale per 32, four-bit codes less 8.
    Q4,
    /// f16 scale and f16 low per 32, four-bit codes.
    Q4Low,
    /// f16 scale and f16 low per 256, each times a byte per 32; four-bit codes. The low is subtracted.
    Q4Super,
    /// As `Q4Super` with eight-bit codes.
    Q8Super,
    /// f16 scale per 256 times a signed byte per 16; eight-bit codes.
    Q8Halves,
}

impl Scheme {
    pub const ALL: [Scheme; 7] = [
        Scheme::Q8,
        Scheme::Q8Low,
        Scheme::Q4,
        Scheme::Q4Low,
        Scheme::Q4Super,
        Scheme::Q8Super,
        Scheme::Q8Halves,
    ];

    /// The scheme with that number, if there is one.
    pub fn from_number(number: u32) -> Option<Scheme> {
        Scheme::ALL.get(number as usize).copied()
    }

    /// Bytes of a tile, and of what stands before every eight of them.
    pub(super) fn sizes(self) -> (usize, usize) {
        with_format!(self, F => (F::TILE, F::PREFIX))
    }

    /// Tiles come in groups of so many.
    pub fn group(self) -> usize {
        if self.sizes().1 > 0 {
            SUPER
        } else {
            1
        }
    }

    /// Tiles of a strip with rows of `k` values.
    pub fn tiles(self, k: usize) -> usize {
        k.div_ceil(BLOCK).next_multiple_of(self.group())
    }

    /// Bytes of a strip with rows of `k` values; None when there are too many.
    pub fn strip_bytes(self, k: usize) -> Option<usize> {
        let (tile, prefix) = self.sizes();
        let tiles = self.tiles(k);
        tiles.checked_mul(tile)?.checked_add((tiles / SUPER).checked_mul(prefix)?)
    }

    /// Bytes of weights [n, k]; None when there are too many.
    pub fn bytes(self, n: usize, k: usize) -> Option<usize> {
        n.div_ceil(STRIP).checked_mul(self.strip_bytes(k)?)
    }
}

/// Tiles that share what stands before them.
pub(super) const SUPER: usize = 8;
const F16S: usize = 2 * STRIP;
const CODES8: usize = STRIP * BLOCK;
const CODES4: usize = CODES8 / 2;

/// A scheme as a type parameter.
pub(super) trait Format {
    const FOUR_BITS: bool;
    /// What four-bit codes are stored plus.
    const ZERO4: i32;
    const HAS_LOW: bool;
    /// A scale for each half of a tile.
    const HALVES: bool;
    /// Bytes before the codes of a tile.
    const HEAD: usize;
    const TILE: usize = Self::HEAD + if Self::FOUR_BITS { CODES4 } else { CODES8 };
    /// Bytes before every eight tiles.
    const PREFIX: usize;

    /// The scales of both halves and the lows of a tile's rows; `prefix` is what stands before its eight.
    unsafe fn head<S: Ints>(s: S, tile: *const u8, prefix: *const u8) -> Head<S>;

    /// Tile `b` of a strip.
    #[inline(always)]
    unsafe fn tile<S: Ints>(s: S, strip: *const u8, b: usize) -> (Head<S>, *const u8) {
        let prefix = strip.add(b / SUPER * (SUPER * Self::TILE + Self::PREFIX));
        let tile = if Self::PREFIX > 0 {
            prefix.add(Self::PREFIX + b % SUPER * Self::TILE)
        } else {
            strip.add(b * Self::TILE)
        };
        (Self::head(s, tile, prefix), tile.add(Self::HEAD))
    }
}

/// What stands before the codes of a tile, one lane per row.
pub(super) struct Head<S: Ints> {
    pub scale: [S::V; 2],
    pub low: S::V,
}

macro_rules! plain {
    ($name:ident, $four:expr, $zero:expr) => {
        pub(super) struct $name;
        impl Format for $name {
            const FOUR_BITS: bool = $four;
            const ZERO4: i32 = $zero;
            const HAS_LOW: bool = false;
            const HALVES: bool = false;
            const HEAD: usize = F16S;
            const PREFIX: usize = 0;
            #[inline(always)]
            unsafe fn head<S: Ints>(s: S, tile: *const u8, _prefix: *const u8) -> Head<S> {
                let scale = s.load_f16(tile as *const u16);
                Head { scale: [scale; 2], low: s.zero() }
            }
        }
    };
}
plain!(Q8, false, 0);
plain!(Q4, true, 8);

macro_rules! with_low {
    ($name:ident, $four:expr) => {
        pub(super) struct $name;
        impl Format for $name {
            const FOUR_BITS: bool = $four;
            const ZERO4: i32 = 0;
            const HAS_LOW: bool = true;
            const HALVES: bool = false;
            const HEAD: usize = 2 * F16S;
            const PREFIX: usize = 0;
            #[inline(always)]
            unsafe fn head<S: Ints>(s: S, tile: *const u8, _prefix: *const u8) -> Head<S> {
                let scale = s.load_f16(tile as *const u16);
                Head { scale: [scale; 2], low: s.load_f16(tile.add(F16S) as *const u16) }
            }
        }
    };
}
with_low!(Q8Low, false);
with_low!(Q4Low, true);

macro_rules! with_bytes {
    ($name:ident, $four:expr) => {
        pub(super) struct $name;
        impl Format for $name {
            const FOUR_BITS: bool = $four;
            const ZERO4: i32 = 0;
            const HAS_LOW: bool = true;
            const HALVES: bool = false;
            const HEAD: usize = 2 * STRIP;
            const PREFIX: usize = 2 * F16S;
            #[inline(always)]
            unsafe fn head<S: Ints>(s: S, tile: *const u8, prefix: *const u8) -> Head<S> {
                let scale = s.mul(s.load_f16(prefix as *const u16), s.load_u8(tile));
                let low = s.mul(s.load_f16(prefix.add(F16S) as *const u16), s.load_u8(tile.add(STRIP)));
                Head { scale: [scale; 2], low: s.sub(s.zero(), low) }
            }
        }
    };
}
with_bytes!(Q4Super, true);
with_bytes!(Q8Super, false);

pub(super) struct Q8Halves;
impl Format for Q8Halves {
    const FOUR_BITS: bool = false;
    const ZERO4: i32 = 0;
    const HAS_LOW: bool = false;
    const HALVES: bool = true;
    const HEAD: usize = 2 * STRIP;
    const PREFIX: usize = F16S;
    #[inline(always)]
    unsafe fn head<S: Ints>(s: S, tile: *const u8, prefix: *const u8) -> Head<S> {
        let d = s.load_f16(prefix as *const u16);
        let scale = [
            s.mul(d, s.load_i8(tile)),
            s.mul(d, s.load_i8(tile.add(STRIP))),
        ];
        Head { scale, low: s.zero() }
    }
}

/// Evaluates an expression with the format of a scheme as the type `F`.
macro_rules! with_format {
    ($scheme:expr, $f:ident => $body:expr) => {
        match $scheme {
            $crate::packed::format::Scheme::Q8 => {
                type $f = $crate::packed::format::Q8;
                $body
            }
            $crate::packed::format::Scheme::Q8Low => {
                type $f = $crate::packed::format::Q8Low;
                $body
            }
            $crate::packed::format::Scheme::Q4 => {
                type $f = $crate::packed::format::Q4;
                $body
            }
            $crate::packed::format::Scheme::Q4Low => {
                type $f = $crate::packed::format::Q4Low;
                $body
            }
            $crate::packed::format::Scheme::Q4Super => {
                type $f = $crate::packed::format::Q4Super;
                $body
            }
            $crate::packed::format::Scheme::Q8Super => {
                type $f = $crate::packed::format::Q8Super;
                $body
            }
            $crate::packed::format::Scheme::Q8Halves => {
                type $f = $crate::packed::format::Q8Halves;
                $body
            }
        }
    };
}
pub(super) use with_format;
