//! What may follow a certification, and what may not: the approver's signature, revocation data, a time stamp over the
//! document (EN 319 142-1 §5.4, §5.5), each done right once and then with something more. All signatures are good.

use super::Vectors;
use super::chain::{Alter, Chain, unaltered};
use super::pdf::{PAGE, Parts, house_signs, update};
use super::pki::{House, Identity, Template, list_at, signs_documents, stamps_time};
use super::stamp::{Stamped, list};
use super::time::AT;

const FRESH: [&str; 2] = ["20261008000000", "20261015000000"];
const LATER: &str = "20261009000000";

/// Who signs and approves where revocation is told of.
struct People {
    signer: Identity,
    approver: Identity,
}

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let listed = || {
        [
            signs_documents(),
            vec![list_at("http://issuing.example/list.crl")],
        ]
        .concat()
    };
    let people = People {
        signer: Template::new("signer", listed()).issued_by(&house.issuing),
        approver: Template::new("approver", signs_documents()).issued_by(&house.issuing),
    };
    good(house, &people, vectors);
    approvals(house, &people, vectors);
    stores(house, &people, vectors);
    stamps(house, vectors);
}

fn good(house: &House, people: &People, vectors: &mut Vectors) {
    let certified = || Chain::certified(&house.signer, house);
    let approved = certified().approved(house, &people.approver, unaltered);
    vectors.passes("good-approved.pdf", "the approver signed", approved.bytes);
    let stamped = certified().stamped(house, &house.stamping, AT, unaltered);
    vectors.passes(
        "good-document-timestamp.pdf",
        "a time stamp over the document",
        stamped.bytes,
    );
    let fresh = [list(&house.issuing, FRESH, &[], &[])];
    let archived = Chain::certified(&people.signer, house)
        .approved(house, &people.approver, unaltered)
        .with_lists(&fresh, unaltered)
        .stamped(house, &house.stamping, LATER, unaltered);
    vectors.passes(
        "good-archived.pdf",
        "approved, with a revocation list and a time stamp over it all",
        archived.bytes,
    );
    let expired = Template::new("old stamping", stamps_time())
        .valid(["20250101000000", "20261020000000"])
        .issued_by(&house.issuing);
    let renewed =
        certified()
            .stamped(house, &expired, AT, unaltered)
            .stamped(house, &house.stamping, LATER, unaltered);
    vectors.passes(
        "good-renewed.pdf",
        "stamped again before the first authority's certificate expired",
        renewed.bytes,
    );
}

type Case = (&'static str, &'static str, &'static str, Alter);

fn approvals(house: &House, people: &People, vectors: &mut Vectors) {
    let certified = || Chain::certified(&house.signer, house);
    let (changes, signature) = ("pdf.changes", "pdf.signature");
    let cases: [Case; 7] = [
        (
            "ssa-approval-visible",
            "SSA: the approver's field grows over the page",
            changes,
            |own| {
                own.edit(7, "[-2 -2 -2 -2]", "[0 0 595 842]");
            },
        ),
        (
            "ssa-approval-appearance",
            "SSA: the approver's field gets an appearance",
            changes,
            |own| {
                own.edit(7, "/F 132", "/AP <</N 4 0 R>> /F 132");
            },
        ),
        (
            "ssa-approval-content",
            "SSA: the approval replaces the page's content",
            changes,
            |own| {
                own.objects
                    .push((4, b"<</Length 4>>stream\nevil\nendstream".to_vec()));
            },
        ),
        (
            "ssa-approval-catalog",
            "SSA: the approval changes the catalog",
            changes,
            |own| {
                own.objects.push((1, b"<</Type /Catalog /Pages 2 0 R>>".to_vec()));
            },
        ),
        (
            "eaa-approval-annotation",
            "EAA: the approval adds an annotation",
            changes,
            |own| {
                own.objects.push((9, b"<</Subtype /FreeText>>".to_vec()));
                own.trailer = own.trailer.replace("/Size 9", "/Size 10");
            },
        ),
        (
            "approval-certifies",
            "the approval certifies anew, with other permissions",
            signature,
            |own| {
                own.signature
                    .push_str(" /Reference [<</Type /SigRef /TransformMethod /DocMDP>>]");
            },
        ),
        (
            "approval-form",
            "the approval is of another form",
            signature,
            |own| {
                own.signature = own.signature.replace("ETSI.CAdES.detached", "adbe.pkcs7.sha1");
            },
        ),
    ];
    for (name, attack, code, alter) in cases {
        let approved = certified().approved(house, &people.approver, alter);
        vectors.fails(&format!("later-{name}.pdf"), attack, code, approved.bytes);
    }
    let mut twice = certified().approved(house, &people.approver, unaltered);
    twice = twice.approved(house, &people.approver, unaltered);
    vectors.fails(
        "later-approved-twice.pdf",
        "a second approval in place of the first",
        "pdf.revisions",
        twice.bytes,
    );
    let approved = certified().approved(house, &people.approver, unaltered);
    let content = (4, "<</Length 4>>stream\nevil\nendstream");
    let appended = update(&approved.bytes, &[content], "/Size 9 /Root 1 0 R");
    vectors.fails(
        "later-isa.pdf",
        "ISA: an update behind the approval",
        "pdf.revisions",
        appended,
    );
    let nobody = Template::new("nobody", signs_documents()).self_signed();
    let by_nobody = certified().approved(house, &nobody, unaltered);
    vectors.fails(
        "later-approver-untrusted.pdf",
        "an approver whom nobody vouches for",
        "certificate.path",
        by_nobody.bytes,
    );
}

fn stores(house: &House, people: &People, vectors: &mut Vectors) {
    let certified = || Chain::certified(&people.signer, house);
    let fresh = || list(&house.issuing, FRESH, &[], &[]);
    let last = certified().with_lists(&[fresh()], unaltered);
    vectors.fails(
        "later-unsigned.pdf",
        "ISA: revocation data at the end, which nothing signs",
        "pdf.revisions",
        last.bytes,
    );
    let (changes, revisions) = ("pdf.changes", "pdf.revisions");
    let cases: [Case; 6] = [
        (
            "store-certificates",
            "revocation data bring certificates",
            revisions,
            |own| own.edit(8, "/CRLs", "/Certs [9 0 R] /CRLs"),
        ),
        ("store-twice", "one list stands twice", revisions, |own| {
            own.edit(8, "[9 0 R]", "[9 0 R 9 0 R]")
        }),
        (
            "store-elsewhere",
            "revocation data stand in the report's content",
            revisions,
            |own| own.edit(8, "[9 0 R]", "[4 0 R]"),
        ),
        (
            "store-extra",
            "an object waits among the revocation data",
            changes,
            |own| {
                own.objects.push((10, b"<</Type /Annot>>".to_vec()));
                own.trailer = own.trailer.replace("/Size 10", "/Size 11");
            },
        ),
        (
            "store-page",
            "the page is changed together with the revocation data",
            changes,
            |own| {
                own.objects.push((3, PAGE.as_bytes().to_vec()));
            },
        ),
        (
            "store-action",
            "the catalog gets a start action with the revocation data",
            changes,
            |own| {
                own.edit(1, "/Lang", "/OpenAction [3 0 R /Fit] /Lang");
            },
        ),
    ];
    for (name, attack, code, alter) in cases {
        let chain =
            certified()
                .with_lists(&[fresh()], alter)
                .stamped(house, &house.stamping, LATER, unaltered);
        vectors.fails(&format!("later-{name}.pdf"), attack, code, chain.bytes);
    }
    let revocation = "certificate.revocation";
    let before = list(
        &house.issuing,
        FRESH,
        &[(people.signer.serial, "20261004000000", None)],
        &[],
    );
    for (name, attack, lists) in [
        (
            "store-revoked",
            "revoked, as a list in the document says",
            vec![before],
        ),
        (
            "store-of-another",
            "a list in the document that is of nobody here",
            vec![fresh(), list(&house.other_root, FRESH, &[], &[])],
        ),
        (
            "store-garbage",
            "something other than a list",
            vec![b"anything".to_vec()],
        ),
    ] {
        let chain =
            certified()
                .with_lists(&lists, unaltered)
                .stamped(house, &house.stamping, LATER, unaltered);
        vectors.fails(&format!("later-{name}.pdf"), attack, revocation, chain.bytes);
    }
}

fn stamps(house: &House, vectors: &mut Vectors) {
    let certified = || Chain::certified(&house.signer, house);
    let changes = "pdf.changes";
    let cases: [Case; 4] = [
        (
            "timestamp-annotation",
            "EAA: the time stamp brings an annotation along",
            changes,
            |own| {
                own.edit(
                    3,
                    "/Annots [",
                    "/Annots [<</Subtype /FreeText /Rect [0 0 200 200]>> ",
                );
            },
        ),
        (
            "timestamp-visible",
            "SSA: the time stamp's field covers the page",
            changes,
            |own| own.edit(9, "[-2 -2 -2 -2]", "[0 0 595 842]"),
        ),
        (
            "timestamp-permissions",
            "the time stamp takes the certification out of the permissions",
            changes,
            |own| {
                own.edit(1, " /Perms <</DocMDP 5 0 R>>", "");
            },
        ),
        (
            "timestamp-entry",
            "the time stamp's dictionary has more entries",
            "pdf.signature",
            |own| {
                own.signature.push_str(" /Reason (approved)");
            },
        ),
    ];
    for (name, attack, code, alter) in cases {
        let chain = certified().stamped(house, &house.stamping, AT, alter);
        vectors.fails(&format!("later-{name}.pdf"), attack, code, chain.bytes);
    }
    let other = certified().stamped_over(house, &house.stamping, unaltered, &|_| {
        Stamped::new(AT, b"another document")
    });
    vectors.fails(
        "later-timestamp-substituted.pdf",
        "the time stamp of another document",
        "timestamp.imprint",
        other.bytes,
    );
    let signed = house_signs(house);
    let mut moved = certified();
    moved.bytes = Parts::proper().signed(&signed);
    moved.bytes.extend(b"\n");
    let gap = moved.stamped(house, &house.stamping, AT, unaltered);
    vectors.fails(
        "later-gap.pdf",
        "a line feed between the revisions that the update's identifier does not know",
        "pdf.changes",
        gap.bytes,
    );
}
