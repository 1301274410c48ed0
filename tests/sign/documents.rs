//! Small PDFs, and updates to them as an attacker would write them.

use std::fmt::Write as _;

use backproof::sign::{Signer, cms};
use backproof_verify::signature::pdf;
use lopdf::{Object, Stream, dictionary};

/// A report of one page, as `printpdf` draws it and `lopdf` writes it.
pub(crate) fn printed() -> Vec<u8> {
    use printpdf::{
        BuiltinFont, Mm, Op, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point, Pt, TextItem,
    };
    let font = PdfFontHandle::Builtin(BuiltinFont::Helvetica);
    let operations = vec![
        Op::StartTextSection,
        Op::SetTextCursor {
            pos: Point {
                x: Pt(72.0),
                y: Pt(720.0),
            },
        },
        Op::SetFont { font, size: Pt(18.0) },
        Op::ShowText {
            items: vec![TextItem::Text("Backups of the quarter (draft)".to_owned())],
        },
        Op::EndTextSection,
    ];
    let mut document = PdfDocument::new("Backups of the quarter");
    document.with_pages(vec![PdfPage::new(Mm(210.0), Mm(297.0), operations)]);
    let drawn = document.save(&PdfSaveOptions::default(), &mut Vec::new());
    let mut finished = lopdf::Document::load_mem(&drawn).expect("loads");
    let mut bytes = Vec::new();
    finished.save_to(&mut bytes).expect("writes");
    bytes
}

/// The smallest report: catalog 1, pages 2, page 3, its content 4.
pub(crate) fn smallest() -> Vec<u8> {
    let mut document = lopdf::Document::with_version("1.7");
    document.reference_table.cross_reference_type = lopdf::xref::XrefType::CrossReferenceTable;
    let kids = vec![Object::Reference((3, 0))];
    let media_box: Vec<Object> = [0, 0, 595, 842].map(Object::Integer).to_vec();
    let objects = [
        Object::Dictionary(dictionary! { "Type" => "Catalog", "Pages" => (2, 0) }),
        Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 }),
        Object::Dictionary(dictionary! {
            "Type" => "Page", "Parent" => (2, 0), "MediaBox" => media_box, "Contents" => (4, 0),
        }),
        Object::Stream(Stream::new(dictionary! {}, b"0 0 595 842 re f".to_vec())),
    ];
    for object in objects {
        document.add_object(object);
    }
    document.trailer.set("Root", (1, 0));
    let identifier = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", vec![identifier.clone(), identifier]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).expect("writes");
    bytes
}

/// Appends an update with these objects and a table, as any editor would. `trailer` lacks `/Prev`.
pub(crate) fn update(base: &[u8], objects: &[(u32, &str)], trailer: &str) -> Vec<u8> {
    let mut bytes = base.to_vec();
    bytes.push(b'\n');
    let mut table = String::from("xref\n");
    for (number, object) in objects {
        writeln!(table, "{number} 1\n{:010} 00000 n ", bytes.len()).expect("writes");
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let table_at = bytes.len();
    let previous = startxref(base);
    bytes.extend(format!("{table}trailer\n<<{trailer} /Prev {previous}>>\n").bytes());
    bytes.extend(format!("startxref\n{table_at}\n%%EOF\n").bytes());
    bytes
}

fn startxref(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(&pdf[pdf.len() - 32..]).into_owned();
    let (_, place) = text.split_once("startxref\n").expect("startxref");
    place.lines().next().expect("a line").parse().expect("a number")
}

/// The parts of a certifying update of [`smallest`], to be changed by an attacker who can sign.
pub(crate) struct Parts {
    pub(crate) catalog: String,
    pub(crate) page: String,
    pub(crate) report_field: String,
    pub(crate) approver_field: Option<String>,
    /// Entries of the signature dictionary but for `/ByteRange` and `/Contents`.
    pub(crate) signature: String,
    pub(crate) trailer: String,
    pub(crate) more: Vec<(u32, &'static str)>,
}

impl Parts {
    /// The parts as they should be.
    pub(crate) fn proper() -> Self {
        let id = backproof_verify::digest::Sha256Digest::of(&smallest()).to_hex();
        let field = |name: &str, value: &str| {
            format!(
                "<</Type /Annot /Subtype /Widget /FT /Sig /T ({name}) /TU (Signature field {name}) /F 132 /P 3 0 R \
                 /Rect [-2 -2 -2 -2]{value}>>"
            )
        };
        Self {
            catalog: "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [6 0 R 7 0 R] /SigFlags 3>> \
                      /Perms <</DocMDP 5 0 R>>>>"
                .to_owned(),
            page: "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Tabs /S \
                   /Annots [6 0 R 7 0 R]>>"
                .to_owned(),
            report_field: field("ReportSignature", " /V 5 0 R"),
            approver_field: Some(field("ApproverSignature", "")),
            signature: "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20261005000000Z) \
                        /Name (x) /Reason (y) /Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams \
                        <</Type /TransformParams /P 2 /V /1.2>>>>]"
                .to_owned(),
            trailer: format!("/Size 8 /Root 1 0 R /ID [(0123456789abcdef) <{}>]", &id[..32]),
            more: Vec::new(),
        }
    }

    /// Writes and signs the update: everything that a signature can make good is good.
    pub(crate) fn signed_by(&self, signer: &dyn Signer) -> Vec<u8> {
        let mut objects = vec![
            (1, self.catalog.as_str()),
            (3, self.page.as_str()),
            (6, self.report_field.as_str()),
        ];
        objects.extend(self.approver_field.iter().map(|field| (7, field.as_str())));
        objects.extend(self.more.iter().copied());
        sign_update(&smallest(), objects, (5, &self.signature), &self.trailer, signer)
    }
}

/// Appends and signs an update. `signature` is the number of the signature dictionary, and its entries but for
/// `/ByteRange` and `/Contents`.
fn sign_update(
    base: &[u8],
    objects: Vec<(u32, &str)>,
    (number, entries): (u32, &str),
    trailer: &str,
    signer: &dyn Signer,
) -> Vec<u8> {
    let room = 4096;
    let zeros = "0".repeat(2 * room);
    let range = "[0 0000000000 0000000000 0000000000]";
    let signature = format!("<<{entries} /ByteRange {range} /Contents <{zeros}>>>");
    let mut objects: Vec<_> = objects
        .into_iter()
        .chain([(number, signature.as_str())])
        .collect();
    objects.sort();
    let mut bytes = update(base, &objects, trailer);
    let start = find(&bytes, b"/Contents <0") + b"/Contents ".len();
    let end = start + 2 * room + 2;
    let filled = format!("{:<36}", format!("[0 {start} {end} {}]", bytes.len() - end));
    replace(&mut bytes, range.as_bytes(), filled.as_bytes());
    let der = cms::detached(signer, None, &[&bytes[..start], &bytes[end..]].concat()).expect("signs");
    let digits: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes[start + 1..start + 1 + digits.len()].copy_from_slice(digits.as_bytes());
    bytes
}

/// Certifies a report as `pades::certify` does, but whatever it holds.
pub(crate) fn certified_anyway(report: &[u8], signer: &dyn Signer) -> Vec<u8> {
    let document = pdf::Document::parse(report).expect("parses");
    let certification =
        pdf::SigningUpdate::certification(&document.revisions()[0], report).expect("can be certified");
    let write = |object: &pdf::Object| {
        let mut bytes = Vec::new();
        object.write(&mut bytes);
        String::from_utf8(bytes).expect("text")
    };
    let objects: Vec<_> = certification
        .objects
        .iter()
        .map(|(number, object)| (*number, write(object)))
        .collect();
    let objects = objects
        .iter()
        .map(|(number, text)| (*number, text.as_str()))
        .collect();
    let mut trailer = certification.trailer;
    trailer.remove(b"Prev".as_slice());
    let trailer = write(&pdf::Object::Dictionary(trailer));
    let trailer = trailer
        .strip_prefix("<<")
        .and_then(|text| text.strip_suffix(">>"));
    let signature = (certification.signature, Parts::proper().signature);
    sign_update(
        report,
        objects,
        (signature.0, &signature.1),
        trailer.expect("a dictionary"),
        signer,
    )
}

/// A report of these objects, numbered from 1, the first of which is the catalog.
pub(crate) fn report_of(objects: &[&str]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        writeln!(table, "{:010} 00000 n ", bytes.len()).expect("writes");
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let end = format!(
        "trailer\n<</Size {} /Root 1 0 R>>\nstartxref\n{}\n%%EOF\n",
        objects.len() + 1,
        bytes.len()
    );
    bytes.extend([table, end].concat().bytes());
    bytes
}

/// Where `needle` stands first.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
        .expect("found")
}

/// Replaces the first `old` by a `new` of the same length.
pub(crate) fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len());
    let at = find(bytes, old);
    bytes[at..at + old.len()].copy_from_slice(new);
}
