//! An output directory that can't be used, and a disk that is full: all of the package or nothing.

use std::fs;
use std::process::Command;

use crate::harness::names;
use crate::world::World;

const HINT: &str = "\n  hint: name a directory that can be written to, with --out";

fn collected() -> World {
    let world = World::new();
    world.backproof(&["collect"]).expect(4);
    world
}

#[track_caller]
fn check(world: &World, out: &str, expected: &str) {
    let before = names(world.dir());
    let said = world
        .backproof(&["run", "--period", "2026-Q3", "--out", out])
        .expect(1);
    world.says(&said, &format!("{expected}{HINT}"));
    assert_eq!(names(world.dir()), before, "something was left behind");
}

#[test]
fn a_file_in_its_place() {
    let world = World::new();
    world.write("out", "mine");
    check(
        &world,
        "out",
        "error: can't write to the output directory out: File exists (os error 17)",
    );
    assert_eq!(fs::read(world.path("out")).unwrap(), b"mine");
}

#[test]
fn a_directory_below_a_file() {
    let world = World::new();
    world.write("file", "mine");
    check(
        &world,
        "file/out",
        "error: can't write to the output directory file/out: Not a directory (os error 20)",
    );
}

/// Nobody can make files there, not even root, who may write to what is marked as read-only.
#[test]
fn a_place_where_nobody_can_write() {
    let world = World::new();
    let said = world
        .backproof(&["run", "--period", "2026-Q3", "--out", "/proc/self"])
        .expect(1);
    let start = "error: can't write to the output directory /proc/self: ";
    assert!(
        said.err.starts_with(start) && said.err.ends_with(&format!("{HINT}\n")),
        "{}",
        said.err
    );
    assert_eq!(names(world.dir()), ["backproof.toml"]);
}

#[test]
fn a_directory_with_the_name_of_the_bundle() {
    let world = collected();
    fs::create_dir_all(world.path("out/luma-2026-Q3.zip")).unwrap();
    let said = world.backproof(&["package", "--period", "2026-Q3"]).expect(1);
    world.says(
        &said,
        "error: can't write out/luma-2026-Q3.zip: a directory has this name",
    );
    assert_eq!(names(&world.path("out")), ["luma-2026-Q3.zip"]);
}

#[test]
fn a_disk_that_is_full_leaves_no_half_of_a_package() {
    let world = collected();
    // The first package makes the development identity and is then the one that must stay.
    world.backproof(&["package", "--period", "2026-Q3"]).expect(3);
    let read = |name: &str| fs::read(world.path("out").join(name)).unwrap();
    let before = names(&world.path("out"))
        .into_iter()
        .map(|name| (read(&name), name));
    let before: Vec<_> = before.collect();
    let total: usize = before.iter().map(|(bytes, _)| bytes.len()).sum();
    // Blocks of 1,024 bytes: the mean length of report and bundle lies between the two.
    let blocks = total / before.len() / 1024;
    for out in ["out", "new"] {
        // The operating system itself refuses a file of the bundle's length, and lets the report through.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut command = Command::new("bash");
        command.env_clear().current_dir(world.dir()).args(["-c", &script]);
        command.arg(env!("CARGO_BIN_EXE_backproof"));
        command.args(["package", "--period", "2026-Q3", "--out", out]);
        let said = crate::harness::end(command).expect(1);
        let expected =
            format!("error: can't write {out}/luma-2026-Q3.zip\n  because: File too large (os error 27)");
        world.says(&said, &expected);
        for (bytes, name) in &before {
            assert!(read(name) == *bytes, "{name} was changed");
        }
        assert_eq!(names(&world.path("out")).len(), before.len());
        assert!(!world.path("new").exists());
    }
}
