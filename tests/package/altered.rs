//! A single changed byte anywhere is found. The bundle of the recorded quarter is tried in every region, in this process:
//! starting the program for each byte would cost hours.

use std::fs;
use std::ops::Range;

use backproof_verify::bundle::verify_bundle;
use backproof_verify::check::{Checks, Outcome, Verdict};
use backproof_verify::signature::{TrustAnchors, check_pdf};
use backproof_verify::zip;
use chrono::{DateTime, Utc};

use crate::harness::{backproof, scratch};
use crate::quarter::{BUNDLE, REPORT, quarter};

/// Fixed parts of the headers (APPNOTE 4.3.7, 4.3.12, 4.3.16).
const LOCAL: usize = 30;
const CENTRAL: usize = 46;
const END: usize = 22;
/// How many bytes, evenly spread, are tried beside those of the regions. A prime: it follows no structure.
const SPREAD: usize = 61;

struct Trial {
    anchors: TrustAnchors,
    at: DateTime<Utc>,
}

impl Trial {
    fn new() -> Self {
        let root = fs::read_to_string(quarter().root()).unwrap();
        // The development identity is as old as this test.
        #[expect(clippy::disallowed_methods, reason = "the identity was made just now")]
        let at = std::time::SystemTime::now().into();
        let anchors = TrustAnchors::from_pem(&root).unwrap();
        let trial = Self { anchors, at };
        let whole = verify_bundle(&quarter().bundle(), &trial.anchors, at)
            .checks
            .verdict();
        assert_eq!(
            whole,
            Verdict::Verified,
            "the bundle is good before it is altered"
        );
        trial
    }

    /// Changes each byte of `at` by itself.
    fn every(&self, what: &str, mut bytes: Vec<u8>, at: impl IntoIterator<Item = usize>) {
        let mut tried = 0;
        for at in at {
            let mask = 1 << (at % 8);
            bytes[at] ^= mask;
            assert_eq!(
                self.checks(&bytes).verdict(),
                Verdict::Failed,
                "{what}: byte {at} of {} changed by {mask:#04x} was not found",
                bytes.len()
            );
            bytes[at] ^= mask;
            tried += 1;
        }
        assert!(tried > 10, "{what}: only {tried} bytes were tried");
    }

    fn checks(&self, bytes: &[u8]) -> Checks {
        if bytes.starts_with(b"%PDF-") {
            let mut checks = Checks::new();
            check_pdf("report", bytes, &self.anchors, self.at, &mut checks);
            checks
        } else {
            verify_bundle(bytes, &self.anchors, self.at).checks
        }
    }
}

/// Where the packed bytes of every entry stand, and its name's length.
fn entries(bundle: &[u8]) -> Vec<(String, Range<usize>)> {
    let mut checks = Checks::new();
    let entries = zip::read(bundle, &mut checks).unwrap();
    let mut at = 0;
    let mut places = Vec::new();
    for entry in entries {
        let start = at + LOCAL + entry.path.len();
        at = start + entry.packed_size() as usize;
        assert!(entry.packed == (start as u64..at as u64), "{}", entry.path);
        places.push((entry.path, start..at));
    }
    places
}

#[test]
fn a_byte_of_a_local_header_or_name() {
    let bundle = quarter().bundle();
    let headers = entries(&bundle)
        .into_iter()
        .flat_map(|(path, data)| data.start - path.len() - LOCAL..data.start);
    Trial::new().every("local header", bundle, headers);
}

#[test]
fn a_byte_of_the_central_directory_or_the_end_record() {
    let bundle = quarter().bundle();
    let entries = entries(&bundle);
    let directory = entries.last().unwrap().1.end;
    let names: usize = entries.iter().map(|(path, _)| CENTRAL + path.len()).sum();
    let end = bundle.len();
    assert_eq!(directory + names + END, end);
    Trial::new().every("central directory", bundle, directory..end);
}

#[test]
fn the_first_the_middle_and_the_last_byte_of_every_entry() {
    let bundle = quarter().bundle();
    let data = entries(&bundle).into_iter().flat_map(|(_, data)| {
        let middle = data.start + data.len() / 2;
        std::collections::BTreeSet::from([data.start, middle, data.end - 1])
    });
    Trial::new().every("content", bundle, data);
}

#[test]
fn bytes_of_the_signatures() {
    let bundle = quarter().bundle();
    let signatures = entries(&bundle)
        .into_iter()
        .filter(|(path, _)| path.ends_with(".p7s"));
    let bytes = signatures.flat_map(|(_, data)| data.step_by(131));
    Trial::new().every("signature", bundle, bytes);
}

#[test]
fn bytes_all_over_the_bundle() {
    let bundle = quarter().bundle();
    let length = bundle.len();
    Trial::new().every("spread", bundle, (0..length).step_by(length / SPREAD));
}

#[test]
fn bytes_all_over_the_report_alone_and_in_its_signature() {
    let report = quarter().report();
    let all_over = (0..report.len()).step_by(report.len() / SPREAD);
    // The update that signs: its objects, the signature's digits, the cross-references.
    let update = (report.len() - 24_000..report.len()).step_by(401);
    Trial::new().every("report", report, all_over.chain(update));
}

#[test]
fn a_file_cut_short_or_followed_by_more() {
    let trial = Trial::new();
    for whole in [quarter().bundle(), quarter().report()] {
        for length in [1, 21, 22, whole.len() / 2, whole.len() - 23, whole.len() - 1] {
            let checks = trial.checks(&whole[..length]);
            assert_eq!(checks.verdict(), Verdict::Failed, "cut to {length}");
        }
        let more = [&whole[..], b"\n"].concat();
        assert_eq!(trial.checks(&more).verdict(), Verdict::Failed);
    }
}

/// The program itself, once a file: the exit code, the words, and that a reader is told what does not hold.
#[test]
fn the_program_says_failed_and_where() {
    let dir = scratch();
    let root = quarter().root();
    for (name, mut bytes) in [(BUNDLE, quarter().bundle()), (REPORT, quarter().report())] {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(dir.path().join(name), &bytes).unwrap();
        let failed = Trial::new().checks(&bytes);
        let failed: Vec<_> = failed
            .iter()
            .filter(|check| check.outcome == Outcome::Failed)
            .collect();
        for root in [Some(&root), None] {
            let trust: Vec<_> = root
                .iter()
                .flat_map(|root| ["--trust", root.to_str().unwrap()])
                .collect();
            let said = backproof(dir.path(), &[&["verify", name], &trust[..]].concat()).expect(5);
            for check in &failed {
                let line = format!(
                    "  FAILED {} {}\n    {}\n",
                    check.code, check.subject, check.detail
                );
                assert!(said.out.contains(&line), "{line} is not said: {}", said.out);
            }
            assert!(
                said.out
                    .lines()
                    .last()
                    .unwrap()
                    .starts_with("VERIFICATION FAILED: ")
            );
        }
    }
}
