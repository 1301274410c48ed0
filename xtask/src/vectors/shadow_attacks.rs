//! Reports that were prepared before anybody signed them (Mainka, Mladenov, Rohlmann: "Shadow Attacks", NDSS 2021): to
//! show something else later, or to act by themselves. All signatures are good.

use super::Vectors;
use super::pdf::{CATALOG, CONTENT, PAGE, PAGES, Parts, house_signs, report_of, update};
use super::pki::House;

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let sign = house_signs(house);
    let report = "pdf.report";
    for (name, attack, from, to, more) in prepared() {
        let bytes = certified(from, to, &more, &sign);
        vectors.fails(&format!("shadow-{name}.pdf"), attack, report, bytes);
    }
    // The second half of the attack: the update that uses what was prepared.
    let trailer = "/Size 9 /Root 1 0 R";
    let overlay = "<</Length 22>>stream\n1 g 0 0 595 842 re f \nendstream";
    let hidden = certified("/Contents 4 0 R", "/Contents [4 0 R 5 0 R]", &[overlay], &sign);
    let removed = update(
        &hidden,
        &[(5, "<</Length 0>>stream\n\nendstream".to_owned())],
        trailer,
    );
    vectors.fails(
        "shadow-hide.pdf",
        "shadow, hide: a cover over the page is removed after signing",
        "pdf.revisions",
        removed,
    );
    let font = "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding <</Differences [48 /zero]>>>>";
    let replaced = certified(
        "/Resources <<>>",
        "/Resources <</Font <</F1 5 0 R>>>>",
        &[font],
        &sign,
    );
    let replaced = update(
        &replaced,
        &[(5, font.replace("[48 /zero]", "[48 /nine]"))],
        trailer,
    );
    vectors.fails(
        "shadow-replace.pdf",
        "shadow, replace: a font is redefined after signing",
        "pdf.revisions",
        replaced,
    );
    let second = "<</Type /Pages /Kids [3 0 R] /Count 1>>";
    let both = certified("", "", &[second], &sign);
    let both = update(
        &both,
        &[(1, CATALOG.replace("/Pages 2 0 R", "/Pages 5 0 R"))],
        trailer,
    );
    vectors.fails(
        "shadow-hide-and-replace.pdf",
        "shadow, hide and replace: a page tree that waited is put in place",
        "pdf.revisions",
        both,
    );
}

/// A certified report whose objects have `from` replaced by `to`, with more objects from number 5.
fn certified(from: &str, to: &str, more: &[&str], sign: super::pdf::Signs<'_>) -> Vec<u8> {
    let replaced = |object: &str| {
        if from.is_empty() {
            object.to_owned()
        } else {
            object.replacen(from, to, 1)
        }
    };
    let [catalog, pages, page, content] = [CATALOG, PAGES, PAGE, CONTENT].map(replaced);
    let objects: Vec<&str> = [&*catalog, &*pages, &*page, &*content]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let first = objects.len() as u32 + 1;
    Parts::over(report_of(&objects), first, &page, &catalog).signed(sign)
}

type Prepared = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Vec<&'static str>,
);

/// What is replaced in the report, by what, and what is added to it.
fn prepared() -> Vec<Prepared> {
    let in_page = |name, attack, entry| (name, attack, "/Contents", entry, Vec::new());
    vec![
        (
            "page-waits",
            "shadow: a page that nothing refers to waits in the report",
            "",
            "",
            vec!["<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>"],
        ),
        (
            "pair-waits",
            "shadow: two objects that refer to each other and to nothing else",
            "",
            "",
            vec!["<</Next 6 0 R>>", "<</Next 5 0 R>>"],
        ),
        (
            "content-missing",
            "shadow: a content stream that is supplied later",
            "/Contents 4 0 R",
            "/Contents [4 0 R 99 0 R]",
            Vec::new(),
        ),
        in_page(
            "script-on-page",
            "a script runs when the page opens",
            "/AA <</O <<>>>> /Contents",
        ),
        in_page("layer", "content is shown on a condition", "/OC <<>> /Contents"),
        in_page(
            "widget",
            "a form field in the report",
            "/Annots [<</Subtype /Widget /Rect [0 0 9 9]>>] /Contents",
        ),
        in_page(
            "free-text",
            "an annotation that covers text",
            "/Annots [<</Subtype /FreeText /Rect [0 0 9 9]>>] /Contents",
        ),
        in_page(
            "launch",
            "a link starts a program",
            "/Annots [<</Subtype /Link /Rect [0 0 9 9] /A <</S /Launch>>>>] /Contents",
        ),
        in_page(
            "script-link",
            "a link runs a script",
            "/Annots [<</Subtype /Link /Rect [0 0 9 9] /A <</S /JavaScript>>>>] /Contents",
        ),
        (
            "names-script",
            "scripts in the name tree",
            "/Pages 2",
            "/Names <</JavaScript <<>>>> /Pages 2",
            Vec::new(),
        ),
        (
            "collection",
            "attachments are shown in place of the pages",
            "/Pages 2",
            "/Collection <<>> /Pages 2",
            Vec::new(),
        ),
        (
            "open-action",
            "the report acts when it is opened",
            "/Pages 2",
            "/OpenAction [3 0 R /Fit] /Pages 2",
            Vec::new(),
        ),
        (
            "external-stream",
            "a stream whose data stand in another file",
            "<</Length",
            "<</F (other.pdf) /Length",
            Vec::new(),
        ),
    ]
}
