//! Time stamps (RFC 3161), asked of authorities over HTTP.
//!
//! Invariant: a token is used only if the verifier's own checks hold of it, for the roots that the configuration trusts, and it
//! answers the question that was put: its nonce, its policy, and a time that this machine's clock has reached.

mod http;
mod wire;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use backproof_verify::check::{Checks, Code, Outcome};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::AUTHORITY_LENGTH_MAX;
use backproof_verify::signature::{TimeStamp, TrustAnchors, check_time_stamp_token};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use const_oid::ObjectIdentifier;
use reqwest::Url;

use http::Http;

/// The longest token that is used, in bytes: a signature keeps room for it.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// The longest answer that is read: a token, and some words.
const ANSWER_BYTES_MAX: usize = TOKEN_BYTES_MAX + 1024;
/// How often an authority is asked that can't be reached or has trouble, within its time.
const ATTEMPTS: u32 = 3;
/// The wait before the second attempt; before the third it is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
/// How far ahead of this machine an authority's clock may be: so long is waited, since nobody accepts a time that is to come.
const AHEAD_MAX: TimeDelta = TimeDelta::seconds(10);

/// Somebody who vouches for the time.
pub trait Stamper {
    /// A token (CMS `ContentInfo` in DER, at most [`TOKEN_BYTES_MAX`]) over what has this digest.
    ///
    /// # Errors
    /// [`Unstamped`]: why there is none.
    fn stamp(&self, stamped: Sha256Digest) -> Result<Vec<u8>, Unstamped>;
}

/// Why an authority gave no time stamp that could be used. Each goes on a sentence that names the authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unstamped {
    /// The time for all authorities was over before it was this one's turn.
    #[error("was not asked: the {} seconds for all authorities were over", .0.as_secs())]
    Over(Duration),
    /// The question could not be put.
    #[error("could not be asked: {0}")]
    NotSent(String),
    /// No connection.
    #[error("could not be reached: {0}")]
    Unreachable(String),
    /// No whole answer in time.
    #[error("gave no whole answer within {}", seconds(.0))]
    Late(Duration),
    /// The answer is not whole.
    #[error("gave an answer that broke off: {0}")]
    Broken(String),
    /// Another HTTP status than 200.
    #[error("answered with HTTP status {0}")]
    Status(u16),
    /// Another media type.
    #[error("answered with {0:?}, not with application/timestamp-reply")]
    Type(String),
    /// The answer, or the token in it, is too long.
    #[error("gave an answer that is too long: a token has at most {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    /// The answer has not the form of one.
    #[error("gave an answer that is no RFC 3161 reply in DER with a token")]
    NoAnswer,
    /// The authority refuses.
    #[error("refuses with status {status}: {words}")]
    Rejected {
        /// `PKIStatus`.
        status: u8,
        /// Its words, which nothing signs.
        words: String,
    },
    /// A check of the verifier does not hold.
    #[error("gave a time stamp that does not hold: {0}")]
    Unsound(String),
    /// An answer to another question.
    #[error("answered another question: the nonce is not the one that was sent")]
    Nonce,
    /// Another policy than the one asked for.
    #[error("stamps by policy {given}, not by {asked}")]
    Policy {
        /// By which it stamped.
        given: ObjectIdentifier,
        /// By which it was asked to.
        asked: ObjectIdentifier,
    },
    /// Its time lies before the question.
    #[error("says {}, and was asked at {}: its clock or this machine's is wrong", show(.said), show(.asked))]
    Past {
        /// What the token states.
        said: DateTime<Utc>,
        /// When it was asked.
        asked: DateTime<Utc>,
    },
}

impl Unstamped {
    /// Whether asking again may help.
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Broken(_) => true,
            Self::Status(status) => *status == 429 || *status >= 500,
            _ => false,
        }
    }
}

fn show(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn seconds(wait: &Duration) -> String {
    match wait.as_secs() {
        1 => "1 second".to_owned(),
        n => format!("{n} seconds"),
    }
}

/// An authority, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Where it is asked; it stands in reports.
    pub url: String,
    /// The policy that it has to stamp by; `None` for whichever is its own.
    pub policy: Option<ObjectIdentifier>,
    /// How long one answer of it is waited for.
    pub wait: Duration,
}

impl Authority {
    /// An authority at `url`; else what is wrong with that.
    ///
    /// # Errors
    /// In words that go on the address: it is none of the kind that can be asked and be printed in every report.
    pub fn new(url: &str, policy: Option<ObjectIdentifier>, wait: Duration) -> Result<Self, &'static str> {
        let read = Url::parse(url).map_err(|_| "is no address: write http://HOST/PATH")?;
        if !matches!(read.scheme(), "http" | "https") {
            return Err("is asked over http or https: write http://HOST/PATH");
        }
        if !read.username().is_empty()
            || read.password().is_some()
            || read.query().is_some()
            || read.fragment().is_some()
        {
            return Err("has more than a host and a path: reports print it, so it must not hold a secret");
        }
        // As it is written where it is asked: printable ASCII.
        let url = read.to_string();
        if url.len() > AUTHORITY_LENGTH_MAX {
            return Err("is too long");
        }
        Ok(Self { url, policy, wait })
    }
}

/// What every authority is asked with.
pub struct Terms {
    /// The trust roots of time stamps: a token that leads to none of them is not used.
    pub roots: TrustAnchors,
    /// How long all answers together are waited for.
    pub wait: Duration,
    /// How far behind this machine's an authority's clock may be.
    pub tolerated: TimeDelta,
    /// Name and version of the program.
    pub agent: String,
}

/// Asks authorities.
pub struct TimeClient<'c> {
    terms: Terms,
    clock: &'c dyn Fn() -> DateTime<Utc>,
    http: Http,
    /// One question at a time.
    runtime: RefCell<tokio::runtime::Runtime>,
    waited: Cell<TimeDelta>,
}

impl<'c> TimeClient<'c> {
    /// `clock` is this machine's.
    ///
    /// # Errors
    /// There is no way to wait for the network.
    pub fn new(terms: Terms, clock: &'c dyn Fn() -> DateTime<Utc>) -> Result<Self, Unstamped> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            http: Http::new(&terms.agent).map_err(Unstamped::NotSent)?,
            terms,
            clock,
            runtime: RefCell::new(runtime.map_err(|error| Unstamped::NotSent(error.to_string()))?),
            waited: Cell::new(TimeDelta::zero()),
        })
    }

    /// One authority as a stamper.
    pub fn at<'a>(&'a self, authority: &'a Authority) -> impl Stamper + 'a {
        At {
            client: self,
            authority,
        }
    }

    /// Asks an authority for a token over what has this digest. What it says, and the token.
    ///
    /// # Errors
    /// [`Unstamped`]: there is no token, or none that may be used.
    pub fn ask(
        &self,
        authority: &Authority,
        stamped: Sha256Digest,
    ) -> Result<(TimeStamp, Vec<u8>), Unstamped> {
        let asked = (self.clock)();
        let left = self
            .terms
            .wait
            .saturating_sub(self.waited.get().to_std().unwrap_or_default());
        if left.is_zero() {
            return Err(Unstamped::Over(self.terms.wait));
        }
        let given = self.given(authority, stamped, asked, authority.wait.min(left));
        self.waited.set(self.waited.get() + ((self.clock)() - asked));
        given
    }

    fn given(
        &self,
        authority: &Authority,
        stamped: Sha256Digest,
        asked: DateTime<Utc>,
        wait: Duration,
    ) -> Result<(TimeStamp, Vec<u8>), Unstamped> {
        let question = wire::question(stamped, authority.policy)?;
        let answer = self.answer(authority, &question.der, asked, wait)?;
        let token = wire::token(&answer)?;
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Unstamped::TooLong);
        }
        let came = (self.clock)();
        let stamp = self.checked(&authority.url, &token, stamped, came)?;
        if stamp.nonce.as_deref() != Some(question.nonce.as_slice()) {
            return Err(Unstamped::Nonce);
        }
        match authority.policy {
            Some(asked) if asked != stamp.policy => {
                let given = stamp.policy;
                return Err(Unstamped::Policy { given, asked });
            }
            _ => {}
        }
        if stamp.at < asked - self.terms.tolerated {
            let said = stamp.at;
            return Err(Unstamped::Past { said, asked });
        }
        // Whoever verifies at once must not find a time that is still to come.
        if let Ok(ahead) = (stamp.at - came).to_std() {
            self.pause(ahead);
        }
        Ok((stamp, token))
    }

    /// The authority's answer, asked for again where that may help and there is time.
    fn answer(
        &self,
        authority: &Authority,
        question: &[u8],
        asked: DateTime<Utc>,
        wait: Duration,
    ) -> Result<Vec<u8>, Unstamped> {
        let left = || wait.saturating_sub(((self.clock)() - asked).to_std().unwrap_or_default());
        let mut attempt = 1;
        loop {
            let asking = self.http.ask(&authority.url, question, left());
            let answer = self.runtime.borrow_mut().block_on(asking);
            let pause = PAUSE * attempt;
            match answer {
                Err(why) if why.may_pass() && attempt < ATTEMPTS && pause < left() => self.pause(pause),
                Err(Unstamped::Late(_)) => return Err(Unstamped::Late(wait)),
                answer => return answer,
            }
            attempt += 1;
        }
    }

    fn pause(&self, pause: Duration) {
        self.runtime
            .borrow_mut()
            .block_on(async { tokio::time::sleep(pause).await });
    }

    /// Has the verifier check a token as if it were the time that the authority's clock may show.
    fn checked(
        &self,
        name: &str,
        token: &[u8],
        stamped: Sha256Digest,
        came: DateTime<Utc>,
    ) -> Result<TimeStamp, Unstamped> {
        let mut checks = Checks::new();
        let stamp = check_time_stamp_token(
            name,
            token,
            stamped,
            &self.terms.roots,
            came + AHEAD_MAX,
            &mut checks,
        );
        // Whether the authority's certificates were revoked is asked by whoever relies on the stamp, and later than now.
        let adverse = checks.iter().find(|check| match check.outcome {
            Outcome::Ok => false,
            Outcome::Undecided => check.code != Code::CertificateRevocation,
            Outcome::Failed => true,
        });
        match (stamp, adverse) {
            (Some(stamp), None) => Ok(stamp),
            (_, adverse) => Err(Unstamped::Unsound(adverse.map_or_else(
                || "it can't be checked".to_owned(),
                |check| format!("{}: {}", check.code, check.detail),
            ))),
        }
    }
}

/// One authority as a stamper.
struct At<'a> {
    client: &'a TimeClient<'a>,
    authority: &'a Authority,
}

impl Stamper for At<'_> {
    fn stamp(&self, stamped: Sha256Digest) -> Result<Vec<u8>, Unstamped> {
        let (_, token) = self.client.ask(self.authority, stamped)?;
        Ok(token)
    }
}
