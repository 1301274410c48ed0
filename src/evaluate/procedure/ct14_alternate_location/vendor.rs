//! What only a vendor's reviewed assurance speaks for: storage across zones, and protection from environmental damage.

use super::Trial;
use super::tally::Reached;
use crate::evaluate::assurance::Assurance;
use crate::evaluate::facts::both;
use crate::evaluate::place::tail;
use crate::evaluate::statements::about;
use crate::evaluate::taken::seen;
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::backups::{Provider, RecoveryPoint};

impl Trial<'_> {
    /// Storage across zones, which only the vendor's documentation asserts.
    pub(super) fn across_zones(&self, point: &Observed<RecoveryPoint>, assurance: &Assurance<'_>) -> Reached {
        match assurance.found {
            Some(document) => {
                let proof = both(
                    seen(&self.context.records.coverage, point),
                    assurance.register.clone(),
                );
                Reached::Held(proof, Some(Evidence::of(&document.citation)))
            }
            None => Reached::Open(format!(
                "that {} lies in several zones rests on the vendor's documentation, and no reviewed assurance of the vendor covers the period",
                tail(&point.value.id)
            )),
        }
    }

    /// Against environmental damage only the vendor's assurance speaks.
    pub(super) fn vendor(&self, provider: Provider, evidence: Evidence, builder: &mut FindingBuilder) {
        let (id, assurance) = match provider {
            Provider::Aws => ("vendor/aws", &self.aws),
            Provider::Atlas => ("vendor/mongodb", &self.atlas),
        };
        match assurance.found {
            Some(document) => {
                builder.supported_if(
                    id,
                    &assurance.register,
                    evidence.and(Evidence::of(&document.citation)),
                );
            }
            None => {
                let reason = "no reviewed assurance of the vendor covers the period: only its documentation says that it protects backups from environmental damage";
                let resolves =
                    "a reviewed SOC 2 report or ISO certificate of the vendor for the whole period";
                builder.indeterminate(id, reason, resolves, evidence);
            }
        }
        builder.only_about(id, &about(&["DM-6.2-5c"]));
    }
}
