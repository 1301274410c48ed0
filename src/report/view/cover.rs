//! Cover, contents and the key to the six states.

use backproof_verify::manifest::v1::AskedAuthority;

use crate::model::finding::State;
use crate::report::input::{ReportInput, Signer};
use crate::report::layout::block::{Block, Cover, Fact, Heading};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, fact, plain};
use crate::report::view::say::{count, day, last_day, utc};
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let (scope, run) = (input.scope, input.run);
    let (first, last) = (day(scope.period.first_day()), day(last_day(input)));
    let days = count(scope.period.days().count(), "day", "days")
        .replace(" days", "")
        .replace(" day", "");
    let interval = scope.period.interval();
    let policy = doc.say(
        "cover/period-policy",
        &[
            ("first", &first),
            ("last", &last),
            ("days", &days),
            ("zone", &scope.period.zone()),
        ],
    )?;
    let in_utc = doc.say(
        "cover/period-utc",
        &[("start", &utc(interval.start())), ("end", &utc(interval.end()))],
    )?;
    let (warning, signer) = match &run.signer {
        Signer::Development => (
            Some((
                doc.say("cover/development-title", &[])?,
                doc.say("cover/development", &[])?,
            )),
            doc.say("cover/signer-development", &[])?,
        ),
        Signer::Named(subject) => (None, subject.clone()),
    };
    let cover = Cover {
        wordmark: "backproof".to_owned(),
        title: doc.say("cover/title", &[])?,
        subtitle: doc.say("cover/subtitle", &[])?,
        entity: scope.entity.name.clone(),
        period: doc.say("cover/period", &[("first", &first), ("last", &last)])?,
        warning,
        facts: vec![
            plain("Period, policy days", policy),
            plain("Period, UTC", in_utc),
            plain("As of", utc(scope.as_of)),
            fact("Bundle", vec![Span::new(run.bundle_id.clone(), theme::MONO)]),
            plain("Evidence until", utc(run.evidence_until)),
            plain("Made by", run.tool.clone()),
            plain("Signed by", signer),
            plain("Time of signing", time_of_signing(doc, &run.time_stamps)?),
            plain("Confidentiality", run.confidentiality.clone()),
        ],
        footer: doc.say("cover/footer", &[])?,
    };
    doc.push(Block::Cover(Box::new(cover)));
    contents(doc)
}

/// Who vouches for when the report was signed. The signature has the time itself.
fn time_of_signing(doc: &Doc<'_>, asked: &[AskedAuthority]) -> Result<String, WordingError> {
    match asked.last() {
        None => doc.say("cover/time-claimed", &[]),
        Some(last) if last.failure.is_none() => {
            doc.say("cover/time-stamped", &[("authority", &last.authority)])
        }
        Some(_) => doc.say("cover/time-not-stamped", &[]),
    }
}

fn contents(doc: &mut Doc<'_>) -> Result<(), WordingError> {
    let title = doc.say("contents/title", &[])?;
    doc.push(Block::Heading(Heading {
        level: 1,
        number: String::new(),
        title,
        anchor: "contents".to_owned(),
        aside: None,
        listed: false,
        fresh: true,
    }));
    doc.push(Block::Contents);
    doc.push(Block::Space(4.0));
    doc.heading("contents/states-title")?;
    doc.wide("contents/states", &[])?;
    let mut facts = Vec::new();
    for state in State::ALL {
        let meaning = doc.say(&format!("contents/{state}-means"), &[])?;
        let word = doc.state(state, theme::STRONG)?;
        let code = Span::new(
            format!("   {state}"),
            theme::style(crate::report::canvas::Face::Mono, 7.2, theme::GREY),
        );
        facts.push(Fact {
            key: vec![word],
            value: vec![vec![Span::new(meaning, theme::BODY), code]],
        });
    }
    doc.push(Block::Facts(facts));
    Ok(())
}
