//! The accounts of the organisation and the regions of an account.

use super::*;

fn key_of(source: Source) -> SourceKey {
    SourceKey {
        source,
        account: ACCOUNT.parse().expect("an account"),
        region: "global".parse().expect("a region"),
    }
}

fn asked(source: Source, operation: &str, body: &str) -> Asked {
    let mut pull = Asked::on("07-06", "", source, operation, "MaxResults=20").page("", body);
    pull.receipt.key = key_of(source);
    pull
}

#[test]
fn regions_are_enabled_unless_they_are_disabled() {
    let regions = |rows: &str| {
        asked(
            Source::AwsRegions,
            "account:ListRegions",
            &format!(r#"{{"Regions":[{rows}]}}"#),
        )
    };
    let row = |name: &str, status: &str| format!(r#"{{"RegionName":"{name}","RegionOptStatus":"{status}"}}"#);
    for (status, enabled) in [
        ("ENABLED_BY_DEFAULT", true),
        ("ENABLED", true),
        ("ENABLING", true),
        ("DISABLING", true),
        ("DISABLED", false),
    ] {
        let records = normalized(&[regions(&row("eu-south-1", status))]);
        let listed: Vec<_> = records.regions.iter().map(|row| row.value.enabled).collect();
        assert_eq!(listed, [enabled], "{status}");
    }
    // A word that nobody knows leaves the list unread.
    let unknown = normalized(&[regions(&row("eu-south-1", "PERHAPS"))]);
    assert!(unknown.misfits[0].reason.contains("PERHAPS") && unknown.regions.is_empty());
    let reach = span("06-28T05:01", "07-06T05:00");
    let whole = normalized(&with_listings_before(&[regions(&row("eu-south-1", "ENABLED"))]));
    assert!(whole.coverage.prove(&key_of(Source::AwsRegions), reach).is_ok());
    // A list of the enabled ones only may leave others out.
    let mut narrowed = regions(&row("eu-south-1", "ENABLED"));
    narrowed
        .receipt
        .parameters
        .insert("RegionOptStatusContains".to_owned(), "ENABLED".to_owned());
    let narrowed = normalized(&with_listings_before(&[narrowed]));
    assert!(
        narrowed
            .coverage
            .prove(&key_of(Source::AwsRegions), reach)
            .is_err()
    );
}

#[test]
fn an_account_is_closed_by_its_state_or_its_older_status() {
    for (members, closed) in [
        (r#""Status":"ACTIVE""#, false),
        (r#""Status":"SUSPENDED""#, true),
        (r#""Status":"PENDING_CLOSURE""#, false),
        (r#""State":"CLOSED""#, true),
        (r#""State":"ACTIVE","Status":"SUSPENDED""#, false),
        (r#""Name":"quiet""#, false),
    ] {
        let body = format!(r#"{{"Accounts":[{{"Id":"222233334444",{members}}}]}}"#);
        let records = normalized(&[asked(Source::AwsAccounts, "organizations:ListAccounts", &body)]);
        let listed: Vec<_> = records.accounts.iter().map(|row| row.value.closed).collect();
        assert_eq!(listed, [closed], "{members}");
    }
}
