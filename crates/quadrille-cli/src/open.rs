use crate::{
    Context, ControlStream, Target,
    args::Access,
    explain::{Explain, Outcome},
};
use quadrille::Location;
use quadrille_core::{EngineState, EventStore, error::BoxError, read_model::ReadModels};
use quadrille_kurrentdb::KurrentDbStore;
use quadrille_postgres::{Postgres, PostgresStore};
use quadrille_sqlite::{Sqlite, SqliteStore};
use std::{path::Path, sync::Arc, time::Duration};

/// A store and its read models, opened for a command.
pub struct Opened {
    /// What the commands work on.
    pub context: Context,
    store: Store,
}

/// A store of any kind.
#[derive(Clone)]
enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
    KurrentDb(KurrentDbStore),
}

impl Store {
    fn shared(&self) -> Arc<dyn EventStore> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
            Self::KurrentDb(store) => Arc::new(store.clone()),
        }
    }
}

/// Read models and engine state, which lie together.
type Models = (Arc<dyn EngineState>, Arc<dyn ReadModels>);

impl Opened {
    /// Lets go of the store, and waits until its files or connections are closed.
    pub async fn close(self) {
        drop(self.context);
        match self.store {
            Store::Sqlite(store) => store.close().await,
            Store::Postgres(store) => store.close().await,
            Store::KurrentDb(store) => drop(store),
        }
    }
}

/// Opens the store and the read models that a target names. Nothing is made but, where events are
/// to be imported, the store itself.
///
/// # Errors
/// When one of them cannot be used. Messages hold no secrets.
pub async fn open(target: &Target, access: Access, patience: Duration) -> Result<Opened, BoxError> {
    let location = location(target)?;
    let store = open_store(&location, access).await?;
    let models = open_models(target, &location).await?;
    let operations = Arc::new(ControlStream::new(store.shared(), patience));
    let (state, models) = models.unzip();
    let context = Context { app: None, store: store.shared(), state, models, operations };
    Ok(Opened { context, store })
}

/// Makes the store and the read models, or brings them up to date, and says where they are.
pub(crate) async fn migrate(target: &Target) -> Outcome<String> {
    let store = location(target)?;
    let models = read_models(target)?;
    check_home(&store, models.as_ref())?;
    match &store {
        Location::Sqlite(path) => {
            let opened =
                SqliteStore::open(path).await.explain(|| "migrate the store".to_owned())?;
            opened.close().await;
        }
        Location::Postgres(url) => {
            let opened = PostgresStore::options(url).migrate(true).open().await;
            opened.explain(|| "migrate the store".to_owned())?.close().await;
        }
        Location::KurrentDb(url) => {
            KurrentDbStore::open(url).await.explain(|| "migrate the store".to_owned())?;
        }
        _ => return Err(unknown(&store)),
    }
    let explain = || "migrate the read models".to_owned();
    match (models.as_ref(), &store) {
        (Some(Location::Sqlite(directory)), _) => {
            Sqlite::open(directory).await.explain(explain)?.close().await;
        }
        (None, Location::Sqlite(path)) => {
            Sqlite::beside(path).await.explain(explain)?.close().await;
        }
        (Some(Location::Postgres(url)), _) | (None, Location::Postgres(url)) => {
            let opened = Postgres::options(url).migrate(true).open().await;
            opened.explain(explain)?.close().await;
        }
        (other, _) => return Err(unknown(other.unwrap_or(&store))),
    }
    let models = models.map_or_else(|| "beside it".to_owned(), |models| models.to_string());
    Ok(format!("up to date: the store {store}, its read models {models}"))
}

/// Refuses a target that names no read models where none can lie beside the store.
pub(crate) fn check_read_models(target: &Target) -> Outcome {
    check_home(&location(target)?, read_models(target)?.as_ref())
}

/// Where the read models are, if that is said.
fn read_models(target: &Target) -> Outcome<Option<Location>> {
    Ok(target.read_models.as_deref().map(str::parse).transpose()?)
}

fn location(target: &Target) -> Outcome<Location> {
    let url = target.store.as_deref();
    let url = url.ok_or(
        "find the store: none is named; say --store URL, or set QUADRILLE_STORE; a URL is sqlite:PATH, postgres://… or esdb://…",
    )?;
    Ok(url.parse()?)
}

/// Refuses read models where none can be.
fn check_home(store: &Location, read_models: Option<&Location>) -> Outcome {
    match read_models.unwrap_or(store) {
        place @ Location::KurrentDb(_) => Err(homeless(place)),
        _ => Ok(()),
    }
}

/// Why there are no read models.
fn homeless(place: &Location) -> BoxError {
    let problem = "it keeps events only; say where the read models and the engine's state are: \
                   --read-models sqlite:DIRECTORY or postgres://…, or set QUADRILLE_READ_MODELS";
    format!("find the read models on {place}: {problem}").into()
}

fn unknown(location: &Location) -> BoxError {
    format!("use {location}: this build does not know such places").into()
}

async fn open_store(location: &Location, access: Access) -> Outcome<Store> {
    let opened = match location {
        Location::Sqlite(path) => Store::Sqlite(open_file(path, access).await?),
        Location::Postgres(url) => {
            let store = PostgresStore::options(url).migrate(access == Access::Create).open().await;
            Store::Postgres(store.explain(|| "open the store".to_owned())?)
        }
        Location::KurrentDb(url) => {
            let store = KurrentDbStore::options(url).create(access == Access::Create).open().await;
            Store::KurrentDb(store.explain(|| "open the store".to_owned())?)
        }
        other => return Err(unknown(other)),
    };
    Ok(opened)
}

async fn open_file(path: &Path, access: Access) -> Outcome<SqliteStore> {
    if access != Access::Create && !path.exists() {
        return Err(format!("open the store: there is no file {}", path.display()).into());
    }
    SqliteStore::options()
        .create(access == Access::Create)
        .read_only(access == Access::Read)
        .open(path)
        .await
        .explain(|| "open the store".to_owned())
}

/// Read models lie beside the store unless they are named; there are none before an app has run.
async fn open_models(target: &Target, store: &Location) -> Outcome<Option<Models>> {
    let explain = || "open the read models".to_owned();
    match (read_models(target)?, store) {
        (Some(Location::Sqlite(directory)), _) => {
            if !directory.is_dir() {
                let problem = format!("there is no directory {}", directory.display());
                return Err(format!("open the read models: {problem}").into());
            }
            folder(&directory).await
        }
        (None, Location::Sqlite(path)) => folder(&Sqlite::directory_beside(path)).await,
        (Some(Location::Postgres(url)), _) => {
            let models = Postgres::open(&url).await.explain(explain)?;
            Ok(Some((Arc::new(models.clone()), Arc::new(models))))
        }
        (None, Location::Postgres(url)) => {
            let models = Postgres::options(url).open_if_there().await.explain(explain)?;
            Ok(models.map(|models| -> Models { (Arc::new(models.clone()), Arc::new(models)) }))
        }
        // What the log tells is told without them.
        (None, Location::KurrentDb(_)) => Ok(None),
        (Some(place @ Location::KurrentDb(_)), _) => Err(homeless(&place)),
        (other, store) => Err(unknown(other.as_ref().unwrap_or(store))),
    }
}

async fn folder(directory: &Path) -> Outcome<Option<Models>> {
    if !directory.is_dir() {
        return Ok(None);
    }
    let models = Sqlite::options(directory).read_only().open().await;
    let models = models.explain(|| "open the read models".to_owned())?;
    Ok(Some((Arc::new(models.clone()), Arc::new(models))))
}
