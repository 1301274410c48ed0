//! Amazon resource names, as far as they tell where a thing is: `arn:partition:service:region:account:resource`.

use crate::model::ids::ResourceId;
use crate::model::source::SourceKey;

/// The parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    /// `rds`, `ec2`, …
    pub(super) service: &'a str,
    /// Empty for global resources.
    pub(super) region: &'a str,
    /// Empty where the service leaves it out, as in EC2 snapshots and S3 buckets.
    pub(super) account: &'a str,
    /// The rest: `db:main`, `volume/vol-1`.
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` when the text does not have six parts, the first being `arn`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition) = (parts.next()?, parts.next()?);
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        let whole = arn == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        whole.then_some(Self {
            service,
            region,
            account,
            resource,
        })
    }

    /// Whether its kind can hold data: a database, volume, file system, table, bucket, instance or cluster.
    pub(super) fn holds_data(&self) -> bool {
        let kind = self.resource.split([':', '/']).next().unwrap_or_default();
        match self.service {
            "s3" => true,
            // Neptune and DocumentDB clusters carry RDS names.
            "rds" => matches!(kind, "db" | "cluster"),
            "ec2" => matches!(kind, "volume" | "instance"),
            "dynamodb" => kind == "table",
            "elasticfilesystem" => kind == "file-system",
            "fsx" => matches!(kind, "file-system" | "volume"),
            "redshift" | "docdb-elastic" => kind == "cluster",
            _ => false,
        }
    }
}

/// The ARN `text` lies in the pull's account and region, or names none. What else it says is the error.
pub(super) fn in_place(member: &str, text: &str, key: &SourceKey) -> Result<(), String> {
    let arn = Arn::parse(text).ok_or_else(|| format!("{member} {text:?} is not an ARN"))?;
    if !arn.account.is_empty() && arn.account != key.account.as_str() {
        return Err(format!(
            "{member} {text:?} is of account {}, the pull of {}",
            arn.account, key.account
        ));
    }
    if !arn.region.is_empty() && arn.region != key.region.as_str() {
        return Err(format!(
            "{member} {text:?} is of region {}, the pull of {}",
            arn.region, key.region
        ));
    }
    Ok(())
}

/// `found` is the pull's account.
pub(super) fn of_account(member: &str, found: &str, key: &SourceKey) -> Result<(), String> {
    if found == key.account.as_str() {
        Ok(())
    } else {
        Err(format!("{member} is {found:?}, the pull was of {}", key.account))
    }
}

/// The ARN of the vault called `name` in the place of `key`.
pub(super) fn vault(name: &str, key: &SourceKey) -> String {
    let region = key.region.as_str();
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!(
        "arn:{partition}:backup:{region}:{}:backup-vault:{name}",
        key.account
    )
}

/// `text` as the id of what is backed up.
pub(super) fn resource(member: &str, text: &str) -> Result<ResourceId, String> {
    text.parse().map_err(|error| format!("{member}: {error}"))
}

/// `text` as the id of what is backed up, where there is one.
pub(super) fn maybe_resource(member: &str, text: Option<&str>) -> Result<Option<ResourceId>, String> {
    text.map(|text| resource(member, text)).transpose()
}
