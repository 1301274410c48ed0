//! Answers in AWS's query protocol (IAM): XML, read as the value that the JSON services would send.
//!
//! `<XResponse><XResult>…</XResult></XResponse>`: lists are elements whose children are all `<member>`, which an empty list
//! does not show, so that lists are known by name. Strict like [`json`](super::json): one whole document without a DTD,
//! and no member twice.

use roxmltree::Node;
use serde_json::{Map, Value};

/// The elements that are lists, empty or not.
const LISTS: [&str; 14] = [
    "AttachedManagedPolicies",
    "GroupDetailList",
    "GroupList",
    "GroupPolicyList",
    "InstanceProfileList",
    "Policies",
    "PolicyVersionList",
    "RoleDetailList",
    "RolePolicyList",
    "Roles",
    "Tags",
    "UserDetailList",
    "UserPolicyList",
    "Users",
];
/// An item of a list.
const MEMBER: &str = "member";
/// The one member that the chain of pages reads as a truth value.
const TRUNCATED: &str = "IsTruncated";

/// Reads the whole of `bytes` as the members of its result.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let document = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let call = root
        .tag_name()
        .name()
        .strip_suffix("Response")
        .unwrap_or_default();
    let is_result = |node: &Node<'_, '_>| node.tag_name().name().strip_suffix("Result") == Some(call);
    let results: Vec<_> = elements(root).filter(is_result).collect();
    match results[..] {
        [result] if !call.is_empty() => members(result),
        _ => Err(format!("<{}> has no one result", root.tag_name().name())),
    }
}

fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

fn members(node: Node<'_, '_>) -> Result<Value, String> {
    let mut members = Map::new();
    for child in elements(node) {
        let name = child.tag_name().name();
        if members.insert(name.to_owned(), value(child)?).is_some() {
            return Err(format!("element <{name}> stands twice"));
        }
    }
    Ok(Value::Object(members))
}

fn value(node: Node<'_, '_>) -> Result<Value, String> {
    let name = node.tag_name().name();
    if LISTS.contains(&name) {
        return list(node);
    }
    if elements(node).next().is_some() {
        return members(node);
    }
    let text: String = node.children().filter_map(|child| child.text()).collect();
    match (name, text.as_str()) {
        (TRUNCATED, "true") => Ok(Value::Bool(true)),
        (TRUNCATED, "false") => Ok(Value::Bool(false)),
        _ => Ok(Value::String(text)),
    }
}

fn list(node: Node<'_, '_>) -> Result<Value, String> {
    let stray = node
        .children()
        .any(|child| child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()));
    if stray || elements(node).any(|child| child.tag_name().name() != MEMBER) {
        return Err(format!("<{}> is no list", node.tag_name().name()));
    }
    let items = elements(node).map(|item| {
        if elements(item).next().is_some() {
            members(item)
        } else {
            value(item)
        }
    });
    items.collect::<Result<_, _>>().map(Value::Array)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn an_answer_is_read_whole_and_strictly() {
        let answer = "<GetXResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n<GetXResult>\
            <IsTruncated>true</IsTruncated><Marker>m/1</Marker><UserDetailList>\n<member><Arn>a&amp;b</Arn><GroupList/>\
            <UserPolicyList><member><PolicyName>p</PolicyName></member></UserPolicyList></member></UserDetailList>\
            <GroupList><member>ops</member></GroupList></GetXResult>\
            <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetXResponse>";
        let read = json!({
            "IsTruncated": true, "Marker": "m/1", "GroupList": ["ops"],
            "UserDetailList": [{"Arn": "a&b", "GroupList": [], "UserPolicyList": [{"PolicyName": "p"}]}],
        });
        assert_eq!(parse(answer.as_bytes()), Ok(read));
        for bad in [
            "",
            "<GetXResponse>",
            "<GetXResponse/>",
            "<GetXResponse><GetYResult/></GetXResponse>",
            "<Response><Result/></Response>",
            "<GetXResponse><GetXResult/><GetXResult/></GetXResponse>",
            "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
            "<GetXResponse><GetXResult><A>1</A><A>2</A></GetXResult></GetXResponse>",
            "<GetXResponse><GetXResult><Users><other/></Users></GetXResult></GetXResponse>",
            "<GetXResponse><GetXResult><Users>text</Users></GetXResult></GetXResponse>",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><GetXResponse><GetXResult>&e;</GetXResult></GetXResponse>",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?} must be refused");
        }
        assert!(parse(&[0xff, 0xfe]).is_err());
    }
}
