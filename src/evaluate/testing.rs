//! Small constructors of records for the tests of procedures, and the one `check`.
//!
//! A [`World`] starts fully proven and empty: ten days of July 2026 in one AWS account with two regions, one Atlas
//! project and one database of records. A test adds records, takes proof away, and says what must come out.

pub(crate) mod backups;
pub(crate) mod plans;
pub(crate) mod protection;
pub(crate) mod pulls;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::context::Context;
use super::criteria::Criteria;
use super::procedure::Procedure;
use crate::model::coverage::{Coverage, Shortfall};
use crate::model::estate::{AtlasProject, AwsAccount, Estate, global};
use crate::model::finding::{Conclusion, Finding, State};
use crate::model::ids::{EvidenceId, Sha256Digest, TestId};
use crate::model::records::governance::{BackupMethod, Ephi, Hosting, System, SystemClass};
use crate::model::records::places::{ListedAccount, ListedRegion};
use crate::model::records::{Citation, Observed, Records};
use crate::model::scope::{Entity, Scope};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Period};

/// The AWS account of the tests.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The Atlas project of the tests.
pub(crate) const PROJECT: &str = "64b000000000000000000001";
/// The database resource of the tests.
pub(crate) const DB: &str = "arn:aws:rds:us-east-1:111122223333:db:orders";
/// The Atlas cluster of the tests.
pub(crate) const CLUSTER: &str = "atlas:64b000000000000000000001/patients";

/// `2026-07-03T04:05` or a full RFC 3339 text as an instant; seconds may be left out.
pub(crate) fn at(text: &str) -> Instant {
    let full = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        16 => format!("{text}:00Z"),
        _ => text.to_owned(),
    };
    full.parse().expect("an instant")
}

/// The interval between two instants written as for [`at`].
pub(crate) fn span(from: &str, to: &str) -> Interval {
    Interval::new(at(from), at(to)).expect("not empty")
}

/// A source in one place of the tests' estate; `region` is ignored outside AWS.
pub(crate) fn key(source: Source, region: &str) -> SourceKey {
    let atlas = source.as_str().starts_with("atlas") || region == "atlas";
    let aws = region.starts_with("us-") && !atlas;
    let account = match (atlas, aws) {
        (true, _) => PROJECT,
        (_, true) => ACCOUNT,
        _ => "compliance",
    };
    SourceKey {
        source,
        account: account.parse().expect("an account"),
        region: if aws {
            region.parse().expect("a region")
        } else {
            global()
        },
    }
}

/// A source of the AWS account as a whole.
pub(crate) fn in_account(source: Source) -> SourceKey {
    SourceKey {
        source,
        account: ACCOUNT.parse().expect("an account"),
        region: global(),
    }
}

/// Puts a value where it could have been read; `name` makes its citation.
pub(crate) fn observed<T>(key: SourceKey, seen: Instant, name: &str, value: T) -> Observed<T> {
    Observed {
        value,
        citation: Citation {
            evidence: EvidenceId(Sha256Digest::of(key.to_string().as_bytes())),
            locator: format!("/{name}"),
        },
        key,
        first_seen: seen,
        last_seen: seen,
        stands: true,
    }
}

/// A critical database in AWS that is clean in every respect.
pub(crate) fn system(id: &str) -> System {
    System {
        id: id.parse().expect("a system id"),
        name: format!("{id} database"),
        class: SystemClass::Database,
        critical: true,
        ephi: Ephi::Stores,
        owner: Some("p-010".to_owned()),
        owner_role: Some("SRE".to_owned()),
        classification: Some("confidential".to_owned()),
        hosting: Hosting::Aws,
        account: ACCOUNT.parse().expect("an account"),
        region: "us-east-1".parse().expect("a region"),
        resources: vec![DB.parse().expect("a resource")],
        backup_method: Some(BackupMethod::AwsBackup),
        mechanism: None,
        exemption: None,
        onboarded: Some(at("2025-01-01")),
        decommissioned: None,
        migrations: Vec::new(),
        approved_by: Some("p-001".to_owned()),
        as_of: at("2026-07-10"),
    }
}

/// Everything that a procedure sees, with coverage that can be taken away.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) scope: Scope,
    pub(crate) criteria: Criteria,
    pub(crate) records: Records,
    proven: BTreeMap<SourceKey, Vec<Interval>>,
    shortfalls: Vec<Shortfall>,
}

impl World {
    /// 2026-07-01..2026-07-11 in UTC, everything proven from 60 days before until two days after; no records.
    pub(crate) fn new() -> Self {
        Self::over("2026-07-01..2026-07-11", chrono_tz::Tz::UTC)
    }

    /// As [`World::new`] for another period and time zone.
    pub(crate) fn over(period: &str, zone: chrono_tz::Tz) -> Self {
        let period = Period::parse(period, zone).expect("a period");
        let estate = Estate {
            aws: vec![AwsAccount {
                account: ACCOUNT.parse().expect("an account"),
                name: "production".to_owned(),
                regions: ["us-east-1", "us-west-2"]
                    .map(|region| region.parse().expect("a region"))
                    .into(),
            }],
            atlas: vec![AtlasProject {
                project: PROJECT.parse().expect("an account"),
                name: "luma".to_owned(),
                clusters: ["patients".to_owned()].into(),
            }],
            records: Some("compliance".parse().expect("an account")),
        };
        let whole = Interval::new(
            period.start() - TimeDelta::days(60),
            period.end() + TimeDelta::days(2),
        )
        .expect("not empty");
        let expected = estate.expected().into_iter();
        let expected = expected.chain([in_account(Source::AwsAccounts)]);
        let proven = expected.map(|key| (key, vec![whole])).collect();
        let as_of = period.end();
        let entity = Entity {
            name: "Luma".to_owned(),
            slug: "luma".parse().expect("a slug"),
        };
        let mut world = Self {
            scope: Scope {
                entity,
                period,
                as_of,
                estate,
            },
            criteria: Criteria::default(),
            records: Records::default(),
            proven,
            shortfalls: Vec::new(),
        };
        world.list_account(ACCOUNT, false);
        for region in ["us-east-1", "us-west-2"] {
            world.list_region(region, true);
        }
        world
    }

    /// The organisation's own list of the last collection has the account.
    pub(crate) fn list_account(&mut self, account: &str, closed: bool) {
        let at = self.collected();
        let listed = ListedAccount {
            account: account.parse().expect("an account"),
            closed,
            at,
        };
        let row = observed(in_account(Source::AwsAccounts), at, account, listed);
        self.records.accounts.push(row);
    }

    /// The account's own list of the last collection has the region.
    pub(crate) fn list_region(&mut self, region: &str, enabled: bool) {
        let at = self.collected();
        let listed = ListedRegion {
            region: region.parse().expect("a region"),
            enabled,
            at,
        };
        let row = observed(in_account(Source::AwsRegions), at, region, listed);
        self.records.regions.push(row);
    }

    /// Nothing was ever pulled of `key`.
    pub(crate) fn unlist(&mut self, key: &SourceKey) {
        self.proven.remove(key);
    }

    /// Proves `key` like all that is expected.
    pub(crate) fn prove_place(&mut self, key: SourceKey) {
        let whole = self.proven.values().next().cloned().expect("a proven place");
        self.proven.insert(key, whole);
    }

    /// The proven world with one clean system, `orders`.
    pub(crate) fn with_system() -> Self {
        let mut world = Self::new();
        world.add_system(system("orders"));
        world
    }

    /// Adds a row of the inventory.
    pub(crate) fn add_system(&mut self, system: System) {
        let name = system.id.to_string();
        let row = observed(key(Source::SystemsInventory, ""), self.collected(), &name, system);
        self.records.systems.push(row);
    }

    /// When the last collection of the tests was taken: five hours after the period's end.
    pub(crate) fn collected(&self) -> Instant {
        self.scope.period.end() + TimeDelta::hours(5)
    }

    /// Proves `source`, in every place, from `since` until the first instant that is proven already.
    pub(crate) fn prove(&mut self, source: Source, since: Instant) {
        for (key, intervals) in &mut self.proven {
            let first = intervals.iter().map(Interval::start).min();
            if key.source == source
                && let Some(before) = first.and_then(|first| Interval::new(since, first))
            {
                intervals.push(before);
            }
        }
    }

    /// Takes away the proof of `source`, in every place, over `gap`.
    pub(crate) fn unprove(&mut self, source: Source, gap: Interval) {
        for (key, intervals) in &mut self.proven {
            if key.source == source {
                let spans = crate::model::time::Spans::of(intervals.iter().copied());
                let far = |at: Instant, days: i64| at + TimeDelta::days(days);
                let before = Interval::new(far(gap.start(), -4000), gap.start()).expect("not empty");
                let after = Interval::new(gap.end(), far(gap.end(), 4000)).expect("not empty");
                *intervals = spans
                    .within(&before)
                    .iter()
                    .chain(spans.within(&after).iter())
                    .copied()
                    .collect();
                self.shortfalls.push(Shortfall {
                    key: key.clone(),
                    interval: gap,
                    reason: "the pull was refused".to_owned(),
                });
            }
        }
    }

    /// Takes away every proof of `source`.
    pub(crate) fn unprove_all(&mut self, source: Source) {
        self.unprove(source, span("2020-01-01", "2030-01-01"));
    }

    /// Runs a procedure.
    pub(crate) fn run(&self, procedure: Procedure) -> Finding {
        self.with_context(|context| procedure(context, "CT-99".parse::<TestId>().expect("a test id")))
    }

    /// Gives `ask` what a procedure sees.
    pub(crate) fn with_context<T>(&self, ask: impl FnOnce(&Context<'_>) -> T) -> T {
        let mut records = self.records.clone();
        let proven = self
            .proven
            .iter()
            .flat_map(|(key, intervals)| intervals.iter().map(|interval| (key.clone(), *interval)));
        records.coverage = Coverage::new(self.scope.estate.expected(), proven, self.shortfalls.clone());
        let context = Context {
            scope: &self.scope,
            criteria: &self.criteria,
            records: &records,
        };
        ask(&context)
    }
}

/// What an item must be: id, state, and words of its condition, reason, rationale or statement.
pub(crate) type Expected<'a> = (&'a str, State, &'a str);

/// Runs `procedure` and compares: `supported` items exactly, and every other item as listed, in the order of ids.
#[track_caller]
pub(crate) fn check(world: &World, procedure: Procedure, supported: u64, others: &[Expected<'_>]) -> Finding {
    let finding = world.run(procedure);
    let found: Vec<_> = finding
        .items()
        .iter()
        .filter(|item| item.state() != State::Supported)
        .map(|item| (item.id().to_owned(), item.state(), words(item.conclusion())))
        .collect();
    let matches = found.len() == others.len()
        && found.iter().zip(others).all(|(found, expected)| {
            found.0 == expected.0 && found.1 == expected.1 && found.2.contains(expected.2)
        });
    assert!(matches, "expected {others:#?}\nfound {found:#?}");
    let count = finding.counts().get(State::Supported);
    assert_eq!(
        count,
        supported,
        "supported items: {:#?}",
        finding.items().iter().map(|i| i.id()).collect::<Vec<_>>()
    );
    finding
}

fn words(conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Supported => String::new(),
        Conclusion::Exception {
            condition, criterion, ..
        } => format!("{condition} | {criterion}"),
        Conclusion::Indeterminate { reason, resolves } => format!("{reason} | {resolves}"),
        Conclusion::NoOccurrence { statement } => statement.clone(),
        Conclusion::NotApplicable { rationale, .. } => rationale.clone(),
    }
}
