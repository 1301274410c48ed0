//! Which analyses were facts by the last day judged, and what each is worth.

use chrono::NaiveDate;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, doubt, judged_days};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::governance::Bia;
use crate::model::time::{day_of, show};

/// How an analysis stands.
pub(super) enum Worth {
    /// Performed and approved.
    Sound,
    /// Why it may not count.
    Doubtful(String),
}

/// An analysis that was performed by the last day judged, or on a day that nobody recorded.
pub(super) struct Analysis<'a> {
    pub(super) record: &'a Observed<Bia>,
    pub(super) performed: Option<NaiveDate>,
    pub(super) worth: Worth,
}

/// The analyses that were facts by the last day judged; or what keeps them from being read.
pub(super) fn analyses<'a>(
    context: &Context<'a>,
    builder: &mut FindingBuilder,
) -> Result<Vec<Analysis<'a>>, Doubt> {
    let zone = context.scope.period.zone();
    let (_, last) = judged_days(context);
    let mut known = Vec::new();
    for record in &context.records.bias {
        let bia = &record.value;
        let name = format!("{} {}", bia.id, bia.version);
        if let Some(doubt) = doubt(context.records, record, &[&bia.id, &name]) {
            return Err(doubt);
        }
        let listed = record.last_seen + context.criteria.clock_skew;
        if let Some(at) = bia.approved_at.filter(|at| *at > listed) {
            return Err(Doubt::ahead(
                &format!("the approval of analysis {name}"),
                at,
                record,
            ));
        }
        if let Some(day) = bia.performed.filter(|day| *day > day_of(listed, zone)) {
            return Err(Doubt {
                reason: format!("analysis {name} is dated {day}, after the answer that holds it"),
                resolves: "the analysis with its true date".to_owned(),
                evidence: Evidence::of(&record.citation),
            });
        }
        if let Some(day) = bia.performed.filter(|day| *day > last) {
            let text = format!("analysis {name} was performed on {day}, after the last day judged: left out");
            builder.observe(text, Evidence::of(&record.citation));
            continue;
        }
        known.push(Analysis {
            record,
            performed: bia.performed,
            worth: worth(context, bia, &name),
        });
    }
    Ok(known)
}

fn worth(context: &Context<'_>, bia: &Bia, name: &str) -> Worth {
    let Some(performed) = bia.performed else {
        return Worth::Doubtful(format!("analysis {name} does not say when it was performed"));
    };
    let by = bia.approved_by.as_deref().filter(|by| !by.trim().is_empty());
    match (by, bia.approved_at) {
        (Some(_), Some(at)) if at >= context.scope.as_of => Worth::Doubtful(format!(
            "analysis {name} was approved at {}, not before the as-of instant",
            show(at)
        )),
        (Some(_), Some(at)) if day_of(at, context.scope.period.zone()) < performed => {
            Worth::Doubtful(format!("analysis {name} was approved before it was performed"))
        }
        (Some(_), Some(_)) => Worth::Sound,
        _ => Worth::Doubtful(format!("analysis {name} is a draft that nobody approved")),
    }
}
