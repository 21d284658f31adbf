use super::Server;
use quadrille_core::{StoreError, redact};
use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use std::str::FromStr;

/// The schema where none is named.
const SCHEMA: &str = "quadrille";
/// Names of read models are added to it, and PostgreSQL cuts names at 63 bytes.
const MAX_SCHEMA_BYTES: usize = 24;

/// Parameters that mean something; a mistyped one must not switch encryption off in silence.
const KNOWN: [&str; 20] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
    "schema",
    "connect_timeout",
];

pub(super) fn parse(text: &str, schema: Option<&str>) -> Result<Server, StoreError> {
    let shown = redact(text);
    let unusable = |problem: String| StoreError::unusable(shown.clone(), problem);
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    if !matches!(scheme, Some("postgres" | "postgresql")) {
        return Err(unusable("it is no URL such as postgres://user@host/database".into()));
    }
    let (place, query) = text.split_once('?').unwrap_or((text, ""));
    let mut kept = Vec::new();
    let mut named = schema.map(str::to_owned);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !KNOWN.contains(&key) && !key.starts_with("options[") {
            return Err(unusable(format!("it has no parameter {key:?}; check its spelling")));
        }
        match key {
            "schema" => named = named.or_else(|| Some(value.to_owned())),
            // How long to wait is said by the options, for every call.
            "connect_timeout" => {}
            _ => kept.push(pair),
        }
    }
    let schema = named.unwrap_or_else(|| SCHEMA.to_owned());
    check_schema(&schema).map_err(unusable)?;
    let url =
        if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) };
    let connect = PgConnectOptions::from_str(&url)
        // What is wrong with a URL is told without repeating it.
        .map_err(|_| unusable("it cannot be read as a URL; escape what is special in it".into()))?;
    let connect = match connect.get_application_name() {
        Some(_) => connect,
        None => connect.application_name("quadrille"),
    };
    let connect = connect.disable_statement_logging();
    Ok(Server { connect, shown: shown.into(), schema: schema.into() })
}

fn check_schema(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.starts_with("pg_");
    if begins && name.chars().all(plain) && name.len() <= MAX_SCHEMA_BYTES {
        return Ok(());
    }
    Err(format!(
        "the schema {name:?} cannot be used; give it up to {MAX_SCHEMA_BYTES} lower-case letters, digits and `_`, a letter first, and no `pg_` in front"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, schema: Option<&str>, part: &str) {
        let error = parse(url, schema).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains("s3cr3t"), "{error}");
    }

    #[test]
    fn a_url_says_where_and_how() {
        let url = "postgres://bank:s3cr3t@db:5433/bank?sslmode=disable&schema=shop";
        let server = parse(url, None).unwrap();
        assert_eq!(&*server.schema, "shop");
        assert_eq!(server.connect.get_port(), 5433);
        assert_eq!(server.named("events"), "\"shop\".events");
        assert!(!server.shown.contains("s3cr3t"));
        assert_eq!(&*parse("postgresql://db/bank", None).unwrap().schema, "quadrille");
        assert_eq!(&*parse(url, Some("till")).unwrap().schema, "till");
    }

    #[test]
    fn what_would_not_be_heeded_is_refused_without_telling_secrets() {
        refused("mysql://bank:s3cr3t@db/bank", None, "no URL such as postgres://");
        refused("postgres://bank:s3cr3t@db/bank?sslmod=require", None, "no parameter \"sslmod\"");
        refused("postgres://bank:s3cr3t@db/bank", Some("Shop"), "the schema \"Shop\"");
        refused("postgres://bank:s3cr3t@db/bank?schema=pg_shop", None, "\"pg_shop\"");
        refused("postgres://bank:s3cr3t@db:no/bank", None, "cannot be read as a URL");
        refused("postgres://bank:s3cr3t@db/bank?sslmode=perhaps", None, "cannot be read as a URL");
    }
}
