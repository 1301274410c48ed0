//! Trails beyond the simple one: of an organization, in several regions, with a bucket that lies elsewhere or is not there.

use std::collections::BTreeSet;

use serde_json::json;

use crate::estate::{BUCKET, EAST, HOME, OTHER, WEST, deliver, furnish, small};
use crate::harness::{Desk, account, pulls};
use crate::simulator::{Simulator, World};

const CENTRAL: &str = "luma-organization-trail";
const FRANKFURT: &str = "eu-central-1";
const ORGANIZATION: &str = "audit/AWSLogs/o-a1b2c3d4e5";

/// One trail of the organization that is at home in the east, for all regions; its bucket lies in Frankfurt.
fn of_organization() -> World {
    let mut world = small();
    furnish(&mut world, OTHER, WEST);
    for account in [HOME, OTHER] {
        world
            .roles
            .insert(account.to_owned(), vec!["backproof-collector".to_owned()]);
    }
    let trail = json!({
        "Name": "all", "TrailARN": format!("arn:aws:cloudtrail:{EAST}:{HOME}:trail/all"), "HomeRegion": EAST,
        "S3BucketName": CENTRAL, "S3KeyPrefix": "audit", "IsMultiRegionTrail": true, "IsOrganizationTrail": true,
        "LogFileValidationEnabled": true,
    });
    for (account, region) in [(HOME, EAST), (HOME, WEST), (OTHER, WEST)] {
        world.reply(
            "cloudtrail:DescribeTrails",
            account,
            region,
            "",
            json!({"trailList": [trail]}),
        );
        deliver(&mut world, CENTRAL, ORGANIZATION, account, region);
    }
    // Another organization's trail could deliver beside it, and does not.
    world.buckets.insert(CENTRAL.to_owned(), FRANKFURT.to_owned());
    world
}

fn desk() -> Desk {
    let estate = format!("{}{}", account(HOME, &[EAST, WEST]), account(OTHER, &[WEST]));
    Desk::new("role = \"backproof-collector\"", &estate)
}

#[test]
fn a_trail_of_the_organization_is_read_for_each_account_and_region_where_its_bucket_lies() {
    let simulator = Simulator::start(of_organization());
    let desk = desk();
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ledger = desk.ledger();
    for (account, region) in [(HOME, EAST), (HOME, WEST), (OTHER, WEST)] {
        let here = |operation: &str| {
            let all = pulls(&ledger, operation, region).into_iter();
            all.filter(|pull| pull.key.account.as_str() == account)
                .collect::<Vec<_>>()
        };
        let prefixes: Vec<_> = here("s3:ListObjectsV2")
            .iter()
            .map(|pull| pull.parameters["Prefix"].clone())
            .collect();
        let folder = |folder: &str| format!("{ORGANIZATION}/{account}/{folder}/{region}/");
        assert_eq!(prefixes, [folder("CloudTrail-Digest"), folder("CloudTrail")]);
        let gets = here("s3:GetObject");
        let keys: BTreeSet<_> = gets
            .iter()
            .flat_map(|pull| &pull.pages)
            .map(|page| &page.parameters["Key"])
            .collect();
        assert_eq!(keys.len(), 8, "{account} {region}");
        assert!(
            keys.iter()
                .all(|key| key.starts_with(&format!("{ORGANIZATION}/{account}/")))
        );
        assert_eq!(here("cloudtrail:GetTrailStatus").len(), 1);
        assert_eq!(here("cloudtrail:ListPublicKeys").len(), 1);
    }
    let state = simulator.state();
    let of_bucket = state
        .log
        .iter()
        .filter(|asked| asked.parameters.get("Bucket").is_some_and(|one| one == CENTRAL));
    let (heads, rest): (Vec<_>, Vec<_>) = of_bucket.partition(|asked| asked.operation == "s3:HeadBucket");
    assert!(
        heads.iter().all(|asked| asked.signed.region == EAST),
        "asked where the trail is at home"
    );
    assert!(!rest.is_empty() && rest.iter().all(|asked| asked.signed.region == FRANKFURT));
}

/// Both deliver to one bucket, below different roots.
#[test]
fn a_trail_of_the_account_beside_that_of_the_organization_is_read_too() {
    let mut world = of_organization();
    let both = [("all", true), ("own", false)].map(|(name, organization)| {
        json!({
            "Name": name, "TrailARN": format!("arn:aws:cloudtrail:{EAST}:{HOME}:trail/{name}"), "HomeRegion": EAST,
            "S3BucketName": CENTRAL, "S3KeyPrefix": "audit", "IsMultiRegionTrail": true, "IsOrganizationTrail": organization,
        })
    });
    world.reply(
        "cloudtrail:DescribeTrails",
        HOME,
        EAST,
        "",
        json!({"trailList": both}),
    );
    deliver(&mut world, CENTRAL, "audit/AWSLogs", HOME, EAST);
    let simulator = Simulator::start(world);
    let desk = Desk::at_home(&[EAST]);
    let ended = desk.collect(&simulator);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ledger = desk.ledger();
    assert_eq!(pulls(&ledger, "s3:ListObjectsV2", EAST).len(), 4);
    let objects: usize = pulls(&ledger, "s3:GetObject", EAST)
        .iter()
        .map(|pull| pull.pages.len())
        .sum();
    assert_eq!(objects, 16);
}

#[test]
fn a_bucket_that_is_gone_and_a_folder_that_is_not_there_are_gaps() {
    for (bucket, of_organization, code) in [
        ("luma-gone", false, "NoSuchBucket"),
        (BUCKET, true, "NoOrganization"),
    ] {
        let mut world = small();
        let trail = json!({
            "Name": "main", "TrailARN": format!("arn:aws:cloudtrail:{EAST}:{HOME}:trail/main"), "HomeRegion": EAST,
            "S3BucketName": bucket, "IsMultiRegionTrail": false, "IsOrganizationTrail": of_organization,
        });
        world.reply(
            "cloudtrail:DescribeTrails",
            HOME,
            EAST,
            "",
            json!({"trailList": [trail]}),
        );
        let simulator = Simulator::start(world);
        let ended = Desk::at_home(&[EAST]).collect(&simulator);
        assert_eq!(ended.code, 4, "{ended:?}");
        let place = format!("cloudtrail_digests/{HOME}/{EAST}");
        let gaps = ["digests", "logs"].map(|kind| (format!("{place}/list-{kind}"), code.to_owned()));
        assert_eq!(ended.failed(), gaps);
    }
}
