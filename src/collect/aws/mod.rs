//! The services of AWS, live, in every account and region of the estate.
//!
//! Accounts are entered one identity each; places (an account in a region) are asked side by side. Whatever a service
//! refuses becomes a failed pull: a place that could not be asked leaves one for each source that it owes.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

pub(super) use self::privileges::privileges;

use self::capture::Capture;
use self::pace::Pace;
use self::place::Place;
use self::session::{Entry, Session};
use super::failure::Failure;
use super::{CollectError, Request, Settings, Sink, Source, TOOL, question};
use crate::model::estate::{AwsAccount, global};
use crate::model::ids::{Account, Region};
use crate::model::source::{Source as Of, SourceKey};
use crate::service::aws::SESSION_NAME;
use crate::service::checkup::Checkup;

mod calls;
mod capture;
mod events;
mod examine;
mod jobs;
mod keys;
mod organisation;
mod pace;
mod place;
mod plans;
mod privileges;
mod probes;
mod protected;
mod resources;
mod rights;
mod session;
mod testing_plans;
mod trail;
mod unfinished;
mod vaults;

/// Accounts that are entered at the same time.
const ACCOUNTS_AT_ONCE: usize = 4;
/// Regions of an account that are asked at the same time.
const REGIONS_AT_ONCE: usize = 4;

/// Asks for one part of what a place owes.
type Ask = for<'p> fn(&'p Place<'_, '_>) -> LocalBoxFuture<'p, Result<(), CollectError>>;

macro_rules! ask {
    ($ask:path) => {
        |place| Box::pin($ask(place))
    };
}

/// What is asked of each account and region, with the sources that it is for.
const REGIONAL: &[(&[Of], Ask)] = &[
    (&[Of::AwsBackupJobs], ask!(jobs::backups)),
    (&[Of::AwsCopyJobs], ask!(jobs::copies)),
    (&[Of::AwsRestoreJobs], ask!(jobs::restores)),
    (&[Of::AwsBackupJobSummaries], ask!(jobs::summaries)),
    (&[Of::AwsVaults, Of::AwsRecoveryPoints], ask!(vaults::vaults)),
    (&[Of::AwsProtectedResources], ask!(protected::protected)),
    (&[Of::AwsBackupPlans], ask!(plans::plans)),
    (&[Of::AwsRestoreTestingPlans], ask!(testing_plans::testing_plans)),
    (&[Of::KmsKeys], ask!(keys::keys)),
    (&[Of::Cloudtrail], ask!(events::events)),
    (&[Of::CloudtrailDigests], ask!(trail::trails)),
    (&[Of::CloudResourceListing], ask!(resources::resources)),
];

/// What is asked of each account once.
const GLOBAL: &[(&[Of], Ask)] = &[
    (&[Of::IamSnapshot], ask!(rights::rights)),
    (&[Of::AwsRegions], ask!(organisation::regions)),
];

/// What is asked in the one account that speaks for the organisation.
const OF_ORGANISATION: &[(&[Of], Ask)] = &[(&[Of::AwsAccounts], ask!(organisation::accounts))];

/// AWS, as configured.
struct Aws {
    accounts: Vec<AwsAccount>,
    entry: Entry,
    /// The account that may list those of the organisation.
    organisation: Option<Account>,
}

pub(super) fn open(settings: &Settings) -> Result<Box<dyn Source>, CollectError> {
    Ok(Box::new(configured(settings)?))
}

fn configured(settings: &Settings) -> Result<Aws, CollectError> {
    let value = |key: &str| settings.values.get(key).cloned();
    let accounts = settings.estate.aws.clone();
    if accounts.iter().all(|account| account.regions.is_empty()) {
        return Err(CollectError::Nowhere {
            kind: "aws",
            place: "[[estate.aws]]",
        });
    }
    let organisation = value("organisation_account");
    let asked = accounts
        .iter()
        .map(|known| &known.account)
        .find(|account| organisation.as_deref() == Some(account.as_str()));
    if let (Some(named), None) = (&organisation, asked) {
        return Err(CollectError::NotOfEstate {
            key: "organisation_account",
            account: named.clone(),
        });
    }
    Ok(Aws {
        organisation: asked.cloned(),
        accounts,
        entry: Entry {
            role: value("role"),
            external_id: value("external_id"),
            session_name: SESSION_NAME,
        },
    })
}

impl Source for Aws {
    fn name(&self) -> String {
        let places: usize = self.accounts.iter().map(|account| account.regions.len()).sum();
        format!("AWS: {} accounts, {places} regions", self.accounts.len())
    }

    fn places(&self) -> Result<BTreeSet<SourceKey>, CollectError> {
        Ok(self
            .accounts
            .iter()
            .flat_map(|account| self.owed(account))
            .collect())
    }

    fn collect(&mut self, sink: &Sink<'_>) -> Result<(), CollectError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CollectError::Runtime)?;
        let run = sink.run();
        runtime.block_on(
            iter(&self.accounts)
                .map(|account| self.account(account, &run, sink))
                .buffer_unordered(ACCOUNTS_AT_ONCE)
                .try_collect(),
        )
    }

    fn examine(&self, checkup: &Checkup<'_>) -> Result<(), CollectError> {
        examine::examine(self, checkup)
    }
}

impl Aws {
    async fn account(&self, account: &AwsAccount, run: &str, sink: &Sink<'_>) -> Result<(), CollectError> {
        let Some(first) = account.regions.first() else {
            return Ok(());
        };
        if !self.owed(account).any(|key| sink.narrowed().takes(&key)) {
            return Ok(());
        }
        let session =
            match Session::enter(&account.account, first.as_str(), &self.entry, &Capture::default()).await {
                Ok(session) => session,
                Err(failure) => return self.not_entered(account, &failure, run, sink),
            };
        let place = |region: &Region, asked_in: &Region| Place {
            account: &account.account,
            region: region.clone(),
            asked_in: asked_in.clone(),
            run,
            session: &session,
            sink,
            pace: Pace::default(),
        };
        let everywhere = account
            .regions
            .iter()
            .map(|region| (place(region, region), REGIONAL));
        let once = self.once(account).map(|asks| (place(&global(), first), asks));
        iter(everywhere.chain(once))
            .map(async |(place, asks)| {
                for (sources, ask) in asks {
                    if sources
                        .iter()
                        .any(|source| sink.narrowed().takes(&place.key(*source)))
                    {
                        ask(&place).await?;
                    }
                }
                Ok(())
            })
            .buffer_unordered(REGIONS_AT_ONCE)
            .try_collect()
            .await
    }

    /// What is asked of an account whatever its regions.
    fn once(&self, account: &AwsAccount) -> impl Iterator<Item = &'static [(&'static [Of], Ask)]> {
        std::iter::once(GLOBAL).chain(self.speaks(account).then_some(OF_ORGANISATION))
    }

    /// Whether an account speaks for the organisation.
    fn speaks(&self, account: &AwsAccount) -> bool {
        self.organisation.as_ref() == Some(&account.account)
    }

    /// Each source in each place of an account; nothing where it has no region.
    fn owed(&self, account: &AwsAccount) -> impl Iterator<Item = SourceKey> {
        let sources =
            |asks: &'static [(&[Of], Ask)]| asks.iter().flat_map(|(sources, _)| sources.iter().copied());
        let regional = account
            .regions
            .iter()
            .flat_map(move |region| sources(REGIONAL).map(|source| (source, region.clone())));
        let once = self.once(account).filter(|_| !account.regions.is_empty());
        let once = once.flat_map(sources).map(|source| (source, global()));
        regional.chain(once).map(|(source, region)| SourceKey {
            source,
            account: account.account.clone(),
            region,
        })
    }

    /// An account that could not be entered leaves a failed pull for each source that its places owe.
    fn not_entered(
        &self,
        account: &AwsAccount,
        failure: &Failure,
        run: &str,
        sink: &Sink<'_>,
    ) -> Result<(), CollectError> {
        for key in self.owed(account).filter(|key| sink.narrowed().takes(key)) {
            let now = sink.now();
            let pull = sink.begin(Request {
                id: question::id(run, &key, None),
                key,
                operation: "sts:GetCallerIdentity".to_owned(),
                parameters: BTreeMap::new(),
                window: None,
                started: now,
                caller: "nobody: the account could not be entered".to_owned(),
                tool: TOOL.to_owned(),
            })?;
            sink.failed(pull, now, failure.code.clone(), failure.message.clone())?;
        }
        Ok(())
    }
}
