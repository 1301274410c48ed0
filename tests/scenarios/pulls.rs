//! What the collections pull of a world: receipts and bodies, page by page, as `docs/spec/recording.md` has them.

use std::collections::{BTreeMap, BTreeSet};

use backproof::ledger::store::MemoryStore;
use backproof::model::acquisition::{Acquisition, Page, PullOutcome};
use backproof::model::source::{Source, SourceKey};
use backproof::model::time::{Instant, Interval};
use chrono::{NaiveTime, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};

use crate::wire::{Family, dated, member};
use crate::world::{Call, Paging, Row, Run, World};

/// Rows of a page, unless something else is asked for.
const PAGE_ROWS: usize = 20;

/// One pull with its bodies, before it is put into a store.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) receipt: Acquisition,
    /// One a page.
    pub(crate) bodies: Vec<Vec<u8>>,
}

/// What is pulled of one call in one place.
struct Asked<'a> {
    source: Source,
    /// The call's number among those of its source.
    number: usize,
    call: &'a Call,
    place: (String, String),
    /// The parameters that differ from pull to pull.
    part: BTreeMap<String, String>,
    run: &'a Run,
    /// Of a window that is asked for in two pulls, which half.
    half: Option<Half>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// How a pull goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Course {
    /// To its end, in pages of so many rows.
    Whole(usize),
    /// It is refused.
    Refused(String),
    /// The last page is missing.
    Cut,
    /// It says to be whole, and its one file has no byte.
    Blank,
}

/// Which pulls something happens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Which {
    pub(crate) source: Source,
    pub(crate) place: Option<(String, String)>,
    pub(crate) operation: Option<String>,
    pub(crate) part: Option<String>,
    pub(crate) run: Option<Instant>,
}

impl Which {
    fn is(&self, asked: &Asked<'_>) -> bool {
        self.source == asked.source
            && self.place.as_ref().is_none_or(|place| *place == asked.place)
            && self
                .operation
                .as_ref()
                .is_none_or(|operation| *operation == asked.call.operation)
            && self
                .part
                .as_ref()
                .is_none_or(|part| asked.part.values().any(|value| value == part))
            && self
                .run
                .is_none_or(|run| run.date_naive() == asked.run.at.date_naive())
    }
}

/// What goes another way than to its end; `None` is never pulled.
pub(crate) type Courses = Vec<(Which, Option<Course>)>;

/// How collectors and services may differ without a difference in what is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Rows of a page.
    pub(crate) page_rows: usize,
    /// The last row first.
    pub(crate) reversed: bool,
    /// Each window in two halves, a pull each.
    pub(crate) halved: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            page_rows: PAGE_ROWS,
            reversed: false,
            halved: false,
        }
    }
}

/// Every pull of every collection. The parts that are asked for are those of `before` as well: a collector remembers them.
/// Each of `courses` has to happen to some pull.
pub(crate) fn pulled(
    world: &World,
    before: &World,
    courses: &Courses,
    manner: Manner,
) -> Result<Vec<Pull>, String> {
    let mut pulls = Vec::new();
    let mut happened = BTreeSet::new();
    let mut world = world.clone();
    // The trail comes last: it has the calls that the collections made of the other services.
    for trail in [false, true] {
        if trail {
            let own = own_calls(&pulls);
            world.rows.entry(Source::Cloudtrail).or_default().extend(own);
        }
        let questions = questions(&world, before, manner).into_iter();
        for asked in questions.filter(|asked| (asked.source == Source::Cloudtrail) == trail) {
            let mut rows = asked.rows(&world);
            if asked.call.rows_in.is_none() && rows.is_empty() {
                continue;
            }
            if manner.reversed {
                rows.reverse();
            }
            let course = courses
                .iter()
                .enumerate()
                .rfind(|(_, (which, _))| which.is(&asked));
            happened.extend(course.map(|(number, _)| number));
            match course.map(|(_, (_, course))| course) {
                Some(None) => {}
                Some(Some(course)) => pulls.push(asked.pull(&rows, course)?),
                None => pulls.push(asked.pull(&rows, &Course::Whole(manner.page_rows))?),
            }
        }
    }
    match (0..courses.len()).find(|number| !happened.contains(number)) {
        Some(number) => Err(format!("nothing is pulled like {:?}", courses[number].0)),
        None => Ok(pulls),
    }
}

/// What is asked in all: each call in each place, of each part, at each collection.
fn questions<'w>(world: &'w World, before: &World, manner: Manner) -> Vec<Asked<'w>> {
    let mut questions = Vec::new();
    for (source, calls) in &world.calls {
        for (number, call) in calls.iter().enumerate() {
            let mut places = world.places(&call.operation);
            places.extend(rows(world, *source, number).map(|row| (row.account.clone(), row.region.clone())));
            places.sort();
            places.dedup();
            let halves: &[_] = match (&call.window, manner.halved) {
                (Some(_), true) => &[Some(Half::First), Some(Half::Second)],
                _ => &[None],
            };
            for place in places {
                for part in parts(world, before, *source, number, &place) {
                    let asked = |run, half| Asked {
                        source: *source,
                        number,
                        call,
                        place: place.clone(),
                        part: part.clone(),
                        run,
                        half,
                    };
                    let runs = world.runs.iter();
                    questions.extend(
                        runs.flat_map(|run| halves.iter().map(move |half| (run, *half)))
                            .map(|(run, half)| asked(run, half)),
                    );
                }
            }
        }
    }
    questions
}

/// The collector's own calls as its trail has them: those of AWS Backup and KMS that got an answer.
fn own_calls(pulls: &[Pull]) -> Vec<Row> {
    let mut rows = Vec::new();
    for receipt in pulls.iter().map(|pull| &pull.receipt) {
        let Some((service @ ("backup" | "kms"), name)) = receipt.operation.split_once(':') else {
            continue;
        };
        for page in &receipt.pages {
            // Events are recorded to the second.
            let at = zulu(
                page.received - TimeDelta::milliseconds(i64::from(page.received.timestamp_subsec_millis())),
            );
            let body = json!({
                "EventId": format!("event of {}", page.request_id),
                "EventName": name,
                "EventSource": format!("{service}.amazonaws.com"),
                "EventTime": format!("@{at}"),
                "CloudTrailEvent": {
                    "awsRegion": receipt.key.region.as_str(),
                    "recipientAccountId": receipt.key.account.as_str(),
                    "userIdentity": { "type": "AssumedRole", "arn": receipt.caller },
                    "readOnly": true,
                    "requestID": page.request_id,
                    "errorCode": (page.status != 200).then_some("AccessDenied"),
                },
            });
            let Value::Object(body) = body else {
                unreachable!("an object was written")
            };
            rows.push(Row {
                call: 0,
                account: receipt.key.account.to_string(),
                region: receipt.key.region.to_string(),
                part: None,
                day: None,
                from: None,
                until: None,
                body,
            });
        }
    }
    rows
}

/// The pulls as evidence.
pub(crate) fn store<'a>(pulls: impl IntoIterator<Item = &'a Pull>) -> MemoryStore {
    let mut store = MemoryStore::default();
    for pull in pulls {
        for body in &pull.bodies {
            store.put(body.clone());
        }
        store.push(pull.receipt.clone());
    }
    store
}

fn rows(world: &World, source: Source, call: usize) -> impl Iterator<Item = &Row> {
    world
        .rows
        .get(&source)
        .into_iter()
        .flatten()
        .filter(move |row| row.call == call)
}

/// The parameters that ask for the part that a row is of.
fn part_of(call: &Call, row: &Row) -> Result<BTreeMap<String, String>, String> {
    let value = |(name, path): (&String, &String)| {
        let found = match (path.as_str(), &row.part) {
            ("part", part) => part.clone(),
            (path, _) => member(&row.body, path).and_then(Value::as_str).map(str::to_owned),
        };
        found.map(|value| (name.clone(), value)).ok_or_else(|| {
            format!(
                "{}: a row lacks {path}, which says what was asked: {:?}",
                call.operation, row.body
            )
        })
    };
    call.asks.iter().map(value).collect()
}

/// Every part that is asked for in a place.
fn parts(
    world: &World,
    before: &World,
    source: Source,
    number: usize,
    place: &(String, String),
) -> BTreeSet<BTreeMap<String, String>> {
    let call = &world.calls[&source][number];
    if call.asks.is_empty() {
        return [BTreeMap::new()].into();
    }
    let always = call.parts.iter().filter(|part| {
        part.place
            .as_ref()
            .is_none_or(|written| world.place(&call.operation, Some(written)).as_ref() == Ok(place))
    });
    let of_rows = [before, world]
        .into_iter()
        .flat_map(|world| rows(world, source, number));
    let of_rows = of_rows.filter(|row| (&row.account, &row.region) == (&place.0, &place.1));
    let of_rows = of_rows.map(|row| part_of(call, row).unwrap_or_else(|error| panic!("{error}")));
    always.map(|part| part.asked.clone()).chain(of_rows).collect()
}

fn zulu(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Asked<'_> {
    /// The rows of the answer.
    fn rows<'w>(&self, world: &'w World) -> Vec<&'w Row> {
        let here = |row: &&Row| (&row.account, &row.region) == (&self.place.0, &self.place.1);
        let of_part = |row: &&Row| part_of(self.call, row).as_ref() == Ok(&self.part);
        let rows = rows(world, self.source, self.number).filter(here).filter(of_part);
        rows.filter(|row| self.shows(row)).collect()
    }

    fn shows(&self, row: &Row) -> bool {
        let at = self.run.at;
        let created = self.call.created.as_ref().map(|path| {
            let text = member(&row.body, path).and_then(Value::as_str);
            let text = text.unwrap_or_else(|| panic!("{}: a row lacks {path}", self.call.operation));
            crate::world::instant(text).unwrap_or_else(|error| panic!("{error}"))
        });
        let forgotten = self.call.remembers_days.map(|days| at - TimeDelta::days(days));
        let in_window = |created: Instant| match self.window() {
            _ if forgotten.is_some_and(|forgotten| created < forgotten) => false,
            Some(window) => window.start() <= created && created < window.end(),
            None => created <= at,
        };
        created.is_none_or(in_window)
            && row.from.is_none_or(|from| from <= at)
            && row.until.is_none_or(|until| at < until)
    }

    fn window(&self) -> Option<Interval> {
        let at = self.run.at;
        if let Some(days) = self.call.closed_days {
            let midnight = at.date_naive().and_time(NaiveTime::MIN).and_utc();
            return Interval::new(midnight - TimeDelta::days(days), midnight);
        }
        self.call.window.as_ref()?;
        let (since, middle) = (at - self.run.looks_back, at - self.run.looks_back / 2);
        match self.half {
            None => Interval::new(since, at),
            Some(Half::First) => Interval::new(since, middle),
            Some(Half::Second) => Interval::new(middle, at),
        }
    }

    fn pull(&self, rows: &[&Row], course: &Course) -> Result<Pull, String> {
        let at = self.run.at;
        let family = Family::of(&self.call.operation);
        let sent: Vec<Value> = rows
            .iter()
            .map(|row| family.sent(&dated(&row.body, "collected", at.date_naive())))
            .collect::<Result<_, _>>()?;
        let (account, region) = &self.place;
        let mut id = format!("{}/{}/{account}/{region}", at.date_naive(), self.source);
        if !self.part.is_empty() || self.call.rows_in.is_none() {
            let (_, name) = self
                .call
                .operation
                .split_once(':')
                .unwrap_or(("", &self.call.operation));
            id = format!("{id}/{name}");
        }
        for value in self.part.values() {
            id = format!("{id}/{value}");
        }
        if let Some(half) = self.half {
            id = format!("{id}/{half:?}");
        }
        let mut parameters = self.call.parameters.clone();
        parameters.extend(self.part.clone());
        let window = self.window();
        if let (Some([since, until]), Some(window)) = (&self.call.window, window) {
            parameters.insert(since.clone(), zulu(window.start()));
            parameters.insert(until.clone(), zulu(window.end()));
        }
        let (outcome, pages) = match course {
            Course::Whole(size) => (PullOutcome::Complete, self.pages(sent, *size, 1)?),
            Course::Cut => {
                let half = (sent.len() / 2).max(1);
                let mut pages = self.pages(sent, half, 2)?;
                pages.pop();
                (PullOutcome::Complete, pages)
            }
            Course::Blank => (PullOutcome::Complete, vec![(200, BTreeMap::new(), Value::Null)]),
            Course::Refused(code) => {
                let outcome = PullOutcome::Failed {
                    code: code.clone(),
                    message: format!("{code}: not authorized"),
                };
                (outcome, vec![refusal(family, code)])
            }
        };
        let mut receipt = Acquisition {
            id: id.parse().map_err(|error| format!("{error}"))?,
            key: SourceKey {
                source: self.source,
                account: account.parse().map_err(|error| format!("{error}"))?,
                region: region.parse().map_err(|error| format!("{error}"))?,
            },
            operation: self.call.operation.clone(),
            parameters,
            window,
            started: at,
            finished: at + TimeDelta::seconds(2),
            caller: "arn:aws:sts::111122223333:assumed-role/backproof-collector/scheduled".to_owned(),
            tool: "backproof 0.1.0".to_owned(),
            pages: Vec::new(),
            outcome,
        };
        let mut bodies = Vec::new();
        for (status, parameters, body) in pages {
            let bytes = match course {
                Course::Blank => Vec::new(),
                _ => body.to_string().into_bytes(),
            };
            let rank = receipt.pages.len();
            receipt.pages.push(Page {
                evidence: Some(MemoryStore::default().put(bytes.clone())),
                size: bytes.len() as u64,
                status,
                request_id: format!("{id}#{rank}"),
                received: at + TimeDelta::milliseconds(1000 + i64::try_from(rank).unwrap()),
                parameters,
            });
            bodies.push(bytes);
        }
        Ok(Pull { receipt, bodies })
    }

    /// The pages of an answer of so many rows each, and so many pages at the least.
    fn pages(&self, rows: Vec<Value>, size: usize, least: usize) -> Result<Vec<AnswerPage>, String> {
        let Some(list) = &self.call.rows_in else {
            return match <[Value; 1]>::try_from(rows) {
                Ok([reply]) => Ok(vec![(200, BTreeMap::new(), reply)]),
                Err(rows) => Err(format!(
                    "{} has {} replies at once",
                    self.call.operation,
                    rows.len()
                )),
            };
        };
        let total = rows.len();
        // A cursor keeps its id from page to page, so that of three pages the loss of one could not be told.
        let size = match self.call.paging {
            Paging::Cursor => size.max(total.div_ceil(2)),
            _ => size,
        };
        let mut chunks: Vec<Vec<Value>> = rows.chunks(size).map(<[Value]>::to_vec).collect();
        chunks.resize(chunks.len().max(least), Vec::new());
        let last = chunks.len() - 1;
        let page = |(rank, rows): (usize, Vec<Value>)| self.page(list, rows, rank, rank < last, total);
        Ok(chunks.into_iter().enumerate().map(page).collect())
    }

    fn page(&self, list: &str, rows: Vec<Value>, rank: usize, more: bool, total: usize) -> AnswerPage {
        let token = |rank: usize| format!("after-page-{rank}");
        let carried = |name: &str, value: String| (name.to_owned(), value);
        let mut parameters = BTreeMap::new();
        let mut body = Map::new();
        body.insert(list.to_owned(), Value::Array(rows.clone()));
        let before = rank.checked_sub(1);
        match self.call.paging {
            Paging::Single => {}
            Paging::NextToken | Paging::PaginationToken => {
                let tagging = self.call.paging == Paging::PaginationToken;
                let name = if tagging { "PaginationToken" } else { "NextToken" };
                parameters.extend(before.map(|before| carried(name, token(before))));
                if more || tagging {
                    let next = if more { token(rank) } else { String::new() };
                    body.insert(name.to_owned(), json!(next));
                }
            }
            Paging::Marker => {
                parameters.extend(before.map(|before| carried("Marker", token(before))));
                body.insert("Truncated".to_owned(), json!(more));
                if more {
                    body.insert("NextMarker".to_owned(), json!(token(rank)));
                }
            }
            Paging::TotalCount => {
                parameters.extend(before.map(|_| carried("pageNum", (rank + 1).to_string())));
                body.insert("totalCount".to_owned(), json!(total));
            }
            Paging::Cursor => {
                parameters.extend(before.map(|_| carried("getMore", "4711".to_owned())));
                let batch = if rank == 0 { "firstBatch" } else { "nextBatch" };
                let id = if more { "4711" } else { "0" };
                let ns = format!("{}.{}", self.place.0, self.source);
                let cursor = json!({ batch: rows, "id": { "$numberLong": id }, "ns": ns });
                body = Map::new();
                body.insert("cursor".to_owned(), cursor);
                body.insert("ok".to_owned(), json!({ "$numberDouble": "1.0" }));
            }
        }
        (200, parameters, Value::Object(body))
    }
}

/// Status, parameters and body.
type AnswerPage = (u16, BTreeMap<String, String>, Value);

fn refusal(family: Family, code: &str) -> AnswerPage {
    let (status, body) = match family {
        Family::Aws => (400, json!({ "__type": code, "Message": "not authorized" })),
        Family::Atlas => (401, json!({ "error": 401, "errorCode": code })),
        Family::Records => (0, json!({ "ok": { "$numberDouble": "0.0" }, "codeName": code })),
    };
    (status, BTreeMap::new(), body)
}
