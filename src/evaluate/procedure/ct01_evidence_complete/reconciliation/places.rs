//! The accounts and regions of the estate against those that there are by AWS's own lists.
//!
//! An account or region that nobody configured is in no population and would never be missed. An enabled region that the
//! estate leaves out counts as looked into where the independent listing is proven there and shows nothing that can hold
//! data. An account that was closed explains itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Reconciliation, counted, evidence, proven};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::Place;
use crate::model::estate::global;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::ids::{Account, Region};
use crate::model::records::Citation;
use crate::model::source::{Source, SourceKey};

/// Who can list the accounts of an organisation.
const WHO: &str =
    "a list of the organisation's accounts, by its management account or a delegated administrator";

/// Whether the organisation's accounts were listed at all: an INDETERMINATE item where they were not.
pub(super) fn unlisted(context: &Context<'_>, builder: &mut FindingBuilder) {
    let coverage = &context.records.coverage;
    let accounts = configured(context);
    let listed = coverage
        .keys()
        .iter()
        .any(|key| key.source == Source::AwsAccounts);
    let of_accounts = coverage.expected().iter();
    let asked: Vec<_> = of_accounts
        .filter(|key| key.source == Source::AwsRegions)
        .collect();
    let Some(searched) = asked.into_iter().map(Evidence::place).reduce(Evidence::and) else {
        return;
    };
    if !listed {
        let reason = format!(
            "the accounts of the organisation were not listed: whether there are more than the {} of the estate is not known",
            accounts.len()
        );
        builder.indeterminate("estate/accounts", reason, WHO, searched);
    }
}

/// The accounts of the estate against a list of the organisation's.
pub(super) fn accounts(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let span = examined(context.scope);
    let key = place.key(Source::AwsAccounts);
    let rows = context.records.accounts.iter();
    let rows = rows.filter(|row| row.key == key && row.value.at >= span.start());
    // Closed is what every list of the period says so; one that was open in any counts.
    let mut listed: BTreeMap<&Account, (bool, &Citation)> = BTreeMap::new();
    for row in rows {
        let (closed, _) = listed.entry(&row.value.account).or_insert((true, &row.citation));
        *closed = *closed && row.value.closed;
    }
    let estate = configured(context);
    let (mut explained, mut open, mut cited) = (Vec::new(), Vec::new(), Vec::new());
    for (account, (closed, citation)) in listed.iter().filter(|(account, _)| !estate.contains(*account)) {
        if *closed {
            explained.push(format!("account {account} is closed"));
        } else {
            open.push(format!("account {account} is not part of the estate"));
        }
        cited.push(*citation);
    }
    let missing = estate.iter().filter(|account| !listed.contains_key(*account));
    open.extend(
        missing.map(|account| format!("account {account} of the estate is not in the organisation's list")),
    );
    let keys = [key];
    Some(Reconciliation {
        name: "accounts",
        left: counted(estate.len(), "AWS accounts of the estate"),
        right: counted(listed.len(), "accounts of the organisation by its own list"),
        explained,
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "each account in the estate, with its evidence",
    })
}

/// The regions of an account that are collected or looked into, against those that are enabled.
pub(super) fn regions(context: &Context<'_>, place: &Place) -> Option<Reconciliation> {
    let span = examined(context.scope);
    let key = place.key(Source::AwsRegions);
    let rows = context.records.regions.iter();
    let rows = rows.filter(|row| row.key == key && row.value.at >= span.start());
    let enabled: BTreeMap<&Region, &Citation> = rows
        .filter(|row| row.value.enabled)
        .map(|row| (&row.value.region, &row.citation))
        .collect();
    let expected = context.records.coverage.expected().iter();
    let collected: BTreeSet<&Region> = expected
        .filter(|key| key.source == Source::AwsBackupJobs && key.account == place.account)
        .map(|key| &key.region)
        .collect();
    let (mut looked_into, mut explained, mut open, mut cited) = (0, Vec::new(), Vec::new(), Vec::new());
    for (region, citation) in enabled.iter().filter(|(region, _)| !collected.contains(*region)) {
        let listing = SourceKey {
            source: Source::CloudResourceListing,
            account: place.account.clone(),
            region: (*region).clone(),
        };
        let holding = context.records.resources.iter();
        let holding = holding
            .filter(|row| row.key == listing && row.value.data_bearing)
            .count();
        let proof = context.records.coverage.prove(&listing, span);
        match (holding, proof) {
            (0, Ok(_)) => {
                looked_into += 1;
                explained.push(format!(
                    "{region} was looked into and holds nothing that can hold data"
                ));
            }
            (0, Err(_)) => open.push(format!("{region} is enabled, and nobody looked into it")),
            (number, _) => open.push(format!(
                "{region} is not part of the estate and has {number} resources that can hold data"
            )),
        }
        cited.push(*citation);
    }
    let missing = collected.iter().filter(|region| !enabled.contains_key(*region));
    open.extend(
        missing.map(|region| format!("{region} of the estate is not enabled by the account's own list")),
    );
    let keys = [key];
    (!collected.is_empty()).then(|| Reconciliation {
        name: "regions",
        left: counted(
            collected.len() + looked_into,
            "regions that are collected or were looked into",
        ),
        right: counted(enabled.len(), "regions that are enabled"),
        explained,
        open,
        proof: proven(context, &keys, span),
        evidence: evidence(&keys, cited),
        resolves: "each enabled region in the estate, or an independent listing of it throughout the period",
    })
}

/// The AWS accounts of the estate that have a region.
fn configured<'a>(context: &Context<'a>) -> BTreeSet<&'a Account> {
    let expected = context.records.coverage.expected().iter();
    expected
        .filter(|key| key.source == Source::AwsBackupJobs)
        .map(|key| &key.account)
        .collect()
}

/// Where an account's own lists are.
pub(super) fn of_account(account: &Account) -> Place {
    Place {
        provider: crate::model::records::backups::Provider::Aws,
        account: account.clone(),
        region: global(),
    }
}
