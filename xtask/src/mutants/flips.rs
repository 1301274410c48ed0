//! Where a comparison can be turned round, and the text of a source file in which each of them can be, at run time.
//!
//! Every flip is built into one program behind a question, `crate::flipped(17)`: one build tries them all, and nothing but
//! the scratch copy is ever changed.

use std::collections::BTreeMap;
use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Operators and what each is turned into: bounds move by one step, equality and connectives turn round.
const OPERATORS: &[(&str, &str)] = &[
    ("<", "<="),
    ("<=", "<"),
    (">", ">="),
    (">=", ">"),
    ("==", "!="),
    ("!=", "=="),
    ("&&", "||"),
    ("||", "&&"),
];
/// Methods and what each is turned into.
const METHODS: &[(&str, &str)] = &[
    ("any", "all"),
    ("all", "any"),
    ("is_some_and", "is_none_or"),
    ("is_none_or", "is_some_and"),
    ("is_some", "is_none"),
    ("is_none", "is_some"),
    ("max", "min"),
    ("min", "max"),
    ("max_by_key", "min_by_key"),
    ("min_by_key", "max_by_key"),
];
/// Methods whose answer is turned round.
const QUESTIONS: &[&str] = &["contains", "contains_key", "is_empty", "starts_with", "ends_with"];

/// One comparison that can be turned round.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flip {
    /// What switches it on in the built program.
    pub number: usize,
    /// Source file, relative to the workspace.
    pub file: String,
    /// First line, from 1.
    pub line: usize,
    /// The function that it stands in.
    pub function: String,
    /// The whole expression on one line, at most 100 characters.
    pub text: String,
    /// For instance `<= becomes <`.
    pub change: String,
}

impl Flip {
    /// Whether a line of an earlier run, when it may have stood elsewhere in its file, tells this one.
    pub fn is_told_in(&self, line: &str) -> bool {
        let place = line.trim_start().strip_prefix(&self.file).unwrap_or_default();
        let told = place.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
        told == format!(" fn {}: {}: {}", self.function, self.change, self.text)
    }
}

impl std::fmt::Display for Flip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            line,
            function,
            text,
            change,
            ..
        } = self;
        write!(f, "{file}:{line} fn {function}: {change}: {text}")
    }
}

/// The flips of a file, numbered from `first`, and its text with all of them built in.
pub fn build_in(file: &str, text: &str, first: usize) -> syn::Result<(Vec<Flip>, String)> {
    let mut walk = Walk {
        file,
        text,
        first,
        function: String::new(),
        flips: Vec::new(),
        inserted: BTreeMap::new(),
    };
    walk.visit_file(&syn::parse_file(text)?);
    let mut built = String::new();
    let mut done = 0;
    for (at, insertion) in &walk.inserted {
        built += &text[done..*at];
        built += insertion;
        done = *at;
    }
    built += &text[done..];
    Ok((walk.flips, built))
}

/// The modules in files of their own that `text` has for tests only.
pub fn test_modules(text: &str) -> syn::Result<Vec<String>> {
    let items = syn::parse_file(text)?.items.into_iter();
    let modules = items.filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && is_test_only(&module.attrs) => {
            Some(module.ident.to_string())
        }
        _ => None,
    });
    Ok(modules.collect())
}

struct Walk<'a> {
    file: &'a str,
    text: &'a str,
    first: usize,
    function: String,
    flips: Vec<Flip>,
    inserted: BTreeMap<usize, String>,
}

impl Walk<'_> {
    /// Notes that the expression at `whole` can say `turned` instead, where `change` says how.
    fn flip(&mut self, whole: proc_macro2::Span, turned: &str, change: String) {
        let Range { start, end } = whole.byte_range();
        let number = self.first + self.flips.len();
        let opening = format!("(if crate::flipped({number}) {{ {turned} }} else {{ ");
        // Outer expressions are met first: they open before, and close behind, what is in them.
        self.inserted.entry(start).or_default().push_str(&opening);
        self.inserted.entry(end).or_default().insert_str(0, " })");
        let words: Vec<_> = self.text[start..end].split_whitespace().collect();
        self.flips.push(Flip {
            number,
            file: self.file.to_owned(),
            line: whole.start().line,
            function: self.function.clone(),
            text: words.join(" ").chars().take(100).collect(),
            change,
        });
    }

    /// The text of `whole` with `part` written as `by`.
    fn with(&self, whole: proc_macro2::Span, part: proc_macro2::Span, by: &str) -> String {
        let (whole, part) = (whole.byte_range(), part.byte_range());
        format!(
            "{}{by}{}",
            &self.text[whole.start..part.start],
            &self.text[part.end..whole.end]
        )
    }

    fn within(&mut self, name: &syn::Ident, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.function, name.to_string());
        visit(self);
        self.function = outer;
    }
}

fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    let lists = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    lists
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .any(|list| list.tokens.to_string() == "test")
}

/// Whether `let` stands among what is joined: only `&&` may join it.
fn has_let(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test_only(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if function.sig.constness.is_none() {
            self.within(&function.sig.ident, |walk| visit::visit_item_fn(walk, function));
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if function.sig.constness.is_none() {
            self.within(&function.sig.ident, |walk| {
                visit::visit_impl_item_fn(walk, function);
            });
        }
    }

    // Neither can ask a question at run time.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let operator = &self.text[binary.op.span().byte_range()];
        let turned = OPERATORS.iter().find(|(from, _)| *from == operator);
        let joins_let = has_let(&binary.left) || has_let(&binary.right);
        if let Some((from, to)) = turned.filter(|_| !joins_let) {
            let whole = binary.span();
            let turned = self.with(whole, binary.op.span(), to);
            self.flip(whole, &turned, format!("{from} becomes {to}"));
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let (whole, name) = (call.span(), call.method.to_string());
        if let Some((from, to)) = METHODS.iter().find(|(from, _)| *from == name) {
            let turned = self.with(whole, call.method.span(), to);
            self.flip(whole, &turned, format!("{from} becomes {to}"));
        } else if QUESTIONS.contains(&name.as_str()) {
            let turned = format!("!{}", &self.text[whole.byte_range()]);
            self.flip(whole, &turned, format!("{name} becomes its opposite"));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let asked = match &*unary.expr {
            syn::Expr::MethodCall(call) => {
                let name = call.method.to_string();
                QUESTIONS.contains(&name.as_str()) || METHODS.iter().any(|(from, _)| *from == name)
            }
            other => matches!(other, syn::Expr::Paren(_)),
        };
        if matches!(unary.op, syn::UnOp::Not(_)) && !asked {
            let turned = format!("!{}", &self.text[unary.span().byte_range()]);
            self.flip(unary.span(), &turned, "! is left out".to_owned());
        }
        visit::visit_expr_unary(self, unary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, changes: &[&str], built: &str) {
        let (flips, text) = build_in("a.rs", text, 7).expect("parses");
        let found: Vec<_> = flips.iter().map(|flip| flip.change.as_str()).collect();
        assert_eq!(found, changes);
        assert_eq!(text, built);
        syn::parse_file(&text).expect("still parses");
    }

    #[test]
    fn a_comparison_in_another_is_built_in_once_and_both_can_turn() {
        check(
            "fn f() -> bool { a < b && c.is_empty() }",
            &["&& becomes ||", "< becomes <=", "is_empty becomes its opposite"],
            "fn f() -> bool { (if crate::flipped(7) { a < b || c.is_empty() } else { \
             (if crate::flipped(8) { a <= b } else { a < b }) && \
             (if crate::flipped(9) { !c.is_empty() } else { c.is_empty() }) }) }",
        );
    }

    #[test]
    fn what_joins_a_let_stays_and_tests_and_constants_are_left_alone() {
        check(
            "fn f() { if let Some(a) = b && a > c {} }",
            &["> becomes >="],
            "fn f() { if let Some(a) = b && (if crate::flipped(7) { a >= c } else { a > c }) {} }",
        );
        let untouched = "const A: bool = 1 < 2;\nconst fn f() -> bool { 1 < 2 }\n#[cfg(test)]\nmod tests { fn g() -> bool { 1 < 2 } }";
        check(untouched, &[], untouched);
    }

    #[test]
    fn a_flip_names_its_function_and_says_itself_on_one_line() {
        let (flips, _) = build_in(
            "a.rs",
            "fn due() -> bool {\n    a\n        .any(|b| !b.is_late())\n}",
            0,
        )
        .expect("parses");
        let told = flips
            .iter()
            .map(|flip| (flip.line, flip.function.as_str(), flip.text.as_str()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [(2, "due", "a .any(|b| !b.is_late())"), (3, "due", "!b.is_late()")]
        );
    }
}
