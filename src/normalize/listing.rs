//! S3's list of objects: XML (`ListBucketResult` of ListObjectsV2), read as the value that the other services would send.
//!
//! Strict like [`json`](super::json): one whole document without a DTD, and no member twice.

use serde_json::{Map, Value};

/// The root of the answer.
const ROOT: &str = "ListBucketResult";
/// The element of which there may be many: one an object.
const ROW: &str = "Contents";

/// Reads the whole of `bytes`: `{"Name":…,"IsTruncated":"false","Contents":[{"Key":…,"LastModified":…,"Size":…}]}`. All
/// members are texts; `Contents` is always there.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let document = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
    let root = document.root_element();
    if root.tag_name().name() != ROOT {
        return Err(format!("it is <{}>, not <{ROOT}>", root.tag_name().name()));
    }
    let (rows, members): (Vec<_>, Vec<_>) = root
        .children()
        .filter(roxmltree::Node::is_element)
        .partition(|node| node.tag_name().name() == ROW);
    let mut value = texts(&members)?;
    let rows = rows.iter().map(|row| {
        let members: Vec<_> = row.children().filter(roxmltree::Node::is_element).collect();
        texts(&members).map(Value::Object)
    });
    value.insert(ROW.to_owned(), Value::Array(rows.collect::<Result<_, _>>()?));
    Ok(Value::Object(value))
}

/// The elements by their names. What has elements of its own, as an owner or a common prefix has, is not looked at.
fn texts(nodes: &[roxmltree::Node<'_, '_>]) -> Result<Map<String, Value>, String> {
    let mut members = Map::new();
    for node in nodes
        .iter()
        .filter(|node| !node.children().any(|child| child.is_element()))
    {
        let name = node.tag_name().name();
        let text: String = node.children().filter_map(|child| child.text()).collect();
        if members.insert(name.to_owned(), Value::String(text)).is_some() {
            return Err(format!("element <{name}> stands twice"));
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn a_list_is_read_whole_and_strictly() {
        let list = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Name>b</Name><Prefix></Prefix><IsTruncated>false</IsTruncated>\
            <Contents><Key>a&amp;b</Key><Size>3</Size><Owner><ID>1</ID></Owner></Contents><Contents><Key>c</Key></Contents>\
            </ListBucketResult>";
        let read = json!({"Name": "b", "Prefix": "", "IsTruncated": "false", "Contents": [{"Key": "a&b", "Size": "3"}, {"Key": "c"}]});
        assert_eq!(parse(list.as_bytes()), Ok(read));
        for bad in [
            "",
            "<ListBucketResult>",
            "<Error><Code>AccessDenied</Code></Error>",
            "<ListBucketResult><Name>a</Name><Name>b</Name></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key><Key>b</Key></Contents></ListBucketResult>",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><ListBucketResult>&e;</ListBucketResult>",
            "<ListBucketResult/><ListBucketResult/>",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?} must be refused");
        }
        assert!(parse(&[0xff, 0xfe]).is_err());
    }
}
