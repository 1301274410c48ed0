//! The accounts and regions of the estate against those that there are.

use State::{Indeterminate, Supported};

use super::{check_tally, check_ties, tally};
use crate::evaluate::procedure::ct01_evidence_complete::evidence_complete;
use crate::evaluate::procedure::ct01_evidence_complete::tests::{ALL, reconciled};
use crate::evaluate::testing::backups::check_drops;
use crate::evaluate::testing::{ACCOUNT, World, at, check, in_account, span};
use crate::model::finding::State;
use crate::model::source::{Source, SourceKey};

const ACCOUNTS: &str = "accounts";
const REGIONS: &str = "regions";
const OTHER: &str = "222233334444";

#[test]
fn the_estate_has_every_account_of_the_organisation() {
    check_ties(&World::new(), ACCOUNTS, 1);
    check_drops(&World::new(), evidence_complete);
    let mut more = World::new();
    more.list_account(OTHER, false);
    let unknown = "1 unexplained: account 222233334444 is not part of the estate";
    check_tally(&more, ACCOUNTS, (1, 2), Indeterminate, unknown);
    more.records.accounts[1].value.closed = true;
    let closed = "1 explained: account 222233334444 is closed";
    check_tally(&more, ACCOUNTS, (1, 2), Supported, closed);
    // Closed in one list and open in another is open.
    more.list_account(OTHER, false);
    check_tally(&more, ACCOUNTS, (1, 2), Indeterminate, unknown);
    more.records.accounts.swap(1, 2);
    check_tally(&more, ACCOUNTS, (1, 2), Indeterminate, unknown);
    // Before the period it was somebody else's.
    for row in &mut more.records.accounts[1..] {
        row.value.at = at("2026-06-30T23:59");
    }
    check_ties(&more, ACCOUNTS, 1);
    more.records.accounts[1].value.at = at("2026-07-01");
    more.records.accounts[1].value.closed = false;
    check_tally(&more, ACCOUNTS, (1, 2), Indeterminate, unknown);
    let mut foreign = World::new();
    foreign.records.accounts.clear();
    let missing = "1 unexplained: account 111122223333 of the estate is not in the organisation's list";
    check_tally(&foreign, ACCOUNTS, (1, 0), Indeterminate, missing);
    let mut gap = World::new();
    gap.unprove(Source::AwsAccounts, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, ACCOUNTS, (1, 1), Indeterminate, "none");
}

#[test]
fn that_nobody_listed_the_accounts_is_said() {
    let mut world = reconciled();
    world.unlist(&in_account(Source::AwsAccounts));
    let why = "were not listed: whether there are more than the 1 of the estate is not known";
    check(
        &world,
        evidence_complete,
        ALL - 1,
        &[("estate/accounts", Indeterminate, why)],
    );
    // Without AWS there is no organisation to ask.
    world.scope.estate.aws.clear();
    let finding = world.run(evidence_complete);
    assert!(!finding.items().iter().any(|item| item.id() == "estate/accounts"));
}

fn elsewhere() -> SourceKey {
    SourceKey {
        source: Source::CloudResourceListing,
        account: ACCOUNT.parse().expect("an account"),
        region: "eu-west-1".parse().expect("a region"),
    }
}

#[test]
fn every_enabled_region_is_collected_or_looked_into() {
    check_ties(&World::new(), REGIONS, 2);
    let mut disabled = World::new();
    disabled.list_region("eu-west-1", false);
    check_ties(&disabled, REGIONS, 2);
    let mut enabled = disabled.clone();
    enabled.records.regions[2].value.enabled = true;
    let unseen = "1 unexplained: eu-west-1 is enabled, and nobody looked into it";
    check_tally(&enabled, REGIONS, (2, 3), Indeterminate, unseen);
    check_drops(&enabled, evidence_complete);
    let mut seen = enabled.clone();
    seen.prove_place(elsewhere());
    let swept = "1 explained: eu-west-1 was looked into and holds nothing that can hold data";
    check_tally(&seen, REGIONS, (3, 3), Supported, swept);
    seen.add_resource("arn:aws:rds:eu-west-1:111122223333:db:other", &[]);
    seen.records.resources[0].key = elsewhere();
    let holding = "1 unexplained: eu-west-1 is not part of the estate and has 1 resources that can hold data";
    check_tally(&seen, REGIONS, (2, 3), Indeterminate, holding);
    seen.records.resources[0].value.data_bearing = false;
    check_tally(&seen, REGIONS, (3, 3), Supported, swept);
    seen.unprove(Source::CloudResourceListing, span("2026-07-04", "2026-07-05"));
    check_tally(&seen, REGIONS, (2, 3), Indeterminate, unseen);
    // A list from before the period is none of the period's.
    enabled.records.regions[2].value.at = at("2026-06-30T23:59");
    check_ties(&enabled, REGIONS, 2);
    enabled.records.regions[2].value.at = at("2026-07-01");
    check_tally(&enabled, REGIONS, (2, 3), Indeterminate, unseen);
    let mut off = World::new();
    off.records.regions[1].value.enabled = false;
    let missing = "1 unexplained: us-west-2 of the estate is not enabled by the account's own list";
    check_tally(&off, REGIONS, (2, 1), Indeterminate, missing);
    let mut gap = World::new();
    gap.unprove(Source::AwsRegions, span("2026-07-04", "2026-07-05"));
    check_tally(&gap, REGIONS, (2, 2), Indeterminate, "none");
    gap.scope.estate.aws.clear();
    assert!(tally(&gap.run(evidence_complete), REGIONS).is_none());
}
