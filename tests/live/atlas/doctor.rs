//! `doctor` over Atlas: who is let in, to what, and what nobody can tell.

use serde_json::Value;

use super::access::CLIENT_SECRET;
use super::desk::{ACCOUNT, Desk, KEY};
use super::estate::{HOME, OTHER, backup, small};
use super::simulator::{Fault, Kind, Simulator};
use crate::harness::Ended;

fn doctor(desk: &Desk) -> Ended {
    let ended = desk.run(&["doctor"]);
    assert!(
        !ended.said.contains("canary") && !ended.told.contains("canary"),
        "{ended:?}"
    );
    assert!(!desk.ledger_dir().exists(), "it only looks");
    ended
}

/// The checks that did not work out: group, place, name, outcome.
fn others(ended: &Ended) -> Vec<String> {
    let json = ended.json();
    let checks = json["checks"].as_array().unwrap().iter();
    let text = |check: &Value, member: &str| check[member].as_str().unwrap().to_owned();
    checks
        .filter(|check| check["outcome"] != "ok" && check["outcome"] != "note")
        .map(|check| {
            ["group", "place", "check", "outcome"]
                .map(|member| text(check, member))
                .join("/")
        })
        .collect()
}

#[test]
fn all_that_is_asked_for_is_tried_in_its_smallest_form() {
    for identity in [ACCOUNT, KEY] {
        let simulator = Simulator::start(small());
        let ended = doctor(&Desk::new(&simulator, identity, &[HOME, OTHER]));
        assert_eq!((ended.code, others(&ended)), (0, vec![]), "{ended:?}");
        let state = simulator.state();
        let asked = |whole: bool| {
            state
                .log
                .iter()
                .filter(move |asked| asked.path.ends_with("/clusters") == whole)
        };
        assert!(asked(false).all(|asked| asked.query.get("itemsPerPage").is_none_or(|rows| rows == "1")));
        // The list of clusters alone is read whole: those of the configuration have to stand in it.
        assert!(asked(true).all(|asked| asked.query["itemsPerPage"] == "500"));

        // A collection asks for the same resources, and for no other.
        let paths = |simulator: &Simulator| -> std::collections::BTreeSet<String> {
            simulator
                .state()
                .log
                .iter()
                .map(|asked| asked.path.clone())
                .collect()
        };
        drop(state);
        let collected = Simulator::start(small());
        assert_eq!(Desk::new(&collected, identity, &[HOME, OTHER]).collect().code, 0);
        assert_eq!(paths(&simulator), paths(&collected));
    }
}

#[test]
fn a_project_that_refuses_is_told_apart_from_the_others() {
    let simulator = Simulator::start(small());
    simulator.state().access.forbidden.insert(OTHER.to_owned());
    let ended = doctor(&Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        others(&ended)
            .iter()
            .all(|check| check.starts_with(&format!("Atlas {OTHER}"))),
        "{ended:?}"
    );
    assert!(ended.said.contains("Project Read Only"), "{ended:?}");
}

#[test]
fn an_identity_that_is_refused_is_asked_with_once() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    std::fs::write(
        desk.path().join("client-secret"),
        CLIENT_SECRET.replace("secret", "other"),
    )
    .unwrap();
    let ended = doctor(&desk);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(
        others(&ended).len(),
        3,
        "the identity, the other calls, the clock: {ended:?}"
    );
    assert!(
        ended.said.contains("check client_id and client_secret"),
        "{ended:?}"
    );
    assert_eq!(simulator.state().access.token_requests, 1);

    // A secret that is not there is found before anybody is asked.
    std::fs::remove_file(desk.path().join("client-secret")).unwrap();
    let ended = doctor(&desk);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.said.contains("can't read what client_secret names"),
        "{ended:?}"
    );
}

#[test]
fn a_cluster_that_is_not_listed_fails_and_what_is_throttled_nobody_can_tell() {
    let simulator = Simulator::start(small());
    let path = format!("{HOME}/clusters");
    simulator.state().lists.get_mut(&path).unwrap().remove(0);
    let ended = doctor(&Desk::new(&simulator, ACCOUNT, &[HOME]));
    assert_eq!(ended.code, 1, "{ended:?}");
    let others = others(&ended);
    assert!(
        others.len() == 1 && others[0].ends_with("/cluster/failed"),
        "{others:?}"
    );

    let simulator = Simulator::start(small());
    let cluster = super::estate::CLUSTERS[0];
    simulator.fault(Fault {
        path: backup(HOME, cluster, "restoreJobs"),
        after: 0,
        times: 1000,
        kind: Kind::Throttled(Some(0)),
    });
    let ended = doctor(&Desk::new(&simulator, ACCOUNT, &[HOME]));
    assert_eq!(ended.code, 4, "{ended:?}");
    let others = self::others(&ended);
    assert!(
        others.len() == 1 && others[0].ends_with("atlas:listRestoreJobs/unknown"),
        "{others:?}"
    );
}

#[test]
fn the_role_is_printed_project_by_project_without_a_secret_being_read() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]);
    std::fs::remove_file(desk.path().join("client-secret")).unwrap();
    let ended = desk.run(&["doctor", "--policy"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let expected =
        [HOME, OTHER].map(|project| serde_json::json!({"project": project, "role": "Project Read Only"}));
    assert_eq!(ended.json()["atlas"], Value::from(expected.to_vec()));
}
