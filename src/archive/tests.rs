//! Retention, deviations and receipts by themselves.

use super::deviation::Expected;
use super::*;

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn receipt() -> Receipt {
    Receipt {
        bundle: Bundle {
            name: "luma-2026-Q3.zip".to_owned(),
            bytes: 5,
            sha256: Sha256Digest::of(b"bytes"),
        },
        place: Place {
            bucket: "luma-evidence".to_owned(),
            region: "us-east-1".to_owned(),
            key: "packages/luma-2026-Q3.zip".to_owned(),
            version: "v1".to_owned(),
        },
        lock: Some(Lock {
            mode: COMPLIANCE.to_owned(),
            retain_until: at("2033-01-03T00:00:00Z"),
        }),
        read_by: Some(ReadBy::StoreChecksum),
        encryption: Some(Encryption {
            algorithm: "AES256".to_owned(),
            key: None,
        }),
        stored: Some(at("2026-10-05T00:00:00Z")),
        at: at("2026-10-05T00:00:01.250Z"),
        tool: "backproof 0.1.0".to_owned(),
    }
}

fn kept() -> Kept {
    let receipt = receipt();
    Kept {
        version: receipt.place.version.clone(),
        bytes: receipt.bundle.bytes,
        sha256: Ok((receipt.bundle.sha256, ReadBy::StoreChecksum)),
        lock: Ok(receipt.lock.clone()),
        encryption: receipt.encryption.clone(),
        stored: receipt.stored,
    }
}

fn version(id: &str, latest: bool, marker: bool) -> Version {
    Version {
        id: id.to_owned(),
        latest,
        marker,
    }
}

#[track_caller]
fn check(kept: Option<&Kept>, versions: &[Version], codes: &[&str]) {
    let receipt = receipt();
    let found = deviations(&Expected::of(&receipt), kept, versions);
    assert_eq!(
        found.iter().map(Deviation::code).collect::<Vec<_>>(),
        codes,
        "{found:?}"
    );
}

#[test]
fn six_years_and_ninety_days_to_the_second() {
    assert_eq!(
        kept_until(at("2026-10-05T01:02:03.999Z"), 6),
        at("2033-01-03T01:02:03Z")
    );
    assert_eq!(
        kept_until(at("2028-02-29T00:00:00Z"), 7),
        at("2035-05-29T00:00:00Z")
    );
    assert_eq!(
        retention::at_least(at("2026-10-05T00:00:00Z"), 6),
        at("2033-01-02T00:00:00Z")
    );
}

#[test]
fn a_receipt_is_read_as_it_is_written() {
    for receipt in [
        receipt(),
        Receipt {
            encryption: None,
            stored: None,
            ..receipt()
        },
    ] {
        assert_eq!(Receipt::parse(&receipt.encode()).expect("a receipt"), receipt);
    }
    let text = String::from_utf8(receipt().encode()).expect("text");
    for (from, to, why) in [
        ("2026-10-05T00:00:00Z", "2026-10-05", "is no instant"),
        (
            "2026-10-05T00:00:00Z",
            "2026-10-05T00:00:00+00:00",
            "not written as",
        ),
        ("\"store_checksum\"", "\"hope\"", "unknown variant"),
        (
            "COMPLIANCE\",",
            "COMPLIANCE\", \"mode\": \"COMPLIANCE\",",
            "duplicate field",
        ),
    ] {
        assert!(text.contains(from), "{text}");
        let error = Receipt::parse(text.replace(from, to).as_bytes()).expect_err("must be refused");
        assert!(error.to_string().contains(why), "{error}");
    }
}

/// What the store did not say, and a lock that can be taken off, may be shown, and are nothing to rely on.
#[test]
fn a_receipt_without_its_lock_or_its_digest_is_none() {
    let governance = Lock {
        mode: "GOVERNANCE".to_owned(),
        retain_until: at("2090-01-01T00:00:00Z"),
    };
    for (lock, read_by, why) in [
        (None, receipt().read_by, "no lock of the mode COMPLIANCE"),
        (
            Some(governance),
            receipt().read_by,
            "no lock of the mode COMPLIANCE",
        ),
        (receipt().lock, None, "how the sha256 was read back"),
    ] {
        let receipt = Receipt {
            lock,
            read_by,
            ..receipt()
        };
        let refused = Receipt::parse(&receipt.encode()).expect_err(why);
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[test]
fn the_specification_shows_a_receipt() {
    let text = include_str!("../../docs/spec/archive.md");
    let example = text
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let receipt = Receipt::parse(example.expect("an example").as_bytes()).expect("a receipt");
    let stored = receipt.stored.expect("a time");
    assert!(receipt.lock.expect("a lock").retain_until >= retention::at_least(stored, YEARS_MIN));
}

#[test]
fn what_is_kept_as_it_should_be_has_no_deviation() {
    check(Some(&kept()), &[version("v1", true, false)], &[]);
    // A longer lock is no deviation, one that ends a second earlier is.
    let lock = |until: &str| Kept {
        lock: Ok(Some(Lock {
            mode: COMPLIANCE.to_owned(),
            retain_until: at(until),
        })),
        ..kept()
    };
    check(
        Some(&lock("2040-01-01T00:00:00Z")),
        &[version("v1", true, false)],
        &[],
    );
    check(
        Some(&lock("2033-01-02T23:59:59Z")),
        &[version("v1", true, false)],
        &["short-lock"],
    );
}

#[test]
fn the_name_is_looked_at_beside_the_version() {
    check(None, &[version("v0", true, false)], &["missing"]);
    let hidden = [version("m", true, true), version("v1", false, false)];
    check(Some(&kept()), &hidden, &["hidden"]);
    let covered = [version("v2", true, false), version("v1", false, false)];
    check(Some(&kept()), &covered, &["covered"]);
    let old = [
        version("v1", true, false),
        version("v0", false, false),
        version("m", false, true),
    ];
    check(Some(&kept()), &old, &["not-alone"]);
    check(Some(&kept()), &[version("v1", false, false)], &["unread"]);
}

#[test]
fn each_thing_that_is_kept_is_compared() {
    let alone = [version("v1", true, false)];
    let failure = || Failure::new("AccessDenied", "no");
    let other = Sha256Digest::of(b"other");
    let kms = |key: &str| {
        Some(Encryption {
            algorithm: "aws:kms".to_owned(),
            key: Some(key.to_owned()),
        })
    };
    for (kept, code) in [
        (Kept { bytes: 6, ..kept() }, "other-size"),
        (
            Kept {
                sha256: Ok((other, ReadBy::FetchedBytes)),
                ..kept()
            },
            "other-bytes",
        ),
        (
            Kept {
                sha256: Err(failure()),
                ..kept()
            },
            "unread",
        ),
        (
            Kept {
                lock: Ok(None),
                ..kept()
            },
            "unlocked",
        ),
        (
            Kept {
                lock: Err(failure()),
                ..kept()
            },
            "unread",
        ),
        (
            Kept {
                encryption: None,
                ..kept()
            },
            "other-encryption",
        ),
        (
            Kept {
                encryption: kms("k"),
                ..kept()
            },
            "other-encryption",
        ),
    ] {
        check(Some(&kept), &alone, &[code]);
    }
    let governance = Lock {
        mode: "GOVERNANCE".to_owned(),
        retain_until: at("2090-01-01T00:00:00Z"),
    };
    check(
        Some(&Kept {
            lock: Ok(Some(governance)),
            ..kept()
        }),
        &alone,
        &["weak-lock"],
    );
    let unsure = Receipt {
        lock: None,
        ..receipt()
    };
    let found = deviations(&Expected::of(&unsure), Some(&kept()), &alone);
    assert_eq!(found.iter().map(Deviation::code).collect::<Vec<_>>(), ["unread"]);
}

/// A key's id, its ARN and an alias of it name one key; another id names another.
#[test]
fn a_key_is_known_by_any_of_its_names() {
    const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let alone = [version("v1", true, false)];
    let kms = |key: &str| Encryption {
        algorithm: "aws:kms".to_owned(),
        key: Some(key.to_owned()),
    };
    for (asked, fits) in [
        (ARN, true),
        ("1234", true),
        ("alias/evidence", true),
        ("5678", false),
    ] {
        let receipt = Receipt {
            encryption: Some(kms(asked)),
            ..receipt()
        };
        let kept = Kept {
            encryption: Some(kms(ARN)),
            ..kept()
        };
        let found = deviations(&Expected::of(&receipt), Some(&kept), &alone);
        assert_eq!(found.is_empty(), fits, "{asked}: {found:?}");
    }
}
