//! Malformed files by family, 220 seeded variants each, every one refused with the expected code.
//! Valid files of the same makers are accepted, so a reader that refuses everything fails too.

mod common;

use common::*;
use heddle_files::{Dtype, FileError, CODES, MAX_HEADER, MAX_METADATA, MAX_RANK};

const VARIANTS: u64 = 220;

/// Runs a maker over its seeds. It returns a file and the codes that are right for it.
fn family(name: &str, maker: impl Fn(&mut Random, u64) -> (Vec<u8>, &'static str)) {
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

fn assert_refusal(name: &str, variant: u64, error: &FileError, expected: &str, bytes: &[u8]) {
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
fn one(dtype: &str, shape: &str, offsets: &str, data: usize) -> Vec<u8> {
    let fields = format!("\"dtype\":{dtype},\"shape\":{shape},\"data_offsets\":{offsets}");
    file(format!("{{\"a\":{{{fields}}}}}"), data)
}

#[test]
fn valid_minimal_maximal_and_odd_files_are_accepted() {
    assert!(read(&file("{}", 0)).is_ok());
    assert!(read(&file("{\"__metadata__\":{}}", 0)).is_ok());
    assert!(read(&file("{}      ", 0)).is_ok());
    assert!(read(&file(
        "{ \"a\"\n:\t{\"shape\" : [ ] ,\"data_offsets\":[0 , 1],\"dtype\":\"U8\" }}",
        1
    ))
    .is_ok());
    for variant in 0..VARIANTS {
        let mut random = Random(variant);
        let mut list = some(&mut random);
        assert!(read(&of(&list)).is_ok());
        // the order of the header need not be the order of the data
        list.reverse();
        assert!(read(&of(&list)).is_ok());
    }
    let rank = format!("[{}]", vec!["1"; MAX_RANK].join(","));
    assert!(read(&one("\"F32\"", &rank, "[0,4]", 4)).is_ok());
    assert!(read(&one("\"F32\"", "[3,0,5]", "[0,0]", 0)).is_ok());
    assert!(read(&one("\"F4\"", "[2]", "[0,1]", 1)).is_ok());
    assert!(read(&one("\"F\\u00332\"", "[]", "[0,4]", 4)).is_ok());
    let metadata: Vec<String> = (0..MAX_METADATA).map(|i| format!("\"{i}\":\"\"")).collect();
    let header = read(&file(
        format!("{{\"__metadata__\":{}}}", object(&metadata)),
        0,
    ));
    assert_eq!(
        header.map(|header| header.metadata.len()),
        Ok(2 * MAX_METADATA)
    );
}

#[test]
fn odd_names_stay_what_they_are() {
    let long = "n".repeat(1 << 20);
    let names = [
        "__proto__",
        "constructor",
        "toString",
        "",
        "a\0b",
        "../x",
        "__metadata",
        long.as_str(),
    ];
    for name in names {
        let bytes = of(&[Tensor {
            name: name.into(),
            dtype: Dtype::U8,
            shape: vec![1],
            begin: 0,
            end: 1,
        }]);
        let header = read(&bytes).expect("a plain name");
        assert_eq!(header.names.get(0), name);
    }
}

#[test]
fn family_01_fewer_than_eight_bytes() {
    family("short", |random, variant| {
        let bytes = (0..variant % 8).map(|_| random.next() as u8).collect();
        (bytes, "ERR_FORMAT_TRUNCATED")
    });
}

#[test]
fn family_02_header_length_beyond_the_file() {
    family("length", |random, variant| {
        let mut bytes = of(&some(random));
        let size = bytes.len() as u64;
        let (length, code) = match variant % 5 {
            0 => (size, "ERR_FORMAT_TRUNCATED"),
            1 => (size - 7, "ERR_FORMAT_TRUNCATED"),
            2 => (u64::MAX - random.below(8), "ERR_FORMAT_HEADER_SIZE"),
            3 => (
                MAX_HEADER + 1 + (random.next() >> 1),
                "ERR_FORMAT_HEADER_SIZE",
            ),
            _ => (
                size + random.below(MAX_HEADER - size),
                "ERR_FORMAT_TRUNCATED",
            ),
        };
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        (bytes, code)
    });
}

#[test]
fn family_03_headers_at_the_limit() {
    let mut header = b"{}".to_vec();
    header.resize(MAX_HEADER as usize, b' ');
    assert_eq!(code(&file(&header, 0)), "accepted");
    header.push(b' ');
    assert_eq!(code(&file(&header, 0)), "ERR_FORMAT_HEADER_SIZE");
}

#[test]
fn family_04_empty_headers() {
    family("empty", |random, variant| match variant % 4 {
        0 => (
            file("", random.below(99) as usize),
            "ERR_FORMAT_HEADER_SIZE",
        ),
        1 => (
            file("{", random.below(99) as usize),
            "ERR_FORMAT_HEADER_SIZE",
        ),
        2 => (
            file(" ".repeat(2 + random.below(99) as usize), 0),
            "ERR_FORMAT_HEADER_START",
        ),
        _ => (
            file("{}", 1 + random.below(99) as usize),
            "ERR_FORMAT_TRAILING",
        ),
    });
}

#[test]
fn family_05_not_utf8() {
    family("utf8", |random, variant| {
        let list = some(random);
        let entries: Vec<String> = list.iter().map(Tensor::entry).collect();
        let text = object(&entries);
        if variant % 4 == 0 {
            let start: &[u8] = if variant % 8 == 0 {
                b"\xef\xbb\xbf"
            } else {
                b"\xff\xfe"
            };
            return (
                file([start, text.as_bytes()].concat(), 0),
                "ERR_FORMAT_HEADER_START",
            );
        }
        if variant % 4 == 1 {
            // a byte order of two: the second byte of every character is zero, no JSON
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let code = if std::str::from_utf8(&wide).is_ok() {
                "ERR_FORMAT_JSON"
            } else {
                "ERR_FORMAT_HEADER_UTF8"
            };
            return (file(wide, 0), code);
        }
        let bad: [&[u8]; 6] = [
            b"\xc0\xaf",
            b"\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xe2\x82",
            b"\xff",
        ];
        let mut bytes = text.into_bytes();
        // anywhere after the first byte, but not inside a character
        let mut at = 1 + random.below(bytes.len() as u64 - 1) as usize;
        while bytes[at] & 0xc0 == 0x80 {
            at -= 1;
        }
        bytes.splice(at..at, random.pick(&bad).iter().copied());
        (file(bytes, 0), "ERR_FORMAT_HEADER_UTF8")
    });
}

#[test]
fn family_06_not_one_object() {
    family("start", |random, variant| {
        let text = object(&some(random).iter().map(Tensor::entry).collect::<Vec<_>>());
        let starts = [" ", "\n", "\t", "[", "\"", "1", "\0", "n"];
        if variant % 3 == 0 {
            return (file(text.repeat(2), 4096), "ERR_FORMAT_JSON");
        }
        if variant % 3 == 1 {
            let tail = random.pick(&["\n", "\t", "\0", "x", ",", "}"]).to_string();
            return (file(text + "  " + &tail, 4096), "ERR_FORMAT_JSON");
        }
        (
            file(random.pick(&starts).to_string() + &text, 4096),
            "ERR_FORMAT_HEADER_START",
        )
    });
}

#[test]
fn family_07_broken_json() {
    family("json", |random, variant| {
        let entry = some(random)[0].entry();
        let deep = "[".repeat(100_000);
        let text = match variant % 14 {
            0 => format!("{{{entry},}}"),
            1 => format!("{{{entry}"),
            2 => format!("{{'a':{}}}", &entry),
            3 => format!("{{/* c */{entry}}}"),
            4 => format!("{{{entry},// c\n}}"),
            5 => "{\"a".into(),
            6 => "{\"a\nb\":{}}".into(),
            7 => "{\"a\":NaN}".into(),
            8 => "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,],\"data_offsets\":[0,4]}}".into(),
            9 => "{\"a\":{\"dtype\":\"F32\",\"shape\":[Infinity],\"data_offsets\":[0,4]}}".into(),
            10 => format!("{{,{entry}}}"),
            11 => format!("{{{entry} {entry}}}"),
            12 => "{\"a\\ud800\":{}}".into(),
            _ => return (file(format!("{{\"a\":{deep}"), 4096), "ERR_FORMAT_FIELD"),
        };
        (file(text, 4096), "ERR_FORMAT_JSON")
    });
}

#[test]
fn family_08_duplicates() {
    family("duplicate", |random, variant| {
        let mut list = some(random);
        let mut entries: Vec<String> = list.iter().map(Tensor::entry).collect();
        match variant % 5 {
            0 => {
                let from = random.below(list.len() as u64 - 1) as usize;
                let last = list.len() - 1;
                list[last].name = list[from].name.clone();
                return (of(&list), "ERR_FORMAT_DUPLICATE");
            }
            1 => entries[0] = entries[0].replace("\"shape\"", "\"dtype\":\"F32\",\"shape\""),
            2 => entries[0] = entries[0].replace("\"dtype\"", "\"data_offsets\":[0,0],\"dtype\""),
            // the same key in two spellings
            3 => entries[0] = entries[0].replace("\"shape\"", "\"\\u0073hape\":[],\"shape\""),
            _ => {
                entries.push("\"__metadata__\":{}".into());
                entries.insert(0, "\"__meta\\u0064ata__\":{\"a\":\"b\"}".into());
            }
        }
        let data = list.iter().map(|tensor| tensor.end).max().unwrap_or(0);
        (
            file(object(&entries), data as usize),
            "ERR_FORMAT_DUPLICATE",
        )
    });
    let repeated = "{\"__metadata__\":{\"a\":\"1\",\"\\u0061\":\"2\"}}";
    assert_eq!(code(&file(repeated, 0)), "ERR_FORMAT_DUPLICATE");
}

#[test]
fn family_09_metadata() {
    family("metadata", |random, variant| {
        let values = [
            "1",
            "null",
            "true",
            "[]",
            "{}",
            "1.5",
            "[\"x\"]",
            "{\"dtype\":\"F32\"}",
        ];
        let value = random.pick(&values);
        let text = match variant % 3 {
            0 => format!("{{\"__metadata__\":{{\"a\":\"b\",\"c\":{value}}}}}"),
            1 => format!("{{\"__metadata__\":{}}}", random.pick(&values[..4])),
            _ => {
                "{\"__metadata__\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}".into()
            }
        };
        (file(text, 4), "ERR_FORMAT_METADATA")
    });
    let many: Vec<String> = (0..=MAX_METADATA)
        .map(|i| format!("\"{i}\":\"\""))
        .collect();
    let text = format!("{{\"__metadata__\":{}}}", object(&many));
    assert_eq!(code(&file(text, 0)), "ERR_FORMAT_METADATA");
}

#[test]
fn family_10_holes_and_overlaps() {
    family("layout", |random, variant| {
        let mut list = some(random);
        let split = 1 + random.below(list.len() as u64 - 1) as usize;
        let shift = 1 + random.below(9);
        let code = match variant % 4 {
            0 => {
                list[split..]
                    .iter_mut()
                    .for_each(|t| (t.begin, t.end) = (t.begin + shift, t.end + shift));
                "ERR_FORMAT_HOLE"
            }
            1 => {
                list.iter_mut()
                    .for_each(|t| (t.begin, t.end) = (t.begin + shift, t.end + shift));
                "ERR_FORMAT_HOLE"
            }
            2 => {
                list[split..]
                    .iter_mut()
                    .for_each(|t| (t.begin, t.end) = (t.begin - 1, t.end - 1));
                "ERR_FORMAT_OVERLAP"
            }
            _ => {
                let mut twin = list[split].clone();
                twin.name = "twin".into();
                list.push(twin);
                "ERR_FORMAT_OVERLAP"
            }
        };
        (of(&list), code)
    });
    let same = |index: usize| Tensor {
        name: index.to_string(),
        dtype: Dtype::U8,
        shape: vec![9],
        begin: 0,
        end: 9,
    };
    assert_eq!(
        code(&of(&(0..10_000).map(same).collect::<Vec<_>>())),
        "ERR_FORMAT_OVERLAP"
    );
}

#[test]
fn family_11_ends() {
    family("end", |random, variant| {
        let list = some(random);
        let mut bytes = of(&list);
        match variant % 3 {
            0 => {
                let tail: [&[u8]; 3] = [b"PK\x03\x04", b"\x7fELF", b"<html>"];
                let tail: &[u8] = tail[random.below(3) as usize];
                bytes.extend_from_slice(tail);
                (bytes, "ERR_FORMAT_TRAILING")
            }
            1 => {
                bytes.truncate(bytes.len() - 1);
                (bytes, "ERR_FORMAT_TRUNCATED")
            }
            _ => {
                let begin = 1 + random.below(1 << 40);
                let end = random.below(begin);
                (
                    one("\"U8\"", "[1]", &format!("[{begin},{end}]"), 1),
                    "ERR_FORMAT_OFFSETS",
                )
            }
        }
    });
}

#[test]
fn family_12_offsets_that_are_not_two_integers() {
    const INTEGER: &str = "ERR_FORMAT_INTEGER";
    const OFFSETS: &str = "ERR_FORMAT_OFFSETS";
    const OVERFLOW: &str = "ERR_FORMAT_OVERFLOW";
    let cases = [
        ("[0,4.0]", INTEGER),
        ("[0,4e0]", INTEGER),
        ("[0,\"4\"]", INTEGER),
        ("[-0,4]", INTEGER),
        ("[-1,3]", INTEGER),
        ("[0,null]", INTEGER),
        ("[[0],4]", INTEGER),
        ("[0,1e3]", INTEGER),
        ("[0,9007199254740993]", OVERFLOW),
        ("[0,18446744073709551616]", OVERFLOW),
        ("[0,9223372036854775808]", OVERFLOW),
        ("[0,36893488147419103236]", OVERFLOW),
        ("[0]", OFFSETS),
        ("[]", OFFSETS),
        ("[0,4,4]", OFFSETS),
        ("{}", OFFSETS),
        ("\"0,4\"", OFFSETS),
        ("null", OFFSETS),
        ("4", OFFSETS),
        ("[00,4]", "ERR_FORMAT_JSON"),
        ("[+0,4]", "ERR_FORMAT_JSON"),
    ];
    family("offsets", |random, _| {
        let (text, code) = *random.pick(&cases);
        (one("\"F32\"", "[]", text, 4), code)
    });
}

#[test]
fn families_13_and_14_sizes_that_overflow_or_disagree() {
    const OVERFLOW: &str = "ERR_FORMAT_OVERFLOW";
    const SHAPE: &str = "ERR_FORMAT_SHAPE";
    let thousand = format!("[{}]", vec!["1"; 1000].join(","));
    let cases = [
        ("[2,18446744073709551614]", "[0,4]", OVERFLOW),
        ("[4294967296,4294967296]", "[0,0]", OVERFLOW),
        ("[4194305,4194305,211106198978564]", "[0,4]", OVERFLOW),
        ("[9007199254740991]", "[0,4]", OVERFLOW),
        ("[0,4294967296,4294967296]", "[0,0]", OVERFLOW),
        ("[2305843009213693952,8]", "[0,0]", OVERFLOW),
        ("[562949953421312]", "[0,0]", OVERFLOW),
        ("[0]", "[0,4]", SHAPE),
        ("[]", "[0,0]", SHAPE),
        ("[]", "[0,8]", SHAPE),
        ("[3]", "[0,4]", SHAPE),
        (thousand.as_str(), "[0,4]", SHAPE),
        ("null", "[0,4]", SHAPE),
        ("\"[1]\"", "[0,4]", SHAPE),
        ("[[1]]", "[0,4]", "ERR_FORMAT_INTEGER"),
        ("[1.0]", "[0,4]", "ERR_FORMAT_INTEGER"),
        ("[-1]", "[0,4]", "ERR_FORMAT_INTEGER"),
        ("[\"1\"]", "[0,4]", "ERR_FORMAT_INTEGER"),
        ("{\"0\":1}", "[0,4]", SHAPE),
    ];
    family("shape", |random, _| {
        let (shape, offsets, code) = *random.pick(&cases);
        (one("\"F32\"", shape, offsets, 4), code)
    });
    family("size", |random, _| {
        let mut list = some(random);
        let which = random.below(list.len() as u64) as usize;
        // one more row than the range holds
        list[which].shape.push(2);
        (of(&list), "ERR_FORMAT_SHAPE")
    });
}

#[test]
fn family_15_dtypes() {
    const DTYPE: &str = "ERR_FORMAT_DTYPE";
    const SHAPE: &str = "ERR_FORMAT_SHAPE";
    let cases = [
        ("\"f32\"", DTYPE),
        ("\"F32 \"", DTYPE),
        ("\"\"", DTYPE),
        ("\"float32\"", DTYPE),
        ("0", DTYPE),
        ("{}", DTYPE),
        ("null", DTYPE),
        ("[\"F32\"]", DTYPE),
        ("\"F32\\u0000\"", DTYPE),
        ("\"__proto__\"", DTYPE),
        ("\"F64\"", SHAPE),
        ("\"U8\"", SHAPE),
        ("\"F6_E2M3\"", SHAPE),
        ("\"F4\"", SHAPE),
        ("\"C64\"", SHAPE),
    ];
    family("dtype", |random, _| {
        let (dtype, code) = *random.pick(&cases);
        (one(dtype, "[1]", "[0,4]", 4), code)
    });
    for (shape, dtype) in [
        ("[3]", "\"F4\""),
        ("[3]", "\"F6_E3M2\""),
        ("[2]", "\"F6_E2M3\""),
    ] {
        for bytes in [1, 2, 3] {
            assert_eq!(
                code(&one(dtype, shape, &format!("[0,{bytes}]"), bytes)),
                SHAPE
            );
        }
    }
}

#[test]
fn family_16_fields() {
    family("field", |random, variant| {
        let list = some(random);
        let mut entries: Vec<String> = list.iter().map(Tensor::entry).collect();
        let which = random.below(entries.len() as u64) as usize;
        let entry = &mut entries[which];
        match variant % 5 {
            0 => *entry = entry.replace("\"dtype\"", "\"stride\":[1],\"dtype\""),
            1 => *entry = entry.replace("\"dtype\"", "\"__proto__\":{},\"dtype\""),
            2 => *entry = entry.replace("\"dtype\"", "\"Dtype\""),
            3 => {
                *entry = format!(
                    "\"a\":{}",
                    random.pick(&["[]", "1", "\"x\"", "null", "{}", "true"])
                )
            }
            _ => *entry = "\"a\":{\"dtype\":\"U8\",\"shape\":[0]}".into(),
        }
        (file(object(&entries), 4096), "ERR_FORMAT_FIELD")
    });
}

#[test]
fn family_17_a_million_tensors_take_linear_time_and_bounded_memory() {
    let mut text = String::from("{");
    let mut count = 0;
    // about 99 MB for no data at all
    while text.len() < 99_000_000 {
        let comma = if count == 0 { "" } else { "," };
        let name = format!("model.layers.{count}.self_attn.weight");
        text += &format!(
            "{comma}\"{name}\":{{\"dtype\":\"F32\",\"shape\":[0,1],\"data_offsets\":[0,0]}}"
        );
        count += 1;
    }
    text.push('}');
    assert!(count > 1_000_000);
    let bytes = file(text, 0);
    let start = std::time::Instant::now();
    let header = read(&bytes).expect("a valid header");
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(header.dtypes.len(), count);
    let held = header.names.bytes().len() + 4 * count + 2 * count + 32 * count;
    assert!(held < 2 * bytes.len(), "{held} bytes held");
    // unoptimised builds are an order of magnitude slower
    let allowed = if cfg!(debug_assertions) { 20.0 } else { 2.0 };
    assert!(seconds < allowed, "{seconds} s for {count} tensors");
    println!("{count} tensors in {seconds:.3} s");
}
