//! Accounts: entered by a role, refused, or another one than the estate says. No secret is ever written down.

use std::path::Path;

use backproof::ledger::store::EvidenceStore;

use crate::estate::{EAST, HOME, OTHER, WEST, furnish, small};
use crate::harness::{Desk, account, pulls};
use crate::simulator::{Simulator, World};

const ROLE: &str = "role = \"backproof-collector\"";

/// Two accounts that are entered by a role.
pub(crate) fn both() -> World {
    let mut world = small();
    furnish(&mut world, OTHER, EAST);
    for known in [HOME, OTHER] {
        world
            .roles
            .insert(known.to_owned(), vec!["backproof-collector".to_owned()]);
    }
    world
}

#[test]
fn each_account_is_entered_by_its_role() {
    let simulator = Simulator::start(both());
    let desk = Desk::new(
        ROLE,
        &format!("{}{}", account(HOME, &[EAST, WEST]), account(OTHER, &[EAST])),
    );
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ledger = desk.ledger();
    for pull in EvidenceStore::acquisitions(&ledger) {
        let role = format!(
            "arn:aws:sts::{}:assumed-role/backproof-collector/backproof",
            pull.key.account
        );
        assert_eq!(pull.caller, role);
    }
    let accounts: Vec<&str> = pulls(&ledger, "backup:ListBackupJobs", EAST)
        .iter()
        .map(|pull| pull.key.account.as_str())
        .collect();
    assert_eq!(accounts.iter().filter(|account| **account == OTHER).count(), 2);
}

#[test]
fn an_account_that_refuses_leaves_its_gaps_and_takes_nobody_down() {
    let mut world = both();
    world.roles.remove(OTHER);
    let simulator = Simulator::start(world);
    let desk = Desk::new(
        ROLE,
        &format!("{}{}", account(HOME, &[EAST]), account(OTHER, &[EAST])),
    );
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4, "{ended:?}");
    let ledger = desk.ledger();
    for pull in EvidenceStore::acquisitions(&ledger) {
        assert_eq!(
            pull.failure().is_some(),
            pull.key.account.as_str() == OTHER,
            "{}",
            pull.id
        );
    }
    assert!(ended.told.contains("AssumeRole"), "{}", ended.told);
    assert!(
        ended.failed().iter().all(|(_, code)| code == "AccessDenied"),
        "{ended:?}"
    );
}

#[test]
fn credentials_of_another_account_prove_nothing_about_this_one() {
    let simulator = Simulator::start(both());
    let desk = Desk::new("", &account(OTHER, &[EAST]));
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.failed().iter().all(|(_, code)| code == "OtherAccount"));
    assert!(ended.told.contains("set `role`"), "{}", ended.told);
}

#[test]
fn one_account_speaks_for_the_organisation() {
    let simulator = Simulator::start(both());
    let estate = account(HOME, &[EAST]);
    let desk = Desk::new(&format!("organisation_account = \"{HOME}\""), &estate);
    assert_eq!(desk.collect(&simulator).code, 0);
    let ledger = desk.ledger();
    let listed = pulls(&ledger, "organizations:ListAccounts", "global");
    assert_eq!((listed.len(), listed[0].pages.len()), (1, 1));

    let refused = Desk::new(&format!("organisation_account = \"{OTHER}\""), &estate).collect(&simulator);
    assert_eq!(refused.code, 1);
    let said = format!("organisation_account is {OTHER}, which is no account of the estate");
    assert!(refused.told.contains(&said), "{}", refused.told);
}

#[test]
fn an_estate_without_a_place_to_ask_is_refused() {
    let simulator = Simulator::start(small());
    for estate in [
        "[estate.records]\ndatabase = \"compliance\"\n".to_owned(),
        account(HOME, &[]) + "[estate.records]\ndatabase = \"compliance\"\n",
    ] {
        let refused = Desk::new("", &estate).collect(&simulator);
        assert_eq!(refused.code, 1);
        assert!(
            refused.told.contains("asks in the places of [[estate.aws]]"),
            "{}",
            refused.told
        );
    }
}

#[test]
fn no_secret_is_written_down() {
    let simulator = Simulator::start(both());
    let desk = Desk::new(
        ROLE,
        &format!("{}{}", account(HOME, &[EAST]), account(OTHER, &[EAST])),
    );
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 0);
    assert!(!ended.said.contains("canary") && !ended.told.contains("canary"));
    search(&desk.ledger_dir());
}

fn search(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let canary = bytes.windows(6).any(|window| window == b"canary");
            assert!(!canary, "{}", path.display());
        }
    }
}
