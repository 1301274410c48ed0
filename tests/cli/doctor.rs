//! `doctor` over what lies on this machine: the configuration, the ledger, the key that signs.

use serde_json::Value;

use crate::harness::{Ended, fixtures, json};
use crate::world::World;

/// What is said of a check.
fn told(ended: &Ended, name: &str) -> (String, String) {
    let json = json(&ended.out);
    let mut checks = json["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["check"] == name);
    let check = check.unwrap_or_else(|| panic!("no {name}: {json}"));
    let text = |member: &str| check[member].as_str().unwrap().to_owned();
    (text("outcome"), text("said"))
}

fn doctor(world: &World) -> Ended {
    world.backproof(&["doctor", "--json"])
}

/// With a key and certificates of the test authority.
fn signing(world: &World, key: &str, certificates: &str) {
    let config = std::fs::read_to_string(world.path("backproof.toml")).unwrap();
    let config = config.split("\n[signing]").next().unwrap();
    world.write(
        "backproof.toml",
        &format!("{config}\n[signing]\nkey = \"file:{key}\"\ncertificates = \"file:{certificates}\"\n"),
    );
    for name in [key, certificates] {
        std::fs::copy(fixtures().join("pki").join(name), world.path(name)).unwrap();
    }
}

#[test]
fn a_recording_needs_nobody_to_be_asked() {
    let world = World::new();
    let ended = doctor(&world).expect(0);
    assert_eq!(told(&ended, "clock").0, "note");
    assert_eq!(
        told(&ended, "ledger").1,
        "ledger is to be made by the first run, and can be"
    );
    let recordings = json(&ended.out)["checks"].as_array().unwrap().clone();
    let recording = recordings
        .iter()
        .find(|check| check["group"] == "recording")
        .unwrap();
    assert_eq!(recording["outcome"], "ok");
    world.backproof(&["collect"]).expect(4);
    let ended = doctor(&world).expect(0);
    assert!(
        told(&ended, "ledger")
            .1
            .contains("pulls, verified, and can be written to"),
        "{}",
        ended.out
    );

    // A ledger that was altered fails.
    let entries = world.path("ledger/entries");
    let first = std::fs::read_dir(&entries)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(first, "{}").unwrap();
    assert_eq!(told(&doctor(&world).expect(1), "ledger").0, "failed");
}

#[test]
fn the_key_that_signs_is_tried() {
    let world = World::new();
    signing(&world, "signer-rsa.key", "signer-rsa.pem");
    let (outcome, said) = told(&doctor(&world).expect(0), "signer");
    assert!(
        outcome == "ok" && said.contains("valid until"),
        "{outcome}: {said}"
    );
    for (key, certificates, expected) in [
        ("expired.key", "expired.pem", "expired at"),
        (
            "signer-p256.key",
            "signer-rsa.pem",
            "does not belong to the private key",
        ),
        ("wrong-usage.key", "wrong-usage.pem", "may not sign"),
    ] {
        signing(&world, key, certificates);
        let ended = doctor(&world).expect(1);
        let (outcome, said) = told(&ended, "signer");
        assert!(
            outcome == "failed" && said.contains(expected),
            "{outcome}: {said}"
        );
        assert!(!ended.out.contains("PRIVATE KEY"));
    }
}

#[test]
fn places_that_cannot_be_written_to_fail() {
    let world = World::new();
    // A file where the ledger should be: nobody, root included, can make a directory of it.
    world.write("taken", "");
    let ended = world
        .backproof(&["doctor", "--json", "--ledger", "taken"])
        .expect(1);
    assert_eq!(told(&ended, "ledger").0, "failed", "{}", ended.out);
}

#[test]
fn the_policy_in_deploy_is_that_of_its_configuration() {
    let world = World::new();
    let deploy = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    std::fs::copy(deploy.join("backproof.toml"), world.path("backproof.toml")).unwrap();
    let ended = world
        .backproof(&["doctor", "--policy", "--trail", "example-trail"])
        .expect(0);
    let kept = std::fs::read_to_string(deploy.join("policy.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert!(
        json(&ended.out) == kept,
        "deploy/policy.json is to be:\n{}",
        ended.out
    );
}
