//! `doctor`: what works, what does not, and what nobody can tell, each told apart; and the policy that it prints, held to what a
//! whole collection asks for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::Value;

use crate::estate::{BUCKET, EAST, HOME, OTHER, WEST, running, small};
use crate::harness::{Desk, Ended, account};
use crate::identities::both;
use crate::simulator::{Asked, Fault, Kind, Simulator, World};

const ROLE: &str = "role = \"backproof-collector\"";
/// More often than anybody tries.
const FOR_GOOD: usize = 1000;

fn doctor(desk: &Desk, simulator: &Simulator) -> Ended {
    let ended = desk.run(simulator, &["doctor"]);
    assert!(
        !ended.said.contains("canary") && !ended.told.contains("canary"),
        "{ended:?}"
    );
    // It looks, and leaves nothing behind.
    let mut left: Vec<_> = std::fs::read_dir(desk.path())
        .unwrap()
        .map(|item| item.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["backproof.toml"]);
    ended
}

/// The checks that did not work out, as `place name outcome`.
fn others(ended: &Ended) -> Vec<String> {
    let json = ended.json();
    let checks = json["checks"].as_array().unwrap().iter();
    let text = |check: &Value, member: &str| check[member].as_str().unwrap().to_owned();
    checks
        .filter(|check| check["outcome"] != "ok" && check["outcome"] != "note")
        .map(|check| {
            format!(
                "{} {} {}",
                text(check, "place"),
                text(check, "check"),
                text(check, "outcome")
            )
        })
        .collect()
}

/// A member of the check of this name.
fn of(ended: &Ended, place: &str, name: &str, member: &str) -> String {
    let json = ended.json();
    let mut checks = json["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["check"] == name && check["place"] == place);
    let check = check.unwrap_or_else(|| panic!("{place} {name}: {json}"));
    check[member].as_str().unwrap().to_owned()
}

fn fault(operation: &'static str, region: &'static str, kind: Kind) -> Fault {
    Fault {
        operation,
        region: Some(region),
        after: 0,
        times: FOR_GOOD,
        kind,
    }
}

/// With jobs of each kind everywhere that the lists of a second run don't show.
fn with_running(mut world: World) -> World {
    for (account, region) in [(HOME, EAST), (HOME, WEST), (OTHER, EAST)] {
        for (list, job) in running(account, region, 12) {
            world.row(list, account, region, job);
        }
    }
    world
}

fn by_role() -> Desk {
    let source = format!("{ROLE}\norganisation_account = \"{HOME}\"");
    Desk::new(
        &source,
        &format!("{}{}", account(HOME, &[EAST, WEST]), account(OTHER, &[EAST])),
    )
}

#[test]
fn an_estate_in_which_all_works_is_told_so() {
    let simulator = Simulator::start(both());
    let desk = by_role();
    let ended = doctor(&desk, &simulator);
    assert_eq!((ended.code, others(&ended)), (0, vec![]), "{ended:?}");
    assert_eq!(of(&ended, "", "clock", "outcome"), "ok");
    assert_eq!(
        of(&ended, "", "signer", "outcome"),
        "note",
        "a development identity is said"
    );
    assert_eq!(of(&ended, "", "time stamps", "outcome"), "note");
    let identity = of(&ended, "", "identity of the environment", "said");
    assert_eq!(identity, format!("arn:aws:sts::{HOME}:user/scheduled"));

    // Each call is made once in its smallest form, and none that a collection does not make.
    let asked = |simulator: &Simulator| -> BTreeSet<String> {
        let state = simulator.state();
        state.log.iter().map(|asked| asked.operation.clone()).collect()
    };
    let tried = asked(&simulator);
    for asked in &simulator.state().log {
        let rows = [
            "maxResults",
            "MaxResults",
            "Limit",
            "ResourcesPerPage",
            "max-keys",
            "MaxItems",
        ];
        for rows in rows.iter().filter_map(|name| asked.parameters.get(*name)) {
            assert_eq!(rows, "1", "{asked:?}");
        }
    }
    let collected = Simulator::start(with_running(both()));
    let desk = by_role();
    assert_eq!(desk.collect(&collected).code, 0);
    desk.age(1);
    assert_eq!(desk.collect(&collected).code, 0);
    assert_eq!(tried, asked(&collected));

    // Its calls leave no receipt: in a trail they are told apart from a collector's by their session.
    let sessions = |simulator: &Simulator| -> BTreeSet<String> {
        let state = simulator.state();
        let roles = state
            .log
            .iter()
            .filter(|asked| asked.operation == "sts:AssumeRole");
        roles
            .map(|asked| asked.parameters["RoleSessionName"].clone())
            .collect()
    };
    assert_eq!(
        sessions(&simulator),
        BTreeSet::from(["backproof-doctor".to_owned()])
    );
    assert_eq!(sessions(&collected), BTreeSet::from(["backproof".to_owned()]));
}

#[test]
fn a_person_sees_it_at_a_glance() {
    let simulator = Simulator::start(small());
    simulator.fault(fault("kms:ListKeys", WEST, Kind::Denied));
    let desk = Desk::at_home(&[EAST, WEST]);
    let ended = desk.run_at(&simulator.url(), &["doctor"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    // How long answers take is the machine's business.
    let is_clock = |line: &&str| !line.starts_with("  ok    clock");
    let said: String = ended
        .said
        .lines()
        .filter(is_clock)
        .map(|line| format!("{line}\n"))
        .collect();
    let expected = include_str!("doctor.txt");
    assert!(said == expected, "doctor now says:\n{said}");
    let all = desk.run_at(&simulator.url(), &["doctor", "--all"]);
    assert!(all.said.contains("backup:ListBackupJobs"), "{}", all.said);
}

#[test]
fn what_is_denied_in_one_region_is_named_there_and_nowhere_else() {
    let simulator = Simulator::start(small());
    simulator.fault(fault("kms:ListKeys", EAST, Kind::Denied));
    simulator.fault(fault("s3:GetObject", WEST, Kind::Denied));
    let ended = doctor(&Desk::at_home(&[EAST, WEST]), &simulator);
    assert_eq!(ended.code, 1, "{ended:?}");
    let expected = [
        format!("{EAST} kms:ListKeys failed"),
        format!("{EAST} kms:DescribeKey unknown"),
        format!("{WEST} s3:GetObject failed"),
    ];
    assert_eq!(others(&ended), expected);
    assert!(of(&ended, EAST, "kms:ListKeys", "next").starts_with("allow kms:ListKeys"));
    assert_eq!(
        of(&ended, EAST, "kms:DescribeKey", "said"),
        "not tried: no key is known"
    );
    assert!(of(&ended, WEST, "s3:GetObject", "said").contains(BUCKET));
}

#[test]
fn what_could_not_be_tried_is_never_said_to_work() {
    let simulator = Simulator::start(small());
    simulator.fault(fault("backup:ListCopyJobs", EAST, Kind::Throttled));
    simulator.fault(fault("tag:GetResources", EAST, Kind::ServerError));
    simulator.fault(fault("cloudtrail:LookupEvents", EAST, Kind::Gateway));
    let ended = doctor(&Desk::at_home(&[EAST]), &simulator);
    assert_eq!(ended.code, 4, "{ended:?}");
    let expected = [
        format!("{EAST} backup:ListCopyJobs unknown"),
        format!("{EAST} cloudtrail:LookupEvents unknown"),
        format!("{EAST} tag:GetResources unknown"),
    ];
    assert_eq!(others(&ended), expected);

    // Nor is a place where there is nothing yet.
    let mut world = World::new();
    let regions = small()
        .rows
        .remove(&("account:ListRegions", HOME.to_owned(), "global".to_owned()));
    world.rows.insert(
        ("account:ListRegions", HOME.to_owned(), "global".to_owned()),
        regions.unwrap(),
    );
    let trails = ("cloudtrail:DescribeTrails", HOME, EAST);
    world.reply(
        trails.0,
        trails.1,
        trails.2,
        "",
        serde_json::json!({"trailList": []}),
    );
    let ended = doctor(&Desk::at_home(&[EAST]), &Simulator::start(world));
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(
        of(&ended, EAST, "s3:GetObject", "said"),
        "not tried: no object of a trail is known"
    );
    assert_eq!(
        of(&ended, EAST, "cloudtrail:GetTrailStatus", "said"),
        "not tried: no trail that delivers here is known"
    );
}

#[test]
fn a_region_that_is_not_enabled_is_asked_once() {
    let simulator = Simulator::start(small());
    simulator.fault(fault("backup:ListBackupJobs", WEST, Kind::RegionOff));
    let ended = doctor(&Desk::at_home(&[EAST, WEST]), &simulator);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        others(&ended).iter().all(|check| check.starts_with(WEST)),
        "{ended:?}"
    );
    assert!(of(&ended, WEST, "backup:ListBackupJobs", "next").starts_with("enable the region"));
    assert_eq!(
        of(&ended, WEST, "kms:ListKeys", "said"),
        "not tried: the region is not enabled"
    );
    let state = simulator.state();
    let there = state.log.iter().filter(|asked| asked.signed.region == WEST);
    assert_eq!(there.count(), 1);
}

#[test]
fn who_is_not_let_in_is_told_why() {
    let refused = |desk: &Desk, world: World, fault: Option<Fault>| {
        let simulator = Simulator::start(world);
        simulator.state().faults.extend(fault);
        let ended = doctor(desk, &simulator);
        assert_eq!(ended.code, 1, "{ended:?}");
        ended
    };
    // The token has expired.
    let ended = refused(
        &Desk::at_home(&[EAST]),
        small(),
        Some(fault("sts:GetCallerIdentity", EAST, Kind::ExpiredToken)),
    );
    assert!(of(&ended, "", "identity", "said").starts_with("the credentials have expired"));
    assert!(of(&ended, "", "every call", "outcome") == "unknown");

    // The role does not let anybody in; the other account's does.
    let mut world = both();
    world.roles.remove(OTHER);
    let ended = refused(&by_role(), world, None);
    assert_eq!(
        others(&ended),
        [" role backproof-collector failed", " every call unknown"]
    );
    let json = ended.json();
    let checks = json["checks"].as_array().unwrap();
    let role = checks
        .iter()
        .find(|check| check["check"] == "role backproof-collector" && check["outcome"] == "failed");
    let role = role.unwrap();
    assert!(role["group"].as_str().unwrap().contains(OTHER));
    let next = role["next"].as_str().unwrap();
    assert!(
        next.contains(&format!(
            "sts:AssumeRole of arn:aws:iam::{OTHER}:role/backproof-collector"
        )),
        "{next}"
    );
    assert!(next.contains("trust policy"), "{next}");

    // The environment itself has no identity that counts.
    let ended = refused(
        &by_role(),
        both(),
        Some(fault("sts:GetCallerIdentity", EAST, Kind::Denied)),
    );
    assert_eq!(
        others(&ended),
        [" identity of the environment failed", " every call unknown"]
    );

    // The credentials are of another account.
    let ended = refused(&Desk::new("", &account(OTHER, &[EAST])), both(), None);
    assert!(of(&ended, "", "identity", "said").contains(&format!("are of account {HOME}")));
}

#[test]
fn nobody_there_is_a_failure_and_not_an_empty_estate() {
    let ended = Desk::at_home(&[EAST]).run_at("http://127.0.0.1:1", &["doctor", "--json"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        of(&ended, "", "identity", "said").starts_with("no connection"),
        "{ended:?}"
    );
    assert_eq!(of(&ended, "", "clock", "outcome"), "unknown");
}

#[test]
fn a_clock_that_is_off_is_found() {
    for (ahead, way) in [
        (TimeDelta::minutes(20), "behind"),
        (TimeDelta::minutes(-20), "ahead of"),
    ] {
        let mut world = small();
        world.ahead = ahead;
        let ended = doctor(&Desk::at_home(&[EAST]), &Simulator::start(world));
        assert_eq!(
            (ended.code, others(&ended)),
            (1, vec![" clock failed".to_owned()]),
            "{ended:?}"
        );
        let said = of(&ended, "", "clock", "said");
        assert!(said.contains(way) && said.contains("minutes"), "{said}");
    }
    let mut world = small();
    world.ahead = TimeDelta::minutes(4);
    let ended = doctor(&Desk::at_home(&[EAST]), &Simulator::start(world));
    assert_eq!(ended.code, 0, "{ended:?}");
}

/// The policies by who asks.
fn policies(desk: &Desk, more: &[&str]) -> BTreeMap<String, Vec<Value>> {
    let ended = desk.run_at("http://127.0.0.1:1", &[&["doctor", "--policy"], more].concat());
    assert_eq!(ended.code, 0, "{ended:?}");
    let json = ended.json();
    let policies = json["aws"].as_array().unwrap().iter().map(|one| {
        let statements = one["policy"]["Statement"].as_array().unwrap().clone();
        (one["identity"].as_str().unwrap().to_owned(), statements)
    });
    policies.collect()
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Whether `text` is as `pattern` says, in which `*` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|text| {
            (0..=text.len())
                .filter(|at| text.is_char_boundary(*at))
                .any(|at| is_like(&text[at..], rest))
        }),
    }
}

/// The action that IAM asks for, and what for, where the request says.
fn action(asked: &Asked) -> (String, Option<String>) {
    let parameter = |name: &str| asked.parameters.get(name).cloned().unwrap_or_default();
    let (region, account) = (&asked.signed.region, &asked.signed.account);
    let resource = match asked.operation.as_str() {
        "s3:HeadBucket" | "s3:ListObjectsV2" => Some(format!("arn:aws:s3:::{}", parameter("Bucket"))),
        "s3:GetObject" => Some(format!(
            "arn:aws:s3:::{}/{}",
            parameter("Bucket"),
            parameter("Key")
        )),
        "sts:AssumeRole" => Some(parameter("RoleArn")),
        "kms:DescribeKey" => Some(format!(
            "arn:aws:kms:{region}:{account}:key/{}",
            parameter("KeyId")
        )),
        "cloudtrail:GetTrailStatus" => Some(parameter("Name")),
        "account:ListRegions" => Some(format!("arn:aws:account::{account}:account")),
        plan if plan.starts_with("backup:") && asked.parameters.contains_key("BackupPlanId") => {
            Some(format!(
                "arn:aws:backup:{region}:{account}:backup-plan:{}",
                parameter("BackupPlanId")
            ))
        }
        vault if vault.starts_with("backup:") && asked.parameters.contains_key("BackupVaultName") => {
            Some(format!(
                "arn:aws:backup:{region}:{account}:backup-vault:{}",
                parameter("BackupVaultName")
            ))
        }
        _ => None,
    };
    let action = match asked.operation.as_str() {
        "s3:HeadBucket" | "s3:ListObjectsV2" => "s3:ListBucket",
        operation => operation,
    };
    (action.to_owned(), resource)
}

/// A whole collection asks for exactly what the policy allows, by whom and for what it allows it.
#[track_caller]
fn agrees(desk: &Desk, world: World, more: &[&str]) {
    let simulator = Simulator::start(with_running(world));
    assert_eq!(desk.collect(&simulator).code, 0);
    desk.age(1);
    assert_eq!(desk.collect(&simulator).code, 0);
    let mut unused = policies(desk, more);
    let policies = unused.clone();
    for asked in &simulator.state().log {
        let identity = match asked.signed.key.starts_with("ASIA") {
            true => format!("arn:aws:iam::{}:role/backproof-collector", asked.signed.account),
            false => "environment".to_owned(),
        };
        let (action, resource) = action(asked);
        let allows = |statement: &&Value| {
            let regions = &statement["Condition"]["StringEquals"]["aws:RequestedRegion"];
            let here = regions.is_null() || texts(regions).contains(&asked.signed.region);
            let on = resource.as_deref().unwrap_or("*");
            let on_it = texts(&statement["Resource"])
                .iter()
                .any(|pattern| is_like(on, pattern));
            texts(&statement["Action"]).contains(&action) && here && on_it
        };
        let statements = policies
            .get(&identity)
            .unwrap_or_else(|| panic!("nothing for {identity}"));
        assert!(
            statements.iter().any(|one| allows(&one)),
            "{identity} may not: {asked:?}"
        );
        for statement in unused.get_mut(&identity).unwrap() {
            let actions = texts(&statement["Action"])
                .into_iter()
                .filter(|one| *one != action);
            statement["Action"] = actions.collect();
        }
    }
    for (identity, statements) in unused {
        for statement in statements {
            assert_eq!(
                texts(&statement["Action"]),
                [""; 0],
                "{identity} needs none of these"
            );
        }
    }
}

#[test]
fn the_policy_is_what_a_whole_collection_asks_for() {
    agrees(&Desk::at_home(&[EAST, WEST]), small(), &["--trail", BUCKET]);
    agrees(&by_role(), both(), &["--trail", BUCKET]);
    agrees(&by_role(), both(), &[]);
}

#[test]
fn the_policy_is_narrowed_as_far_as_it_can_be() {
    let desk = by_role();
    let narrow = policies(
        &desk,
        &[
            "--trail",
            "luma-trail",
            "--trail",
            "central/audit",
            "--trail-key",
            "arn:aws:kms:us-east-1:1:key/k",
        ],
    );
    let identities: Vec<&str> = narrow.keys().map(String::as_str).collect();
    let roles = [HOME, OTHER].map(|account| format!("arn:aws:iam::{account}:role/backproof-collector"));
    assert_eq!(identities, [&roles[0], &roles[1], "environment"]);
    assert_eq!(texts(&narrow["environment"][0]["Resource"]), roles);
    let by_sid = |sid: &str| {
        let found = narrow[&roles[0]].iter().find(|statement| statement["Sid"] == sid);
        found.unwrap_or_else(|| panic!("no {sid}")).clone()
    };
    assert_eq!(
        texts(&by_sid("TrailObjects")["Resource"]),
        [
            "arn:aws:s3:::central/audit/AWSLogs/*",
            "arn:aws:s3:::luma-trail/AWSLogs/*"
        ]
    );
    assert_eq!(
        texts(&by_sid("TrailBuckets")["Resource"]),
        ["arn:aws:s3:::central", "arn:aws:s3:::luma-trail"]
    );
    assert_eq!(texts(&by_sid("TrailKeys")["Action"]), ["kms:Decrypt"]);
    let everywhere: Vec<String> = narrow
        .values()
        .flatten()
        .flat_map(|one| texts(&one["Action"]))
        .collect();
    for action in &everywhere {
        let verb = action.split(':').nth(1).unwrap();
        let reads = ["Get", "List", "Describe", "Lookup", "Decrypt", "AssumeRole"];
        assert!(reads.iter().any(|read| verb.starts_with(read)), "{action}");
    }
    let speaks = |role: &str| {
        narrow[role].iter().any(|one| {
            texts(&one["Action"])
                .iter()
                .any(|one| one == "organizations:ListAccounts")
        })
    };
    assert!(speaks(&roles[0]) && !speaks(&roles[1]));
}
