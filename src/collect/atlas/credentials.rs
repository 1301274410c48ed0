//! Who asks: a service account with a token of an hour (OAuth 2.0, client credentials, RFC 6749 4.4), or an API key with
//! HTTP digest (RFC 7616).

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use digest_auth::{AuthContext, WwwAuthenticateHeader};
use reqwest::Url;
use reqwest::header::WWW_AUTHENTICATE;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::http::{Http, Raw};
use super::session::{Trouble, judged};
use crate::collect::failure::{BROKEN, Failure};
use crate::collect::secret::Secret;

/// A token is not used in its last minute.
const MARGIN: Duration = Duration::from_secs(60);
/// A token is used for so long at the most, whatever is said of it.
const TOKEN_LASTS_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// What is asked for at the token's address.
const GRANT: &str = "grant_type=client_credentials";

/// What a configuration holds of an identity.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// The client's id, or the public half of a key. No secret: receipts name it.
    pub(super) name: Secret,
    /// The client's secret, or the private half.
    pub(super) secret: Secret,
}

/// An identity, as one project uses it. Projects share a token; each has its own count of digests, because they ask side
/// by side and the service wants to see the counts in order.
#[derive(Debug)]
pub(super) enum Credentials {
    ServiceAccount(Rc<Account>),
    ApiKey {
        pair: Pair,
        challenge: RefCell<Option<WwwAuthenticateHeader>>,
    },
}

/// A service account with its present token.
#[derive(Debug)]
pub(super) struct Account {
    pair: Pair,
    address: Url,
    token: Mutex<Token>,
}

#[derive(Debug)]
enum Token {
    None,
    Held {
        text: Secret,
        until: Instant,
    },
    /// The service knows no such account: it is not asked again.
    Refused(Failure),
}

/// The reply of the token's address. Other members are not looked at.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

impl Account {
    /// An account whose tokens come from `address`.
    pub(super) fn new(pair: Pair, address: Url) -> Self {
        Self {
            pair,
            address,
            token: Mutex::new(Token::None),
        }
    }

    /// The present token, or a fresh one.
    async fn token(&self, http: &Http) -> Result<Secret, Trouble> {
        let mut token = self.token.lock().await;
        match &*token {
            Token::Held { text, until } if *until > Instant::now() => return Ok(text.clone()),
            Token::Refused(failure) => return Err(Trouble::Refused(failure.clone())),
            _ => {}
        }
        let pair = format!("{}:{}", self.pair.name.reveal(), self.pair.secret.reveal());
        let basic = format!("Basic {}", Base64::encode_string(pair.as_bytes()));
        let raw = http
            .post(&self.address, &basic, GRANT)
            .await
            .map_err(|failure| Trouble::Passing(failure, None))?;
        match judged(&raw) {
            Err(Trouble::Lasting(failure)) | Err(Trouble::Refused(failure)) => {
                let message = format!("no token was granted: {}", failure.message);
                let failure = Failure::new(failure.code, self.hide(&message));
                *token = Token::Refused(failure.clone());
                return Err(Trouble::Refused(failure));
            }
            Err(passing) => return Err(passing),
            Ok(()) => {}
        }
        let body = raw.body.as_deref().unwrap_or_default();
        let Ok(Granted {
            access_token,
            expires_in,
        }) = serde_json::from_slice(body)
        else {
            let message = "what came instead of a token is none";
            return Err(Trouble::Passing(Failure::new(BROKEN, message), None));
        };
        let text = Secret::of(access_token);
        *token = Token::Held {
            text: text.clone(),
            until: Instant::now() + used_for(expires_in),
        };
        Ok(text)
    }

    /// Forgets the token that was refused, unless another request has fetched a fresh one since.
    async fn forget(&self, refused: &str) {
        let mut token = self.token.lock().await;
        if matches!(&*token, Token::Held { text, .. } if refused == bearer(text)) {
            *token = Token::None;
        }
    }

    fn hide(&self, message: &str) -> String {
        message.replace(self.pair.secret.reveal(), "(secret)")
    }
}

/// How long a token is used that expires in so many seconds. What the service says may be more than a clock can count.
fn used_for(expires_in: u64) -> Duration {
    Duration::from_secs(expires_in)
        .saturating_sub(MARGIN)
        .min(TOKEN_LASTS_MAX)
}

fn bearer(token: &Secret) -> String {
    format!("Bearer {}", token.reveal())
}

impl Credentials {
    /// How receipts name who asked.
    pub(super) fn caller(&self) -> String {
        match self {
            Self::ServiceAccount(account) => format!("atlas:serviceAccount/{}", account.pair.name.reveal()),
            Self::ApiKey { pair, .. } => format!("atlas:apiKey/{}", pair.name.reveal()),
        }
    }

    /// The header with which `url` is asked for; `None` before the service has said how it wants to be asked.
    pub(super) async fn header(&self, http: &Http, url: &Url) -> Result<Option<String>, Trouble> {
        match self {
            Self::ServiceAccount(account) => account.token(http).await.map(|token| Some(bearer(&token))),
            Self::ApiKey { pair, challenge } => {
                let mut challenge = challenge.borrow_mut();
                let Some(challenge) = challenge.as_mut() else {
                    return Ok(None);
                };
                let asked = url.query().map_or_else(
                    || url.path().to_owned(),
                    |query| format!("{}?{query}", url.path()),
                );
                let context = AuthContext::new(pair.name.reveal(), pair.secret.reveal(), asked);
                match challenge.respond(&context) {
                    Ok(response) => Ok(Some(response.to_header_string())),
                    Err(_) => Err(Trouble::Refused(not_understood())),
                }
            }
        }
    }

    /// Makes ready to ask again after an answer of status 401 to a request with the header `sent`.
    pub(super) async fn renew(&self, raw: &Raw, sent: Option<&str>) -> Result<(), Failure> {
        match self {
            Self::ServiceAccount(account) => account.forget(sent.unwrap_or_default()).await,
            Self::ApiKey { challenge, .. } => {
                let offered = raw.headers.get_all(WWW_AUTHENTICATE).iter();
                let offered = offered.filter_map(|header| header.to_str().ok());
                let understood = offered
                    .filter(|header| header.trim_start().to_ascii_lowercase().starts_with("digest"))
                    .find_map(|header| digest_auth::parse(header).ok());
                *challenge.borrow_mut() = Some(understood.ok_or_else(not_understood)?);
            }
        }
        Ok(())
    }

    /// A message without what must not be shown.
    pub(super) fn hide(&self, message: &str) -> String {
        match self {
            Self::ServiceAccount(account) => account.hide(message),
            Self::ApiKey { pair, .. } => message.replace(pair.secret.reveal(), "(secret)"),
        }
    }
}

fn not_understood() -> Failure {
    let message = "the service refuses the request, and offers no digest that is understood here: is `url` that of Atlas?";
    Failure::new("NoChallenge", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_for_as_long_as_a_clock_can_count() {
        assert_eq!(used_for(59), Duration::ZERO);
        assert_eq!(used_for(3600), Duration::from_secs(3540));
        assert_eq!(used_for(u64::MAX), TOKEN_LASTS_MAX);
        assert!(Instant::now().checked_add(used_for(u64::MAX)).is_some());
    }
}
