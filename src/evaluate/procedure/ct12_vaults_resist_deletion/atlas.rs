//! One Atlas project: its backup compliance policy.

use super::{Found, Trial};
use crate::evaluate::around::Around;
use crate::evaluate::grounds::moment;
use crate::evaluate::usable::fresh;
use crate::model::estate::global;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::ids::Account;
use crate::model::records::Observed;
use crate::model::records::backups::RecoveryPoint;
use crate::model::source::{Source, SourceKey};
use crate::model::time::show;

impl Trial<'_> {
    /// Concludes one project, `holds` being a snapshot in it.
    pub(super) fn project(
        &self,
        project: &Account,
        holds: &Observed<RecoveryPoint>,
        builder: &mut FindingBuilder,
    ) {
        let records = self.context.records;
        let id = format!("atlas/{project}");
        let key = SourceKey {
            source: Source::AtlasCompliancePolicy,
            account: project.clone(),
            region: global(),
        };
        let proof = records.coverage.prove(&key, moment(fresh(self.context)));
        let policies = records.compliance_policies.iter();
        let policies = policies.filter(|policy| policy.value.project == *project);
        let around = Around::of(self.context, (&key, None), policies, |policy| policy.at);
        let read = around.observations.iter().map(|policy| &policy.citation);
        let evidence = Evidence::all(read)
            .into_iter()
            .fold(Evidence::of(&holds.citation), Evidence::and);
        if let Err(gaps) = &proof {
            return builder.gap(id, gaps, Some(evidence));
        }
        if !around.fresh {
            let reason = "no reading of the backup compliance policy speaks for the as-of instant";
            let resolves = format!("the compliance policy of project {project} at the as-of instant");
            return builder.indeterminate(id, reason, resolves, evidence);
        }
        if let Some(doubt) = around.doubt(self.context, project.as_str()) {
            return builder.indeterminate(id, doubt.reason, doubt.resolves, evidence.and(doubt.evidence));
        }
        let found = Found {
            id,
            key,
            proof,
            evidence,
        };
        // A policy that is being changed is in force all the same.
        let active = |state: &str| matches!(state, "ACTIVE" | "UPDATING");
        let said: Vec<String> = around
            .observations
            .iter()
            .map(|policy| {
                let word = policy.value.state.as_deref().unwrap_or("in no state at all");
                format!("{word} at {}", show(policy.value.at))
            })
            .collect();
        let states = around
            .observations
            .iter()
            .map(|policy| policy.value.state.as_deref());
        let active: Vec<Option<bool>> = states.map(|state| state.map(active)).collect();
        if active.iter().all(|active| *active == Some(true)) {
            for policy in &around.observations {
                if policy.value.copy_protection != Some(true) {
                    let text = format!(
                        "the compliance policy of {project} does not protect copies in other regions"
                    );
                    builder.observe(text, Evidence::of(&policy.citation));
                }
            }
            builder.supported_if(found.id, &found.proof, found.evidence);
        } else if active.iter().all(|active| *active == Some(false)) {
            let why = format!("its backup compliance policy is {}", said.join(", then "));
            self.unprotected(found, &why, builder);
        } else {
            let reason = format!("its backup compliance policy was {}", said.join(", then "));
            let resolves = "the state of the compliance policy at the as-of instant";
            builder.indeterminate(found.id, reason, resolves, found.evidence);
        }
    }
}
