//! A position in JSON text, and the few steps the scanner takes over it.
//!
//! Not a JSON parser: values the scanner does not want are skipped by their
//! brackets and quotes, without being looked at. What is skipped wrongly is
//! noticed where the text stops making sense.

use super::ScanError;

/// Reads forward over a text. Every step either succeeds or says where it could not.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    /// What is UTF-8 of the text, as far as that goes on without a fault. To look at all of it
    /// once is faster than at each string.
    plain: &'a str,
    /// Where that starts.
    plain_start: usize,
}

/// A string of the text: its bytes between the quotes, escapes untouched.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawString<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) escaped: bool,
    start: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        let rest = text.get(at..).unwrap_or_default();
        let plain = match simdutf8::compat::from_utf8(rest) {
            Ok(plain) => plain,
            Err(error) => {
                let plain = rest.get(..error.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(plain).unwrap_or_default()
            }
        };
        Self {
            text,
            at,
            plain,
            plain_start: at,
        }
    }

    /// A string without escapes as text, if it is UTF-8.
    pub(super) fn plain(&self, string: RawString<'a>) -> Option<&'a str> {
        if string.escaped {
            return None;
        }
        let start = string.start.checked_sub(self.plain_start)?;
        match self.plain.get(start..start + string.bytes.len()) {
            Some(text) => Some(text),
            None => std::str::from_utf8(string.bytes).ok(),
        }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn slice_from(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// All that is to be read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip(&mut self, length: usize) {
        self.at = (self.at + length).min(self.text.len());
    }

    /// The next byte that is not white space, which stays to be read.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
            // What is laid out for people has lines that begin with many.
            while self.text.get(self.at..self.at + 8) == Some(b"        ") {
                self.at += 8;
            }
        }
        None
    }

    /// Steps over `wanted` if it is next.
    pub(super) fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// [`Cursor::take`] where the text must go on.
    pub(super) fn take_if_there(&mut self, wanted: u8) -> Result<bool, ScanError> {
        match self.peek() {
            Some(_) => Ok(self.take(wanted)),
            None => Err(self.unexpected(char::from(wanted))),
        }
    }

    /// Steps over `wanted`, which must be next.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), ScanError> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.unexpected(char::from(wanted)))
        }
    }

    pub(super) fn unexpected(&self, wanted: char) -> ScanError {
        ScanError {
            position: self.at,
            expected: wanted,
        }
    }

    /// Steps over a string without escapes that is what another string was, if it is next.
    pub(super) fn take_again(&mut self, known: &str) -> bool {
        if self.peek() != Some(b'"') {
            return false;
        }
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let found = rest
            .strip_prefix(known.as_bytes())
            .is_some_and(|behind| behind.first() == Some(&b'"'));
        self.at += if found { known.len() + 2 } else { 0 };
        found
    }

    /// Steps over what is next letter by letter, if there is anything of it.
    pub(super) fn take_text(&mut self, text: &[u8]) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let found = !text.is_empty() && rest.starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    pub(super) fn string(&mut self) -> Result<RawString<'a>, ScanError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(step) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = self.text.len();
                return Err(self.unexpected('"'));
            };
            if rest.get(step) == Some(&b'"') {
                let bytes = self.text.get(start..self.at + step).unwrap_or_default();
                self.at += step + 1;
                return Ok(RawString {
                    bytes,
                    escaped,
                    start,
                });
            }
            escaped = true;
            self.at = (self.at + step + 2).min(self.text.len());
        }
    }

    /// A number without sign, fraction or exponent that fits; anything else is skipped as a value.
    pub(super) fn unsigned(&mut self) -> Result<Option<u64>, ScanError> {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut number = Some(0_u64);
        let mut length = 0;
        while let Some(digit @ b'0'..=b'9') = rest.get(length) {
            let more = |number: u64| number.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
            number = number.and_then(more);
            length += 1;
        }
        let is_whole = length > 0 && rest.get(length).is_none_or(|next| ends_value(*next));
        if is_whole {
            self.at += length;
            return Ok(number);
        }
        self.skip_value()?;
        Ok(None)
    }

    /// Steps over one value of any kind.
    pub(super) fn skip_value(&mut self) -> Result<(), ScanError> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'{' | b'[') => self.skip_brackets(),
            Some(b',' | b':' | b'}' | b']') | None => Err(self.unexpected('v')),
            Some(_) => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let length = rest.iter().position(|byte| ends_value(*byte));
                self.at += length.unwrap_or(rest.len());
                Ok(())
            }
        }
    }

    fn skip_brackets(&mut self) -> Result<(), ScanError> {
        let mut depth = 0_usize;
        loop {
            let Some(&byte) = self.text.get(self.at) else {
                return Err(self.unexpected('}'));
            };
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Whether a value that is neither string nor brackets ends before this.
fn ends_value(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')
}
