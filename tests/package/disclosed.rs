//! Parts of the made bundle: what they show, that others can check it, and that they say nothing of what they withhold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use backproof_verify::digest::Sha256Digest;
use base64ct::{Base64, Encoding as _};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Ended, backproof, scratch};
use crate::quarter::{BUNDLE, quarter, unpack};
use crate::tools::run;

/// Files that cite nothing, and whose content anybody can guess who has the program.
const GUESSABLE: [&str; 2] = ["data/catalogue.toml", "data/parameters.json"];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A directory with the whole bundle and the root that is trusted.
fn desk() -> TempDir {
    let dir = scratch();
    fs::copy(quarter().out().join(BUNDLE), dir.path().join(BUNDLE)).unwrap();
    fs::copy(quarter().root(), dir.path().join("root.pem")).unwrap();
    dir
}

fn redact(dir: &Path, more: &[&str]) -> Ended {
    let arguments = ["redact", BUNDLE, "--trust", "root.pem", "--out", "part.zip"];
    backproof(dir, &[&arguments[..], more].concat())
}

fn verify(dir: &Path, file: &str, more: &[&str]) -> Ended {
    backproof(
        dir,
        &[&["verify", file, "--trust", "root.pem"][..], more].concat(),
    )
}

/// Unpacks the part that was made.
fn unpacked(dir: &Path) -> PathBuf {
    let part = dir.join("part");
    fs::create_dir(&part).unwrap();
    unpack(&dir.join("part.zip"), &part);
    part
}

/// The files below a directory, by path.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let said = run(dir, "find", &[".", "-type", "f", "-printf", "%P\\n"]);
    said.lines()
        .map(|name| (name.to_owned(), fs::read(dir.join(name)).unwrap()))
        .collect()
}

fn whole() -> BTreeMap<String, Vec<u8>> {
    files(quarter().unpacked().path())
}

#[test]
fn chosen_records_verify_and_the_rest_is_not_vouched_for() {
    let dir = desk();
    let said = redact(dir.path(), &["--open", "data/evidence/*.tar", "--json"]).expect(0);
    let said = json(&said.out);
    let opened: Vec<_> = said["opened"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| path.as_str().unwrap())
        .collect();
    let whole = whole();
    let tars: Vec<_> = whole.keys().filter(|path| path.ends_with(".tar")).collect();
    assert_eq!(opened, tars);
    let payload = whole.keys().filter(|path| path.starts_with("data/")).count();
    assert_eq!(said["withheld"], payload - opened.len());

    let text = verify(dir.path(), "part.zip", &[]).expect(0).out;
    let bottom = format!(
        "{} of {payload} records disclosed; the {} withheld are not vouched for",
        opened.len(),
        payload - opened.len()
    );
    assert!(text.lines().last().unwrap().contains(&bottom), "{text}");
    // Nothing is called complete of which the most is missing.
    assert!(!text.contains("complete"), "{text}");
    let report = json(&verify(dir.path(), "part.zip", &["--json"]).expect(0).out);
    assert_eq!(report["disclosed"]["records"], payload);
    assert_eq!(
        report["disclosed"]["paths"].as_array().unwrap().len(),
        opened.len()
    );

    for (path, bytes) in files(&unpacked(dir.path())) {
        if path.starts_with("data/") {
            assert!(whole[&path] == bytes, "{path}");
        }
    }
}

#[test]
fn a_part_needs_a_root_an_unaltered_whole_and_something_to_withhold() {
    let dir = desk();
    let open = ["--open", "data/catalogue.toml"];
    redact(dir.path(), &open).expect(0);
    let said = backproof(dir.path(), &["verify", "part.zip"]).expect(6);
    assert!(said.out.contains("undecided: nothing is altered"), "{}", said.out);
    for verb in [
        &["sample", "part.zip", "--test", "CT-05"][..],
        &["diff", "part.zip", BUNDLE],
        &["prove", "part.zip", "data/results.json"],
    ] {
        let said = backproof(dir.path(), &[verb, &["--trust", "root.pem"]].concat()).expect(1);
        assert!(
            said.err.contains("this is a redacted bundle (1 of "),
            "{verb:?}: {}",
            said.err
        );
    }
    let said = redact(dir.path(), &["--open", "data/catalogue.tom"]).expect(1);
    assert!(
        said.err
            .contains("--open data/catalogue.tom names no record of the bundle"),
        "{}",
        said.err
    );
    let said = redact(dir.path(), &["--open", "data/**"]).expect(1);
    assert!(said.err.contains("hand over the bundle itself"), "{}", said.err);
    // A root that did not sign it: nothing is made.
    fs::remove_file(dir.path().join("part.zip")).unwrap();
    let mut bytes = fs::read(dir.path().join(BUNDLE)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(dir.path().join(BUNDLE), bytes).unwrap();
    redact(dir.path(), &open).expect(5);
    assert!(!dir.path().join("part.zip").exists());
}

/// Every form in which a digest could stand somewhere.
fn forms(digest: &Sha256Digest) -> [Vec<u8>; 4] {
    let hex = digest.to_hex();
    [
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        Base64::encode_string(digest.as_bytes()).into_bytes(),
        digest.as_bytes().to_vec(),
    ]
}

fn has(files: &BTreeMap<String, Vec<u8>>, needle: &[u8]) -> bool {
    files
        .values()
        .any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}

fn tells(files: &BTreeMap<String, Vec<u8>>, digest: &Sha256Digest) -> bool {
    forms(digest).iter().any(|form| has(files, form))
}

/// Somebody has every record but one, and tries the true content of that one. All but it are disclosed, and he knows how
/// lists of digests are made; still he finds nothing that his guess agrees with.
#[test]
fn a_withheld_record_cannot_be_confirmed_even_with_its_true_content() {
    let whole = whole();
    let manifest = json(std::str::from_utf8(&whole["manifest.json"]).unwrap());
    for withheld in GUESSABLE {
        let dir = desk();
        let others: Vec<&str> = whole
            .keys()
            .map(String::as_str)
            .filter(|path| path.starts_with("data/") && *path != withheld)
            .collect();
        redact(dir.path(), &[&["--confirmable", "--open"], &others[..]].concat()).expect(0);
        verify(dir.path(), "part.zip", &[]).expect(0);
        let mut part = BTreeMap::from([(
            "the archive".to_owned(),
            fs::read(dir.path().join("part.zip")).unwrap(),
        )]);
        part.extend(files(&unpacked(dir.path())));
        assert!(!part.contains_key(withheld));

        // The search finds what is there: the digest of a disclosed record, and the roots of the ASiC manifest.
        assert!(tells(&part, &Sha256Digest::of(&whole[others[0]])));
        for root in ["SHA256SUMS", "manifest.json", "checkpoint"] {
            assert!(tells(&part, &Sha256Digest::of(&whole[root])), "{root}");
        }
        // The guess itself, and the lists that follow from it alone.
        for guess in [
            withheld,
            "manifest-sha256.txt",
            "bag-info.txt",
            "tagmanifest-sha256.txt",
            "SHA256SUMS.p7s",
        ] {
            assert!(
                !tells(&part, &Sha256Digest::of(&whole[guess])),
                "{withheld}: {guess}"
            );
        }
        let info = std::str::from_utf8(&whole["bag-info.txt"]).unwrap();
        let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        assert!(!tells(&part, &field("Backproof-Packing: ").parse().unwrap()));
        // The two roots that the guess goes into have a secret in them that is nowhere to be had.
        assert!(!tells(&part, &field("Backproof-Blinding: ").parse().unwrap()));
        let own = manifest["files"]
            .as_array()
            .unwrap()
            .iter()
            .find(|file| file["path"] == withheld)
            .unwrap();
        let salt = own["salt"].as_str().unwrap();
        let raw = Base64::decode_vec(salt).unwrap();
        assert!(!has(&part, salt.as_bytes()) && !has(&part, &raw));
        // The leaf is there, and no salt that is known makes it out of the guess.
        let leaf = own["leaf"].as_str().unwrap();
        assert!(has(&part, leaf.as_bytes()));
        let salts: BTreeSet<_> = manifest["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["salt"].as_str().unwrap())
            .collect();
        let zero = Base64::encode_string(&[0; 32]);
        for known in salts
            .into_iter()
            .filter(|known| *known != salt)
            .chain([zero.as_str()])
        {
            let record = format!(
                "{{\"path\":\"{withheld}\",\"salt\":\"{known}\",\"sha256\":\"{}\",\"size\":{}}}",
                Sha256Digest::of(&whole[withheld]),
                whole[withheld].len()
            );
            let guess = Sha256Digest::of(&[&[0], record.as_bytes()].concat());
            assert_ne!(guess.to_hex(), leaf);
        }
    }
}

/// Results and report cite raw pages by digest. Without the word of whoever discloses, they are not laid beside withheld
/// pages; and with it a true guess is confirmed, which is why.
#[test]
fn what_cites_withheld_evidence_is_refused_unless_that_is_said() {
    let whole = whole();
    let page = {
        let index = std::str::from_utf8(&whole["data/evidence/index.csv"]).unwrap();
        let cited = std::str::from_utf8(&whole["data/results.json"]).unwrap();
        let mut digests = index.lines().skip(1).map(|line| &line[..64]);
        digests.find(|digest| cited.contains(digest)).unwrap().to_owned()
    };
    for (open, why) in [
        ("data/results.json", "of withheld content"),
        ("data/report.pdf", "in a form that is not looked into"),
        ("data/evidence/index.csv", "of withheld content"),
        ("data/receipts.jsonl", "of withheld content"),
        ("data/populations/ct-01.csv", "of withheld content"),
    ] {
        let dir = desk();
        let said = redact(dir.path(), &["--open", open]).expect(1);
        assert!(
            said.err.contains(open) && said.err.contains(why) && said.err.contains("--confirmable"),
            "{}",
            said.err
        );
        assert!(!dir.path().join("part.zip").exists());
        let said = redact(dir.path(), &["--open", open, "--confirmable", "--json"]).expect(0);
        assert_eq!(json(&said.out)["confirmable"][0], open);
        verify(dir.path(), "part.zip", &[]).expect(0);
        if open == "data/results.json" {
            assert!(tells(&files(&unpacked(dir.path())), &page.parse().unwrap()));
        }
    }
    // Beside all that they cite they may stand.
    let dir = desk();
    redact(dir.path(), &["--open", "data/evidence/*", "data/results.json"]).expect(0);
    verify(dir.path(), "part.zip", &[]).expect(0);
}

/// The commands between a line and the end of a text.
fn commands(text: &str, from: &str, until: &str) -> String {
    let start = text.find(from).unwrap_or_else(|| panic!("{from}"));
    let rest = &text[start..];
    rest[..rest.find(until).unwrap_or(rest.len())].to_owned()
}

#[test]
fn the_commands_of_redacted_txt_find_what_they_should() {
    let dir = desk();
    redact(
        dir.path(),
        &["--open", "data/evidence/aws_*.tar", "data/catalogue.toml"],
    )
    .expect(0);
    let part = unpacked(dir.path());
    fs::copy(dir.path().join("root.pem"), part.join("root.pem")).unwrap();
    let script = commands(
        &fs::read_to_string(part.join("REDACTED.txt")).unwrap(),
        "# 1.",
        "\0",
    );
    let said = run(&part, "bash", &["-c", &script]);
    for expected in [
        "Verification successful",
        "checkpoint: signed",
        "tree: the signed one",
        "leaves: all there",
        "data/catalogue.toml: disclosed",
    ] {
        assert!(
            said.to_lowercase().contains(&expected.to_lowercase()),
            "{expected}: {said}"
        );
    }
    assert!(!said.contains("FAILED"), "{said}");
    fs::write(part.join("data/catalogue.toml"), "altered").unwrap();
    let list = fs::read_to_string(part.join("disclosure.json")).unwrap();
    let leaf = &list[list.find("\"leaves\":[\"").unwrap() + 11..][..64];
    fs::write(
        part.join("disclosure.json"),
        list.replacen(leaf, &"0".repeat(64), 1),
    )
    .unwrap();
    let said = run(&part, "bash", &["-c", &script]);
    assert!(
        said.contains("data/catalogue.toml: FAILED") && !said.contains("tree: the signed one"),
        "{said}"
    );
}

#[test]
fn one_record_is_proven_by_a_file_of_its_own() {
    let dir = desk();
    let whole = whole();
    for record in ["data/catalogue.toml", "data/results.json", "data/report.pdf"] {
        fs::write(dir.path().join("record"), &whole[record]).unwrap();
        let arguments = [
            "prove",
            BUNDLE,
            record,
            "--trust",
            "root.pem",
            "--out",
            "x.tlog-proof",
        ];
        backproof(dir.path(), &arguments).expect(0);
        let text = verify(dir.path(), "x.tlog-proof", &["--record", "record"])
            .expect(0)
            .out;
        assert!(
            text.contains("disclosed: ") && text.contains(record) && text.contains("not vouched for"),
            "{text}"
        );
        let said = verify(dir.path(), "x.tlog-proof", &[]).expect(6).out;
        assert!(said.contains("without --record FILE"), "{said}");
        fs::write(dir.path().join("other"), "other").unwrap();
        let said = verify(dir.path(), "x.tlog-proof", &["--record", "other"])
            .expect(5)
            .out;
        assert!(said.contains("disclosure.records"), "{said}");

        let page = include_str!("../../docs/spec/disclosure.md");
        let script = commands(page, "# The ASiC manifest and the signature", "\n```");
        let script = script
            .replace("PROOF", "x.tlog-proof")
            .replace("RECORD", "record");
        let said = run(dir.path(), "bash", &["-c", &script]);
        let expected = [
            "Verification successful",
            "checkpoint: signed",
            "record: the file",
            "leaf: in the signed tree",
        ];
        for expected in expected {
            assert!(
                said.to_lowercase().contains(&expected.to_lowercase()),
                "{expected}: {said}"
            );
        }
    }
    // By default it lies beside the bundle.
    backproof(
        dir.path(),
        &[
            "prove",
            BUNDLE,
            "data/populations/ct-05.csv",
            "--trust",
            "root.pem",
        ],
    )
    .expect(0);
    assert!(
        dir.path()
            .join("luma-2026-Q3.populations-ct-05.csv.tlog-proof")
            .exists()
    );
    let said = backproof(dir.path(), &["verify", BUNDLE, "--record", "record"]).expect(1);
    assert!(said.err.contains("goes with a proof"), "{}", said.err);
}
