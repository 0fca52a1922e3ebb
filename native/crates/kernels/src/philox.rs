//! Philox4x32-10, the counter-based generator of Salmon et al. (SC 2011): the same numbers on every
//! machine, and any position of the stream at once.

/// One block: four random words for a counter and a key.
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut a, mut b, mut c, mut d], [mut k, mut l]) = (counter, key);
    for round in 0..10 {
        if round > 0 {
            k = k.wrapping_add(0x9e37_79b9);
            l = l.wrapping_add(0xbb67_ae85);
        }
        let x = a as u64 * 0xd251_1f53;
        let y = c as u64 * 0xcd9e_8d57;
        (a, b, c, d) = (
            (y >> 32) as u32 ^ b ^ k,
            y as u32,
            (x >> 32) as u32 ^ d ^ l,
            x as u32,
        );
    }
    [a, b, c, d]
}

/// State of one generator as it lies in a tensor: two i64, the seed and the number of draws so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct State {
    pub seed: u64,
    pub drawn: u64,
}

impl State {
    /// The four words of draw `row` of the current step.
    pub fn words(self, row: u64) -> [u32; 4] {
        let n = self.drawn;
        let counter = [n as u32, (n >> 32) as u32, row as u32, (row >> 32) as u32];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }

    /// A uniform number in [0, 1) with 53 bits for that row of the current step.
    pub fn uniform(self, row: u64) -> f64 {
        let [a, b, _, _] = self.words(row);
        let bits = ((a as u64) << 32 | b as u64) >> 11;
        bits as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_vectors_of_random123() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]
        );
        let counter = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
        assert_eq!(
            philox(counter, [0xa4093822, 0x299f31d0]),
            [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
        );
    }

    #[test]
    fn uniforms_fill_the_interval_evenly() {
        let mut bins = [0usize; 20];
        for drawn in 0..4000 {
            for row in 0..5 {
                let u = State { seed: 99, drawn }.uniform(row);
                assert!((0.0..1.0).contains(&u));
                bins[(u * 20.0) as usize] += 1;
            }
        }
        // 1000 expected in each, standard deviation 31.
        assert!(bins.iter().all(|n| (850..1150).contains(n)), "{bins:?}");
    }
}
