//! What must pass, so that a verifier which refuses everything is found out too; and what nobody can decide.

use anyhow::Result;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::Previous;

use super::Vectors;
use super::asn1::{named_bits, null, seq, tagged};
use super::bundle::{Archive, Draft, File, bundle};
use super::cms::Cms;
use super::pdf::{CATALOG, CONTENT, PAGE, PAGES, Parts, Signs, house_signs, report_of};
use super::pki::{
    House, Identity, Key, Template, authority, distinguished, extension, name_constraints, purposes,
    signs_documents,
};

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    reports(house, vectors);
    for (name, story, signer, issuers) in identities(house) {
        let issuers: Vec<&Identity> = issuers.iter().collect();
        let pdf = Parts::proper().signed(&|content| Cms::detached(&signer, &issuers, content).assemble());
        vectors.passes(&format!("good-{name}.pdf"), story, pdf);
    }
    bundles(house, vectors)?;
    let sign = house_signs(house);
    let undecided = ("undecided", &["certificate.path"][..]);
    vectors.push(
        "undecided-no-root.pdf",
        "a good report, and no trust root",
        undecided,
        "",
        Parts::proper().signed(&sign),
    );
    vectors.push(
        "undecided-no-root.zip",
        "a good bundle, and no trust root",
        undecided,
        "",
        bundle("luma-2026-q3", &sign)?.write(),
    );
    Ok(())
}

/// Reports of several shapes.
fn reports(house: &House, vectors: &mut Vectors) {
    let sign = house_signs(house);
    let link = "/Annots [<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /A <</S /URI /URI (https://example.org)>>>>] /Contents";
    let over = |objects: &[&str], page: &str| {
        Parts::over(report_of(objects), objects.len() as u32 + 1, page, CATALOG)
    };
    let linked = PAGE.replacen("/Contents", link, 1);
    vectors.passes(
        "good-link.pdf",
        "a report with a link",
        over(&[CATALOG, PAGES, &linked, CONTENT], &linked).signed(&sign),
    );
    let second = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <<>>>>";
    let pages = "<</Type /Pages /Kids [3 0 R 5 0 R] /Count 2>>";
    vectors.passes(
        "good-two-pages.pdf",
        "a report of two pages",
        over(&[CATALOG, pages, PAGE, CONTENT, second], PAGE).signed(&sign),
    );
    let named = Parts::proper().edit(|p| &mut p.signature, "(vector)", "<FEFF00DC0062>");
    vectors.passes("good-reason-utf16.pdf", "a reason in UTF-16", named.signed(&sign));
    vectors.passes(
        "good-pdf.pdf",
        "a certified report",
        Parts::proper().signed(&sign),
    );
    let whole = Parts::proper().signed(&sign);
    vectors.push(
        "good-trust-in-issuing.pdf",
        "the issuing authority is the trust root",
        ("verified", &[]),
        "issuing.pem",
        whole,
    );
}

type Case = (&'static str, &'static str, Identity, Vec<Identity>);

/// Signers and authorities of several kinds.
fn identities(house: &House) -> Vec<Case> {
    let issuing = || vec![house.issuing.clone()];
    let leaf = |extensions| Template::new("signer", extensions).issued_by(&house.issuing);
    let key_usage = |bits: &[u8]| extension("2.5.29.15", true, &named_bits(bits));
    let upper = Template::new("upper", authority(Some(1))).issued_by(&house.root);
    let lower = Template::new("lower", authority(Some(0))).issued_by(&upper);
    let deep = Template::new("signer", signs_documents()).issued_by(&lower);
    let rsa_issuing = Template::new("RSA issuing", authority(None))
        .with_key(Key::rsa())
        .issued_by(&house.root);
    let below_rsa = Template::new("signer", signs_documents()).issued_by(&rsa_issuing);
    let email = |address: &str| tagged(0x81, address.as_bytes());
    let bound = name_constraints(&[email("luma.example")], &[email("evil@luma.example")]);
    let bound = Template::new("bound", [authority(None), vec![bound]].concat()).issued_by(&house.root);
    let alternative = extension("2.5.29.17", false, &seq([email("a@luma.example")]));
    let within = Template::new("signer", [signs_documents(), vec![alternative]].concat()).issued_by(&bound);
    let unknown = extension("1.2.3.4", false, &null());
    let purpose = |purpose: &str| leaf(vec![key_usage(&[0]), purposes(false, &[purpose])]);
    vec![
        (
            "rsa",
            "an RSA signer",
            Template::new("RSA signer", signs_documents())
                .with_key(Key::rsa())
                .issued_by(&house.issuing),
            issuing(),
        ),
        (
            "rsa-issuer",
            "a P-256 signer below an RSA authority",
            below_rsa,
            vec![rsa_issuing],
        ),
        (
            "root-within",
            "the trust root stands in the signature too",
            house.signer.clone(),
            vec![house.issuing.clone(), house.root.clone()],
        ),
        (
            "two-intermediates",
            "two authorities below the root, the path length used up",
            deep,
            vec![lower, upper],
        ),
        (
            "names-within",
            "a name within what the issuer may vouch for",
            within,
            vec![bound],
        ),
        (
            "no-purpose",
            "a certificate without an extended key usage",
            leaf(vec![key_usage(&[0])]),
            issuing(),
        ),
        (
            "email-purpose",
            "a certificate for e-mail",
            purpose("1.3.6.1.5.5.7.3.4"),
            issuing(),
        ),
        (
            "any-purpose",
            "a certificate for any purpose",
            purpose("2.5.29.37.0"),
            issuing(),
        ),
        (
            "non-repudiation",
            "a key for non-repudiation only",
            leaf(vec![key_usage(&[1])]),
            issuing(),
        ),
        (
            "extension-unknown",
            "an extension that is not understood and not critical",
            leaf([signs_documents(), vec![unknown]].concat()),
            issuing(),
        ),
        (
            "name-unicode",
            "a name beyond ASCII",
            Template::new("signer", signs_documents())
                .with_subject(distinguished(&["Übung"], "Zoë"))
                .issued_by(&house.issuing),
            issuing(),
        ),
    ]
}

fn bundles(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    let id = "luma-2026-q3";
    let sealed = |draft: &Draft, sign: Signs<'_>| -> Result<Archive> {
        draft.sealed(&serde_json::to_value(draft.manifest())?, sign)
    };
    vectors.passes("good-bundle.zip", "a bundle", bundle(id, &sign)?.write());
    let rsa = Template::new("RSA signer", signs_documents())
        .with_key(Key::rsa())
        .issued_by(&house.issuing);
    let by_rsa = |content: &[u8]| Cms::detached(&rsa, &[&house.issuing], content).assemble();
    vectors.passes(
        "good-bundle-rsa.zip",
        "a bundle signed with RSA",
        bundle(id, &by_rsa)?.write(),
    );
    let mut chained = Draft::new(id, &sign);
    let before = Draft::new("luma-2026-q2", &sign).manifest();
    chained.previous = Some(Previous {
        checkpoint: before.checkpoint().to_string(),
        manifest_sha256: Sha256Digest::of(b"the manifest before"),
    });
    vectors.passes(
        "good-bundle-chained.zip",
        "a bundle that names the one before",
        sealed(&chained, &sign)?.write(),
    );
    let mut large = Draft::new(id, &sign);
    large.more = (0..24)
        .map(|n| {
            File::stored(
                &format!("data/evidence/part-{n:02}.json"),
                format!("{{\"n\":{n}}}").as_bytes(),
            )
        })
        .collect();
    vectors.passes(
        "good-bundle-many.zip",
        "a bundle of many files",
        sealed(&large, &sign)?.write(),
    );
    let mut empty = Draft::new(id, &sign);
    empty.more = vec![
        File::stored("data/evidence/empty.json", b""),
        File::deflated("data/digits.bin", &b"0123456789".repeat(40)),
    ];
    vectors.passes(
        "good-bundle-empty-file.zip",
        "a bundle with an empty file and one that packs well",
        sealed(&empty, &sign)?.write(),
    );
    let mut pinned = Draft::new(id, &sign);
    pinned.unsigned_size -= 1;
    vectors.passes(
        "good-bundle-pin-without-newline.zip",
        "the pin ends at %%EOF, the newline behind it left out",
        sealed(&pinned, &sign)?.write(),
    );
    Ok(())
}
