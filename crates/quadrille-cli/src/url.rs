use crate::explain::Outcome;
use std::{path::PathBuf, str::FromStr};

/// Where a store or read models live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(PathBuf),
}

impl FromStr for Location {
    type Err = quadrille_core::error::BoxError;

    fn from_str(url: &str) -> Outcome<Self> {
        let shown = redact(url);
        let missing = |what: &str| {
            Err(format!("use {shown}: {what} are not in this build yet; use sqlite:PATH").into())
        };
        match url.split_once(':') {
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() {
                    return Err(format!("use {shown}: it names no file; write sqlite:PATH").into());
                }
                Ok(Self::Sqlite(path.into()))
            }
            Some(("postgres" | "postgresql", _)) => missing("PostgreSQL stores"),
            Some(("esdb" | "kurrentdb" | "esdb+discover" | "kurrentdb+discover", _)) => {
                missing("KurrentDB stores")
            }
            _ => Err(format!("use {shown}: it is no store's URL, such as sqlite:bank.db").into()),
        }
    }
}

/// A URL without its secrets: what stands before the `@`, and parameters that name one.
pub(crate) fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // A secret may hold a `?` or a `/` that should have been written otherwise.
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, at)| (Some(user), at));
    let user = user.map(|user| match user.split_once(':') {
        Some((user, _)) => format!("{user}:***@"),
        None => format!("{user}@"),
    });
    let (place, query) = match place.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (place, None),
    };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if is_secret(key) => format!("{key}=***"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    let user = user.unwrap_or_default();
    format!(
        "{scheme}://{user}{place}{}",
        query.map_or_else(String::new, |query| format!("?{query}"))
    )
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token", "key"].iter().any(|part| key.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        let check = |url: &str, expected: &str| assert_eq!(redact(url), expected);
        check("postgres://bank:s3cr3t@db:5432/bank", "postgres://bank:***@db:5432/bank");
        check("postgres://bank:p@ss:w@db/bank", "postgres://bank:***@db/bank");
        check(
            "postgres://db/bank?password=x&sslmode=require",
            "postgres://db/bank?password=***&sslmode=require",
        );
        check("postgres://bank:a?b@db/bank", "postgres://bank:***@db/bank");
        check("esdb://admin:changeit@host?tls=false", "esdb://admin:***@host?tls=false");
        check("sqlite:bank.db", "sqlite:bank.db");
    }

    #[test]
    fn urls_that_cannot_be_opened_say_why_without_their_secrets() {
        let error = |url: &str| url.parse::<Location>().unwrap_err().to_string();
        let postgres = error("postgres://bank:s3cr3t@db/bank");
        assert!(postgres.contains("not in this build yet") && !postgres.contains("s3cr3t"));
        assert!(error("kurrentdb://a:b@host").contains("KurrentDB stores are not in this build"));
        assert!(error("bank.db").contains("such as sqlite:bank.db"));
        assert!(error("sqlite:").contains("names no file"));
        assert_eq!("sqlite://a/b".parse::<Location>().unwrap(), Location::Sqlite("a/b".into()));
    }
}
