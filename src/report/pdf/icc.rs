//! The sRGB output profile, written here so that nobody else's licence travels with the report.
//!
//! ICC.1:2010 (version 4.2), three-component display profile with the parametric curve of IEC 61966-2-1 and the
//! primaries adapted to D50. All numbers are `s15Fixed16`.

/// A number with four decimals as `s15Fixed16`, from its ten-thousandths.
const fn fixed(ten_thousandths: i64) -> [u8; 4] {
    let scaled = (ten_thousandths * 65_536 * 2 / 10_000 + if ten_thousandths < 0 { -1 } else { 1 }) / 2;
    (scaled as i32).to_be_bytes()
}

fn xyz(values: [i64; 3]) -> Vec<u8> {
    let mut tag = b"XYZ \0\0\0\0".to_vec();
    tag.extend(values.into_iter().flat_map(fixed));
    tag
}

/// `multiLocalizedUnicodeType` with one English record.
fn text(words: &str) -> Vec<u8> {
    let utf16: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let length = u32::try_from(utf16.len()).expect("invariant: the texts below are short");
    let mut tag = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS".to_vec();
    tag.extend(length.to_be_bytes());
    tag.extend(28_u32.to_be_bytes());
    tag.extend(utf16);
    tag
}

/// Y = ((X + 0.055) / 1.055) ^ 2.4 above 0.04045, X / 12.92 below: `parametricCurveType`, function 3.
fn curve() -> Vec<u8> {
    let mut tag = b"para\0\0\0\0\0\x03\0\0".to_vec();
    tag.extend([24_000, 9_479, 521, 774, 405].into_iter().flat_map(fixed));
    tag
}

/// The Bradford adaptation from D65 to D50.
fn adaptation() -> Vec<u8> {
    let mut tag = b"sf32\0\0\0\0".to_vec();
    tag.extend(
        [10_479, 229, -502, 296, 9_905, -171, -92, 151, 7_517]
            .into_iter()
            .flat_map(fixed),
    );
    tag
}

/// The bytes of the profile.
pub(super) fn srgb() -> Vec<u8> {
    let tags: [(&[u8; 4], Vec<u8>); 10] = [
        (b"desc", text("sRGB IEC 61966-2-1")),
        (b"cprt", text("CC0 1.0, no rights reserved")),
        (b"wtpt", xyz([9_642, 10_000, 8_249])),
        (b"chad", adaptation()),
        (b"rXYZ", xyz([4_361, 2_225, 139])),
        (b"gXYZ", xyz([3_851, 7_169, 971])),
        (b"bXYZ", xyz([1_431, 606, 7_141])),
        (b"rTRC", curve()),
        (b"gTRC", curve()),
        (b"bTRC", curve()),
    ];
    let (mut table, mut data) = (Vec::new(), Vec::new());
    let start = 128 + 4 + 12 * tags.len();
    for (signature, bytes) in &tags {
        table.extend_from_slice(*signature);
        table.extend(word(start + data.len()));
        table.extend(word(bytes.len()));
        data.extend_from_slice(bytes);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut profile = header(start + data.len());
    profile.extend(word(tags.len()));
    profile.extend(table);
    profile.extend(data);
    profile
}

fn header(size: usize) -> Vec<u8> {
    let mut header = word(size).to_vec();
    header.extend(b"\0\0\0\0\x04\x20\0\0mntrRGB XYZ ");
    // Created on 2026-01-01: a constant, as the profile is one.
    header.extend([2026_u16, 1, 1, 0, 0, 0].into_iter().flat_map(u16::to_be_bytes));
    header.extend(b"acsp");
    header.resize(68, 0);
    header.extend([9_642, 10_000, 8_249].into_iter().flat_map(fixed));
    header.resize(128, 0);
    header
}

fn word(number: usize) -> [u8; 4] {
    u32::try_from(number)
        .expect("invariant: the profile is smaller than 1 KiB")
        .to_be_bytes()
}
