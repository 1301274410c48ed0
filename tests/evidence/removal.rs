//! Evidence taken away: without any one pull or page of the recorded quarter nothing more is claimed than with it.
//!
//! A body cut short, or emptied, is a page taken away too. Order and repetition of pulls mean nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use backproof::ledger::store::{EvidenceStore as _, MemoryStore};
use backproof::model::source::Source;
use backproof::normalize::{combine, normalize};
use serde_json::Value;

use crate::altered::rows;
use crate::parallel::faults_of;
use crate::quarter::{AS_RECORDED, QUARTER};
use crate::standing::Standing;
use crate::variant::{Pull, READINGS, Variant, WHOLE, of_source, pulls};

/// What is claimed beyond the whole quarter when `instead` stands in place of the pull at `index`.
fn beyond(what: &str, index: usize, instead: Option<Pull>) -> Vec<String> {
    let concluded = Variant(BTreeMap::from([(index, instead)])).concluded();
    let claims = Standing::of(&concluded.evaluation).claims_beyond(&WHOLE);
    claims
        .into_iter()
        .map(|claim| format!("{what} {}: {claim}", pulls()[index].id))
        .collect()
}

/// Each page of each pull.
fn pages() -> Vec<(usize, usize)> {
    let all = pulls().iter().enumerate();
    all.flat_map(|(index, pull)| (0..pull.pages.len()).map(move |page| (index, page)))
        .collect()
}

fn assert_none(faults: &[String]) {
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn without_any_one_pull_nothing_more_is_claimed() {
    assert_none(&faults_of(pulls().len(), |index| beyond("without", index, None)));
}

#[test]
fn without_any_one_page_nothing_more_is_claimed() {
    let pages = pages();
    assert_none(&faults_of(pages.len(), |at| {
        let (index, page) = pages[at];
        let mut pull = Pull::recorded(index);
        pull.receipt.pages.remove(page);
        beyond(&format!("without page {} of", page + 1), index, Some(pull))
    }));
}

/// A page of each kind of source, and every 41st besides: 41 shares no factor with the pulls of a run.
fn some_pages() -> Vec<(usize, usize)> {
    let mut some: Vec<(usize, usize)> = pages().into_iter().step_by(41).collect();
    some.extend(Source::ALL.iter().filter_map(|source| {
        let (index, _) = of_source(*source).find(|(_, pull)| !pull.pages.is_empty())?;
        Some((index, 0))
    }));
    some
}

/// A page that says in its own shape that there is nothing is evidence, and rows that it hides can't be missed in it.
/// Yet what was open or adverse never becomes supported by it.
#[test]
fn a_page_without_its_rows_supports_nothing_more() {
    let tried = some_pages();
    let emptied = AtomicUsize::new(0);
    assert_none(&faults_of(tried.len(), |at| {
        let (index, page) = tried[at];
        let mut pull = Pull::recorded(index);
        let Ok(mut body) = serde_json::from_slice::<Value>(&pull.body(page)) else {
            return Vec::new();
        };
        if rows(&mut body).map(|rows| rows.drain(..).count()).sum::<usize>() == 0 {
            return Vec::new();
        }
        emptied.fetch_add(1, Ordering::Relaxed);
        pull.set_body(page, serde_json::to_vec(&body).unwrap());
        beyond("without the rows of", index, Some(pull))
    }));
    assert!(emptied.into_inner() > 20);
}

#[test]
fn a_body_cut_short_or_emptied_proves_nothing_more() {
    let tried = some_pages();
    assert_none(&faults_of(tried.len() * 3, |at| {
        let (index, page) = tried[at / 3];
        let mut pull = Pull::recorded(index);
        let mut body = pull.body(page);
        let (what, keep) = match at % 3 {
            0 => ("one byte short:", body.len() - 1),
            1 => ("half of", body.len() / 2),
            _ => ("0 bytes of", 0),
        };
        body.truncate(keep);
        pull.set_body(page, body);
        beyond(what, index, Some(pull))
    }));
}

#[test]
fn the_order_and_the_repetition_of_pulls_change_no_byte() {
    let whole = QUARTER.results(&AS_RECORDED);
    let store_of = |order: &mut dyn Iterator<Item = usize>| {
        let mut store = QUARTER.store.clone();
        for pull in pulls() {
            store = store.without_pull(&pull.id);
        }
        order.for_each(|index| store.push(pulls()[index].clone()));
        store
    };
    let count = pulls().len();
    let reversed: MemoryStore = store_of(&mut (0..count).rev());
    let doubled = store_of(&mut (0..count).flat_map(|index| [index, count - 1 - index]));
    assert_eq!(doubled.acquisitions().len(), 2 * count);
    for store in [reversed, doubled] {
        assert!(QUARTER.results(&QUARTER.conclude(&store)) == whole);
    }
}

/// The short way of these tests, readings put together anew, is the way of `normalize`.
#[test]
fn readings_together_say_what_the_store_says() {
    let estate = &QUARTER.scope.estate;
    assert_eq!(combine(&*READINGS, estate), AS_RECORDED.records);
    let (index, pull) = pulls()
        .iter()
        .enumerate()
        .find(|(_, pull)| pull.pages.len() > 2)
        .unwrap();
    let without = Variant(BTreeMap::from([(index, None)])).concluded();
    let store = QUARTER.store.without_pull(&pull.id);
    assert_eq!(without.records, normalize(&store, estate));
    let mut rest = Pull::recorded(index);
    rest.receipt.pages.remove(1);
    let without = Variant(BTreeMap::from([(index, Some(rest))])).concluded();
    let store = QUARTER.store.without_page(&pull.id, 1);
    assert_eq!(without.records, normalize(&store, estate));
}
