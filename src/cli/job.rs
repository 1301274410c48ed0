//! What the verbs share: configuration, catalogue, parameters, clock, ledger, and the evidence of a period.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use chrono::TimeDelta;

use super::clock::Clock;
use super::config::Config;
use super::{JobArguments, PeriodArguments, own_catalogue, responses};
use crate::catalogue::{Catalogue, Parameters};
use crate::collect::Source;
use crate::ledger::store::EvidenceStore;
use crate::ledger::{Holder, Ledger, LedgerError, Open, Sealed};
use crate::model::acquisition::{Acquisition, EVIDENCE_MARGIN_DAYS};
use crate::model::finding::Evaluation;
use crate::model::ids::EvidenceId;
use crate::model::records::Records;
use crate::model::response::Responses;
use crate::model::scope::Scope;
use crate::model::time::{Instant, Period, show};

/// A configured job.
pub(super) struct Job {
    pub(super) config: Config,
    pub(super) catalogue: Catalogue,
    pub(super) parameters: Parameters,
    pub(super) responses: Responses,
    pub(super) clock: Clock,
    pub(super) ledger_dir: PathBuf,
}

/// A period that can't be evaluated yet.
#[derive(Debug, thiserror::Error)]
#[error("the period {period} ends at {end}, which is still to come: it is {now} now")]
pub(super) struct NotOver {
    period: String,
    end: String,
    now: String,
}

/// What was concluded about a period, with everything it rests on.
pub(super) struct Concluded {
    pub(super) scope: Scope,
    pub(super) evidence: PeriodEvidence,
    pub(super) records: Records,
    pub(super) evaluation: Evaluation,
}

/// What the evidence says of a period, before any test is tried.
pub(super) struct Covered {
    pub(super) scope: Scope,
    pub(super) evidence: PeriodEvidence,
    pub(super) records: Records,
}

impl Job {
    pub(super) fn new(arguments: &JobArguments) -> Result<Self> {
        let clock = Clock::ask()?;
        let config = Config::read(&arguments.config)?;
        let catalogue = own_catalogue::in_force(&config)?;
        let parameters = Parameters::new(&catalogue, &config.settings)
            .with_context(|| format!("{}: [parameters]", arguments.config.display()))?;
        let responses = responses::read(&config)?;
        let default = || config.ledger.clone().unwrap_or_else(|| PathBuf::from("ledger"));
        let ledger_dir = arguments.ledger.clone().unwrap_or_else(default);
        Ok(Self {
            config,
            catalogue,
            parameters,
            responses,
            clock,
            ledger_dir,
        })
    }

    /// The scope of a period that is over.
    pub(super) fn scope(&self, period: &str) -> Result<Scope> {
        let period = self.period(period)?;
        if period.end() > self.clock.now {
            return Err(self.not_over(&period).into());
        }
        let as_of = period.end();
        Ok(self.scope_of(period, as_of))
    }

    fn period(&self, period: &str) -> Result<Period> {
        Ok(Period::parse(
            period,
            self.parameters.time_zone("policy_timezone")?,
        )?)
    }

    fn not_over(&self, period: &Period) -> NotOver {
        NotOver {
            period: period.to_string(),
            end: show(period.end()),
            now: show(self.clock.now),
        }
    }

    fn scope_of(&self, period: Period, as_of: Instant) -> Scope {
        Scope {
            entity: self.config.entity.clone(),
            period,
            as_of,
            estate: self.config.estate.clone(),
        }
    }

    /// What the ledger holds of a period that has begun.
    pub(super) fn covered_so_far(&self, arguments: &PeriodArguments) -> Result<Covered> {
        let period = self.period(&arguments.period)?;
        if period.start() >= self.clock.now {
            return Err(self.not_over(&period).into());
        }
        let as_of = period.end().min(self.clock.now);
        Ok(covered(
            Ledger::read(&self.ledger_dir)?,
            self.scope_of(period, as_of),
        ))
    }

    /// Opens the ledger to append; nobody else can while it is open.
    pub(super) fn open_ledger(&self) -> Result<Ledger<Open>, LedgerError> {
        Ledger::open(&self.ledger_dir, &self.holder())
    }

    /// Who writes, for whoever finds it in use.
    pub(super) fn holder(&self) -> Holder {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = if host.trim().is_empty() {
            "this machine".to_owned()
        } else {
            host.trim().to_owned()
        };
        Holder {
            pid: std::process::id(),
            host,
            since: self.clock.now,
        }
    }

    /// The configured sources.
    pub(super) fn sources(&self) -> Result<Vec<Box<dyn Source>>> {
        let open =
            |source: &super::config::SourceConfig| crate::collect::open(&source.kind, &source.settings);
        Ok(self.config.sources.iter().map(open).collect::<Result<_, _>>()?)
    }

    /// Reads what the evidence says about a period and tries every test on it.
    pub(super) fn conclude(&self, ledger: Ledger<Sealed>, scope: Scope) -> Result<Concluded> {
        let Covered {
            scope,
            evidence,
            records,
        } = covered(ledger, scope);
        let evaluation = crate::evaluate::evaluate(&scope, &self.catalogue, &self.parameters, &records)?;
        Ok(Concluded {
            scope,
            evidence,
            records,
            evaluation,
        })
    }

    /// The same from the ledger as it stands.
    pub(super) fn conclude_from_ledger(&self, period: &str) -> Result<Concluded> {
        let scope = self.scope(period)?;
        self.conclude(Ledger::read(&self.ledger_dir)?, scope)
    }
}

/// Reads what the evidence says about a period.
fn covered(ledger: Ledger<Sealed>, scope: Scope) -> Covered {
    let evidence = PeriodEvidence::of(ledger, &scope.period);
    let records = crate::normalize::normalize(&evidence, &scope.estate);
    Covered {
        scope,
        evidence,
        records,
    }
}

impl Concluded {
    /// What is wrong with the pages themselves: pulls that their collector took for complete, that prove nothing, and
    /// whose time in the period no other pull proves. Those that failed were told of when they were collected.
    pub(super) fn unsound_pulls(&self) -> BTreeSet<&str> {
        let failed: Vec<String> = self
            .evidence
            .acquisitions()
            .iter()
            .filter(|pull| pull.failure().is_some())
            .map(|pull| format!("pull {}:", pull.id))
            .collect();
        let period = self.scope.period.interval();
        let coverage = &self.records.coverage;
        coverage
            .shortfalls()
            .iter()
            .filter(|shortfall| {
                let missing = coverage.spans(&shortfall.key).missing_in(&shortfall.interval);
                !missing.within(&period).is_empty()
            })
            .map(|shortfall| shortfall.reason.as_str())
            .filter(|reason| {
                reason.starts_with("pull ") && !failed.iter().any(|pull| reason.starts_with(pull))
            })
            .collect()
    }
}

/// The pulls of a sealed ledger that speak about a period.
pub(super) struct PeriodEvidence {
    ledger: Ledger<Sealed>,
    acquisitions: Vec<Acquisition>,
}

impl PeriodEvidence {
    fn of(ledger: Ledger<Sealed>, period: &Period) -> Self {
        let margin = TimeDelta::days(EVIDENCE_MARGIN_DAYS);
        let (from, until) = (period.start() - margin, period.end() + margin);
        let speaks = |at: Instant| from <= at && at < until;
        let acquisitions = ledger
            .acquisitions()
            .iter()
            .filter(|pull| speaks(pull.started))
            .cloned()
            .collect();
        Self { ledger, acquisitions }
    }

    /// The whole ledger.
    pub(super) fn ledger(&self) -> &Ledger<Sealed> {
        &self.ledger
    }
}

impl EvidenceStore for PeriodEvidence {
    fn acquisitions(&self) -> &[Acquisition] {
        &self.acquisitions
    }

    fn bytes(&self, id: EvidenceId) -> Result<std::borrow::Cow<'_, [u8]>, LedgerError> {
        self.ledger.bytes(id).map(std::borrow::Cow::Owned)
    }
}
