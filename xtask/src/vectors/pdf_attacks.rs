//! Attacks on a signed PDF by somebody who cannot sign: forged, wrapped and appended to; files that two readers would take
//! differently (Mladenov, Mainka et al.: "1 Trillion Dollar Refund", CCS 2019).

use super::Vectors;
use super::pdf::{
    CATALOG, CONTENT, PAGE, PAGES, Parts, find, house_signs, replace, report, report_of, rfind, update,
};
use super::pki::House;

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let sign = house_signs(house);
    let signed = Parts::proper().signed(&sign);
    forged(&signed, vectors);
    wrapped(&signed, vectors);
    appended(&signed, vectors);
    read_two_ways(&signed, vectors);
}

/// A change of the same length.
fn changed(pdf: &[u8], old: &str, new: &str) -> Vec<u8> {
    let mut pdf = pdf.to_vec();
    replace(&mut pdf, old.as_bytes(), new.as_bytes());
    pdf
}

/// Universal signature forgery: what a lenient verifier needs is taken away.
fn forged(signed: &[u8], vectors: &mut Vectors) {
    let mut fails =
        |name: &str, attack: &str, code, pdf| vectors.fails(&format!("usf-{name}.pdf"), attack, code, pdf);
    let start = rfind(signed, b"/Contents <") + b"/Contents <".len();
    let room = signed[start..].iter().take_while(|byte| **byte != b'>').count();
    let with = |contents: &[u8]| [&signed[..start], contents, &signed[start + contents.len()..]].concat();
    let byte_range = "pdf.byte-range";
    fails(
        "contents-zero",
        "USF: /Contents is all zeros",
        byte_range,
        with(&vec![b'0'; room]),
    );
    fails(
        "contents-first-byte",
        "USF: the DER in /Contents begins with a zero",
        byte_range,
        with(b"00"),
    );
    fails(
        "contents-upper-case",
        "USF: /Contents in other digits than were written",
        byte_range,
        with(&signed[start..start + 64].to_ascii_uppercase()),
    );
    fails(
        "contents-no-number",
        "USF: /Contents is no hexadecimal number",
        "pdf.syntax",
        with(b"zz"),
    );
    fails(
        "contents-missing",
        "USF: the key /Contents is gone",
        "pdf.signature",
        changed(signed, "/Contents <3", "/Contentz <3"),
    );
    fails(
        "range-missing",
        "USF: the key /ByteRange is gone",
        "pdf.signature",
        changed(signed, "/ByteRange [", "/ByteRangf ["),
    );
    fails(
        "range-not-from-zero",
        "USF: /ByteRange begins behind the first byte",
        byte_range,
        changed(signed, "/ByteRange [0 ", "/ByteRange [1 "),
    );
    let at = rfind(signed, b"/ByteRange [0 ") + b"/ByteRange ".len();
    let length = signed[at..].iter().take_while(|byte| **byte != b']').count() + 1;
    let range = String::from_utf8_lossy(&signed[at..at + length]).into_owned();
    let other = |other: String| changed(signed, &range, &format!("{other:length$}"));
    fails(
        "range-negative",
        "USF: /ByteRange has a negative number",
        byte_range,
        other(range.replacen("[0 1", "[0 -", 1)),
    );
    fails(
        "range-of-three",
        "USF: /ByteRange has three numbers",
        byte_range,
        other(
            range
                .rsplit_once(' ')
                .map_or_else(String::new, |(three, _)| format!("{three}]")),
        ),
    );
    fails(
        "range-of-six",
        "USF: /ByteRange has six numbers, as if there were two gaps",
        byte_range,
        other("[0 9 9 9 9 9]".to_owned()),
    );
    let mut padded = signed.to_vec();
    padded[start + room - 1] = b'1';
    fails(
        "padding",
        "SWA: something other than zeros pads /Contents",
        byte_range,
        padded,
    );
    vectors.fails(
        "no-signature.pdf",
        "no signature at all",
        "pdf.signature",
        report(),
    );
    let mut truncated = signed.to_vec();
    truncated.truncate(signed.len() - 100);
    vectors.fails(
        "truncated.pdf",
        "the end of the file is missing",
        "pdf.syntax",
        truncated,
    );
}

/// Signature wrapping: the signed bytes stay, and others stand between them.
fn wrapped(signed: &[u8], vectors: &mut Vectors) {
    let end = rfind(signed, b"0>>>\nendobj") + 2;
    let stuffing = b" /Evil [(something other)] ";
    let wrapped = [&signed[..end], stuffing, &signed[end..]].concat();
    vectors.fails(
        "swa-in-the-gap.pdf",
        "SWA: something stands in the gap of /ByteRange",
        "pdf.syntax",
        wrapped.clone(),
    );
    let mut moved = wrapped;
    let (old, new) = (format!(" {end} "), format!(" {} ", end + stuffing.len()));
    replace(&mut moved, old.as_bytes(), new.as_bytes());
    vectors.fails(
        "swa-range-moved.pdf",
        "SWA: the second range is moved behind what was put in",
        "pdf.syntax",
        moved,
    );
    let evil = b">>>\nendobj\n9 0 obj\n<</Evil (";
    let at = end - 1 - evil.len() - 40;
    let mut filled = signed.to_vec();
    filled[at..at + evil.len()].copy_from_slice(evil);
    vectors.fails(
        "swa-object-in-the-padding.pdf",
        "SWA: an object of the attacker in the padding",
        "pdf.syntax",
        filled,
    );
    let mut comment = signed.to_vec();
    comment[at] = b'%';
    vectors.fails(
        "swa-comment-in-the-padding.pdf",
        "SWA: a comment in the padding",
        "pdf.syntax",
        comment,
    );
}

/// Incremental saving: what comes after the signature, with and without a table of its own.
fn appended(signed: &[u8], vectors: &mut Vectors) {
    let mut fails =
        |name: &str, attack: &str, code, pdf| vectors.fails(&format!("isa-{name}.pdf"), attack, code, pdf);
    let trailer = "/Size 8 /Root 1 0 R";
    let content = "<</Length 16>>stream\n0 0 100 100 re S\nendstream".to_owned();
    let revisions = "pdf.revisions";
    fails(
        "content",
        "ISA: an update replaces the page's content",
        revisions,
        update(signed, &[(4, content)], trailer),
    );
    let page = PAGE.replace("/Contents 4 0 R", "/Contents 4 0 R /Rotate 180");
    fails(
        "page",
        "ISA: an update turns the page",
        revisions,
        update(signed, &[(3, page)], trailer),
    );
    fails(
        "catalog",
        "ISA: an update puts the catalog of before in place",
        revisions,
        update(signed, &[(1, CATALOG.to_owned())], trailer),
    );
    fails(
        "empty-update",
        "ISA: an update without an object",
        revisions,
        update::<String>(signed, &[], trailer),
    );
    let object = b"4 0 obj\n<</Length 4>>stream\nevil\nendstream\nendobj\n";
    fails(
        "without-xref",
        "ISA: an object without table and trailer",
        "pdf.syntax",
        [signed, object].concat(),
    );
    let end = format!("trailer\n<<{trailer}>>\nstartxref\n{}\n%%EOF\n", signed.len());
    fails(
        "trailer-without-xref",
        "ISA: an object and a trailer, and no table",
        "pdf.syntax",
        [signed, object, end.as_bytes()].concat(),
    );
    let mut lying = update(signed, &[(4, "null".to_owned())], trailer);
    let table = rfind(&lying, b"xref\n4 1\n") + b"xref\n4 1\n".len();
    lying[table + 9] ^= 1;
    fails(
        "xref-elsewhere",
        "ISA: the update's table leads beside its object",
        "pdf.syntax",
        lying,
    );
    for (name, tail) in [
        ("newline", &b"\n"[..]),
        ("space", b" "),
        ("comment", b"%"),
        ("eof", b"%%EOF\n"),
        ("startxref", b"startxref\n0\n%%EOF\n"),
    ] {
        fails(
            &format!("trailing-{name}"),
            "ISA: bytes behind the end",
            "pdf.syntax",
            [signed, tail].concat(),
        );
    }
    vectors.fails(
        "prepended.pdf",
        "a byte before the header",
        "pdf.syntax",
        [b" ", signed].concat(),
    );
}

/// What one reader finds and another does not.
fn read_two_ways(signed: &[u8], vectors: &mut Vectors) {
    let mut fails =
        |name: &str, attack: &str, pdf| vectors.fails(&format!("{name}.pdf"), attack, "pdf.syntax", pdf);
    let table = rfind(signed, b"xref\n1 1\n");
    let entry = table + find(&signed[table..], b" 00000 n");
    for (name, attack, at, value) in [
        (
            "xref-offset",
            "the table names another place for an object",
            entry - 1,
            signed[entry - 1] ^ 1,
        ),
        ("xref-free", "an object in use is marked free", entry + 7, b'f'),
        (
            "xref-generation",
            "an object of another generation",
            entry + 5,
            b'1',
        ),
    ] {
        let mut pdf = signed.to_vec();
        pdf[at] = value;
        fails(name, attack, pdf);
    }
    let mut previous = signed.to_vec();
    previous[rfind(signed, b"/Prev ") + b"/Prev ".len()] ^= 1;
    fails(
        "xref-prev",
        "/Prev leads somewhere else than to the table before",
        previous,
    );
    fails(
        "stream-length",
        "a stream is longer than it says",
        changed(signed, "/Length 25", "/Length 24"),
    );
    let twice = report_of(&[CATALOG, PAGES, PAGE, CONTENT, "null"]);
    fails(
        "object-twice",
        "an object number stands twice in one revision",
        changed(&twice, "5 0 obj\n", "4 0 obj\n"),
    );
}
