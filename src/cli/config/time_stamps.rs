//! `[time_stamps]`: who vouches for the time of signing, and whom to believe that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use backproof_verify::manifest::v1::AUTHORITIES_MAX;
use serde::Deserialize;

use crate::sign::time::Authority;

/// Seconds that one answer is waited for when nobody says.
const WAIT_SECONDS: u64 = 15;
/// Seconds that all answers for a package are waited for when nobody says.
const WAIT_SECONDS_ALL: u64 = 60;
/// Seconds that anything may be waited for.
const WAIT_SECONDS_MAX: u64 = 600;

/// Who vouches for the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStampsConfig {
    /// The trust roots of the authorities, PEM.
    pub trust: PathBuf,
    /// How long all answers for a package are waited for.
    pub wait: Duration,
    /// In the order in which they are asked.
    pub authorities: Vec<Authority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireTimeStamps {
    trust: PathBuf,
    wait_seconds: Option<u64>,
    #[serde(default)]
    authority: Vec<WireAuthority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAuthority {
    url: String,
    policy: Option<String>,
    wait_seconds: Option<u64>,
}

impl WireTimeStamps {
    /// The authorities of a configuration that stands in `base`; else what is wrong.
    pub(super) fn checked(self, base: &Path) -> Result<TimeStampsConfig, String> {
        let mut authorities = Vec::new();
        for authority in self.authority {
            authorities.push(authority.checked()?);
        }
        let known: BTreeSet<&str> = authorities
            .iter()
            .map(|authority| authority.url.as_str())
            .collect();
        if known.len() != authorities.len() {
            return Err("time_stamps.authority: an address stands twice".to_owned());
        }
        if !(1..=AUTHORITIES_MAX).contains(&authorities.len()) {
            return Err(format!(
                "[time_stamps] names {} authorities: write 1 to {AUTHORITIES_MAX} [[time_stamps.authority]], each with its url",
                authorities.len()
            ));
        }
        Ok(TimeStampsConfig {
            trust: base.join(self.trust),
            wait: wait("time_stamps", self.wait_seconds.unwrap_or(WAIT_SECONDS_ALL))?,
            authorities,
        })
    }
}

impl WireAuthority {
    fn checked(self) -> Result<Authority, String> {
        let policy = self.policy.map(|policy| {
            policy.parse().map_err(|_| {
                format!(
                    "time_stamps.authority.policy {policy:?} is no object identifier: write it as 1.2.3.4.1"
                )
            })
        });
        let wait = wait("time_stamps.authority", self.wait_seconds.unwrap_or(WAIT_SECONDS))?;
        Authority::new(&self.url, policy.transpose()?, wait)
            // What stands there is not shown: it may hold a secret.
            .map_err(|wrong| format!("time_stamps.authority.url {wrong}"))
    }
}

fn wait(section: &str, seconds: u64) -> Result<Duration, String> {
    match seconds {
        1..=WAIT_SECONDS_MAX => Ok(Duration::from_secs(seconds)),
        _ => Err(format!(
            "{section}.wait_seconds is {seconds}: write 1 to {WAIT_SECONDS_MAX}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<TimeStampsConfig, String> {
        let wire: WireTimeStamps = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        wire.checked(Path::new("conf"))
    }

    #[test]
    fn authorities_stand_in_their_order_with_what_they_are_waited_for() {
        let text = "trust = \"roots.pem\"\n[[authority]]\nurl = \"http://one.example/tsa\"\n\
                    [[authority]]\nurl = \"https://two.example\"\npolicy = \"1.2.3.4.1\"\nwait_seconds = 5\n";
        let config = checked(text).expect("good");
        assert_eq!(
            (config.trust, config.wait.as_secs()),
            ("conf/roots.pem".into(), 60)
        );
        let read = |authority: &Authority| {
            let policy = authority.policy.map(|policy| policy.to_string());
            (authority.url.clone(), policy, authority.wait.as_secs())
        };
        assert_eq!(
            config.authorities.iter().map(read).collect::<Vec<_>>(),
            [
                ("http://one.example/tsa".to_owned(), None, 15),
                ("https://two.example/".to_owned(), Some("1.2.3.4.1".to_owned()), 5),
            ]
        );
    }

    #[track_caller]
    fn refused(authorities: &str, expected: &str) {
        let wrong = checked(&format!("trust = \"roots.pem\"\n{authorities}")).expect_err("must be refused");
        assert!(wrong.contains(expected), "{wrong}");
        assert!(!wrong.contains("canary"), "{wrong}");
    }

    #[test]
    fn what_can_be_asked_by_nobody_or_holds_a_secret_is_refused() {
        let url = |url: &str| format!("[[authority]]\nurl = \"{url}\"\n");
        refused("", "names 0 authorities: write 1 to 8");
        refused(&url("http://one.example").repeat(2), "an address stands twice");
        let many: String = (0..9).map(|n| url(&format!("http://{n}.example"))).collect();
        refused(&many, "names 9 authorities");
        let alike = [url("http://one.example"), url("HTTP://ONE.example/")];
        refused(&alike.concat(), "an address stands twice");
        refused(&url("tsa"), "is no address");
        refused(&url("ftp://one.example"), "is asked over http or https");
        for secret in [
            "http://user:canary@one.example",
            "http://canary@one.example",
            "http://one.example/?key=canary",
        ] {
            refused(&url(secret), "must not hold a secret");
        }
        refused(
            &url(&format!("http://one.example/{}", "x".repeat(200))),
            "is too long",
        );
        refused(
            &format!("{}policy = \"best\"\n", url("http://one.example")),
            "is no object identifier",
        );
        for seconds in ["0", "601"] {
            refused(
                &format!("{}wait_seconds = {seconds}\n", url("http://one.example")),
                "time_stamps.authority.wait_seconds is",
            );
        }
        refused(
            &format!("wait_seconds = 0\n{}", url("http://one.example")),
            "time_stamps.wait_seconds is 0",
        );
    }
}
