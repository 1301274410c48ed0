//! The results of a bundle, without what two collections of the same can't have in common.
//!
//! * A citation names a page by its digest, and the same rows lie in other pages: the row that it leads to stands in its place. Of
//!   a document only its `_id`, for ours keeps no fields that nobody asks for; of an account's rights, which are XML live, where.
//! * The collections of the recording began at five o'clock and took two minutes: an instant of these is its day.
//! * The reason of a gap, and what is observed of pulls that another made good, name pulls that failed and say how many: the days
//!   of these, for where a list is refused ours asks for none of its parts, and it lists jobs by their completion besides.
//! * The collector's own calls in the trail: that they tie, and not how many it needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use backproof::ledger::{Ledger, Sealed};
use backproof::model::ids::EvidenceId;
use serde_json::{Map, Value, json};

/// Differences that are shown.
const SHOWN: usize = 20;

pub(super) struct Results(Value);

impl Results {
    /// Of the bundle of `period` in the directory in which it was made.
    pub(super) fn read(dir: &Path, period: &str) -> Self {
        let output = Command::new("unzip")
            .arg("-p")
            .arg(dir.join(format!("out/luma-{period}.zip")))
            .arg("data/results.json")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let results = serde_json::from_slice(&output.stdout).unwrap();
        Self(bare(results, &Ledger::read(&dir.join("ledger")).unwrap()))
    }

    #[track_caller]
    pub(super) fn are_those_of(&self, other: &Self) {
        let mut differences = Vec::new();
        compare("", &self.0, &other.0, &mut differences);
        let shown = &differences[..differences.len().min(SHOWN)];
        assert!(shown.is_empty(), "{} differences: {shown:#?}", differences.len());
    }
}

fn compare(at: &str, one: &Value, other: &Value, differences: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for name in names {
                let [a, b] = [a, b].map(|of| of.get(name).unwrap_or(&Value::Null));
                compare(&format!("{at}/{name}"), a, b, differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}/{n}"), a, b, differences);
            }
        }
        _ if one != other => differences.push(format!("{at}: {one} against {other}")),
        _ => {}
    }
}

/// A value of the results without what is said above.
fn bare(value: Value, ledger: &Ledger<Sealed>) -> Value {
    match value {
        Value::Object(mut members) => {
            if members
                .get("item")
                .is_some_and(|item| item.as_str().unwrap().starts_with("reconciliation/own-calls/"))
            {
                let tally = &mut members["tally"];
                assert_eq!(tally["left"]["number"], tally["right"]["number"]);
                for side in ["left", "right"] {
                    tally[side]["number"] = json!("tied");
                }
            }
            let members = members
                .into_iter()
                .map(|(name, value)| match (name.as_str(), value) {
                    ("evidence", Value::Array(cited)) => {
                        let rows: BTreeSet<_> = cited
                            .iter()
                            .map(|cited| row(cited.as_str().unwrap(), ledger))
                            .collect();
                        (name, rows.into_iter().map(Value::String).collect())
                    }
                    ("reason", Value::String(reason)) => {
                        (name, Value::String(failures(&to_the_day(&reason))))
                    }
                    ("text", Value::String(text)) => {
                        (name, Value::String(fell_short(&to_the_day(&text)).to_owned()))
                    }
                    (_, value) => (name, bare(value, ledger)),
                });
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(|item| bare(item, ledger)).collect(),
        Value::String(text) => Value::String(to_the_day(&text)),
        other => other,
    }
}

/// The row that a citation leads to, as text; a place that was searched as it is.
fn row(cited: &str, ledger: &Ledger<Sealed>) -> String {
    let Some((digest, pointer)) = cited.split_once('#') else {
        return cited.to_owned();
    };
    let bytes = ledger.bytes(EvidenceId(digest.parse().unwrap())).unwrap();
    let rights = format!("{pointer} of an account's rights");
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(page) if page.get("UserDetailList").is_some() => rights,
        Ok(page) => {
            let row = page.pointer(pointer).unwrap_or_else(|| panic!("{cited}"));
            match row.get("_id") {
                Some(id) => id.to_string(),
                None if row.get("Message").is_some() => "a refusal".to_owned(),
                None => row.to_string(),
            }
        }
        Err(_) if bytes.starts_with(b"<GetAccountAuthorizationDetailsResponse") => rights,
        // An object of the trail is the same in both.
        Err(_) => cited.to_owned(),
    }
}

/// Instants in the minutes around a collection as their days.
fn to_the_day(text: &str) -> String {
    let around = [
        "T04:45", "T04:46", "T04:47", "T05:00", "T05:01", "T05:02", "T05:03",
    ];
    let mut said = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("T0") {
        let (before, after) = rest.split_at(at);
        said.push_str(before);
        let end = after.find('Z').filter(|end| *end < "T05:00:00.000Z".len());
        match end.filter(|_| around.iter().any(|minute| after.starts_with(minute))) {
            Some(end) => rest = &after[end + 1..],
            None => {
                said.push_str("T0");
                rest = &after[2..];
            }
        }
    }
    said + rest
}

/// `… pull 2026-08-09/aws_vaults/…: it failed with AccessDeniedException; … and 2 more like it` as `… failed on 2026-08-09`.
fn failures(reason: &str) -> String {
    let mut said: Vec<String> = Vec::new();
    for clause in reason.split("; ") {
        let clause = match clause.split_once("pull 2026-") {
            _ if clause.starts_with("no complete pull of") || clause.ends_with(" more like it") => continue,
            Some((before, failed)) => format!("{before}failed on 2026-{}", failed.split('/').next().unwrap()),
            None => clause.to_owned(),
        };
        if said.iter().all(|before| !before.ends_with(&clause)) {
            said.push(clause);
        }
    }
    said.join("; ")
}

/// An observation without how many pulls fell short, and in which words.
fn fell_short(text: &str) -> &str {
    const WORDS: &str = "pulls of the period that fell short while others cover what they asked";
    text.find(WORDS).map_or(text, |at| &text[..at + WORDS.len()])
}
