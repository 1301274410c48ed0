//! The services of AWS as far as the collector asks them: real HTTP, paging tokens, filters, accounts by role, and faults
//! by script. It keeps a log of what it was asked.
//!
//! It knows nothing of backproof: rows are what the services' documentation shows, and tests put them there.

mod aws;
mod faults;
mod query;
mod signed;
mod world;

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};

use crate::serve::Served;

pub(crate) use aws::listed;
pub(crate) use faults::{Body, Fault, Kind};
pub(crate) use signed::Signed;
pub(crate) use world::World;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The call, for instance `backup:ListBackupJobs`.
    pub(crate) operation: String,
    /// Who signed it, for where.
    pub(crate) signed: Signed,
    /// Its parameters, by the names of the wire.
    pub(crate) parameters: std::collections::BTreeMap<String, String>,
    /// The id that the answer carries.
    pub(crate) request_id: String,
    /// When it was signed, by the clock of who asks: `20260706T050001Z`.
    pub(crate) at: String,
    /// The status of the answer.
    pub(crate) status: u16,
}

/// A running simulator. It stops with the process.
pub(crate) struct Simulator(Served<State>);

/// What the simulator has and was asked.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) faults: Vec<Fault>,
    pub(crate) log: Vec<Asked>,
}

impl Simulator {
    /// Starts on a port of the loopback.
    pub(crate) fn start(world: World) -> Self {
        let state = State {
            world,
            faults: Vec::new(),
            log: Vec::new(),
        };
        Self(Served::start(state, answer))
    }

    /// Where the SDK has to ask.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Looks at, or changes, what it has.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }

    /// Plans a fault.
    pub(crate) fn fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body: Bytes = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let request_id = format!("req-{:08}", state.log.len() + 1);
    let asked = aws::read(&head, &body, request_id);
    state.log.push(asked.clone());
    let call = (
        asked.operation.clone(),
        asked.signed.account.clone(),
        asked.signed.region.clone(),
    );
    let kind = match state.world.refused.contains(&call) {
        true => Some(Kind::Denied),
        false => faults::strike(&mut state.faults, &asked),
    };
    if let Some(Kind::Arrives(rows)) = &kind {
        for (operation, row) in rows.clone() {
            let (account, region) = (asked.signed.account.clone(), asked.signed.region.clone());
            // Some services know no region.
            let everywhere = (operation, account.clone(), "global".to_owned());
            let place = match state.world.rows.contains_key(&everywhere) {
                true => everywhere,
                false => (operation, account, region),
            };
            state.world.rows.entry(place).or_default().push(row);
        }
    }
    let fine = aws::answer(&state.world, &asked);
    let mut answer = faults::spoil(kind, &asked, fine);
    if let Some(region) = aws::elsewhere(&state.world, &asked) {
        answer
            .headers_mut()
            .insert("x-amz-bucket-region", region.parse().unwrap());
    }
    let date = crate::estate::now() + state.world.ahead;
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    answer.headers_mut().insert("date", date.parse().unwrap());
    for (name, value) in aws::metadata(&state.world, &asked) {
        let name: hyper::header::HeaderName = format!("x-amz-meta-{name}").parse().unwrap();
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    if let Some(logged) = state.log.last_mut() {
        logged.status = answer.status().as_u16();
    }
    Ok(answer)
}
