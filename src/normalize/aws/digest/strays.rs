//! What lies among the log files and is named by no digest. A chain vouches for what it names and is silent about the rest,
//! so that the bucket has to be listed.

use chrono::{Datelike as _, NaiveTime, TimeDelta};

use super::chain::Named;
use super::name;
use super::place::{Place, TrailId};
use super::{Listed, Trail};
use crate::model::records::trail::{DigestCode, DigestFault};
use crate::model::time::{Instant, Interval, Spans, show};

/// Files are named by the minute of their delivery.
const NAMED_MINUTES: i64 = 1;

/// The faults of the folders that the trail delivers to, over `firm`: the times for which its digests name every log file.
pub(super) fn faults(place: &Place<'_>, id: &TrailId, firm: &Spans, named: &Named<'_>) -> Vec<DigestFault> {
    let mut faults = Vec::new();
    for (bucket, root) in place.roots(id) {
        let folder = name::logs_below(&root, place.key);
        let delivering = place.delivering(&bucket, &root);
        for listing in place.listings.iter().filter(|listing| listing.is_of(&bucket)) {
            let strays = listing.entries.iter().filter(|(key, _)| {
                key.starts_with(&folder) && !named.files.contains(&(bucket.as_str(), **key))
            });
            faults.extend(strays.filter_map(|(key, listed)| {
                let claimed = named.claimed.contains(&(bucket.as_str(), *key));
                stray(listed, firm, |at| {
                    explained(claimed, delivering.as_deref(), named, at)
                })
            }));
        }
        for open in unlisted(place, &bucket, &folder, firm) {
            faults.push(DigestFault {
                span: open,
                code: DigestCode::LogsNotListed,
                subject: folder.clone(),
                detail: format!("no complete list of {bucket}/{folder} shows this time"),
                citations: Vec::new(),
            });
        }
    }
    faults
}

/// Who else than an intruder may have put an object there; `None` when nobody else could.
fn explained(claimed: bool, delivering: Option<&[&Trail]>, named: &Named<'_>, at: Instant) -> Option<String> {
    if claimed {
        return Some("only a digest that could not be verified names it".to_owned());
    }
    let Some(trails) = delivering else {
        let why = "no description of the trails was supplied, so that another may have delivered it";
        return Some(why.to_owned());
    };
    let silent = trails.iter().find(|trail| !named.speaks(&trail.name, at))?;
    let why = format!(
        "the trail {}, no digests of which were supplied, may have delivered it",
        silent.name
    );
    Some(why)
}

/// A fault when the object belongs to a time for which every log file is named: by its name, or by when it was stored.
fn stray(
    listed: &Listed,
    firm: &Spans,
    explained: impl Fn(Instant) -> Option<String>,
) -> Option<DigestFault> {
    let times = [name::log_delivered(&listed.key), Some(listed.modified)];
    let minute = |at: Instant| Interval::new(at, at + TimeDelta::minutes(NAMED_MINUTES));
    let within = |span: &Interval| firm.iter().any(|firm| firm.contains(span.start()));
    let span = times.into_iter().flatten().filter_map(minute).find(within)?;
    let stored = format!("no digest names it; it was stored at {}", show(listed.modified));
    let (code, detail) = match explained(span.start()) {
        None => (DigestCode::LogPlanted, stored),
        Some(why) => (DigestCode::LogUnreferenced, format!("{stored}; {why}")),
    };
    Some(DigestFault {
        span,
        code,
        subject: listed.key.clone(),
        detail,
        citations: vec![listed.citation.clone()],
    })
}

/// The parts of `firm` that no whole list of the folder shows. Files lie in the folder of the day of their delivery.
fn unlisted(place: &Place<'_>, bucket: &str, folder: &str, firm: &Spans) -> Vec<Interval> {
    let delivery = TimeDelta::minutes(super::DELIVERY_MINUTES);
    let mut shown = Vec::new();
    for span in firm.iter() {
        let mut day = span.start().date_naive();
        while day <= span.end().date_naive() && day.year() < 2200 {
            let start = day.and_time(NaiveTime::MIN).and_utc();
            let covering = place
                .listings
                .iter()
                .filter(|listing| listing.covers(bucket, folder, day));
            let asked = covering.map(|listing| listing.asked - delivery).max();
            let end = start + TimeDelta::days(1);
            shown.extend(asked.and_then(|asked| Interval::new(start, end.min(asked))));
            day += TimeDelta::days(1);
        }
    }
    let shown = Spans::of(shown);
    let open = firm.iter().map(|span| shown.missing_in(span));
    open.flat_map(|open| open.iter().copied().collect::<Vec<_>>())
        .collect()
}
