//! `sample`: a draw that nobody can shop for, and that anybody can make again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Ended, backproof, json};
use crate::identities::configuration;
use crate::quarter::{BUNDLE, arguments, quarter};
use crate::tools;

fn sample(more: &[&str]) -> Ended {
    let (bundle, root) = (format!("out/{BUNDLE}"), quarter().root());
    let trust = ["sample", &bundle, "--trust", root.to_str().unwrap()];
    backproof(quarter().dir(), &[&trust[..], more].concat())
}

fn sheet(more: &[&str]) -> Value {
    json(&sample(&[more, &["--json"]].concat()).expect(0).out)
}

fn items(sheet: &Value) -> Vec<&str> {
    let items = sheet["items"].as_array().unwrap();
    items.iter().map(|item| item["item"].as_str().unwrap()).collect()
}

/// Puts a lead sheet beside the bundle and draws it again.
fn replay(name: &str, sheet: &Value) -> Ended {
    fs::write(quarter().dir().join(name), sheet.to_string()).unwrap();
    sample(&["--replay", name])
}

#[test]
fn a_sample_is_drawn_again_and_a_changed_one_is_found() {
    let drawn = sheet(&["--test", "CT-05"]);
    assert_eq!(
        items(&drawn).len(),
        25,
        "the catalogue's size for a daily control"
    );
    assert_eq!(drawn["population"]["size"].as_u64(), Some(1204));
    let distinct: BTreeSet<_> = items(&drawn).into_iter().collect();
    assert_eq!(distinct.len(), 25);
    let said = replay("same.json", &drawn).expect(0);
    assert!(
        said.out
            .starts_with("same: luma-2026-q3 draws the same 25 items of CT-05"),
        "{}",
        said.out
    );

    type Change = fn(&mut Value);
    let changes: [(&str, Change, &str); 4] = [
        (
            "an item put in place of another",
            |sheet| {
                sheet["items"][3]["item"] = sheet["items"][4]["item"].clone();
            },
            "item 4: ",
        ),
        (
            "a result made better",
            |sheet| {
                let items = sheet["items"].as_array_mut().unwrap();
                let item = &mut items[0];
                let other = if item["results"][0] == "SUPPORTED" {
                    "EXCEPTION"
                } else {
                    "SUPPORTED"
                };
                item["results"][0] = other.into();
            },
            "results of ",
        ),
        (
            "a seed that was shopped for",
            |sheet| {
                sheet["sampling"]["seed"] = "0".repeat(64).into();
            },
            "seed: ",
        ),
        (
            "an item left out",
            |sheet| drop(sheet["items"].as_array_mut().unwrap().pop()),
            "number of items: ",
        ),
    ];
    for (n, (what, change, said_of)) in changes.into_iter().enumerate() {
        let mut changed = drawn.clone();
        change(&mut changed);
        let said = replay(&format!("changed-{n}.json"), &changed).expect(5);
        assert!(said.out.contains(said_of), "{what}: {}", said.out);
    }
}

/// What the lead sheet says of its method is enough to draw with `sha256sum` alone.
#[test]
fn sha256sum_gives_the_same_seed_and_ranks() {
    let drawn = sheet(&["--test", "CT-07", "--size", "2"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let digest = |input: &str| {
        fs::write(quarter().dir().join("hashed"), input).unwrap();
        tools::run(quarter().dir(), "sha256sum", &["hashed"])[..64].to_owned()
    };
    let unpacked = quarter().unpacked();
    let results = json(&fs::read_to_string(unpacked.path().join("data/results.json")).unwrap());
    let tests = results["tests"].as_array().unwrap();
    let test = tests.iter().find(|test| test["id"] == "CT-07").unwrap();
    let ids = test["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item["item"]));
    let mut ids: Vec<_> = ids.filter(|id| !id.starts_with("population/")).collect();
    ids.sort();
    let population = digest(&ids.iter().map(|id| format!("{id}\n")).collect::<String>());
    assert_eq!(drawn["population"]["sha256"], population);
    let seed = digest(&format!("backproof.sample/v1\n{population}\nCT-07\n"));
    assert_eq!(drawn["sampling"]["seed"], seed);
    let mut ranked: Vec<_> = ids
        .iter()
        .map(|id| (digest(&format!("{seed}\n{id}\n")), id))
        .collect();
    ranked.sort();
    let expected: Vec<_> = ranked.iter().take(2).map(|(_, id)| id.as_str()).collect();
    assert_eq!(items(&drawn), expected);
}

/// Another signature, another day: the sample follows from the evidence alone.
#[test]
fn packaging_again_gives_no_other_sample() {
    let dir = quarter().ledger_copy();
    let config = configuration(dir.path(), "signer-p256");
    backproof(dir.path(), &arguments("package", &config, "out")).expect(3);
    let other = |more: &[&str]| {
        let bundle = format!("out/{BUNDLE}");
        backproof(
            dir.path(),
            &[&["sample", &bundle, "--test", "CT-09", "--json"], more].concat(),
        )
    };
    let (again, drawn) = (json(&other(&[]).expect(6).out), sheet(&["--test", "CT-09"]));
    assert_ne!(
        again["bundle"]["manifest_sha256"],
        drawn["bundle"]["manifest_sha256"]
    );
    assert_eq!(again["items"], drawn["items"]);
    let own = sheet(&["--test", "CT-09", "--seed", &"a".repeat(64)]);
    assert_ne!(items(&own), items(&drawn));
    assert_eq!(own["sampling"]["seed_from"], "given");
}

#[test]
fn the_lead_sheet_leads_to_each_record() {
    let drawn = sheet(&["--test", "CT-05"]);
    let unpacked = quarter().unpacked();
    for item in drawn["items"].as_array().unwrap() {
        assert!(
            item["results"][1].as_str().unwrap().ends_with(" records found")
                || item["results"][1] == "no record cited: an absence"
        );
        for evidence in item["evidence"].as_array().unwrap() {
            let (member, citation) = (
                evidence["member"].as_str().unwrap(),
                evidence["citation"].as_str().unwrap(),
            );
            let Some((tar, name)) = member.split_once(':') else {
                continue;
            };
            let page = tools::run(unpacked.path(), "tar", &["-xOf", tar, name]);
            let (digest, pointer) = citation.split_once('#').unwrap();
            assert!(name.starts_with(digest));
            assert!(json(&page).pointer(pointer).is_some(), "{citation}");
        }
    }
    let csv = sample(&["--test", "CT-05", "--csv"]).expect(0).out;
    assert!(
        csv.contains("number,item,result A,result B,detail,evidence,auditor A,auditor B,auditor's note"),
        "{csv}"
    );
}

#[test]
fn nothing_is_drawn_from_what_is_altered_untested_or_empty() {
    let mut bytes = quarter().bundle();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = Path::new("altered.zip");
    fs::write(quarter().dir().join(altered), bytes).unwrap();
    let said = backproof(quarter().dir(), &["sample", "altered.zip", "--test", "CT-05"]).expect(5);
    assert!(
        said.err.starts_with("error: the bundle does not verify: "),
        "{}",
        said.err
    );
    let said = sample(&["--test", "CT-99"]).expect(1);
    assert_eq!(said.err, "error: the bundle has no test CT-99\n");
    let said = sample(&["--test", "CT-05", "--size", "0"]).expect(2);
    assert!(said.err.contains("--size"), "{}", said.err);
}
