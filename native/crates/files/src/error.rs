//! The one error of this crate: a stable code and a message a person can act on.

use std::fmt;

/// Every code this crate can produce. The list is closed: a test walks it.
pub const CODES: &[&str] = &[
    "ERR_FILE_ACCESS",         // the operating system refused to open or read
    "ERR_FILE_CHANGED",        // size, modification time or identity differ from when it was opened
    "ERR_FILE_KIND",           // a directory, pipe, socket or device
    "ERR_FILE_NOT_FOUND",      // nothing at that path
    "ERR_FILE_RANGE",          // bytes outside the file were asked for
    "ERR_FORMAT_DTYPE",        // dtype is not a name of the format
    "ERR_FORMAT_DUPLICATE",    // a tensor name or a key occurs twice
    "ERR_FORMAT_FIELD",        // a field of a tensor entry is missing, unknown or of the wrong kind
    "ERR_FORMAT_HEADER_SIZE",  // header length outside 2..=100,000,000
    "ERR_FORMAT_HEADER_START", // first byte of the header is not `{`
    "ERR_FORMAT_HEADER_UTF8",  // header is not UTF-8
    "ERR_FORMAT_HOLE",         // data bytes that belong to no tensor, before or between tensors
    "ERR_FORMAT_INTEGER",      // a float, negative number, string ... where a whole number belongs
    "ERR_FORMAT_JSON",         // not JSON, or bytes other than spaces after the object
    "ERR_FORMAT_METADATA",     // __metadata__ is not a map of strings to strings, or is too large
    "ERR_FORMAT_OFFSETS",      // data_offsets is not [begin, end] with begin <= end
    "ERR_FORMAT_OVERFLOW",     // an integer or a product leaves the exact range
    "ERR_FORMAT_OVERLAP",      // two tensors share bytes
    "ERR_FORMAT_SHAPE",        // shape and byte range disagree, or too many dimensions
    "ERR_FORMAT_TRAILING",     // bytes after the last tensor
    "ERR_FORMAT_TRUNCATED",    // the file ends before what it promises
    "ERR_OUT_OF_MEMORY",       // memory for the file or its header could not be reserved
    "ERR_UNSUPPORTED_OPTION",  // memory mapping on a platform without it
];

/// Why a file was refused. `message` has the form `where: rule; got X. What to do.`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    pub code: &'static str,
    pub message: String,
}

impl FileError {
    pub(crate) fn new(code: &'static str, message: String) -> Self {
        debug_assert!(CODES.contains(&code), "{code} is not in the closed list");
        Self { code, message }
    }

    pub(crate) fn out_of_memory(place: &str, bytes: u64) -> Self {
        Self::new(
            "ERR_OUT_OF_MEMORY",
            format!(
                "{place}: {bytes} bytes of memory are needed; got a refusal from the system. \
                 Free memory, or map the file (mmap: true) instead of reading it."
            ),
        )
    }

    pub(crate) fn io(place: &str, doing: &str, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound {
            return Self::new(
                "ERR_FILE_NOT_FOUND",
                format!("{place}: the file must exist; got nothing at that path. Check the path."),
            );
        }
        Self::new(
            "ERR_FILE_ACCESS",
            format!("{place}: {doing} must succeed; got {error}. Check permissions and the disk."),
        )
    }

    pub(crate) fn changed(place: &str, what: &str) -> Self {
        Self::new(
            "ERR_FILE_CHANGED",
            format!(
                "{place}: the file must stay as it was while it is open; got {what}. \
                 Load it again, and replace files by renaming instead of writing into them."
            ),
        )
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for FileError {}

/// A name from a file, quoted and bounded, safe to put in a message.
pub(crate) fn quoted(name: &[u8]) -> String {
    const LONGEST: usize = 80;
    let text = String::from_utf8_lossy(name);
    let mut out = String::from("\"");
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push_str("...");
            break;
        }
        if c == '"' || c == '\\' {
            out.push('\\');
            out.push(c);
        } else if c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) {
            // control and bidirectional marks would let a name rewrite the line it is printed on
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn quoted_names_are_bounded_and_cannot_break_a_line() {
        assert_eq!(quoted(b"a\n\"b"), "\"a\\u000a\\\"b\"");
        assert_eq!(quoted("\u{202e}x".as_bytes()), "\"\\u202ex\"");
        assert!(quoted(&vec![b'x'; 1 << 20]).len() < 100);
    }
}
