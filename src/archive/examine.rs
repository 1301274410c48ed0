//! Whether the store could keep a bundle, tonight: what can be asked without writing anything. Whether it may be written to, only
//! archiving shows.

use super::store::Store;
use super::{ArchiveError, Encrypt, Settings};
use crate::service::aws::{Dates, partition};
use crate::service::checkup::{Check, Checkup, Outcome};
use crate::service::iam::{self, Identity, Statement, assume};
use crate::service::refusal::{Verdict, refused};

/// What is asked of the bucket.
const OF_BUCKET: [&str; 3] = [
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketVersioning",
    "s3:ListBucketVersions",
];
/// What is read of objects.
const READS: [&str; 3] = ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"];
/// What is written.
const WRITES: [&str; 2] = ["s3:PutObject", "s3:PutObjectRetention"];

/// Tries what can be tried without writing.
///
/// # Errors
/// The operating system gave no means to wait for the network.
pub fn examine(settings: &Settings, checkup: &Checkup<'_>) -> Result<(), ArchiveError> {
    let dates = Dates::default();
    let store = Store::with(settings, Some(dates.clone()))?;
    let take = |name: &str, (outcome, said, next): Verdict| {
        checkup.take(Check {
            group: "archive".to_owned(),
            place: String::new(),
            name: name.to_owned(),
            outcome,
            said,
            next,
        });
        if let Some(date) = dates.take() {
            checkup.date(&format!("s3 in {}", settings.region), &date);
        }
    };
    checkup.tries(&format!("archive: {}", settings.bucket));
    super::runtime()?.block_on(async {
        let versions = store.keeps_versions().await;
        take("versioning", told(versions, "the bucket keeps versions"));
        let lock = store.locks().await;
        take(
            "Object Lock",
            told(
                lock,
                &format!(
                    "enabled; bundles are locked for {} years and 90 days",
                    settings.years
                ),
            ),
        );
        let first = store.any_version().await;
        let some = first.as_ref().map(|first| match first {
            Some(_) => "allowed",
            None => "allowed: nothing is there yet",
        });
        take(
            "s3:ListBucketVersions",
            match &some {
                Ok(said) => (Outcome::Works, (*said).to_owned(), String::new()),
                Err(error) => failed(error),
            },
        );
        match first {
            Ok(Some((key, version))) => {
                let kept = store.kept(&key, &version).await;
                let lock = kept.as_ref().ok().map(|kept| kept.lock.clone());
                take("s3:GetObjectVersion", told(kept.map(drop), "allowed"));
                match lock {
                    Some(Ok(_)) => take("s3:GetObjectRetention", works("allowed")),
                    Some(Err(failure)) => take(
                        "s3:GetObjectRetention",
                        refused("s3:GetObjectRetention", &failure),
                    ),
                    None => take("s3:GetObjectRetention", untried("the object could not be read")),
                }
            }
            _ => take(
                "s3:GetObjectVersion, s3:GetObjectRetention",
                untried("no object is known"),
            ),
        }
        let writes = match &settings.encryption {
            Encrypt::Kms(key) => format!("{}, and {key} for encryption", WRITES.join(", ")),
            _ => WRITES.join(", "),
        };
        take(
            &writes,
            untried("nothing is written here; the first bundle that is archived shows it"),
        );
    });
    Ok(())
}

fn works(said: &str) -> Verdict {
    (Outcome::Works, said.to_owned(), String::new())
}

fn untried(why: &str) -> Verdict {
    (Outcome::Untold, format!("not tried: {why}"), String::new())
}

fn told(asked: Result<(), ArchiveError>, good: &str) -> Verdict {
    asked.map_or_else(|error| failed(&error), |()| works(good))
}

fn failed(error: &ArchiveError) -> Verdict {
    match error {
        ArchiveError::Failed { call, failure, .. } => refused(call, failure),
        ArchiveError::Unfit { .. } => (
            Outcome::Fails,
            error.to_string(),
            "make a bucket with Object Lock, which brings versioning with it, and name that in [archive]"
                .to_owned(),
        ),
        other => (Outcome::Untold, other.to_string(), String::new()),
    }
}

/// The least that whoever archives has to be allowed, and compares later. Nothing that deletes.
pub fn privileges(settings: &Settings) -> Vec<(Identity, Statement)> {
    let partition = partition(&settings.region);
    let bucket = format!("arn:{partition}:s3:::{}", settings.bucket);
    let role = settings.role.as_ref().map(|role| role.arn(&settings.region));
    let mut of_objects = [&READS[..], &WRITES[..]].concat();
    of_objects.sort_unstable();
    let mut statements = vec![
        statement("ArchiveBucket", OF_BUCKET.to_vec(), bucket.clone()),
        statement(
            "ArchiveObjects",
            of_objects,
            format!("{bucket}/{}*", settings.prefix),
        ),
    ];
    if let Encrypt::Kms(key) = &settings.encryption {
        statements.push(statement(
            "ArchiveKey",
            vec!["kms:Decrypt", "kms:GenerateDataKey"],
            iam::key(key, &settings.region),
        ));
    }
    let environment = role.iter().map(|role| (Identity::Environment, assume(role)));
    let mut privileges: Vec<_> = environment.collect();
    let identity = role.clone().map_or(Identity::Environment, Identity::Role);
    privileges.extend(
        statements
            .into_iter()
            .map(|statement| (identity.clone(), statement)),
    );
    privileges
}

fn statement(sid: &'static str, actions: Vec<&'static str>, resource: String) -> Statement {
    Statement {
        sid,
        actions,
        resources: vec![resource],
        regions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page that people read, and the policy, say the same.
    #[test]
    fn the_specification_lists_the_same_permissions() {
        let settings = Settings {
            bucket: "b".to_owned(),
            prefix: "p/".to_owned(),
            region: "us-east-1".to_owned(),
            owner: None,
            role: None,
            encryption: Encrypt::Kms("1234abcd".to_owned()),
            years: 6,
            path_style: false,
        };
        let page = include_str!("../../docs/spec/archive.md");
        let (_, page) = page
            .split_once("## Permissions")
            .expect("a chapter of permissions");
        let (page, _) = page.split_once("Nothing that deletes").expect("its end");
        let mut told: Vec<&str> = page
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.contains(':'))
            .collect();
        told.retain(|name| *name != "sts:AssumeRole");
        told.sort_unstable();
        let mut allowed: Vec<&str> = privileges(&settings)
            .iter()
            .flat_map(|(_, one)| one.actions.clone())
            .collect();
        allowed.sort_unstable();
        assert_eq!(told, allowed);
    }
}
