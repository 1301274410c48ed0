//! Any course of appends, repetitions, abandoned pulls and reopenings keeps exactly what was appended.

use backproof::ledger::{Appended, Ledger};
use backproof::model::acquisition::Acquisition;
use proptest::prelude::*;

use super::{holder, pull, scratch};

#[derive(Debug, Clone)]
enum Deed {
    Append(Vec<Vec<u8>>),
    Repeat(usize),
    Abandon(Vec<u8>),
    Reopen,
}

fn deed() -> impl Strategy<Value = Deed> {
    let body = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => prop::collection::vec(body(), 0..4).prop_map(Deed::Append),
        1 => any::<usize>().prop_map(Deed::Repeat),
        1 => body().prop_map(Deed::Abandon),
        2 => Just(Deed::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_course_of_appends_and_reopenings_keeps_all(deeds in prop::collection::vec(deed(), 0..16)) {
        let dir = scratch();
        let mut expected: Vec<(Acquisition, Vec<Vec<u8>>)> = Vec::new();
        let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
        for (n, deed) in deeds.into_iter().enumerate() {
            match deed {
                Deed::Append(bodies) => {
                    let mut pages = Vec::new();
                    for body in &bodies {
                        pages.push((ledger.store(body).unwrap(), body.len() as u64));
                    }
                    let pull = pull(&format!("p/{n}"), &pages);
                    prop_assert_eq!(ledger.append(&pull).unwrap(), Appended::New);
                    expected.push((pull, bodies));
                }
                Deed::Repeat(which) if !expected.is_empty() => {
                    let head = ledger.head();
                    let again = &expected[which % expected.len()].0;
                    prop_assert_eq!(ledger.append(again).unwrap(), Appended::AlreadyThere);
                    prop_assert_eq!(ledger.head(), head);
                }
                Deed::Abandon(body) => drop(ledger.store(&body).unwrap()),
                Deed::Repeat(_) | Deed::Reopen => {
                    let head = ledger.head();
                    drop(ledger);
                    ledger = Ledger::open(dir.path(), &holder()).unwrap();
                    prop_assert_eq!(ledger.head(), head);
                }
            }
        }
        let sealed = ledger.seal().unwrap();
        prop_assert_eq!(sealed.acquisitions().len(), expected.len());
        for (found, (pull, bodies)) in sealed.acquisitions().iter().zip(&expected) {
            prop_assert_eq!(found, pull);
            for (page, body) in found.pages.iter().zip(bodies) {
                prop_assert_eq!(&sealed.bytes(page.evidence.unwrap()).unwrap(), body);
            }
        }
    }
}
