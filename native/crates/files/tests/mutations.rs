//! Mutated files: whatever the bytes are, the reader answers, and what it accepts is consistent.

mod common;

use common::*;
use heddle_files::{Header, CODES};

/// The promises of an accepted header, checked without the parser's own arithmetic.
fn assert_consistent(header: &Header, size: u64) {
    let count = header.names.len();
    assert_eq!(
        (
            header.dtypes.len(),
            header.ranks.len(),
            header.offsets.len()
        ),
        (count, count, 2 * count)
    );
    assert_eq!(
        header
            .ranks
            .iter()
            .map(|&rank| rank as usize)
            .sum::<usize>(),
        header.dims.len()
    );
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    let mut at = 0;
    for row in 0..count {
        let dims = &header.dims[at..at + header.ranks[row] as usize];
        at += dims.len();
        let (begin, end) = (header.offsets[2 * row], header.offsets[2 * row + 1]);
        let bits = dims.iter().map(|&dim| u128::from(dim)).product::<u128>()
            * u128::from(header.dtypes[row].bits());
        assert_eq!(bits, u128::from(end - begin) * 8);
        ranges.push((begin, end));
    }
    ranges.sort_unstable();
    let end = ranges
        .iter()
        .fold(header.data_start, |next, &(begin, end)| {
            assert_eq!(begin, next);
            end
        });
    assert_eq!(end, size);
    let mut names: Vec<&str> = header.names.iter().collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

fn answer(bytes: &[u8]) -> bool {
    match read(bytes) {
        Ok(header) => {
            assert_consistent(&header, bytes.len() as u64);
            true
        }
        Err(error) => {
            assert!(CODES.contains(&error.code), "{error}");
            assert!(error.code.starts_with("ERR_FORMAT_"), "{error}");
            false
        }
    }
}

fn with_metadata(random: &mut Random) -> Vec<u8> {
    let list = some(random);
    let mut entries: Vec<String> = list.iter().map(Tensor::entry).collect();
    entries.insert(
        0,
        "\"__metadata__\":{\"format\":\"pt\",\"k\\n\":\"\\ud83d\\ude00\"}".into(),
    );
    file(
        object(&entries),
        list.last().map_or(0, |tensor| tensor.end) as usize,
    )
}

#[test]
fn every_truncation_is_refused() {
    for seed in 0..20 {
        let bytes = with_metadata(&mut Random(seed));
        for end in 0..bytes.len() {
            assert!(
                !answer(&bytes[..end]),
                "accepted {end} of {} bytes",
                bytes.len()
            );
        }
    }
}

#[test]
fn every_flipped_bit_of_a_header_gets_an_answer() {
    let mut accepted = 0;
    for seed in 0..4 {
        let mut bytes = with_metadata(&mut Random(seed));
        let data = bytes
            .len()
            .min(8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize);
        for bit in 0..data * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            accepted += u32::from(answer(&bytes));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    // a changed letter of a name is another valid file
    assert!(accepted > 0);
}

#[test]
fn seeded_mutations_get_an_answer() {
    let numbers = [
        0,
        1,
        -1,
        127,
        128,
        255,
        256,
        65_535,
        1 << 31,
        (1 << 53) - 1,
        1 << 53,
        i64::MAX as i128,
        1 << 64,
    ];
    for seed in 0..8_000 {
        let mut random = Random(seed);
        let mut bytes = with_metadata(&mut random);
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            match random.below(6) {
                0 => bytes[at] = random.next() as u8,
                1 => bytes.truncate(at.max(1)),
                2 => {
                    let end = (at + 1 + random.below(40) as usize).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = random.below(bytes.len() as u64) as usize;
                    bytes.splice(to..to, piece);
                }
                3 => {
                    let end = (at + 1 + random.below(40) as usize).min(bytes.len());
                    bytes.drain(at..end);
                }
                4 => {
                    // another number where a number stands
                    let digits = (at..bytes.len()).find(|&i| bytes[i].is_ascii_digit());
                    if let Some(start) = digits {
                        let end = (start..bytes.len()).find(|&i| !bytes[i].is_ascii_digit());
                        let text = random.pick(&numbers).to_string();
                        bytes.splice(start..end.unwrap_or(bytes.len()), text.into_bytes());
                    }
                }
                _ => bytes.resize(bytes.len() + 1 + random.below(64) as usize, 0),
            }
            if bytes.is_empty() {
                break;
            }
        }
        if random.below(2) == 0 && bytes.len() > 8 {
            // let the mutation reach the parser: a length that fits again
            let length = bytes
                .iter()
                .rposition(|&byte| byte == b'}')
                .map_or(2, |end| end.saturating_sub(7));
            bytes[..8].copy_from_slice(&(length as u64).to_le_bytes());
        }
        answer(&bytes);
    }
}

#[test]
fn what_is_written_is_read_back() {
    for seed in 0..500 {
        let mut random = Random(seed);
        let mut list = some(&mut random);
        let data = list.last().map_or(0, |tensor| tensor.end);
        if seed % 2 == 0 {
            list.reverse();
        }
        let bytes = of(&list);
        let header = read(&bytes).expect("a valid file");
        assert_consistent(&header, bytes.len() as u64);
        assert_eq!(header.data_start + data, bytes.len() as u64);
        let mut at = 0;
        for (row, tensor) in list.iter().enumerate() {
            assert_eq!(header.names.get(row), tensor.name);
            assert_eq!(header.dtypes[row], tensor.dtype);
            assert_eq!(&header.dims[at..at + tensor.shape.len()], tensor.shape);
            at += tensor.shape.len();
            let range = (header.offsets[2 * row], header.offsets[2 * row + 1]);
            assert_eq!(
                range,
                (
                    header.data_start + tensor.begin,
                    header.data_start + tensor.end
                )
            );
        }
    }
}
