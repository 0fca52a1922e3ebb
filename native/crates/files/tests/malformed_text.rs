//! Malformed files by family, 220 seeded variants each, every one refused with the expected code.
//! This half: length, text, JSON, names, metadata. Valid files of the same makers are accepted, so a
//! reader that refuses everything fails too.

mod common;

use common::*;
use heddle_files::{Dtype, MAX_HEADER, MAX_METADATA, MAX_RANK};

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
