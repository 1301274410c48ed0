//! One exchange with an authority (RFC 3161 §3.4): the body of its answer, or why there is none.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::{ANSWER_BYTES_MAX, Unstamped};
use crate::service::tls;

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// A client for all authorities.
pub(super) struct Http(Client);

impl Http {
    /// `agent` is told to each authority.
    pub(super) fn new(agent: &str) -> Result<Self, String> {
        tls::provide();
        let client = Client::builder()
            .user_agent(agent)
            // Whoever the question is passed on to is not the one that was named.
            .redirect(Policy::none())
            .build();
        client.map(Self).map_err(|error| cause(&error))
    }

    /// Asks `url`, and waits no longer than `wait` for the whole answer.
    pub(super) async fn ask(&self, url: &str, question: &[u8], wait: Duration) -> Result<Vec<u8>, Unstamped> {
        let failed = |error| failed(error, wait);
        let request = self
            .0
            .post(url)
            .timeout(wait)
            .header(CONTENT_TYPE, QUERY)
            .body(question.to_vec());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(Unstamped::Status(status));
        }
        let kind = content_type(&response);
        if kind != REPLY {
            return Err(Unstamped::Type(kind));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Unstamped::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The media type without its parameters, in lower case.
fn content_type(response: &Response) -> String {
    let header = response.headers().get(CONTENT_TYPE);
    let text = header.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    kind.chars().take(80).collect::<String>().to_ascii_lowercase()
}

fn failed(error: reqwest::Error, wait: Duration) -> Unstamped {
    let error = error.without_url();
    let said = cause(&error);
    match error {
        error if error.is_timeout() => Unstamped::Late(wait),
        error if error.is_builder() => Unstamped::NotSent(said),
        error if error.is_connect() => Unstamped::Unreachable(said),
        _ => Unstamped::Broken(said),
    }
}

/// What lies under an error: the words around it say where it came up here.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(under) = innermost.source() {
        innermost = under;
    }
    innermost.to_string()
}
