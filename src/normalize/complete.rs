//! What whole pulls prove, source by source and place by place.
//!
//! A pull proves its window, or the days since the listing before, or all time until it was taken ([`Reach`]). The first
//! listing proves its own moment: nobody saw what came and went before. Where one place takes several pulls, it is proven only while each part that has to be there is: every vault that a complete
//! list of vaults names, every cluster of the estate, every key, every plan. A part that is missing is named.

mod plans;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::arn;
use super::form::Call;
use super::gather::Known;
use super::pull::Pull;
use super::request::remembered;
use super::schedules::Retentions;
use crate::model::coverage::{Coverage, Shortfall};
use crate::model::estate::Estate;
use crate::model::source::{EVENT_SOURCES, LISTING_REACH_DAYS, Reach, Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans};

/// Why the first listing proves its own moment only.
const FIRST: &str = "no complete listing before it: what came and went has gone unseen";

/// Something that a place has to have a pull of.
struct Part {
    name: String,
    required: Spans,
    covered: Spans,
    /// What pulls that are not whole would have covered: they say themselves why they don't.
    explained: Spans,
}

/// Puts coverage together.
pub(super) struct Completeness<'a> {
    estate: &'a Estate,
    pulls: &'a [&'a Pull<'a>],
    known: &'a Known,
    retentions: Retentions,
    shortfalls: Vec<Shortfall>,
}

/// Everything before `end`. Registers speak since a fixed instant before any record.
fn all_until(end: Instant) -> Option<Interval> {
    Interval::new(Instant::UNIX_EPOCH, end)
}

fn days_until(end: Instant, days: i64) -> Option<Interval> {
    Interval::new(end - TimeDelta::days(days), end)
}

/// What a listing that ends at `end` speaks for: the time since the one `before` it, for `days` at the most.
fn listed_until(end: Instant, before: Option<Instant>, days: i64) -> Option<Interval> {
    let moment = end - TimeDelta::milliseconds(1);
    let since = before.map_or(moment, |before| before.max(end - TimeDelta::days(days)));
    Interval::new(since, end)
}

/// When the whole listing before `pull` was taken, out of the listings of one part. One that was `born` within the reach
/// of a listing was empty then, which is as good as listed; what came and went in an older one, nobody saw.
fn before(pull: &Pull<'_>, listings: &[&Pull<'_>], born: Option<Instant>) -> Option<Instant> {
    let starts = listings
        .iter()
        .filter(|other| other.call() == pull.call())
        .map(|other| other.receipt.started);
    let reach = TimeDelta::days(LISTING_REACH_DAYS);
    let young = born.filter(|born| pull.receipt.started - *born <= reach);
    starts.chain(young).filter(|at| *at < pull.receipt.started).max()
}

impl<'a> Completeness<'a> {
    /// `retentions` tell how long the clusters keep snapshots.
    pub(super) fn new(
        estate: &'a Estate,
        pulls: &'a [&'a Pull<'a>],
        known: &'a Known,
        retentions: Retentions,
    ) -> Self {
        Self {
            estate,
            pulls,
            known,
            retentions,
            shortfalls: known.digest_shortfalls.clone(),
        }
    }

    /// The coverage of every place.
    pub(super) fn coverage(mut self) -> Coverage {
        let expected = self.estate.expected();
        // A place without a pull of its own may be proven all the same: where there is no vault, there is no point.
        let mut places: BTreeMap<&SourceKey, Vec<&'a Pull<'a>>> =
            expected.iter().map(|key| (key, Vec::new())).collect();
        let listing = self.pulls.iter().copied().filter(|pull| !pull.follows_up());
        for pull in listing {
            places.entry(&pull.receipt.key).or_default().push(pull);
        }
        let mut proven = Vec::new();
        for (key, pulls) in places {
            for pull in pulls.iter().filter(|pull| !pull.is_whole()) {
                self.fall_short_of(pull, pull.complaint());
            }
            let spans = self.place(key, &pulls);
            proven.extend(spans.iter().map(|span| (key.clone(), *span)));
        }
        Coverage::new(expected, proven, self.shortfalls)
    }

    fn place(&mut self, key: &SourceKey, pulls: &[&Pull<'_>]) -> Spans {
        match key.source {
            Source::AwsRecoveryPoints => self.recovery_points(key, pulls),
            Source::AwsVaults => {
                let is_list = |pull: &&Pull<'_>| pull.call() == Some(Call::Vaults);
                let lists: Vec<_> = pulls.iter().copied().filter(is_list).collect();
                self.covered(key, &lists, None)
            }
            Source::AwsBackupPlans => self.plans(key, &whole(pulls)),
            Source::KmsKeys => self.described(&whole(pulls), (Call::Keys, Call::Key), "key"),
            Source::AwsProtectedResources => {
                let calls = (Call::Protected, Call::ProtectedResource);
                self.described(&whole(pulls), calls, "resource")
            }
            Source::Cloudtrail => self.all_of(key, pulls, &EVENT_SOURCES.map(str::to_owned)),
            Source::CloudtrailDigests => self.known.digests.get(key).cloned().unwrap_or_default(),
            Source::AtlasSnapshots | Source::AtlasBackupSchedule | Source::AtlasRestoreJobs => {
                let project = self
                    .estate
                    .atlas
                    .iter()
                    .find(|project| project.project == key.account);
                let clusters: Vec<_> = project
                    .iter()
                    .flat_map(|project| project.clusters.clone())
                    .collect();
                self.all_of(key, pulls, &clusters)
            }
            _ => self.covered(key, pulls, None),
        }
    }

    /// What whole pulls of one part prove by themselves. What is `born` was empty then.
    fn covered(&mut self, key: &SourceKey, pulls: &[&Pull<'_>], born: Option<Instant>) -> Spans {
        let mut proven = Vec::new();
        let whole = whole(pulls);
        for pull in &whole {
            let before = before(pull, &whole, born);
            let span = self.proof_of(pull, before);
            proven.extend(span);
            let Some(mut claim) = claim(pull) else { continue };
            if key.source.reach() == Reach::Listing && before.is_some() {
                claim = listed_until(claim.end(), before, LISTING_REACH_DAYS).unwrap_or(claim);
            }
            for rest in Spans::of(span).missing_in(&claim).iter() {
                let reason = match (key.source.reach(), before) {
                    (Reach::Window, _) => "the service no longer, or not yet, knew of this time",
                    (Reach::Register, _) => {
                        "the server read an earlier moment: what was recorded since has gone unseen"
                    }
                    (_, None) => FIRST,
                    _ => "no retention is known that lasts so long: what was kept for less has gone unseen",
                };
                self.fall_short(key, *rest, format!("{reason} (pull {})", pull.receipt.id));
            }
        }
        Spans::of(proven)
    }

    /// What a pull proves, given that it is whole and that the whole listing before it was taken at `before`.
    fn proof_of(&self, pull: &Pull<'_>, before: Option<Instant>) -> Option<Interval> {
        let receipt = pull.receipt;
        match receipt.key.source.reach() {
            Reach::Window => remembered(&pull.form?, receipt, receipt.window?),
            Reach::Register => all_until(pull.known_until()),
            Reach::Listing if receipt.key.source == Source::AtlasSnapshots => {
                let kept = self.retentions.shortest(pull)?;
                listed_until(receipt.started, before, LISTING_REACH_DAYS.min(kept))
            }
            Reach::Listing => listed_until(receipt.started, before, LISTING_REACH_DAYS),
        }
    }

    /// A place that is covered while each of `names` is.
    fn all_of(&mut self, key: &SourceKey, pulls: &[&Pull<'_>], names: &[String]) -> Spans {
        let anywhen = Spans::of(Interval::new(Instant::MIN_UTC, Instant::MAX_UTC));
        let mut part = |name: &String| {
            let of_part: Vec<_> = pulls
                .iter()
                .copied()
                .filter(|pull| pull.part() == Some(name))
                .collect();
            self.part(key, name, anywhen.clone(), &of_part, None)
        };
        let parts: Vec<_> = names.iter().map(&mut part).collect();
        let any = Spans::of(parts.iter().flat_map(|part| owned(part.covered.clone())));
        self.with_parts(key, any, parts)
    }

    /// A part that `pulls` are of, required during `required`, and that was empty when it was `born`.
    fn part(
        &mut self,
        key: &SourceKey,
        name: &str,
        required: Spans,
        pulls: &[&Pull<'_>],
        born: Option<Instant>,
    ) -> Part {
        let broken = pulls.iter().filter(|pull| !pull.is_whole());
        let explained = Spans::of(broken.filter_map(|pull| claim(pull)));
        let covered = self.covered(key, pulls, born);
        Part {
            name: name.to_owned(),
            required,
            covered,
            explained,
        }
    }

    /// `base` while every part is covered wherever it is required.
    fn with_parts(&mut self, key: &SourceKey, base: Spans, parts: Vec<Part>) -> Spans {
        let mut proven = base.clone();
        for part in parts {
            let missing = without(&part.required.intersect(&base), &part.covered);
            for interval in without(&missing, &part.explained).iter() {
                self.fall_short(
                    key,
                    *interval,
                    format!("no complete pull of {} covers it", part.name),
                );
            }
            proven = without(&proven, &missing);
        }
        proven
    }

    /// A vault is required since its creation until it was last listed, or last asked for its points.
    fn recovery_points(&mut self, key: &SourceKey, pulls: &[&Pull<'_>]) -> Spans {
        let vaults_key = SourceKey {
            source: Source::AwsVaults,
            ..key.clone()
        };
        let lists: Vec<_> = self
            .pulls
            .iter()
            .copied()
            .filter(|pull| pull.receipt.key == vaults_key && pull.call() == Some(Call::Vaults))
            .filter(|pull| pull.is_whole())
            .collect();
        let reach = |list: &&Pull<'_>| {
            listed_until(
                list.receipt.started,
                before(list, &lists, None),
                LISTING_REACH_DAYS,
            )
        };
        let base = Spans::of(lists.iter().filter_map(reach));
        let listed = lists.iter().flat_map(|list| {
            list.items
                .iter()
                .map(|vault| (vault.clone(), list.receipt.started))
        });
        let asked = pulls
            .iter()
            .filter_map(|pull| Some((vault_of(pull)?, pull.receipt.started)));
        let mut last_seen: BTreeMap<String, Instant> = BTreeMap::new();
        for (vault, at) in listed.chain(asked) {
            let seen = last_seen.entry(vault).or_insert(at);
            *seen = at.max(*seen);
        }
        let mut parts = Vec::new();
        for (vault, seen) in last_seen {
            let id = (vaults_key.clone(), vault);
            let created = self.known.vaults_created.get(&id).copied();
            let required = Spans::of(Interval::new(created.unwrap_or(Instant::UNIX_EPOCH), seen));
            let of_vault: Vec<_> = pulls
                .iter()
                .copied()
                .filter(|pull| vault_of(pull).as_ref() == Some(&id.1))
                .collect();
            parts.push(self.part(key, &id.1, required, &of_vault, created));
        }
        let unlisted =
            |pull: &&&Pull<'_>| pull.is_whole() && !lists.iter().any(|list| list.run() == pull.run());
        for pull in pulls.iter().filter(unlisted) {
            let reason = format!(
                "no complete list in run {} says which vaults there were",
                pull.run()
            );
            self.fall_short_of(pull, reason);
        }
        self.with_parts(key, base, parts)
    }

    /// A list of keys, or of protected resources, covers its days when each that it names was described in the same run.
    /// One that falls short of that proves nothing, and the next whole one speaks for its days too.
    fn described(&mut self, whole: &[&Pull<'_>], (listing, describing): (Call, Call), what: &str) -> Spans {
        let mut complete = Vec::new();
        for list in whole.iter().filter(|pull| pull.call() == Some(listing)) {
            let description = |arn: &String| {
                whole.iter().find(|pull| {
                    pull.call() == Some(describing) && pull.run() == list.run() && pull.items.contains(arn)
                })
            };
            let mut end = list.receipt.started;
            let mut missing = Vec::new();
            for arn in &list.items {
                match description(arn) {
                    Some(pull) => end = end.min(pull.receipt.started),
                    None => missing.push(format!(
                        "{what} {arn} was listed and not described in run {}",
                        list.run()
                    )),
                }
            }
            if missing.is_empty() {
                complete.push((*list, end));
            }
            for reason in missing {
                self.fall_short_of(list, reason);
            }
        }
        let lists: Vec<_> = complete.iter().map(|(list, _)| *list).collect();
        let mut proven = Vec::new();
        for (list, end) in complete {
            let before = before(list, &lists, None);
            if before.is_none() {
                self.fall_short_of(list, format!("pull {}: {FIRST}", list.receipt.id));
            }
            proven.extend(listed_until(end, before, LISTING_REACH_DAYS));
        }
        Spans::of(proven)
    }

    /// What a pull could have proven is not, for this reason.
    fn fall_short_of(&mut self, pull: &Pull<'_>, reason: String) {
        if let Some(claim) = claim(pull) {
            self.fall_short(&pull.receipt.key, claim, reason);
        }
    }

    fn fall_short(&mut self, key: &SourceKey, interval: Interval, reason: String) {
        self.shortfalls.push(Shortfall {
            key: key.clone(),
            interval,
            reason,
        });
    }
}

fn whole<'p, 'a>(pulls: &[&'p Pull<'a>]) -> Vec<&'p Pull<'a>> {
    pulls.iter().copied().filter(|pull| pull.is_whole()).collect()
}

/// What the pull would prove if it were whole.
fn claim(pull: &Pull<'_>) -> Option<Interval> {
    let receipt = pull.receipt;
    match receipt.key.source.reach() {
        Reach::Window => receipt
            .window
            .or_else(|| days_until(receipt.started, LISTING_REACH_DAYS)),
        Reach::Listing => days_until(receipt.started, LISTING_REACH_DAYS),
        Reach::Register => all_until(receipt.started),
    }
}

/// The vault that a pull of recovery points lists.
pub(super) fn vault_of(pull: &Pull<'_>) -> Option<String> {
    pull.part().map(|name| arn::vault(name, &pull.receipt.key))
}

/// What `spans` have and `taken` lack.
fn without(spans: &Spans, taken: &Spans) -> Spans {
    Spans::of(spans.iter().flat_map(|span| owned(taken.missing_in(span))))
}

fn owned(spans: Spans) -> Vec<Interval> {
    spans.iter().copied().collect()
}
