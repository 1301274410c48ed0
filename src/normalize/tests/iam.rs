//! Snapshots of IAM: their pages, their documents in both encodings, and what can't be read.

use super::*;
use crate::model::estate::global;
use crate::model::records::access::IamKind;

/// A snapshot of the test's account in the given pages, each the four lists without the braces around them.
fn snapshot(pages: &[(&str, &str)]) -> Asked {
    let mut asked = Asked::on(
        "07-06",
        "",
        Source::IamSnapshot,
        "iam:GetAccountAuthorizationDetails",
        "MaxItems=100",
    );
    asked.receipt.key.account = "111122223333".parse().expect("an account");
    asked.receipt.key.region = global();
    for (parameters, body) in pages {
        asked = asked.page(parameters, body);
    }
    asked
}

fn page(users: &str, roles: &str, policies: &str, end: &str) -> String {
    format!(
        r#"{{"UserDetailList":[{users}],"GroupDetailList":[],"RoleDetailList":[{roles}],"Policies":[{policies}],{end}}}"#
    )
}

const LAST: &str = r#""IsTruncated":false"#;

fn role(document: &str) -> String {
    format!(
        r#"{{"Arn":"arn:aws:iam::111122223333:role/ops","RoleName":"ops","RolePolicyList":[{{"PolicyName":"p",
        "PolicyDocument":{document}}}],"AttachedManagedPolicies":[{{"PolicyName":"x","PolicyArn":
        "arn:aws:iam::aws:policy/X"}}],"PermissionsBoundary":{{"PermissionsBoundaryType":"Policy",
        "PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/bound"}},"AssumeRolePolicyDocument":"%7B%7D"}}"#
    )
}

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"backup:*","Resource":"*"}}"#;

fn flawed(asked: Asked) -> String {
    let records = normalized(&[asked]);
    let shortfalls = records.coverage.shortfalls().iter();
    let reasons: Vec<_> = shortfalls.map(|shortfall| shortfall.reason.clone()).collect();
    reasons.join("; ")
}

#[test]
fn a_snapshot_is_read_in_all_its_pages_and_both_encodings() {
    let encoded = r#""%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22backup%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D""#;
    for document in [DOCUMENT, encoded] {
        let user = r#"{"Arn":"arn:aws:iam::111122223333:user/u","UserName":"u","GroupList":["g"],
            "AttachedManagedPolicies":[]}"#;
        let policy = format!(
            r#"{{"Arn":"arn:aws:iam::aws:policy/X","PolicyName":"X","DefaultVersionId":"v2","PolicyVersionList":
            [{{"VersionId":"v1","IsDefaultVersion":false,"Document":"?"}},
            {{"VersionId":"v2","IsDefaultVersion":true,"Document":{document}}}]}}"#
        );
        let first = page(user, "", "", r#""IsTruncated":true,"Marker":"m1""#);
        let second = page("", &role(document), &policy, LAST);
        let records = normalized(&[snapshot(&[("", &first), ("Marker=m1", &second)])]);
        assert!(records.misfits.is_empty(), "{:?}", records.misfits);
        let kinds: Vec<_> = records.iam.iter().map(|entity| entity.value.kind).collect();
        assert_eq!(kinds, [IamKind::Role, IamKind::User, IamKind::Policy]);
        let role = &records.iam[0].value;
        assert_eq!(role.statements.len(), 1);
        assert_eq!(role.attached, ["arn:aws:iam::aws:policy/X"]);
        assert_eq!(
            role.boundary.as_deref(),
            Some("arn:aws:iam::111122223333:policy/bound")
        );
        assert_eq!(records.iam[1].value.groups, ["g"]);
        assert_eq!(records.iam[2].value.statements, role.statements);
        let listing = records
            .listings
            .iter()
            .find(|listing| listing.key.source == Source::IamSnapshot);
        assert_eq!(
            listing.map(|listing| listing.at),
            Some(role.at),
            "one snapshot, one time"
        );
    }
}

#[test]
fn what_is_missing_or_unreadable_makes_the_snapshot_prove_nothing() {
    let whole = page("", &role(DOCUMENT), "", LAST);
    let first = page("", &role(DOCUMENT), "", r#""IsTruncated":true,"Marker":"m1""#);
    assert!(
        !flawed(snapshot(&[("", &whole)])).contains("pull 2026-07-06/iam_snapshot/compliance/global: page")
    );
    for (broken, words) in [
        (snapshot(&[("", &first)]), "a next page that is missing"),
        (snapshot(&[("", &first), ("Marker=m2", &whole)]), "page 2"),
        (
            snapshot(&[("", r#"{"UserDetailList":[],"IsTruncated":false}"#)]),
            "no list at /GroupDetailList",
        ),
        (
            snapshot(&[("", &page("", &role(r#""%7B%zz""#), "", LAST))]),
            "not percent-encoded",
        ),
        (snapshot(&[("", &page("", &role(r#""{""#), "", LAST))]), "record"),
        (
            snapshot(&[(
                "",
                &page("", &role(r#"{"Statement":[{"Effect":"Allow"}]}"#), "", LAST),
            )]),
            "no policy of IAM",
        ),
        (
            snapshot(&[(
                "",
                &page(
                    "",
                    &role(DOCUMENT).replace("111122223333:role", "999988887777:role"),
                    "",
                    LAST,
                ),
            )]),
            "999988887777",
        ),
    ] {
        let said = flawed(broken);
        assert!(said.contains(words), "{words}: {said}");
    }
}
