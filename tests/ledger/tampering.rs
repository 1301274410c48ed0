//! A change of any byte, entry, order or head is found and named, by readers and by writers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use backproof::ledger::{Ledger, LedgerError, Tampering};
use backproof::model::ids::Sha256Digest;

use super::{JOB, an_object, append, entry, files, holder, made, read_error, reopen_error, scratch};

#[test]
fn a_flip_of_any_byte_in_any_file_is_found_and_named() {
    let dir = made();
    for (name, original) in files(dir.path()) {
        let path = dir.path().join(&name);
        for offset in 0..original.len() {
            for mask in [0x01, 0x20] {
                let mut flipped = original.clone();
                flipped[offset] ^= mask;
                fs::write(&path, &flipped).unwrap();
                let said = read_error(dir.path()).to_string();
                let short = name.file_name().unwrap().to_str().unwrap();
                assert!(said.contains(short), "{}, byte {offset}: {said}", name.display());
                assert!(
                    reopen_error(dir.path()).is_some(),
                    "{}, byte {offset}",
                    name.display()
                );
            }
        }
        fs::write(&path, &original).unwrap();
    }
    Ledger::read(dir.path()).expect("undone, it is whole again");
}

/// Applies `change` to a fresh ledger; both a reader and a writer must then name `named`.
fn check_attack(named: &str, change: impl FnOnce(&Path)) {
    let dir = made();
    change(dir.path());
    for said in [Some(read_error(dir.path())), reopen_error(dir.path())] {
        let said = said.unwrap_or_else(|| panic!("the change of {named} was not found by a writer"));
        assert!(
            matches!(
                &said,
                LedgerError::Tampered { .. } | LedgerError::NotALedger { .. }
            ),
            "{named}: {said:?}"
        );
        assert!(said.to_string().contains(named), "{named}: {said}");
    }
}

#[test]
fn changes_of_the_structure_are_found_and_named() {
    for number in 1..=3 {
        let name = format!("{number:08}.json");
        check_attack(&name, |dir| fs::remove_file(entry(dir, number)).unwrap());
        check_attack(&name, |dir| fs::write(entry(dir, number), b"").unwrap());
        check_attack(&name, |dir| {
            let bytes = fs::read(entry(dir, number)).unwrap();
            fs::write(entry(dir, number), &bytes[..bytes.len() / 2]).unwrap();
        });
        check_attack(&name, |dir| {
            let text = fs::read_to_string(entry(dir, number)).unwrap();
            fs::write(entry(dir, number), text.replace("\"complete\"", "\"COMPLETE\"")).unwrap();
        });
        check_attack(&name, |dir| {
            let bytes = fs::read(entry(dir, number)).unwrap();
            fs::remove_file(entry(dir, number)).unwrap();
            fs::write(dir.join("elsewhere"), bytes).unwrap();
            symlink(dir.join("elsewhere"), entry(dir, number)).unwrap();
            fs::rename(dir.join("elsewhere"), dir.with_extension("elsewhere")).unwrap();
        });
    }
    check_attack("00000003.json", |dir| {
        fs::rename(entry(dir, 2), dir.join("entries/x")).unwrap();
        fs::rename(entry(dir, 3), entry(dir, 2)).unwrap();
        fs::rename(dir.join("entries/x"), entry(dir, 3)).unwrap();
    });
    check_attack("00000004.json", |dir| {
        fs::copy(entry(dir, 3), entry(dir, 4)).unwrap();
    });
    check_attack("1.json", |dir| {
        fs::copy(entry(dir, 1), dir.join("entries/1.json")).unwrap();
    });
    check_attack("head.json", |dir| fs::remove_file(dir.join("head.json")).unwrap());
    check_attack("FORMAT", |dir| fs::remove_file(dir.join("FORMAT")).unwrap());
    check_attack("notes.txt", |dir| fs::write(dir.join("notes.txt"), b"").unwrap());
    check_attack("more", |dir| fs::create_dir(dir.join("more")).unwrap());
    check_attack("objects/notes.txt", |dir| {
        fs::write(dir.join("objects/notes.txt"), b"").unwrap()
    });
    for remove_or_cut in [true, false] {
        let named = an_object(made().path())
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        check_attack(&named, |dir| {
            let object = an_object(dir);
            if remove_or_cut {
                fs::remove_file(object).unwrap()
            } else {
                fs::write(object, b"x").unwrap()
            }
        });
    }
    check_attack("objects/ab/", |dir| {
        fs::create_dir_all(dir.join("objects/ab")).unwrap();
        fs::copy(an_object(dir), dir.join("objects/ab").join("0".repeat(64))).unwrap();
    });
}

#[test]
fn a_head_set_back_loses_nothing() {
    let dir = scratch();
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let mut heads = Vec::new();
    for (name, bodies) in JOB {
        heads.push(fs::read(dir.path().join("head.json")).unwrap());
        append(&mut ledger, name, bodies).unwrap();
    }
    let whole = ledger.head();
    ledger.seal().unwrap();
    // By two or three: no kill does that.
    for back in &heads[..2] {
        fs::write(dir.path().join("head.json"), back).unwrap();
        for said in [read_error(dir.path()), reopen_error(dir.path()).unwrap()] {
            assert!(
                matches!(
                    said,
                    LedgerError::Tampered {
                        what: Tampering::Count { .. },
                        ..
                    }
                ),
                "{said:?}"
            );
        }
    }
    // By one: a reader refuses it, and a writer takes the entry up again.
    fs::write(dir.path().join("head.json"), &heads[2]).unwrap();
    let said = read_error(dir.path());
    assert!(
        matches!(&said, LedgerError::Interrupted { path } if path.ends_with("00000003.json")),
        "{said:?}"
    );
    assert_eq!(Ledger::open(dir.path(), &holder()).unwrap().head(), whole);
    assert_eq!(Ledger::read(dir.path()).unwrap().head(), whole);
    // But not without the bytes that it names.
    fs::write(dir.path().join("head.json"), &heads[2]).unwrap();
    let third = files(dir.path())
        .into_iter()
        .find(|(_, bytes)| bytes == b"third")
        .unwrap()
        .0;
    fs::remove_file(dir.path().join(third)).unwrap();
    assert!(matches!(
        Ledger::open(dir.path(), &holder()),
        Err(LedgerError::Tampered { .. })
    ));
    assert_eq!(fs::read(dir.path().join("head.json")).unwrap(), heads[2]);
}

#[test]
fn a_pull_does_not_rest_on_an_altered_object() {
    let dir = made();
    let object = an_object(dir.path());
    let body = fs::read(&object).unwrap();
    fs::write(&object, [body.as_slice(), b"!"].concat()).unwrap();
    let mut ledger = Ledger::open(dir.path(), &holder()).unwrap();
    let said = ledger.store(&body).unwrap_err().to_string();
    assert!(
        said.contains(object.to_str().unwrap()) && said.contains("expected sha256"),
        "{said}"
    );
}

#[test]
fn an_entry_forged_onto_the_end_is_refused_where_its_pull_stands_already() {
    let dir = made();
    let third = fs::read_to_string(entry(dir.path(), 3)).unwrap();
    let (before, _) = third.split_once("\"number\":3").unwrap();
    let previous = Sha256Digest::of(third.as_bytes());
    let forged = format!("{before}\"number\":4,\"previous\":\"{previous}\"}}");
    fs::write(entry(dir.path(), 4), &forged).unwrap();
    let head = fs::read_to_string(dir.path().join("head.json")).unwrap();
    for with_head in [false, true] {
        if with_head {
            let digest = Sha256Digest::of(forged.as_bytes()).to_string();
            let moved = head.replace(":3,", ":4,").replace(&previous.to_string(), &digest);
            fs::write(dir.path().join("head.json"), moved).unwrap();
        }
        let said = reopen_error(dir.path()).unwrap().to_string();
        assert!(
            said.contains("00000004.json") && said.contains("a/3 stands in"),
            "{said}"
        );
        assert!(Ledger::read(dir.path()).is_err());
    }
    // Nor is an entry taken up that fits the chain and not its bodies.
    fs::write(dir.path().join("head.json"), &head).unwrap();
    let longer = forged.replace("a/3", "a/4").replace("\"size\":5", "\"size\":6");
    fs::write(entry(dir.path(), 4), longer).unwrap();
    let said = Ledger::open(dir.path(), &holder()).unwrap_err().to_string();
    assert!(
        said.contains("00000004.json") && said.contains("it says 6 bytes"),
        "{said}"
    );
    // An entry that follows something else than the head is not taken up.
    fs::write(dir.path().join("head.json"), &head).unwrap();
    let other = forged
        .replace(&previous.to_string(), &"0".repeat(64))
        .replace("a/3", "a/4");
    fs::write(entry(dir.path(), 4), other).unwrap();
    let said = reopen_error(dir.path()).unwrap().to_string();
    assert!(
        said.contains("00000004.json") && said.contains("head.json"),
        "{said}"
    );
}
