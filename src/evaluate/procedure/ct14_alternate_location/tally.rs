//! The points of one system, and what is found of each: one exception and one open item at the most.

use std::collections::BTreeSet;

use crate::evaluate::context::Context;
use crate::evaluate::facts::both;
use crate::evaluate::grounds::examined;
use crate::evaluate::statements::about;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::ids::StatementId;
use crate::model::source::SourceKey;

/// What is found of one point.
pub(super) enum Reached {
    /// It is held far enough away.
    Held(Result<Proof, Vec<Gap>>, Option<Evidence>),
    /// It is not.
    Missing(String),
    /// Nobody can tell.
    Open(String),
}

/// The points of one system.
#[derive(Default)]
pub(super) struct Tally {
    /// The lists of jobs or snapshots where its points are made: they tell of points that nothing else shows.
    pub(super) lists: BTreeSet<SourceKey>,
    points: usize,
    held: Option<(Proof, Evidence)>,
    missing: Vec<(String, Evidence)>,
    open: Vec<(String, Evidence)>,
}

impl Tally {
    pub(super) fn add(&mut self, point: Evidence, reached: Reached) {
        self.points += 1;
        match reached {
            Reached::Held(Ok(proof), with) => {
                let last = with.into_iter().fold(point, Evidence::and);
                self.held = Some(match self.held.take() {
                    Some((all, _)) => (all.and(proof), last),
                    None => (proof, last),
                });
            }
            Reached::Held(Err(gaps), _) => {
                let why = gaps
                    .first()
                    .map_or("it is not proven".to_owned(), ToString::to_string);
                let places = Evidence::gaps(&gaps).into_iter().fold(point, Evidence::and);
                self.open.push((why, places));
            }
            Reached::Missing(why) => self.missing.push((why, point)),
            Reached::Open(why) => self.open.push((why, point)),
        }
    }

    /// Concludes the system.
    pub(super) fn conclude(self, id: &str, context: &Context<'_>, builder: &mut FindingBuilder) {
        let all = |list: &[(String, Evidence)]| {
            list.iter()
                .map(|(_, evidence)| evidence.clone())
                .reduce(Evidence::and)
        };
        let told = |list: &[(String, Evidence)]| {
            let first = list.first().map(|(why, _)| why.as_str()).unwrap_or_default();
            format!("{} of {} recovery points: {first}", list.len(), self.points)
        };
        if let Some(evidence) = all(&self.missing) {
            let criterion = "each backup is held at the required alternate location in time";
            builder.exception(id, Severity::High, told(&self.missing), criterion, evidence);
            builder.only_about(id, &copied_statements());
        }
        if let Some(evidence) = all(&self.open) {
            let resolves = "listings and assurance that show where each of them is held";
            let id = format!("{id}/undecided");
            builder.indeterminate(id.as_str(), told(&self.open), resolves, evidence);
            builder.only_about(&id, &copied_statements());
        }
        if let (true, true, Some((proof, evidence))) =
            (self.missing.is_empty(), self.open.is_empty(), self.held)
        {
            let lists = self.lists.iter();
            let proofs = lists.map(|key| context.records.coverage.prove(key, examined(context.scope)));
            let proof = proofs.fold(Ok(proof), both);
            builder.supported_if(id, &proof, evidence);
            builder.only_about(id, &copied_statements());
        }
    }
}

/// The statements about where backups are held.
fn copied_statements() -> Vec<StatementId> {
    about(&["DM-6.2-6a", "DM-6.2-6b"])
}
