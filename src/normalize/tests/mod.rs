//! Small literal pages, as the services send them, and what becomes of them when one thing is wrong.

mod accounts;
mod atlas;
mod contingency;
mod exports;
mod foreign;
mod iam;
mod pages;
mod places;
mod plans;
mod protected;
mod protection;
mod records;
mod registers;
mod revisions;
mod roster;
mod story;
mod unfinished;

use std::collections::BTreeMap;

use crate::ledger::store::MemoryStore;
use crate::model::acquisition::{Acquisition, Page, PullOutcome};
use crate::model::coverage::Gap;
use crate::model::estate::{AtlasProject, AwsAccount, Estate};
use crate::model::records::Records;
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const PROJECT: &str = "64b7f0c2a9d1e35c8a4f2b10";

pub(super) fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// `from..to`, instants without their `2026-` and seconds: `07-06T05:00`.
pub(super) fn span(from: &str, to: &str) -> Interval {
    let at = |text: &str| at(&format!("2026-{text}:00Z"));
    Interval::new(at(from), at(to)).expect("not empty")
}

pub(super) fn key(source: Source) -> SourceKey {
    use crate::model::estate::{ATLAS_SOURCES, AWS_SOURCES};
    let (account, region) = match source {
        Source::CloudResourceListing => (ACCOUNT, "us-east-1"),
        _ if AWS_SOURCES.contains(&source) => (ACCOUNT, "us-east-1"),
        _ if ATLAS_SOURCES.contains(&source) => (PROJECT, "global"),
        _ => ("compliance", "global"),
    };
    SourceKey {
        source,
        account: account.parse().expect("an account"),
        region: region.parse().expect("a region"),
    }
}

pub(super) fn estate() -> Estate {
    Estate {
        aws: vec![AwsAccount {
            account: ACCOUNT.parse().expect("an account"),
            name: "production".to_owned(),
            regions: ["us-east-1".parse().expect("a region")].into(),
        }],
        atlas: vec![AtlasProject {
            project: PROJECT.parse().expect("a project"),
            name: "luma-prod".to_owned(),
            clusters: ["patients".to_owned()].into(),
        }],
        records: Some("compliance".parse().expect("a database")),
    }
}

/// A pull to be: what was asked on `day` at 05:00, and the bodies that came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) receipt: Acquisition,
    pub(super) bodies: Vec<Vec<u8>>,
}

/// Parameters from `name=value` words.
pub(super) fn parameters(words: &str) -> BTreeMap<String, String> {
    let pair = |word: &str| {
        let (name, value) = word.split_once('=').expect("name=value");
        (name.to_owned(), value.to_owned())
    };
    words.split_whitespace().map(pair).collect()
}

impl Asked {
    /// A pull of one run a day (`07-06`), id ending in `end`, without pages.
    pub(super) fn on(day: &str, end: &str, source: Source, operation: &str, words: &str) -> Self {
        let key = key(source);
        let run = format!("2026-{day}");
        let id = format!("{run}/{source}/{}/{}{end}", key.account, key.region);
        let receipt = Acquisition {
            id: id.parse().expect("an id"),
            key,
            operation: operation.to_owned(),
            parameters: parameters(words),
            window: None,
            started: at(&format!("{run}T05:00:01Z")),
            finished: at(&format!("{run}T05:00:09Z")),
            caller: "arn:aws:sts::111122223333:assumed-role/backproof-collector/scheduled".to_owned(),
            tool: "backproof 0.1.0".to_owned(),
            pages: Vec::new(),
            outcome: PullOutcome::Complete,
        };
        Self {
            receipt,
            bodies: Vec::new(),
        }
    }

    /// With a window of eight days until 05:00, given by these two parameters.
    pub(super) fn window(mut self, since: &str, until: &str) -> Self {
        let end = self.receipt.started - chrono::TimeDelta::seconds(1);
        let start = end - chrono::TimeDelta::days(8);
        self.receipt.window = Interval::new(start, end);
        let show = crate::model::time::show;
        self.receipt.parameters.insert(since.to_owned(), show(start));
        self.receipt.parameters.insert(until.to_owned(), show(end));
        self
    }

    /// With one more page.
    pub(super) fn page(mut self, words: &str, body: &str) -> Self {
        let seconds = chrono::TimeDelta::milliseconds(210 + 400 * self.bodies.len() as i64);
        self.receipt.pages.push(Page {
            evidence: None,
            size: body.len() as u64,
            status: 200,
            request_id: format!("request-{}", self.bodies.len()),
            received: self.receipt.started + seconds,
            parameters: parameters(words),
        });
        self.bodies.push(body.as_bytes().to_vec());
        self
    }
}

/// The pulls as evidence. A page whose body was taken out of `bodies` stays without evidence.
pub(super) fn store(pulls: &[Asked]) -> MemoryStore {
    let mut store = MemoryStore::default();
    for pull in pulls {
        let mut receipt = pull.receipt.clone();
        for (page, body) in receipt.pages.iter_mut().zip(&pull.bodies) {
            page.size = body.len() as u64;
            page.evidence = Some(store.put(body.clone()));
        }
        store.push(receipt);
    }
    store
}

/// The pulls, and each listing of the present state among them as it was eight days before.
pub(super) fn with_listings_before(pulls: &[Asked]) -> Vec<Asked> {
    let eight_days = chrono::TimeDelta::days(8);
    let listing = |pull: &&Asked| pull.receipt.key.source.reach() == crate::model::source::Reach::Listing;
    let mut all = pulls.to_vec();
    for pull in pulls.iter().filter(listing) {
        let mut before = pull.clone();
        let receipt = &mut before.receipt;
        receipt.started -= eight_days;
        receipt.finished -= eight_days;
        receipt
            .pages
            .iter_mut()
            .for_each(|page| page.received -= eight_days);
        receipt.id = format!("before-{}", receipt.id).parse().expect("an id");
        all.push(before);
    }
    all
}

pub(super) fn normalized(pulls: &[Asked]) -> Records {
    super::normalize(&store(pulls), &estate())
}

/// Why `interval` is not proven for `source`; `None` when it is.
pub(super) fn gaps(records: &Records, source: Source, interval: Interval) -> Option<String> {
    let show = |gaps: Vec<Gap>| {
        gaps.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    records.coverage.prove(&key(source), interval).err().map(show)
}

/// `interval` is proven.
#[track_caller]
pub(super) fn proves(records: &Records, source: Source, interval: Interval) {
    assert_eq!(
        gaps(records, source, interval),
        None,
        "{source} has to be proven for {interval}"
    );
}

/// `interval` is not proven, for a reason that says `why`.
#[track_caller]
pub(super) fn lacks(records: &Records, source: Source, interval: Interval, why: &str) {
    let gaps = gaps(records, source, interval)
        .unwrap_or_else(|| panic!("{source} must not be proven for {interval}"));
    assert!(gaps.contains(why), "the reason should say {why:?}:\n{gaps}");
}
