//! The verbs of a scenario. Each has to change something: a patch that touches nothing makes a scenario that can't fail.

use std::collections::BTreeSet;

use backproof::model::source::Source;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::pulls::{Course, Courses, Which};
use crate::wire::{dated, member};
use crate::world::{Row, Site, World, Written, instant};

/// One text, or several of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Several(Vec<String>),
}

impl Texts {
    fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }

    fn sources(&self) -> Result<Vec<Source>, String> {
        self.all().iter().map(|name| source(name)).collect()
    }
}

/// `[[add]]`: a row that the base lacks.
#[derive(Debug, Deserialize)]
pub(crate) struct Add {
    source: String,
    #[serde(flatten)]
    row: Map<String, Value>,
}

/// `[[change]]` and `[[remove]]`: which rows, since when, and what becomes of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    source: Texts,
    #[serde(rename = "in")]
    place: Option<String>,
    call: Option<String>,
    /// Members of the body by their dotted paths. At least one has to be told.
    #[serde(rename = "where")]
    members: Map<String, Value>,
    /// Of daily rows, those of these days.
    days: Option<Vec<String>>,
    /// Collections before this instant still show the rows as they were.
    from: Option<String>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    unset: Vec<String>,
}

/// `[[empty]]`: a source that answers with no row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Empty {
    source: Texts,
    #[serde(rename = "in")]
    place: Option<String>,
    call: Option<String>,
}

/// `[[fail]]`, `[[cut]]`, `[[blank]]`, `[[drop]]`: pulls that are refused, lack their last page, have no byte, or were never
/// made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spoil {
    source: Texts,
    #[serde(rename = "in")]
    place: Option<String>,
    call: Option<String>,
    part: Option<String>,
    /// The days of the collections; every one without it.
    run: Option<Texts>,
    /// What the service said to a refused pull.
    code: Option<String>,
}

/// `[[estate]]`: a place that has to be covered besides those of the base, or instead of the one of its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EstateChange {
    covers: Site,
    collected: bool,
}

fn source(text: &str) -> Result<Source, String> {
    text.parse().map_err(|error| format!("{error}"))
}

impl Edit {
    /// The rows of `source` that are meant, by their numbers. There has to be one.
    fn rows(&self, world: &World, source: Source) -> Result<BTreeSet<usize>, String> {
        let call = self
            .call
            .as_deref()
            .map(|call| world.call(source, Some(call)))
            .transpose()?;
        if self.members.is_empty() {
            return Err(format!("`where` has to name a member of {source}"));
        }
        let rows = world.rows.get(&source).map(Vec::as_slice).unwrap_or_default();
        let is_meant = |row: &Row| {
            call.is_none_or(|call| call == row.call)
                && self.place.as_ref().is_none_or(|place| in_place(row, place))
                && self
                    .days
                    .as_ref()
                    .is_none_or(|days| row.day.as_ref().is_some_and(|day| days.contains(day)))
                && self
                    .members
                    .iter()
                    .all(|(path, value)| member(&row.body, path) == Some(value))
        };
        let meant: BTreeSet<_> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| is_meant(row))
            .map(|(n, _)| n)
            .collect();
        match meant.is_empty() {
            true => Err(format!(
                "no row of {source} is like {:?} {:?}",
                self.members, self.days
            )),
            false => Ok(meant),
        }
    }

    /// Changes the rows, since `from` or always.
    pub(crate) fn change(self, world: &mut World) -> Result<(), String> {
        let sources = self.source.sources()?;
        sources
            .into_iter()
            .try_for_each(|source| self.change_in(source, world))
    }

    fn change_in(&self, source: Source, world: &mut World) -> Result<(), String> {
        let meant = self.rows(world, source)?;
        let from = self.from.as_deref().map(instant).transpose()?;
        let rows = world.rows.entry(source).or_default();
        for number in meant {
            let before = rows[number].clone();
            let mut changed = before.clone();
            let day = before.day.as_ref().and_then(|day| day.parse().ok());
            let set = day.map_or(self.set.clone(), |day| dated(&self.set, "day", day));
            for (path, value) in &set {
                put(&mut changed.body, path, Some(value.clone()))?;
            }
            for path in &self.unset {
                member(&before.body, path).ok_or_else(|| format!("{path} is not there to be unset"))?;
                put(&mut changed.body, path, None)?;
            }
            if changed == before {
                return Err(format!("the change of {:?} changes nothing", before.body));
            }
            match from {
                None => rows[number] = changed,
                Some(from) => {
                    rows[number].until = Some(from);
                    changed.from = Some(from);
                    rows.push(changed);
                }
            }
        }
        Ok(())
    }

    /// Takes the rows away, since `from` or altogether.
    pub(crate) fn remove(self, world: &mut World) -> Result<(), String> {
        if !(self.set.is_empty() && self.unset.is_empty()) {
            return Err("what is removed has no members to set".to_owned());
        }
        let sources = self.source.sources()?;
        sources
            .into_iter()
            .try_for_each(|source| self.remove_in(source, world))
    }

    fn remove_in(&self, source: Source, world: &mut World) -> Result<(), String> {
        let meant = self.rows(world, source)?;
        let rows = world.rows.entry(source).or_default();
        match self.from.as_deref().map(instant).transpose()? {
            Some(from) => meant.iter().for_each(|number| rows[*number].until = Some(from)),
            None => {
                let mut number = 0..;
                rows.retain(|_| !number.next().is_some_and(|number| meant.contains(&number)));
            }
        }
        Ok(())
    }
}

fn in_place(row: &Row, place: &str) -> bool {
    place == row.region || place == format!("{}/{}", row.account, row.region)
}

impl Add {
    pub(crate) fn apply(self, world: &mut World) -> Result<(), String> {
        let source = source(&self.source)?;
        let written: Written =
            serde_json::from_value(Value::Object(self.row)).map_err(|error| format!("add: {error}"))?;
        let rows = world.expand(source, written)?;
        world.rows.entry(source).or_default().extend(rows);
        Ok(())
    }
}

/// Puts `value` at a dotted path, or takes away what is there.
fn put(body: &mut Map<String, Value>, path: &str, value: Option<Value>) -> Result<(), String> {
    let Some((first, rest)) = path.split_once('.') else {
        match value {
            Some(value) => body.insert(path.to_owned(), value),
            None => body.remove(path),
        };
        return Ok(());
    };
    let mut whole = Value::Object(std::mem::take(body));
    let (holder, last) = rest
        .rsplit_once('.')
        .map_or((first.to_owned(), rest), |(middle, last)| {
            (format!("{first}.{middle}"), last)
        });
    let pointer = format!("/{}", holder.replace('.', "/"));
    let put = match whole.pointer_mut(&pointer) {
        Some(Value::Object(members)) => {
            match value {
                Some(value) => members.insert(last.to_owned(), value),
                None => members.remove(last),
            };
            Ok(())
        }
        Some(Value::Array(items)) => match (last.parse::<usize>().ok().filter(|n| *n < items.len()), value) {
            (Some(number), Some(value)) => {
                items[number] = value;
                Ok(())
            }
            (Some(number), None) => {
                items.remove(number);
                Ok(())
            }
            (None, _) => Err(format!("{path} names no item of the list")),
        },
        _ => Err(format!("nothing at {holder} can hold {last}")),
    };
    if let Value::Object(members) = whole {
        *body = members;
    }
    put
}

impl Empty {
    pub(crate) fn apply(self, world: &mut World) -> Result<(), String> {
        let sources = self.source.sources()?;
        sources
            .into_iter()
            .try_for_each(|source| self.empty(source, world))
    }

    fn empty(&self, source: Source, world: &mut World) -> Result<(), String> {
        let call = self
            .call
            .as_deref()
            .map(|call| world.call(source, Some(call)))
            .transpose()?;
        let rows = world.rows.entry(source).or_default();
        let before = rows.len();
        rows.retain(|row| {
            let meant = call.is_none_or(|call| call == row.call)
                && self.place.as_ref().is_none_or(|place| in_place(row, place));
            !meant
        });
        match rows.len() < before {
            true => Ok(()),
            false => Err(format!("{source} is empty already")),
        }
    }
}

impl Spoil {
    /// Adds that the pulls meant go `course`.
    fn go(&self, course: Option<&Course>, world: &World, courses: &mut Courses) -> Result<(), String> {
        let place = self.place.as_deref().map(|place| match place.rsplit_once('/') {
            Some((account, region)) => Ok((account.to_owned(), region.to_owned())),
            None => world.place("aws", Some(place)),
        });
        let place = place.transpose()?;
        let runs = match &self.run {
            None => vec![None],
            Some(days) => days
                .all()
                .iter()
                .map(|day| instant(day).map(Some))
                .collect::<Result<_, _>>()?,
        };
        for source in self.source.sources()? {
            courses.extend(runs.iter().map(|run| {
                let which = Which {
                    source,
                    place: place.clone(),
                    operation: self.call.clone(),
                    part: self.part.clone(),
                    run: *run,
                };
                (which, course.cloned())
            }));
        }
        Ok(())
    }

    /// A refusal.
    pub(crate) fn refused(self, world: &World, courses: &mut Courses) -> Result<(), String> {
        let code = self.code.as_deref().unwrap_or("AccessDeniedException");
        self.go(Some(&Course::Refused(code.to_owned())), world, courses)
    }

    /// A missing page.
    pub(crate) fn cut(self, world: &World, courses: &mut Courses) -> Result<(), String> {
        self.no_code()?;
        self.go(Some(&Course::Cut), world, courses)
    }

    /// A file without a byte.
    pub(crate) fn blank(self, world: &World, courses: &mut Courses) -> Result<(), String> {
        self.no_code()?;
        self.go(Some(&Course::Blank), world, courses)
    }

    /// A pull that was never made.
    pub(crate) fn dropped(self, world: &World, courses: &mut Courses) -> Result<(), String> {
        self.no_code()?;
        self.go(None, world, courses)
    }

    fn no_code(&self) -> Result<(), String> {
        match self.code {
            None => Ok(()),
            Some(_) => Err("only a failed pull has a code".to_owned()),
        }
    }
}

impl EstateChange {
    pub(crate) fn apply(self, world: &mut World) -> Result<(), String> {
        if world.base.estate.contains(&self.covers) {
            return Err("the base covers this already".to_owned());
        }
        if self.collected {
            world.collected.retain(|site| site.name() != self.covers.name());
            world.collected.push(self.covers.clone());
        }
        world.base.estate.retain(|site| site.name() != self.covers.name());
        world.base.estate.push(self.covers);
        Ok(())
    }
}
