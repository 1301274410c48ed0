//! The digests of one trail: the link of each to the one before, and the log files that it names.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::name::{self, DigestName};
use super::object::{Content, LogFile, SignedDigest, StoredObject};
use super::place::{Place, TrailId, is_of};
use super::sound::{spoilt, wrong};
use super::{DELIVERY_MINUTES, strays, v1};
use crate::model::ids::Sha256Digest;
use crate::model::records::trail::{DigestChain, DigestCode, DigestFault, LoggedEvent};
use crate::model::time::{Instant, Interval, Spans, show};

/// A digest speaks for an hour.
const DIGEST_HOURS: i64 = 1;
/// The bucket's time of the newest digest is that of its delivery, up to so many minutes.
const STORED_MINUTES_MAX: i64 = 5;
const HASH_ALGORITHM: &str = "SHA-256";

/// A digest whose signature holds.
#[derive(Debug, Clone, Copy)]
struct Link<'a> {
    object: &'a StoredObject,
    digest: &'a SignedDigest,
    span: Interval,
}

/// The digests of one trail.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    id: TrailId,
    links: Vec<Link<'a>>,
    /// What can't be verified and was not shown to be tampered with.
    unverified: Vec<&'a SignedDigest>,
    faults: Vec<DigestFault>,
}

/// What all chains of a place together speak of.
#[derive(Debug)]
pub(super) struct Named<'a> {
    /// The log files that digests name, by bucket and key.
    pub(super) files: BTreeSet<(&'a str, &'a str)>,
    /// The log files that only digests name which can't be verified.
    pub(super) claimed: BTreeSet<(&'a str, &'a str)>,
    /// The times of each trail's digests.
    signed: BTreeMap<String, Spans>,
}

impl<'a> Named<'a> {
    pub(super) fn of(chains: &[Chain<'a>]) -> Self {
        let links = chains
            .iter()
            .flat_map(|chain| &chain.links)
            .map(|link| link.digest);
        let unverified = chains.iter().flat_map(|chain| &chain.unverified).copied();
        let standard = chains.iter().filter(|chain| !chain.id.backfill);
        let signed = standard.map(|chain| {
            let spans = chain.links.iter().map(|link| link.span);
            (chain.id.trail.clone(), Spans::of(spans))
        });
        Self {
            files: links.flat_map(log_files).collect(),
            claimed: unverified.flat_map(log_files).collect(),
            signed: signed.collect(),
        }
    }

    /// Whether a digest of the trail speaks of the time `at`.
    pub(super) fn speaks(&self, trail: &str, at: Instant) -> bool {
        let spans = self.signed.get(trail).into_iter().flat_map(Spans::iter);
        spans.into_iter().any(|span| span.contains(at))
    }
}

/// The hours up to `end` that one digest speaks for.
fn hour_until(end: Instant) -> Interval {
    Interval::new(end - TimeDelta::hours(DIGEST_HOURS), end).expect("invariant: an hour is not empty")
}

fn fault(span: Interval, code: DigestCode, object: &StoredObject, detail: String) -> DigestFault {
    DigestFault {
        span,
        code,
        subject: object.key.clone(),
        detail,
        citations: vec![object.citation.clone()],
    }
}

impl<'a> Chain<'a> {
    /// Each digest of the chain, checked by itself.
    pub(super) fn of(place: &Place<'a>, id: TrailId) -> Self {
        let mut chain = Self {
            links: Vec::new(),
            unverified: Vec::new(),
            faults: Vec::new(),
            id,
        };
        for (name, objects) in place.digests(&chain.id) {
            for object in distinct(&objects) {
                match chain.read(place, &name, object) {
                    Ok(link) => chain.links.extend(link),
                    Err(fault) => {
                        let unverified = digest_of(&object).filter(|_| !fault.code.is_tampering());
                        chain.unverified.extend(unverified);
                        chain.faults.push(fault);
                    }
                }
            }
        }
        chain
    }

    fn read(
        &self,
        place: &Place<'a>,
        name: &DigestName,
        object: &'a StoredObject,
    ) -> Result<Option<Link<'a>>, DigestFault> {
        let digest = match &object.content {
            Content::Digest(Ok(digest)) => digest.as_ref(),
            Content::Digest(Err(spoiled)) => {
                let (code, detail) = spoilt(place, object, spoiled, DigestCode::BadSignature);
                return Err(fault(hour_until(name.end), code, object, detail));
            }
            _ => return Ok(None),
        };
        let span = Interval::new(digest.start, digest.end).expect("invariant: a digest ends after it starts");
        match wrong(place, object, digest, self.id.backfill) {
            None => Ok(Some(Link { object, digest, span })),
            Some((code, detail)) => Err(fault(span, code, object, detail)),
        }
    }

    /// What the chain proves, given what all chains of the place name.
    pub(super) fn conclude(&self, place: &Place<'a>, named: &Named<'a>) -> DigestChain {
        let mut faults = self.faults.clone();
        let (mut logs, mut events, mut unread) = (0, Vec::new(), BTreeMap::new());
        for link in &self.links {
            faults.extend(self.before(place, link));
            for file in &link.digest.fields.log_files {
                if let Some(fault) = log_file(place, link, file) {
                    faults.push(fault);
                    continue;
                }
                logs += 1;
                match logged(place, file) {
                    Ok(found) => events.extend(found),
                    Err(why) => drop(unread.insert(file.object.clone(), why)),
                }
            }
        }
        events.sort();
        events.dedup_by(|a, b| a.id == b.id && a.at == b.at);
        let signed = Spans::of(self.links.iter().map(|link| link.span));
        let firm = Spans::of(without(&signed, &faults).iter().filter_map(|span| {
            Interval::new(span.start(), span.end() - TimeDelta::minutes(DELIVERY_MINUTES))
        }));
        if !self.id.backfill {
            faults.extend(self.newest(place));
            faults.extend(strays::faults(place, &self.id, &firm, named));
        }
        faults.sort();
        faults.dedup();
        DigestChain {
            key: place.key.clone(),
            trail: self.id.trail.clone(),
            backfill: self.id.backfill,
            digests: self.links.len() as u64,
            logs,
            proven: without(&firm, &faults),
            events,
            unread,
            faults,
        }
    }

    /// What is wrong with the link to the digest before.
    fn before(&self, place: &Place<'a>, link: &Link<'a>) -> Option<DigestFault> {
        let fields = &link.digest.fields;
        let (start, span) = (link.digest.start, hour_until(link.digest.start));
        let previous = (
            &fields.previous_bucket,
            &fields.previous_object,
            &fields.previous_digest_hash_value,
            &fields.previous_digest_signature,
        );
        let (Some(bucket), Some(key), Some(hash), Some(signature)) = previous else {
            let detail = format!("it begins at {} and names no digest before it", show(start));
            let found = fault(span, DigestCode::StartingDigest, link.object, detail);
            // Late digests are made one by one.
            return Some(found).filter(|_| !self.id.backfill);
        };
        let found = |span, code, detail| Some(fault(span, code, link.object, detail));
        if fields.previous_digest_hash_algorithm.as_deref() != Some(HASH_ALGORITHM) {
            let other = fields.previous_digest_hash_algorithm.as_deref().unwrap_or("none");
            let detail = format!("it names the digest before it by a hash of the kind {other:?}");
            return found(span, DigestCode::AlgorithmUnknown, detail);
        }
        let read = place.objects(bucket, key);
        let digests: Vec<_> = read.iter().filter_map(|object| digest_of(object)).collect();
        if digests.is_empty() {
            if read.iter().any(|object| !matches!(object.content, Content::Gone)) {
                // What was read is no digest; that is a fault of its own.
                return None;
            }
            let gone = place.is_gone(bucket, key, link.digest.end);
            let code = if gone {
                DigestCode::DigestDeleted
            } else {
                DigestCode::DigestNotSupplied
            };
            return found(span, code, format!("it names {key} as the digest before it"));
        }
        let same = digests
            .iter()
            .find(|digest| digest.raw.to_hex() == hash.to_ascii_lowercase());
        let Some(same) = same else {
            let detail = format!("the content of {key} has another hash than the next digest names");
            return found(span, DigestCode::BrokenLink, detail);
        };
        let is_same = |text: &String| text.eq_ignore_ascii_case(signature);
        if !same.signature.as_ref().is_none_or(is_same) {
            let detail = format!("{key} has another signature than the next digest names");
            return found(span, DigestCode::BrokenLink, detail);
        }
        if same.end == start || self.id.backfill {
            return None;
        }
        let detail = format!(
            "it begins at {}, the one before it ends at {}",
            show(start),
            show(same.end)
        );
        // Where two digests overlap, neither begin can be relied on.
        let apart = Interval::new(same.end, start).unwrap_or(link.span);
        found(apart, DigestCode::TimesApart, detail)
    }

    /// The newest digest, by the trail's own word: a chain doesn't show that its end was cut off.
    fn newest(&self, place: &Place<'a>) -> Option<DigestFault> {
        let (trail, home) = (&self.id.trail, &self.id.home);
        let of_trail = place.statuses.iter().filter(|status| is_of(status, trail, home));
        let delivered = of_trail.filter_map(|status| status.delivered).max()?;
        let roots = place.roots(&self.id);
        let would_show = |listing: &&super::place::Listing<'_>| {
            let mut folders = roots
                .iter()
                .map(|(bucket, root)| (bucket, name::digests_below(root, place.key)));
            let day = delivered.date_naive();
            // The digest's own day may be the one before.
            let days = [day, day - TimeDelta::days(1)];
            listing.asked >= delivered
                && folders
                    .all(|(bucket, folder)| days.iter().all(|day| listing.covers(bucket, &folder, *day)))
        };
        let listing = place
            .listings
            .iter()
            .filter(would_show)
            .min_by_key(|listing| listing.asked)?;
        let stored = listing.entries.iter().any(|(key, listed)| {
            let of_trail =
                name::digest(key, place.key).is_some_and(|name| (&name.trail, &name.home) == (trail, home));
            of_trail && (listed.modified - delivered).abs() <= TimeDelta::minutes(STORED_MINUTES_MAX)
        });
        if stored {
            return None;
        }
        let last = self.links.iter().map(|link| link.digest.end).max();
        let span = last.and_then(|last| Interval::new(last, delivered));
        Some(DigestFault {
            span: span.unwrap_or(hour_until(delivered)),
            code: DigestCode::NewestDigestDeleted,
            subject: trail.clone(),
            detail: format!(
                "the trail delivered its last digest at {}; the list of the bucket taken at {} has none of that time",
                show(delivered),
                show(listing.asked)
            ),
            citations: Vec::new(),
        })
    }
}

/// The log files that a digest names, by bucket and key.
fn log_files(digest: &SignedDigest) -> impl Iterator<Item = (&str, &str)> {
    let files = digest.fields.log_files.iter();
    files.map(|file| (file.bucket.as_str(), file.object.as_str()))
}

fn digest_of<'a>(object: &&'a StoredObject) -> Option<&'a SignedDigest> {
    match &object.content {
        Content::Digest(Ok(digest)) => Some(digest),
        _ => None,
    }
}

/// `spans` without what the faults leave unproven.
fn without(spans: &Spans, faults: &[DigestFault]) -> Spans {
    let open = Spans::of(faults.iter().map(|fault| fault.span));
    let kept = spans.iter().map(|span| open.missing_in(span));
    Spans::of(kept.flat_map(|kept| kept.iter().copied().collect::<Vec<_>>()))
}

/// Each thing that was read of a digest once, by its content and signature. A copy that was taken without its signature
/// says nothing where another has one.
fn distinct<'a>(objects: &[&'a StoredObject]) -> Vec<&'a StoredObject> {
    let mut kept: Vec<&StoredObject> = Vec::new();
    let signed = |raw: Sha256Digest| {
        let digests = objects.iter().filter_map(|object| digest_of(object));
        digests
            .into_iter()
            .any(|digest| digest.raw == raw && digest.signature.is_some())
    };
    for object in objects {
        let is_known = |known: &&StoredObject| match (digest_of(known), digest_of(object)) {
            (Some(a), Some(b)) => {
                (a.raw, &a.signature, &a.algorithm, a.generated)
                    == (b.raw, &b.signature, &b.algorithm, b.generated)
            }
            _ => known.citation == object.citation,
        };
        let bare = digest_of(object).is_some_and(|digest| digest.signature.is_none() && signed(digest.raw));
        if !bare && !kept.iter().any(is_known) {
            kept.push(object);
        }
    }
    kept
}

/// What is wrong with a log file that a digest names; `None` when it is there and unaltered.
fn log_file(place: &Place<'_>, link: &Link<'_>, file: &v1::LogFile) -> Option<DigestFault> {
    let found = |code, detail: String, object: Option<&StoredObject>| {
        let read = object.map(|object| object.citation.clone());
        Some(DigestFault {
            span: link.span,
            code,
            subject: file.object.clone(),
            detail,
            citations: [link.object.citation.clone()].into_iter().chain(read).collect(),
        })
    };
    if file.hash_algorithm != HASH_ALGORITHM {
        let detail = format!(
            "its digest names it by a hash of the kind {:?}",
            file.hash_algorithm
        );
        return found(DigestCode::AlgorithmUnknown, detail, None);
    }
    let mut there = false;
    for object in place.objects(&file.bucket, &file.object) {
        match &object.content {
            Content::Log(Ok(log)) if is_named(log, file) => there = true,
            Content::Log(Err(spoiled)) => {
                let (code, detail) = spoilt(place, object, spoiled, DigestCode::LogAltered);
                return found(code, detail, Some(object));
            }
            Content::Gone => {}
            Content::Log(Ok(_)) | Content::Digest(_) => {
                let detail = format!(
                    "its content has another hash than the digest {} names",
                    link.object.key
                );
                return found(DigestCode::LogAltered, detail, Some(object));
            }
        }
    }
    if there {
        return None;
    }
    let gone = place.is_gone(&file.bucket, &file.object, link.digest.end);
    let code = if gone {
        DigestCode::LogDeleted
    } else {
        DigestCode::LogNotSupplied
    };
    found(code, format!("the digest {} names it", link.object.key), None)
}

/// Whether a log file is what a digest names.
fn is_named(log: &LogFile, file: &v1::LogFile) -> bool {
    log.hash.to_hex() == file.hash_value.to_ascii_lowercase()
}

/// The events of a log file that is there and unaltered.
fn logged(place: &Place<'_>, file: &v1::LogFile) -> Result<Vec<LoggedEvent>, String> {
    let mut read = place.objects(&file.bucket, &file.object).iter();
    let found = read.find_map(|object| match &object.content {
        Content::Log(Ok(log)) if is_named(log, file) => Some((log, &object.citation)),
        _ => None,
    });
    let Some((log, citation)) = found else {
        return Ok(Vec::new());
    };
    let events = log.events.as_ref().map_err(String::clone)?;
    let event = |event: &v1::Logged| LoggedEvent {
        at: event.event_time.0,
        id: event.event_id.clone(),
        source: event.event_source.clone(),
        name: event.event_name.clone(),
        citation: citation.clone(),
    };
    Ok(events.iter().map(event).collect())
}
