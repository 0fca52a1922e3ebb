//! How work that reads memory is cut into chunks for the pool.

/// Small chunks per thread behind the large ones.
const SMALL_CHUNKS_PER_THREAD: usize = 2;

/// Pieces in chunks: first one large chunk per thread, because every start of a stream costs a
/// memory latency, then smaller ones that even out what a thread lost to others.
pub struct Split {
    total: usize,
    large: usize,
    /// How many large chunks there are; none where the pieces do not suffice.
    larges: usize,
    small: usize,
}

impl Split {
    /// Cuts `total` pieces; chunks are multiples of `unit` and the small ones hold at least `least`.
    pub fn new(total: usize, threads: usize, least: usize, unit: usize) -> Split {
        let large = total / 2 / threads / unit * unit;
        let small = (total - large * threads).div_ceil(SMALL_CHUNKS_PER_THREAD * threads);
        Split {
            total,
            large,
            larges: if large > 0 { threads } else { 0 },
            small: small.max(least).max(1).next_multiple_of(unit),
        }
    }

    pub fn chunks(&self) -> usize {
        self.larges + (self.total - self.large * self.larges).div_ceil(self.small)
    }

    pub fn chunk(&self, c: usize) -> (usize, usize) {
        if c < self.larges {
            return (c * self.large, (c + 1) * self.large);
        }
        let from = self.larges * self.large + (c - self.larges) * self.small;
        (from, (from + self.small).min(self.total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once() {
        for total in [0, 1, 3, 4, 7, 36, 60, 1000] {
            for (threads, least, unit) in [(1, 1, 1), (2, 3, 4), (3, 5, 1), (8, 1, 4)] {
                let split = Split::new(total, threads, least, unit);
                let mut at = 0;
                for c in 0..split.chunks() {
                    let (from, to) = split.chunk(c);
                    assert_eq!(from, at);
                    assert!(to > from && (from % unit == 0));
                    at = to;
                }
                assert_eq!(at, total);
            }
        }
    }
}
