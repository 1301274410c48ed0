//! The registers, live: the built program against a server that speaks MongoDB's protocol over TLS, with accounts, roles,
//! snapshots and faults of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backproof::ledger::store::EvidenceStore;
use backproof::model::acquisition::{Acquisition, PullOutcome};
use backproof::model::estate::{Estate, RECORD_SOURCES};
use backproof::model::records::Records;
use backproof::model::source::{Source, SourceKey};
use backproof::normalize::normalize;
use mongodb::bson::{Document, doc};

use crate::harness::{Desk, Ended};
use crate::mongod::{Account, Mongod, Pki};

/// Values that must never leave the database, or the environment.
const CANARIES: [&str; 4] = [
    "canary-reader-password",
    "canary-unmapped-field",
    "canary-inside-a-document",
    "canary-inside-a-list",
];

fn ticket(n: i32) -> Document {
    doc! {
        "_id": format!("ticket:{n:02}"), "ticket_id": format!("GRC-{n}"), "type": "access_review", "title": "Access to backups",
        "opened_at": mongodb::bson::DateTime::from_millis(1_783_000_000_000), "opened_by": "p-001", "refs": ["111122223333"],
        "body": "canary-unmapped-field",
    }
}

/// Every register, with what must not leave it.
pub(crate) fn furnish(server: &Mongod) {
    for source in RECORD_SOURCES {
        server.create(source.as_str());
    }
    server.insert("tickets", (1..=7).map(ticket).collect());
    server.insert(
        "plan_documents",
        vec![doc! {
            "_id": "plan", "doc_id": "DOC-CP", "title": "Contingency plan", "version": "5.0", "effective_from": "2026-01-01",
            "sha256": "00", "contacts": [{ "person": "p-001", "role": "CTO", "phone": "canary-inside-a-list" }],
            "retained": {
                "checked_at": mongodb::bson::DateTime::from_millis(1_783_000_000_000), "by": "canary-inside-a-document",
            },
        }],
    );
}

fn records(desk: &Desk) -> Records {
    normalize(&desk.ledger(), &estate())
}

fn estate() -> Estate {
    Estate {
        records: Some("compliance".parse().unwrap()),
        ..Estate::default()
    }
}

fn key(source: Source) -> SourceKey {
    let expected = estate().expected().into_iter();
    expected.into_iter().find(|key| key.source == source).unwrap()
}

/// The newest pull of a source.
fn newest(desk: &Desk, source: Source) -> Acquisition {
    let ledger = desk.ledger();
    let mut pulls = EvidenceStore::acquisitions(&ledger).iter();
    pulls.rfind(|pull| pull.key.source == source).unwrap().clone()
}

fn is_proven(desk: &Desk, source: Source) -> bool {
    let records = records(desk);
    // A snapshot's moment has no parts of a second, and is that of the last write to an idle server.
    let until = newest(desk, source).started - chrono::TimeDelta::seconds(10);
    let day = chrono::TimeDelta::days(1);
    let span = backproof::model::time::Interval::new(until - day, until).unwrap();
    records.coverage.prove(&key(source), span).is_ok()
}

/// A desk whose source speaks to `server` as `account`.
fn desk(server: &Mongod, account: &Account, more: &str) -> Desk {
    let pki = server.pki.dir();
    let mut lines = format!(
        "uri = \"env:MONGODB_URI\"\nca = \"{}\"\npage_size = \"2\"\n",
        pki.join("ca.pem").display()
    );
    if matches!(account, Account::Certificate) {
        lines += &format!("client_certificate = \"{}\"\n", pki.join("client.pem").display());
    }
    let estate = "[estate.records]\ndatabase = \"compliance\"\n";
    let desk = Desk::of("mongodb", &format!("{lines}{more}"), estate);
    desk.env("MONGODB_URI", &server.uri(account))
}

fn collect(desk: &Desk) -> Ended {
    desk.run_alone(&["collect"])
}

/// No canary in what the program wrote or said.
#[track_caller]
fn nothing_leaked(desk: &Desk, ended: &Ended) {
    for canary in CANARIES {
        assert!(
            !ended.said.contains(canary) && !ended.told.contains(canary),
            "{canary}: {ended:?}"
        );
        search(&desk.path().join("ledger"), canary);
        let package = desk.path().join("out");
        if package.exists() {
            search(&package, canary);
        }
    }
}

fn search(dir: &Path, canary: &str) {
    for entry in fs::read_dir(dir).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            search(&path, canary);
        } else {
            let bytes = fs::read(&path).unwrap();
            let found = bytes
                .windows(canary.len())
                .any(|window| window == canary.as_bytes());
            assert!(!found, "{canary} in {}", path.display());
        }
    }
}

/// Waits until the ledger holds `text`: pages are kept as they come.
fn wait_for(ledger: &Path, text: &str) {
    for _ in 0..600 {
        let holds = fs::read_dir(ledger.join("objects")).is_ok_and(|_| holds(ledger, text));
        if holds {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the ledger never held {text}");
}

fn holds(dir: &Path, text: &str) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, text);
        }
        fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    })
}

#[test]
fn every_register_is_exported_whole_and_nothing_beside_it() {
    let server = Mongod::start();
    furnish(&server);
    for account in [Account::Reader, Account::Certificate] {
        let desk = desk(&server, &account, "");
        let ended = collect(&desk);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(!ended.told.contains("may do more than read"), "{}", ended.told);
        for source in RECORD_SOURCES {
            assert!(is_proven(&desk, source), "{source}");
        }
        let records = records(&desk);
        assert_eq!(
            (
                records.tickets.len(),
                records.documents.len(),
                records.misfits.len()
            ),
            (7, 1, 0)
        );
        let pull = newest(&desk, Source::Tickets);
        assert_eq!(
            pull.pages.len(),
            6,
            "the list, four pages of documents, the count"
        );
        assert_eq!(pull.parameters["writes"], "none");
        let caller = match account {
            Account::Certificate => "CN=backproof-reader,O=Luma@$external",
            _ => "reader@admin",
        };
        assert_eq!(pull.caller, caller);
        nothing_leaked(&desk, &ended);
    }
}

/// The month before this one.
pub(crate) fn last_month() -> String {
    let first = chrono::Datelike::with_day(&crate::estate::now().date_naive(), 1).unwrap();
    (first - chrono::TimeDelta::days(1)).format("%Y-%m").to_string()
}

#[test]
fn nothing_of_it_is_in_a_package() {
    let server = Mongod::start();
    furnish(&server);
    let desk = desk(&server, &Account::Reader, "");
    let ended = desk.run_alone(&["run", "--period", &last_month(), "--out", "out"]);
    assert!([3, 4].contains(&ended.code), "a package was made: {ended:?}");
    nothing_leaked(&desk, &ended);
    let bundle = ended.json()["bundle"].as_str().unwrap().to_owned();
    let file = fs::File::open(desk.path().join(bundle)).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut tickets = false;
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        tickets |= holds("GRC-7");
        for canary in CANARIES {
            assert!(!holds(canary), "{canary} in {:?}", entry.name());
        }
    }
    assert!(tickets, "the tickets are in it");
}

#[test]
fn an_account_that_may_write_is_named() {
    let server = Mongod::start();
    furnish(&server);
    let desk = desk(&server, &Account::Writer, "");
    let ended = collect(&desk);
    assert_eq!(ended.code, 0, "{ended:?}");
    let said = "writer@admin of MongoDB may do more than read in compliance (readWrite)";
    assert!(ended.told.contains(said), "{}", ended.told);
    assert_eq!(newest(&desk, Source::Tickets).parameters["writes"], "readWrite");
}

#[test]
fn other_names_are_read_as_the_configuration_maps_them() {
    let server = Mongod::start();
    furnish(&server);
    server.create("jira");
    let at = mongodb::bson::DateTime::from_millis(1_783_000_000_000);
    server.insert(
        "jira",
        vec![doc! {
            "key": "GRC-9", "fields": { "kind": "access_review", "opened": at, "secret": "canary-inside-a-document" },
            "summary": "Access", "reporter": "p-001", "links": ["111122223333"], "comment": "canary-unmapped-field",
        }],
    );
    server.insert(
        "exercise_schedule",
        vec![doc! {
            "_id": "s", "schedule_id": "S", "version": "1", "year": 2026,
            "plan": [{ "no": "E1", "type": "tabletop", "on": "2026-09-01", "scope_systems": [], "note": "canary-inside-a-list" }],
        }],
    );
    let mapping = r#"
[source.registers.tickets]
collection = "jira"
fields = { ticket_id = "key", type = "fields.kind", opened_at = "fields.opened", title = "summary", opened_by = "reporter", refs = "links" }
[source.registers.exercise_schedule.fields]
items = "plan"
"items.planned_id" = "no"
"items.planned_date" = "on"
"#;
    let desk = desk(&server, &Account::Reader, mapping);
    let ended = collect(&desk);
    assert_eq!(ended.code, 0, "{ended:?}");
    let records = records(&desk);
    assert_eq!(records.misfits, []);
    let ticket = &records.tickets[0].value;
    assert_eq!(
        (ticket.id.as_str(), ticket.kind.as_str()),
        ("GRC-9", "access_review")
    );
    assert_eq!(records.exercise_schedules[0].value.items[0].id, "E1");
    assert!(is_proven(&desk, Source::Tickets) && is_proven(&desk, Source::ExerciseSchedule));
    nothing_leaked(&desk, &ended);
}

#[test]
fn a_document_that_does_not_fit_is_a_gap_with_its_id() {
    let server = Mongod::start();
    furnish(&server);
    let mut unfit = ticket(8);
    unfit.insert("opened_at", "2026-07-01");
    server.insert("tickets", vec![unfit]);
    let media =
        doc! { "_id": "medium:1", "media_id": "M1", "kind": "laptop", "movements": ["canary-inside-a-list"] };
    server.insert("media_register", vec![media]);
    let desk = desk(&server, &Account::Reader, "");
    let ended = collect(&desk);
    assert_eq!(ended.code, 0, "{ended:?}");
    let records = records(&desk);
    let named: Vec<_> = records
        .misfits
        .iter()
        .filter_map(|misfit| misfit.id.clone())
        .collect();
    assert!(
        named.contains(&"ticket:08".to_owned()) && named.contains(&"medium:1".to_owned()),
        "{named:?}"
    );
    assert!(!is_proven(&desk, Source::Tickets) && !is_proven(&desk, Source::MediaRegister));
    assert!(is_proven(&desk, Source::Incidents));
    nothing_leaked(&desk, &ended);

    server.remove("tickets", "ticket:08");
    server.remove("media_register", "medium:1");
    assert_eq!(collect(&desk).code, 0);
    assert!(
        is_proven(&desk, Source::Tickets) && is_proven(&desk, Source::MediaRegister),
        "the next run fills it"
    );
}

#[test]
fn a_collection_that_is_missing_is_a_gap_and_no_empty_register() {
    let server = Mongod::start();
    furnish(&server);
    server.drop("incidents");
    let desk = desk(&server, &Account::Reader, "");
    let ended = collect(&desk);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(
        ended.failed(),
        [(
            "incidents/compliance/global".to_owned(),
            "NoSuchCollection".to_owned()
        )]
    );
    assert!(
        ended
            .told
            .contains("make it, empty where there is nothing to record"),
        "{}",
        ended.told
    );
    assert!(!is_proven(&desk, Source::Incidents) && is_proven(&desk, Source::Tickets));
    server.create("incidents");
    assert_eq!(collect(&desk).code, 0);
    assert!(is_proven(&desk, Source::Incidents), "the next run fills it");
}

#[test]
fn a_cursor_that_dies_once_is_begun_again() {
    let server = Mongod::start();
    furnish(&server);
    for fault in [doc! { "errorCode": 43 }, doc! { "closeConnection": true }] {
        server.fail(doc! { "times": 1 }, "getMore", fault);
        let desk = desk(&server, &Account::Reader, "");
        let ended = collect(&desk);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert_eq!(newest(&desk, Source::Tickets).pages.len(), 6);
        assert!(is_proven(&desk, Source::Tickets));
    }
}

/// A fault that stays is a gap of its code; the next run fills it.
#[track_caller]
fn stays(server: &Mongod, fault: Document, code: &str) {
    server.fail("alwaysOn", "getMore", fault);
    let desk = desk(server, &Account::Reader, "");
    let ended = collect(&desk);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(
        ended.failed(),
        [("tickets/compliance/global".to_owned(), code.to_owned())]
    );
    let pull = newest(&desk, Source::Tickets);
    assert!(
        matches!(&pull.outcome, PullOutcome::Failed { code: found, .. } if found == code),
        "{pull:?}"
    );
    assert_eq!(
        pull.pages.len(),
        2,
        "what came is kept: the list, and the first page"
    );
    let records = records(&desk);
    assert_eq!(records.tickets.len(), 2, "it still counts against a criterion");
    assert!(!is_proven(&desk, Source::Tickets) && is_proven(&desk, Source::Incidents));
    nothing_leaked(&desk, &ended);
    server.fail("off", "getMore", Document::new());
    assert_eq!(collect(&desk).code, 0);
    assert!(is_proven(&desk, Source::Tickets), "the next run fills it");
}

#[test]
fn a_cursor_that_dies_is_a_gap_and_no_shorter_register() {
    let server = Mongod::start();
    furnish(&server);
    stays(&server, doc! { "errorCode": 43 }, "CursorNotFound");
    stays(&server, doc! { "closeConnection": true }, "BrokenAnswer");
}

#[test]
fn a_document_added_between_two_pages_is_noticed() {
    let server = Mongod::start();
    furnish(&server);
    server.fail(
        doc! { "times": 1 },
        "getMore",
        doc! { "blockConnection": true, "blockTimeMS": 3000 },
    );
    let desk = desk(&server, &Account::Reader, "");
    let ended = std::thread::scope(|scope| {
        let run = scope.spawn(|| collect(&desk));
        wait_for(&desk.ledger_dir(), "GRC-2");
        server.insert("tickets", vec![ticket(99)]);
        run.join().unwrap()
    });
    // This server can't count at the moment at which it read: what it said was not kept, and it was asked anew.
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(records(&desk).tickets.len(), 8);
    assert!(is_proven(&desk, Source::Tickets));
}

#[test]
fn a_register_that_never_stands_still_is_a_gap() {
    let server = Mongod::start();
    furnish(&server);
    server.fail(
        "alwaysOn",
        "getMore",
        doc! { "blockConnection": true, "blockTimeMS": 800 },
    );
    let desk = desk(&server, &Account::Reader, "");
    let ended = std::thread::scope(|scope| {
        let run = scope.spawn(|| collect(&desk));
        let mut n = 100;
        while !run.is_finished() {
            server.insert("tickets", vec![ticket(n)]);
            n += 1;
            // Slower than pages are read: otherwise the register would outgrow the reading of it.
            std::thread::sleep(Duration::from_millis(700));
        }
        run.join().unwrap()
    });
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(
        ended.failed(),
        [("tickets/compliance/global".to_owned(), "Changed".to_owned())]
    );
    assert!(!is_proven(&desk, Source::Tickets) && is_proven(&desk, Source::Incidents));
    server.fail("off", "getMore", Document::new());
    assert_eq!(collect(&desk).code, 0);
    assert!(is_proven(&desk, Source::Tickets), "the next run fills it");
}

#[test]
fn without_snapshots_a_count_before_and_after_has_to_do() {
    let server = Mongod::standalone();
    furnish(&server);
    let desk = desk(&server, &Account::Reader, "");
    let ended = collect(&desk);
    assert_eq!(ended.code, 0, "{ended:?}");
    let pull = newest(&desk, Source::Tickets);
    assert_eq!(
        pull.parameters["snapshot"],
        "none: the server is no member of a replica set"
    );
    assert_eq!(pull.pages.len(), 4, "the list, a count, one page, a count");
    assert!(is_proven(&desk, Source::Tickets));
}

/// A server that can't be entered leaves a gap for each register.
#[track_caller]
fn not_entered(desk: &Desk, code: &str, said: &str) {
    let ended = collect(desk);
    assert_eq!(ended.code, 4, "{ended:?}");
    let gaps = ended.failed();
    assert_eq!(gaps.len(), RECORD_SOURCES.len());
    assert!(gaps.iter().all(|(_, found)| found == code), "{ended:?}");
    assert!(ended.told.contains(said), "{said:?}: {}", ended.told);
    assert!(!is_proven(desk, Source::Tickets));
    nothing_leaked(desk, &ended);
}

#[test]
fn a_login_that_is_refused_is_a_gap() {
    let server = Mongod::start();
    furnish(&server);
    let wrong = server
        .uri(&Account::Reader)
        .replace("canary-reader-password", "canary-unmapped-field");
    let desk = desk(&server, &Account::Reader, "").env("MONGODB_URI", &wrong);
    not_entered(
        &desk,
        "AuthenticationFailed",
        "check user, password and authSource",
    );
    let desk = desk.env("MONGODB_URI", &server.uri(&Account::Reader));
    assert_eq!(collect(&desk).code, 0, "the next run fills it");
    assert!(is_proven(&desk, Source::Tickets));
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_asked() {
    let server = Mongod::start();
    let other = Pki::new();
    let desk = Desk::of(
        "mongodb",
        &format!(
            "uri = \"env:MONGODB_URI\"\nca = \"{}\"\n",
            other.dir().join("ca.pem").display()
        ),
        "[estate.records]\ndatabase = \"compliance\"\n",
    )
    .env("MONGODB_URI", &server.uri(&Account::Reader));
    not_entered(&desk, "Unreachable", "the certificate authority (`ca`)");
}

#[test]
fn a_server_that_is_not_there_is_a_gap() {
    let mut server = Mongod::start();
    let desk = desk(&server, &Account::Reader, "");
    server.stop();
    not_entered(&desk, "Unreachable", "check host and port");
}

#[test]
fn settings_that_mean_nothing_are_refused_before_anybody_is_asked() {
    let pki = Pki::new();
    let (ca, client) = (pki.dir().join("ca.pem"), pki.dir().join("client.pem"));
    let refused = |uri: &str, lines: &str, why: &str| {
        let desk = Desk::of("mongodb", lines, "[estate.records]\ndatabase = \"compliance\"\n")
            .env("MONGODB_URI", uri);
        let ended = collect(&desk);
        assert!(ended.code == 1 || ended.code == 2, "{ended:?}");
        assert!(ended.told.contains(why), "{why:?}: {}", ended.told);
        for canary in CANARIES {
            assert!(!ended.told.contains(canary), "{}", ended.told);
        }
    };
    let named = "uri = \"env:MONGODB_URI\"\n";
    let good = "mongodb://reader:canary-reader-password@db.example:27017/?tls=true";
    refused(good, "", "needs the setting \"uri\"");
    refused(good, &format!("uri = \"{good}\"\n"), "uri is not a reference");
    refused(
        good,
        "uri = \"env:UNSET_HERE\"\n",
        "the environment has no UNSET_HERE",
    );
    for (uri, why) in [
        (
            "mongodb://reader:canary-reader-password@h:x",
            "is no connection string",
        ),
        (
            "mongodb://reader:canary-reader-password@db.example",
            "without TLS",
        ),
        (
            "mongodb://reader:canary-reader-password@db.example/?tls=false",
            "without TLS",
        ),
        (
            "mongodb://db.example/?tls=true&tlsInsecure=true",
            "accepts any certificate",
        ),
        (
            "mongodb://a:b@db.example/?tls=true&authMechanism=PLAIN&authSource=$external",
            "authMechanism has to be",
        ),
        (
            "mongodb://db.example/?tls=true&authMechanism=MONGODB-X509",
            "client_certificate",
        ),
    ] {
        refused(uri, named, why);
    }
    for (line, why) in [
        ("page_size = \"0\"", "write a whole number"),
        ("page_size = 10", "a text in quotes, or a table of such"),
        (
            "pagesize = \"10\"",
            "has no setting \"pagesize\"; did you mean \"page_size\"?",
        ),
        ("ca = \"absent.pem\"", "can't read what ca names"),
        ("registers.tickts.collection = \"x\"", "did you mean \"tickets\"?"),
        (
            "registers.tickets.colection = \"x\"",
            "did you mean \"collection\"?",
        ),
        (
            "registers.tickets.collection = \"system.users\"",
            "write the name of a collection",
        ),
        (
            "registers.tickets.fields.tiket_id = \"x\"",
            "did you mean \"ticket_id\"?",
        ),
        (
            "registers.tickets.fields.ticket_id = \"$x\"",
            "is not the path of a field",
        ),
    ] {
        refused(good, &format!("{named}{line}\n"), why);
    }
    let swapped = format!("{named}client_certificate = \"{}\"\n", ca.display());
    refused(good, &swapped, "a certificate and its private key");
    let key_alone = format!(
        "{named}ca = \"{}\"\n",
        client.with_file_name("client.key").display()
    );
    refused(good, &key_alone, "holds no certificate");
}

/// What a register's records say, whoever said it.
fn told(records: &Records) -> Vec<String> {
    macro_rules! values {
        ($($list:ident)*) => {
            [$(records.$list.iter().map(|seen| format!("{:?}", seen.value)).collect::<Vec<_>>()),*].concat()
        };
    }
    let mut told = values!(
        systems unused_classes restore_tests exercise_schedules exercises bias documents roster tickets assurances incidents
        media listed_devices
    );
    told.sort();
    told
}

#[test]
fn the_recorded_registers_are_the_same_when_they_are_collected_live() {
    const RUN: &str = "2026-10-02";
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/luma/recorded")
        .join(RUN);
    let server = Mongod::start();
    for source in RECORD_SOURCES {
        server.create(source.as_str());
        let pages = recorded.join(source.as_str()).join("compliance/global");
        for page in fs::read_dir(pages).unwrap() {
            let page: serde_json::Value =
                serde_json::from_slice(&fs::read(page.unwrap().path()).unwrap()).unwrap();
            let cursor = &page["cursor"];
            let batch = cursor
                .get("firstBatch")
                .or_else(|| cursor.get("nextBatch"))
                .unwrap();
            let documents: Vec<Document> = serde_json::from_value(batch.clone()).unwrap();
            if !documents.is_empty() {
                server.insert(source.as_str(), documents);
            }
        }
    }
    let live = desk(&server, &Account::Reader, "");
    assert_eq!(collect(&live).code, 0);
    let from_recording = Desk::of(
        "recorded",
        "directory = \"recorded\"",
        "[estate.records]\ndatabase = \"compliance\"\n",
    );
    let target = from_recording.path().join("recorded");
    crate::mongod::copy(&recorded, &target.join(RUN));
    assert_eq!(collect(&from_recording).code, 0);
    let (live, recorded) = (records(&live), records(&from_recording));
    assert_eq!((live.misfits.as_slice(), live.conflicts.len()), (&[][..], 0));
    assert!(told(&recorded).len() > 80, "a quarter of records");
    assert_eq!(told(&live), told(&recorded));
}

#[test]
fn what_rests_on_a_register_with_a_gap_is_indeterminate_until_the_next_run() {
    let server = Mongod::start();
    furnish(&server);
    let desk = desk(&server, &Account::Reader, "");
    let month = last_month();
    let complete = || {
        let ended = desk.run_alone(&["evaluate", "--period", &month]);
        let controls = ended.json()["controls"].as_array().cloned().unwrap();
        // The control whose one statement is that the evidence is complete.
        let found = controls
            .into_iter()
            .find(|control| control["statements"] == serde_json::json!(["IM-IPE"]));
        found.unwrap()["state"].as_str().unwrap().to_owned()
    };
    server.fail("alwaysOn", "getMore", doc! { "errorCode": 43 });
    assert_eq!(collect(&desk).code, 4);
    assert_eq!(complete(), "INDETERMINATE");
    server.fail("off", "getMore", Document::new());
    assert_eq!(collect(&desk).code, 0);
    assert_eq!(complete(), "SUPPORTED");
}

/// What `doctor` says of a check.
fn examined(ended: &Ended, name: &str) -> (String, String) {
    let json = ended.json();
    let mut checks = json["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["check"] == name);
    let check = check.unwrap_or_else(|| panic!("no {name}: {json}"));
    let text = |member: &str| check[member].as_str().unwrap().to_owned();
    (text("outcome"), text("said"))
}

#[test]
fn doctor_tells_whether_the_registers_could_be_exported() {
    let server = Mongod::start();
    furnish(&server);
    server.drop("plan_documents");
    server.create("plan_documents");
    for account in [Account::Reader, Account::Certificate] {
        let desk = desk(&server, &account, "");
        let ended = desk.run_alone(&["doctor"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert_eq!(examined(&ended, "account").1, "may read, and no more");
        assert_eq!(examined(&ended, "tickets").1, "tickets: the first document fits");
        assert_eq!(examined(&ended, "clock").0, "ok");
        assert!(examined(&ended, "connection").1.ends_with("by TLS"));
        assert!(!desk.ledger_dir().exists(), "it only looks");
        for canary in CANARIES {
            assert!(
                !ended.said.contains(canary) && !ended.told.contains(canary),
                "{ended:?}"
            );
        }
    }
    // An account that may write fails, though an export would go through.
    let ended = desk(&server, &Account::Writer, "").run_alone(&["doctor"]);
    assert_eq!(
        (ended.code, examined(&ended, "account").0.as_str()),
        (1, "failed")
    );
    assert!(
        examined(&ended, "account")
            .1
            .contains("may do more than read: readWrite")
    );

    // A collection that is not there, names that no document has, and names that nothing can be compared with.
    server.drop("tickets");
    let ended = desk(&server, &Account::Reader, "").run_alone(&["doctor"]);
    assert_eq!(
        (ended.code, examined(&ended, "tickets").0.as_str()),
        (1, "failed")
    );
    server.create("tickets");
    let mapping = "[source.registers.tickets]\nfields = { ticket_id = \"key\" }\n";
    let mapped = || desk(&server, &Account::Reader, mapping).run_alone(&["doctor"]);
    let ended = mapped();
    assert_eq!(
        (ended.code, examined(&ended, "tickets").0.as_str()),
        (4, "unknown")
    );
    server.insert("tickets", vec![ticket(1)]);
    let ended = mapped();
    assert_eq!(
        (ended.code, examined(&ended, "tickets").0.as_str()),
        (1, "failed")
    );
    assert_eq!(
        examined(&ended, "tickets").1,
        "tickets: the first document does not fit: it has no key"
    );
}

#[test]
fn doctor_tells_that_the_server_lets_nobody_in() {
    let server = Mongod::start();
    let wrong = server
        .uri(&Account::Reader)
        .replace("canary-reader-password", "canary-wrong-password");
    let ended = desk(&server, &Account::Reader, "")
        .env("MONGODB_URI", &wrong)
        .run_alone(&["doctor"]);
    assert_eq!(
        (ended.code, examined(&ended, "connection").0.as_str()),
        (1, "failed")
    );
    assert_eq!(examined(&ended, "every register").0, "unknown");
    assert!(
        !ended.said.contains("canary") && !ended.told.contains("canary"),
        "{ended:?}"
    );

    // One by itself has no snapshots: that is said.
    let alone = Mongod::standalone();
    furnish(&alone);
    let ended = desk(&alone, &Account::Reader, "").run_alone(&["doctor"]);
    assert_eq!(examined(&ended, "snapshots").0, "note", "{ended:?}");
}

#[test]
fn the_role_that_doctor_prints_is_all_that_an_export_takes() {
    let server = Mongod::start();
    furnish(&server);
    let ended = desk(
        &server,
        &Account::Reader,
        "[source.registers.tickets]\ncollection = \"jira\"\n",
    )
    .env("MONGODB_URI", "not looked at")
    .run_alone(&["doctor", "--policy"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let role = &ended.json()["mongodb"][0];
    assert_eq!(role["database"], "compliance");
    let privileges = role["command"]["privileges"].as_array().unwrap();
    assert_eq!(privileges.len(), RECORD_SOURCES.len());
    assert!(
        privileges
            .iter()
            .all(|one| one["actions"] == serde_json::json!(["find"]))
    );
    let jira = serde_json::json!({"db": "compliance", "collection": "jira"});
    assert!(privileges.iter().any(|one| one["resource"] == jira));
}
