//! An account that joins the organisation while a run goes on: what is known of and not collected is a gap until it is, whoever
//! noticed it first.

use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::estate::{EAST, HOME, OTHER, day, furnish, small};
use crate::harness::{Desk, Ended, account};
use crate::simulator::{Fault, Kind, Simulator};

const ACCOUNTS: &str = "organizations:ListAccounts";
const ROLE: &str = "backproof-collector";
/// Its id comes before the page that is asked for when it joins: the list of that run does not show it.
const EARLY: &str = "100000000001";
/// Its id comes after it: the same run's list shows it.
const LATE: &str = "222233334444";

/// A verb at five o'clock so many days ago.
fn at(desk: &Desk, simulator: &Simulator, ago: i64, arguments: &[&str]) -> Ended {
    let plain = desk.command(simulator, arguments);
    let now: DateTime<Utc> = day(ago) + TimeDelta::hours(5);
    let given = plain.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let output = Command::new("faketime")
        .args(["-f", &format!("@{}", now.format("%Y-%m-%d %H:%M:%S"))])
        .arg(plain.get_program())
        .args(plain.get_args())
        .current_dir(desk.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TZ", "UTC")
        .envs(given)
        .output()
        .unwrap();
    Ended::of(&output)
}

/// The estate has these accounts.
fn configure(desk: &Desk, accounts: &[&str]) {
    let file = desk.path().join("backproof.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let head = text.split("[[estate.aws]]").next().unwrap();
    let estate: String = accounts.iter().map(|id| account(id, &[EAST])).collect();
    std::fs::write(file, format!("{head}{estate}")).unwrap();
}

/// What is found of four days, all of them after the first run and before the second.
fn found(desk: &Desk, simulator: &Simulator) -> Value {
    found_of(desk, simulator, 7, 3)
}

fn found_of(desk: &Desk, simulator: &Simulator, since: i64, until: i64) -> Value {
    let date = |ago: i64| day(ago).format("%Y-%m-%d").to_string();
    let period = format!("{}..{}", date(since), date(until));
    let ended = desk.run(simulator, &["evaluate", "--period", &period]);
    assert!([3, 4].contains(&ended.code), "{}", ended.told);
    ended.json()
}

/// An item of CT-01: its state, and its reason where it has one.
fn item(found: &Value, id: &str) -> (String, String) {
    let tests = found["tests"].as_array().unwrap();
    let test = tests.iter().find(|test| test["id"] == "CT-01").unwrap();
    let of = |list: &str, member: &str| {
        let items = test[list].as_array().unwrap().iter();
        let mut items = items.filter(|item| item["item"] == id);
        items.next().map(|item| item[member].as_str().unwrap().to_owned())
    };
    let state = of("items", "state").unwrap_or_else(|| panic!("no item {id}: {:#?}", test["items"]));
    (state, of("indeterminate", "reason").unwrap_or_default())
}

/// The gaps of an account's backup jobs; `None` where nobody expects any.
fn gaps<'f>(found: &'f Value, account: &str) -> Option<&'f Vec<Value>> {
    let coverage = found["coverage"].as_array().unwrap().iter();
    let mut of_jobs =
        coverage.filter(|place| place["source"] == "aws_backup_jobs" && place["account"] == account);
    of_jobs.next().map(|place| place["gaps"].as_array().unwrap())
}

#[test]
fn an_account_that_joins_mid_run_is_a_gap_until_it_is_collected() {
    let mut world = small();
    world.page_rows = 1;
    furnish(&mut world, OTHER, EAST);
    for known in [HOME, OTHER] {
        world.roles.insert(known.to_owned(), vec![ROLE.to_owned()]);
    }
    let simulator = Simulator::start(world);
    let desk = Desk::new(
        &format!("role = \"{ROLE}\"\norganisation_account = \"{HOME}\""),
        &account(HOME, &[EAST]),
    );
    configure(&desk, &[HOME, OTHER]);
    let joins = [EARLY, LATE].map(|id| (ACCOUNTS, json!({"Id": id, "Status": "ACTIVE"})));
    simulator.fault(Fault {
        operation: ACCOUNTS,
        region: None,
        after: 1,
        times: 1,
        kind: Kind::Arrives(joins.into()),
    });

    // Run one: they join between its first page and its second.
    let ended = at(&desk, &simulator, 9, &["collect"]);
    assert_eq!(ended.code, 0, "nothing failed: {ended:?}");
    let (state, reason) = item(
        &found_of(&desk, &simulator, 9, 8),
        &format!("reconciliation/accounts/{HOME}/global"),
    );
    assert_eq!(state, "INDETERMINATE");
    assert!(
        reason.contains(&format!("account {LATE} is not part of the estate")),
        "{reason}"
    );
    assert!(!reason.contains(EARLY), "the list could not show it: {reason}");

    // Run two, in which its list shows both: the estate leaves them out, and nothing of them is taken for collected.
    let ended = at(&desk, &simulator, 2, &["collect"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let both = found(&desk, &simulator);
    let (state, reason) = item(&both, &format!("reconciliation/accounts/{HOME}/global"));
    assert_eq!(state, "INDETERMINATE");
    for id in [EARLY, LATE] {
        assert!(
            reason.contains(&format!("account {id} is not part of the estate")),
            "{reason}"
        );
        assert_eq!(gaps(&both, id), None);
    }

    // They are made part of the estate before anybody can enter them: each source of each is a gap.
    configure(&desk, &[HOME, OTHER, EARLY, LATE]);
    let unasked = found(&desk, &simulator);
    let (state, reason) = item(&unasked, &format!("reconciliation/accounts/{HOME}/global"));
    assert_eq!(
        state, "SUPPORTED",
        "the estate has all accounts that there are: {reason}"
    );
    assert_eq!(
        gaps(&unasked, LATE).map(Vec::len),
        Some(1),
        "expected, and never asked for"
    );
    {
        let mut state = simulator.state();
        state.world.roles.insert(LATE.to_owned(), vec![ROLE.to_owned()]);
        furnish(&mut state.world, LATE, EAST);
        furnish(&mut state.world, EARLY, EAST);
    }
    let ended = at(&desk, &simulator, 1, &["collect"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    let failed = ended.failed();
    assert!(
        failed.len() > 10 && failed.iter().all(|(place, _)| place.contains(EARLY)),
        "one for each source of the one account that nobody can enter: {failed:?}"
    );
    let one = found(&desk, &simulator);
    assert_eq!(
        gaps(&one, LATE).map(Vec::len),
        Some(0),
        "jobs are remembered for thirty days"
    );
    let missing = gaps(&one, EARLY).unwrap();
    assert_eq!(missing.len(), 1);
    let reason = missing[0]["reason"].as_str().unwrap();
    assert!(reason.contains("it failed with AccessDenied"), "{reason}");
    let (state, reason) = item(
        &one,
        &format!(
            "aws_backup_jobs/{EARLY}/{EAST}/{}",
            day(7).format("%Y-%m-%dT%H:%M:%SZ")
        ),
    );
    assert_eq!(state, "INDETERMINATE", "{reason}");

    // Once it can be entered, the next run fills what the service remembers.
    let roles = vec![ROLE.to_owned()];
    simulator.state().world.roles.insert(EARLY.to_owned(), roles);
    let ended = at(&desk, &simulator, 0, &["collect"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(gaps(&found(&desk, &simulator), EARLY).map(Vec::len), Some(0));
}
