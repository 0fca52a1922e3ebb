//! Malformed files by family, 220 seeded variants each, every one refused with the expected code.
//! This half: offsets, sizes, dtypes, fields, and a million tensors.

mod common;

use common::*;
use heddle_files::Dtype;

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
    let start = seconds_of_this_thread();
    let header = read(&bytes).expect("a valid header");
    let seconds = seconds_of_this_thread() - start;
    assert_eq!(header.dtypes.len(), count);
    let held = header.names.bytes().len() + 4 * count + 2 * count + 32 * count;
    assert!(held < 2 * bytes.len(), "{held} bytes held");
    // unoptimised builds are an order of magnitude slower
    let allowed = if cfg!(debug_assertions) { 20.0 } else { 2.0 };
    assert!(seconds < allowed, "{seconds} s for {count} tensors");
    println!("{count} tensors in {seconds:.3} s");
}

/// Processor time of this thread: a busy machine must not fail a test.
#[cfg(unix)]
fn seconds_of_this_thread() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: a system call that fills the struct
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(answer, 0);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

#[cfg(not(unix))]
fn seconds_of_this_thread() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |time| time.as_secs_f64())
}
