//! The same evidence and the same identity give the same bytes; without a fixed time, only what is signed by it differs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::harness::{json, scratch};
use crate::identities::configuration;
use crate::quarter::{BUNDLE, REPORT, at_epoch, luma, quarter, unpack};
use crate::tools;

#[test]
fn the_same_ledger_gives_the_same_bytes() {
    let dir = quarter().ledger_copy();
    for out in ["first", "second"] {
        at_epoch("run", dir.path(), &luma(), out).expect(3);
    }
    for name in [BUNDLE, REPORT] {
        tools::run(
            dir.path(),
            "cmp",
            &[&format!("first/{name}"), &format!("second/{name}")],
        );
    }
}

#[test]
fn two_ledgers_collected_apart_give_the_same_bytes() {
    let places = [scratch(), scratch()];
    for dir in &places {
        let config = configuration(dir.path(), "signer-p256");
        at_epoch("run", dir.path(), &config, "out").expect(3);
    }
    let [first, second] = places.map(|dir| (fs::read(dir.path().join("out").join(BUNDLE)).unwrap(), dir));
    assert!(first.0 == second.0, "the bundles differ");
}

fn files(dir: &Path) -> BTreeSet<String> {
    let said = tools::run(dir, "find", &[".", "-type", "f", "-printf", "%P\\n"]);
    said.lines().map(str::to_owned).collect()
}

#[test]
fn without_a_fixed_time_only_the_signature_of_the_report_and_what_hashes_it_differ() {
    let again = quarter().ledger_copy();
    at_epoch("package", again.path(), &luma(), "out").expect(3);
    let (one, two) = (quarter().unpacked(), scratch());
    unpack(&again.path().join("out").join(BUNDLE), two.path());
    let (one, two) = (one.path(), two.path());
    assert_eq!(files(one), files(two));
    let differ = |name: &String| fs::read(one.join(name)).unwrap() != fs::read(two.join(name)).unwrap();
    let differing: BTreeSet<_> = files(one).into_iter().filter(differ).collect();
    let expected = [
        "META-INF/ASiCManifest001.xml",
        "META-INF/signature001.p7s",
        "SHA256SUMS",
        "SHA256SUMS.p7s",
        // The packing list has the packed size and the digest of the report.
        "bag-info.txt",
        "checkpoint",
        "data/report.pdf",
        "manifest-sha256.txt",
        "manifest.json",
        "tagmanifest-sha256.txt",
    ];
    assert_eq!(differing, expected.map(str::to_owned).into());

    let manifest = json(&fs::read_to_string(one.join("manifest.json")).unwrap());
    let unsigned = manifest["report"]["unsigned_size"].as_u64().unwrap() as usize;
    let [first, second] = [one, two].map(|dir| fs::read(dir.join("data/report.pdf")).unwrap());
    assert!(
        first[..unsigned] == second[..unsigned],
        "the unsigned reports differ"
    );
    assert!(unsigned < first.len() && first.len() == second.len());
}
