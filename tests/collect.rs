//! Collecting from a recording: bodies reach the ledger verbatim, a missing one becomes a gap, and a recording that breaks
//! a rule is refused with the place and leaves the ledger as it was.

#![allow(clippy::unwrap_used, reason = "a test that meets an error here has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use backproof::collect::recorded::{self, MISSING_BODY};
use backproof::collect::{
    self, CollectError, CollectSummary, Event, Narrowed, Request, Response, SOURCES, Settings, Sink, collect,
};
use backproof::ledger::{Appended, Holder, Ledger, LedgerError, MAX_BODY_BYTES, Open, Sealed};
use backproof::model::acquisition::PullOutcome;
use backproof::model::estate::Estate;
use backproof::model::source::{Source, SourceKey};
use backproof::model::time::Instant;
use serde_json::{Value, json};
use tempfile::TempDir;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

const NOW: &str = "2026-07-14T00:00:00Z";
const JOBS_1: &[u8] = b"{\"BackupJobs\":[1],\r\n \"NextToken\":\"t\"}\n";
const JOBS_2: &[u8] = b"{\"BackupJobs\": [2]}";
const TESTS: &[u8] = b"\xEF\xBB\xBF{}";

fn pull(day: &str, source: &str, account: &str, bodies: &[&str]) -> Value {
    let responses: Vec<Value> = bodies
        .iter()
        .map(|body| {
            json!({
                "body": body, "status": 200, "request_id": format!("request-{body}"),
                "received": format!("{day}T05:00:01.210Z"), "parameters": {},
            })
        })
        .collect();
    json!({
        "id": format!("{day}/{source}/{account}"), "source": source, "account": account, "region": "us-east-1",
        "operation": "op", "parameters": {"MaxResults": "20"}, "window": null,
        "started": format!("{day}T05:00:01Z"), "finished": format!("{day}T05:00:02Z"),
        "outcome": "complete", "responses": responses,
    })
}

fn pulls(pulls: Value) -> Value {
    json!({ "format": "backproof.recording/v1", "caller": "arn:aws:sts::111122223333:assumed-role/c/s",
            "tool": "backproof 0.1.0", "pulls": pulls })
}

/// A recording of two runs: jobs on two pages and the restore tests, then a refused pull and one without a body.
struct Recording {
    root: TempDir,
}

impl Recording {
    fn new() -> Self {
        let made = Self {
            root: TempDir::new().unwrap(),
        };
        made.body("2026-07-06/jobs/0001.json", JOBS_1);
        made.body("2026-07-06/jobs/0002.json", JOBS_2);
        made.body("2026-07-06/tests.json", TESTS);
        made.run(
            "2026-07-06",
            &json!([
                pull(
                    "2026-07-06",
                    "aws_backup_jobs",
                    "111122223333",
                    &["jobs/0001.json", "jobs/0002.json"]
                ),
                pull("2026-07-06", "restore_tests", "compliance", &["tests.json"]),
            ]),
        );
        let mut refused = pull("2026-07-13", "aws_backup_jobs", "111122223333", &["denied.json"]);
        refused["outcome"] = json!({"failed": {"code": "AccessDeniedException", "message": "not allowed"}});
        refused["responses"][0]["status"] = json!(403);
        made.body("2026-07-13/denied.json", b"{\"message\":\"not allowed\"}");
        let mut bare = pull("2026-07-13", "kms_keys", "111122223333", &["x"]);
        bare["responses"][0]["body"] = Value::Null;
        made.run("2026-07-13", &json!([refused, bare]));
        made
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("recorded")
    }

    fn ledger(&self) -> PathBuf {
        self.root.path().join("ledger")
    }

    fn body(&self, name: &str, bytes: &[u8]) {
        let path = self.dir().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn run(&self, name: &str, of: &Value) {
        self.text(name, &serde_json::to_string_pretty(&pulls(of.clone())).unwrap());
    }

    fn text(&self, run: &str, pulls_json: &str) {
        self.body(&format!("{run}/pulls.json"), pulls_json.as_bytes());
    }

    /// Changes the text of the second run's `pulls.json`.
    fn replace(&self, from: &str, to: &str) {
        let path = self.dir().join("2026-07-13/pulls.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from:?} stands in the recording");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn collect(&self) -> Result<CollectSummary, CollectError> {
        self.collect_at(NOW).0
    }

    fn collect_at(&self, now: &str) -> (Result<CollectSummary, CollectError>, Vec<String>) {
        let mut ledger = open(&self.ledger()).unwrap();
        let mut told = Vec::new();
        let done = collect(
            &mut ledger,
            &mut [recorded::source(&self.dir())],
            &|| at(now),
            &Narrowed::default(),
            &mut |event| {
                told.push(match event {
                    Event::Source { name } => name.to_owned(),
                    Event::Pulled {
                        acquisition,
                        appended,
                    } => format!("{} {appended:?}", acquisition.id),
                    Event::Noticed { text } => format!("note {text}"),
                });
            },
        );
        (done, told)
    }

    fn sealed(&self) -> Ledger<Sealed> {
        Ledger::read(&self.ledger()).unwrap()
    }
}

fn open(dir: &Path) -> Result<Ledger<Open>, LedgerError> {
    Ledger::open(
        dir,
        &Holder {
            pid: 1,
            host: "h".to_owned(),
            since: at(NOW),
        },
    )
}

#[test]
fn every_recorded_pull_reaches_the_ledger_in_order_and_verbatim() {
    let recording = Recording::new();
    let (done, told) = recording.collect_at(NOW);
    let summary = done.unwrap();
    assert_eq!(told[0], format!("recorded {}", recording.dir().display()));
    assert_eq!(
        told[1..],
        [
            "2026-07-06/aws_backup_jobs/111122223333 New",
            "2026-07-06/restore_tests/compliance New",
            "2026-07-13/aws_backup_jobs/111122223333 New",
            "2026-07-13/kms_keys/111122223333 New",
        ]
    );
    let jobs = &summary.sources[&Source::AwsBackupJobs];
    assert_eq!(
        (jobs.read, jobs.new, jobs.already_there, jobs.failed.len()),
        (2, 2, 0, 1)
    );
    assert_eq!(jobs.failed[0].code, "AccessDeniedException");
    assert_eq!((summary.new_pulls(), summary.failed().count()), (4, 1));

    let ledger = recording.sealed();
    let first = &ledger.acquisitions()[0];
    let bodies: Vec<_> = first
        .pages
        .iter()
        .map(|p| ledger.bytes(p.evidence.unwrap()).unwrap())
        .collect();
    assert_eq!(bodies, [JOBS_1, JOBS_2]);
    assert_eq!(first.pages[1].size, JOBS_2.len() as u64);
    assert_eq!(first.pages[0].received, at("2026-07-06T05:00:01.210Z"));
    assert_eq!(first.caller, "arn:aws:sts::111122223333:assumed-role/c/s");
    assert_eq!(
        ledger
            .bytes(ledger.acquisitions()[1].pages[0].evidence.unwrap())
            .unwrap(),
        TESTS
    );
    let refused = &ledger.acquisitions()[2];
    assert!(matches!(&refused.outcome, PullOutcome::Failed { code, .. } if code == "AccessDeniedException"));
    assert_eq!(refused.pages[0].status, 403);
    let bare = &ledger.acquisitions()[3].pages[0];
    assert_eq!((bare.evidence, bare.size), (None, 0));
    assert!(ledger.unreferenced().is_empty());
}

#[test]
fn collecting_again_changes_nothing_and_a_new_run_is_added() {
    let recording = Recording::new();
    recording.collect().unwrap();
    let head = recording.sealed().head();
    let again = recording.collect().unwrap();
    assert_eq!(again.new_pulls(), 0);
    assert_eq!(again.sources[&Source::AwsBackupJobs].already_there, 2);
    assert_eq!(
        again.failed().map(|f| f.appended).collect::<Vec<_>>(),
        [Appended::AlreadyThere]
    );
    assert_eq!(recording.sealed().head(), head);

    recording.body("2026-07-14/tests.json", TESTS);
    recording.run(
        "2026-07-14",
        &json!([pull("2026-07-13", "restore_tests", "compliance", &["tests.json"])]),
    );
    assert_eq!(recording.collect().unwrap().new_pulls(), 1);
    assert_eq!(recording.sealed().acquisitions().len(), 5);
}

#[test]
fn a_missing_body_is_a_gap_that_is_told() {
    for (said, adds) in [
        ("complete", ""),
        ("failed", "; the pull itself had failed with Throttled: slow down"),
    ] {
        let recording = Recording::new();
        let mut pull = pull(
            "2026-07-13",
            "tickets",
            "compliance",
            &["a.json", "b.json", "c.json"],
        );
        if said == "failed" {
            pull["outcome"] = json!({"failed": {"code": "Throttled", "message": "slow down"}});
        }
        recording.body("2026-07-13/a.json", b"a");
        recording.body("2026-07-13/c.json", b"c");
        recording.run("2026-07-13", &json!([pull]));
        let summary = recording.collect().unwrap();
        let failed = &summary.sources[&Source::Tickets].failed[0];
        assert_eq!(failed.code, MISSING_BODY);
        assert_eq!(
            failed.message,
            format!("the recording has no 2026-07-13/b.json{adds}")
        );
        let ledger = recording.sealed();
        let gap = &ledger.acquisitions()[2];
        assert!(matches!(&gap.outcome, PullOutcome::Failed { code, .. } if code == MISSING_BODY));
        let held: Vec<_> = gap.pages.iter().map(|page| page.evidence.is_some()).collect();
        assert_eq!(held, [true, false, true], "what is there is kept");
    }
}

/// The recording is refused, the message holds every one of `says`, and the ledger stays empty.
fn check_refused(recording: &Recording, says: &[&str]) {
    let said = recording
        .collect()
        .expect_err("the recording breaks a rule")
        .to_string();
    for part in says {
        assert!(said.contains(part), "{part:?} is missing in: {said}");
    }
    let ledger = recording.sealed();
    assert_eq!(ledger.acquisitions().len(), 0, "{said}");
    assert_eq!(ledger.unreferenced().len(), 0, "{said}");
}

#[test]
fn a_pulls_json_that_breaks_a_rule_is_refused_by_place() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "\"responses\"",
            "\"responces\"",
            &["line ", "column ", "`responces`", "did you mean \"responses\"?"],
        ),
        (
            "\"body\": \"denied",
            "\"bdy\": \"denied",
            &["pulls[0].responses[0]", "`bdy`", "did you mean \"body\"?"],
        ),
        (
            "\"format\"",
            "\"fromat\"",
            &[
                "2026-07-13/pulls.json: line 2, column",
                "did you mean \"format\"?",
            ],
        ),
        (
            "recording/v1",
            "recording/v2",
            &["the format is \"backproof.recording/v2\"", "line 2"],
        ),
        ("\"window\": null,", "", &["missing field `window`"]),
        ("\"body\": null,", "", &["missing field `body`"]),
        (
            "\"outcome\": \"complete\"",
            "\"outcome\": \"done\"",
            &["unknown variant `done`"],
        ),
        (
            "\"tool\"",
            "\"tool\": \"x\", \"tool\"",
            &["duplicate field `tool`"],
        ),
        (
            "\"MaxResults\": \"20\"",
            "\"M\": \"1\", \"M\": \"2\"",
            &["the parameter \"M\" stands twice"],
        ),
        ("\"status\": 403", "\"status\": 70000", &["70000", "status"]),
        (
            "\"source\": \"kms_keys\"",
            "\"source\": \"kms_key\"",
            &["\"kms_key\" is not a source", "pulls[1].source"],
        ),
        (
            "\"account\": \"111122223333\"",
            "\"account\": \"1111\"",
            &["\"1111\"", "12 digits"],
        ),
        (
            "2026-07-13T05:00:01Z",
            "2026-07-13T05:00:01+00:00",
            &["is not an instant"],
        ),
        (
            "2026-07-13T05:00:01Z",
            "2026-07-13 05:00:01Z",
            &["is not an instant"],
        ),
        (
            "2026-07-13T05:00:01.210Z",
            "2026-07-13T05:00:03Z",
            &["response 1", "outside of"],
        ),
        (
            "2026-07-13T05:00:02Z",
            "2026-07-13T05:00:00Z",
            &["before it started"],
        ),
        (
            "\"window\": null",
            "\"window\": {\"since\": \"2026-07-13T00:00:00Z\", \"until\": \"2026-07-13T00:00:00Z\"}",
            &["the window is empty"],
        ),
        (
            "\"denied.json\"",
            "\"../2026-07-06/tests.json\"",
            &["is not a path inside the run's directory"],
        ),
        ("\"denied.json\"", "\"/etc/hostname\"", &["is not a path inside"]),
        ("\"denied.json\"", "\"a//b\"", &["is not a path inside"]),
        ("\"denied.json\"", "\"./denied.json\"", &["is not a path inside"]),
        ("\"denied.json\"", "\"a\\\\b\"", &["is not a path inside"]),
        ("\"denied.json\"", "\"\"", &["is not a path inside"]),
    ];
    for (from, to, says) in table {
        let recording = Recording::new();
        recording.replace(from, to);
        check_refused(&recording, says);
    }
}

#[test]
fn a_pulls_json_cut_short_or_followed_by_more_is_refused() {
    let whole = serde_json::to_string_pretty(&pulls(json!([]))).unwrap();
    for (text, says) in [
        (&whole[..whole.len() - 2], "EOF while parsing"),
        ("", "line 1, column 0: EOF while parsing"),
        (&format!("{whole}{whole}"), "trailing characters"),
        (&format!("\u{FEFF}{whole}"), "line 1, column 1: expected value"),
    ] {
        let recording = Recording::new();
        recording.text("2026-07-13", text);
        check_refused(&recording, &["2026-07-13/pulls.json: line ", says]);
    }
}

#[test]
fn an_id_stands_once_in_a_recording() {
    let recording = Recording::new();
    recording.run(
        "2026-07-13",
        &json!([pull("2026-07-06", "restore_tests", "compliance", &[])]),
    );
    check_refused(
        &recording,
        &[
            "2026-07-06/restore_tests/compliance",
            "2026-07-13/pulls.json",
            "2026-07-06/pulls.json already",
        ],
    );
}

#[test]
fn a_directory_of_another_form_is_no_recording() {
    let recording = Recording::new();
    fs::remove_file(recording.dir().join("2026-07-13/pulls.json")).unwrap();
    check_refused(&recording, &["2026-07-13 is not a recording", "no pulls.json"]);

    let recording = Recording::new();
    recording.body("README.md", b"");
    check_refused(&recording, &["README.md is not a recording", "only directories"]);

    let recording = Recording::new();
    symlink(
        recording.dir().join("2026-07-06"),
        recording.dir().join("2026-07-20"),
    )
    .unwrap();
    check_refused(&recording, &["2026-07-20 is not a recording"]);

    let recording = Recording::new();
    fs::remove_dir_all(recording.dir()).unwrap();
    check_refused(&recording, &["reading ", "recorded failed: "]);
    fs::create_dir(recording.dir()).unwrap();
    check_refused(&recording, &["it has 0 collection runs"]);
}

#[test]
fn links_are_not_followed() {
    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("denied.json"), b"secret").unwrap();
    let recording = Recording::new();
    let body = recording.dir().join("2026-07-13/denied.json");
    fs::remove_file(&body).unwrap();
    symlink(outside.path().join("denied.json"), &body).unwrap();
    check_refused(&recording, &["2026-07-13/denied.json is not a plain file"]);

    let recording = Recording::new();
    symlink(outside.path(), recording.dir().join("2026-07-13/out")).unwrap();
    recording.replace("\"denied.json\"", "\"out/denied.json\"");
    check_refused(&recording, &["2026-07-13/out is not a plain file"]);

    let recording = Recording::new();
    recording.replace("\"denied.json\"", "\"denied.json/x\"");
    check_refused(&recording, &["2026-07-13/denied.json is not a plain file"]);

    let recording = Recording::new();
    let long = fs::File::create(recording.dir().join("2026-07-13/denied.json")).unwrap();
    long.set_len(MAX_BODY_BYTES + 1).unwrap();
    check_refused(
        &recording,
        &["2026-07-13/denied.json is longer than the limit of 268435456 bytes"],
    );
}

#[test]
fn a_pull_from_the_future_means_that_a_clock_is_ahead() {
    let recording = Recording::new();
    // The last pulls end at 05:00:02: five minutes before that is within the skew, a second earlier is not.
    let (refused, told) = recording.collect_at("2026-07-13T04:55:01Z");
    let said = refused.unwrap_err();
    assert!(matches!(said, CollectError::ClockAhead { .. }));
    let said = said.to_string();
    for part in [
        "2026-07-13/aws_backup_jobs/111122223333",
        "2026-07-13T05:00:02Z",
        "2026-07-13T04:55:01Z",
        "set the clock",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(told.len(), 1, "nothing was appended");
    assert!(recording.collect_at("2026-07-13T04:55:02Z").0.is_ok());
}

#[test]
fn another_content_under_a_known_id_is_refused_and_leaves_nothing() {
    let recording = Recording::new();
    recording.collect().unwrap();
    let head = recording.sealed().head();
    recording.body("2026-07-06/tests.json", b"changed afterwards");
    let said = recording.collect().unwrap_err();
    assert!(
        matches!(&said, CollectError::Ledger(LedgerError::Conflict { .. })),
        "{said:?}"
    );
    assert!(
        said.to_string().contains("2026-07-06/restore_tests/compliance"),
        "{said}"
    );
    assert_eq!(recording.sealed().head(), head);
    assert!(recording.sealed().unreferenced().is_empty());
}

#[test]
fn the_table_of_sources_opens_what_a_configuration_names() {
    let recording = Recording::new();
    let settings = |values: &[(&str, &str)]| Settings {
        base: recording.root.path().to_owned(),
        values: values
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        estate: Estate::default(),
    };
    let source = collect::open("recorded", &settings(&[("directory", "recorded")])).unwrap();
    assert_eq!(source.name(), format!("recorded {}", recording.dir().display()));
    let said = |kind: &str, values: &[(&str, &str)]| {
        collect::open(kind, &settings(values)).err().unwrap().to_string()
    };
    assert!(said("recorder", &[]).contains("did you mean \"recorded\"?"));
    assert!(
        said("recorded", &[("directry", "x"), ("directory", "y")]).contains("did you mean \"directory\"?")
    );
    assert!(said("recorded", &[]).contains("needs the setting \"directory\""));
    let mut names: Vec<_> = SOURCES.iter().map(|kind| kind.name).collect();
    names.dedup();
    assert_eq!(names.len(), SOURCES.len());
}

/// A source as a live one would be: it only knows the sink.
struct Live {
    fails_after: usize,
}

impl collect::Source for Live {
    fn name(&self) -> String {
        "live".to_owned()
    }

    fn places(&self) -> Result<BTreeSet<SourceKey>, CollectError> {
        Ok(BTreeSet::new())
    }

    fn examine(&self, _: &backproof::service::checkup::Checkup<'_>) -> Result<(), CollectError> {
        Ok(())
    }

    fn collect(&mut self, sink: &Sink<'_>) -> Result<(), CollectError> {
        let mut pull = sink.begin(Request {
            id: "live/1".parse().unwrap(),
            key: SourceKey {
                source: Source::Cloudtrail,
                account: "111122223333".parse().unwrap(),
                region: "us-east-1".parse().unwrap(),
            },
            operation: "cloudtrail:LookupEvents".to_owned(),
            parameters: BTreeMap::new(),
            window: None,
            started: at("2026-07-13T05:00:00Z"),
            caller: "caller".to_owned(),
            tool: "backproof".to_owned(),
        })?;
        for page in 0..3 {
            let received = at("2026-07-13T05:00:01Z");
            if page == self.fails_after {
                return sink.failed(
                    pull,
                    received,
                    "ThrottlingException".to_owned(),
                    "slow down".to_owned(),
                );
            }
            let request_id = format!("request-{page}");
            let response = Response {
                status: 200,
                request_id,
                received,
                parameters: BTreeMap::new(),
            };
            sink.page(&mut pull, response, Some(format!("page {page}").as_bytes()))?;
        }
        sink.complete(pull, at("2026-07-13T05:00:02Z"))
    }
}

#[test]
fn a_live_source_only_needs_the_sink_and_its_broken_pull_is_an_entry() {
    for (fails_after, pages) in [(2, 2), (9, 3)] {
        let dir = TempDir::new().unwrap();
        let mut ledger = open(dir.path()).unwrap();
        let summary = collect(
            &mut ledger,
            &mut [Box::new(Live { fails_after })],
            &|| at(NOW),
            &Narrowed::default(),
            &mut |_| {},
        )
        .unwrap();
        let sealed = ledger.seal().unwrap();
        assert_eq!(sealed.acquisitions()[0].pages.len(), pages);
        assert_eq!(
            sealed.acquisitions()[0].outcome == PullOutcome::Complete,
            pages == 3
        );
        assert_eq!(summary.failed().count(), usize::from(pages != 3));
    }
}
