//! The chain of a pull's pages (`docs/spec/recording.md`, *Paging*): each page has to name the next, and the last has to
//! say that it is the last. What the collector thought is not asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::form::{Form, Paging, Rows};

/// A page as far as it could be read.
pub(super) struct Link<'a> {
    /// Parameters of its request, those of the first request included.
    pub(super) parameters: BTreeMap<&'a str, &'a str>,
    /// Those that this page was asked for with, beyond the first request.
    pub(super) own: &'a BTreeMap<String, String>,
    /// Its body.
    pub(super) body: &'a Value,
}

/// What is wrong with the chain; nothing when the pages are all pages.
pub(super) fn flaws(form: &Form, links: &[Link<'_>]) -> Vec<String> {
    match form.paging {
        Paging::Single if links.len() == 1 => Vec::new(),
        Paging::Single => vec![format!("{} responses to a call that has one", links.len())],
        Paging::Token(name) => carried(links, name, |body| token(body, name)),
        Paging::Marker => carried(links, "Marker", |body| marker(body, "Truncated", "NextMarker")),
        Paging::IamMarker => carried(links, "Marker", |body| marker(body, "IsTruncated", "Marker")),
        Paging::Continuation => carried(links, "ContinuationToken", continuation),
        Paging::Apart => Vec::new(),
        Paging::Cursor => carried(links, "getMore", cursor),
        Paging::Numbered => numbered(form, links),
    }
}

/// The rows of a page with the pointer to each; an error when the body does not have them where they belong.
pub(super) fn rows<'a>(
    form: &Form,
    first: bool,
    body: &'a Value,
) -> Result<Vec<(String, &'a Value)>, String> {
    let (pointer, list) = match form.rows {
        Rows::Reply if body.is_object() => return Ok(vec![(String::new(), body)]),
        Rows::Reply => return Err("the body is not an object".to_owned()),
        Rows::Inner(member) => {
            let row = body.get(member).filter(|row| row.is_object());
            let row = row.ok_or_else(|| format!("the body has no object at /{member}"))?;
            return Ok(vec![(format!("/{member}"), row)]);
        }
        // JSON pointers lead into JSON only: rows of other bodies are cited by the whole.
        Rows::Object => return Ok(vec![(String::new(), body)]),
        Rows::Contents => {
            let list = body.get("Contents").and_then(Value::as_array);
            let list = list.ok_or("the body has no list of objects")?;
            return Ok(list.iter().map(|row| (String::new(), row)).collect());
        }
        Rows::Members(members) => {
            let lists: Result<Vec<_>, String> = members.iter().map(|member| list(body, member)).collect();
            return lists.map(|lists| lists.concat());
        }
        Rows::Member(member) => (format!("/{member}"), body.get(member)),
        Rows::Cursor => {
            let batch = if first { "firstBatch" } else { "nextBatch" };
            (
                format!("/cursor/{batch}"),
                body.get("cursor").and_then(|cursor| cursor.get(batch)),
            )
        }
    };
    let list = list
        .and_then(Value::as_array)
        .ok_or_else(|| format!("the body has no list at {pointer}"))?;
    Ok(list
        .iter()
        .enumerate()
        .map(|(n, row)| (format!("{pointer}/{n}"), row))
        .collect())
}

/// The rows of one of several lists.
fn list<'a>(body: &'a Value, member: &str) -> Result<Vec<(String, &'a Value)>, String> {
    let rows = body.get(member).and_then(Value::as_array);
    let rows = rows.ok_or_else(|| format!("the body has no list at /{member}"))?;
    let rows = rows.iter().enumerate();
    Ok(rows.map(|(n, row)| (format!("/{member}/{n}"), row)).collect())
}

/// The token that carries on, or `None` on the last page; an error when the body does not say.
type Next = Result<Option<String>, String>;

fn carried(links: &[Link<'_>], carrier: &str, next: impl Fn(&Value) -> Next) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut seen = BTreeSet::new();
    let mut expected: Option<String> = None;
    for (n, link) in links.iter().enumerate() {
        let page = n + 1;
        let carried = link.parameters.get(carrier).map(|token| (*token).to_owned());
        match (&expected, &carried) {
            (None, Some(_)) if n == 0 => {
                flaws.push("the first page was asked for by a token: pages before it are missing".to_owned());
            }
            (None, _) if n > 0 => flaws.push(format!("page {page} follows a last page")),
            _ if carried != expected => {
                flaws.push(format!(
                    "page {page} is not the one that page {n} names as the next"
                ));
            }
            _ => {}
        }
        expected = match next(link.body) {
            Ok(token) => token,
            Err(reason) => {
                flaws.push(format!("page {page} {reason}"));
                None
            }
        };
        if expected.as_ref().is_some_and(|token| !seen.insert(token.clone())) {
            flaws.push(format!("page {page} repeats the token of an earlier page"));
        }
    }
    if expected.is_some() {
        flaws.push(format!("page {} names a next page that is missing", links.len()));
    }
    flaws
}

fn token(body: &Value, name: &str) -> Next {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        // The tagging service ends with an empty token; the others leave it out.
        Some(Value::String(text)) if text.is_empty() && name == "PaginationToken" => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(format!("has a {name} that is not a token")),
    }
}

fn continuation(body: &Value) -> Next {
    match body.get("IsTruncated").and_then(Value::as_str) {
        Some("false") => Ok(None),
        Some("true") => match body.get("NextContinuationToken").and_then(Value::as_str) {
            Some(token) if !token.is_empty() => Ok(Some(token.to_owned())),
            _ => Err("is truncated and names no next page".to_owned()),
        },
        _ => Err("does not say whether it is truncated".to_owned()),
    }
}

/// A marker behind a truth value that says whether there is one.
fn marker(body: &Value, truncated: &str, next: &str) -> Next {
    match body.get(truncated) {
        None | Some(Value::Null | Value::Bool(false)) => Ok(None),
        Some(Value::Bool(true)) => match body.get(next) {
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            _ => Err("is truncated and names no next marker".to_owned()),
        },
        Some(_) => Err(format!("has a {truncated} that is neither true nor false")),
    }
}

fn cursor(body: &Value) -> Next {
    let id = body.get("cursor").and_then(|cursor| cursor.get("id"));
    let id = id.and_then(|id| id.get("$numberLong")).and_then(Value::as_str);
    match id.map(str::parse::<i64>) {
        Some(Ok(0)) => Ok(None),
        Some(Ok(id)) => Ok(Some(id.to_string())),
        _ => Err("has no cursor id".to_owned()),
    }
}

/// How many rows the pages say that there are in all, where the service says so.
pub(super) fn stated(form: &Form, links: &[Link<'_>]) -> BTreeSet<u64> {
    let numbered = links.iter().filter(|_| form.paging == Paging::Numbered);
    numbered
        .filter_map(|link| link.body.get("totalCount").and_then(Value::as_u64))
        .collect()
}

fn numbered(form: &Form, links: &[Link<'_>]) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut rows_in_all = 0;
    let mut totals = BTreeSet::new();
    for (n, link) in links.iter().enumerate() {
        let page = n + 1;
        let number = link.parameters.get("pageNum").copied();
        if number.unwrap_or("1") != page.to_string() {
            flaws.push(format!(
                "page {page} was asked for as page {}",
                number.unwrap_or("1")
            ));
        }
        match link.body.get("totalCount").and_then(Value::as_u64) {
            Some(total) => drop(totals.insert(total)),
            None => flaws.push(format!("page {page} has no totalCount")),
        }
        rows_in_all += rows(form, n == 0, link.body).map_or(0, |rows| rows.len() as u64);
    }
    match totals.iter().copied().collect::<Vec<_>>()[..] {
        [total] if total != rows_in_all => {
            flaws.push(format!(
                "totalCount is {total}, the pages have {rows_in_all} rows"
            ));
        }
        [_, _, ..] => flaws.push("totalCount changed from page to page".to_owned()),
        _ => {}
    }
    flaws
}
