//! `package`: results, report, signatures and bundle, verified before anyone sees them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use backproof_verify::bundle::verify_bundle;
use backproof_verify::check::{Code, Outcome};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1;
use backproof_verify::signature::TrustAnchors;
use backproof_verify::signature::reply::granting;

use super::clock::Clock;
use super::identity::Identity;
use super::job::{Concluded, Job};
use super::output::Output;
use super::time_stamps::{Stamping, TimeStamps};
use super::{Exit, PackageArguments, TOOL, Terminal, summary};
use crate::bundle::{self, ControlSummary, Draft, Metadata, RawPage, Signatures, results};
use crate::catalogue::Standing;
use crate::ledger::store::EvidenceStore as _;
use crate::model::finding::State;
use crate::report::{ReportInput, RunFacts};
use crate::sign;

/// What was made.
pub(super) struct Package {
    pub(super) bundle: Vec<u8>,
    pub(super) report: Vec<u8>,
    pub(super) checks: usize,
}

/// Who signs a package, and who vouches for when.
#[derive(Clone, Copy)]
pub(super) struct By<'i> {
    pub(super) identity: &'i Identity,
    pub(super) stamps: &'i TimeStamps<'i>,
}

impl By<'_> {
    /// What own packages are verified against: a signer's trust root only where it is ours to know, and those of time stamps.
    pub(super) fn anchors(&self) -> Result<TrustAnchors> {
        let roots = self.stamps.roots().clone();
        Ok(match self.identity.root_pem() {
            Some(root) => roots.with_signers(root)?,
            None => roots,
        })
    }
}

pub(super) fn package(arguments: &PackageArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.period.job)?;
    let configured = Identity::configured(&job)?;
    let stamps = TimeStamps::configured(&job, arguments.require_timestamp)?;
    let output = Output::prepare(&arguments.out)?;
    let concluded = job.conclude_from_ledger(&arguments.period.period)?;
    summary::unsound_pulls(&concluded, terminal);
    let identity = Identity::or_development(configured, &job)?;
    let by = By {
        identity: &identity,
        stamps: &stamps,
    };
    make_and_tell(&job, &concluded, by, &output, arguments.period.job.json, terminal)
}

/// Makes the package, and says what it says.
pub(super) fn make_and_tell(
    job: &Job,
    concluded: &Concluded,
    by: By<'_>,
    output: &Output,
    json: bool,
    terminal: &mut Terminal,
) -> Result<Exit> {
    let made = make(job, concluded, by, output, terminal)?;
    let exit = Exit::of(&concluded.evaluation);
    if json {
        terminal.line(made.json(concluded, exit).to_string());
    } else {
        summary::conclusion(concluded, terminal);
        made.print(terminal, exit);
    }
    Ok(exit)
}

/// Makes the package, verifies it and writes it.
pub(super) fn make<'i>(
    job: &Job,
    concluded: &Concluded,
    by: By<'i>,
    output: &Output,
    terminal: &mut Terminal,
) -> Result<summary::Made<'i>> {
    for (test, item) in job.responses.unmatched(&concluded.evaluation) {
        terminal.note(format!(
            "note: the response to {test} {item} answers no exception of this period"
        ));
    }
    terminal.progress("writing the report");
    let (package, time_stamps) = by
        .stamps
        .over(|stamping| assemble(job, concluded, by, stamping), terminal)?;
    let stem = stem(job, concluded.scope.period.name());
    let (bundle_name, report_name) = (format!("{stem}.zip"), format!("{stem}.pdf"));
    output.write(&[(&report_name, &package.report), (&bundle_name, &package.bundle)])?;
    terminal.clear_progress();
    Ok(summary::Made {
        bundle: output.path(&bundle_name),
        bundle_sha256: Sha256Digest::of(&package.bundle),
        report: output.path(&report_name),
        checks: package.checks,
        identity: by.identity,
        time_stamps,
    })
}

/// How the files of a period are called: `luma-2026-Q3`.
pub(super) fn stem(job: &Job, period: &str) -> String {
    format!("{}-{period}", job.config.entity.slug)
}

fn assemble(job: &Job, concluded: &Concluded, by: By<'_>, stamping: Stamping<'_>) -> Result<Package> {
    let (signer, stamper) = (by.identity.signer(), stamping.stamper);
    let bundle_id = bundle_id(job, concluded.scope.period.name());
    let unsigned = render(job, concluded, by.identity, stamping.asked, &bundle_id)?;
    let reason = format!(
        "Evidence report {} {}",
        concluded.scope.entity.name,
        concluded.scope.period.name()
    );
    let report = sign::pades::certify(&unsigned, signer, stamper, &reason, job.clock.stamp)?;

    let evidence = bundle::pack(&raw_pages(concluded)?)?;
    let mut payload = bundle::tables::tables(&concluded.evaluation, &job.responses);
    payload.extend(evidence.files);
    payload.insert("data/report.pdf".to_owned(), report.clone());
    let results = results::v1::encode(
        &concluded.scope,
        &concluded.evaluation,
        &concluded.records.coverage,
    );
    payload.insert("data/results.json".to_owned(), results);
    payload.insert(
        "data/catalogue.toml".to_owned(),
        job.catalogue.toml().as_bytes().to_vec(),
    );
    payload.insert("data/parameters.json".to_owned(), parameters(job)?);
    payload.insert("data/receipts.jsonl".to_owned(), receipts(concluded)?);

    let metadata = Metadata {
        bundle_id: bundle_id.clone(),
        entity: concluded.scope.entity.slug.to_string(),
        period_start: concluded.scope.period.start(),
        period_end: concluded.scope.period.end(),
        tool: v1::Tool {
            name: "backproof".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        previous: None,
        page: bundle::VERIFY_PAGE,
        report: v1::Report {
            unsigned_sha256: Sha256Digest::of(&unsigned),
            unsigned_size: unsigned.len() as u64,
        },
        time_stamps: stamping.asked.to_vec(),
        controls: controls(concluded, &evidence.locations, &payload),
        development: by.identity.is_development(),
        salt_secret: sign::salt_secret(signer, &salt_context(&bundle_id, &unsigned, &payload))?,
    };
    let draft = Draft::new(metadata, payload)?;
    let sums = draft.sha256sums();
    let token = stamper
        .map(|stamper| stamper.stamp(Sha256Digest::of(sums)))
        .transpose()?;
    let reply = token.map(|token| granting(&token)).transpose()?;
    let signatures = Signatures {
        sums: sign::cms::detached(signer, stamper, sums)?,
        asic: sign::cms::detached(signer, stamper, draft.asic_manifest())?,
        sums_time_stamp: reply,
    };
    let mut bundle = Vec::new();
    draft.seal(signatures, &mut bundle)?;
    let checks = verify_own(by, &bundle)?;
    Ok(Package {
        bundle,
        report,
        checks,
    })
}

/// What the salts belong to: this bundle with this payload. The signature of the report is left out of it, for it is another
/// one each time; with the same salts for another payload, a disclosed leaf of one would open a withheld leaf of the other.
fn salt_context(bundle_id: &str, unsigned: &[u8], payload: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut context = format!("{bundle_id}\n{}\n", Sha256Digest::of(unsigned));
    for (path, content) in payload.iter().filter(|(path, _)| *path != "data/report.pdf") {
        context.push_str(&format!("{}  {path}\n", Sha256Digest::of(content)));
    }
    context.into_bytes()
}

/// `luma-2026-q3`: lower case, as the bundle's format asks.
pub(super) fn bundle_id(job: &Job, period: &str) -> String {
    stem(job, period).to_ascii_lowercase().replace("..", "_")
}

fn render(
    job: &Job,
    concluded: &Concluded,
    identity: &Identity,
    asked: &[v1::AskedAuthority],
    bundle_id: &str,
) -> Result<Vec<u8>> {
    let pulls = concluded.evidence.acquisitions();
    // The report is a function of the evidence: the time of the run is in the signature only.
    let last_evidence = pulls
        .iter()
        .map(|pull| pull.finished)
        .max()
        .unwrap_or(concluded.scope.as_of);
    let run = RunFacts {
        bundle_id: bundle_id.to_owned(),
        tool: TOOL.to_owned(),
        evidence_until: last_evidence.max(concluded.scope.as_of),
        signer: identity.for_report(),
        confidentiality: "Confidential: prepared for management and its auditors".to_owned(),
        previous_bundle: None,
        time_stamps: asked.to_vec(),
    };
    let input = ReportInput {
        evaluation: &concluded.evaluation,
        records: &concluded.records,
        scope: &concluded.scope,
        acquisitions: pulls,
        catalogue: &job.catalogue,
        parameters: &job.parameters,
        responses: &job.responses,
        run: &run,
    };
    Ok(crate::report::render(&input)?)
}

/// Every body of the period's pulls.
fn raw_pages(concluded: &Concluded) -> Result<Vec<RawPage>> {
    let mut pages = Vec::new();
    for pull in concluded.evidence.acquisitions() {
        for (number, page) in (1..).zip(&pull.pages) {
            let Some(evidence) = page.evidence else { continue };
            let bytes = concluded.evidence.bytes(evidence)?.into_owned();
            pages.push(RawPage {
                source: pull.key.source.to_string(),
                account: pull.key.account.to_string(),
                region: pull.key.region.to_string(),
                received_at: page.received,
                page: number,
                request_id: page.request_id.clone(),
                // S3 answers with objects and XML.
                json: !pull.operation.starts_with("s3:"),
                bytes,
            });
        }
    }
    Ok(pages)
}

/// The ledger's entries of the period's pulls, byte for byte, one a line.
fn receipts(concluded: &Concluded) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for pull in concluded.evidence.acquisitions() {
        lines.extend(concluded.evidence.ledger().entry(&pull.id)?);
        lines.push(b'\n');
    }
    Ok(lines)
}

/// The parameters in force, with their approvals.
fn parameters(job: &Job) -> Result<Vec<u8>> {
    let rows: Vec<_> = job
        .parameters
        .iter()
        .map(|parameter| {
            let approval = parameter.approval.as_ref().map(|approval| {
                serde_json::json!({
                    "by": approval.by, "role": approval.role, "on": approval.on.to_string(),
                    "reference": approval.reference,
                })
            });
            serde_json::json!({
                "id": parameter.id.as_str(),
                "value": parameter.value.as_ref().map(ToString::to_string),
                "standing": match parameter.standing() {
                    Standing::Approved => "approved",
                    Standing::DefinedByPolicy => "defined by policy",
                    Standing::Assumed => "assumed",
                    Standing::NotSet => "not set",
                },
                "approval": approval,
            })
        })
        .collect();
    let json = serde_json::json!({"schema": "backproof.parameters/v1", "parameters": rows});
    backproof_verify::canonical::encode(&json).context("the parameters have no canonical form")
}

/// Each control with the files that its conclusion rests on.
fn controls(
    concluded: &Concluded,
    locations: &BTreeMap<Sha256Digest, String>,
    payload: &BTreeMap<String, Vec<u8>>,
) -> Vec<ControlSummary> {
    let evaluation = &concluded.evaluation;
    let files_of = |statements: &[crate::model::ids::StatementId]| {
        let tests: BTreeSet<_> = evaluation
            .statements
            .iter()
            .filter(|statement| statements.contains(&statement.id))
            .flat_map(|statement| &statement.tests)
            .collect();
        let mut files = BTreeSet::from(["data/results.json".to_owned()]);
        for finding in evaluation
            .findings
            .iter()
            .filter(|finding| tests.contains(finding.test()))
        {
            let population = bundle::tables::population_path(finding.test());
            files.extend(payload.contains_key(&population).then_some(population));
            let cited = finding.items().iter().flat_map(|item| item.evidence().records());
            files.extend(cited.filter_map(|citation| locations.get(&citation.evidence.0).cloned()));
        }
        files
    };
    let controls = evaluation.controls.iter().map(|control| ControlSummary {
        id: control.id.to_string(),
        state: match control.state {
            State::Exception => v1::State::Exception,
            State::Indeterminate => v1::State::Indeterminate,
            State::NotTested => v1::State::NotTested,
            State::Supported => v1::State::Supported,
            State::NoOccurrence => v1::State::NoOccurrence,
            State::NotApplicable => v1::State::NotApplicable,
        },
        evidence: files_of(&control.statements),
    });
    controls.collect()
}

/// Verifies the bundle as a stranger would, before it gets its name. The number of checks that hold.
fn verify_own(by: By<'_>, bundle: &[u8]) -> Result<usize> {
    // What was stamped since the run began would be of the future then.
    let report = verify_bundle(bundle, &by.anchors()?, Clock::ask()?.now);
    let failed: Vec<_> = report
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed)
        .collect();
    if let Some(check) = failed.first() {
        bail!(
            "the bundle just made does not verify, so it was not written: {} {}: {}",
            check.code,
            check.subject,
            check.detail
        );
    }
    if by.identity.root_pem().is_some() {
        // What is known of revocation is asked by whoever relies on the bundle: nothing of it is put in yet.
        let undecided = report
            .checks
            .iter()
            .find(|check| check.outcome == Outcome::Undecided && check.code != Code::CertificateRevocation);
        if let Some(check) = undecided {
            bail!(
                "the bundle just made can't be verified whole: {} {}: {}",
                check.code,
                check.subject,
                check.detail
            );
        }
    }
    Ok(report
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Ok)
        .count())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The salts of two bundles of one period differ as soon as their payload does, or leaves that one discloses would open
    /// withheld ones of the other; and they don't differ by a signature, or the same evidence gave other leaves each time.
    #[test]
    fn salts_belong_to_the_payload_without_the_signature() {
        let payload = |results: &str, report: &str| {
            BTreeMap::from([
                ("data/report.pdf".to_owned(), report.as_bytes().to_vec()),
                ("data/results.json".to_owned(), results.as_bytes().to_vec()),
            ])
        };
        let context = salt_context("luma-2026-q3", b"report", &payload("{}", "signed"));
        assert_eq!(
            context,
            salt_context("luma-2026-q3", b"report", &payload("{}", "signed again"))
        );
        for other in [
            salt_context("luma-2026-q4", b"report", &payload("{}", "signed")),
            salt_context("luma-2026-q3", b"another", &payload("{}", "signed")),
            salt_context("luma-2026-q3", b"report", &payload("[]", "signed")),
        ] {
            assert_ne!(context, other);
        }
    }
}
