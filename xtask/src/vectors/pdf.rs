//! A report of one page and the update that certifies it, written as text: what an attacker who can sign would write.

use std::fmt::Write as _;

use super::asn1::Der;
use super::cms::{Cms, sha256};
use super::pki::House;

/// Bytes kept beyond what a signature needs: room for an attacker, too.
const SPARE: usize = 128;
const RANGE_ROOM: &str = "[0 0000000000 0000000000 0000000000]";

pub(super) const CATALOG: &str = "<</Type /Catalog /Pages 2 0 R /Lang (en)>>";
pub(super) const PAGES: &str = "<</Type /Pages /Kids [3 0 R] /Count 1>>";
pub(super) const PAGE: &str =
    "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <<>> /Contents 4 0 R>>";
pub(super) const CONTENT: &str = "<</Length 25>>stream\n0.9 g 72 600 451 170 re f\nendstream";

/// A file of these objects, numbered from 1, the first of which is the catalog.
pub(super) fn report_of(objects: &[&str]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        entry(&mut table, bytes.len());
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let size = objects.len() + 1;
    let id = "<30313233343536373839616263646566>";
    let end = format!(
        "trailer\n<</Size {size} /Root 1 0 R /ID [{id} {id}]>>\nstartxref\n{}\n%%EOF\n",
        bytes.len()
    );
    bytes.extend([table, end].concat().bytes());
    bytes
}

fn entry(table: &mut String, at: usize) {
    writeln!(table, "{at:010} 00000 n ").expect("invariant: a string takes any text");
}

pub(super) fn report() -> Vec<u8> {
    report_of(&[CATALOG, PAGES, PAGE, CONTENT])
}

/// Appends an update with these objects and a table, as any editor would. `trailer` lacks `/Prev`.
pub(super) fn update<T: AsRef<[u8]>>(base: &[u8], objects: &[(u32, T)], trailer: &str) -> Vec<u8> {
    let mut bytes = base.to_vec();
    if bytes.last() != Some(&b'\n') {
        bytes.push(b'\n');
    }
    let mut table = String::from("xref\n");
    for (number, object) in objects {
        writeln!(table, "{number} 1").expect("invariant: a string takes any text");
        entry(&mut table, bytes.len());
        bytes.extend(format!("{number} 0 obj\n").bytes());
        bytes.extend(object.as_ref());
        bytes.extend(b"\nendobj\n");
    }
    let table_at = bytes.len();
    let previous = startxref(base);
    bytes.extend(format!("{table}trailer\n<<{trailer} /Prev {previous}>>\n").bytes());
    bytes.extend(format!("startxref\n{table_at}\n%%EOF\n").bytes());
    bytes
}

fn startxref(pdf: &[u8]) -> usize {
    let at = rfind(pdf, b"startxref\n") + b"startxref\n".len();
    let digits = pdf[at..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| 10 * number + usize::from(digit - b'0'))
}

/// What signs a document: content in, CMS out.
pub(super) type Signs<'a> = &'a dyn Fn(&[u8]) -> Der;

/// The parts of the certifying update, each of which may be set to what it should not be.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) base: Vec<u8>,
    pub(super) catalog: String,
    pub(super) page: String,
    pub(super) report_field: String,
    pub(super) approver_field: Option<String>,
    /// Entries of the signature dictionary but for `/ByteRange` and `/Contents`.
    pub(super) signature: String,
    pub(super) trailer: String,
    pub(super) more: Vec<(u32, String)>,
}

/// A hidden field of the signing updates.
pub(super) fn field(name: &str, value: &str) -> String {
    format!(
        "<</Type /Annot /Subtype /Widget /FT /Sig /T ({name}) /TU (Signature field {name}) /F 132 /P 3 0 R \
         /Rect [-2 -2 -2 -2]{value}>>"
    )
}

impl Parts {
    /// The proper update of [`report`].
    pub(super) fn proper() -> Self {
        Self::over(report(), 5, PAGE, CATALOG)
    }

    /// The proper update of a report with the next free number `first`, and this page and catalog.
    pub(super) fn over(base: Vec<u8>, first: u32, page: &str, catalog: &str) -> Self {
        let (report_field, approver_field) = (first + 1, first + 2);
        let digest: String = sha256(&base[..base.len() - 1])
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let fields = format!("{report_field} 0 R {approver_field} 0 R");
        let annotations = match page.find("/Annots [") {
            Some(_) => page.replacen("] /Contents", &format!(" {fields}] /Tabs /S /Contents"), 1),
            None => page.replacen("/Contents", &format!("/Tabs /S /Annots [{fields}] /Contents"), 1),
        };
        Self {
            base,
            catalog: catalog.replacen(
                "/Pages 2 0 R",
                &format!(
                    "/Pages 2 0 R /AcroForm <</Fields [{fields}] /SigFlags 3>> /Perms <</DocMDP {first} 0 R>>"
                ),
                1,
            ),
            page: annotations,
            report_field: field("ReportSignature", &format!(" /V {first} 0 R")),
            approver_field: Some(field("ApproverSignature", "")),
            signature:
                "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261005000000Z) \
                        /Name (signer) /Reason (vector) /Reference [<</Type /SigRef /TransformMethod /DocMDP \
                        /TransformParams <</Type /TransformParams /P 2 /V /1.2>>>>]"
                    .to_owned(),
            trailer: format!(
                "/Size {} /Root 1 0 R /ID [<30313233343536373839616263646566> <{digest}>]",
                first + 3
            ),
            more: Vec::new(),
        }
    }

    /// Replaces a text in one of the parts, which must have it.
    pub(super) fn edit(mut self, part: fn(&mut Self) -> &mut String, old: &str, new: &str) -> Self {
        let text = part(&mut self);
        assert!(text.contains(old), "{old:?} is not in {text:?}");
        *text = text.replacen(old, new, 1);
        self
    }

    /// Writes and signs the update: everything that a signature can make good is good.
    pub(super) fn signed(&self, sign: Signs<'_>) -> Vec<u8> {
        let first = self.signature_number();
        let mut objects = vec![
            (1, self.catalog.clone().into_bytes()),
            (3, self.page.clone().into_bytes()),
            (first + 1, self.report_field.clone().into_bytes()),
        ];
        objects.extend(
            self.approver_field
                .iter()
                .map(|field| (first + 2, field.clone().into_bytes())),
        );
        objects.extend(
            self.more
                .iter()
                .map(|(number, object)| (*number, object.clone().into_bytes())),
        );
        sign_update(&self.base, objects, (first, &self.signature), &self.trailer, sign)
    }

    fn signature_number(&self) -> u32 {
        let (_, rest) = self.report_field.split_once("/V ").unwrap_or(("", "5 0 R"));
        let digits = rest.split(' ').next().unwrap_or_default();
        digits.parse().unwrap_or(5)
    }
}

/// Appends and signs an update. `signature` is the number of the signature dictionary, and its entries but for
/// `/ByteRange` and `/Contents`.
pub(super) fn sign_update(
    base: &[u8],
    objects: Vec<(u32, Vec<u8>)>,
    (number, entries): (u32, &str),
    trailer: &str,
    sign: Signs<'_>,
) -> Vec<u8> {
    let room = sign(b"").len() + SPARE;
    let zeros = "0".repeat(2 * room);
    let signature = format!("<<{entries} /ByteRange {RANGE_ROOM} /Contents <{zeros}>>>");
    let mut objects: Vec<_> = objects
        .into_iter()
        .chain([(number, signature.into_bytes())])
        .collect();
    objects.sort();
    let mut bytes = update(base, &objects, trailer);
    let start = rfind(&bytes, format!("/Contents <{zeros}").as_bytes()) + b"/Contents ".len();
    let end = start + 2 * room + 2;
    let filled = format!("{:<36}", format!("[0 {start} {end} {}]", bytes.len() - end));
    replace(&mut bytes, RANGE_ROOM.as_bytes(), filled.as_bytes());
    let der = sign(&[&bytes[..start], &bytes[end..]].concat());
    assert!(der.len() <= room, "{} bytes are more than the room", der.len());
    let digits: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes[start + 1..start + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    bytes
}

/// The proper signature of the house.
pub(super) fn house_signs(house: &House) -> impl Fn(&[u8]) -> Der {
    |content| Cms::detached(&house.signer, &[&house.issuing], content).assemble()
}

/// Where `needle` stands first.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap_or_else(|| panic!("{:?} is not there", String::from_utf8_lossy(needle)))
}

pub(super) fn rfind(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .rposition(|window| window == needle)
        .unwrap_or_else(|| panic!("{:?} is not there", String::from_utf8_lossy(needle)))
}

/// Replaces the first `old` by a `new` of the same length.
pub(super) fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len(), "a replacement keeps every offset");
    let at = find(bytes, old);
    bytes[at..at + old.len()].copy_from_slice(new);
}
