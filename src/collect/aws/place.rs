//! One account in one region: every source of AWS asks through it, page after page, and every answer goes to the ledger
//! before anybody looks at it.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use aws_config::SdkConfig;
use chrono::TimeDelta;
use futures_util::stream::{StreamExt as _, iter};

use super::capture::{Answer, Capture};
use super::pace::Pace;
use super::session::Session;
use crate::collect::failure::Failure;
use crate::collect::question::{Question, id};
use crate::collect::window;
use crate::collect::{CollectError, Pull, Request, Response, Sink, TOOL};
use crate::model::acquisition::{Acquisition, EVIDENCE_MARGIN_DAYS, PullOutcome};
use crate::model::ids::{Account, Region};
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans};
use crate::service::refusal::is_expiry;

/// Most pages of one pull: a receipt names each of them, and has a limit of its own.
const PAGES_MAX: usize = 8_000;
/// Objects that are fetched at the same time.
const OBJECTS_AT_ONCE: usize = 8;
/// How long a reply that can't change is not asked for again. A period sees nothing that was pulled before its margin, so that
/// a reply of once would be lost to all later ones. Ten days less: the last list before a period, of up to a week ago, may name
/// what is gone by the first list in it.
const REREAD_DAYS: i64 = EVIDENCE_MARGIN_DAYS - 10;
/// How often an object is asked for whose body breaks off.
const BODY_ATTEMPTS: usize = 3;

/// What a page says of itself: what the next questions need of it, and the token of the next page.
pub(super) type Turned<T> = Result<(T, Option<String>), Failure>;

/// An object with the parameters that its page carries: its key, and its metadata.
pub(super) type Object = (Answer, BTreeMap<String, String>);

/// An account in a region, or `global`.
pub(super) struct Place<'r, 's> {
    pub(super) account: &'r Account,
    pub(super) region: Region,
    /// The region that services are asked in: the first one, where the place is `global`.
    pub(super) asked_in: Region,
    pub(super) run: &'r str,
    pub(super) session: &'r Session,
    pub(super) sink: &'r Sink<'s>,
    pub(super) pace: Pace,
}

impl Place<'_, '_> {
    pub(super) fn now(&self) -> Instant {
        self.sink.now()
    }

    /// The window to ask for: the one that somebody named, or what the ledger lacks by what was `asked` for before.
    pub(super) fn window(
        &self,
        source: Source,
        asked: impl FnOnce(&[Acquisition], &SourceKey) -> Spans,
    ) -> Result<Interval, CollectError> {
        window::to_ask(self.sink, self.key(source), asked)
    }

    /// Asks page after page until the service names no next one. The answers are `None` where the pull failed.
    pub(super) async fn ask<T>(
        &self,
        question: Question,
        mut turn: impl AsyncFnMut(&SdkConfig, &Capture, Option<String>) -> Turned<T>,
    ) -> Result<Option<Vec<T>>, CollectError> {
        let (operation, carrier) = (question.operation, question.carrier);
        let mut pull = self.begin(question)?;
        let mut turned = Vec::new();
        let mut token: Option<String> = None;
        let mut tokens = BTreeSet::new();
        let failure = loop {
            let (answer, said) = self.turn(operation, token.as_ref(), &mut turn).await;
            if let Some(answer) = answer {
                let carried = token.iter().map(|token| (carrier.to_owned(), token.clone()));
                self.keep(&mut pull, answer, carried.collect())?;
            }
            let (page, next) = match said {
                Ok(said) => said,
                Err(failure) => break Some(failure),
            };
            turned.push(page);
            token = next.filter(|next| !next.is_empty());
            match &token {
                None => break None,
                Some(next) if !tokens.insert(next.clone()) => {
                    break Some(Failure::new(
                        "RepeatedToken",
                        "the service names a page that it gave already",
                    ));
                }
                Some(_) if turned.len() >= PAGES_MAX => {
                    let message = format!("more than {PAGES_MAX} pages: ask for a shorter time");
                    break Some(Failure::new("TooManyPages", message));
                }
                Some(_) => {}
            }
        };
        let now = self.now();
        match failure {
            None => self.sink.complete(pull, now).map(|()| Some(turned)),
            Some(failure) => self
                .sink
                .failed(pull, now, failure.code, failure.message)
                .map(|()| None),
        }
    }

    /// Fetches objects by their keys, one answer each. The first that can't be had ends the pull: what is still missing
    /// then, the next run asks for.
    pub(super) async fn fetch(
        &self,
        question: Question,
        keys: &[String],
        get: impl AsyncFn(&SdkConfig, &str) -> Result<Object, Failure>,
    ) -> Result<(), CollectError> {
        let operation = question.operation;
        let mut pull = self.begin(question)?;
        let fetched = iter(keys).map(|key| self.object(operation, key, &get));
        let mut fetched = pin!(fetched.buffered(OBJECTS_AT_ONCE));
        while let Some(object) = fetched.next().await {
            match object {
                Ok((answer, parameters)) => self.keep(&mut pull, answer, parameters)?,
                Err(Failure { code, message }) => {
                    return self.sink.failed(pull, self.now(), code, message);
                }
            }
        }
        self.sink.complete(pull, self.now())
    }

    /// One object. The SDK tries a request again, but not a body that breaks off.
    async fn object(
        &self,
        operation: &'static str,
        key: &str,
        get: &impl AsyncFn(&SdkConfig, &str) -> Result<Object, Failure>,
    ) -> Result<Object, Failure> {
        let mut attempts = 1;
        loop {
            self.pace.wait(operation).await;
            let said = get(&self.session.in_region(self.asked_in.as_str()), key).await;
            match said {
                Err(failure) if is_expiry(&failure) && attempts < BODY_ATTEMPTS => {
                    self.session.renew(self.asked_in.as_str()).await;
                }
                Err(failure) if failure.is_broken() && attempts < BODY_ATTEMPTS => {}
                said => return said,
            }
            attempts += 1;
        }
    }

    /// Whether the ledger holds a complete answer to `question` that the periods of now can still see.
    pub(super) fn holds(&self, question: &Question) -> bool {
        let key = self.key(question.source);
        let since = self.now() - TimeDelta::days(REREAD_DAYS);
        let answers = |pull: &Acquisition| {
            pull.started >= since
                && pull.key == key
                && pull.operation == question.operation
                && pull.parameters == question.parameters
                && pull.outcome == PullOutcome::Complete
        };
        self.sink.held(|held| held.iter().any(answers))
    }

    /// Appends a pull that could not be made as a failed one: what was not asked is a gap, too.
    pub(super) fn unasked(&self, question: Question, failure: &Failure) -> Result<(), CollectError> {
        let pull = self.begin(question)?;
        let now = self.now();
        let Failure { code, message } = failure.clone();
        self.sink.failed(pull, now, code, message)
    }

    /// One page, with fresh credentials where the old ones have expired on the way.
    async fn turn<T>(
        &self,
        operation: &'static str,
        token: Option<&String>,
        turn: &mut impl AsyncFnMut(&SdkConfig, &Capture, Option<String>) -> Turned<T>,
    ) -> (Option<Answer>, Turned<T>) {
        let capture = Capture::default();
        self.pace.wait(operation).await;
        let config = self.session.in_region(self.asked_in.as_str());
        let said = turn(&config, &capture, token.cloned()).await;
        if !matches!(&said, Err(failure) if is_expiry(failure)) {
            return (capture.take(), said);
        }
        self.session.renew(self.asked_in.as_str()).await;
        self.pace.wait(operation).await;
        let config = self.session.in_region(self.asked_in.as_str());
        let said = turn(&config, &capture, token.cloned()).await;
        (capture.take(), said)
    }

    fn keep(
        &self,
        pull: &mut Pull,
        answer: Answer,
        parameters: BTreeMap<String, String>,
    ) -> Result<(), CollectError> {
        let response = Response {
            status: answer.status,
            request_id: answer.request_id,
            received: self.now(),
            parameters,
        };
        self.sink.page(pull, response, answer.body.as_deref())
    }

    fn begin(&self, question: Question) -> Result<Pull, CollectError> {
        let key = self.key(question.source);
        let id = id(self.run, &key, question.part.as_deref());
        self.sink.begin(Request {
            id,
            key,
            operation: question.operation.to_owned(),
            parameters: question.parameters,
            window: question.window,
            started: self.now(),
            caller: self.session.caller.clone(),
            tool: TOOL.to_owned(),
        })
    }

    pub(super) fn key(&self, source: Source) -> SourceKey {
        SourceKey {
            source,
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }
}
