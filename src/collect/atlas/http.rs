//! One exchange over HTTP: the answer as it came, or why there is none. Nothing is followed, unpacked or tried again here.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, Url};

use crate::collect::failure::{BROKEN, Failure, NOT_SENT, TIMED_OUT, UNREACHABLE};
use crate::collect::{CollectError, TOOL};

/// One attempt, from the first byte sent to the last received.
const ATTEMPT: Duration = Duration::from_secs(60);
/// Opening the connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest body. A page of 500 rows has some hundreds of kilobytes.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Names under which the id of a request may come.
const REQUEST_IDS: [&str; 2] = ["x-request-id", "x-mongodb-request-id"];

/// An answer as it came.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// The body, or why it is not whole.
    pub(super) body: Result<Vec<u8>, Failure>,
}

impl Raw {
    /// The service's id of the request; empty where it sent none.
    pub(super) fn request_id(&self) -> String {
        let id = REQUEST_IDS.iter().find_map(|name| self.headers.get(*name));
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
        id.to_owned()
    }

    /// The header `Date`; empty where there was none.
    pub(super) fn date(&self) -> String {
        let date = self.headers.get(DATE).and_then(|date| date.to_str().ok());
        date.unwrap_or_default().to_owned()
    }

    /// How long the service wants to be left alone, where it says so in seconds.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let seconds = self
            .headers
            .get(RETRY_AFTER)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// A client for one service.
#[derive(Debug, Clone)]
pub(super) struct Http(Client);

impl Http {
    pub(super) fn new() -> Result<Self, CollectError> {
        crate::service::tls::provide();
        let client = Client::builder()
            .user_agent(TOOL.replace(' ', "/"))
            .connect_timeout(CONNECT)
            .timeout(ATTEMPT)
            // An interface that sends us elsewhere is not the one that was named.
            .redirect(reqwest::redirect::Policy::none())
            .build();
        client
            .map(Self)
            .map_err(|error| CollectError::Client(chain(&error)))
    }

    /// Asks for a resource.
    pub(super) async fn get(
        &self,
        url: &Url,
        accept: &str,
        credentials: Option<&str>,
    ) -> Result<Raw, Failure> {
        let mut request = self.0.get(url.clone()).header(ACCEPT, accept);
        if let Some(credentials) = credentials {
            request = request.header(AUTHORIZATION, secret(credentials)?);
        }
        send(request).await
    }

    /// Sends a form.
    pub(super) async fn post(
        &self,
        url: &Url,
        credentials: &str,
        form: &'static str,
    ) -> Result<Raw, Failure> {
        let request = self.0.post(url.clone()).header(ACCEPT, "application/json");
        let request = request
            .header(AUTHORIZATION, secret(credentials)?)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        send(request).await
    }
}

/// A header that is not shown where a request is printed.
fn secret(text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Failure::new(NOT_SENT, "the credentials can't stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn send(request: RequestBuilder) -> Result<Raw, Failure> {
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = body(&mut response).await;
    Ok(Raw {
        status,
        headers,
        body,
    })
}

async fn body(response: &mut Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            let message = format!("the body is longer than {BODY_BYTES_MAX} bytes");
            return Err(Failure::new("TooLong", message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: reqwest::Error) -> Failure {
    let code = match &error {
        error if error.is_timeout() => TIMED_OUT,
        error if error.is_connect() => UNREACHABLE,
        error if error.is_builder() => NOT_SENT,
        // The connection broke before the answer was whole.
        _ => BROKEN,
    };
    Failure::new(code, chain(&error.without_url()))
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
