//! The least that an identity of AWS has to be allowed for a collection: the actions of the table of calls, each narrowed to
//! what it can be.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{CALLS, On};
use super::configured;
use crate::collect::{CollectError, Privilege, Settings, Trails};
use crate::model::estate::AwsAccount;
use crate::service::aws::partition;
use crate::service::iam::{Identity, Statement, assume};

/// What a source takes, by who asks.
pub(in crate::collect) fn privileges(
    settings: &Settings,
    trails: &Trails,
) -> Result<Vec<Privilege>, CollectError> {
    let aws = configured(settings)?;
    let mut privileges = Vec::new();
    for account in &aws.accounts {
        let Some(first) = account.regions.first() else {
            continue;
        };
        let role = aws.entry.role_in(&account.account);
        let role = role.map(|role| role.arn(first.as_str()));
        privileges.extend(role.iter().map(|role| Privilege::Iam {
            identity: Identity::Environment,
            statement: assume(role),
        }));
        let identity = role.map_or(Identity::Environment, Identity::Role);
        let statements = statements(account, aws.speaks(account), trails);
        privileges.extend(statements.into_iter().map(|statement| Privilege::Iam {
            identity: identity.clone(),
            statement,
        }));
    }
    Ok(privileges)
}

fn statements(account: &AwsAccount, organisation: bool, trails: &Trails) -> Vec<Statement> {
    let mut actions: BTreeMap<On, BTreeSet<&'static str>> = BTreeMap::new();
    for call in CALLS.iter().filter(|call| call.within.is_of(organisation)) {
        actions.entry(call.on).or_default().insert(call.action);
    }
    let mut statements: Vec<Statement> = actions
        .into_iter()
        .map(|(on, actions)| Statement {
            sid: on.sid(),
            actions: actions.into_iter().collect(),
            resources: on.resources(account, trails),
            regions: match on {
                On::Regions | On::Vaults | On::Plans | On::Keys => {
                    account.regions.iter().map(ToString::to_string).collect()
                }
                _ => Vec::new(),
            },
        })
        .collect();
    if !trails.keys.is_empty() {
        statements.push(Statement {
            sid: "TrailKeys",
            actions: vec!["kms:Decrypt"],
            resources: trails.keys.clone(),
            regions: Vec::new(),
        });
    }
    statements
}

impl On {
    const fn sid(self) -> &'static str {
        match self {
            Self::Everything => "Account",
            Self::Regions => "Regions",
            Self::Vaults => "Vaults",
            Self::Plans => "Plans",
            Self::Keys => "Keys",
            Self::Trails => "Trails",
            Self::Buckets => "TrailBuckets",
            Self::Objects => "TrailObjects",
            Self::Account => "RegionsOfAccount",
        }
    }

    /// The ARNs. A region stands as a condition, once for all.
    fn resources(self, account: &AwsAccount, trails: &Trails) -> Vec<String> {
        let id = &account.account;
        let partition = account
            .regions
            .first()
            .map_or("aws", |region| partition(region.as_str()));
        let arn = |rest: String| vec![format!("arn:{partition}:{rest}")];
        let of_folders = |rest: fn(&str, &str) -> String| {
            let folders = trails.folders.iter();
            let named: BTreeSet<String> = folders
                .map(|(bucket, prefix)| format!("arn:{partition}:s3:::{}", rest(bucket, prefix)))
                .collect();
            named.into_iter().collect::<Vec<_>>()
        };
        match self {
            Self::Everything | Self::Regions => vec!["*".to_owned()],
            Self::Vaults => arn(format!("backup:*:{id}:backup-vault:*")),
            Self::Plans => arn(format!("backup:*:{id}:backup-plan:*")),
            Self::Keys => arn(format!("kms:*:{id}:key/*")),
            Self::Trails => arn("cloudtrail:*:*:trail/*".to_owned()),
            Self::Account => arn(format!("account::{id}:account")),
            Self::Buckets if trails.folders.is_empty() => arn("s3:::*".to_owned()),
            Self::Buckets => of_folders(|bucket, _| bucket.to_owned()),
            Self::Objects if trails.folders.is_empty() => arn("s3:::*/AWSLogs/*".to_owned()),
            Self::Objects => of_folders(|bucket, prefix| match prefix {
                "" => format!("{bucket}/AWSLogs/*"),
                prefix => format!("{bucket}/{prefix}/AWSLogs/*"),
            }),
        }
    }
}
