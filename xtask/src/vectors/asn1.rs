//! DER, written by hand: so that a vector can be wrong in exactly one place, and so that the vectors do not share a
//! decoder's view of the world with the verifier that they try.

use const_oid::ObjectIdentifier;

/// A value with its tag and length.
pub(super) type Der = Vec<u8>;

pub(super) fn tagged(tag: u8, content: &[u8]) -> Der {
    let mut out = vec![tag];
    let length = content.len();
    match length {
        0..128 => out.push(length as u8),
        128..256 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}

pub(super) fn seq<const N: usize>(parts: [Der; N]) -> Der {
    tagged(0x30, &parts.concat())
}

pub(super) fn seq_of(parts: &[Der]) -> Der {
    tagged(0x30, &parts.concat())
}

/// A SET OF: DER sorts its elements.
pub(super) fn set_of(parts: &[Der]) -> Der {
    let mut parts = parts.to_vec();
    parts.sort();
    tagged(0x31, &parts.concat())
}

/// A constructed context tag around `content`, which is a whole value (EXPLICIT) or several.
pub(super) fn context(number: u8, content: &[u8]) -> Der {
    tagged(0xa0 | number, content)
}

/// The value under another tag (IMPLICIT).
pub(super) fn retagged(tag: u8, value: &Der) -> Der {
    let mut value = value.clone();
    value[0] = tag;
    value
}

pub(super) fn oid(dotted: &str) -> Der {
    tagged(6, ObjectIdentifier::new_unwrap(dotted).as_bytes())
}

pub(super) fn int(value: u64) -> Der {
    let bytes = value.to_be_bytes();
    let start = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    let padding: &[u8] = if bytes[start] & 0x80 == 0 { &[] } else { &[0] };
    tagged(2, &[padding, &bytes[start..]].concat())
}

pub(super) fn octets(bytes: &[u8]) -> Der {
    tagged(4, bytes)
}

/// A BIT STRING of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Der {
    tagged(3, &[&[0], bytes].concat())
}

/// Named bits, the first of which is bit 0: DER drops the zeros at the end.
pub(super) fn named_bits(set: &[u8]) -> Der {
    let highest = set.iter().copied().max().unwrap_or(0);
    let mut bytes = vec![0_u8; usize::from(highest / 8) + 1];
    for bit in set {
        bytes[usize::from(bit / 8)] |= 0x80 >> (bit % 8);
    }
    tagged(3, &[&[7 - highest % 8], bytes.as_slice()].concat())
}

pub(super) fn null() -> Der {
    tagged(5, &[])
}

pub(super) fn yes() -> Der {
    tagged(1, &[0xff])
}

pub(super) fn utf8(text: &str) -> Der {
    tagged(12, text.as_bytes())
}

/// A time as X.509 writes it before 2050; `text` is `YYYYMMDDhhmmss`.
pub(super) fn utc_time(text: &str) -> Der {
    tagged(0x17, format!("{}Z", &text[2..]).as_bytes())
}

pub(super) fn generalized_time(text: &str) -> Der {
    tagged(0x18, format!("{text}Z").as_bytes())
}

pub(super) fn enumerated(value: u8) -> Der {
    tagged(10, &[value])
}
