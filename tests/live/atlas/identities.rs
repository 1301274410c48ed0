//! Who asks: tokens that run out, digests that are counted, secrets that are wrong, missing, or where they must not be.

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::PullOutcome;
use backproof::model::estate::ATLAS_SOURCES;

use super::desk::{ACCOUNT, Desk, KEY};
use super::estate::{HOME, OTHER, small};
use super::simulator::Simulator;

#[test]
fn a_token_that_runs_out_in_the_middle_of_a_list_is_renewed() {
    let simulator = Simulator::start(small());
    simulator.state().access.uses = 5;
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    let ended = desk.collect();
    assert_eq!(ended.code, 0, "{ended:?}");
    let state = simulator.state();
    let refused = state.log.iter().filter(|asked| asked.status == 401).count();
    assert!(refused >= 2, "{refused} times a token had run out");
    assert_eq!(state.access.token_requests, refused + 1, "one token after each");
    let ledger = desk.ledger();
    let all = EvidenceStore::acquisitions(&ledger);
    assert!(
        all.iter()
            .flat_map(|pull| &pull.pages)
            .all(|page| page.status == 200)
    );
}

#[test]
fn a_token_is_shared_and_not_used_to_its_last_minute() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]);
    assert_eq!(desk.collect().code, 0);
    assert_eq!(
        simulator.state().access.token_requests,
        1,
        "two projects, one token"
    );

    simulator.state().access.expires_in = 60;
    assert_eq!(desk.collect().code, 0);
    let state = simulator.state();
    assert!(
        state.access.token_requests > 10,
        "a token of a minute is renewed for each request"
    );
    assert!(state.log.iter().all(|asked| asked.status == 200));
}

#[test]
fn a_token_that_is_not_granted_at_once_is_waited_for() {
    let simulator = Simulator::start(small());
    simulator.state().access.busy = 2;
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME]);
    let ended = desk.collect();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(simulator.state().access.token_requests, 3);
}

#[test]
fn digests_are_counted_and_begun_anew_where_a_nonce_has_run_out() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, KEY, &[HOME, OTHER]);
    assert_eq!(desk.collect().code, 0);
    assert_eq!(simulator.state().access.challenges, 2, "one nonce a project");

    simulator.state().access.uses = 4;
    let ended = desk.collect();
    assert_eq!(ended.code, 0, "{ended:?}");
    let state = simulator.state();
    let refused = state.log.iter().filter(|asked| asked.status == 401).count();
    assert_eq!(state.access.challenges, refused);
    assert!(refused > 6, "{refused}");
}

/// Every pull that the project owes says why nobody was let in, and nobody knocks on and on.
#[track_caller]
fn shut_out(desk: &Desk, code: &str) {
    let ended = desk.collect();
    assert_eq!(ended.code, 4, "{ended:?}");
    let ledger = desk.ledger();
    let all = EvidenceStore::acquisitions(&ledger);
    for source in ATLAS_SOURCES {
        assert!(all.iter().any(|pull| pull.key.source == source), "{source}");
    }
    for pull in all {
        let said = match &pull.outcome {
            PullOutcome::Failed { code, .. } => code.as_str(),
            PullOutcome::Complete => "complete",
        };
        let unlisted = pull.key.source == backproof::model::source::Source::AtlasSnapshots;
        assert_eq!(said, if unlisted { "NotListed" } else { code }, "{}", pull.id);
    }
    assert!(!ended.told.contains("canary"), "{}", ended.told);
}

#[test]
fn a_wrong_client_secret_is_tried_once() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, ACCOUNT, &[HOME, OTHER]);
    std::fs::write(desk.path().join("client-secret"), "canary-wrong").unwrap();
    shut_out(&desk, "invalid_client");
    let state = simulator.state();
    assert_eq!((state.access.token_requests, state.log.len()), (1, 0));
}

#[test]
fn a_wrong_private_key_is_tried_once() {
    let simulator = Simulator::start(small());
    let desk = Desk::new(&simulator, KEY, &[HOME]).with("ATLAS_PRIVATE_KEY", "canary-wrong");
    shut_out(&desk, "UNAUTHENTICATED");
    assert_eq!(simulator.state().log.len(), 2, "the challenge, and one answer");
}

#[test]
fn nobody_there_is_a_gap_everywhere_and_takes_seconds() {
    // A port that nobody listens on any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let began = crate::estate::now();
    let desk = Desk::asking(&format!("http://{gone}"), ACCOUNT, &[HOME]);
    shut_out(&desk, "Unreachable");
    assert!((crate::estate::now() - began).num_seconds() < 30);
}

#[test]
fn what_is_no_atlas_is_named() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"proxy\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    shut_out(&Desk::asking(&url, KEY, &[HOME]), "NoChallenge");
}

/// A configuration that can't be used ends the run before anybody is asked.
#[track_caller]
fn refused(desk: &Desk, simulator: &Simulator, expected: &[&str]) {
    let ended = desk.collect();
    assert_eq!(ended.code, 1, "{ended:?}");
    for expected in expected {
        assert!(ended.told.contains(expected), "{}", ended.told);
    }
    assert!(!ended.told.contains("canary"), "{}", ended.told);
    assert!(simulator.state().log.is_empty());
}

#[test]
fn secrets_are_named_and_never_stand_in_the_configuration() {
    let simulator = Simulator::start(small());
    let at = |source: &str| Desk::new(&simulator, source, &[HOME]);
    refused(
        &at(""),
        &simulator,
        &["either client_id and client_secret", "public_key"],
    );
    let inline = "client_id = \"env:ATLAS_CLIENT_ID\"\nclient_secret = \"canary-inline\"";
    let said = [
        "client_secret is not a reference: write file:PATH or env:NAME",
        "put the secret into a file",
    ];
    refused(&at(inline), &simulator, &said);
    let unset = "public_key = \"env:ATLAS_PUBLIC_KEY\"\nprivate_key = \"env:NOBODY_SET_THIS\"";
    refused(
        &at(unset),
        &simulator,
        &[
            "can't read what private_key names",
            "the environment has no NOBODY_SET_THIS",
        ],
    );
    let nowhere = "client_id = \"env:ATLAS_CLIENT_ID\"\nclient_secret = \"file:nowhere\"";
    refused(
        &at(nowhere),
        &simulator,
        &["can't read what client_secret names", "nowhere"],
    );
    refused(
        &at(&format!("{ACCOUNT}\n{KEY}")),
        &simulator,
        &["either client_id and client_secret"],
    );
    let misspelt = format!("{ACCOUNT}\nclient_key = \"env:X\"");
    refused(&at(&misspelt), &simulator, &["has no setting \"client_key\""]);
    let clear = Desk::asking("http://cloud.mongodb.com", ACCOUNT, &[HOME]);
    refused(
        &clear,
        &simulator,
        &["url: secrets would be sent in the clear: write https://"],
    );
    let other = at(&format!("{ACCOUNT}\nproject = \"000000000000000000000000\""));
    refused(
        &other,
        &simulator,
        &["project is 000000000000000000000000, which is no account of the estate"],
    );
    let none = Desk::new(&simulator, ACCOUNT, &[]);
    let config = none.path().join("backproof.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "[estate.records]\ndatabase = \"compliance\"\n").unwrap();
    refused(&none, &simulator, &["asks in the places of [[estate.atlas]]"]);
}
