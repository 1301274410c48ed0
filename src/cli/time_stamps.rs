//! Time stamps of packages: authorities are asked in their order, and one stamps a package throughout. Who was asked in vain
//! stands in the report and in the manifest.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::{AskedAuthority, FAILURE_LENGTH_MAX};
use backproof_verify::signature::TrustAnchors;

use super::TOOL;
use super::clock;
use super::config::TimeStampsConfig;
use super::job::Job;
use super::terminal::Terminal;
use crate::service::checkup::{Check, Checkup, Outcome};
use crate::sign;
use crate::sign::time::{Stamper, Terms, TimeClient, Unstamped};

/// `--require-timestamp` without anybody to ask.
#[derive(Debug, thiserror::Error)]
#[error("--require-timestamp needs somebody to ask, and the configuration has no [time_stamps]")]
pub(super) struct NobodyToAsk;

/// `--require-timestamp`, and nobody stamped.
#[derive(Debug, thiserror::Error)]
#[error("no authority gave a time stamp, so nothing was packaged: {0}")]
pub(super) struct NotStamped(String);

/// Nobody can be asked, for a reason that lies here.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadRoots {
    /// The file of the trust roots can't be read.
    #[error("can't read time_stamps.trust: {}", .0.display())]
    Read(PathBuf, #[source] std::io::Error),
    /// It is none.
    #[error("time_stamps.trust: {} is no trust root", .0.display())]
    None(PathBuf, #[source] backproof_verify::signature::AnchorError),
}

/// Who is asked for time stamps.
pub(super) struct TimeStamps<'j> {
    job: &'j Job,
    configured: Option<&'j TimeStampsConfig>,
    /// The trust roots of time stamps, and none of signers.
    roots: TrustAnchors,
    required: bool,
}

/// How a package is to be stamped, and what it has to say of that.
#[derive(Clone, Copy)]
pub(super) struct Stamping<'a> {
    pub(super) asked: &'a [AskedAuthority],
    pub(super) stamper: Option<&'a dyn Stamper>,
}

impl<'j> TimeStamps<'j> {
    /// The configured authorities. With `required`, a package that none of them stamps is not made.
    pub(super) fn configured(job: &'j Job, required: bool) -> Result<Self> {
        let configured = job.config.time_stamps.as_ref();
        if configured.is_none() && required {
            return Err(NobodyToAsk.into());
        }
        let roots = configured.map_or_else(|| Ok(TrustAnchors::none()), roots)?;
        Ok(Self {
            job,
            configured,
            roots,
            required,
        })
    }

    /// The trust roots of time stamps, and none of signers.
    pub(super) fn roots(&self) -> &TrustAnchors {
        &self.roots
    }

    /// Has `make` make a package that the first authority stamps throughout; where that fails, the next one, and in the end
    /// without any. Gives the package, and who was asked.
    pub(super) fn over<T>(
        &self,
        mut make: impl FnMut(Stamping<'_>) -> Result<T>,
        terminal: &mut Terminal,
    ) -> Result<(T, Vec<AskedAuthority>)> {
        let mut asked = Vec::new();
        let clock = clock::running();
        if let Some(configured) = self.configured {
            let client = client(self.job, configured, self.roots.clone(), &clock)?;
            for authority in &configured.authorities {
                terminal.progress(format!(
                    "writing the report, with time stamps of {}",
                    authority.url
                ));
                asked.push(AskedAuthority {
                    authority: authority.url.clone(),
                    failure: None,
                });
                let stamper = client.at(authority);
                let stamping = Stamping {
                    asked: &asked,
                    stamper: Some(&stamper),
                };
                let error = match make(stamping) {
                    Ok(made) => return Ok((made, asked)),
                    Err(error) => error,
                };
                let Some(why) = error.chain().find_map(|cause| cause.downcast_ref::<Unstamped>()) else {
                    return Err(error);
                };
                let why = printable(&why.to_string());
                terminal.note(format!("note: the time stamp authority {} {why}", authority.url));
                let last = asked.last_mut().expect("invariant: it was put there above");
                last.failure = Some(why);
            }
            if self.required {
                return Err(NotStamped(told(&asked)).into());
            }
        }
        let stamping = Stamping {
            asked: &asked,
            stamper: None,
        };
        Ok((make(stamping)?, asked))
    }
}

fn roots(configured: &TimeStampsConfig) -> Result<TrustAnchors, BadRoots> {
    let path = &configured.trust;
    let pem = std::fs::read_to_string(path).map_err(|error| BadRoots::Read(path.clone(), error))?;
    let roots = TrustAnchors::none().with_time_stamps(&pem);
    roots.map_err(|error| BadRoots::None(path.clone(), error))
}

fn client<'c>(
    job: &Job,
    configured: &TimeStampsConfig,
    roots: TrustAnchors,
    clock: &'c dyn Fn() -> crate::model::time::Instant,
) -> Result<TimeClient<'c>> {
    let terms = Terms {
        roots,
        wait: configured.wait,
        tolerated: job.parameters.duration("clock_skew")?,
        agent: TOOL.replace(' ', "/"),
    };
    TimeClient::new(terms, clock).context("no time stamp authority can be asked")
}

/// Each authority that was asked in vain, and why.
pub(super) fn told(asked: &[AskedAuthority]) -> String {
    let failed = asked
        .iter()
        .filter_map(|one| Some((&one.authority, one.failure.as_ref()?)));
    let failed: Vec<_> = failed
        .map(|(authority, failure)| format!("{authority} {failure}"))
        .collect();
    failed.join("; ")
}

/// Words as they may stand in a manifest: printable ASCII, and not too many.
fn printable(words: &str) -> String {
    let plain = |letter: char| match letter {
        ' '..='~' => letter,
        _ => '?',
    };
    let text: String = words.chars().map(plain).take(FAILURE_LENGTH_MAX).collect();
    text.trim().to_owned()
}

/// Has each authority stamp a text that is no signature of anything.
pub(super) fn examine(job: &Job, configured: &TimeStampsConfig, checkup: &Checkup<'_>) -> Result<()> {
    let clock = clock::running();
    let roots = roots(configured)?;
    for authority in &configured.authorities {
        checkup.tries(&authority.url);
        // Each by itself: how long the others took is not held against it.
        let client = client(job, configured, roots.clone(), &clock)?;
        let (outcome, said, next) = match client.ask(authority, Sha256Digest::of(sign::TRIAL)) {
            Ok((stamp, _)) => {
                checkup.shows(&authority.url, stamp.at);
                let said = format!("{} stamps by policy {}", stamp.authority, stamp.policy);
                (Outcome::Works, said, "")
            }
            Err(why) => (Outcome::Fails, format!("it {why}"), next(&why)),
        };
        checkup.take(Check {
            group: "time stamps".to_owned(),
            place: String::new(),
            name: authority.url.clone(),
            outcome,
            said,
            next: next.to_owned(),
        });
    }
    Ok(())
}

/// What to do about an authority that gives no time stamp.
fn next(why: &Unstamped) -> &'static str {
    match why {
        Unstamped::Unsound(_) => {
            "time_stamps.trust has to hold the root of this authority; its certificate has to be one for time stamping, and valid"
        }
        Unstamped::Past { .. } => "compare this machine's clock",
        Unstamped::Policy { .. } | Unstamped::Rejected { .. } => {
            "ask the authority which policies it stamps by, and write one of them, or none, as its policy"
        }
        _ => {
            "check the address, and whether this machine may reach it; packages go to the next authority, or say that there is none"
        }
    }
}
