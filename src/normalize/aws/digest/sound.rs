//! Whether one digest is sound by itself: its bytes, its place, its account, its key and its signature.

use chrono::TimeDelta;

use super::PublicKey;
use super::object::{SignedDigest, Spoiled, StoredObject};
use super::place::Place;
use crate::model::records::trail::DigestCode;
use crate::model::time::{Instant, show};

/// A digest is signed within so many hours after its end.
const SIGNED_HOURS_MAX: i64 = 2;
/// A late digest is signed within so many hours of the time at which its metadata says that it was made.
const GENERATED_HOURS_MAX: i64 = 1;
const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";

/// A spoilt object: `altered` when the bucket holds just these bytes.
pub(super) fn spoilt(
    place: &Place<'_>,
    object: &StoredObject,
    spoiled: &Spoiled,
    altered: DigestCode,
) -> (DigestCode, String) {
    match spoiled {
        Spoiled::Trailing(more) => (
            DigestCode::BytesAfterGzip,
            format!("{more} bytes follow the end of its compressed content"),
        ),
        Spoiled::Unreadable(why) if place.is_read_whole(object) => (
            altered,
            format!("{why}; it was read whole, as long as the list of the bucket says"),
        ),
        Spoiled::Unreadable(why) => (DigestCode::Unreadable, why.clone()),
    }
}

/// What is wrong with a digest by itself.
pub(super) fn wrong(
    place: &Place<'_>,
    object: &StoredObject,
    digest: &SignedDigest,
    backfill: bool,
) -> Option<(DigestCode, String)> {
    let fields = &digest.fields;
    if (&fields.bucket, &fields.object) != (&object.bucket, &object.key) {
        let detail = format!(
            "it was read at {}/{} and says that it is {}/{}",
            object.bucket, object.key, fields.bucket, fields.object
        );
        return Some((DigestCode::Misplaced, detail));
    }
    if fields.aws_account_id != place.key.account.as_str() {
        let detail = format!("it is of the account {}", fields.aws_account_id);
        return Some((DigestCode::ForeignAccount, detail));
    }
    let generated = digest.generated;
    let (Some(_), Some(algorithm)) = (&digest.signature, &digest.algorithm) else {
        let detail = "the metadata of its object were not kept: without them nobody can verify it".to_owned();
        return Some((DigestCode::SignatureMissing, detail));
    };
    if backfill && generated.is_none() {
        let detail = "its metadata do not say when it was made".to_owned();
        return Some((DigestCode::SignatureMissing, detail));
    }
    for algorithm in [algorithm, &fields.digest_signature_algorithm] {
        if algorithm != SIGNATURE_ALGORITHM {
            let detail = format!("it is signed by {algorithm:?}, CloudTrail signs by {SIGNATURE_ALGORITHM}");
            return Some((DigestCode::AlgorithmUnknown, detail));
        }
    }
    signature(place, digest, generated.filter(|_| backfill))
}

/// What is wrong with a digest's key and signature.
fn signature(
    place: &Place<'_>,
    digest: &SignedDigest,
    generated: Option<Instant>,
) -> Option<(DigestCode, String)> {
    let fingerprint = &digest.fields.digest_public_key_fingerprint;
    let named = place.keys.iter().filter(|key| key.fingerprint == *fingerprint);
    let keys: Vec<_> = named.filter(|key| key.der.is_some()).collect();
    if keys.is_empty() {
        let detail = format!("no readable public key with the fingerprint {fingerprint} was supplied");
        return Some((DigestCode::KeyUnknown, detail));
    }
    let (from, to) = generated.map_or(
        (digest.start, digest.end + TimeDelta::hours(SIGNED_HOURS_MAX)),
        |at| {
            (
                at - TimeDelta::hours(GENERATED_HOURS_MAX),
                at + TimeDelta::hours(GENERATED_HOURS_MAX),
            )
        },
    );
    let in_time: Vec<&PublicKey> = keys
        .into_iter()
        .copied()
        .filter(|key| key.from <= to && from <= key.to)
        .collect();
    if in_time.is_empty() {
        let detail = format!(
            "the key {fingerprint} was not valid between {} and {}",
            show(from),
            show(to)
        );
        return Some((DigestCode::KeyOutOfTime, detail));
    }
    let holds = in_time
        .iter()
        .filter_map(|key| key.der.as_deref())
        .any(|key| digest.is_signed_with(key));
    (!holds).then(|| {
        let detail = format!("its signature does not hold under the key {fingerprint}");
        (DigestCode::BadSignature, detail)
    })
}
