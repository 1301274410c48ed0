//! The structure tree (ISO 32000-1 14.7): collected while pages are drawn, written when they are finished.
//!
//! Invariant: each marked-content sequence and each link annotation has exactly one owner, found again through the
//! parent tree.

use lopdf::{Dictionary, Object, ObjectId, dictionary};

use super::finish::text_string;
use crate::report::canvas::{Element, Scope};

/// What hangs below an element.
pub(super) enum Kid {
    Node(usize),
    Content { page: usize, mcid: i64 },
    Annotation(usize),
}

struct Node {
    element: Option<Element>,
    kids: Vec<Kid>,
}

/// The elements in the order in which they were begun; the first is the document.
pub(super) struct Tree {
    nodes: Vec<Node>,
    open: Vec<usize>,
}

/// The objects that the parent tree leads to.
pub(super) struct Owners {
    /// For each page, the owner of each of its marked-content sequences.
    pub(super) pages: Vec<Vec<Object>>,
    /// The owner of each link annotation.
    pub(super) annotations: Vec<ObjectId>,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node {
                element: None,
                kids: Vec::new(),
            }],
            open: vec![0],
        }
    }

    fn innermost(&self) -> usize {
        *self
            .open
            .last()
            .expect("invariant: the document element is never closed")
    }

    pub(super) fn begin(&mut self, element: Element) {
        let node = self.nodes.len();
        self.nodes.push(Node {
            element: Some(element),
            kids: Vec::new(),
        });
        self.add(Kid::Node(node));
        self.open.push(node);
    }

    pub(super) fn end(&mut self) {
        assert!(self.open.len() > 1, "invariant: each end has its begin");
        self.open.pop();
    }

    pub(super) fn add(&mut self, kid: Kid) {
        let node = self.innermost();
        self.nodes[node].kids.push(kid);
    }

    /// The tag of the innermost element, for the marked-content operator.
    pub(super) fn open_tag(&self) -> &'static str {
        tag(self.nodes[self.innermost()].element.as_ref())
    }

    /// Whether shapes drawn now are part of a figure.
    pub(super) fn in_figure(&self) -> bool {
        matches!(self.nodes[self.innermost()].element, Some(Element::Figure { .. }))
    }

    /// Writes all elements below `root` and returns the document element and who owns what.
    pub(super) fn write(
        &self,
        document: &mut lopdf::Document,
        root: ObjectId,
        pages: &[ObjectId],
        annotations: &[ObjectId],
        page_height: f32,
    ) -> (ObjectId, Owners) {
        let ids: Vec<ObjectId> = self.nodes.iter().map(|_| document.new_object_id()).collect();
        let mut owners = Owners {
            pages: vec![Vec::new(); pages.len()],
            annotations: vec![ids[0]; annotations.len()],
        };
        let mut parents = vec![root; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            let owner = ids[index];
            // Content on the element's own page is given by number alone, which keeps the tree small.
            let home = node.home();
            let mut kids = Vec::with_capacity(node.kids.len());
            for kid in &node.kids {
                kids.push(match kid {
                    Kid::Node(child) => {
                        parents[*child] = owner;
                        Object::Reference(ids[*child])
                    }
                    Kid::Content { page, mcid } => {
                        owners.own(*page, *mcid, owner);
                        if home == Some(*page) {
                            Object::Integer(*mcid)
                        } else {
                            Object::Dictionary(
                                dictionary! { "Type" => "MCR", "Pg" => pages[*page], "MCID" => *mcid },
                            )
                        }
                    }
                    Kid::Annotation(number) => {
                        owners.annotations[*number] = owner;
                        Object::Dictionary(dictionary! { "Type" => "OBJR", "Obj" => annotations[*number] })
                    }
                });
            }
            let mut entry = dictionary! {
                "Type" => "StructElem", "S" => tag(node.element.as_ref()), "P" => parents[index], "K" => kids,
            };
            if let Some(page) = home {
                entry.set("Pg", pages[page]);
            }
            if let Some(element) = &node.element {
                attributes(element, page_height, &mut entry);
            }
            document.objects.insert(owner, Object::Dictionary(entry));
        }
        (ids[0], owners)
    }
}

impl Node {
    /// The page of the first content that hangs directly below.
    fn home(&self) -> Option<usize> {
        self.kids.iter().find_map(|kid| match kid {
            Kid::Content { page, .. } => Some(*page),
            _ => None,
        })
    }
}

impl Owners {
    fn own(&mut self, page: usize, mcid: i64, owner: ObjectId) {
        let slot = usize::try_from(mcid).expect("invariant: marked content counts from 0");
        let list = &mut self.pages[page];
        if list.len() <= slot {
            list.resize(slot + 1, Object::Null);
        }
        list[slot] = Object::Reference(owner);
    }
}

fn tag(element: Option<&Element>) -> &'static str {
    let Some(element) = element else { return "Document" };
    match element {
        Element::Heading(1) => "H1",
        Element::Heading(2) => "H2",
        Element::Heading(_) => "H3",
        Element::Paragraph => "P",
        Element::Toc => "TOC",
        Element::TocItem => "TOCI",
        Element::Reference => "Reference",
        Element::List => "L",
        Element::ListItem => "LI",
        Element::ListBody => "LBody",
        Element::Table { .. } => "Table",
        Element::TableHead => "THead",
        Element::TableBody => "TBody",
        Element::Row => "TR",
        Element::HeaderCell(..) => "TH",
        Element::Cell(_) => "TD",
        Element::Link => "Link",
        Element::Figure { .. } => "Figure",
    }
}

/// Table 349 (tables), 343 (figures) and 14.9.3 (alternate descriptions) of ISO 32000-1.
fn attributes(element: &Element, page_height: f32, entry: &mut Dictionary) {
    let table = |mut attributes: Dictionary, columns: usize| {
        attributes.set("O", "Table");
        if columns > 1 {
            attributes.set(
                "ColSpan",
                i64::try_from(columns).expect("invariant: a table has few columns"),
            );
        }
        attributes
    };
    match element {
        Element::HeaderCell(scope, columns) => {
            let scope = match scope {
                Scope::Column => "Column",
                Scope::Row => "Row",
            };
            entry.set("A", table(dictionary! { "Scope" => scope }, *columns));
        }
        Element::Cell(columns) if *columns > 1 => entry.set("A", table(dictionary! {}, *columns)),
        Element::Table { summary } if !summary.is_empty() => {
            entry.set(
                "A",
                dictionary! { "O" => "Table", "Summary" => text_string(summary) },
            );
        }
        Element::Figure { alt, area } => {
            let (top, bottom) = (page_height - area.y, page_height - area.y - area.height);
            let bounds: Vec<Object> = [area.x, bottom, area.x + area.width, top]
                .into_iter()
                .map(Object::Real)
                .collect();
            entry.set("Alt", text_string(alt));
            entry.set(
                "A",
                dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => bounds },
            );
        }
        _ => {}
    }
}
