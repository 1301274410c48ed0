//! PDFs that are certified with more than a certification may change (Rohlmann et al.: "Breaking the Specification: PDF
//! Certification", S&P 2021). The signer himself is the attacker, or was deceived: all signatures are good.

use super::Vectors;
use super::pdf::{Parts, house_signs};
use super::pki::House;

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let sign = house_signs(house);
    for (name, attack, code, parts) in annotations().into_iter().chain(updates()).chain(structure()) {
        vectors.fails(&format!("{name}.pdf"), attack, code, parts.signed(&sign));
    }
}

type Case = (&'static str, &'static str, &'static str, Parts);

fn with(number: u32, object: &str) -> Parts {
    let mut parts = Parts::proper();
    parts.more.push((number, object.to_owned()));
    parts
}

/// Annotations and fields beyond the two that belong to the signing.
fn annotations() -> Vec<Case> {
    let proper = Parts::proper;
    let (changes, signature) = ("pdf.changes", "pdf.signature");
    let mut without_approver = proper();
    without_approver.approver_field = None;
    let mut borrowed = proper();
    borrowed.approver_field = borrowed
        .approver_field
        .map(|field| field.replace("/F 132", "/F 132 /V 5 0 R"));
    let mut annotation = with(
        8,
        "<</Type /Annot /Subtype /FreeText /Rect [0 0 200 200] /P 3 0 R>>",
    );
    annotation.trailer = annotation.trailer.replace("/Size 8", "/Size 9");
    let annotation = annotation.edit(|p| &mut p.page, "7 0 R]", "7 0 R 8 0 R]");
    vec![
        (
            "eaa-annotation",
            "EAA: the certifying update adds a text on the page",
            changes,
            annotation,
        ),
        (
            "eaa-inline-annotation",
            "EAA: an annotation within the page object",
            changes,
            proper().edit(
                |p| &mut p.page,
                "/Annots [",
                "/Annots [<</Subtype /Stamp /Rect [0 0 9 9]>> ",
            ),
        ),
        (
            "eaa-permission-3",
            "EAA: the certification allows annotations (P = 3)",
            signature,
            proper().edit(|p| &mut p.signature, "/P 2", "/P 3"),
        ),
        (
            "ssa-visible-field",
            "SSA: the signature's field covers the page",
            changes,
            proper().edit(|p| &mut p.report_field, "[-2 -2 -2 -2]", "[0 0 595 842]"),
        ),
        (
            "ssa-appearance",
            "SSA: the signature's field has an appearance",
            changes,
            proper().edit(|p| &mut p.report_field, " /V", " /AP <</N 4 0 R>> /V"),
        ),
        (
            "ssa-field-signed-twice",
            "SSA: another field shows the same signature",
            changes,
            borrowed,
        ),
        (
            "ssa-approver-left-out",
            "SSA: the approver's field is left out, to be made anew",
            changes,
            without_approver,
        ),
    ]
}

/// Certifications that are none, and updates that do more.
fn updates() -> Vec<Case> {
    let proper = Parts::proper;
    let (changes, signature) = ("pdf.changes", "pdf.signature");
    vec![
        (
            "no-certification",
            "an approval where a certification belongs",
            signature,
            proper().edit(|p| &mut p.signature, "DocMDP", "FieldMDP"),
        ),
        (
            "no-permissions",
            "the catalog does not name the certification",
            changes,
            proper().edit(|p| &mut p.catalog, " /Perms <</DocMDP 5 0 R>>", ""),
        ),
        (
            "subfilter",
            "a signature of another form (adbe.pkcs7.detached)",
            signature,
            proper().edit(|p| &mut p.signature, "ETSI.CAdES.detached", "adbe.pkcs7.detached"),
        ),
        (
            "signature-entry",
            "an entry in the signature dictionary that readers may act on",
            signature,
            proper().edit(
                |p| &mut p.signature,
                "/Name (signer)",
                "/Name (signer) /Cert <00>",
            ),
        ),
        (
            "content-in-update",
            "the certifying update replaces the page's content",
            changes,
            with(4, "<</Length 4>>stream\nevil\nendstream"),
        ),
        (
            "pages-in-update",
            "the certifying update replaces the page tree",
            changes,
            with(2, "<</Type /Pages /Kids [3 0 R 3 0 R] /Count 2>>"),
        ),
        (
            "start-action",
            "the certifying update adds a start action",
            changes,
            proper().edit(|p| &mut p.catalog, "/Pages", "/OpenAction [3 0 R /Fit] /Pages"),
        ),
        (
            "layers",
            "the certifying update adds layers",
            changes,
            proper().edit(
                |p| &mut p.catalog,
                "/Pages",
                "/OCProperties <</OCGs [] /D <<>>>> /Pages",
            ),
        ),
        (
            "xfa",
            "the certifying update adds an XFA form",
            changes,
            proper().edit(|p| &mut p.catalog, "/SigFlags 3", "/SigFlags 3 /XFA (x)"),
        ),
        (
            "need-appearances",
            "appearances are left to the viewer",
            changes,
            proper().edit(
                |p| &mut p.catalog,
                "/SigFlags 3",
                "/SigFlags 3 /NeedAppearances true",
            ),
        ),
        (
            "identifier",
            "the update's second identifier is not made from the report",
            changes,
            proper().edit(|p| &mut p.trailer, "<3031", "<3131"),
        ),
        (
            "claimed-time",
            "/M is no time in UTC",
            signature,
            proper().edit(
                |p| &mut p.signature,
                "D:20261005000000Z",
                "D:20261005000000+02'00'",
            ),
        ),
    ]
}

/// Structures that two readers would take differently.
fn structure() -> Vec<Case> {
    let proper = Parts::proper;
    let syntax = "pdf.syntax";
    vec![
        (
            "key-twice",
            "a key stands twice in a dictionary",
            syntax,
            proper().edit(|p| &mut p.page, "/Tabs /S", "/Tabs /S /Contents 5 0 R"),
        ),
        (
            "name-escaped",
            "a second /Contents behind an escaped name",
            syntax,
            proper().edit(
                |p| &mut p.signature,
                "/Name (signer)",
                "/Name (signer) /#43ontents <00>",
            ),
        ),
        (
            "number-twice",
            "an object number stands twice in the update",
            syntax,
            with(6, "null"),
        ),
        (
            "hybrid-xref",
            "a hybrid file: a table and a cross-reference stream",
            syntax,
            proper().edit(|p| &mut p.trailer, "/Size", "/XRefStm 15 /Size"),
        ),
        (
            "encrypted",
            "an encrypted file",
            syntax,
            proper().edit(|p| &mut p.trailer, "/Size", "/Encrypt 4 0 R /Size"),
        ),
        (
            "object-stream",
            "an object stream, in which objects can hide",
            syntax,
            with(4, "<</Type /ObjStm /N 0 /First 0 /Length 0>>stream\n\nendstream"),
        ),
        (
            "xref-stream",
            "a cross-reference stream",
            syntax,
            with(
                4,
                "<</Type /XRef /Size 1 /W [1 1 1] /Length 0>>stream\n\nendstream",
            ),
        ),
        (
            "size-shrinks",
            "the update says that there are fewer objects",
            syntax,
            proper().edit(|p| &mut p.trailer, "/Size 8", "/Size 7"),
        ),
    ]
}
