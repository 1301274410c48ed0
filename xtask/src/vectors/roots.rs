//! Trust roots of signers, and those of time stamps: whom the reader named for the one may not do the other.

use super::Vectors;
use super::pki::{House, Template, stamps_time};
use super::time::{AT, pdf_by, stamp, stamp_by};

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let stamped = pdf_by(house, &house.signer, &|cms| stamp(house, cms, AT));
    for (file, attack, verdict, trust) in [
        (
            "undecided-timestamp-root.pdf",
            "a time stamp below the signers' root, and no trust root for time stamps",
            ("undecided", &["timestamp.authority"][..]),
            ["root.pem", ""],
        ),
        (
            "undecided-signer-root.pdf",
            "a signer below the root for time stamps, and no trust root for signers",
            ("undecided", &["certificate.path"][..]),
            ["", "root.pem"],
        ),
        (
            "timestamp-root-of-signers.pdf",
            "a time stamp below a root that is trusted for signers only",
            ("failed", &["timestamp.authority"][..]),
            ["root.pem", "other-root.pem"],
        ),
        (
            "signer-root-of-timestamps.pdf",
            "a signer below a root that is trusted for time stamps only",
            ("failed", &["certificate.path"][..]),
            ["other-root.pem", "root.pem"],
        ),
    ] {
        vectors.push_apart(file, attack, verdict, trust, stamped.clone());
    }
    let other = Template::new("other stamping", stamps_time()).issued_by(&house.other_root);
    vectors.push_apart(
        "good-timestamp-other-root.pdf",
        "a time stamp below a root of its own",
        ("verified", &[]),
        ["root.pem", "other-root.pem"],
        pdf_by(house, &house.signer, &|cms| {
            stamp_by(cms, AT, other.clone(), house.other_root.clone(), |_| ())
        }),
    );
}
