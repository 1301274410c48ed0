//! The files of `deploy/` beside the program: their command lines are run, and what they say of places agrees. Whether they are
//! well-formed is for the linters of `cargo xtask deploy`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::{backproof, command, end, json, names, quarter_config, scratch};

const PROGRAM: &str = "/usr/local/bin/backproof";
const STATE: &str = "/var/lib/backproof";
const SETTINGS: &str = "/etc/backproof";
const CREDENTIALS: &str = "/run/credentials/backproof.service";

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands behind each `key` at the beginning of a line.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let lines = text
        .lines()
        .map(|line| line.trim_start().trim_start_matches("- "));
    lines
        .filter_map(|line| line.strip_prefix(key))
        .map(str::trim)
        .collect()
}

/// The one value behind `key`.
#[track_caller]
fn value<'a>(text: &'a str, key: &str) -> &'a str {
    match values(text, key)[..] {
        [one] => one,
        ref other => panic!("{key}: {other:?}"),
    }
}

/// The one list of texts in brackets behind `key`, which may go over several lines.
#[track_caller]
fn list(text: &str, key: &str) -> Vec<String> {
    let lists: Vec<_> = text.match_indices(&format!("{key}[")).collect();
    assert_eq!(lists.len(), 1, "{key}");
    let rest = &text[lists[0].0 + key.len()..];
    let end = rest.find(']').expect("the list ends");
    serde_json::from_str(&rest[..=end]).expect("texts in quotes")
}

fn task() -> Value {
    serde_json::from_str(&file("ecs/task-definition.json")).unwrap()
}

/// The arguments of each file that starts the program.
fn command_lines() -> BTreeMap<&'static str, Vec<String>> {
    let service = file("systemd/backproof.service");
    let mut unit = value(&service, "ExecStart=").split(' ').map(str::to_owned);
    assert_eq!(unit.next().as_deref(), Some(PROGRAM));
    let image = file("Containerfile");
    assert_eq!(list(&image, "ENTRYPOINT "), [PROGRAM]);
    let manifest = file("kubernetes/cronjob.yaml");
    let command = task()["containerDefinitions"][0]["command"].take();
    BTreeMap::from([
        ("systemd/backproof.service", unit.collect()),
        ("Containerfile", list(&image, "CMD ")),
        ("kubernetes/cronjob.yaml", list(&manifest, "args: ")),
        (
            "ecs/task-definition.json",
            serde_json::from_value(command).unwrap(),
        ),
    ])
}

#[test]
fn each_command_line_runs_the_program_and_keeps_its_state_in_one_place() {
    for (name, arguments) in command_lines() {
        let place = scratch();
        let (settings, state) = (place.path().join("settings"), place.path().join("state"));
        fs::create_dir_all(settings.join("recorded")).unwrap();
        fs::create_dir(&state).unwrap();
        // Nothing to collect is an error that the run goes on after, and tells.
        let text = "[entity]\nname = \"E\"\nslug = \"e\"\n[[source]]\nkind = \"recorded\"\ndirectory = \"recorded\"\n\
                    [estate.records]\ndatabase = \"d\"\n";
        fs::write(settings.join("backproof.toml"), text).unwrap();
        let moved = |argument: &String| {
            argument
                .replace(SETTINGS, settings.to_str().unwrap())
                .replace(STATE, state.to_str().unwrap())
        };
        let arguments: Vec<String> = arguments.iter().map(moved).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ended = backproof(place.path(), &arguments).expect(1);
        let events: Vec<Value> = ended
            .err
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}")))
            .collect();
        let last = events.last().expect("it says something");
        assert_eq!(last["event"], "done", "{name}: {}", ended.err);
        assert_eq!(names(place.path()), ["settings", "state"], "{name}");
        assert_eq!(names(&settings), ["backproof.toml", "recorded"], "{name}");
        assert_eq!(names(&state), ["ledger", "out"], "{name}");
    }
}

/// Collected by shards and merged, as the manifest says, and the run of the other manifest otherwise.
#[test]
fn the_shards_of_kubernetes_collect_and_are_merged() {
    let (one, sharded) = (file("kubernetes/cronjob.yaml"), file("kubernetes/shards.yaml"));
    let parts = |text: &str| -> Vec<String> { text.split("---\n").map(str::to_owned).collect() };
    let (one, sharded) = (parts(&one), parts(&sharded));
    let [_, volume, account, shards, run] = &sharded[..] else {
        panic!("{} parts", sharded.len())
    };
    let segments = format!("{STATE}/segments");
    let merging = format!(",\n                     \"--segments\", \"{segments}\"]");
    assert_eq!(
        run.replace(&merging, "]"),
        one[3],
        "but for what is merged, it is the same run"
    );
    assert_eq!(account, &one[2]);
    assert_eq!(value(volume, "accessModes: "), "[ReadWriteMany]");
    assert_eq!(value(shards, "claimName: "), value(volume, "name: "));

    // Over before its segments are merged, however late it starts.
    let minutes = |manifest: &str| -> u64 {
        let schedule = value(manifest, "schedule: ").trim_matches('"');
        let [minute, hour, "*", "*", "*"] = schedule.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{schedule}")
        };
        hour.parse::<u64>().unwrap() * 60 + minute.parse::<u64>().unwrap()
    };
    let seconds = |key: &str| value(shards, key).parse::<u64>().unwrap();
    let over =
        minutes(shards) * 60 + seconds("startingDeadlineSeconds: ") + seconds("activeDeadlineSeconds: ");
    assert!(over <= minutes(run) * 60);
    assert_eq!(value(shards, "completionMode: "), "Indexed");
    assert_eq!(value(shards, "restartPolicy: "), "Never");
    assert_eq!(value(shards, "values: "), "[2, 3, 4, 5, 6]");
    assert_eq!(values(shards, "mountPath: "), [STATE, SETTINGS, CREDENTIALS]);

    let place = scratch();
    let (settings, state) = (place.path().join("settings"), place.path().join("state"));
    fs::create_dir(&settings).unwrap();
    fs::create_dir(&state).unwrap();
    let text = quarter_config() + "\n[schedule]\nfirst_month = \"2026-12\"\n";
    fs::write(settings.join("backproof.toml"), text).unwrap();
    let moved = |argument: &String| {
        argument
            .replace(SETTINGS, settings.to_str().unwrap())
            .replace(STATE, state.to_str().unwrap())
            .replace("$(RUN)", "backproof-shards-29398757")
    };
    let arguments: Vec<String> = list(shards, "args: ").iter().map(moved).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let completions: u32 = value(shards, "completions: ").parse().unwrap();
    for index in 0..completions {
        let mut pod = command(place.path(), &arguments);
        pod.env("JOB_COMPLETION_INDEX", index.to_string());
        let ended = end(pod);
        assert!([0, 4].contains(&ended.code), "{index}: {}", ended.err);
    }
    let mut one_too_many = command(place.path(), &arguments);
    one_too_many.env("JOB_COMPLETION_INDEX", completions.to_string());
    end(one_too_many).expect(2);

    let arguments: Vec<String> = list(run, "args: ").iter().map(moved).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = backproof(place.path(), &arguments).expect(4);
    let merged = ended
        .err
        .lines()
        .map(json)
        .find(|event| event["event"] == "merged")
        .expect(&ended.err);
    assert_eq!(merged["shards"], completions, "{merged}");
    assert_eq!(merged["new"], merged["pulls"], "{merged}");
    assert_eq!(names(&state), ["ledger", "out", "segments"]);
}

/// The array job collects as the Indexed Job does.
#[test]
fn the_array_job_collects_a_shard() {
    let read = |name: &str| -> Value { json(&file(&format!("batch/{name}.json"))) };
    let (job, mut schedule) = (read("job-definition"), read("schedule"));
    let input = json(schedule["Target"]["Input"].take().as_str().unwrap());
    assert_eq!(input["JobDefinition"], job["jobDefinitionName"]);
    let scheduled = |text: &str| text.replace("<aws.scheduler.scheduled-time>", "2026-11-27T01:17:00Z");
    let parameter = |name: &str| scheduled(input["Parameters"][name].as_str().unwrap());
    let size = input["ArrayProperties"]["Size"].to_string();
    assert_eq!(parameter("shards"), size);

    let container = &job["containerProperties"];
    let command_line: Vec<String> = serde_json::from_value(container["command"].clone()).unwrap();
    let filled: Vec<String> = command_line
        .iter()
        .map(|argument| {
            argument
                .replace("Ref::shards", &size)
                .replace("Ref::run", &parameter("run"))
        })
        .collect();
    let manifest = file("kubernetes/shards.yaml");
    let pod = manifest.split("---\n").nth(3).unwrap();
    let of_pod: Vec<String> = list(pod, "args: ")
        .iter()
        .map(|argument| argument.replace("$(RUN)", &parameter("run")))
        .collect();
    assert_eq!(filled, of_pod);

    let task = task();
    let of_task = &task["containerDefinitions"][0];
    for key in ["image", "user", "mountPoints"] {
        assert_eq!(container[key], of_task[key], "{key}");
    }
    assert_eq!(container["volumes"], task["volumes"]);
    let ends = job["retryStrategy"]["evaluateOnExit"].as_array().unwrap().iter();
    let ends: Vec<_> = ends
        .map(|rule| {
            (
                rule["onExitCode"].as_str().unwrap(),
                rule["action"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(ends, ["2", "3", "4", "5", "6"].map(|code| (code, "EXIT")));

    let place = scratch();
    let (settings, state) = (place.path().join("settings"), place.path().join("state"));
    fs::create_dir(&settings).unwrap();
    fs::create_dir(&state).unwrap();
    fs::write(settings.join("backproof.toml"), quarter_config()).unwrap();
    let moved = |argument: &String| {
        argument
            .replace(SETTINGS, settings.to_str().unwrap())
            .replace(STATE, state.to_str().unwrap())
    };
    let arguments: Vec<String> = filled.iter().map(moved).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = command(place.path(), &arguments);
    child
        .env("AWS_BATCH_JOB_ARRAY_INDEX", "6")
        .env("AWS_BATCH_JOB_ARRAY_SIZE", &size);
    let ended = end(child);
    assert!([0, 4].contains(&ended.code), "{}", ended.err);
    let segment = state.join(format!("segments/2026-11-27T01:17:00Z/6-of-{size}/segment.json"));
    assert!(segment.exists(), "{}", segment.display());
}

#[test]
fn all_start_the_same_run() {
    let lines = command_lines();
    let expected = [
        "run",
        "--scheduled",
        "--log",
        "json",
        "--config",
        &format!("{SETTINGS}/backproof.toml"),
        "--ledger",
        &format!("{STATE}/ledger"),
        "--out",
        &format!("{STATE}/out"),
    ];
    for (name, line) in lines {
        assert_eq!(line, expected, "{name}");
    }
}

#[test]
fn state_settings_and_credentials_lie_where_the_command_line_looks() {
    let service = file("systemd/backproof.service");
    assert_eq!(format!("/var/lib/{}", value(&service, "StateDirectory=")), STATE);
    assert_eq!(value(&service, "WorkingDirectory="), STATE);
    let account = file("systemd/backproof.sysusers.conf");
    let account = value(&account, "u ");
    assert!(account.starts_with(&format!("{} - ", value(&service, "User="))));
    assert!(account.ends_with(STATE), "{account}");

    let manifest = file("kubernetes/cronjob.yaml");
    assert_eq!(values(&manifest, "mountPath: "), [STATE, SETTINGS, CREDENTIALS]);
    assert_eq!(value(&manifest, "workingDir: "), STATE);

    let container = &task()["containerDefinitions"][0];
    let mounts = container["mountPoints"].as_array().unwrap().iter();
    let mounts: Vec<_> = mounts
        .map(|mount| {
            (
                mount["containerPath"].as_str().unwrap(),
                mount["readOnly"] == true,
            )
        })
        .collect();
    assert_eq!(mounts, [(STATE, false), (SETTINGS, true)]);
    assert_eq!(container["workingDirectory"], STATE);

    // Who writes the state is one number, in the image and wherever it runs.
    let image = file("Containerfile");
    let user = value(&image, "USER ");
    assert_eq!(container["user"], user);
    for key in ["runAsUser: ", "runAsGroup: ", "fsGroup: "] {
        assert_eq!(format!("{0}:{0}", value(&manifest, key)), user, "{key}");
    }
}

#[test]
fn the_configuration_is_read_and_names_the_same_places() {
    let place = scratch();
    let text = file("backproof.toml");
    fs::write(place.path().join("backproof.toml"), &text).unwrap();
    backproof(place.path(), &["explain", "CT-05"]).expect(0);

    let config: toml::Table = text.parse().unwrap();
    let says = |section: &str, key: &str| config[section][key].as_str().unwrap().to_owned();
    assert_eq!(says("ledger", "directory"), format!("{STATE}/ledger"));
    assert_eq!(says("archive", "receipts"), format!("{STATE}/archive"));
    let service = file("systemd/backproof.service");
    let (credential, _) = value(&service, "LoadCredential=").split_once(':').unwrap();
    assert_eq!(says("signing", "key"), format!("file:{CREDENTIALS}/{credential}"));
    let secret = task()["containerDefinitions"][0]["secrets"][0]["name"].take();
    let on_ecs = format!("key = \"env:{}\"", secret.as_str().unwrap());
    assert!(text.contains(&on_ecs), "{on_ecs}");
}

#[test]
fn each_exit_code_has_its_place() {
    let place = scratch();
    let help = backproof(place.path(), &["--help"]).expect(0).out;
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let codes: Vec<u8> = codes
        .lines()
        .map(|line| line.trim().split_once("  ").unwrap().0.parse().unwrap())
        .collect();
    assert_eq!(codes[..2], [0, 1]);

    // The schema of Kubernetes takes any text for these, and a failure policy without `Never` only the server refuses.
    let manifest = file("kubernetes/cronjob.yaml");
    assert_eq!(value(&manifest, "concurrencyPolicy: "), "Forbid");
    assert_eq!(value(&manifest, "restartPolicy: "), "Never");
    // Only an error is tried again: a second run would hide what the first one said.
    let final_codes: Vec<u8> = serde_json::from_str(value(&manifest, "values: ")).unwrap();
    assert_eq!(final_codes, codes[2..]);

    let readme = file("README.md");
    let (_, table) = readme.split_once("| exit code |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut told: Vec<u8> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split(','))
        .map(|code| code.trim().parse().unwrap())
        .collect();
    told.sort_unstable();
    assert_eq!(told, codes);
}
