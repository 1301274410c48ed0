//! The unattended run with an archive: what is due is made, put away and put away once, whatever happened before.

use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Datelike as _, Days, Months, Utc};

use crate::desk::{Desk, Ended};
use crate::proxy::{ALWAYS, Act, Call};
use crate::signing::pki;

/// A desk with an identity, on which the tickets were exported yesterday, and the month before yesterday's is due. With the
/// name of that month.
#[expect(clippy::disallowed_methods, reason = "the store goes by the machine's clock")]
pub(crate) fn desk() -> (Desk, String) {
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    let yesterday = now.date_naive() - Days::new(1);
    let month = yesterday.with_day(1).unwrap() - Months::new(1);
    let month = month.format("%Y-%m").to_string();
    let desk = Desk::new("");
    export_tickets(&desk, &yesterday.to_string());
    desk.write("signer.key", pki("signer-p256.key").as_bytes());
    let chain = format!("{}{}", pki("signer-p256.pem"), pki("issuing.pem"));
    desk.write("chain.pem", chain.as_bytes());
    desk.configure(&format!(
        "[signing]\nkey = \"file:signer.key\"\ncertificates = \"file:chain.pem\"\n\
         [schedule]\nfirst_month = \"{month}\"\nwait_days = 0"
    ));
    (desk, month)
}

/// The recording of a run of that day which exported the tickets alone.
fn export_tickets(desk: &Desk, day: &str) {
    const RECORDED: &str = "2026-10-02";
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/luma/recorded")
        .join(RECORDED);
    let text = std::fs::read_to_string(from.join("pulls.json"))
        .unwrap()
        .replace(RECORDED, day);
    let mut pulls: serde_json::Value = serde_json::from_str(&text).unwrap();
    let all = pulls["pulls"].as_array_mut().unwrap();
    all.retain(|pull| pull["source"] == "tickets");
    let to = desk.path("recorded").join(day);
    std::fs::create_dir_all(&to).unwrap();
    std::fs::write(to.join("pulls.json"), pulls.to_string()).unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(from.join("tickets"))
        .arg(&to)
        .status();
    assert!(copied.unwrap().success());
}

/// The unattended run.
pub(crate) const RUN: [&str; 4] = ["run", "--scheduled", "--log", "json"];

fn run(desk: &Desk) -> Ended {
    desk.run(&RUN)
}

/// What happened, by the names of the events, without what is only told.
fn events(ended: &Ended) -> Vec<String> {
    let lines = ended.told.lines().map(|line| {
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        event["event"].as_str().unwrap().to_owned()
    });
    lines
        .filter(|name| !["note", "incomplete", "waiting"].contains(&name.as_str()))
        .collect()
}

#[test]
fn last_month_is_made_and_put_away_once() {
    let (desk, month) = desk();
    let first = run(&desk).expect(4);
    assert_eq!(
        events(&first),
        ["collected", "packaged", "archived", "done"],
        "{first:?}"
    );
    let receipt = desk.path("archive").join(format!("luma-{month}.zip.json"));
    let text = std::fs::read_to_string(&receipt).unwrap();
    let again = run(&desk).expect(0);
    assert_eq!(events(&again), ["collected", "done"]);
    assert_eq!(desk.proxy.count(Call::Put), 1);
    assert_eq!(std::fs::read_to_string(&receipt).unwrap(), text);
    // The store is where bundles are kept: what was cleared away here is not made again.
    std::fs::remove_dir_all(desk.path("out")).unwrap();
    assert_eq!(events(&run(&desk).expect(0)), ["collected", "done"]);
    assert_eq!(desk.proxy.count(Call::Put), 1);
}

#[test]
fn a_run_that_ended_before_its_receipt_is_gone_on_with() {
    let (desk, month) = desk();
    desk.proxy
        .trouble(Call::Put, ALWAYS, Act::Refuse(403, "AccessDenied"));
    let ended = run(&desk).expect(1);
    assert_eq!(
        events(&ended),
        ["collected", "packaged", "error", "done"],
        "{ended:?}"
    );
    desk.proxy.state().trouble.clear();
    let ended = run(&desk).expect(4);
    let told = ["collected", "packaged", "archived", "done"];
    assert_eq!(
        events(&ended),
        told,
        "what the package says is said again: {ended:?}"
    );
    // As though it had been killed between the store's answer and the receipt.
    std::fs::remove_dir_all(desk.path("archive")).unwrap();
    let puts = desk.proxy.count(Call::Put);
    let ended = run(&desk).expect(4);
    assert_eq!(events(&ended), told);
    assert_eq!(desk.proxy.count(Call::Put), puts, "it was found there");
    assert!(
        desk.path("archive")
            .join(format!("luma-{month}.zip.json"))
            .exists()
    );
}

#[test]
fn what_is_not_ours_or_was_altered_is_not_put_away() {
    let (desk, month) = desk();
    let path = desk.path("out").join(format!("luma-{month}.zip"));
    std::fs::create_dir(desk.path("out")).unwrap();
    std::fs::copy(desk.path(crate::desk::BUNDLE), &path).unwrap();
    let ended = run(&desk).expect(1);
    assert!(
        ended.told.contains("is the bundle luma-2026-q3, not luma-"),
        "{ended:?}"
    );
    std::fs::remove_file(&path).unwrap();
    desk.proxy
        .trouble(Call::Put, ALWAYS, Act::Refuse(403, "AccessDenied"));
    run(&desk).expect(1);
    desk.proxy.state().trouble.clear();
    let whole = std::fs::read(&path).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    std::fs::write(&path, &altered).unwrap();
    let ended = run(&desk).expect(5);
    assert!(ended.told.contains("does not verify"), "{ended:?}");
    // By another identity, which is not the configured one.
    std::fs::write(&path, &whole).unwrap();
    desk.write("signer.key", pki("signer-rsa.key").as_bytes());
    let chain = format!("{}{}", pki("signer-rsa.pem"), pki("issuing.pem"));
    desk.write("chain.pem", chain.as_bytes());
    let ended = run(&desk).expect(1);
    assert!(
        ended.told.contains("was not signed by the configured identity"),
        "{ended:?}"
    );
    assert_eq!(
        desk.proxy.count(Call::Put),
        1,
        "only what was refused by the store"
    );
    assert!(
        !desk
            .path("archive")
            .join(format!("luma-{month}.zip.json"))
            .exists()
    );
}
