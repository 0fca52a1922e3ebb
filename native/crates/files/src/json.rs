//! A scanner for the small JSON of headers: no recursion, one pass, checked UTF-8 in, no tree out.
//!
//! The caller knows which value comes next and asks for it, so nesting can never exceed the fixed
//! depth of the format, and whatever does not belong is refused where it starts.

use crate::text::{append, push, NoMemory, TextList};

/// Largest integer that JavaScript holds exactly; a larger size would be rounded on its way up.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A refusal, before the caller adds where it happened.
pub(crate) struct Fault {
    pub code: &'static str,
    pub path: String,
    pub rule: String,
    pub got: String,
    /// Index into the header, when the fault has one place.
    pub at: Option<usize>,
}

impl Fault {
    pub fn new(code: &'static str, rule: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            code,
            path: String::new(),
            rule: rule.into(),
            got: got.into(),
            at: None,
        }
    }

    pub fn at(mut self, at: usize) -> Self {
        self.at = Some(at);
        self
    }

    /// Prefixes the JSON path: callers further out know the outer part.
    pub fn within(mut self, path: impl FnOnce() -> String) -> Self {
        self.path.insert_str(0, &path());
        self
    }
}

impl From<NoMemory> for Fault {
    fn from(_: NoMemory) -> Self {
        Self::new(
            "ERR_OUT_OF_MEMORY",
            "the header must fit in memory",
            "a refusal of memory",
        )
    }
}

pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// The next byte that is not white space, without taking it.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Takes `byte` if it comes next.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes `byte` or says what is there instead.
    pub fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.take(byte) {
            return Ok(());
        }
        Err(self.json(format!("JSON needs `{}` here", byte as char)))
    }

    /// After an element: true when another follows. A comma before the closing byte is refused.
    pub fn more(&mut self, closing: u8) -> Result<bool, Fault> {
        if self.take(closing) {
            return Ok(false);
        }
        if !self.take(b',') {
            return Err(self.json(format!("JSON needs `,` or `{}` here", closing as char)));
        }
        if self.peek() == Some(closing) {
            return Err(self.json("JSON has no comma before a closing bracket"));
        }
        Ok(true)
    }

    /// A syntax error at the current place.
    pub fn json(&mut self, rule: impl Into<String>) -> Fault {
        let got = self.describe();
        Fault::new("ERR_FORMAT_JSON", rule, got).at(self.at)
    }

    /// A value of the wrong kind at the current place; a syntax error when no value starts here.
    pub fn wrong(&mut self, code: &'static str, rule: impl Into<String>) -> Fault {
        let starts_value = match self.peek() {
            Some(b'"' | b'[' | b'{' | b'-' | b'0'..=b'9') => true,
            Some(_) => self.word().is_some(),
            None => false,
        };
        let got = self.describe();
        let code = if starts_value {
            code
        } else {
            "ERR_FORMAT_JSON"
        };
        Fault::new(code, rule, got).at(self.at)
    }

    fn word(&self) -> Option<&'static str> {
        let rest = &self.bytes[self.at..];
        ["true", "false", "null"]
            .into_iter()
            .find(|word| rest.starts_with(word.as_bytes()))
    }

    fn describe(&mut self) -> String {
        match self.peek() {
            None => "the end of the header".into(),
            Some(b'"') => "a string".into(),
            Some(b'[') => "an array".into(),
            Some(b'{') => "an object".into(),
            Some(b'-' | b'0'..=b'9') => "a number".into(),
            Some(byte) => match self.word() {
                Some(word) => word.into(),
                None if byte.is_ascii_graphic() => format!("`{}`", byte as char),
                None => format!("byte 0x{byte:02x}"),
            },
        }
    }

    /// A string, unescaped and appended to `out`.
    pub fn string(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.expect(b'"')?;
        loop {
            let start = self.at;
            while let Some(&byte) = self.bytes.get(self.at) {
                if byte == b'"' || byte == b'\\' || byte < 0x20 {
                    break;
                }
                self.at += 1;
            }
            append(out, &self.bytes[start..self.at])?;
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(out)?,
                Some(byte) => {
                    let got = format!("byte 0x{byte:02x}");
                    let rule = "JSON strings hold control characters only as escapes";
                    return Err(Fault::new("ERR_FORMAT_JSON", rule, got).at(self.at));
                }
                None => return Err(self.json("a JSON string ends with `\"`")),
            }
        }
    }

    /// A string as the next entry of `list`, left open when `finish` is not called on the list.
    pub fn string_into(&mut self, list: &mut TextList) -> Result<(), Fault> {
        self.string(list.open())
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        let start = self.at;
        self.at += 2;
        let byte = match self.bytes.get(start + 1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'u') => {
                let c = self.unicode_escape(start)?;
                let mut utf8 = [0; 4];
                return Ok(append(out, c.encode_utf8(&mut utf8).as_bytes())?);
            }
            _ => {
                let rule = "JSON knows the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX";
                return Err(Fault::new("ERR_FORMAT_JSON", rule, "another escape").at(start));
            }
        };
        Ok(push(out, byte)?)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, Fault> {
        let fault = |got: &str| {
            let rule = "a \\u escape is four hexadecimal digits, and surrogates come in pairs";
            Fault::new("ERR_FORMAT_JSON", rule, got).at(start)
        };
        let high = self.hex4().ok_or_else(|| fault("something else"))?;
        let code = if (0xd800..0xdc00).contains(&high) {
            if self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
                return Err(fault("a lone surrogate"));
            }
            self.at += 2;
            let low = self.hex4().ok_or_else(|| fault("something else"))?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(fault("a lone surrogate"));
            }
            0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        } else {
            high
        };
        char::from_u32(code).ok_or_else(|| fault("a lone surrogate"))
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        let mut value = 0;
        for &digit in digits {
            value = value * 16 + (digit as char).to_digit(16)?;
        }
        self.at += 4;
        Some(value)
    }

    /// A whole number from 0 to 2^53 - 1, written as one: no sign, point, exponent or quotes.
    pub fn integer(&mut self) -> Result<u64, Fault> {
        const RULE: &str = "a size is a whole number from 0 to 9007199254740991";
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.wrong("ERR_FORMAT_INTEGER", RULE));
        }
        let start = self.at;
        let negative = self.take_here(b'-');
        let mut value: u64 = 0;
        let mut too_large = false;
        let digits = self.at;
        while let Some(&digit @ b'0'..=b'9') = self.bytes.get(self.at) {
            self.at += 1;
            let next = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(u64::from(digit - b'0')));
            too_large |= next.is_none();
            value = next.unwrap_or(0);
        }
        let count = self.at - digits;
        if count == 0 || (count > 1 && self.bytes[digits] == b'0') {
            let rule = "a JSON number starts with its first digit, and that is not a spare zero";
            return Err(Fault::new("ERR_FORMAT_JSON", rule, self.shown(start)).at(start));
        }
        if negative || matches!(self.bytes.get(self.at), Some(b'.' | b'e' | b'E')) {
            return Err(Fault::new("ERR_FORMAT_INTEGER", RULE, self.shown(start)).at(start));
        }
        if too_large || value > MAX_INTEGER {
            return Err(Fault::new("ERR_FORMAT_OVERFLOW", RULE, self.shown(start)).at(start));
        }
        Ok(value)
    }

    fn take_here(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// The number that starts at `start`, as written, at most 32 characters of it.
    fn shown(&self, start: usize) -> String {
        let rest = self.bytes[start..].iter().take(32);
        rest.take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
            .map(|&b| b as char)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Result<Vec<u8>, &'static str> {
        let mut out = Vec::new();
        Scanner::new(text.as_bytes())
            .string(&mut out)
            .map(|()| out)
            .map_err(|fault| fault.code)
    }

    fn integer(text: &str) -> Result<u64, &'static str> {
        Scanner::new(text.as_bytes())
            .integer()
            .map_err(|fault| fault.code)
    }

    #[test]
    fn strings_are_unescaped() {
        assert_eq!(string(r#""a\n\u0041\/""#), Ok(b"a\nA/".to_vec()));
        assert_eq!(string(r#""\ud83d\ude00""#), Ok("\u{1f600}".into()));
        assert_eq!(string(r#""\u0000""#), Ok(vec![0]));
    }

    #[test]
    fn broken_strings_are_refused() {
        for text in [
            r#""\ud83d""#,
            r#""\udc00""#,
            r#""\ud83d\u0041""#,
            r#""\u12""#,
            r#""\u12g4""#,
            r#""\x41""#,
            "\"a\nb\"",
            "\"abc",
            "\"abc\\",
            "'a'",
            r#""\u+123""#,
        ] {
            assert_eq!(string(text), Err("ERR_FORMAT_JSON"), "{text}");
        }
    }

    #[test]
    fn integers_are_exact_or_refused() {
        assert_eq!(integer("0"), Ok(0));
        assert_eq!(integer(" 9007199254740991,"), Ok(MAX_INTEGER));
        for text in [
            "1.0", "1e3", "-1", "-0", "\"1\"", "null", "[1]", "0.5", "1E2",
        ] {
            assert_eq!(integer(text), Err("ERR_FORMAT_INTEGER"), "{text}");
        }
        for text in [
            "9007199254740992",
            "18446744073709551616",
            "99999999999999999999999999",
        ] {
            assert_eq!(integer(text), Err("ERR_FORMAT_OVERFLOW"), "{text}");
        }
        for text in ["01", "-", "+1", "NaN", "Infinity", "", ".5", "--1"] {
            assert_eq!(integer(text), Err("ERR_FORMAT_JSON"), "{text}");
        }
    }
}
