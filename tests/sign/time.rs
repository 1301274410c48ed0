//! Time stamps as they are asked for: of authorities that do what they should, and of those that do anything else.

use std::time::Duration;

use backproof::sign::time::{Authority as Configured, Stamper as _, Terms, TimeClient, Unstamped};
use backproof::sign::{cms, pades};
use backproof_verify::check::{Checks, Verdict};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::{TrustAnchors, check_detached, check_pdf, check_time_stamp_reply, reply};
use chrono::{DateTime, TimeDelta, Utc};

use super::authority::{Authority, Fault, OTHER_POLICY, POLICY, nowhere};
use super::documents;
use super::identities::{SIGNERS, path, read, signer};
use super::tools::{run, text};

const CONTENT: &[u8] = b"0123  data/report.pdf\n";

/// The machine's time, as the authorities of these tests have it.
#[expect(
    clippy::disallowed_methods,
    reason = "the authorities ask the machine's clock, too"
)]
pub(crate) fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

pub(crate) fn roots(authority: &Authority) -> TrustAnchors {
    let pem = std::fs::read_to_string(authority.root()).expect("a root");
    TrustAnchors::none().with_time_stamps(&pem).expect("a root")
}

pub(crate) fn terms(roots: TrustAnchors) -> Terms {
    Terms {
        roots,
        wait: Duration::from_secs(30),
        tolerated: TimeDelta::minutes(5),
        agent: "backproof/test".to_owned(),
    }
}

pub(crate) fn configured(url: String) -> Configured {
    let wait = Duration::from_secs(5);
    Configured {
        url,
        policy: None,
        wait,
    }
}

#[test]
fn a_stamp_is_what_verifier_and_openssl_accept() {
    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), |_| Fault::None);
    let client = TimeClient::new(terms(roots(&authority)), &now).expect("a client");
    let mut asked = configured(authority.url());
    for policy in [None, Some(POLICY), Some(OTHER_POLICY)] {
        asked.policy = policy.map(|policy| policy.parse().expect("a policy"));
        let (stamp, token) = client.ask(&asked, Sha256Digest::of(CONTENT)).expect("stamps");
        assert_eq!(stamp.authority, "CN=stamping");
        assert_eq!(stamp.policy.to_string(), policy.unwrap_or(POLICY));
        assert!((now() - stamp.at).abs() < TimeDelta::seconds(5), "{stamp:?}");

        let reply = reply::granting(&token).expect("a reply");
        let mut checks = Checks::new();
        check_time_stamp_reply("tsr", &reply, CONTENT, &roots(&authority), now(), &mut checks)
            .expect("holds");
        assert_eq!(checks.verdict(), Verdict::Verified, "{checks:?}");
        let [file, tsr] = ["content", "content.tsr"].map(|name| directory.path().join(name));
        std::fs::write(&file, CONTENT).expect("writes");
        std::fs::write(&tsr, reply).expect("writes");
        let root = authority.root();
        let these = ["-in", text(&tsr), "-data", text(&file), "-CAfile", text(&root)];
        let said = run("openssl", &[&["ts", "-verify"], &these[..]].concat());
        assert!(said.contains("Verification: OK"), "{said}");
    }
}

/// Asks an authority with this fault; why there is no stamp, and how often it was asked.
#[track_caller]
fn refuses(fault: Fault, alter: impl FnOnce(&mut Configured, &mut Terms)) -> (Unstamped, usize) {
    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), move |_| fault);
    let (mut asked, mut terms) = (configured(authority.url()), terms(roots(&authority)));
    alter(&mut asked, &mut terms);
    let client = TimeClient::new(terms, &now).expect("a client");
    let why = client
        .ask(&asked, Sha256Digest::of(CONTENT))
        .expect_err("nothing to be used");
    (why, authority.asked())
}

#[test]
fn whatever_else_an_authority_does_is_no_stamp() {
    let token = "gave a time stamp that does not hold: ";
    for (fault, asked, expected) in [
        (Fault::Cut, 3, "gave an answer that broke off: "),
        (Fault::Gone, 3, "gave an answer that broke off: "),
        (
            Fault::Nonce,
            1,
            "answered another question: the nonce is not the one that was sent",
        ),
        (
            Fault::Imprint,
            1,
            &format!("{token}timestamp.imprint: what stands here has sha256 "),
        ),
        (
            Fault::Type,
            1,
            "answered with \"text/html\", not with application/timestamp-reply",
        ),
        (Fault::Reject, 1, "refuses with status 2: unacceptedPolicy, "),
        (Fault::Status(500), 3, "answered with HTTP status 500"),
        (Fault::Status(403), 1, "answered with HTTP status 403"),
        // Where a question is passed on to, nobody named.
        (Fault::Status(302), 1, "answered with HTTP status 302"),
        (
            Fault::TooLong,
            1,
            "gave an answer that is too long: a token has at most 16384 bytes",
        ),
        (
            Fault::Garbage,
            1,
            "gave an answer that is no RFC 3161 reply in DER with a token",
        ),
        (
            Fault::Trailing,
            1,
            "gave an answer that is no RFC 3161 reply in DER with a token",
        ),
        (Fault::NoCertificates, 1, &format!("{token}timestamp.token: ")),
    ] {
        let (why, times) = refuses(fault, |_, _| ());
        assert!(why.to_string().starts_with(expected), "{fault:?}: {why}");
        assert_eq!(times, asked, "{fault:?}");
    }
    let (why, _) = refuses(Fault::Policy, |asked, _| asked.policy = POLICY.parse().ok());
    assert_eq!(why.to_string(), "stamps by policy 1.2.3.4.2, not by 1.2.3.4.1");
    let (why, _) = refuses(Fault::None, |_, terms| {
        terms.roots = super::identities::anchors("root")
    });
    assert!(
        why.to_string().starts_with(&format!(
            "{token}timestamp.authority: no trust root for time stamps"
        )),
        "{why}"
    );
}

#[test]
fn nobody_is_waited_for_longer_than_configured() {
    let begun = now();
    let slow = Fault::Slow(Duration::from_secs(30));
    let (why, asked) = refuses(slow, |asked, _| asked.wait = Duration::from_secs(1));
    assert_eq!(
        (why.to_string().as_str(), asked),
        ("gave no whole answer within 1 second", 1)
    );

    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), move |_| slow);
    let terms = Terms {
        wait: Duration::from_secs(2),
        ..terms(roots(&authority))
    };
    let client = TimeClient::new(terms, &now).expect("a client");
    let asked = configured(authority.url());
    let why = || {
        client
            .at(&asked)
            .stamp(Sha256Digest::of(CONTENT))
            .expect_err("nothing")
    };
    assert_eq!(why().to_string(), "gave no whole answer within 2 seconds");
    assert_eq!(
        why().to_string(),
        "was not asked: the 2 seconds for all authorities were over"
    );
    assert_eq!(authority.asked(), 1);
    assert!(now() - begun < TimeDelta::seconds(15));
}

#[test]
fn an_authority_that_had_trouble_is_asked_again() {
    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), |n| {
        [Fault::Status(503), Fault::Gone, Fault::None][n]
    });
    let client = TimeClient::new(terms(roots(&authority)), &now).expect("a client");
    client
        .ask(&configured(authority.url()), Sha256Digest::of(CONTENT))
        .expect("stamps");
    assert_eq!(authority.asked(), 3);
    let stranger = Authority::over_tls(&directory.path().join("tls"), |_| Fault::None);
    let why = client
        .ask(&configured(stranger.url()), Sha256Digest::of(CONTENT))
        .expect_err("nobody knows it");
    assert!(
        why.to_string()
            .starts_with("could not be reached: invalid peer certificate: "),
        "{why}"
    );
    assert_eq!(stranger.asked(), 0);
    let why = client
        .ask(&configured(nowhere()), Sha256Digest::of(CONTENT))
        .expect_err("nobody is there");
    assert!(why.to_string().starts_with("could not be reached: "), "{why}");
}

#[test]
fn a_time_that_this_machine_does_not_have_is_not_used() {
    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), |_| Fault::None);
    let asked = |ahead: TimeDelta| {
        let clock = move || now() + ahead;
        let client = TimeClient::new(terms(roots(&authority)), &clock).expect("a client");
        client
            .ask(&configured(authority.url()), Sha256Digest::of(CONTENT))
            .map(|(stamp, _)| {
                assert!(
                    stamp.at <= clock(),
                    "the time that it states is past when it is given"
                );
            })
    };
    let why = asked(TimeDelta::minutes(20)).expect_err("the past").to_string();
    assert!(why.contains("its clock or this machine's is wrong"), "{why}");
    let why = asked(-TimeDelta::minutes(20))
        .expect_err("the future")
        .to_string();
    assert!(
        why.contains("timestamp.time: ") && why.contains("is in the future"),
        "{why}"
    );
    asked(TimeDelta::minutes(4)).expect("tolerated");
    asked(-TimeDelta::seconds(3)).expect("waited for");
}

#[test]
fn stamped_signatures_verify_here_and_with_the_tools_of_an_auditor() {
    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), |_| Fault::None);
    let client = TimeClient::new(terms(roots(&authority)), &now).expect("a client");
    let asked = configured(authority.url());
    let stamper = client.at(&asked);
    let [tsa_root, root] = [authority.root(), path("root.pem")];
    let roots = roots(&authority).with_signers(&read("root.pem")).expect("roots");
    for name in SIGNERS {
        let der = cms::detached(&signer(name), Some(&stamper), CONTENT).expect("signs");
        let mut checks = Checks::new();
        let facts = check_detached("content.p7s", &der, CONTENT, &roots, now(), &mut checks).expect("facts");
        assert_eq!(checks.verdict(), Verdict::Verified, "{name}: {checks:?}");
        assert_eq!(facts.time_stamp.expect("a stamp").authority, "CN=stamping");
        let [file, p7s] = ["content", "content.p7s"].map(|name| directory.path().join(name));
        std::fs::write(&file, CONTENT).expect("writes");
        std::fs::write(&p7s, der).expect("writes");
        let these = [
            "-inform",
            "DER",
            "-in",
            text(&p7s),
            "-content",
            text(&file),
            "-CAfile",
            text(&root),
        ];
        let common = [
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-purpose",
            "any",
            "-out",
            "/dev/null",
        ];
        run("openssl", &[&common[..], &these].concat());

        let report = documents::printed();
        let signed =
            pades::certify(&report, &signer(name), Some(&stamper), "test", now()).expect("certifies");
        let mut checks = Checks::new();
        let facts = check_pdf("report.pdf", &signed, &roots, now(), &mut checks).expect("facts");
        assert_eq!(checks.verdict(), Verdict::Verified, "{name}: {checks:?}");
        assert!(facts.time_stamp.is_some(), "{name}");
        let pdf = directory.path().join("report.pdf");
        std::fs::write(&pdf, &signed).expect("writes");
        run("qpdf", &["--check", text(&pdf)]);
        let printed = run("pdfsig", &["-nocert", text(&pdf)]);
        assert!(printed.contains("Signature is Valid."), "{name}: {printed}");
        assert!(printed.contains("Total document signed"), "{name}: {printed}");
        let trust = [
            "--trust",
            text(&root),
            "--trust",
            text(&tsa_root),
            "--trust-replace",
        ];
        let tool = ["sign", "adesverify", "--no-revocation-check", "--pretty-print"];
        let verdict = run("pyhanko", &[&tool[..], &trust, &[text(&pdf)]].concat());
        assert!(
            verdict.contains("signature is cryptographically sound"),
            "{name}: {verdict}"
        );
        assert!(verdict.contains("Signature timestamp"), "{name}: {verdict}");
        assert!(
            !verdict.contains("NOT TRUSTED") && !verdict.contains("untrusted"),
            "{name}: {verdict}"
        );
    }
}

#[test]
fn a_signature_is_not_made_where_nobody_stamps_it() {
    let directory = tempfile::tempdir().expect("directory");
    let authority = Authority::new(directory.path(), |_| Fault::Reject);
    let client = TimeClient::new(terms(roots(&authority)), &now).expect("a client");
    let asked = configured(authority.url());
    let stamper = client.at(&asked);
    let signer = signer("signer-p256");
    let error = cms::detached(&signer, Some(&stamper), CONTENT).expect_err("no stamp");
    assert_eq!(error.to_string(), "there is no time stamp over the signature");
    let error = pades::certify(&documents::smallest(), &signer, Some(&stamper), "test", now());
    assert_eq!(
        error.expect_err("no stamp").to_string(),
        "there is no time stamp over the signature"
    );
}
