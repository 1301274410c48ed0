//! CT-30: which incidents count, the criterion of activation, and each step of their handling.

use chrono::TimeDelta;

use super::contingency_events as procedure;
use crate::evaluate::criteria::Goal;
use crate::evaluate::testing::{World, at, check, span, system};
use crate::evaluate::testing_contingency::{contingency, incident};
use crate::evaluate::testing_governance::holder;
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence};
use crate::model::records::governance::{Incident, Notification};
use crate::model::source::Source;

/// A world with the roster, the critical system `orders` and a limit of one hour for the start of recovery.
fn world() -> World {
    let mut world = World::with_system();
    for (person, role, team) in [
        ("p-001", "CTO", "Executive"),
        ("p-003", "CEO", "Executive"),
        ("p-006", "DevOps Engineer", "DevOps"),
        ("p-008", "Web Services Lead", "Web Services"),
    ] {
        world.add_holder(holder(person, role, team));
    }
    world.criteria.recovery_start_max = Some(Goal {
        length: TimeDelta::hours(1),
        settled: true,
    });
    world
}

/// The contingency of 2 July that was handled as the plan says, changed.
fn changed(change: impl Fn(&mut Incident)) -> World {
    let mut world = world();
    let mut incident = contingency("INC-1", "2026-07-02T08:00");
    change(&mut incident);
    world.add_incident(incident);
    world
}

/// An outage of two hours on 2 July that nobody had to activate the plan for, changed.
fn small(change: impl Fn(&mut Incident)) -> World {
    let mut world = world();
    let mut incident = incident("INC-1", "2026-07-02T08:00");
    change(&mut incident);
    world.add_incident(incident);
    world
}

const NO_ACTIVATION: (&str, State, &str) = ("population/activations", NoOccurrence, "nobody activated it");

#[test]
fn what_was_handled_as_planned_is_supported_step_by_step() {
    check(&changed(|_| {}), procedure, 7, &[]);
    check(&small(|_| {}), procedure, 3, &[NO_ACTIVATION]);
}

#[test]
fn the_population_is_of_incidents_that_affected_a_service_in_the_period() {
    let nothing = [(
        "population",
        NoOccurrence,
        "no incident affected a service in the period",
    )];
    check(&world(), procedure, 0, &nothing);
    let spared = |incident: &mut Incident| {
        incident.service_impact = Some(false);
        incident.impact_start = None;
    };
    check(&small(spared), procedure, 0, &nothing);
    let from = |start: &'static str, until: &'static str| {
        small(move |incident| {
            *incident = self::incident("INC-1", start);
            incident.restored = Some(at(until));
        })
    };
    check(&from("2026-06-30T23:00", "2026-07-01"), procedure, 0, &nothing);
    check(&from("2026-07-11", "2026-07-11T01:00"), procedure, 0, &nothing);
    check(
        &from("2026-06-30T23:00", "2026-07-01T00:00:01Z"),
        procedure,
        3,
        &[NO_ACTIVATION],
    );
    check(&from("2026-07-01", "2026-07-01"), procedure, 3, &[NO_ACTIVATION]);
    check(
        &from("2026-07-10T23:00", "2026-07-10T23:59"),
        procedure,
        3,
        &[NO_ACTIVATION],
    );
    // By another revision it was of the period.
    let mut moved = from("2025-06-30T23:00", "2025-07-01");
    moved.add_conflict(Source::Incidents, "INC-1");
    let finding = moved.run(procedure);
    assert_eq!(
        (finding.state(), finding.counts().get(State::NoOccurrence)),
        (Indeterminate, 0)
    );
    let mut unproven = world();
    unproven.unprove_all(Source::Incidents);
    assert_eq!(unproven.run(procedure).state(), Indeterminate);
}

#[test]
fn an_incident_whose_impact_is_not_said_is_open() {
    let open = |change: fn(&mut Incident), words| {
        check(&small(change), procedure, 0, &[("INC-1", Indeterminate, words)]);
    };
    open(
        |incident| {
            incident.service_impact = None;
            incident.impact_start = None;
        },
        "does not say whether a service was affected",
    );
    open(
        |incident| incident.service_impact = Some(false),
        "affected no service, and one since",
    );
    open(
        |incident| incident.restored = Some(at("2026-07-02T07:59:59Z")),
        "affected a service from",
    );
    open(
        |incident| incident.notifications[0].at = at("2026-07-02T07:54:59Z"),
        "dates a notification",
    );
    open(
        |incident| incident.restored = Some(at("2026-07-11T05:05:01Z")),
        "after the answer that holds it",
    );
    let mut disputed = small(|_| {});
    disputed.add_conflict(Source::Incidents, "INC-1");
    check(
        &disputed,
        procedure,
        0,
        &[("INC-1", Indeterminate, "contradict each other")],
    );
    let mut early = small(|_| {});
    early.records.incidents[0].last_seen = at("2026-07-01");
    check(
        &early,
        procedure,
        0,
        &[("INC-1", Indeterminate, "is dated 2026-07-02T08:00:00Z, after")],
    );
}

#[test]
fn the_predicted_outage_decides_and_not_the_one_that_came() {
    let unactivated = |minutes: Option<i64>, hosting: bool| {
        small(move |incident| {
            incident.predicted_minutes = minutes;
            incident.hosting_outage = hosting;
        })
    };
    check(&unactivated(Some(48 * 60), false), procedure, 3, &[NO_ACTIVATION]);
    check(&unactivated(Some(24 * 60), true), procedure, 3, &[NO_ACTIVATION]);
    let steps = |words: &'static str| {
        [
            ("INC-1/activation", Exception, words),
            (
                "INC-1/notifications",
                Exception,
                "no notification of the Web Services Team",
            ),
            (
                "INC-1/security-check",
                Exception,
                "records no verify_security_controls",
            ),
            ("INC-1/tasks", Exception, "records no assess_damage"),
        ]
    };
    let above = "predicted to last 48 h 1 min; an outage of more than 48 h activates the plan, and nobody activated it";
    check(
        &unactivated(Some(48 * 60 + 1), false),
        procedure,
        2,
        &steps(above),
    );
    let above = "predicted to last 24 h 1 min; a hosting outage of more than 24 h";
    check(&unactivated(Some(24 * 60 + 1), true), procedure, 2, &steps(above));
    for minutes in [None, Some(-1)] {
        let open = ("INC-1/activation", Indeterminate, "records no prediction");
        let finding = check(&unactivated(minutes, false), procedure, 2, &[open]);
        assert_eq!(
            finding.items()[0].statements().len(),
            5,
            "it leaves every step open"
        );
    }
    let mut assumed = unactivated(Some(60), false);
    assumed.criteria.activation_outage.settled = false;
    check(
        &assumed,
        procedure,
        2,
        &[(
            "INC-1/activation",
            Indeterminate,
            "within a limit of 48 h that is neither",
        )],
    );
    let mut assumed = unactivated(Some(49 * 60), false);
    assumed.criteria.activation_outage.settled = false;
    check(
        &assumed,
        procedure,
        2,
        &[(
            "INC-1/activation",
            Indeterminate,
            "above a limit of 48 h that is neither",
        )],
    );
}

#[test]
fn the_plan_is_activated_by_the_cto_or_a_successor_for_a_reason() {
    let by = |person: &'static str, reason: Option<&'static str>| {
        changed(move |incident| {
            incident.activated_by = Some(person.to_owned());
            incident.activation_reason = reason.map(str::to_owned);
        })
    };
    check(&by("p-003", Some("the CTO was in the air")), procedure, 7, &[]);
    for none in [None, Some(" ")] {
        let open = (
            "INC-1/activated-by",
            Indeterminate,
            "p-003, CEO, activated the plan, and no reason",
        );
        check(&by("p-003", none), procedure, 6, &[open]);
    }
    let engineer = (
        "INC-1/activated-by",
        Exception,
        "activated by p-006, DevOps Engineer",
    );
    check(&by("p-006", Some("nobody answered")), procedure, 6, &[engineer]);
    let stranger = ("INC-1/activated-by", Indeterminate, "the roster has no p-099");
    check(&by("p-099", None), procedure, 6, &[stranger]);
    let unsaid = changed(|incident| incident.activated_by = None);
    check(
        &unsaid,
        procedure,
        6,
        &[("INC-1/activated-by", Indeterminate, "does not say who")],
    );
    let late = changed(|incident| incident.activated = incident.restored);
    check(
        &late,
        procedure,
        6,
        &[("INC-1/activation", Exception, "usable again since")],
    );
    let other = changed(|incident| incident.predicted_minutes = Some(60));
    check(&other, procedure, 7, &[]);
    let unpredicted = changed(|incident| incident.predicted_minutes = None);
    check(&unpredicted, procedure, 7, &[]);
    let mut unproven = changed(|_| {});
    unproven.unprove_all(Source::RoleRoster);
    let open = [
        ("INC-1/activated-by", Indeterminate, "role_roster"),
        ("INC-1/notifications", Indeterminate, "role_roster"),
    ];
    check(&unproven, procedure, 5, &open);
}

#[test]
fn notifications_go_in_their_order() {
    let id = "INC-1/notifications";
    for (n, who) in [
        (0, "the CTO"),
        (1, "the Web Services Team"),
        (2, "the other team members"),
        (3, "the hosting partners"),
        (4, "the leadership"),
    ] {
        let missing = changed(move |incident| {
            incident.notifications.remove(n);
        });
        check(
            &missing,
            procedure,
            6,
            &[(id, Exception, &format!("no notification of {who} is on record"))],
        );
    }
    let swapped = changed(|incident| {
        let later = incident.notifications[2].at + TimeDelta::seconds(1);
        incident.notifications[1].at = later;
    });
    let words = "the other team members told at";
    check(&swapped, procedure, 6, &[(id, Exception, words)]);
    let together = changed(|incident| incident.notifications[1].at = incident.notifications[2].at);
    check(&together, procedure, 7, &[]);
    // Told again in time, the earlier word does no harm.
    let again = changed(|incident| {
        let early = Notification {
            at: incident.detected,
            ..incident.notifications[4].clone()
        };
        incident.notifications.push(early);
    });
    check(&again, procedure, 7, &[]);
    let unknown = changed(|incident| incident.notifications[3].to = "somebody".to_owned());
    check(
        &unknown,
        procedure,
        6,
        &[(id, Indeterminate, "the roster has no somebody")],
    );
    let persons = changed(|incident| {
        for (n, person) in [(1, "p-008"), (2, "p-006"), (4, "p-003")] {
            incident.notifications[n].to = person.to_owned();
        }
    });
    check(&persons, procedure, 7, &[]);
}

#[test]
fn each_task_has_its_team_and_time() {
    let task = |n: usize, change: fn(&mut Incident, usize)| changed(move |incident| change(incident, n));
    let missing = task(1, |incident, n| {
        incident.tasks.remove(n);
    });
    check(
        &missing,
        procedure,
        6,
        &[("INC-1/tasks", Exception, "records no assess_damage")],
    );
    let undated = task(1, |incident, n| incident.tasks[n].done = None);
    check(
        &undated,
        procedure,
        6,
        &[(
            "INC-1/tasks",
            Indeterminate,
            "no time or no team for assess_damage",
        )],
    );
    let teamless = task(1, |incident, n| incident.tasks[n].team = " ".to_owned());
    check(
        &teamless,
        procedure,
        6,
        &[("INC-1/tasks", Indeterminate, "no time or no team")],
    );
    let renamed = task(1, |incident, n| incident.tasks[n].name = "look around".to_owned());
    check(
        &renamed,
        procedure,
        6,
        &[(
            "INC-1/tasks",
            Indeterminate,
            "names that the policy does not have",
        )],
    );
    let spelt = task(1, |incident, n| {
        incident.tasks[n].name = "Assess Damage".to_owned()
    });
    check(&spelt, procedure, 7, &[]);
    let id = "INC-1/security-check";
    let missing = task(8, |incident, n| {
        incident.tasks.remove(n);
    });
    check(
        &missing,
        procedure,
        6,
        &[(id, Exception, "records no verify_security_controls")],
    );
    let other = task(8, |incident, n| incident.tasks[n].team = "DevOps".to_owned());
    check(&other, procedure, 6, &[(id, Exception, "was done by DevOps")]);
    for team in ["", "SRE", "Ops"] {
        let mut unclear = changed(|_| {});
        unclear.records.incidents[0].value.tasks[8].team = team.to_owned();
        check(
            &unclear,
            procedure,
            6,
            &[(id, Indeterminate, "does not say that InfoSec did")],
        );
    }
    let undated = task(8, |incident, n| incident.tasks[n].done = None);
    check(
        &undated,
        procedure,
        6,
        &[(id, Indeterminate, "gives no time for verify")],
    );
}

#[test]
fn an_outage_that_goes_on_misses_no_step_yet() {
    let world = changed(|incident| {
        *incident = contingency("INC-1", "2026-07-10T08:00");
        incident.restored = None;
        incident.tasks.truncate(3);
        incident.notifications.truncate(4);
    });
    let others = [
        (
            "INC-1/duration",
            Indeterminate,
            "does not say when it was usable again",
        ),
        (
            "INC-1/notifications",
            Indeterminate,
            "is not over at the as-of instant",
        ),
        (
            "INC-1/security-check",
            Indeterminate,
            "is not over at the as-of instant",
        ),
        ("INC-1/tasks", Indeterminate, "is not over at the as-of instant"),
    ];
    check(&world, procedure, 3, &others);
}

#[test]
fn every_outage_is_held_against_the_goal() {
    let until = |text: &'static str| small(move |incident| incident.restored = Some(at(text)));
    check(&until("2026-07-03T08:00"), procedure, 3, &[NO_ACTIVATION]);
    let over = (
        "INC-1/duration",
        Exception,
        "goal not met: the service was affected from",
    );
    check(
        &until("2026-07-03T08:00:01Z"),
        procedure,
        2,
        &[over, NO_ACTIVATION],
    );
    let open = |start: &'static str| {
        small(move |incident| {
            *incident = self::incident("INC-1", start);
            incident.restored = None;
        })
    };
    let on = ("INC-1/duration", Exception, "not restored by the as-of instant");
    check(&open("2026-07-09T23:59:59Z"), procedure, 2, &[on, NO_ACTIVATION]);
    let unsaid = (
        "INC-1/duration",
        Indeterminate,
        "does not say when it was usable again",
    );
    check(&open("2026-07-10"), procedure, 2, &[unsaid, NO_ACTIVATION]);
    let since = small(|incident| incident.impact_start = None);
    let unknown = [
        ("INC-1/duration", Indeterminate, "does not say since when"),
        ("INC-1/recovery-start", Indeterminate, "does not say since when"),
        NO_ACTIVATION,
    ];
    check(&since, procedure, 1, &unknown);
    let mut assumed = small(|_| {});
    assumed.criteria.rto_goal.settled = false;
    let open = (
        "INC-1/duration",
        Indeterminate,
        "rto_goal is neither the policy's nor approved",
    );
    check(&assumed, procedure, 2, &[open, NO_ACTIVATION]);
}

#[test]
fn recovery_of_a_critical_system_begins_within_what_management_set() {
    let id = "INC-1/recovery-start";
    let begun = |text: Option<&'static str>| small(move |incident| incident.recovery_started = text.map(at));
    check(&begun(Some("2026-07-02T09:00")), procedure, 3, &[NO_ACTIVATION]);
    let late = (id, Exception, "began only at 2026-07-02T09:00:01Z");
    check(
        &begun(Some("2026-07-02T09:00:01Z")),
        procedure,
        2,
        &[late, NO_ACTIVATION],
    );
    let unsaid = (id, Indeterminate, "does not say when recovery began");
    check(&begun(None), procedure, 2, &[unsaid, NO_ACTIVATION]);
    let first_task = |done: &'static str| {
        changed(move |incident| {
            incident.recovery_started = None;
            incident.tasks[2].done = Some(at(done));
        })
    };
    check(&first_task("2026-07-02T09:00"), procedure, 7, &[]);
    check(&first_task("2026-07-02T09:00:01Z"), procedure, 6, &[unsaid]);
    for limit in [
        None,
        Some(Goal {
            length: TimeDelta::hours(1),
            settled: false,
        }),
    ] {
        let mut unset = small(|_| {});
        unset.criteria.recovery_start_max = limit;
        check(
            &unset,
            procedure,
            2,
            &[
                (id, Indeterminate, "the policy says 'immediately'"),
                NO_ACTIVATION,
            ],
        );
    }
}

#[test]
fn whether_a_system_is_critical_the_inventory_says() {
    let id = "INC-1/recovery-start";
    let none = (
        "population/critical",
        NoOccurrence,
        "no incident of the period affected a critical system",
    );
    let mut plain = small(|_| {});
    plain.change_system(|system| system.critical = false);
    check(&plain, procedure, 2, &[NO_ACTIVATION, none]);
    let mut unproven = plain.clone();
    unproven.unprove_all(Source::SystemsInventory);
    check(
        &unproven,
        procedure,
        2,
        &[(id, Indeterminate, "systems_inventory"), NO_ACTIVATION],
    );
    let mut disputed = plain.clone();
    disputed.add_conflict(Source::SystemsInventory, "orders");
    check(
        &disputed,
        procedure,
        2,
        &[(id, Indeterminate, "contradict each other"), NO_ACTIVATION],
    );
    let unknown = small(|incident| incident.systems = vec!["other".parse().expect("a system")]);
    check(
        &unknown,
        procedure,
        2,
        &[
            (id, Indeterminate, "the inventory has no system other"),
            NO_ACTIVATION,
        ],
    );
    let unsaid = small(|incident| incident.systems.clear());
    check(
        &unsaid,
        procedure,
        2,
        &[(id, Indeterminate, "names no system"), NO_ACTIVATION],
    );
    let mut two = plain;
    let mut critical = system("broker");
    critical.critical = true;
    two.add_system(critical);
    two.records.incidents[0]
        .value
        .systems
        .push("broker".parse().expect("a system"));
    check(&two, procedure, 3, &[NO_ACTIVATION]);
}

#[test]
fn nothing_is_supported_or_did_not_occur_where_the_register_is_not_whole() {
    for world in [changed(|_| {}), small(|_| {})] {
        let mut broken = world.clone();
        broken.unprove(Source::Incidents, span("2026-07-10", "2026-07-20"));
        let mut unread = world;
        unread.add_misfit(Source::Incidents, Some("INC-2"));
        for world in [broken, unread] {
            let counts = world.run(procedure).counts();
            assert_eq!((counts.get(State::Supported), counts.get(NoOccurrence)), (0, 0));
        }
    }
}

/// Which task begins the recovery.
fn begin(incident: &Incident) -> usize {
    let mut tasks = incident.tasks.iter();
    tasks
        .position(|task| task.name == "begin_recovery")
        .expect("the task")
}

/// A contingency that began four hours before the as-of instant and was over a minute before it, changed.
fn last_hours(change: impl Fn(&mut Incident)) -> World {
    changed(|incident| {
        *incident = contingency("INC-1", "2026-07-10T20:00");
        incident.restored = Some(at("2026-07-10T23:59"));
        change(incident);
    })
}

#[test]
fn what_happens_at_the_as_of_instant_is_no_fact_yet() {
    const AS_OF: &str = "2026-07-11";
    check(&last_hours(|_| {}), procedure, 7, &[]);
    let unactivated = last_hours(|incident| incident.activated = Some(at(AS_OF)));
    let words = "and nobody activated it";
    check(
        &unactivated,
        procedure,
        5,
        &[("INC-1/activation", Exception, words)],
    );
    let no_reason = last_hours(|incident| {
        incident.activated = Some(at(AS_OF));
        incident.predicted_minutes = Some(0);
    });
    let finding = check(&no_reason, procedure, 3, &[NO_ACTIVATION]);
    assert!(finding.observations()[0].text.contains("no reason to activate"));
    let untold = last_hours(|incident| incident.notifications[4].at = at(AS_OF));
    let words = "no notification of the leadership";
    check(
        &untold,
        procedure,
        6,
        &[("INC-1/notifications", Exception, words)],
    );
    let unstarted = last_hours(|incident| {
        incident.recovery_started = Some(at(AS_OF));
        let first = begin(incident);
        incident.tasks[first].done = Some(at(AS_OF));
    });
    let undone = [
        (
            "INC-1/recovery-start",
            Indeterminate,
            "does not say when recovery began",
        ),
        ("INC-1/tasks", Indeterminate, "no time or no team for"),
    ];
    check(&unstarted, procedure, 5, &undone);
    let goes_on = last_hours(|incident| incident.restored = Some(at(AS_OF)));
    let words = "does not say when it was usable again";
    check(
        &goes_on,
        procedure,
        6,
        &[("INC-1/duration", Indeterminate, words)],
    );
}

#[test]
fn an_incident_of_the_instant_after_the_period_is_of_the_next() {
    let mut world = small(|incident| *incident = self::incident("INC-1", "2026-07-11"));
    world.scope.as_of = at("2026-07-12");
    let nothing = "no incident affected a service in the period";
    check(&world, procedure, 0, &[("population", NoOccurrence, nothing)]);
}

#[test]
fn times_may_differ_by_the_clocks_skew_from_the_first_sign_on() {
    let told = |when: &'static str| small(move |incident| incident.notifications[0].at = at(when));
    check(&told("2026-07-02T07:55"), procedure, 3, &[NO_ACTIVATION]);
    // Noticed before a service was affected: it began then.
    let noticed = small(|incident| {
        incident.detected = at("2026-07-02T07:50");
        incident.notifications[0].at = at("2026-07-02T07:51");
    });
    check(&noticed, procedure, 3, &[NO_ACTIVATION]);
    let until = small(|incident| incident.restored = Some(at("2026-07-11T05:05")));
    let words = "not restored by the as-of instant";
    check(
        &until,
        procedure,
        2,
        &[("INC-1/duration", Exception, words), NO_ACTIVATION],
    );
}

#[test]
fn what_is_told_or_done_twice_counts_at_its_best() {
    let told_again = changed(|incident| {
        let late = Notification {
            at: incident.notifications[4].at + TimeDelta::minutes(1),
            ..incident.notifications[1].clone()
        };
        incident.notifications.push(late);
    });
    check(&told_again, procedure, 7, &[]);
    let early = changed(|incident| {
        let (first, second) = (incident.notifications[1].at, incident.notifications[2].clone());
        incident.notifications[1].at = second.at + TimeDelta::minutes(1);
        incident.notifications.push(Notification { at: first, ..second });
    });
    let words = "the other team members told at 2026-07-02T08:15:00Z at the latest";
    check(&early, procedure, 6, &[("INC-1/notifications", Exception, words)]);
    for dated_first in [true, false] {
        let twice = changed(|incident| {
            let mut undated = incident.tasks[1].clone();
            undated.done = None;
            incident.tasks.insert(if dated_first { 2 } else { 1 }, undated);
        });
        check(&twice, procedure, 7, &[]);
        let begun_twice = changed(|incident| {
            incident.recovery_started = None;
            let first = begin(incident);
            let mut late = incident.tasks[first].clone();
            late.done = Some(at("2026-07-02T12:00"));
            incident.tasks.insert(first + usize::from(dated_first), late);
        });
        check(&begun_twice, procedure, 7, &[]);
    }
}
