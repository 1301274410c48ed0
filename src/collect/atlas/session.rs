//! A project's way to Atlas: requests with credentials, made again where that may help, and given up where it can't.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

use super::credentials::Credentials;
use super::http::{Http, Raw};
use super::redact::{redact, without_addresses};
use super::wait;
use crate::collect::failure::{BROKEN, Failure, UNREACHABLE};

/// What is said of a body that broke off, or of a proxy's page.
const NO_JSON: &str = "the body is no whole JSON";

/// What is said of a body that is whole and of which nothing may be kept.
const NOT_KEPT: &str = "an address is the name of a member: nothing of the body may be kept";

/// So many requests in a row that came to nothing after all attempts are enough: whatever else is to be asked would wait as
/// long, and the run would take hours to say the same.
const IN_VAIN_MAX: u32 = 3;

/// An answer as it may be kept.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) request_id: String,
    pub(super) body: Option<Vec<u8>>,
    /// The header `Date`; empty where there was none.
    pub(super) date: String,
    /// What was struck out of the body.
    pub(super) redacted: BTreeMap<String, String>,
}

/// Why a request has no good answer.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// It may go better the next time, after the wait that the service asks for, if it does.
    Passing(Failure, Option<Duration>),
    /// It won't.
    Lasting(Failure),
    /// Neither will any other request of this identity.
    Refused(Failure),
}

impl Trouble {
    fn failure(self) -> Failure {
        match self {
            Self::Passing(failure, _) | Self::Lasting(failure) | Self::Refused(failure) => failure,
        }
    }
}

/// What asking came to: the last answer, and what it says or why it says nothing.
pub(super) type Said = (Option<Answer>, Result<Value, Failure>);

/// One identity's way to one service.
#[derive(Debug)]
pub(super) struct Session {
    http: Http,
    credentials: Credentials,
    attempts: u32,
    /// How the addresses of the service's own resources begin.
    apis: Vec<String>,
    /// Requests in a row that came to nothing, though the next attempt might have gone better.
    in_vain: Cell<u32>,
    /// Why nobody needs to be asked any more in this run.
    given_up: RefCell<Option<Failure>>,
}

impl Session {
    pub(super) fn new(http: Http, credentials: Credentials, attempts: u32, apis: Vec<String>) -> Self {
        Self {
            http,
            credentials,
            attempts,
            apis,
            in_vain: Cell::default(),
            given_up: RefCell::default(),
        }
    }

    /// Whether nobody needs to be asked any more.
    pub(super) fn has_given_up(&self) -> bool {
        self.given_up.borrow().is_some()
    }

    /// How receipts name who asked.
    pub(super) fn caller(&self) -> String {
        self.credentials.caller()
    }

    /// Asks for a resource in the form `accept`, as often as it takes and is allowed.
    pub(super) async fn get(&self, url: &Url, accept: &str) -> Said {
        if let Some(failure) = &*self.given_up.borrow() {
            return (None, Err(failure.clone()));
        }
        let mut attempt = 1;
        loop {
            let (raw, said) = self.attempt(url, accept).await;
            let trouble = match said {
                Ok(()) => return self.good(raw),
                Err(trouble) => trouble,
            };
            let wait = match &trouble {
                Trouble::Passing(_, asked) if attempt < self.attempts => wait::after(attempt, *asked, dice()),
                _ => None,
            };
            let Some(wait) = wait else {
                return self.bad(raw, trouble);
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// One attempt; a second one at once where credentials had to be made anew.
    async fn attempt(&self, url: &Url, accept: &str) -> (Option<Raw>, Result<(), Trouble>) {
        let mut renewed = false;
        loop {
            let header = match self.credentials.header(&self.http, url).await {
                Ok(header) => header,
                Err(trouble) => return (None, Err(trouble)),
            };
            let raw = match self.http.get(url, accept, header.as_deref()).await {
                Ok(raw) => raw,
                Err(failure) => return (None, Err(Trouble::Passing(failure, None))),
            };
            if raw.status != 401 || renewed {
                let said = judged(&raw);
                return (Some(raw), said);
            }
            if let Err(failure) = self.credentials.renew(&raw, header.as_deref()).await {
                return (Some(raw), Err(Trouble::Refused(failure)));
            }
            renewed = true;
        }
    }

    /// An answer of status 200 whose body is whole.
    fn good(&self, raw: Option<Raw>) -> Said {
        self.in_vain.set(0);
        let (answer, value) = self.kept(raw);
        let said = value.ok_or_else(|| Failure::new(BROKEN, NOT_KEPT));
        (answer, said)
    }

    /// No good answer, for this time.
    fn bad(&self, raw: Option<Raw>, trouble: Trouble) -> Said {
        let passing = matches!(trouble, Trouble::Passing(..));
        self.in_vain.set(if passing { self.in_vain.get() + 1 } else { 0 });
        let refused = matches!(trouble, Trouble::Refused(_));
        let wanted = match &trouble {
            Trouble::Passing(_, Some(asked)) if wait::is_too_long(*asked) => {
                format!(" (to be asked again after {} seconds)", asked.as_secs())
            }
            _ => String::new(),
        };
        let Failure { code, message } = trouble.failure();
        let message = self.credentials.hide(&without_addresses(&message));
        let failure = Failure::new(code, message + &wanted);
        if refused {
            *self.given_up.borrow_mut() = Some(failure.clone());
        } else if self.in_vain.get() >= IN_VAIN_MAX || passing && failure.code == UNREACHABLE {
            let message = format!(
                "not asked any more, since no answer came before: {}",
                failure.message
            );
            *self.given_up.borrow_mut() = Some(Failure::new(failure.code.clone(), message));
        }
        (self.kept(raw).0, Err(failure))
    }

    /// The answer without what nobody may keep, and what its body says.
    fn kept(&self, raw: Option<Raw>) -> (Option<Answer>, Option<Value>) {
        let Some(raw) = raw else { return (None, None) };
        let (request_id, date) = (raw.request_id(), raw.date());
        let kept = redact(raw.body.unwrap_or_default(), &self.apis);
        let answer = Answer {
            status: raw.status,
            request_id,
            body: kept.body,
            date,
            redacted: kept.redacted,
        };
        (Some(answer), kept.value)
    }
}

/// What the status and the body of an answer come to.
pub(super) fn judged(raw: &Raw) -> Result<(), Trouble> {
    let body = raw
        .body
        .as_deref()
        .map_err(|failure| Trouble::Passing(failure.clone(), None))?;
    let failure = || said(raw.status, body);
    match raw.status {
        200 if serde_json::from_slice::<Value>(body).is_ok() => Ok(()),
        // A proxy's page, or half an answer.
        200 => Err(Trouble::Passing(Failure::new(BROKEN, NO_JSON), None)),
        401 => Err(Trouble::Refused(failure())),
        408 | 429 | 500.. => Err(Trouble::Passing(failure(), raw.retry_after())),
        _ => Err(Trouble::Lasting(failure())),
    }
}

/// What an error says of itself: `errorCode` and `detail` of the API, `error` and `error_description` of the token's address.
fn said(status: u16, body: &[u8]) -> Failure {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |members: [&str; 3]| {
        let found = members.into_iter().find_map(|member| said.get(member)?.as_str());
        found.map(str::to_owned)
    };
    let code = text(["errorCode", "error", "code"]).filter(|code| is_code(code));
    let message = text(["detail", "error_description", "reason"]);
    Failure::new(
        code.unwrap_or_else(|| format!("HttpStatus{status}")),
        message.unwrap_or_else(|| format!("status {status}, without a reason")),
    )
}

/// Whether a text is made like a code, and not like an address: messages lose those, and codes are kept as they are.
fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    !text.is_empty() && text.bytes().all(plain)
}

/// What a wait is drawn by. Without it, collectors that were refused together come back together, and no more.
fn dice() -> u32 {
    getrandom::u32().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_where_it_is_one() {
        for (body, code) in [
            (r#"{"errorCode":"RATE_LIMITED"}"#, "RATE_LIMITED"),
            (r#"{"error":"invalid_client"}"#, "invalid_client"),
            (r#"{"errorCode":"https://s/1?sig=canary"}"#, "HttpStatus400"),
            (r#"{"errorCode":""}"#, "HttpStatus400"),
            ("no JSON", "HttpStatus400"),
        ] {
            assert_eq!(said(400, body.as_bytes()).code, code, "{body}");
        }
    }
}
