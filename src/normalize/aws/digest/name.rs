//! The names of objects in a trail's bucket, and what they tell.
//!
//! `[prefix/]AWSLogs/[o-id/]ACCT/CloudTrail/REGION/YYYY/MM/DD/ACCT_CloudTrail_REGION_YYYYMMDDTHHmmZ_RAND.json.gz`;
//! `…ACCT/CloudTrail-Digest/REGION/YYYY/MM/DD/ACCT_CloudTrail-Digest_REGION_TRAIL_HOME_YYYYMMDDTHHMMSSZ[_backfill].json.gz`.

use chrono::{NaiveDate, NaiveDateTime};

use crate::model::source::SourceKey;
use crate::model::time::Instant;
use crate::normalize::instant::plausible;

const END: &str = ".json.gz";
const DIGESTS: &str = "CloudTrail-Digest";
const LOGS: &str = "CloudTrail";

/// A digest by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DigestName {
    /// What stands before `CloudTrail-Digest/`.
    pub(super) root: String,
    pub(super) trail: String,
    pub(super) home: String,
    pub(super) backfill: bool,
    /// When it ends.
    pub(super) end: Instant,
}

/// Whether an object of this name is a digest, of whatever place.
pub(super) fn is_digest(key: &str) -> bool {
    key.contains("/CloudTrail-Digest/")
}

/// `None` when the key is no name of a digest of `place`.
pub(super) fn digest(key: &str, place: &SourceKey) -> Option<DigestName> {
    let (root, rest) = key.split_once("CloudTrail-Digest/")?;
    let (account, region) = (&place.account, &place.region);
    let rest = rest.strip_prefix(&format!("{region}/"))?;
    let (days, file) = rest.rsplit_once('/')?;
    let stem = file.strip_prefix(&format!("{account}_{DIGESTS}_{region}_"))?;
    let stem = stem.strip_suffix(END)?;
    let (stem, backfill) = match stem.strip_suffix("_backfill") {
        Some(stem) => (stem, true),
        None => (stem, false),
    };
    let (stem, end) = stem.rsplit_once('_')?;
    // A trail's name may hold underscores; a region never does.
    let (trail, home) = stem.rsplit_once('_')?;
    let fits = root.ends_with(&format!("{account}/")) && is_day(days) && !trail.is_empty();
    let end = exact(end, "%Y%m%dT%H%M%SZ")?;
    fits.then_some(DigestName {
        root: root.to_owned(),
        trail: trail.to_owned(),
        home: home.to_owned(),
        backfill,
        end,
    })
}

/// When a log file was delivered by its name, to the minute.
pub(super) fn log_delivered(key: &str) -> Option<Instant> {
    let file = key.rsplit('/').next()?.strip_suffix(END)?;
    let (stem, _random) = file.rsplit_once('_')?;
    let (_, at) = stem.rsplit_once('_')?;
    exact(at, "%Y%m%dT%H%MZ")
}

/// The instant of `text`, which has to be just what `form` writes.
fn exact(text: &str, form: &str) -> Option<Instant> {
    let at = NaiveDateTime::parse_from_str(text, form).ok()?;
    plausible(at.and_utc()).filter(|at| at.format(form).to_string() == text)
}

/// Where the log files below `root` lie.
pub(super) fn logs_below(root: &str, place: &SourceKey) -> String {
    format!("{root}{LOGS}/{}/", place.region)
}

/// Where the digests below `root` lie.
pub(super) fn digests_below(root: &str, place: &SourceKey) -> String {
    format!("{root}{DIGESTS}/{}/", place.region)
}

/// The folder of one day.
pub(super) fn day_below(folder: &str, day: NaiveDate) -> String {
    format!("{folder}{}/", day.format("%Y/%m/%d"))
}

fn is_day(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y/%m/%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::source::Source;

    fn place() -> SourceKey {
        SourceKey {
            source: Source::CloudtrailDigests,
            account: "111122223333".parse().expect("an account"),
            region: "us-west-2".parse().expect("a region"),
        }
    }

    #[test]
    fn names_tell_trail_and_time() {
        let key = "luma/AWSLogs/o-abc/111122223333/CloudTrail-Digest/us-west-2/2026/07/01/\
                   111122223333_CloudTrail-Digest_us-west-2_my_trail_us-east-1_20260701T100000Z_backfill.json.gz";
        let expected = DigestName {
            root: "luma/AWSLogs/o-abc/111122223333/".to_owned(),
            trail: "my_trail".to_owned(),
            home: "us-east-1".to_owned(),
            backfill: true,
            end: "2026-07-01T10:00:00Z".parse().expect("an instant"),
        };
        assert!(is_digest(key));
        assert_eq!(digest(key, &place()), Some(expected));
        for (from, to) in [
            ("111122223333_", "444455556666_"),
            ("us-west-2_my", "us-east-2_my"),
            ("2026/07/01", "2026/07/32"),
            ("T100000Z", "T10000Z"),
            (".json.gz", ".json"),
            ("o-abc/111122223333/", "o-abc/"),
        ] {
            assert_eq!(
                digest(&key.replacen(from, to, 1), &place()),
                None,
                "{from} as {to}"
            );
        }
        let log = "AWSLogs/111122223333/CloudTrail/us-west-2/2026/07/01/\
                   111122223333_CloudTrail_us-west-2_20260701T0955Z_aB3.json.gz";
        assert_eq!(log_delivered(log), "2026-07-01T09:55:00Z".parse().ok());
        assert_eq!(log_delivered("AWSLogs/x.json.gz"), None);
    }
}
