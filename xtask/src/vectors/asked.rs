//! What a manifest says of the time stamp authorities that were asked, held to what is there.

use anyhow::Result;
use backproof_verify::layout;
use backproof_verify::manifest::v1::AskedAuthority;
use serde_json::{Value, json};

use super::Vectors;
use super::bundle::{Archive, Draft, File};
use super::pdf::{Signs, house_signs};
use super::pki::House;
use super::stamp::{Stamped, reply};
use super::time::{AT, stamps};

const CODE: &str = "bundle.time-stamps";

/// A bundle of which the second authority that was asked says when it was signed, and the first could not.
fn draft(sign: Signs<'_>) -> Draft {
    let asked = |authority: &str, failure: Option<&str>| AskedAuthority {
        authority: authority.to_owned(),
        failure: failure.map(str::to_owned),
    };
    let mut draft = Draft::new("luma-2026-q3", sign);
    draft.time_stamps = vec![
        asked("http://one.example/tsa", Some("answered with HTTP status 503")),
        asked("http://two.example/tsa", None),
    ];
    draft
}

/// Puts the time stamp over the list of digests beside it.
fn with_reply(house: &House, mut archive: Archive) -> Vec<u8> {
    let sums = archive.file(layout::SUMS).packed.clone();
    let token = Stamped::new(AT, &sums)
        .token(&house.stamping, &[&house.issuing])
        .assemble();
    archive
        .0
        .push(File::stored(layout::SUMS_TIME_STAMP, &reply(0, token)));
    archive.list_tags();
    archive.write()
}

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    let (plain, stamped) = (house_signs(house), stamps(house));
    let proper = serde_json::to_value(draft(&stamped).manifest())?;
    let whole = draft(&stamped).sealed(&proper, &stamped)?;
    vectors.fails(
        "stamps-no-reply.zip",
        "the time stamp over the list of digests is taken away",
        CODE,
        whole.write(),
    );
    vectors.passes(
        "good-bundle-asked.zip",
        "a bundle that the second authority stamped, and the first did not",
        with_reply(house, whole),
    );
    for name in ["sums", "asic", "report"] {
        let sign = |content: &[u8]| match what(content) == name {
            true => plain(content),
            false => stamped(content),
        };
        let draft = draft(&sign);
        let manifest = serde_json::to_value(draft.manifest())?;
        vectors.fails(
            &format!("stamps-none-{name}.zip"),
            &format!("the time stamp over a signature is taken away: {name}"),
            CODE,
            with_reply(house, draft.sealed(&manifest, &sign)?),
        );
    }
    for (name, attack, told) in lies() {
        let mut manifest = proper.clone();
        manifest["time_stamps"] = told;
        vectors.fails(
            &format!("stamps-{name}.zip"),
            attack,
            "manifest.sound",
            with_reply(house, draft(&stamped).sealed(&manifest, &stamped)?),
        );
    }
    Ok(())
}

/// Which signature one over this is; none over nothing, which is signed to see how long a signature becomes.
fn what(content: &[u8]) -> &'static str {
    match content {
        [] => "",
        [b'%', ..] => "report",
        [b'<', ..] => "asic",
        _ => "sums",
    }
}

/// What no writer says of authorities.
fn lies() -> [(&'static str, &'static str, Value); 5] {
    let asked = |authority: &str, failure: Value| json!({"authority": authority, "failure": failure});
    let many = (0..9).map(|n| asked(&format!("http://{n}.example"), json!("refuses")));
    [
        (
            "asked-after",
            "an authority is asked after another one stamped",
            json!([
                asked("http://one.example", Value::Null),
                asked("http://two.example", Value::Null)
            ]),
        ),
        (
            "asked-twice",
            "an authority is asked twice",
            json!([
                asked("http://one.example", json!("refuses")),
                asked("http://one.example", Value::Null)
            ]),
        ),
        (
            "no-words",
            "an authority failed, and nothing says how",
            json!([asked("http://one.example", json!(""))]),
        ),
        (
            "no-name",
            "an authority without a name",
            json!([asked("", Value::Null)]),
        ),
        ("too-many", "more authorities than anybody asks", many.collect()),
    ]
}
