//! Whether a collection would be let in, tonight: who asks, whether each account can be entered, and each call of the table in
//! each place, one after the other. Nothing goes to the ledger.

use std::cell::RefCell;

use aws_config::SdkConfig;
use futures_util::stream::{StreamExt as _, iter};

use super::calls::{CALLS, Call, Within};
use super::capture::{Capture, send};
use super::session::{Entry, Session};
use super::trail::Trail;
use super::{ACCOUNTS_AT_ONCE, Aws, REGIONS_AT_ONCE};
use crate::collect::CollectError;
use crate::collect::failure::Failure;
use crate::model::estate::{AwsAccount, global};
use crate::model::ids::{Account, Region};
use crate::model::time::Instant;
use crate::service::aws::{TRIAL_SESSION_NAME, configure};
use crate::service::checkup::{Check, Checkup, Outcome};
use crate::service::refusal::{Says, Verdict, refused, says};

/// What trying a call came to that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// The service answered.
    Works,
    /// There was nothing to ask for.
    Nothing(&'static str),
}

/// A folder of a trail, and the region of its bucket.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) trail: Trail,
    pub(super) region: String,
}

/// What earlier calls named.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) vault: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) version: Option<String>,
    pub(super) selection: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) key: Option<String>,
    pub(super) trails: Vec<Trail>,
    pub(super) folders: Vec<Folder>,
    /// Region and bucket, and the key of an object in it.
    pub(super) object: Option<(String, String, String)>,
}

/// A place that is examined.
pub(super) struct Patient<'a> {
    pub(super) account: &'a Account,
    pub(super) region: Region,
    pub(super) config: SdkConfig,
    pub(super) capture: Capture,
    pub(super) known: RefCell<Known>,
    pub(super) now: Instant,
}

pub(super) fn examine(aws: &Aws, checkup: &Checkup<'_>) -> Result<(), CollectError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CollectError::Runtime)?;
    runtime.block_on(async {
        if aws.entry.role.is_some() && !environment(aws, checkup).await {
            return;
        }
        let examined = iter(&aws.accounts)
            .map(|account| of_account(aws, account, checkup))
            .buffered(ACCOUNTS_AT_ONCE);
        for check in examined.collect::<Vec<_>>().await.concat() {
            checkup.take(check);
        }
    });
    Ok(())
}

/// Who asks before any role is taken on; whether anybody does.
async fn environment(aws: &Aws, checkup: &Checkup<'_>) -> bool {
    let Some(region) = aws.accounts.iter().find_map(|account| account.regions.first()) else {
        return false;
    };
    let capture = Capture::default();
    let config = configure(region.as_str(), None).await;
    let asked = async {
        let request = aws_sdk_sts::Client::new(&config).get_caller_identity();
        Ok(send!(capture, request).arn.unwrap_or_default())
    };
    let asked = asked.await;
    shows(checkup, &capture, "sts", region.as_str());
    let works = asked.is_ok();
    let (outcome, said, next) = match asked {
        Ok(arn) => (Outcome::Works, arn, String::new()),
        Err(failure) => refused("sts:GetCallerIdentity", &failure),
    };
    checkup.take(Check {
        group: "AWS".to_owned(),
        place: String::new(),
        name: "identity of the environment".to_owned(),
        outcome,
        said,
        next,
    });
    if !works {
        let places: usize = aws.accounts.iter().map(|account| account.regions.len()).sum();
        checkup.take(Check {
            group: "AWS".to_owned(),
            place: String::new(),
            name: "every call".to_owned(),
            outcome: Outcome::Untold,
            said: format!(
                "not tried: nobody can take on the roles in {} accounts, {places} regions",
                aws.accounts.len()
            ),
            next: String::new(),
        });
    }
    works
}

async fn of_account(aws: &Aws, account: &AwsAccount, checkup: &Checkup<'_>) -> Vec<Check> {
    let Some(first) = account.regions.first() else {
        return Vec::new();
    };
    let group = format!("AWS {} {}", account.account, account.name);
    checkup.tries(&group);
    let check = |name: String, (outcome, said, next): Verdict| Check {
        group: group.clone(),
        place: String::new(),
        name,
        outcome,
        said,
        next,
    };
    let role = aws.entry.role_in(&account.account);
    let name = role.map_or("identity".to_owned(), |role| format!("role {}", role.name));
    let capture = Capture::default();
    let entry = Entry {
        session_name: TRIAL_SESSION_NAME,
        ..aws.entry.clone()
    };
    let entered = Session::enter(&account.account, first.as_str(), &entry, &capture).await;
    shows(checkup, &capture, "sts", first.as_str());
    let session = match entered {
        Ok(session) => session,
        Err(failure) => {
            let calls = CALLS.iter().filter(|call| call.within == Within::Region).count();
            let said = format!(
                "not tried: the account could not be entered ({calls} calls in each of {} regions, and those of the account)",
                account.regions.len()
            );
            return vec![
                check(name, not_entered(aws, account, first, &failure)),
                check("every call".to_owned(), (Outcome::Untold, said, String::new())),
            ];
        }
    };
    let entered = (Outcome::Works, session.caller.clone(), String::new());
    let patient = |region: &Region, asked_in: &Region| Patient {
        account: &account.account,
        region: region.clone(),
        config: session.in_region(asked_in.as_str()),
        capture: Capture::default(),
        known: RefCell::default(),
        now: checkup.now(),
    };
    let once = std::iter::once(patient(&global(), first));
    let everywhere = account.regions.iter().map(|region| patient(region, region));
    let places = iter(once.chain(everywhere))
        .map(|patient| {
            let organisation = aws.speaks(account);
            let group = &group;
            async move { of_place(patient, group, organisation, checkup).await }
        })
        .buffered(REGIONS_AT_ONCE);
    let mut checks = vec![check(name, entered)];
    if aws.entry.role.is_none() {
        let said = "without `role`, a trail that logs reading calls shows those made here as a collector's without a receipt, and \
                    CT-01 leaves them open";
        let next = "name a role to take on in [[source]]: in it, these calls have a session of their own";
        let told = (Outcome::Said, said.to_owned(), next.to_owned());
        checks.push(check("calls without a receipt".to_owned(), told));
    }
    checks.extend(places.collect::<Vec<_>>().await.concat());
    checks
}

async fn of_place(
    patient: Patient<'_>,
    group: &str,
    organisation: bool,
    checkup: &Checkup<'_>,
) -> Vec<Check> {
    let regional = patient.region != global();
    let here = |call: &&Call| (call.within == Within::Region) == regional && call.within.is_of(organisation);
    let mut checks = Vec::new();
    let mut off = None;
    for call in CALLS.iter().filter(here) {
        checkup.tries(&format!("{group} {} {}", patient.region, call.operation));
        let (outcome, said, next) = match &off {
            // What is refused by a region that is not enabled is refused for every service of it.
            Some(said) => (Outcome::Fails, String::clone(said), String::new()),
            None => {
                let tried = (call.probe)(&patient).await;
                let service = call.operation.split(':').next().unwrap_or_default();
                shows(checkup, &patient.capture, service, patient.region.as_str());
                if let Err(failure) = &tried
                    && says(failure) == Says::RegionOff
                {
                    off = Some("not tried: the region is not enabled".to_owned());
                }
                verdict(call, tried)
            }
        };
        checks.push(Check {
            group: group.to_owned(),
            place: patient.region.to_string(),
            name: call.operation.to_owned(),
            outcome,
            said,
            next,
        });
    }
    checks
}

fn verdict(call: &Call, tried: Result<Tried, Failure>) -> Verdict {
    match tried {
        Ok(Tried::Works) => (Outcome::Works, "allowed".to_owned(), String::new()),
        Ok(Tried::Nothing(why)) => (Outcome::Untold, format!("not tried: {why}"), String::new()),
        Err(failure) => refused(call.action, &failure),
    }
}

/// Why an account can't be entered. The failures of a role come from within the SDK.
fn not_entered(aws: &Aws, account: &AwsAccount, first: &Region, failure: &Failure) -> Verdict {
    let Some(role) = aws.entry.role_in(&account.account) else {
        return match failure.code.as_str() {
            "NotSent" => no_credentials(failure),
            _ => refused("sts:GetCallerIdentity", failure),
        };
    };
    let arn = role.arn(first.as_str());
    match says(failure) {
        Says::Denied | Says::Unreachable if failure.message.contains("AssumeRole") => (
            Outcome::Fails,
            format!("the role can't be taken on: {}", failure.message),
            format!(
                "allow sts:AssumeRole of {arn} to the identity of the environment, and name that identity in the role's trust policy"
            ),
        ),
        _ => refused(&format!("sts:AssumeRole of {arn}"), failure),
    }
}

fn no_credentials(failure: &Failure) -> Verdict {
    (
        Outcome::Fails,
        format!("no credentials: {}", failure.message),
        "give the environment an identity, as for the AWS command line".to_owned(),
    )
}

/// Takes what the clock of a service showed in its last answer.
fn shows(checkup: &Checkup<'_>, capture: &Capture, service: &str, region: &str) {
    if let Some(answer) = capture.take() {
        checkup.date(&format!("{service} in {region}"), &answer.date);
    }
}
