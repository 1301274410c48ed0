//! Faults by script: which request they strike, how often, and what they do to its answer.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::Response;
use hyper::body::Frame;
use serde_json::{Value, json};

use super::Asked;

/// A body that may break off.
pub(crate) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A fault that strikes some requests.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The call that it strikes, for instance `backup:ListBackupJobs`.
    pub(crate) operation: &'static str,
    /// Only in this region; everywhere if `None`.
    pub(crate) region: Option<&'static str>,
    /// Matching requests that pass before it strikes.
    pub(crate) after: usize,
    /// How many it strikes.
    pub(crate) times: usize,
    /// What it does.
    pub(crate) kind: Kind,
}

/// What happens to the answer.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// `ThrottlingException`.
    Throttled,
    /// Status 500 without a reason.
    ServerError,
    /// The connection closes in the middle of the body.
    CutBody,
    /// The body comes after so long.
    Slow(Duration),
    /// The credentials have expired.
    ExpiredToken,
    /// `AccessDeniedException`.
    Denied,
    /// The region is not enabled: nobody is known there.
    RegionOff,
    /// A proxy's page instead of an answer.
    Gateway,
    /// Before the answer is made, rows arrive in the lists of these calls.
    Arrives(Vec<(&'static str, Value)>),
}

/// The answer of a service: status, content type and body.
pub(crate) type Fine = (u16, &'static str, Vec<u8>);

/// The fault that strikes this request.
pub(crate) fn strike(faults: &mut [Fault], asked: &Asked) -> Option<Kind> {
    let strikes = |fault: &&mut Fault| {
        fault.operation == asked.operation
            && fault.region.is_none_or(|region| region == asked.signed.region)
            && fault.times > 0
    };
    let fault = faults.iter_mut().find(strikes)?;
    if fault.after > 0 {
        fault.after -= 1;
        return None;
    }
    fault.times -= 1;
    Some(fault.kind.clone())
}

/// The answer after the fault.
pub(crate) fn spoil(kind: Option<Kind>, asked: &Asked, fine: Fine) -> Response<Body> {
    let refused = |status, code: &str, message: &str| {
        // Some services speak XML.
        if matches!(asked.signed.service.as_str(), "sts" | "iam" | "s3") {
            let code = code.trim_end_matches("Exception");
            let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
            let body = match asked.signed.service.as_str() {
                "s3" => error,
                _ => format!("<ErrorResponse>{error}</ErrorResponse>"),
            };
            return respond(asked, (403, "text/xml", body.into_bytes()), None);
        }
        let body = json!({"__type": code, "message": message, "Message": message});
        respond(
            asked,
            (status, "application/json", body.to_string().into_bytes()),
            Some(code),
        )
    };
    match kind {
        None | Some(Kind::Arrives(_)) => respond(asked, fine, None),
        Some(Kind::Throttled) => refused(400, "ThrottlingException", "Rate exceeded"),
        Some(Kind::ServerError) => respond(asked, (500, "text/plain", Vec::new()), None),
        Some(Kind::ExpiredToken) => refused(
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        Some(Kind::Denied) => {
            let message = format!("User is not authorized to perform: {}", asked.operation);
            refused(400, "AccessDeniedException", &message)
        }
        Some(Kind::RegionOff) => refused(
            400,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        Some(Kind::Gateway) => {
            let page = b"<html><body>Please log in</body></html>".to_vec();
            respond(asked, (200, "text/html", page), None)
        }
        Some(Kind::CutBody) => cut(asked, fine),
        Some(Kind::Slow(wait)) => slow(asked, fine, wait),
    }
}

fn head(asked: &Asked, status: u16, content_type: &str) -> hyper::http::response::Builder {
    Response::builder()
        .status(status)
        .header("x-amzn-requestid", &asked.request_id)
        .header("content-type", content_type)
}

fn respond(asked: &Asked, (status, content_type, body): Fine, code: Option<&str>) -> Response<Body> {
    let mut head = head(asked, status, content_type);
    if let Some(code) = code {
        head = head.header("x-amzn-errortype", code);
    }
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    head.body(body.boxed_unsync()).unwrap()
}

/// Announces the whole body and sends half of it.
fn cut(asked: &Asked, (status, content_type, body): Fine) -> Response<Body> {
    let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let frames = stream::iter([Ok(Frame::data(half)), Err(broken)]).then(async |frame| {
        // What was sent before the break is on its way then.
        if frame.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        frame
    });
    let head = head(asked, status, content_type).header("content-length", body.len());
    head.body(StreamBody::new(frames).boxed_unsync()).unwrap()
}

fn slow(asked: &Asked, (status, content_type, body): Fine, wait: Duration) -> Response<Body> {
    let frames = stream::once(async move {
        tokio::time::sleep(wait).await;
        Ok(Frame::data(Bytes::from(body)))
    });
    head(asked, status, content_type)
        .body(StreamBody::new(frames).boxed_unsync())
        .unwrap()
}
