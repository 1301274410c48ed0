//! From bytes to objects (ISO 32000-1 §7.2, §7.3): strict, bounded, without repair.
//!
//! Comments are refused, since our writer makes none between objects. A dictionary with a key twice is refused, since
//! readers disagree about which one counts; so is a name with an escape that it does not need, which a reader that looks
//! for `/Contents` in the bytes would not see.

use std::ops::Range;

use super::object::{Dictionary, Object};

/// Arrays and dictionaries may be nested this deep.
const MAX_DEPTH: usize = 64;
/// The longest name, in bytes as written (ISO 32000-1 Annex C allows 127 after unescaping).
const MAX_NAME_BYTES: usize = 1024;
/// The most values in one file, dozens of times what a large report has: else a file of two-byte values would take many
/// times its size in memory.
const MAX_VALUES: usize = 16 << 20;
/// A dictionary counts as this many values, since its first entry takes as much memory.
const DICTIONARY_VALUES: usize = 16;
/// The longest number, in digits.
const MAX_NUMBER_BYTES: usize = 32;

/// The bytes do not follow the grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct SyntaxError {
    /// What was expected or is not allowed.
    pub what: &'static str,
    /// Offset in the file.
    pub at: usize,
}

/// A dictionary whose values are known by their place, for the signature's `/Contents`.
pub(super) type Entries = Vec<(Vec<u8>, Object, Range<usize>)>;

/// Reads objects at a position in a file.
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    values_left: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            values_left: MAX_VALUES,
        }
    }

    /// The offset of the next byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn error<T>(&self, what: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError { what, at: self.at })
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether the next bytes are `text`.
    pub(super) fn looking_at(&self, text: &[u8]) -> bool {
        self.rest().starts_with(text)
    }

    /// Takes `text` if it comes next.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let found = self.looking_at(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes `text` or fails.
    pub(super) fn expect(&mut self, text: &'static [u8], what: &'static str) -> Result<(), SyntaxError> {
        if self.take(text) { Ok(()) } else { self.error(what) }
    }

    /// Takes exactly `count` bytes.
    pub(super) fn take_bytes(&mut self, count: usize) -> Result<Range<usize>, SyntaxError> {
        match self.at.checked_add(count) {
            Some(end) if end <= self.bytes.len() => {
                let range = self.at..end;
                self.at = end;
                Ok(range)
            }
            _ => self.error("the file ends too early"),
        }
    }

    pub(super) fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Takes a keyword that must not run on into another token.
    pub(super) fn keyword(&mut self, word: &'static [u8], what: &'static str) -> Result<(), SyntaxError> {
        self.expect(word, what)?;
        if self.peek().is_some_and(is_regular) {
            self.error(what)
        } else {
            Ok(())
        }
    }

    /// Reads a whole number without a sign.
    pub(super) fn unsigned<T: std::str::FromStr>(&mut self, what: &'static str) -> Result<T, SyntaxError> {
        let digits = self
            .rest()
            .iter()
            .take(MAX_NUMBER_BYTES)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let text = self
            .rest()
            .get(..digits)
            .and_then(|text| std::str::from_utf8(text).ok());
        match text.and_then(|text| text.parse().ok()) {
            Some(value) => {
                self.at += digits;
                Ok(value)
            }
            None => self.error(what),
        }
    }

    /// Reads one object and leaves the position behind it. A stream's data are not part of it.
    pub(super) fn object(&mut self) -> Result<Object, SyntaxError> {
        self.nested(0)
    }

    /// Reads a dictionary with the place of each value.
    pub(super) fn entries(&mut self) -> Result<Entries, SyntaxError> {
        self.dictionary(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Object, SyntaxError> {
        if depth > MAX_DEPTH {
            return self.error("nested too deeply");
        }
        self.skip_space();
        let weight = if self.looking_at(b"<<") {
            DICTIONARY_VALUES
        } else {
            1
        };
        match self.values_left.checked_sub(weight) {
            Some(left) => self.values_left = left,
            None => return self.error("too many values"),
        }
        match self.peek() {
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.literal_string().map(Object::String),
            Some(b'[') => self.array(depth),
            Some(b'<') if self.looking_at(b"<<") => {
                let entries = self.dictionary(depth)?;
                Ok(Object::Dictionary(
                    entries.into_iter().map(|(key, value, _)| (key, value)).collect(),
                ))
            }
            Some(b'<') => self.hexadecimal_string().map(Object::String),
            Some(b'+' | b'-' | b'.' | b'0'..=b'9') => self.number_or_reference(),
            Some(b't') => self
                .keyword(b"true", "not an object")
                .map(|()| Object::Boolean(true)),
            Some(b'f') => self
                .keyword(b"false", "not an object")
                .map(|()| Object::Boolean(false)),
            Some(b'n') => self.keyword(b"null", "not an object").map(|()| Object::Null),
            _ => self.error("not an object"),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Object, SyntaxError> {
        self.expect(b"[", "expected an array")?;
        let mut elements = Vec::new();
        loop {
            self.skip_space();
            if self.take(b"]") {
                return Ok(Object::Array(elements));
            }
            elements.push(self.nested(depth + 1)?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Entries, SyntaxError> {
        self.expect(b"<<", "expected a dictionary")?;
        let mut entries = Entries::new();
        let mut keys = Dictionary::new();
        loop {
            self.skip_space();
            if self.take(b">>") {
                return Ok(entries);
            }
            let key_at = self.at;
            let key = self.name()?;
            if keys.insert(key.clone(), Object::Null).is_some() {
                return Err(SyntaxError {
                    what: "a dictionary key stands twice",
                    at: key_at,
                });
            }
            self.skip_space();
            let start = self.at;
            let value = self.nested(depth + 1)?;
            entries.push((key, value, start..self.at));
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, SyntaxError> {
        self.expect(b"/", "expected a name")?;
        let length = self
            .rest()
            .iter()
            .take(MAX_NAME_BYTES + 1)
            .take_while(|byte| is_regular(**byte))
            .count();
        if length > MAX_NAME_BYTES {
            return self.error("a name is too long");
        }
        let mut name = Vec::with_capacity(length);
        let end = self.at + length;
        while self.at < end {
            if self.take(b"#") {
                let byte = self.hexadecimal_byte()?;
                if byte == 0 || (byte.is_ascii_graphic() && is_regular(byte) && byte != b'#') {
                    return self.error("a name has an escape where none is needed");
                }
                name.push(byte);
            } else {
                name.extend(self.peek());
                self.at += 1;
            }
        }
        Ok(name)
    }

    fn hexadecimal_byte(&mut self) -> Result<u8, SyntaxError> {
        let digit = |place: usize| char::from(*self.rest().get(place)?).to_digit(16);
        match (digit(0), digit(1)) {
            (Some(high), Some(low)) => {
                self.at += 2;
                Ok((high << 4 | low) as u8)
            }
            _ => self.error("expected two hexadecimal digits"),
        }
    }

    fn hexadecimal_string(&mut self) -> Result<Vec<u8>, SyntaxError> {
        self.expect(b"<", "expected a string")?;
        let mut bytes = Vec::new();
        while !self.take(b">") {
            bytes.push(self.hexadecimal_byte()?);
        }
        Ok(bytes)
    }

    fn literal_string(&mut self) -> Result<Vec<u8>, SyntaxError> {
        self.expect(b"(", "expected a string")?;
        let mut bytes = Vec::new();
        let mut open = 1_usize;
        loop {
            let Some(byte) = self.peek() else {
                return self.error("a string does not end");
            };
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' if open == 1 => return Ok(bytes),
                b')' => open -= 1,
                b'\r' => return self.error("a carriage return in a string, which readers change"),
                b'\\' => {
                    bytes.extend(self.escaped()?);
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
        }
    }

    /// What follows a backslash. A line continuation is nothing.
    fn escaped(&mut self) -> Result<Option<u8>, SyntaxError> {
        let Some(byte) = self.peek() else {
            return self.error("a string does not end");
        };
        self.at += 1;
        Ok(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'(' | b')' | b'\\' => Some(byte),
            b'\n' => None,
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        value = value * 8 + u32::from(digit - b'0');
                        self.at += 1;
                    }
                }
                match u8::try_from(value) {
                    Ok(byte) => Some(byte),
                    Err(_) => return self.error("an octal escape is too large"),
                }
            }
            _ => return self.error("an unknown escape in a string"),
        })
    }

    fn number_or_reference(&mut self) -> Result<Object, SyntaxError> {
        if let Some(number) = self.reference() {
            return Ok(Object::Reference(number));
        }
        let text: Vec<u8> = self
            .rest()
            .iter()
            .copied()
            .take(MAX_NUMBER_BYTES + 1)
            .take_while(|byte| is_regular(*byte))
            .collect();
        let unsigned = text
            .strip_prefix(b"-")
            .or_else(|| text.strip_prefix(b"+"))
            .unwrap_or(&text);
        let points = unsigned.iter().filter(|byte| **byte == b'.').count();
        let digits = unsigned.iter().filter(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || points > 1 || points + digits != unsigned.len() || text.len() > MAX_NUMBER_BYTES {
            return self.error("not a number");
        }
        let number = if points == 1 {
            Object::Real(text.clone())
        } else {
            match std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()) {
                Some(value) => Object::Integer(value),
                None => return self.error("a number is too large"),
            }
        };
        self.at += text.len();
        Ok(number)
    }

    /// Reads `n 0 R` if it stands here; otherwise the position stays.
    fn reference(&mut self) -> Option<u32> {
        let start = self.at;
        let number = self.unsigned("").ok();
        if number.is_some() && self.take(b" 0 R") && !self.peek().is_some_and(is_regular) {
            return number;
        }
        self.at = start;
        None
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Regular characters are all that are neither white space nor delimiters.
fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Object, SyntaxError> {
        let mut parser = Parser::new(text, 0);
        let object = parser.object()?;
        if parser.at() == text.len() {
            Ok(object)
        } else {
            parser.error("trailing bytes")
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let texts: [&[u8]; 8] = [
            b"<</A 1 /B [true false null 12 0 R -3.50] /C#20D (a\\(b\\))>>",
            b"<FEFF00E9>",
            b"[]",
            b"/",
            b"(nested )",
            b"-17",
            b".5",
            b"<</K <<>>>>",
        ];
        for text in texts {
            let object = read(text).expect("reads");
            let mut written = Vec::new();
            object.write(&mut written);
            assert_eq!(written, text, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let check = |values_left, expected| {
            let mut parser = Parser::new(b"[1 <</A 2>> 3]", 0);
            parser.values_left = values_left;
            assert_eq!(parser.object().is_ok(), expected, "{values_left}");
        };
        check(4 + DICTIONARY_VALUES, true);
        check(3 + DICTIONARY_VALUES, false);
    }

    #[test]
    fn loose_syntax_is_refused() {
        let deep = [vec![b'['; MAX_DEPTH + 2], vec![b']'; MAX_DEPTH + 2]].concat();
        let texts: [&[u8]; 17] = [
            b"",
            b"/#43ontents",
            b"/A#00",
            b"/A#",
            b"(a\rb)",
            b"<</A 1 /A 2>>",
            b"<<A 1>>",
            b"[1 2",
            b"(open",
            b"<4>",
            b"<4g>",
            b"1.2.3",
            b"nulls",
            b"% comment\n1",
            b"99999999999999999999",
            b"(\\777)",
            &deep,
        ];
        for text in texts {
            assert!(read(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
    }
}
