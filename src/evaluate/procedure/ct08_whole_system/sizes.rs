//! Sizes, and how far the backups of a system's resources lie apart: what is told and decides nothing.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::Member;
use crate::evaluate::context::Context;
use crate::evaluate::criteria::Criteria;
use crate::evaluate::taken::{History, Taken};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::ids::ResourceId;
use crate::model::records::governance::System;
use crate::model::records::{Citation, Observed};
use crate::model::time::{Interval, day_of, show_delta};

/// A size is compared with the median of so many before it.
const BEFORE: usize = 7;

/// What a record says of a backup's size.
pub(super) enum Size {
    /// In bytes, as the service counts them.
    Bytes(i64),
    /// AWS Backup says 0 for every backup of RDS.
    NeverSaid,
    /// Why it is not known.
    Unknown(&'static str),
}

/// The size of a backup of `resource`.
pub(super) fn size_of(resource: Option<&ResourceId>, bytes: Option<i64>) -> Size {
    let service = resource.and_then(|resource| resource.as_str().split(':').nth(2));
    match bytes {
        Some(bytes) if bytes > 0 => Size::Bytes(bytes),
        _ if service == Some("rds") => Size::NeverSaid,
        Some(_) => Size::Unknown("0"),
        None => Size::Unknown("not said"),
    }
}

/// The bytes of a backup, as its job or its recovery point says: the larger where they differ, so that a record that is
/// missing can't make a size known.
pub(super) fn bytes_of(taken: &Taken<'_>) -> Option<i64> {
    let by_job = taken.job.and_then(|job| job.value.bytes);
    by_job.max(taken.point.and_then(|point| point.value.bytes))
}

/// A backup that is much smaller than those before it.
struct Fall<'a> {
    on: NaiveDate,
    bytes: i64,
    median: i64,
    records: Vec<&'a Citation>,
}

/// What the sizes of all resources come to.
#[derive(Default)]
pub(super) struct Sizes<'a> {
    falls: BTreeMap<ResourceId, Vec<Fall<'a>>>,
    never_said: BTreeMap<ResourceId, &'a Citation>,
}

impl<'a> Sizes<'a> {
    /// Looks at the backups of a resource on the days on which they are due.
    pub(super) fn add(
        &mut self,
        context: &Context<'_>,
        resource: &ResourceId,
        history: &History<'a>,
        days: &BTreeMap<NaiveDate, Interval>,
    ) {
        let mut before: Vec<i64> = Vec::new();
        for taken in &history.taken {
            let on = day_of(taken.at, context.scope.period.zone());
            match size_of(Some(resource), bytes_of(taken)) {
                Size::Bytes(bytes) => {
                    let median = before
                        .len()
                        .checked_sub(BEFORE)
                        .map(|from| median(&before[from..]));
                    let fell = |median: &i64| is_fall(bytes, *median, context.criteria.size_drop_alert_pct);
                    if let Some(median) = median.filter(fell).filter(|_| days.contains_key(&on)) {
                        let records = taken.citations().collect();
                        self.falls.entry(resource.clone()).or_default().push(Fall {
                            on,
                            bytes,
                            median,
                            records,
                        });
                    }
                    before.push(bytes);
                }
                Size::NeverSaid if days.contains_key(&on) => {
                    let first = taken.citations().next();
                    self.never_said
                        .extend(first.map(|record| (resource.clone(), record)));
                }
                Size::NeverSaid | Size::Unknown(_) => {}
            }
        }
    }

    pub(super) fn observe(&self, criteria: &Criteria, builder: &mut FindingBuilder) {
        for (resource, falls) in &self.falls {
            let evidence = Evidence::all(falls.iter().flat_map(|fall| fall.records.iter().copied()));
            if let (Some(first), Some(evidence)) = (falls.first(), evidence) {
                let (n, percent) = (falls.len(), criteria.size_drop_alert_pct);
                let text = format!(
                    "{n} backups of {resource} are smaller by more than {percent} % than the median of the seven before: \
                     the first on {} with {} bytes instead of {}",
                    first.on, first.bytes, first.median
                );
                builder.observe(text, evidence);
            }
        }
        if let Some(evidence) = Evidence::all(self.never_said.values().copied()) {
            let n = self.never_said.len();
            let text = format!(
                "AWS Backup says no size of the backups of {n} RDS resources: a fall could not be seen"
            );
            builder.observe(text, evidence);
        }
    }
}

/// Whether `bytes` is smaller than `median` by more than so many percent.
fn is_fall(bytes: i64, median: i64, percent: i64) -> bool {
    let (bytes, median) = (i128::from(bytes), i128::from(median));
    (median - bytes) * 100 > median * i128::from(percent)
}

/// The middle one of an odd number of sizes.
fn median(sizes: &[i64]) -> i64 {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes[sizes.len() / 2]
}

/// How far the backups of a system's resources lay apart.
#[derive(Default)]
pub(super) struct Spread {
    days: usize,
    widest: Option<(TimeDelta, NaiveDate, Evidence)>,
}

impl Spread {
    /// Adds a day on which every one of several resources has a whole backup.
    pub(super) fn add(&mut self, date: NaiveDate, members: &[Member]) {
        let mut instants = Vec::new();
        let mut evidence: Option<Evidence> = None;
        for member in members {
            let Member::Whole(at, _, records) = member else {
                return;
            };
            instants.push(*at);
            evidence = Some(match evidence {
                Some(all) => all.and(records.clone()),
                None => records.clone(),
            });
        }
        let ends = instants.iter().min().zip(instants.iter().max());
        let (Some((first, last)), Some(evidence), true) = (ends, evidence, members.len() > 1) else {
            return;
        };
        self.days += 1;
        let apart = *last - *first;
        if self.widest.as_ref().is_none_or(|(widest, ..)| *widest < apart) {
            self.widest = Some((apart, date, evidence));
        }
    }

    pub(super) fn observe(self, row: &Observed<System>, builder: &mut FindingBuilder) {
        if let Some((apart, date, evidence)) = self.widest {
            let (n, days, apart) = (row.value.resources.len(), self.days, show_delta(apart));
            let text = format!(
                "the backups of the {n} resources of {} lie at most {apart} apart on {days} days, most on {date}",
                row.value.id
            );
            builder.observe(text, evidence);
        }
    }
}
