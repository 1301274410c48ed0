//! The structure, checked: which room may import which, how long a file and a function may be, what the verifier may
//! not touch. The table below is the drawing in ARCHITECTURE.md.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use syn::visit::{self, Visit};

/// Each room of `src/` and the rooms that it may import. A room may always import itself and the verifier's formats.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ledger", &["model"]),
    ("service", &["model"]),
    ("collect", &["ledger", "model", "service"]),
    ("normalize", &["ledger", "model"]),
    ("catalogue", &["model"]),
    ("evaluate", &["catalogue", "model"]),
    ("report", &["catalogue", "model"]),
    ("bundle", &["model"]),
    ("sign", &["model", "service"]),
    ("archive", &["model", "service"]),
    (
        "cli",
        &[
            "archive",
            "bundle",
            "catalogue",
            "collect",
            "evaluate",
            "ledger",
            "model",
            "normalize",
            "report",
            "service",
            "sign",
        ],
    ),
];

/// Lines of a file, tests not counted.
const FILE_LINES_MAX: usize = 450;
/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 80;
/// Lines of a function of the chores, whose lists of planted facts read better whole.
const CHORE_LINES_MAX: usize = 100;
/// What the verifier must not touch: it takes bytes, anchors and a time.
const VERIFIER_BANNED: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::time",
    "std::thread",
];
/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "manager", "misc"];

/// Checks the whole tree and lists every fault.
pub fn run(root: &Path) -> Result<()> {
    let mut faults = Vec::new();
    for file in rust_files(&root.join("src"))? {
        let room = room_of(&root.join("src"), &file);
        check(root, &file, room.as_deref(), false, &mut faults)?;
    }
    for file in rust_files(&root.join("verify/src"))? {
        check(root, &file, None, true, &mut faults)?;
    }
    for file in rust_files(&root.join("page/src"))? {
        check(root, &file, None, false, &mut faults)?;
    }
    for file in rust_files(&root.join("xtask/src"))? {
        check(root, &file, None, false, &mut faults)?;
    }
    if faults.is_empty() {
        println!("tidy: arrows, sizes and names hold");
        return Ok(());
    }
    bail!("tidy found {} faults:\n  {}", faults.len(), faults.join("\n  "));
}

pub(crate) fn rust_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = fs::read_dir(dir).with_context(|| format!("can't list {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The room that a file belongs to; `None` for `lib.rs` and `main.rs`.
fn room_of(src: &Path, file: &Path) -> Option<String> {
    let inside = file.strip_prefix(src).ok()?;
    let first = inside
        .components()
        .next()?
        .as_os_str()
        .to_str()?
        .trim_end_matches(".rs")
        .to_owned();
    (!matches!(first.as_str(), "lib" | "main")).then_some(first)
}

fn check(
    root: &Path,
    file: &Path,
    room: Option<&str>,
    verifier: bool,
    faults: &mut Vec<String>,
) -> Result<()> {
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let text = fs::read_to_string(file).with_context(|| format!("can't read {shown}"))?;
    let syntax = syn::parse_file(&text).with_context(|| format!("can't parse {shown}"))?;
    let stem = file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    if EMPTY_NAMES.contains(&stem) {
        faults.push(format!("{shown}: the name says nothing: name the idea"));
    }
    let is_test = stem == "tests" || stem == "testing" || shown.contains("/tests/");
    let lines = text
        .split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default()
        .lines()
        .count();
    if lines > FILE_LINES_MAX && !is_test {
        faults.push(format!(
            "{shown}: {lines} lines, at most {FILE_LINES_MAX}: which idea is hiding in it?"
        ));
    }
    let mut walk = Walk::default();
    walk.visit_file(&syntax);
    let max = if shown.starts_with("xtask") {
        CHORE_LINES_MAX
    } else {
        FUNCTION_LINES_MAX
    };
    for (name, lines) in walk
        .functions
        .iter()
        .filter(|(_, lines)| *lines > max && !is_test)
    {
        faults.push(format!("{shown}: fn {name} has {lines} lines, at most {max}"));
    }
    if verifier {
        for banned in VERIFIER_BANNED
            .iter()
            .filter(|banned| walk.paths.iter().any(|path| path.starts_with(**banned)))
        {
            faults.push(format!("{shown}: the verifier must not use {banned}"));
        }
    }
    if let Some(room) = room {
        let allowed = ARROWS
            .iter()
            .find(|(name, _)| *name == room)
            .map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            faults.push(format!(
                "{shown}: no room is called {room}: add it to the table in tidy and to ARCHITECTURE.md"
            ));
            return Ok(());
        };
        for target in walk
            .rooms()
            .into_iter()
            .filter(|target| target != room && !allowed.contains(&target.as_str()))
        {
            faults.push(format!("{shown}: {room} must not import {target}"));
        }
    }
    Ok(())
}

/// Collects what a file refers to and how long its functions are. Test modules are left out.
#[derive(Default)]
struct Walk {
    paths: BTreeSet<String>,
    functions: Vec<(String, usize)>,
}

impl Walk {
    /// The rooms of our own crate that the file names.
    fn rooms(&self) -> BTreeSet<String> {
        let named = self.paths.iter().filter_map(|path| path.strip_prefix("crate::"));
        let rooms = named.filter_map(|path| path.split("::").next());
        rooms
            .filter(|room| ARROWS.iter().any(|(name, _)| name == room))
            .map(str::to_owned)
            .collect()
    }

    fn function(&mut self, name: &syn::Ident, body: &syn::Block) {
        let braces = &body.brace_token.span;
        let lines = braces.close().end().line - braces.open().start().line + 1;
        self.functions.push((name.to_string(), lines));
    }
}

fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test_only(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        flatten(&item.tree, String::new(), &mut self.paths);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.paths.insert(parts.join("::"));
        visit::visit_path(self, path);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.function(&function.sig.ident, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.function(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}

/// Writes out `use a::{b, c::d}` as `a::b` and `a::c::d`.
fn flatten(tree: &syn::UseTree, prefix: String, paths: &mut BTreeSet<String>) {
    let join = |name: &syn::Ident| {
        if prefix.is_empty() {
            name.to_string()
        } else {
            format!("{prefix}::{name}")
        }
    };
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, join(&path.ident), paths),
        syn::UseTree::Name(name) => drop(paths.insert(join(&name.ident))),
        syn::UseTree::Rename(rename) => drop(paths.insert(join(&rename.ident))),
        syn::UseTree::Glob(_) => drop(paths.insert(prefix)),
        syn::UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| flatten(tree, prefix.clone(), paths)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_room_is_seen() {
        let text = "use crate::{sign::Signer, model as m};\nfn f() { crate::ledger::open(); }\n\
                    #[cfg(test)]\nmod tests { use crate::cli::run; }";
        let mut walk = Walk::default();
        walk.visit_file(&syn::parse_file(text).expect("parses"));
        assert_eq!(
            walk.rooms(),
            BTreeSet::from(["ledger", "model", "sign"].map(str::to_owned))
        );
    }
}
