//! The Administration API as far as the collector asks it: versions, page numbers, counts, windows of events, and faults by
//! script. It keeps a log of what it was asked.
//!
//! It knows nothing of backproof: rows are what Atlas' documentation shows, and tests put them there.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::http::response::Builder;
use hyper::{Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::access::{Access, Verdict};
use crate::serve::Served;
use crate::simulator::Body;

/// Where projects lie.
const GROUPS: &str = "/api/atlas/v2/groups/";
const TOKENS: &str = "/api/oauth/token";

/// What a resource is asked for with: the end of its path, the version of its form, and the parameters that it takes.
const RESOURCES: &[(&str, &str, &[&str])] = &[
    ("/clusters", "2024-08-05", PAGES),
    ("/backup/snapshots", "2023-01-01", PAGES),
    ("/backup/snapshots/shardedClusters", "2023-01-01", &[]),
    ("/backup/restoreJobs", "2023-01-01", PAGES),
    ("/backup/schedule", "2024-08-05", &[]),
    ("/backupCompliancePolicy", "2023-10-01", &[]),
    (
        "/events",
        "2023-01-01",
        &["itemsPerPage", "pageNum", "includeCount", "minDate", "maxDate"],
    ),
];
const PAGES: &[&str] = &["itemsPerPage", "pageNum", "includeCount"];

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The path below the projects, for instance `64b7…/clusters/patients/backup/schedule`.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) accept: String,
    pub(crate) request_id: String,
    /// The status of the answer.
    pub(crate) status: u16,
}

/// What happens to an answer.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Status 429, with `Retry-After` in seconds or without.
    Throttled(Option<u64>),
    /// Status 500 without a reason.
    ServerError,
    /// The connection closes in the middle of a body of announced length.
    CutBody,
    /// The connection closes in the middle of a body in chunks.
    CutChunks,
    /// Half of the body, announced as if it were the whole.
    HalfBody,
    /// The body comes after so long.
    Slow(Duration),
    /// Status 403.
    Forbidden,
    /// A proxy's page instead of an answer.
    Gateway,
    /// The answer without `totalCount`.
    Uncounted,
    /// Before the answer is made, this row arrives at the head of the list.
    Arrives(Value),
    /// Before the answer is made, the first row of the list goes.
    Leaves,
}

/// A fault that strikes some requests.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The path below the projects that it strikes; every one, if it is empty.
    pub(crate) path: String,
    /// Matching requests that pass before it strikes.
    pub(crate) after: usize,
    /// How many it strikes.
    pub(crate) times: usize,
    pub(crate) kind: Kind,
}

/// What there is, what was asked, and who may ask.
pub(crate) struct State {
    /// Rows of lists, by their path below the projects.
    pub(crate) lists: BTreeMap<String, Vec<Value>>,
    /// Whole replies, by their path.
    pub(crate) replies: BTreeMap<String, Value>,
    /// Most rows of a page.
    pub(crate) page_rows: usize,
    pub(crate) access: Access,
    pub(crate) faults: Vec<Fault>,
    pub(crate) log: Vec<Asked>,
}

impl State {
    /// Nothing yet, in pages of three rows.
    pub(crate) fn new() -> Self {
        Self {
            lists: BTreeMap::new(),
            replies: BTreeMap::new(),
            page_rows: 3,
            access: Access::new(),
            faults: Vec::new(),
            log: Vec::new(),
        }
    }

    fn fault(&mut self, path: &str) -> Option<Kind> {
        let strikes = |fault: &&mut Fault| (fault.path.is_empty() || fault.path == path) && fault.times > 0;
        let fault = self.faults.iter_mut().find(strikes)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.kind.clone())
    }
}

/// A running simulator. It stops with the process.
pub(crate) struct Simulator(Served<State>);

impl Simulator {
    /// Starts on a port of the loopback.
    pub(crate) fn start(state: State) -> Self {
        Self(Served::start(state, answer))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Looks at, or changes, what it has.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if head.uri.path() == TOKENS {
        return Ok(token(&mut state, &head.headers, &body));
    }
    let uri = head
        .uri
        .path_and_query()
        .map_or("", |uri| uri.as_str())
        .to_owned();
    let path = head.uri.path().strip_prefix(GROUPS).unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let pairs = head
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let asked = Asked {
        query: pairs
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect(),
        accept: head
            .headers
            .get("accept")
            .and_then(|accept| accept.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        request_id: format!("req-{:08}", state.log.len() + 1),
        status: 0,
        path,
    };
    let verdict = state.access.check(&head.headers, head.method.as_str(), &uri);
    let respond = |status: u16| {
        Response::builder()
            .status(status)
            .header("x-request-id", &asked.request_id)
    };
    let response = match verdict {
        Verdict::Refused(challenge) => {
            let refused = error(
                401,
                "UNAUTHENTICATED",
                "You are not authorized for this resource.",
            );
            let mut head = respond(401);
            if let Some(challenge) = challenge {
                head = head.header("www-authenticate", challenge);
            }
            whole(head, &refused)
        }
        Verdict::Good => {
            let kind = state.fault(&asked.path);
            match (&kind, state.lists.get_mut(&asked.path)) {
                (Some(Kind::Arrives(row)), Some(rows)) => rows.insert(0, row.clone()),
                (Some(Kind::Leaves), Some(rows)) => drop(rows.remove(0)),
                _ => {}
            }
            let (status, fine) = fine(&state, &asked);
            spoiled(kind, respond, status, fine)
        }
    };
    state.log.push(Asked {
        status: response.status().as_u16(),
        ..asked
    });
    Ok(response)
}

fn token(state: &mut State, head: &hyper::HeaderMap, body: &[u8]) -> Response<Body> {
    match state.access.grant(head, body) {
        Ok(token) => {
            let granted =
                json!({"access_token": token, "expires_in": state.access.expires_in, "token_type": "Bearer"});
            whole(Response::builder().status(200), &granted)
        }
        Err((status, code)) => {
            let refused = json!({"error": code, "error_description": "Client authentication failed"});
            whole(Response::builder().status(status), &refused)
        }
    }
}

fn error(status: u16, code: &str, detail: &str) -> Value {
    json!({"error": status, "errorCode": code, "detail": detail, "reason": "refused", "parameters": []})
}

/// The answer as it should be.
fn fine(state: &State, asked: &Asked) -> (u16, Value) {
    let refused = |status, code: &str, detail: &str| (status, error(status, code, detail));
    let project = asked.path.split('/').next().unwrap_or_default();
    if state.access.forbidden.contains(project) {
        return refused(
            403,
            "USER_UNAUTHORIZED",
            "Current user is not authorized to perform this action.",
        );
    }
    let known = RESOURCES.iter().find(|(end, _, _)| asked.path.ends_with(end));
    let Some((_, version, parameters)) = known else {
        return refused(404, "RESOURCE_NOT_FOUND", "Cannot find resource.");
    };
    if asked.accept != format!("application/vnd.atlas.{version}+json") {
        return refused(
            406,
            "INVALID_VERSION_DATE",
            "Invalid accept header or version date.",
        );
    }
    if let Some(name) = asked
        .query
        .keys()
        .find(|name| !parameters.contains(&name.as_str()))
    {
        return refused(400, "INVALID_QUERY_PARAMETER", name);
    }
    if let Some(reply) = state.replies.get(&asked.path) {
        return (200, reply.clone());
    }
    let Some(rows) = state.lists.get(&asked.path) else {
        return refused(404, "CLUSTER_NOT_FOUND", "No cluster of this name exists.");
    };
    let bound = |name: &str| {
        asked
            .query
            .get(name)
            .map(|text| text.parse::<DateTime<Utc>>().unwrap())
    };
    let (since, until) = (bound("minDate"), bound("maxDate"));
    let created = |row: &&Value| {
        row["created"]
            .as_str()
            .and_then(|at| at.parse::<DateTime<Utc>>().ok())
    };
    let rows: Vec<&Value> = rows
        .iter()
        .filter(|row| since.is_none_or(|since| created(row).is_some_and(|at| at >= since)))
        .filter(|row| until.is_none_or(|until| created(row).is_some_and(|at| at <= until)))
        .collect();
    let number = |name: &str| asked.query.get(name).map(|text| text.parse::<usize>().unwrap());
    // Without pages, the list is given whole.
    let size = match number("itemsPerPage") {
        None => rows.len().max(1),
        Some(asked) => asked.min(state.page_rows),
    };
    let page: Vec<_> = rows
        .iter()
        .skip((number("pageNum").unwrap_or(1) - 1) * size)
        .take(size)
        .collect();
    let links = json!([{"href": format!("https://cloud.mongodb.com{GROUPS}{}", asked.path), "rel": "self"}]);
    (
        200,
        json!({"links": links, "results": page, "totalCount": rows.len()}),
    )
}

fn spoiled(
    kind: Option<Kind>,
    respond: impl Fn(u16) -> Builder,
    status: u16,
    mut fine: Value,
) -> Response<Body> {
    let refused = |head: Builder, status, code: &str, detail: &str| whole(head, &error(status, code, detail));
    match kind {
        None | Some(Kind::Arrives(_) | Kind::Leaves) => whole(respond(status), &fine),
        Some(Kind::Throttled(after)) => {
            let mut head = respond(429).header("ratelimit-remaining", 0);
            if let Some(after) = after {
                head = head.header("retry-after", after);
            }
            refused(
                head,
                429,
                "RATE_LIMITED_TOKEN_BUCKET",
                "Rate limit exceeded. Request capacity: 10.",
            )
        }
        Some(Kind::ServerError) => {
            let empty = Full::new(Bytes::new()).map_err(|never| match never {});
            respond(500).body(empty.boxed_unsync()).unwrap()
        }
        Some(Kind::Forbidden) => {
            let detail = "See https://files.example.net/canary-in-a-message for more.";
            refused(respond(403), 403, "USER_UNAUTHORIZED", detail)
        }
        Some(Kind::Gateway) => {
            let page = Bytes::from_static(
                b"<html><a href=\"https://files.example.net/canary-page\">Log in</a></html>",
            );
            let page = Full::new(page).map_err(|never| match never {});
            respond(200).body(page.boxed_unsync()).unwrap()
        }
        Some(Kind::Uncounted) => {
            fine.as_object_mut().unwrap().remove("totalCount");
            whole(respond(status), &fine)
        }
        Some(Kind::CutBody) => {
            let length = fine.to_string().len();
            broken(respond(status).header("content-length", length), &fine)
        }
        Some(Kind::CutChunks) => broken(respond(status), &fine),
        Some(Kind::HalfBody) => {
            let half = Full::new(half(&fine)).map_err(|never| match never {});
            respond(status).body(half.boxed_unsync()).unwrap()
        }
        Some(Kind::Slow(wait)) => {
            let body = Bytes::from(fine.to_string());
            let frames = stream::once(async move {
                tokio::time::sleep(wait).await;
                Ok(Frame::data(body))
            });
            respond(status)
                .body(StreamBody::new(frames).boxed_unsync())
                .unwrap()
        }
    }
}

fn whole(head: Builder, body: &Value) -> Response<Body> {
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {});
    head.header("content-type", "application/json")
        .body(body.boxed_unsync())
        .unwrap()
}

fn half(body: &Value) -> Bytes {
    let body = body.to_string();
    Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2])
}

/// Half of the body, and an end of the connection.
fn broken(head: Builder, body: &Value) -> Response<Body> {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let frames = stream::iter([Ok(Frame::data(half(body))), Err(error)]).then(async |frame| {
        // What was sent before the break is on its way then.
        if frame.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        frame
    });
    head.body(StreamBody::new(frames).boxed_unsync()).unwrap()
}
