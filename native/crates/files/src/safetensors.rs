//! The header of a safetensors file: eight bytes of length, JSON, then the tensors' bytes.
//!
//! Everything the published format demands is checked before any offset is handed out, and a few
//! things more, so that no two readers can see two different files in the same bytes:
//! - header length 2..=100,000,000; first byte `{`; UTF-8; only spaces (0x20) after the object;
//! - no tensor name, field or metadata key twice (compared after unescaping);
//! - a tensor entry has exactly dtype, shape and data_offsets;
//! - integers are written as integers and stay exact in JavaScript (at most 2^53 - 1), as does the
//!   product of a shape's nonzero dimensions in bits; at most 32 dimensions;
//! - byte ranges equal shape x dtype, start at 0, leave no hole, do not overlap, and end the file;
//! - `__metadata__` maps strings to strings, at most 100,000 of them.

use crate::dtype::Dtype;
use crate::error::{quoted, FileError};
use crate::json::{Fault, Scanner, MAX_INTEGER};
use crate::text::{push, TextList};

/// Longest header the format allows, in bytes, without the eight bytes of its length.
pub const MAX_HEADER: u64 = 100_000_000;
/// Most dimensions of one tensor.
pub const MAX_RANK: usize = 32;
/// Most entries of `__metadata__`.
pub const MAX_METADATA: usize = 100_000;
/// Bytes before the header.
pub const PREFIX: u64 = 8;

/// A checked header. Columns, not objects: tensor `i` is row `i` of each, in the header's order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Header {
    pub names: TextList,
    pub dtypes: Vec<Dtype>,
    /// Dimensions per tensor; `dims` holds the dimensions themselves, one tensor after the other.
    pub ranks: Vec<u8>,
    pub dims: Vec<u64>,
    /// Begin and end of each tensor, two per tensor, in bytes from the start of the file.
    pub offsets: Vec<u64>,
    /// Keys and values of `__metadata__`, alternating; empty when there is none.
    pub metadata: TextList,
    /// First byte after the header.
    pub data_start: u64,
}

/// Checks the length prefix. Returns the header's length in bytes, which the file surely holds.
pub fn header_length(prefix: &[u8], file_size: u64, place: &str) -> Result<usize, FileError> {
    let Some(Ok(prefix)) = prefix.get(..PREFIX as usize).map(<[u8; 8]>::try_from) else {
        let got = format!("{file_size} bytes");
        return Err(refusal(
            place,
            Fault::new(
                "ERR_FORMAT_TRUNCATED",
                "a safetensors file starts with 8 bytes",
                got,
            ),
        ));
    };
    let length = u64::from_le_bytes(prefix);
    if !(2..=MAX_HEADER).contains(&length) {
        let rule = format!("the header is 2 to {MAX_HEADER} bytes long");
        return Err(refusal(
            place,
            Fault::new("ERR_FORMAT_HEADER_SIZE", rule, length.to_string()),
        ));
    }
    if length > file_size.saturating_sub(PREFIX) {
        let got = format!("a header of {length} bytes in a file of {file_size} bytes");
        return Err(refusal(
            place,
            Fault::new(
                "ERR_FORMAT_TRUNCATED",
                "the header lies inside the file",
                got,
            ),
        ));
    }
    Ok(length as usize)
}

/// Parses and checks the bytes of a header (without the length prefix) of a file of `file_size`
/// bytes. `place` names the file in messages.
pub fn parse_header(header: &[u8], file_size: u64, place: &str) -> Result<Header, FileError> {
    parse(header, file_size).map_err(|fault| refusal(place, fault))
}

fn refusal(place: &str, fault: Fault) -> FileError {
    if fault.code == "ERR_OUT_OF_MEMORY" {
        return FileError::out_of_memory(place, MAX_HEADER);
    }
    let mut message = format!("{place}: {}; got {}", fault.rule, fault.got);
    if !fault.path.is_empty() {
        message.push_str(&format!(" at ${}", fault.path));
    }
    if let Some(at) = fault.at {
        message.push_str(&format!(" (byte {})", PREFIX + at as u64));
    }
    message.push_str(". The file is damaged or not a safetensors file: download or save it again.");
    FileError::new(fault.code, message)
}

fn parse(bytes: &[u8], file_size: u64) -> Result<Header, Fault> {
    if bytes.first() != Some(&b'{') {
        let got = bytes
            .first()
            .map_or("nothing".into(), |byte| format!("byte 0x{byte:02x}"));
        return Err(Fault::new("ERR_FORMAT_HEADER_START", "the header starts with `{`", got).at(0));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let at = error.valid_up_to();
        let got = format!("byte 0x{:02x}", bytes[at]);
        return Err(Fault::new("ERR_FORMAT_HEADER_UTF8", "the header is UTF-8", got).at(at));
    }
    let mut header = Header {
        data_start: PREFIX + bytes.len() as u64,
        ..Header::default()
    };
    let data_size = file_size.saturating_sub(header.data_start);
    let mut scan = Scanner::new(bytes);
    let mut scratch = Vec::new();
    let mut has_metadata = false;
    scan.expect(b'{')?;
    let mut more = !scan.take(b'}');
    while more {
        let at = scan.position();
        scan.string_into(&mut header.names)?;
        scan.expect(b':')?;
        if header.names.pending() == b"__metadata__" {
            header.names.discard_pending();
            if has_metadata {
                let rule = "a key occurs once";
                return Err(Fault::new("ERR_FORMAT_DUPLICATE", rule, "\"__metadata__\"").at(at));
            }
            has_metadata = true;
            metadata(&mut scan, &mut header.metadata)
                .map_err(|fault| fault.within(|| "[\"__metadata__\"]".into()))?;
        } else {
            header.names.finish()?;
            entry(&mut scan, &mut header, data_size, &mut scratch).map_err(|fault| {
                let name = header.names.get_bytes(header.names.len() - 1);
                fault.within(|| format!("[{}]", quoted(name)))
            })?;
        }
        more = scan.more(b'}')?;
    }
    let end = scan.position();
    if let Some(extra) = bytes[end..].iter().position(|&byte| byte != b' ') {
        let rule = "only spaces follow the header's object";
        let got = format!("byte 0x{:02x}", bytes[end + extra]);
        return Err(Fault::new("ERR_FORMAT_JSON", rule, got).at(end + extra));
    }
    duplicates(&header.names, 1, "")?;
    duplicates(&header.metadata, 2, "[\"__metadata__\"]")?;
    layout(&header, file_size)?;
    Ok(header)
}

fn duplicates(list: &TextList, step: usize, path: &str) -> Result<(), Fault> {
    match list.first_duplicate(step)? {
        None => Ok(()),
        Some(index) => {
            let fault = Fault::new(
                "ERR_FORMAT_DUPLICATE",
                "a name occurs once",
                quoted(list.get_bytes(index)),
            );
            Err(fault.within(|| path.into()))
        }
    }
}

fn metadata(scan: &mut Scanner, list: &mut TextList) -> Result<(), Fault> {
    const RULE: &str = "__metadata__ maps strings to strings";
    if !scan.take(b'{') {
        return Err(scan.wrong("ERR_FORMAT_METADATA", RULE));
    }
    let mut more = !scan.take(b'}');
    while more {
        if list.len() / 2 == MAX_METADATA {
            let rule = format!("__metadata__ has at most {MAX_METADATA} entries");
            return Err(Fault::new("ERR_FORMAT_METADATA", rule, "more").at(scan.position()));
        }
        scan.string_into(list)?;
        list.finish()?;
        scan.expect(b':')?;
        if scan.peek() != Some(b'"') {
            let key = list.len() - 1;
            let fault = scan.wrong("ERR_FORMAT_METADATA", RULE);
            return Err(fault.within(|| format!("[{}]", quoted(list.get_bytes(key)))));
        }
        scan.string_into(list)?;
        list.finish()?;
        more = scan.more(b'}')?;
    }
    Ok(())
}

/// One tensor: appends its row and checks what can be checked without the others.
fn entry(
    scan: &mut Scanner,
    header: &mut Header,
    data_size: u64,
    scratch: &mut Vec<u8>,
) -> Result<(), Fault> {
    const FIELDS: &str = "a tensor has dtype, shape and data_offsets, and nothing else";
    let start = scan.position();
    if !scan.take(b'{') {
        return Err(scan.wrong("ERR_FORMAT_FIELD", FIELDS));
    }
    let (mut dtype, mut rank, mut range) = (None, None, None);
    let mut more = !scan.take(b'}');
    while more {
        scratch.clear();
        let at = scan.position();
        scan.string(scratch)?;
        scan.expect(b':')?;
        let again = match scratch.as_slice() {
            b"dtype" => dtype.replace(dtype_field(scan, scratch)?).is_some(),
            b"shape" if rank.is_none() => {
                rank.replace(shape_field(scan, &mut header.dims)?).is_some()
            }
            b"data_offsets" if range.is_none() => range.replace(offsets_field(scan)?).is_some(),
            b"shape" | b"data_offsets" => true,
            other => {
                return Err(Fault::new("ERR_FORMAT_FIELD", FIELDS, quoted(other)).at(at));
            }
        };
        if again {
            return Err(Fault::new("ERR_FORMAT_DUPLICATE", "a key occurs once", "it twice").at(at));
        }
        more = scan.more(b'}')?;
    }
    let (Some(dtype), Some(rank), Some((begin, end))) = (dtype, rank, range) else {
        let missing = match (dtype, rank) {
            (None, _) => "no dtype",
            (_, None) => "no shape",
            _ => "no data_offsets",
        };
        return Err(Fault::new("ERR_FORMAT_FIELD", FIELDS, missing).at(start));
    };
    let dims = &header.dims[header.dims.len() - rank..];
    let bytes = size_in_bytes(dims, dtype).map_err(|fault| fault.at(start))?;
    if end < begin {
        let rule = "data_offsets begin before they end";
        let got = format!("[{begin}, {end}]");
        return Err(Fault::new("ERR_FORMAT_OFFSETS", rule, got).at(start));
    }
    if end - begin != bytes {
        let rule = format!("shape {dims:?} of {} takes {bytes} bytes", dtype.name());
        let got = format!("data_offsets [{begin}, {end}], {} bytes", end - begin);
        return Err(Fault::new("ERR_FORMAT_SHAPE", rule, got).at(start));
    }
    if end > data_size {
        let rule = format!("tensors lie inside the file's {data_size} bytes of data");
        let got = format!("data_offsets [{begin}, {end}]");
        return Err(Fault::new("ERR_FORMAT_TRUNCATED", rule, got).at(start));
    }
    push(&mut header.dtypes, dtype)?;
    push(&mut header.ranks, rank as u8)?;
    // end <= data_size, so neither sum passes the size of the file
    push(&mut header.offsets, header.data_start + begin)?;
    push(&mut header.offsets, header.data_start + end)?;
    Ok(())
}

fn dtype_field(scan: &mut Scanner, scratch: &mut Vec<u8>) -> Result<Dtype, Fault> {
    const RULE: &str = "dtype is the name of a safetensors type, such as \"F32\" or \"BF16\"";
    scan.peek();
    let at = scan.position();
    if scan.peek() != Some(b'"') {
        return Err(scan
            .wrong("ERR_FORMAT_DTYPE", RULE)
            .within(|| ".dtype".into()));
    }
    scratch.clear();
    scan.string(scratch)?;
    Dtype::parse(scratch).ok_or_else(|| {
        Fault::new("ERR_FORMAT_DTYPE", RULE, quoted(scratch))
            .at(at)
            .within(|| ".dtype".into())
    })
}

/// Appends the dimensions to `dims` and returns how many there are.
fn shape_field(scan: &mut Scanner, dims: &mut Vec<u64>) -> Result<usize, Fault> {
    if !scan.take(b'[') {
        let rule = "shape is an array of whole numbers";
        return Err(scan
            .wrong("ERR_FORMAT_SHAPE", rule)
            .within(|| ".shape".into()));
    }
    let mut rank = 0;
    let mut more = !scan.take(b']');
    while more {
        if rank == MAX_RANK {
            let rule = format!("a tensor has at most {MAX_RANK} dimensions");
            let fault = Fault::new("ERR_FORMAT_SHAPE", rule, "more").at(scan.position());
            return Err(fault.within(|| ".shape".into()));
        }
        let dim = scan
            .integer()
            .map_err(|f| f.within(|| format!(".shape[{rank}]")))?;
        push(dims, dim)?;
        rank += 1;
        more = scan.more(b']')?;
    }
    Ok(rank)
}

fn offsets_field(scan: &mut Scanner) -> Result<(u64, u64), Fault> {
    const RULE: &str = "data_offsets is [begin, end]";
    let path = || ".data_offsets".to_string();
    if !scan.take(b'[') {
        return Err(scan.wrong("ERR_FORMAT_OFFSETS", RULE).within(path));
    }
    let mut pair = [0; 2];
    let mut count = 0;
    let mut more = !scan.take(b']');
    while more {
        if count == 2 {
            let fault = Fault::new("ERR_FORMAT_OFFSETS", RULE, "a third number");
            return Err(fault.at(scan.position()).within(path));
        }
        pair[count] = scan.integer().map_err(|fault| fault.within(path))?;
        count += 1;
        more = scan.more(b']')?;
    }
    if count < 2 {
        let fault = Fault::new("ERR_FORMAT_OFFSETS", RULE, format!("{count} numbers"));
        return Err(fault.at(scan.position()).within(path));
    }
    Ok((pair[0], pair[1]))
}

/// Bytes of a tensor. Zero dimensions do not hide an overflow of the others, which would come back
/// as a stride.
fn size_in_bytes(dims: &[u64], dtype: Dtype) -> Result<u64, Fault> {
    let overflow = || {
        let rule = "the bits of a tensor are at most 2^53 - 1";
        Fault::new(
            "ERR_FORMAT_OVERFLOW",
            rule,
            format!("shape {dims:?} of {}", dtype.name()),
        )
    };
    let mut bits = dtype.bits();
    for &dim in dims.iter().filter(|&&dim| dim != 0) {
        bits = bits
            .checked_mul(dim)
            .filter(|&bits| bits <= MAX_INTEGER)
            .ok_or_else(overflow)?;
    }
    if dims.contains(&0) {
        return Ok(0);
    }
    if !bits.is_multiple_of(8) {
        let rule = format!("a tensor of {} fills whole bytes", dtype.name());
        return Err(Fault::new(
            "ERR_FORMAT_SHAPE",
            rule,
            format!("shape {dims:?}"),
        ));
    }
    Ok(bits / 8)
}

/// All tensors together cover the data exactly once.
fn layout(header: &Header, file_size: u64) -> Result<(), Fault> {
    let range = |row: usize| (header.offsets[2 * row], header.offsets[2 * row + 1]);
    let count = header.dtypes.len();
    let mut order: Vec<u32> = Vec::new();
    if !(1..count).all(|row| range(row - 1) <= range(row)) {
        order
            .try_reserve_exact(count)
            .map_err(|_| crate::text::NoMemory)?;
        order.extend(0..count as u32);
        order.sort_unstable_by_key(|&row| range(row as usize));
    }
    let mut next = header.data_start;
    for place in 0..count {
        let row = order.get(place).map_or(place, |&row| row as usize);
        let (begin, end) = range(row);
        if begin != next {
            let (code, rule) = if begin < next {
                ("ERR_FORMAT_OVERLAP", "tensors do not share bytes")
            } else {
                (
                    "ERR_FORMAT_HOLE",
                    "tensors follow each other without a hole, from offset 0",
                )
            };
            let from = header.data_start;
            let got = format!(
                "data_offsets [{}, {}] after {}",
                begin - from,
                end - from,
                next - from
            );
            let fault = Fault::new(code, rule, got);
            return Err(fault.within(|| format!("[{}]", quoted(header.names.get_bytes(row)))));
        }
        next = end;
    }
    if next != file_size {
        let rule = "the last tensor ends the file";
        let got = format!("{} bytes after it", file_size.saturating_sub(next));
        return Err(Fault::new("ERR_FORMAT_TRAILING", rule, got));
    }
    Ok(())
}
