//! Chains damaged in the bucket: the codes that it must give, and what the AWS CLI says of the same bucket.

use DigestCode::{
    AlgorithmUnknown, BadSignature, BrokenLink, BytesAfterGzip, DigestDeleted, ForeignAccount, KeyOutOfTime,
    KeyUnknown, LogAltered, LogDeleted, LogPlanted, LogUnreferenced, Misplaced, NewestDigestDeleted,
    SignatureMissing, StartingDigest, TimesApart,
};
use backproof::model::records::trail::DigestCode;
use backproof::model::time::show;
use chrono::TimeDelta;
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::EncodePublicKey as _;
use serde_json::{Value, json};

use crate::bucket::{
    Bucket, HOURS, KEY, ListedKey, OTHER_KEY, Stored, at, digest_key, gzip, inflated, log_key, sign, trail,
};
use crate::collected::{Collected, codes, examined, key};

/// What `aws cloudtrail validate-logs` says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cli {
    /// It finds nothing wrong: so many digests and log files.
    Valid(usize, usize),
    /// It fails, with these words.
    Invalid(&'static [&'static str]),
    /// It finds nothing wrong, and tells of a gap.
    Gap,
}

/// A damaged bucket.
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    /// Fields changed before the digest is signed.
    edit: fn(usize, &mut Value),
    /// What is done to the bucket afterwards.
    damage: fn(&mut Bucket),
    codes: &'static [DigestCode],
    pub(crate) cli: Cli,
}

impl Vector {
    pub(crate) fn bucket(&self) -> Bucket {
        let mut bucket = Bucket::new(self.edit);
        (self.damage)(&mut bucket);
        bucket
    }
}

const fn unedited(_: usize, _: &mut Value) {}

const fn damaged(
    name: &'static str,
    damage: fn(&mut Bucket),
    codes: &'static [DigestCode],
    cli: Cli,
) -> Vector {
    Vector {
        name,
        edit: unedited,
        damage,
        codes,
        cli,
    }
}

const fn edited(
    name: &'static str,
    edit: fn(usize, &mut Value),
    codes: &'static [DigestCode],
    cli: Cli,
) -> Vector {
    Vector {
        name,
        edit,
        damage: |_| {},
        codes,
        cli,
    }
}

/// Signs a digest anew after a change of its fields, with `key`.
fn resign(bucket: &mut Bucket, index: usize, key: &rsa::PrivateKey, change: impl Fn(&mut Value)) {
    let mut fields = bucket.fields(index);
    change(&mut fields);
    let object = bucket.object(&digest_key(index));
    *object = sign(key, &fields, object.modified);
}

fn append(bucket: &mut Bucket, key: &str, more: &[u8]) {
    bucket.object(key).bytes.extend_from_slice(more);
}

/// Each kind of damage that the issue names, and more.
pub(crate) const VECTORS: &[Vector] = &[
    damaged("intact", |_| {}, &[], Cli::Valid(5, 4)),
    damaged(
        "one log file altered",
        |bucket| bucket.object(&log_key(11, 5)).bytes = gzip(b"{\"Records\":[]}"),
        &[LogAltered],
        Cli::Invalid(&[
            "Ab11.json.gz\tINVALID: hash value doesn't match",
            "5/5 digest files valid",
            "3/4 log files valid",
        ]),
    ),
    damaged(
        "one log file that does not inflate",
        |bucket| bucket.object(&log_key(11, 5)).bytes = vec![0; 40],
        &[LogAltered],
        Cli::Invalid(&["Ab11.json.gz\tINVALID: invalid format"]),
    ),
    damaged(
        "one log file deleted",
        |bucket| drop(bucket.objects.remove(&log_key(11, 5))),
        &[LogDeleted],
        Cli::Invalid(&["Ab11.json.gz\tINVALID: not found", "3/4 log files valid"]),
    ),
    damaged(
        "a digest in the middle deleted",
        |bucket| drop(bucket.objects.remove(&digest_key(1))),
        &[DigestDeleted],
        Cli::Invalid(&[
            "20260701T120000Z.json.gz\tINVALID: not found",
            "4/5 digest files valid",
        ]),
    ),
    damaged(
        "the newest digest deleted",
        |bucket| drop(bucket.objects.remove(&digest_key(HOURS - 1))),
        &[NewestDigestDeleted],
        Cli::Valid(4, 3),
    ),
    damaged(
        "every digest deleted",
        |bucket| bucket.objects.retain(|key, _| !key.contains("CloudTrail-Digest")),
        &[NewestDigestDeleted],
        Cli::Valid(0, 0),
    ),
    damaged(
        "a log file planted",
        |bucket| {
            let stored = Stored {
                modified: at(12, 31),
                ..bucket.object(&log_key(11, 5)).clone()
            };
            bucket.objects.insert(log_key(12, 30), stored);
        },
        &[LogPlanted],
        Cli::Valid(5, 4),
    ),
    damaged(
        "a log file planted long afterwards",
        |bucket| {
            let stored = Stored {
                modified: at(16, 20),
                ..bucket.object(&log_key(11, 5)).clone()
            };
            bucket.objects.insert(log_key(12, 30), stored);
        },
        &[LogPlanted],
        Cli::Valid(5, 4),
    ),
    damaged(
        "an object planted under a name of its own",
        |bucket| {
            let stored = Stored {
                modified: at(12, 31),
                ..bucket.object(&log_key(11, 5)).clone()
            };
            bucket
                .objects
                .insert(format!("{}2026/07/01/readme", crate::bucket::LOGS), stored);
        },
        &[LogPlanted],
        Cli::Valid(5, 4),
    ),
    damaged(
        "a log file that another trail may have delivered",
        |bucket| {
            let stored = bucket.object(&log_key(11, 5)).clone();
            bucket.objects.insert(
                log_key(12, 30),
                Stored {
                    modified: at(12, 31),
                    ..stored
                },
            );
            bucket.trails.push(trail("other"));
        },
        &[LogUnreferenced],
        Cli::Valid(5, 4),
    ),
    edited(
        "signed with a key that nobody lists",
        |_, fields| fields["digestPublicKeyFingerprint"] = json!("00e8b5433410dfb61a9dc45cc65b2200"),
        &[KeyUnknown],
        Cli::Invalid(&["public key not found in region us-east-1 for fingerprint 00e8"]),
    ),
    damaged(
        "a chain signed anew with another key under the same fingerprint",
        |bucket| {
            (1..HOURS).for_each(|index| {
                resign(bucket, index, &OTHER_KEY, |fields| fields["logFiles"] = json!([]));
            })
        },
        &[BadSignature],
        Cli::Invalid(&["20260701T120000Z.json.gz\tINVALID: signature verification failed"]),
    ),
    damaged(
        "a digest signed anew, which the next one contradicts",
        |bucket| resign(bucket, 1, &KEY, |fields| fields["logFiles"] = json!([])),
        &[BrokenLink],
        Cli::Valid(5, 3),
    ),
    damaged(
        "a digest changed without signing",
        |bucket| {
            let object = bucket.object(&digest_key(3));
            let text = String::from_utf8(inflated(&object.bytes).unwrap()).unwrap();
            object.bytes = gzip(text.replace("\"logFiles\":[{", "\"logFiles\": [{").as_bytes());
        },
        &[BadSignature, BrokenLink],
        Cli::Invalid(&["20260701T140000Z.json.gz\tINVALID: signature verification failed"]),
    ),
    edited(
        "another signature of the digest before",
        |index, fields| {
            if index == 2 {
                fields["previousDigestSignature"] = json!("00ff");
            }
        },
        &[BrokenLink],
        Cli::Valid(5, 4),
    ),
    edited(
        "a chain that begins anew in the middle",
        |index, fields| {
            if index == 3 {
                for member in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
                    fields[format!("previousDigest{member}")] = Value::Null;
                }
            }
        },
        &[StartingDigest],
        Cli::Gap,
    ),
    edited(
        "a digest that begins later than the one before it ends",
        |index, fields| {
            if index == 3 {
                fields["digestStartTime"] = json!(show(at(13, 30)));
            }
        },
        &[TimesApart],
        Cli::Valid(5, 4),
    ),
    edited(
        "a digest that begins before the one before it ends",
        |index, fields| {
            if index == 3 {
                fields["digestStartTime"] = json!(show(at(12, 30)));
            }
        },
        &[TimesApart],
        Cli::Valid(5, 4),
    ),
    damaged(
        "bytes after the compressed stream of a log file",
        |bucket| append(bucket, &log_key(11, 5), b"more"),
        &[BytesAfterGzip],
        Cli::Invalid(&["Ab11.json.gz\tINVALID: unexpected data after end of compressed stream"]),
    ),
    damaged(
        "a second compressed stream in a log file",
        |bucket| append(bucket, &log_key(11, 5), &gzip(b"{\"Records\":[\"hidden\"]}")),
        &[BytesAfterGzip],
        Cli::Invalid(&["Ab11.json.gz\tINVALID: unexpected data after end of compressed stream"]),
    ),
    damaged(
        "a second compressed stream in a digest",
        |bucket| append(bucket, &digest_key(4), &gzip(b"{}")),
        &[BytesAfterGzip],
        Cli::Valid(5, 4),
    ),
    damaged(
        "a digest in the place of another",
        |bucket| {
            *bucket.object(&digest_key(4)) = Stored {
                modified: at(15, 20),
                ..bucket.objects[&digest_key(3)].clone()
            }
        },
        &[Misplaced],
        Cli::Invalid(&["20260701T150000Z.json.gz\tINVALID: has been moved from its original location"]),
    ),
    damaged(
        "a digest copied without its signature",
        |bucket| bucket.object(&digest_key(4)).metadata.clear(),
        &[SignatureMissing],
        Cli::Invalid(&["20260701T150000Z.json.gz\tINVALID: signature verification failed"]),
    ),
    damaged(
        "a digest signed by another algorithm",
        |bucket| {
            let object = bucket.object(&digest_key(4));
            object
                .metadata
                .insert("signature-algorithm", "SHA1withRSA".to_owned());
        },
        &[AlgorithmUnknown],
        Cli::Valid(5, 4),
    ),
    edited(
        "a log file named by a hash of another kind",
        |index, fields| {
            if index == 3 {
                fields["logFiles"][0]["hashAlgorithm"] = json!("MD5");
            }
        },
        &[AlgorithmUnknown],
        Cli::Valid(5, 4),
    ),
    edited(
        "a digest of another account",
        |index, fields| {
            if index == 3 {
                fields["awsAccountId"] = json!("999988887777");
            }
        },
        &[ForeignAccount],
        Cli::Valid(5, 4),
    ),
    damaged(
        "a key that was no longer valid",
        |bucket| {
            let key = &mut bucket.keys[0];
            (key.from, key.to) = (at(0, 0) - TimeDelta::days(30), at(13, 59));
        },
        &[KeyOutOfTime],
        Cli::Valid(5, 4),
    ),
    damaged(
        "a key valid to the minute at which the last digest begins",
        |bucket| bucket.keys[0].to = at(14, 0),
        &[],
        Cli::Valid(5, 4),
    ),
    damaged(
        "a key as SubjectPublicKeyInfo, and one that has no part in it",
        |bucket| {
            let public = rsa::PublicKey::from(&*KEY).to_public_key_der().unwrap();
            bucket.keys[0].der = public.as_bytes().to_vec();
            let other = rsa::PublicKey::from(&*OTHER_KEY).to_pkcs1_der().unwrap();
            bucket.keys.push(ListedKey {
                der: other.as_bytes().to_vec(),
                fingerprint: "other".to_owned(),
                ..bucket.keys[0].clone()
            });
        },
        &[],
        Cli::Invalid(&["Unable to load PKCS #1 key"]),
    ),
    damaged(
        "a late digest, in a chain apart",
        Bucket::add_late_digest,
        &[],
        Cli::Valid(5, 5),
    ),
    damaged(
        "a late digest whose log file was altered",
        |bucket| {
            bucket.add_late_digest();
            bucket.object(&log_key(11, 40)).bytes = gzip(b"{\"Records\":[]}");
        },
        &[LogAltered],
        Cli::Invalid(&[
            "20260701T1140Z_Ab11.json.gz\tINVALID: hash value doesn't match",
            "1/1 backfill digest files valid",
        ]),
    ),
    damaged(
        "a late digest signed with a key that was not valid when it was made",
        |bucket| {
            bucket.add_late_digest();
            let late = digest_key(1).replace(".json.gz", "_backfill.json.gz");
            let made = show(at(13, 18) + TimeDelta::days(31));
            bucket
                .object(&late)
                .metadata
                .insert("backfill-generation-timestamp", made);
        },
        &[LogUnreferenced, KeyOutOfTime],
        Cli::Valid(5, 5),
    ),
];

#[test]
fn each_damage_has_its_code_and_only_what_is_whole_is_proven() {
    for vector in VECTORS {
        let records = Collected::of(&vector.bucket(), at(16, 30)).records();
        assert_eq!(codes(&records), sorted(vector.codes), "{}", vector.name);
        let proof = records.coverage.prove(&key(), examined());
        // Late digests prove nothing, and take nothing from the other chain but what they leave without a name.
        let proven = vector.codes.is_empty() || vector.name == "a late digest whose log file was altered";
        assert_eq!(proof.is_ok(), proven, "{}: {proof:?}", vector.name);
        assert!(
            records.misfits.is_empty(),
            "{}: {:?}",
            vector.name,
            records.misfits
        );
    }
}

fn sorted(codes: &[DigestCode]) -> Vec<DigestCode> {
    let mut codes = codes.to_vec();
    codes.sort();
    codes
}
