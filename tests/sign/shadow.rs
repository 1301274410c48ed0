//! Reports that were prepared before anybody signed them: to show something else later, or to act by themselves.
//!
//! Each must be refused twice, by the writer before it signs and by the verifier after somebody else did.

use backproof::sign::pades;
use backproof_verify::check::{Outcome, Verdict};

use super::documents::{certified_anyway, report_of};
use super::identities::{anchors, signer};
use super::{codes, now, verify_pdf};

const CATALOG: &str = "<</Type /Catalog /Pages 2 0 R>>";
const PAGES: &str = "<</Type /Pages /Kids [3 0 R] /Count 1>>";
const PAGE: &str = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>";
const CONTENT: &str = "<</Length 17>>stream\n0 0 595 842 re f \nendstream";

/// A report with `more` objects from number 5, after `from` was replaced by `to` in its catalog, page and content.
fn report(from: &str, to: &str, more: &[&str]) -> Vec<u8> {
    let objects = [CATALOG, PAGES, PAGE, CONTENT];
    assert!(
        from.is_empty() || objects.iter().any(|object| object.contains(from)),
        "{from}"
    );
    let replaced = |object: &&str| {
        if from.is_empty() {
            (*object).to_owned()
        } else {
            object.replacen(from, to, 1)
        }
    };
    let objects: Vec<_> = objects.iter().chain(more).map(replaced).collect();
    report_of(&objects.iter().map(String::as_str).collect::<Vec<_>>())
}

fn refused(name: &str, report: &[u8], reason: &str) {
    let signer = signer("signer-p256");
    let error = pades::certify(report, &signer, None, "test", now()).expect_err(name);
    assert!(error.to_string().contains(reason), "{name}: {error}");
    let checks = verify_pdf(&certified_anyway(report, &signer), &anchors("root"));
    assert_eq!(codes(&checks, Outcome::Failed), ["pdf.report"].into(), "{name}");
}

#[test]
fn an_honest_report_passes_this_bench() {
    let link = "<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /A <</S /URI /URI (https://example.org)>>>>";
    for report in [
        report("", "", &[]),
        report("/Contents", "/Annots [5 0 R] /Contents", &[link]),
    ] {
        let signer = signer("signer-p256");
        let own = pades::certify(&report, &signer, None, "test", now()).expect("certifies");
        for signed in [own, certified_anyway(&report, &signer)] {
            let checks = verify_pdf(&signed, &anchors("root"));
            assert_eq!(checks.verdict(), Verdict::Verified, "{checks:?}");
        }
    }
}

#[test]
fn objects_that_wait_for_their_time() {
    let page = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>";
    refused(
        "a page not in use",
        &report("", "", &[page]),
        "object 5 of the report is not in use",
    );
    let pair = ["<</Next 6 0 R>>", "<</Next 5 0 R>>"];
    refused("a pair that holds itself", &report("", "", &pair), "not in use");
    for (from, to) in [
        ("/Contents 4 0 R", "/Contents [4 0 R 5 0 R]"),
        // Number 6 will be the field of the signing update.
        ("/Contents 4 0 R", "/Contents 4 0 R /Annots [6 0 R]"),
        ("/Pages 2 0 R", "/Pages 2 0 R /Metadata 99 0 R"),
    ] {
        refused(to, &report(from, to, &[]), "which is not there");
    }
}

#[test]
fn what_acts_by_itself_or_shows_on_a_condition() {
    let annotation = "/Subtype /Link /Rect [0 0 9 9]";
    let page = |entry: &str| report("/Contents", &format!("{entry} /Contents"), &[]);
    let catalog = |entry: &str| report("/Pages 2", &format!("{entry} /Pages 2"), &[]);
    let link = |entry: &str| page(&format!("/Annots [<<{annotation} {entry}>>]"));
    for (report, reason) in [
        (catalog("/OpenAction [3 0 R /Fit]"), "/OpenAction"),
        (catalog("/AA <<>>"), "/AA"),
        (catalog("/OCProperties <<>>"), "/OCProperties"),
        (catalog("/Collection <<>>"), "/Collection"),
        (catalog("/Names <</JavaScript <<>>>>"), "/JavaScript"),
        (catalog("/Extensions <<>>"), "/Extensions"),
        (page("/AA <</O <<>>>>"), "/AA"),
        (
            page("/Annots [<</Subtype /Widget /Rect [0 0 9 9]>>]"),
            "neither a link nor a font",
        ),
        (
            page("/Annots [<</Subtype /FreeText /Rect [0 0 9 9]>>]"),
            "neither a link nor a font",
        ),
        (
            page("/Annots [<</Type /Font /Subtype /Stamp /Rect [0 0 9 9]>>]"),
            "neither a link nor a font",
        ),
        (link("/A <</S /JavaScript>>"), "action"),
        (link("/A <</S /Launch>>"), "action"),
        (link("/A <</S /GoToR>>"), "action"),
        (link("/A <</S /GoTo /Next <</S /Launch>>>>"), "action"),
        (link("/A <</S /URI /JS (app.alert\\(1\\))>>"), "/JS"),
        (link("/OC <<>>"), "/OC"),
        (report("<</Length", "<</F (other.pdf) /Length", &[]), "/F,"),
        (report("<</Length", "<</Ref <<>> /Length", &[]), "/Ref,"),
    ] {
        refused(reason, &report, reason);
    }
    let indirect = report(
        "/Contents",
        &format!("/Annots [<<{annotation} /A 5 0 R>>] /Contents"),
        &["<</S /SubmitForm>>"],
    );
    refused("an action of its own number", &indirect, "action");
    let untyped = report("/Type /Catalog", "/Type /Pages", &[]);
    refused("no catalog", &untyped, "no catalog");
}
