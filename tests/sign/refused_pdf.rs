//! PDFs that must not pass: the attack classes on signed PDFs, each with the check that refuses it.

use std::sync::LazyLock;

use backproof::sign::pades;
use backproof_verify::check::{Outcome, Verdict};
use backproof_verify::signature::TrustAnchors;
use proptest::prelude::*;

use super::documents::{Parts, find, replace, smallest, update};
use super::identities::{anchors, signer};
use super::{Change, codes, mutate, now, verify_pdf};

fn signed() -> Vec<u8> {
    pades::certify(&smallest(), &signer("signer-p256"), None, "test", now()).expect("certifies")
}

/// `pdf` must fail with `code` among the failed checks.
fn check(name: &str, pdf: &[u8], code: &str) {
    let checks = verify_pdf(pdf, &anchors("root"));
    let failed = codes(&checks, Outcome::Failed);
    assert!(
        failed.contains(code),
        "{name}: {code} expected, failed are {failed:?}: {checks:?}"
    );
}

/// A change of the same length to a signed file.
fn changed(old: &str, new: &str) -> Vec<u8> {
    let mut pdf = signed();
    replace(&mut pdf, old.as_bytes(), new.as_bytes());
    pdf
}

#[test]
fn a_pdf_without_a_signature_fails() {
    check("unsigned", &smallest(), "pdf.signature");
    check("empty", b"", "pdf.syntax");
    check("not a PDF", b"hello", "pdf.syntax");
}

/// Universal signature forgery: the signature is made unreadable, in the hope of a lenient verdict.
#[test]
fn universal_signature_forgery() {
    let pdf = signed();
    let start = find(&pdf, b"/Contents <") + b"/Contents <".len();
    let length = pdf[start..].iter().position(|byte| *byte == b'>').expect("ends");
    let with_contents = |contents: &[u8]| [&pdf[..start], contents, &pdf[start + contents.len()..]].concat();
    check(
        "zero contents",
        &with_contents(&vec![b'0'; length]),
        "pdf.byte-range",
    );
    check("a first byte of zero", &with_contents(b"00"), "pdf.byte-range");
    check(
        "upper-case contents",
        &with_contents(&pdf[start..start + 64].to_ascii_uppercase()),
        "pdf.byte-range",
    );
    check("contents that are no number", &with_contents(b"zz"), "pdf.syntax");
    check(
        "no contents",
        &changed("/Contents <", "/Contentz <"),
        "pdf.signature",
    );
    check(
        "no range",
        &changed("/ByteRange [", "/ByteRangf ["),
        "pdf.signature",
    );
    check(
        "a null range",
        &changed("/ByteRange [0 ", "/ByteRange [] "),
        "pdf.syntax",
    );
    check(
        "a range not from the start",
        &changed("/ByteRange [0 ", "/ByteRange [1 "),
        "pdf.byte-range",
    );
    let range = String::from_utf8_lossy(&pdf[find(&pdf, b"/ByteRange")..][..48]).into_owned();
    let (_, numbers) = range.split_once("[0 ").expect("a range");
    let first = numbers.split(' ').next().expect("a number");
    let negative = format!("-{}", &first[1..]);
    check(
        "a negative range",
        &changed(&format!("[0 {first} "), &format!("[0 {negative} ")),
        "pdf.byte-range",
    );
    let short = format!("{}1", &first[1..]);
    check(
        "a range of three",
        &changed(&format!("[0 {first} "), &format!("[0{short}  ")),
        "pdf.byte-range",
    );
    let mut padded = pdf.clone();
    padded[start + length - 1] = b'1';
    check("padding that is not zero", &padded, "pdf.byte-range");
}

/// Signature wrapping: the second range is moved away and the gap filled with something else.
#[test]
fn signature_wrapping() {
    let pdf = signed();
    let end = find(&pdf, b"0>>>\nendobj") + 2;
    let wrapped = [&pdf[..end], b" /Evil [(something other)] ", &pdf[end..]].concat();
    check("something in the gap", &wrapped, "pdf.syntax");
    let mut relocated = wrapped;
    replace(
        &mut relocated,
        format!(" {end} ").as_bytes(),
        format!(" {} ", end + 27).as_bytes(),
    );
    check("the second range moved", &relocated, "pdf.syntax");

    // The attacker keeps the signed bytes, and fills the room behind the signature with an object of his own.
    let start = find(&pdf, b"/Contents <") + b"/Contents <".len();
    let evil = b">>>\nendobj\n9 0 obj\n<</Evil (";
    let at = end - 1 - evil.len() - 40;
    assert!(
        at > start && pdf[at..end - 1].iter().all(|byte| *byte == b'0'),
        "there is padding to fill"
    );
    let mut filled = pdf.clone();
    filled[at..at + evil.len()].copy_from_slice(evil);
    check("an object in the padding", &filled, "pdf.syntax");
    let mut comment = pdf;
    comment[at] = b'%';
    check("a comment in the padding", &comment, "pdf.syntax");
}

/// Incremental saving: what comes after the signature, with and without a table of its own.
#[test]
fn incremental_saving() {
    let pdf = signed();
    let content = (4, "<</Length 16>>stream\n0 0 100 100 re S\nendstream");
    check(
        "another update",
        &update(&pdf, &[content], "/Size 8 /Root 1 0 R"),
        "pdf.revisions",
    );
    check(
        "an empty update",
        &update(&pdf, &[], "/Size 8 /Root 1 0 R"),
        "pdf.revisions",
    );
    let object = b"4 0 obj\n<</Length 4>>stream\nevil\nendstream\nendobj\n";
    check(
        "an object without a table",
        &[&pdf, object.as_slice()].concat(),
        "pdf.syntax",
    );
    let trailer = format!(
        "trailer\n<</Size 8 /Root 1 0 R>>\nstartxref\n{}\n%%EOF\n",
        pdf.len()
    );
    check(
        "an object and a trailer",
        &[&pdf, object.as_slice(), trailer.as_bytes()].concat(),
        "pdf.syntax",
    );
    for tail in [
        &b"\n"[..],
        b" ",
        b"\0",
        b"%",
        b"%%EOF\n",
        b"x",
        b"startxref\n0\n%%EOF\n",
    ] {
        let longer = [pdf.as_slice(), tail].concat();
        let checks = verify_pdf(&longer, &anchors("root"));
        assert_eq!(
            checks.verdict(),
            Verdict::Failed,
            "{:?} appended",
            String::from_utf8_lossy(tail)
        );
    }
    check("a byte before", &[b" ", pdf.as_slice()].concat(), "pdf.syntax");
}

/// What an updated and properly signed revision may not do: the signer himself is the attacker, or was deceived.
#[test]
fn the_signing_update_changes_nothing_that_is_shown() {
    let signer = signer("signer-p256");
    let check = |name: &str, code: &str, tamper: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::proper();
        tamper(&mut parts);
        self::check(name, &parts.signed_by(&signer), code);
    };
    let proper = verify_pdf(&Parts::proper().signed_by(&signer), &anchors("root"));
    assert_eq!(
        proper.verdict(),
        Verdict::Verified,
        "the bench itself: {proper:?}"
    );

    let edit = |field: fn(&mut Parts) -> &mut String, old: &'static str, new: &'static str| {
        move |parts: &mut Parts| {
            let text = field(parts);
            assert!(text.contains(old), "{old} in {text}");
            *text = text.replacen(old, new, 1);
        }
    };
    let changes = "pdf.changes";
    check(
        "another certification in the permissions",
        changes,
        &edit(|p| &mut p.catalog, "/DocMDP 5 0 R", "/DocMDP 6 0 R"),
    );
    check("a second field with the signature's value", changes, &|parts| {
        parts.approver_field = parts
            .approver_field
            .as_ref()
            .map(|field| field.replace("/F 132", "/F 132 /V 5 0 R"));
    });
    check(
        "appearances left to the viewer",
        changes,
        &edit(
            |p| &mut p.catalog,
            "/SigFlags 3",
            "/SigFlags 3 /NeedAppearances true",
        ),
    );
    check("content replaced", changes, &|parts| {
        parts.more.push((4, "<</Length 4>>stream\nevil\nendstream"));
    });
    check("an object added", changes, &|parts| {
        parts.more.push((8, "<</Type /Annot>>"));
        parts.trailer = parts.trailer.replace("/Size 8", "/Size 9");
    });
    check("pages replaced", changes, &|parts| {
        parts.more.push((2, "<</Type /Pages /Kids [3 0 R] /Count 1>>"))
    });
    check("the approver's field left out", changes, &|parts| {
        parts.approver_field = None
    });
    check(
        "a start action",
        changes,
        &edit(|p| &mut p.catalog, "/Pages", "/OpenAction [3 0 R /Fit] /Pages"),
    );
    check(
        "no permissions",
        changes,
        &edit(|p| &mut p.catalog, "/Perms <</DocMDP 5 0 R>>", ""),
    );
    check(
        "scripts in the form",
        changes,
        &edit(|p| &mut p.catalog, "/SigFlags 3", "/SigFlags 3 /XFA (x)"),
    );
    check(
        "another content of the page",
        changes,
        &edit(|p| &mut p.page, "/Contents 4 0 R", "/Contents 6 0 R"),
    );
    check(
        "another size of the page",
        changes,
        &edit(|p| &mut p.page, "595", "596"),
    );
    check(
        "one annotation more",
        changes,
        &edit(|p| &mut p.page, "/Annots [", "/Annots [<</Subtype /FreeText>> "),
    );
    check(
        "a visible field",
        changes,
        &edit(|p| &mut p.report_field, "[-2 -2 -2 -2]", "[0 0 200 200]"),
    );
    check(
        "an appearance",
        changes,
        &edit(|p| &mut p.report_field, " /V", " /AP <</N 4 0 R>> /V"),
    );
    check(
        "another catalog",
        changes,
        &edit(|p| &mut p.trailer, "/Root 1 0 R", "/Root 3 0 R"),
    );
    check(
        "another identifier",
        changes,
        &edit(|p| &mut p.trailer, "(0123", "(1123"),
    );
    let signature = "pdf.signature";
    check(
        "another permission",
        signature,
        &edit(|p| &mut p.signature, "/P 2", "/P 3"),
    );
    check(
        "no certification",
        signature,
        &edit(|p| &mut p.signature, "DocMDP", "FieldMDP"),
    );
    check(
        "another form",
        signature,
        &edit(|p| &mut p.signature, "ETSI.CAdES.detached", "adbe.pkcs7.detached"),
    );
    check(
        "an entry more",
        signature,
        &edit(|p| &mut p.signature, "/Name (x)", "/Name (x) /Cert (y)"),
    );
    let syntax = "pdf.syntax";
    check(
        "a key twice",
        syntax,
        &edit(|p| &mut p.page, "/Tabs /S", "/Tabs /S /Contents 5 0 R"),
    );
    check(
        "the signature twice, once by an escaped name",
        syntax,
        &edit(|p| &mut p.signature, "/Name (x)", "/Name (x) /#43ontents <00>"),
    );
    check(
        "the range twice",
        syntax,
        &edit(
            |p| &mut p.signature,
            "/Name (x)",
            "/Name (x) /ByteRange [0 1 2 3]",
        ),
    );
    check(
        "a loop of revisions",
        syntax,
        &edit(|p| &mut p.trailer, "/Size 8", "/Size 8 /Prev 9"),
    );
    check("a number twice", syntax, &|parts| parts.more.push((6, "null")));
    check(
        "a hybrid file",
        syntax,
        &edit(|p| &mut p.trailer, "/Size", "/XRefStm 15 /Size"),
    );
    check(
        "encryption",
        syntax,
        &edit(|p| &mut p.trailer, "/Size", "/Encrypt 4 0 R /Size"),
    );
    check(
        "another page tree",
        syntax,
        &edit(|p| &mut p.trailer, "/Size 8", "/Size 7"),
    );
}

#[test]
fn tables_that_differ_from_the_objects_are_refused() {
    let pdf = signed();
    let table = find(&pdf, b"xref\n");
    let entry = table + find(&pdf[table..], b" 00000 n");
    let mut moved = pdf.clone();
    moved[entry - 1] ^= 1;
    check("an offset", &moved, "pdf.syntax");
    let mut free = pdf.clone();
    free[entry + 7] = b'f';
    check("an object set free", &free, "pdf.syntax");
    let mut generation = pdf.clone();
    generation[entry + 5] = b'1';
    check("a generation", &generation, "pdf.syntax");
    check("a length", &changed("/Length 16", "/Length 15"), "pdf.syntax");
    let mut previous = pdf;
    let prev = find(&previous, b"/Prev ") + b"/Prev ".len();
    previous[prev] ^= 1;
    check("the table before", &previous, "pdf.syntax");
}

#[test]
fn no_byte_can_be_changed() {
    let pdf = signed();
    for at in 0..pdf.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut changed = pdf.clone();
            changed[at] ^= mask;
            let checks = verify_pdf(&changed, &TrustAnchors::none());
            assert_eq!(
                checks.verdict(),
                Verdict::Failed,
                "byte {at} with {mask:#x}: {checks:?}"
            );
        }
    }
}

#[test]
fn no_part_of_the_file_passes_for_the_whole() {
    let pdf = signed();
    for end in 0..pdf.len() {
        let checks = verify_pdf(&pdf[..end], &TrustAnchors::none());
        let last_newline = end == pdf.len() - 1;
        assert_eq!(
            checks.verdict(),
            Verdict::Failed,
            "cut at {end}, before the last newline: {last_newline}"
        );
    }
}

proptest! {
    /// Several changes at once: never a panic, never a verdict other than failed.
    #[test]
    fn mutated_files_fail(changes in prop::collection::vec(any::<Change>(), 1..8)) {
        static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(signed);
        let pdf = mutate(&SIGNED, changes);
        let verdict = verify_pdf(&pdf, &TrustAnchors::none()).verdict();
        prop_assert!(pdf == *SIGNED || verdict == Verdict::Failed);
    }

    /// Anything at all, begun like a PDF or like a signature: never a panic.
    #[test]
    fn any_bytes_fail(head in prop::sample::select(vec![&b""[..], b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<", b"\x30\x82"]),
                      tail in prop::collection::vec(any::<u8>(), 0..256)) {
        let bytes = [head, &tail].concat();
        prop_assert_eq!(verify_pdf(&bytes, &TrustAnchors::none()).verdict(), Verdict::Failed);
        prop_assert_eq!(super::verify_detached(&bytes, b"", &TrustAnchors::none()).verdict(), Verdict::Failed);
    }
}
