//! Where stores and read models live, as programs take it from their arguments.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::{Quadrille, StartError};
use quadrille_core::redact;
use std::{fmt, path::PathBuf, str::FromStr};

/// A place for a store or for read models, read from a URL: `sqlite:PATH`, `postgres://…`, and for
/// a store also `esdb://…` or `kurrentdb://…`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A file for a store, a folder for read models.
    Sqlite(PathBuf),
    /// The URL of a database.
    Postgres(String),
    /// The URL of an EventStoreDB or KurrentDB, for a store.
    KurrentDb(String),
}

/// A URL that names no place. It is shown without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use {url}: {problem}")]
pub struct InvalidLocation {
    url: String,
    problem: String,
}

impl InvalidLocation {
    fn new(url: &str, problem: impl Into<String>) -> Self {
        Self { url: redact(url), problem: problem.into() }
    }
}

impl FromStr for Location {
    type Err = InvalidLocation;

    fn from_str(url: &str) -> Result<Self, InvalidLocation> {
        match url.split_once(':') {
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() {
                    return Err(InvalidLocation::new(url, "it names no file; write sqlite:PATH"));
                }
                Ok(Self::Sqlite(path.into()))
            }
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            Some(("esdb" | "kurrentdb" | "esdb+discover" | "kurrentdb+discover", _)) => {
                Ok(Self::KurrentDb(url.to_owned()))
            }
            _ => {
                let problem = "it is no URL such as sqlite:bank.db, postgres://user@host/database or esdb://host:2113";
                Err(InvalidLocation::new(url, problem))
            }
        }
    }
}

/// Without secrets.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) | Self::KurrentDb(url) => f.write_str(&redact(url)),
        }
    }
}

/// Without secrets.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Quadrille {
    /// An app on a store, with read models and the engine's state where they are told to be, or
    /// with the store. What is not there yet is made, and what is older brought up to date; so
    /// in production rather open them one by one.
    ///
    /// # Errors
    /// When one of them cannot be used; the error says what to do. Also where it lies in a
    /// database that this build has no feature for, and where a store on KurrentDB comes without
    /// a place for the rest.
    pub async fn open(
        store: &Location,
        read_models: Option<&Location>,
    ) -> Result<Self, StartError> {
        if let place @ Location::KurrentDb(_) = read_models.unwrap_or(store) {
            return Err(place.elsewhere());
        }
        let app = match store {
            #[cfg(feature = "sqlite")]
            Location::Sqlite(path) => Self::new(quadrille_sqlite::SqliteStore::open(path).await?),
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let options = quadrille_postgres::PostgresStore::options(url).migrate(true);
                Self::new(options.open().await?)
            }
            #[cfg(feature = "kurrentdb")]
            Location::KurrentDb(url) => {
                Self::new(quadrille_kurrentdb::KurrentDbStore::open(url).await?)
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "kurrentdb")))]
            other => return Err(other.missing()),
        };
        match (read_models, store) {
            #[cfg(feature = "sqlite")]
            (Some(Location::Sqlite(folder)), _) => {
                Ok(app.database(quadrille_sqlite::Sqlite::open(folder).await?))
            }
            #[cfg(feature = "sqlite")]
            (None, Location::Sqlite(path)) => {
                Ok(app.database(quadrille_sqlite::Sqlite::beside(path).await?))
            }
            #[cfg(feature = "postgres")]
            (Some(Location::Postgres(url)), _) | (None, Location::Postgres(url)) => {
                let options = quadrille_postgres::Postgres::options(url).migrate(true);
                Ok(app.database(options.open().await?))
            }
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            (Some(place @ Location::KurrentDb(_)), _) | (None, place @ Location::KurrentDb(_)) => {
                Err(place.elsewhere())
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            (other, store) => Err(other.unwrap_or(store).missing()),
        }
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Location {
    /// What to do about a build that lacks a database.
    #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "kurrentdb")))]
    fn missing(&self) -> StartError {
        let feature = match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
            Self::KurrentDb(_) => "kurrentdb",
        };
        let problem = format!("this build lacks it; enable the feature `{feature}` of `quadrille`");
        InvalidLocation { url: self.to_string(), problem }.into()
    }

    /// What to do about read models that would lie with a store on KurrentDB.
    fn elsewhere(&self) -> StartError {
        let problem = "KurrentDB keeps events only; say where the read models and the engine's \
                       state are: sqlite:FOLDER or postgres://…";
        InvalidLocation { url: self.to_string(), problem: problem.into() }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_cannot_be_opened_say_why_without_their_secrets() {
        let error = |url: &str| url.parse::<Location>().unwrap_err().to_string();
        let kurrent: Location = "kurrentdb://a:s3cr3t@host".parse().unwrap();
        assert_eq!(kurrent.to_string(), "kurrentdb://a:***@host");
        assert!(error("bank.db").contains("such as sqlite:bank.db"));
        assert!(error("sqlite:").contains("names no file"));
        assert_eq!("sqlite://a/b".parse::<Location>().unwrap(), Location::Sqlite("a/b".into()));
        let postgres: Location = "postgres://bank:s3cr3t@db/bank".parse().unwrap();
        assert_eq!(format!("{postgres:?}"), "Location(postgres://bank:***@db/bank)");
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn read_models_that_can_be_nowhere_are_named_and_not_the_store() {
        let store = Location::Sqlite("bank.db".into());
        let models = Location::KurrentDb("esdb://a:s3cr3t@host".into());
        let error = Quadrille::open(&store, Some(&models)).await.err().expect("an error");
        let error = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(error.contains("use esdb://a:***@host: KurrentDB keeps events only"), "{error}");
    }
}
