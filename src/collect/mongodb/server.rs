//! The server: how it is entered, who the account is there, what it may do, and whether there are snapshots.

use std::time::Duration;

use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::{
    AuthMechanism, ClientOptions, ConnectionString, HostInfo, ServerAddress, Tls, TlsOptions,
};
use mongodb::{Client, Database};

use super::failure::Failed;
use crate::collect::secret::{Reference, Secret, SecretError};
use crate::collect::{CollectError, Settings};

/// Opening a connection.
const CONNECT_SECONDS: u64 = 10;
/// Finding a server that answers.
const SELECT_SECONDS: u64 = 15;
/// One command, from the first byte sent to the last received.
pub(super) const COMMAND_SECONDS: u64 = 60;
/// Taking leave.
const LEAVE_SECONDS: u64 = 5;
/// Wire version since which a replica set reads a snapshot outside of transactions: MongoDB 5.0.
const SNAPSHOT_WIRE_VERSION: i64 = 13;
/// The code of a member that lags behind, or may.
const NOT_PRIMARY: &str = "NotPrimary";
/// Built-in roles that read, and no more.
const READING_ROLES: [&str; 5] = [
    "read",
    "readAnyDatabase",
    "clusterMonitor",
    "directShardOperations",
    "hostManager",
];
/// Built-in roles with which documents can be changed, or the right to do so be had.
const WRITING_ROLES: [&str; 13] = [
    "readWrite",
    "readWriteAnyDatabase",
    "dbAdmin",
    "dbAdminAnyDatabase",
    "dbOwner",
    "userAdmin",
    "userAdminAnyDatabase",
    "clusterAdmin",
    "clusterManager",
    "restore",
    "root",
    "__system",
    "atlasAdmin",
];
/// Actions by which documents are changed, or the right to do so is had: by an index, documents expire.
const WRITING_ACTIONS: [&str; 19] = [
    "anyAction",
    "applyOps",
    "bypassDocumentValidation",
    TAKING_OVER,
    "collMod",
    "convertToCapped",
    "createIndex",
    "createRole",
    "createUser",
    "dropCollection",
    "dropDatabase",
    "grantRole",
    "impersonate",
    "insert",
    "internal",
    "remove",
    "renameCollectionSameDB",
    "restore",
    "update",
];

/// The action by which an account becomes another: whichever database it is kept in, it may write to this one.
const TAKING_OVER: &str = "changePassword";

/// How the server is entered: the connection string without its text ever being shown, and the files of certificates.
pub(super) struct Entry {
    uri: ConnectionString,
    tls: TlsOptions,
}

/// An entered server.
pub(super) struct Server {
    pub(super) client: Client,
    pub(super) database: Database,
    /// Who asks, as the server knows them.
    pub(super) caller: String,
    /// What the account may change: `none`, the actions or roles by which it may, or that nobody could say.
    pub(super) writes: String,
    /// Why there are no snapshots; `None` where there are.
    pub(super) no_snapshot: Option<&'static str>,
    /// The server's clock, as it was entered.
    pub(super) clock: Option<DateTime>,
}

impl Entry {
    /// Checks what can be checked before anybody is asked.
    pub(super) fn new(settings: &Settings, uri: &Secret) -> Result<Self, CollectError> {
        let bad = |why| CollectError::BadSetting { key: "uri", why };
        let parsed = ConnectionString::parse(uri.reveal()).map_err(|_| {
            bad("what it names is no connection string of MongoDB: write mongodb://… or mongodb+srv://…, with special characters of user and password percent-encoded")
        })?;
        let file = |key: &'static str, needed: &[&str], why| -> Result<_, CollectError> {
            let Some(path) = settings.path(key) else {
                return Ok(None);
            };
            let text = Reference::File(path.clone())
                .read()
                .map_err(|source| SecretError::Unreadable { key, source })?;
            let whole = needed.iter().all(|needed| text.contains(needed));
            whole
                .then_some(Some(path))
                .ok_or(CollectError::BadSetting { key, why })
        };
        let ca = file(
            "ca",
            &["-----BEGIN CERTIFICATE-----"],
            "the file holds no certificate: it has to be PEM",
        )?;
        let client = file(
            "client_certificate",
            &["-----BEGIN CERTIFICATE-----", "PRIVATE KEY-----"],
            "the file has to hold a certificate and its private key, both PEM",
        )?;
        let mut tls = match &parsed.tls {
            Some(Tls::Enabled(options)) => options.clone(),
            _ => TlsOptions::default(),
        };
        if tls.allow_invalid_certificates == Some(true) {
            return Err(bad(
                "it accepts any certificate (tlsInsecure or tlsAllowInvalidCertificates): name the certificate authority with `ca` instead",
            ));
        }
        let encrypted = match (&parsed.tls, &parsed.host_info) {
            (Some(Tls::Enabled(_)), _) | (None, HostInfo::DnsRecord(_)) => true,
            (None, _) if ca.is_some() || client.is_some() => true,
            _ => false,
        };
        if !encrypted && !is_here(&parsed.host_info) {
            return Err(bad("it connects without TLS to another machine: add tls=true"));
        }
        tls.ca_file_path = ca.or(tls.ca_file_path);
        tls.cert_key_file_path = client.or(tls.cert_key_file_path);
        let mut uri = parsed;
        if encrypted {
            uri.tls = Some(Tls::Enabled(tls.clone()));
        }
        if let Some(credential) = &mut uri.credential {
            match credential.mechanism {
                None => credential.mechanism = Some(AuthMechanism::ScramSha256),
                Some(AuthMechanism::ScramSha256) => {}
                Some(AuthMechanism::MongoDbX509) if tls.cert_key_file_path.is_some() => {}
                Some(AuthMechanism::MongoDbX509) => {
                    return Err(bad(
                        "MONGODB-X509 needs the client's certificate and key: name the file with `client_certificate`",
                    ));
                }
                Some(_) => return Err(bad("authMechanism has to be SCRAM-SHA-256 or MONGODB-X509")),
            }
        }
        Ok(Self { uri, tls })
    }

    /// Whether everything goes through TLS.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.uri.tls, Some(Tls::Enabled(_))) || matches!(self.uri.host_info, HostInfo::DnsRecord(_))
    }

    /// Enters the server and asks who the account is there.
    pub(super) async fn enter(&self, database: &str) -> Result<Server, Failed> {
        let mut options = ClientOptions::parse(self.uri.clone()).await?;
        // A name that leads to hosts by DNS may come without TLS options of its own.
        if let Some(Tls::Enabled(found)) = &mut options.tls {
            *found = self.tls.clone();
        }
        options.app_name = Some("backproof".to_owned());
        let bounded = |set: Option<Duration>, seconds: u64| {
            let bound = Duration::from_secs(seconds);
            Some(set.map_or(bound, |set| set.min(bound)))
        };
        options.connect_timeout = bounded(options.connect_timeout, CONNECT_SECONDS);
        options.server_selection_timeout = bounded(options.server_selection_timeout, SELECT_SECONDS);
        let client = Client::with_options(options)?;
        let admin = client.database("admin");
        let hello = run(&admin, doc! { "hello": 1 }).await?;
        up_to_date(&hello)?;
        let status = run(&admin, doc! { "connectionStatus": 1, "showPrivileges": true }).await?;
        Ok(Server {
            caller: caller(&status),
            writes: writes(&status, database),
            no_snapshot: no_snapshot(&hello),
            clock: hello.get_datetime("localTime").ok().copied(),
            database: client.database(database),
            client,
        })
    }
}

impl Server {
    /// Ends sessions and connections. Who does not answer is left as it is.
    pub(super) async fn leave(self) {
        let shut = self.client.shutdown().into_future();
        drop(tokio::time::timeout(Duration::from_secs(LEAVE_SECONDS), shut).await);
    }
}

async fn run(database: &Database, command: Document) -> Result<Document, Failed> {
    let asked = database.run_command(command).into_future();
    match tokio::time::timeout(Duration::from_secs(COMMAND_SECONDS), asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Failed::late(COMMAND_SECONDS)),
    }
}

/// Whether every host is this machine.
fn is_here(hosts: &HostInfo) -> bool {
    let here = |host: &ServerAddress| match host {
        ServerAddress::Tcp { host, .. } => {
            host == "localhost"
                || host
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        ServerAddress::Unix { .. } => true,
        _ => false,
    };
    matches!(hosts, HostInfo::HostIdentifiers(hosts) if hosts.iter().all(here))
}

fn is_sharded(hello: &Document) -> bool {
    hello.get_str("msg").is_ok_and(|said| said == "isdbgrid")
}

/// Only a primary, and a router, which asks primaries, know of everything that was written. A connection to one host leads to
/// whichever member that is, and one that is delayed answers for a time long ago as if it were now.
fn up_to_date(hello: &Document) -> Result<(), Failed> {
    if is_sharded(hello) || hello.get_bool("isWritablePrimary").unwrap_or(false) {
        return Ok(());
    }
    Err(Failed::for_good(
        NOT_PRIMARY,
        "the server is neither the primary of its replica set nor a router, and may lag behind; leave directConnection out of \
         the connection string and name the replica set (replicaSet=…), or name the primary",
    ))
}

fn no_snapshot(hello: &Document) -> Option<&'static str> {
    let version = match hello.get("maxWireVersion") {
        Some(Bson::Int32(version)) => i64::from(*version),
        Some(Bson::Int64(version)) => *version,
        _ => 0,
    };
    if !is_sharded(hello) && !hello.contains_key("setName") {
        return Some("the server is no member of a replica set");
    }
    (version < SNAPSHOT_WIRE_VERSION).then_some("the server is older than MongoDB 5.0")
}

fn rows<'d>(status: &'d Document, list: &str) -> Vec<&'d Document> {
    let info = status.get_document("authInfo").ok();
    let rows = info.and_then(|info| info.get_array(list).ok());
    rows.into_iter().flatten().filter_map(Bson::as_document).collect()
}

fn caller(status: &Document) -> String {
    let users = rows(status, "authenticatedUsers");
    let named = users.iter().map(|user| {
        let text = |name| user.get_str(name).unwrap_or_default();
        format!("{}@{}", text("user"), text("db"))
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() {
        "nobody: the server asked for no login".to_owned()
    } else {
        named.join(", ")
    }
}

/// What the account may change in `database`.
fn writes(status: &Document, database: &str) -> String {
    if rows(status, "authenticatedUsers").is_empty() {
        return "anything: the server asks for no login".to_owned();
    }
    let privileges = rows(status, "authenticatedUserPrivileges");
    let covers = |privilege: &Document| {
        privilege.get_document("resource").is_ok_and(|resource| {
            let of_database = resource
                .get_str("db")
                .is_ok_and(|db| db.is_empty() || db == database || db == "admin");
            of_database || resource.contains_key("anyResource") || resource.contains_key("cluster")
        })
    };
    let actions = privileges.iter().flat_map(|privilege| {
        let here = covers(privilege);
        let actions = privilege.get_array("actions").ok().into_iter().flatten();
        let actions = actions.filter_map(Bson::as_str);
        actions.filter(move |action| here || *action == TAKING_OVER)
    });
    let mut may: Vec<&str> = actions
        .filter(|action| WRITING_ACTIONS.contains(action))
        .collect();
    let roles = rows(status, "authenticatedUserRoles");
    let roles: Vec<&str> = roles
        .iter()
        .filter_map(|role| role.get_str("role").ok())
        .collect();
    may.extend(roles.iter().filter(|role| WRITING_ROLES.contains(role)));
    may.sort_unstable();
    may.dedup();
    let known = !privileges.is_empty() || roles.iter().all(|role| READING_ROLES.contains(role));
    match (may.is_empty(), known) {
        (false, _) => may.join(", "),
        (true, true) => "none".to_owned(),
        (true, false) => "unknown: the server does not say what the roles of the account may do".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the account may do, when the server shows these roles and privileges.
    #[track_caller]
    fn check(roles: &[&str], privileges: Vec<Document>, expected: &str) {
        let roles: Vec<Document> = roles
            .iter()
            .map(|role| doc! { "role": role, "db": "compliance" })
            .collect();
        let status = doc! { "authInfo": {
            "authenticatedUsers": [{ "user": "reader", "db": "admin" }],
            "authenticatedUserRoles": roles,
            "authenticatedUserPrivileges": privileges,
        } };
        assert_eq!(writes(&status, "compliance"), expected);
        assert_eq!(caller(&status), "reader@admin");
    }

    fn privilege(resource: Document, actions: &[&str]) -> Document {
        doc! { "resource": resource, "actions": actions.to_vec() }
    }

    #[test]
    fn what_an_account_may_change_is_read_from_privileges_and_roles() {
        let database = doc! { "db": "compliance", "collection": "" };
        let read = [
            "changeStream",
            "collStats",
            "find",
            "killCursors",
            "listCollections",
        ];
        check(&["read"], vec![privilege(database.clone(), &read)], "none");
        check(
            &["registers"],
            vec![privilege(database.clone(), &["find"])],
            "none",
        );
        check(
            &["registers"],
            vec![privilege(database, &["find", "update", "insert"])],
            "insert, update",
        );
        check(
            &["registers"],
            vec![privilege(
                doc! { "db": "compliance", "collection": "tickets" },
                &["remove"],
            )],
            "remove",
        );
        check(
            &["registers"],
            vec![privilege(doc! { "db": "other", "collection": "" }, &["insert"])],
            "none",
        );
        check(
            &["registers"],
            vec![privilege(doc! { "anyResource": true }, &["anyAction"])],
            "anyAction",
        );
        check(
            &["registers"],
            vec![privilege(
                doc! { "db": "other", "collection": "" },
                &["changePassword", "createIndex", "insert"],
            )],
            "changePassword",
        );
        check(
            &["registers"],
            vec![
                privilege(doc! { "cluster": true }, &["impersonate", "listDatabases"]),
                privilege(
                    doc! { "db": "compliance", "collection": "" },
                    &["createIndex", "find"],
                ),
            ],
            "createIndex, impersonate",
        );
        check(&["read"], vec![], "none");
        check(&["readWrite", "read"], vec![], "readWrite");
        check(
            &["registers"],
            vec![],
            "unknown: the server does not say what the roles of the account may do",
        );
        let nobody = doc! { "authInfo": { "authenticatedUsers": [] } };
        assert_eq!(
            writes(&nobody, "compliance"),
            "anything: the server asks for no login"
        );
    }

    #[test]
    fn a_member_that_may_lag_behind_is_not_asked() {
        for fine in [
            doc! { "isWritablePrimary": true, "setName": "rs" },
            doc! { "isWritablePrimary": true },
            doc! { "isWritablePrimary": true, "msg": "isdbgrid" },
            doc! { "msg": "isdbgrid" },
        ] {
            assert!(up_to_date(&fine).is_ok(), "{fine}");
        }
        for behind in [
            doc! { "isWritablePrimary": false, "secondary": true, "setName": "rs" },
            doc! { "isWritablePrimary": false, "secondary": false, "setName": "rs" },
            doc! { "setName": "rs" },
        ] {
            let failed = up_to_date(&behind).expect_err("may lag behind");
            assert_eq!(failed.failure.code, "NotPrimary");
            assert!(!failed.passing);
        }
    }

    #[test]
    fn snapshots_are_of_replica_sets_and_sharded_clusters_since_5_0() {
        assert_eq!(no_snapshot(&doc! { "maxWireVersion": 13, "setName": "rs" }), None);
        assert_eq!(
            no_snapshot(&doc! { "maxWireVersion": 21, "msg": "isdbgrid" }),
            None
        );
        let alone = no_snapshot(&doc! { "maxWireVersion": 21 });
        assert_eq!(alone, Some("the server is no member of a replica set"));
        let old = no_snapshot(&doc! { "maxWireVersion": 9, "setName": "rs" });
        assert_eq!(old, Some("the server is older than MongoDB 5.0"));
    }
}
