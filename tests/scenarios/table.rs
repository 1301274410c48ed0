//! The table: every scenario comes to what it says. `SCENARIO=ct-05/a-day cargo test --test scenarios` runs those whose
//! names begin so, and prints what was found of each.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use backproof::model::finding::{Evaluation, State};

use crate::expect::{finding, listed};
use crate::scenario::{Scenario, Told, all};

#[expect(
    clippy::disallowed_methods,
    reason = "whoever works on one scenario names it in the environment"
)]
fn only() -> Option<String> {
    std::env::var("SCENARIO").ok()
}

/// What differs in one scenario; and, when `aloud`, what was found.
#[expect(clippy::print_stdout, reason = "whoever works on one scenario reads it")]
fn tried(path: &Path, aloud: bool) -> Result<(), Vec<String>> {
    let one = |error: String| vec![error];
    let scenario = Scenario::read(path).map_err(one)?;
    let (says, test, expect) = (
        scenario.says.clone(),
        scenario.test.clone(),
        scenario.expect.clone(),
    );
    let evaluation = scenario.told().and_then(|told| told.evaluated()).map_err(one)?;
    if aloud {
        println!("{}\n{says}\n{}", path.display(), found(&evaluation, &test));
    }
    match expect.differences(&evaluation, &test) {
        differences if differences.is_empty() => Ok(()),
        differences => Err(differences),
    }
}

/// What was found, in the form in which it is expected, and what else there is.
fn found(evaluation: &Evaluation, test: &str) -> String {
    let Some(finding) = finding(evaluation, test) else {
        return format!("the catalogue has no test {test}");
    };
    let quoted = |lines: Vec<String>| {
        lines
            .iter()
            .map(|line| format!("  {line:?},\n"))
            .collect::<String>()
    };
    let observations = finding.observations().iter();
    let mut text = format!(
        "[expect]\nstate = \"{}\"\nitems = [\n{}]\nsupported = {}\nobservations = [\n{}]\n",
        finding.state(),
        quoted(listed(finding)),
        finding.counts().get(State::Supported),
        quoted(observations.map(|observation| observation.text.clone()).collect()),
    );
    let others = evaluation.findings.iter();
    for other in others.filter(|other| other.test() != finding.test() && !is_clean(other.state())) {
        text += &format!(
            "also {} is {}: {:#?}\n",
            other.test(),
            other.state(),
            listed(other)
        );
    }
    text
}

#[test]
fn every_scenario_comes_to_what_it_says() {
    let only = only();
    let chosen = |name: &String| only.as_ref().is_none_or(|only| name.starts_with(only.as_str()));
    let scenarios: Vec<_> = all().into_iter().filter(|(name, _)| chosen(name)).collect();
    assert!(!scenarios.is_empty(), "no scenario is called {only:?}");
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((name, path)) = scenarios.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(differences) = tried(path, only.is_some()) {
                failed
                    .lock()
                    .unwrap()
                    .push(format!("{name}\n  {}", differences.join("\n  ")));
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    assert!(
        failed.is_empty(),
        "{} of {} scenarios differ:\n{}",
        failed.len(),
        scenarios.len(),
        failed.join("\n")
    );
}

fn is_clean(state: State) -> bool {
    [State::Supported, State::NoOccurrence, State::NotTested].contains(&state)
}

/// What is open in the base world, by test and item: signed digests can't be written by hand. `tests/trail` tries them.
const OPEN: [(&str, &str); 2] = [
    ("CT-01", "cloudtrail_digests/111122223333/us-east-1/"),
    ("CT-01", "cloudtrail_digests/111122223333/us-west-2/"),
];

#[test]
fn in_the_base_world_every_built_test_is_supported_or_did_not_occur() {
    let evaluation = Told::base(None).unwrap().evaluated().unwrap();
    let mut unclean = Vec::new();
    for finding in &evaluation.findings {
        let lines = listed(finding)
            .into_iter()
            .filter(|line| !line.contains(": NO_OCCURRENCE: "));
        unclean.extend(lines.map(|line| format!("{} {line}", finding.test())));
    }
    let is_open = |line: &String| {
        OPEN.iter()
            .any(|(test, item)| line.starts_with(&format!("{test} {item}")))
    };
    let (open, unclean): (Vec<_>, Vec<_>) = unclean.into_iter().partition(is_open);
    assert!(unclean.is_empty(), "{}", unclean.join("\n"));
    assert_eq!(
        open.len(),
        OPEN.len(),
        "what is said to be open is not: {open:#?}"
    );
}
