//! Exports of our own: what each page has to say, and each rule broken once.

use super::*;
use crate::model::registers::{Fields, VERSION};

/// A second after the pull has begun.
const MOMENT: &str = r#","atClusterTime":{"$timestamp":{"t":1783314001,"i":7}}"#;
const CURSOR: i64 = -7_890_351_664_319_908;

/// A reply of the server.
fn reply(batch: &str, rows: &str, id: i64, namespace: &str, rest: &str) -> String {
    format!(
        r#"{{"cursor":{{"{batch}":[{rows}],"id":{{"$numberLong":"{id}"}},"ns":"compliance.{namespace}"{rest}}},
        "ok":{{"$numberDouble":"1.0"}},"operationTime":{{"$timestamp":{{"t":1783300000,"i":9}}}}}}"#
    )
}

fn incident(id: &str) -> String {
    format!(
        r#"{{"_id":{{"$oid":"64b7f0c2a9d1e35c8a4f2b1{id}"}},"no":"INC-{id}","seen":{{"at":{{"$date":{{"$numberLong":"1783000000000"}}}}}},
        "hosting_outage":false,"notifications":[],"todo":[{{"what":"update_dns","team":"p-1"}}],"systems":["db-main"]}}"#
    )
}

fn fields() -> Fields {
    let renamed = [
        ("incident_id", "no"),
        ("detected_at", "seen.at"),
        ("tasks", "todo"),
        ("tasks.name", "what"),
    ];
    let renamed = renamed.map(|(member, field)| (member.to_owned(), field.to_owned()));
    Fields::new(Source::Incidents, &renamed.into()).expect("good")
}

fn add(pull: &mut Asked, name: &str, value: &str) {
    let page = pull.receipt.pages.last_mut().expect("a page");
    page.parameters.insert(name.to_owned(), value.to_owned());
}

/// Four pages of documents from a collection with names of its own.
fn export() -> Asked {
    let fields = fields();
    let words = "find=outages register=incidents filter={} batchSize=1 writes=none";
    let mut pull = Asked::on("07-06", "", Source::Incidents, "mongodb:find", words);
    for (name, value) in [
        ("schema", VERSION.to_owned()),
        ("fields", fields.as_json()),
        ("projection", fields.projection()),
        ("sort", r#"{"_id":1}"#.to_owned()),
        ("readConcern", r#"{"level":"snapshot"}"#.to_owned()),
    ] {
        pull.receipt.parameters.insert(name.to_owned(), value);
    }
    let listing = r#"{"name":"outages","type":"collection"}"#;
    pull = pull.page(
        "listCollections=1",
        &reply("firstBatch", listing, 0, "$cmd.listCollections", ""),
    );
    add(&mut pull, "filter", r#"{"name":"outages"}"#);
    pull = pull.page(
        "",
        &reply("firstBatch", &incident("1"), CURSOR, "outages", MOMENT),
    );
    for (id, cursor) in [("2", CURSOR), ("3", CURSOR), ("4", 0)] {
        let words = format!("getMore={CURSOR}");
        pull = pull.page(&words, &reply("nextBatch", &incident(id), cursor, "outages", ""));
    }
    let count = r#"{"documents":{"$numberInt":"4"}}"#;
    pull = pull.page(
        "aggregate=outages",
        &reply("firstBatch", count, 0, "outages", MOMENT),
    );
    add(&mut pull, "pipeline", Fields::total());
    pull = pull.page(
        "aggregate=outages",
        &reply("firstBatch", "", 0, "outages", MOMENT),
    );
    add(
        &mut pull,
        "pipeline",
        &fields.misshapen().expect("lists lie in it"),
    );
    pull
}

fn all() -> Interval {
    span("01-01T00:00", "07-06T05:00")
}

fn replace(pull: &mut Asked, page: usize, from: &str, to: &str) {
    let body = String::from_utf8(pull.bodies[page].clone()).expect("text");
    assert!(body.contains(from), "{from:?} has to be in {body}");
    pull.bodies[page] = body.replace(from, to).into_bytes();
}

fn without(pull: &mut Asked, page: usize) {
    pull.bodies.remove(page);
    pull.receipt.pages.remove(page);
}

/// After `change`, the export proves nothing, for a reason that says `why`.
#[track_caller]
fn breaks(why: &str, change: impl FnOnce(&mut Asked)) {
    let mut pull = export();
    change(&mut pull);
    lacks(&normalized(&[pull]), Source::Incidents, all(), why);
}

#[test]
fn four_counted_pages_are_the_whole_register() {
    let records = normalized(&[export()]);
    proves(&records, Source::Incidents, all());
    let ids: Vec<_> = records
        .incidents
        .iter()
        .map(|incident| incident.value.id.as_str())
        .collect();
    assert_eq!(ids, ["INC-1", "INC-2", "INC-3", "INC-4"]);
    let first = &records.incidents[0];
    assert_eq!(first.value.detected, at("2026-07-02T13:46:40Z"));
    assert_eq!(first.value.tasks.len(), 1);
    assert_eq!(
        first.citation.locator, "/cursor/firstBatch/0",
        "what is cited is what the server gave"
    );
    let pulled = &records.pulls[0];
    assert_eq!(
        (pulled.rows, pulled.stated),
        (4, Some(4)),
        "only documents are rows"
    );
}

#[test]
fn a_page_that_is_missing_in_the_middle_is_missed() {
    breaks("has 4 documents, the pages have 3", |pull| without(pull, 3));
    breaks("has 4 documents, the pages have 3", |pull| without(pull, 2));
    breaks("names a next page that is missing", |pull| without(pull, 4));
    breaks("batches before it are missing", |pull| without(pull, 1));
    breaks("stands on two pages", |pull| {
        pull.bodies[3] = pull.bodies[2].clone()
    });
    breaks("is not of the cursor", |pull| {
        pull.receipt.pages[3].parameters = parameters("getMore=8");
    });
    breaks("follows a last page", |pull| {
        replace(pull, 3, &CURSOR.to_string(), "0");
    });
    breaks("has no cursor id", |pull| {
        replace(pull, 4, r#""id":{"$numberLong":"0"},"#, "");
    });
}

#[test]
fn what_the_server_has_to_say_beside_the_documents_has_to_be_there() {
    breaks("was not asked whether the collection is there", |pull| {
        without(pull, 0)
    });
    breaks("lists no collection outages", |pull| {
        replace(pull, 0, r#""name":"outages""#, r#""name":"tickets""#);
    });
    breaks("is no collection", |pull| {
        replace(pull, 0, r#""type":"collection""#, r#""type":"view""#)
    });
    breaks("were not counted", |pull| without(pull, 5));
    breaks("has 5 documents, the pages have 4", |pull| {
        replace(pull, 5, r#""4""#, r#""5""#)
    });
    breaks("has no count", |pull| replace(pull, 5, "documents", "rows"));
    breaks("not read at one moment", |pull| {
        replace(pull, 5, r#""i":7"#, r#""i":8"#)
    });
    breaks("not read at one moment", |pull| replace(pull, 6, MOMENT, ""));
    breaks("does not say at which moment", |pull| {
        replace(pull, 1, MOMENT, "")
    });
    breaks("does not say at which moment", |pull| {
        for page in [1, 5, 6] {
            replace(pull, page, r#""t":1783314001"#, r#""t":"now""#);
        }
    });
    breaks("was not asked which documents", |pull| without(pull, 6));
    breaks("was not asked which documents", |pull| {
        add(pull, "pipeline", "[]")
    });
    breaks("more documents would be cut", |pull| {
        replace(
            pull,
            6,
            r#""id":{"$numberLong":"0"}"#,
            r#""id":{"$numberLong":"5"}"#,
        );
    });
    breaks("not of compliance.outages", |pull| {
        replace(pull, 2, "compliance.outages", "compliance.incidents");
    });
}

#[test]
fn a_snapshot_of_an_earlier_moment_proves_nothing_later() {
    let mut pull = export();
    for page in [1, 5, 6] {
        replace(&mut pull, page, r#""t":1783314001"#, r#""t":1783310400"#);
    }
    let records = normalized(&[pull]);
    proves(&records, Source::Incidents, span("01-01T00:00", "07-06T04:00"));
    lacks(
        &records,
        Source::Incidents,
        span("07-06T04:00", "07-06T05:00"),
        "read an earlier moment",
    );
}

#[test]
fn a_request_that_asks_for_less_proves_nothing() {
    let set = |pull: &mut Asked, name: &str, value: &str| {
        pull.receipt.parameters.insert(name.to_owned(), value.to_owned());
    };
    breaks("parameter projection is", |pull| {
        set(pull, "projection", r#"{"no":1}"#)
    });
    breaks("parameter projection is", |pull| {
        drop(pull.receipt.parameters.remove("projection"));
    });
    breaks("parameter schema is", |pull| set(pull, "schema", "v0"));
    breaks("parameter register is", |pull| set(pull, "register", "tickets"));
    breaks("filter", |pull| set(pull, "filter", r#"{"no":"INC-1"}"#));
    breaks("limit", |pull| set(pull, "limit", "4"));
    breaks("no member", |pull| set(pull, "fields", r#"{"number":"no"}"#));
    breaks("is no object", |pull| set(pull, "fields", "no"));
    breaks("tells of no mapping", |pull| {
        drop(pull.receipt.parameters.remove("fields"))
    });
    breaks("not of compliance.incidents", |pull| {
        for name in ["register", "projection"] {
            drop(pull.receipt.parameters.remove(name));
        }
    });
}

/// A plain recording, whose second page was asked for with more than its cursor.
fn plain(beside: &[(&str, &str)]) -> Records {
    let mut pull = Asked::on("07-06", "", Source::Incidents, "mongodb:find", "filter={}");
    let namespace = "incidents";
    pull = pull.page("", &reply("firstBatch", "", CURSOR, namespace, ""));
    let words = format!("getMore={CURSOR}");
    pull = pull.page(&words, &reply("nextBatch", &incident("1"), 0, namespace, ""));
    for (name, value) in beside {
        add(&mut pull, name, value);
    }
    normalized(&[pull])
}

#[test]
fn no_page_of_a_plain_recording_is_anything_but_documents() {
    let aggregate = ("aggregate", "incidents");
    for beside in [
        &[("listCollections", "1")][..],
        &[aggregate],
        &[aggregate, ("pipeline", Fields::total())],
    ] {
        let records = plain(beside);
        lacks(&records, Source::Incidents, all(), "may narrow the list");
        assert_eq!(
            records.pulls[0].rows, 1,
            "{beside:?}: the document is read all the same"
        );
    }
}

#[test]
fn documents_that_do_not_fit_are_named() {
    let mut pull = export();
    replace(
        &mut pull,
        2,
        r#""hosting_outage":false"#,
        r#""hosting_outage":"no""#,
    );
    replace(&mut pull, 3, r#""seen":{"at""#, r#""seen":{"of""#);
    replace(
        &mut pull,
        6,
        r#""firstBatch":[]"#,
        r#""firstBatch":[{"_id":{"$oid":"64b7f0c2a9d1e35c8a4f2b14"}}]"#,
    );
    let records = normalized(&[pull]);
    let misfits: Vec<_> = records
        .misfits
        .iter()
        .map(|misfit| (misfit.id.as_deref().unwrap_or_default(), misfit.reason.as_str()))
        .collect();
    for (id, why) in [
        ("64b7f0c2a9d1e35c8a4f2b12", "invalid type"),
        ("64b7f0c2a9d1e35c8a4f2b13", "missing field `detected_at`"),
        (
            "64b7f0c2a9d1e35c8a4f2b14",
            "where members of a document, or of a list",
        ),
    ] {
        assert!(
            misfits
                .iter()
                .any(|(found, reason)| *found == id && reason.contains(why)),
            "{id}, {why}: {misfits:?}"
        );
        lacks(&records, Source::Incidents, all(), id);
    }
    assert_eq!(
        records.pulls[0].rows, 4,
        "the one that would be cut is among the documents"
    );
}

/// The same from a server without snapshots.
fn without_snapshot() -> Asked {
    let mut pull = export();
    pull.receipt
        .parameters
        .insert("readConcern".to_owned(), r#"{"level":"local"}"#.to_owned());
    pull.receipt
        .parameters
        .insert("snapshot".to_owned(), "none".to_owned());
    for page in [4, 3] {
        without(&mut pull, page);
    }
    replace(&mut pull, 2, &CURSOR.to_string(), "0");
    for page in [1, 3, 4] {
        replace(&mut pull, page, MOMENT, "");
    }
    replace(&mut pull, 3, r#""4""#, r#""2""#);
    let (page, body) = (pull.receipt.pages[3].clone(), pull.bodies[3].clone());
    pull.receipt.pages.insert(1, page);
    pull.receipt.pages[1].received = pull.receipt.pages[0].received;
    pull.bodies.insert(1, body);
    pull
}

#[test]
fn without_a_snapshot_few_pages_between_two_counts_are_whole() {
    proves(&normalized(&[without_snapshot()]), Source::Incidents, all());
    let breaks = |why: &str, change: &dyn Fn(&mut Asked)| {
        let mut pull = without_snapshot();
        change(&mut pull);
        lacks(&normalized(&[pull]), Source::Incidents, all(), why);
    };
    breaks("counted before and after", &|pull| without(pull, 1));
    breaks("counted before and after", &|pull| without(pull, 4));
    breaks("has 3 documents, the pages have 2", &|pull| {
        replace(pull, 1, r#""2""#, r#""3""#);
    });
    breaks("3 pages of documents are too many", &|pull| {
        replace(
            pull,
            3,
            r#""id":{"$numberLong":"0"}"#,
            &format!(r#""id":{{"$numberLong":"{CURSOR}"}}"#),
        );
        let mut page = pull.receipt.pages[3].clone();
        page.request_id = "another".to_owned();
        pull.receipt.pages.insert(4, page);
        pull.bodies.insert(
            4,
            reply("nextBatch", &incident("3"), 0, "outages", "").into_bytes(),
        );
        for page in [1, 5] {
            replace(pull, page, r#""2""#, r#""3""#);
        }
    });
}

#[test]
fn an_empty_collection_is_proof_and_one_that_is_missing_is_not() {
    let empty = || {
        let mut pull = export();
        for page in [4, 3, 2] {
            without(&mut pull, page);
        }
        pull.bodies[1] = reply("firstBatch", "", 0, "outages", MOMENT).into_bytes();
        pull.bodies[2] = pull.bodies[1].clone();
        pull
    };
    proves(&normalized(&[empty()]), Source::Incidents, all());
    let mut missing = empty();
    missing.bodies[0] = reply("firstBatch", "", 0, "$cmd.listCollections", "").into_bytes();
    lacks(
        &normalized(&[missing]),
        Source::Incidents,
        all(),
        "lists no collection",
    );
}
