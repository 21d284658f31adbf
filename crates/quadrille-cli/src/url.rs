use crate::explain::Outcome;
use quadrille_core::redact;
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

#[cfg(test)]
mod tests {
    use super::*;

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
