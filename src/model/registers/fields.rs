//! The names that a register's members have in somebody's own collection, and what an export has to ask for because of
//! them: the projection, and the question for documents that the projection would cut.

use std::collections::BTreeMap;

use backproof_verify::canonical;

use super::{Kind, Member, members, shapes};
use crate::model::source::Source;

/// The fields that members of a register are kept in, where their names differ. A member inside a document is named by its
/// path (`items.planned_date`); a field is a path from where the document that holds it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    source: Source,
    renamed: BTreeMap<String, String>,
    tree: BTreeMap<String, Node>,
}

/// A mapping of names can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFields {
    /// No such member.
    #[error("{source_name} has no member {member:?}{nearest}")]
    Unknown {
        /// The register.
        source_name: Source,
        /// As configured.
        member: String,
        /// A suggestion, or empty.
        nearest: String,
    },
    /// A name that no field can be asked for by.
    #[error(
        "{member}: {field:?} is not the path of a field: write name or outer.inner, without $ and empty parts"
    )]
    Field {
        /// The member.
        member: String,
        /// As configured.
        field: String,
    },
    /// A field is to be taken as a whole and in parts.
    #[error(
        "the field {field:?} is to hold a value of its own and the members of another: one of them needs another field"
    )]
    Overlap {
        /// The path of the field.
        field: String,
    },
}

/// What lies at a field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Value,
    Document(BTreeMap<String, Node>),
    Documents(BTreeMap<String, Node>),
}

impl Fields {
    /// The mapping of `renamed`: fields by the paths of their members. What it does not name has its own name.
    pub fn new(source: Source, renamed: &BTreeMap<String, String>) -> Result<Self, BadFields> {
        let mut known = Vec::new();
        for shape in shapes(source) {
            paths(shape.members, "", &mut known);
        }
        for (member, field) in renamed {
            if !known.contains(member) {
                let near = |name: &&String| {
                    strsim::damerau_levenshtein(member, name) <= (name.chars().count() / 3).max(1)
                };
                let nearest = known.iter().find(near);
                return Err(BadFields::Unknown {
                    source_name: source,
                    member: member.clone(),
                    nearest: nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?")),
                });
            }
            if field
                .split('.')
                .any(|part| part.is_empty() || part.starts_with('$') || part.contains('\0'))
            {
                return Err(BadFields::Field {
                    member: member.clone(),
                    field: field.clone(),
                });
            }
        }
        let mut fields = Self {
            source,
            renamed: renamed.clone(),
            tree: BTreeMap::new(),
        };
        fields.tree = fields.tree_of(&members(source), "")?;
        Ok(fields)
    }

    /// The path of the field that holds the member at `path`.
    pub fn field<'a>(&'a self, path: &'a str) -> &'a str {
        let own = path.rsplit_once('.').map_or(path, |(_, name)| name);
        self.renamed.get(path).map_or(own, String::as_str)
    }

    /// Whether any member has another name than its own.
    pub fn are_renamed(&self) -> bool {
        !self.renamed.is_empty()
    }

    /// In which fields a document does not fit, in words; by the shape that it comes nearest to, and no deeper than the document
    /// itself. `holds` says of a field whether it holds such a value; `None` where there is none. A field that somebody named
    /// has to be there even where its member need not.
    pub fn misfits(&self, holds: &dyn Fn(&str, Kind) -> Option<bool>) -> Vec<String> {
        let of_shape = |members: &[Member]| -> Vec<String> {
            let misfit = |member: &Member| {
                let field = self.field(member.name);
                let needed = member.required || self.renamed.contains_key(member.name);
                match holds(field, member.kind) {
                    Some(true) => None,
                    Some(false) => Some(format!("{field} holds something else than {}", member.name)),
                    None => needed.then(|| format!("it has no {field}")),
                }
            };
            members.iter().filter_map(misfit).collect()
        };
        let misfits = shapes(self.source).iter().map(|shape| of_shape(shape.members));
        misfits.min_by_key(Vec::len).unwrap_or_default()
    }

    /// The names as canonical JSON: what a receipt keeps of the mapping.
    pub fn as_json(&self) -> String {
        text(&self.renamed)
    }

    /// What is asked for, as canonical JSON: the field of every member, and nothing else. `_id` comes by itself.
    pub fn projection(&self) -> String {
        let mut paths = BTreeMap::new();
        leaves(&self.tree, "", &mut paths);
        text(&paths)
    }

    /// The pipeline that counts the documents of the collection.
    pub const fn total() -> &'static str {
        r#"[{"$count":"documents"}]"#
    }

    /// The pipeline that names documents in which something else stands where members are to be taken out of a document or
    /// of a list of documents: the projection would pass over it without a trace. `None` where nothing lies so deep.
    pub fn misshapen(&self) -> Option<String> {
        let properties = deeper(&self.tree)?;
        Some(format!(
            r#"[{{"$match":{{"$nor":[{{"$jsonSchema":{{"properties":{properties}}}}}]}}}},{{"$project":{{"_id":1}}}}]"#
        ))
    }

    fn tree_of(
        &self,
        members: &BTreeMap<&'static str, Kind>,
        prefix: &str,
    ) -> Result<BTreeMap<String, Node>, BadFields> {
        let mut tree = BTreeMap::new();
        for (name, kind) in members {
            let path = format!("{prefix}{name}");
            let inner = || -> Result<_, BadFields> {
                let inner = kind.members().iter().map(|member| (member.name, member.kind));
                self.tree_of(&inner.collect(), &format!("{path}."))
            };
            let node = match kind {
                Kind::Document(_) => Node::Document(inner()?),
                Kind::Documents(_) => Node::Documents(inner()?),
                _ => Node::Value,
            };
            let field = self.field(&path);
            let outermost = field
                .rsplit('.')
                .fold(None, |inside: Option<(&str, Node)>, part| {
                    Some(match inside {
                        None => (part, node.clone()),
                        Some((name, node)) => (part, Node::Document([(name.to_owned(), node)].into())),
                    })
                });
            if let Some((name, node)) = outermost {
                merge(&mut tree, name.to_owned(), node, "")?;
            }
        }
        Ok(tree)
    }
}

/// The paths of all members, each document's before those inside it.
fn paths(members: &[Member], prefix: &str, all: &mut Vec<String>) {
    for member in members {
        let path = format!("{prefix}{}", member.name);
        all.push(path.clone());
        paths(member.kind.members(), &format!("{path}."), all);
    }
}

fn merge(tree: &mut BTreeMap<String, Node>, name: String, node: Node, prefix: &str) -> Result<(), BadFields> {
    let path = format!("{prefix}{name}");
    let Some(known) = tree.get_mut(&name) else {
        tree.insert(name, node);
        return Ok(());
    };
    match (known, node) {
        (Node::Value, Node::Value) => Ok(()),
        (Node::Document(known), Node::Document(more)) | (Node::Documents(known), Node::Documents(more)) => {
            more.into_iter()
                .try_for_each(|(name, node)| merge(known, name, node, &format!("{path}.")))
        }
        _ => Err(BadFields::Overlap { field: path }),
    }
}

fn leaves(tree: &BTreeMap<String, Node>, prefix: &str, paths: &mut BTreeMap<String, u8>) {
    for (name, node) in tree {
        let path = format!("{prefix}{name}");
        match node {
            Node::Value => drop(paths.insert(path, 1)),
            Node::Document(inner) | Node::Documents(inner) => leaves(inner, &format!("{path}."), paths),
        }
    }
}

/// The properties of a JSON Schema (as `$jsonSchema` knows it) for what holds members; `None` where nothing does.
fn deeper(tree: &BTreeMap<String, Node>) -> Option<String> {
    let inside = |inner| deeper(inner).map_or_else(String::new, |inner| format!(r#","properties":{inner}"#));
    let properties = tree.iter().filter_map(|(name, node)| {
        let schema = match node {
            Node::Value => return None,
            Node::Document(inner) => format!(r#"{{"bsonType":["object","null"]{}}}"#, inside(inner)),
            Node::Documents(inner) => format!(
                r#"{{"bsonType":["array","null"],"items":{{"bsonType":"object"{}}}}}"#,
                inside(inner)
            ),
        };
        Some(format!("{}:{schema}", text(name)))
    });
    let properties: Vec<String> = properties.collect();
    (!properties.is_empty()).then(|| format!("{{{}}}", properties.join(",")))
}

fn text<T: serde::Serialize + ?Sized>(value: &T) -> String {
    let bytes = canonical::encode(value).expect("invariant: texts and small numbers have a canonical form");
    String::from_utf8(bytes).expect("invariant: JSON is text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(source: Source, renamed: &[(&str, &str)]) -> Result<Fields, BadFields> {
        let renamed = renamed
            .iter()
            .map(|(member, field)| ((*member).to_owned(), (*field).to_owned()));
        Fields::new(source, &renamed.collect())
    }

    #[test]
    fn every_register_has_a_mapping_without_a_name() {
        for source in crate::model::estate::RECORD_SOURCES {
            let fields = fields(source, &[]).expect("the members do not overlap");
            assert_eq!(fields.as_json(), "{}");
            assert!(fields.projection().len() > 20, "{source}");
        }
    }

    #[test]
    fn what_is_asked_for_is_what_is_mapped() {
        let devices = fields(
            Source::DeviceList,
            &[
                ("device_id", "meta.serial"),
                ("as_of", "meta.read.at"),
                ("media_id", "_id"),
            ],
        )
        .expect("good");
        assert_eq!(
            devices.projection(),
            r#"{"_id":1,"assigned_to":1,"list":1,"meta.read.at":1,"meta.serial":1,"retired_at":1}"#
        );
        let shape = r#"[{"$match":{"$nor":[{"$jsonSchema":{"properties":{"meta":{"bsonType":["object","null"],"properties":{"read":{"bsonType":["object","null"]}}}}}}]}},{"$project":{"_id":1}}]"#;
        assert_eq!(devices.misshapen().as_deref(), Some(shape));
        let plain = fields(Source::Tickets, &[("ticket_id", "key")]).expect("good");
        assert_eq!(plain.misshapen(), None, "nothing lies inside a document");
        assert_eq!(plain.as_json(), r#"{"ticket_id":"key"}"#);
        let schedule = fields(
            Source::ExerciseSchedule,
            &[("items", "plan"), ("items.planned_date", "on.day")],
        )
        .expect("good");
        assert!(schedule.projection().contains(r#""plan.on.day":1"#));
        assert!(!schedule.projection().contains("planned_date"));
        let list = r#""plan":{"bsonType":["array","null"],"items":{"bsonType":"object","properties":{"on":{"bsonType":["object","null"]}}}}"#;
        assert!(schedule.misshapen().expect("a list").contains(list));
    }

    #[test]
    fn mappings_that_mean_nothing_are_refused() {
        let refused = |source, renamed: &[(&str, &str)]| {
            fields(source, renamed).expect_err("must be refused").to_string()
        };
        let said = refused(Source::Tickets, &[("tiket_id", "key")]);
        assert_eq!(
            said,
            "tickets has no member \"tiket_id\"; did you mean \"ticket_id\"?"
        );
        for bad in ["", "a..b", ".a", "$where", "a.$b"] {
            let said = refused(Source::Tickets, &[("ticket_id", bad)]);
            assert!(said.contains("is not the path of a field"), "{said}");
        }
        let said = refused(Source::Tickets, &[("ticket_id", "meta"), ("type", "meta.kind")]);
        assert!(said.contains("\"meta\""), "{said}");
        let said = refused(Source::ExerciseSchedule, &[("items", "delegation")]);
        assert!(said.contains("\"delegation\""), "{said}");
    }
}
