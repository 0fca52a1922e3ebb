//! Seeded files for the tests of this crate.
#![allow(dead_code)]

use heddle_files::{header_length, parse_header, Dtype, FileError, Header, CODES, PREFIX};

/// SplitMix64: small, seeded, the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// A fresh tensor name; names of one file differ by `index`.
    pub fn name(&mut self, index: usize) -> String {
        let odd = [
            "",
            "__proto__",
            "constructor",
            "../x",
            "a b",
            "\u{e9}\u{4f60}",
            "x.y",
            "\u{1f600}",
        ];
        format!("{}.{index}", self.pick(&odd))
    }
}

/// One tensor of a file under construction.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    pub begin: u64,
    pub end: u64,
}

impl Tensor {
    pub fn entry(&self) -> String {
        let Tensor {
            name,
            dtype,
            shape,
            begin,
            end,
        } = self;
        let dtype = dtype.name();
        format!(
            "{}:{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}",
            json(name)
        )
    }
}

/// A JSON string.
pub fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Header bytes and data bytes as a file.
pub fn file(header: impl AsRef<[u8]>, data: usize) -> Vec<u8> {
    let header = header.as_ref();
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(header);
    out.resize(out.len() + data, 7);
    out
}

pub fn object(entries: &[String]) -> String {
    format!("{{{}}}", entries.join(","))
}

pub fn of(tensors: &[Tensor]) -> Vec<u8> {
    let entries: Vec<String> = tensors.iter().map(Tensor::entry).collect();
    let data = tensors.iter().map(|tensor| tensor.end).max().unwrap_or(0);
    file(object(&entries), data as usize)
}

/// `count` valid tensors, one after the other.
pub fn tensors(random: &mut Random, count: usize) -> Vec<Tensor> {
    let mut begin = 0;
    (0..count)
        .map(|index| {
            let dtype = *random.pick(Dtype::ALL);
            let rank = random.below(4) as usize;
            let mut shape: Vec<u64> = (0..rank).map(|_| 1 + random.below(4)).collect();
            if dtype.bits() < 8 {
                shape.push(4);
            }
            let bytes = shape.iter().product::<u64>() * dtype.bits() / 8;
            let tensor = Tensor {
                name: random.name(index),
                dtype,
                shape,
                begin,
                end: begin + bytes,
            };
            begin += bytes;
            tensor
        })
        .collect()
}

/// Between 2 and 6 tensors that hold at least 1 byte each.
pub fn some(random: &mut Random) -> Vec<Tensor> {
    let count = 2 + random.below(5) as usize;
    tensors(random, count)
}

/// What a reader does with the bytes of a whole file.
pub fn read(bytes: &[u8]) -> Result<Header, FileError> {
    let size = bytes.len() as u64;
    let length = header_length(bytes, size, "test")?;
    parse_header(&bytes[PREFIX as usize..][..length], size, "test")
}

pub fn code(bytes: &[u8]) -> &'static str {
    match read(bytes) {
        Ok(_) => "accepted",
        Err(error) => error.code,
    }
}

pub const VARIANTS: u64 = 220;

/// Runs a maker over its seeds. It returns a file and the codes that are right for it.
pub fn family(name: &str, maker: impl Fn(&mut Random, u64) -> (Vec<u8>, &'static str)) {
    for variant in 0..VARIANTS {
        let (bytes, expected) = maker(&mut Random(variant), variant);
        match read(&bytes) {
            Ok(_) => panic!(
                "{name} {variant}: accepted {:?}",
                String::from_utf8_lossy(&bytes)
            ),
            Err(error) => assert_refusal(name, variant, &error, expected, &bytes),
        }
    }
}

pub fn assert_refusal(name: &str, variant: u64, error: &FileError, expected: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]);
    assert_eq!(
        error.code, expected,
        "{name} {variant}: {} {text:?}",
        error.message
    );
    assert!(CODES.contains(&error.code));
    // where: rule; got X. What to do.
    let (place, rest) = error.message.split_once(": ").expect("a place");
    let (_, rest) = rest.split_once("; got ").expect("what was received");
    assert!(
        place == "test" && rest.contains(". ") && rest.ends_with('.'),
        "{}",
        error.message
    );
    assert!(
        error.message.len() < 2000,
        "{name}: a message of {} bytes",
        error.message.len()
    );
}

/// One tensor with each field given as JSON text.
pub fn one(dtype: &str, shape: &str, offsets: &str, data: usize) -> Vec<u8> {
    let fields = format!("\"dtype\":{dtype},\"shape\":{shape},\"data_offsets\":{offsets}");
    file(format!("{{\"a\":{{{fields}}}}}"), data)
}
