//! The contracts.

use crate::support::{available, database, models};
use quadrille_postgres::Postgres;

/// In a database that is deleted with the server; on a named one it stays.
async fn fresh() -> Postgres {
    let database = database().await.expect("there is a server");
    let models = models(database.url()).await;
    // A case takes the read models alone, and they must not outlive their database.
    std::mem::forget(database);
    models
}

mod engine_state {
    use super::{available, fresh};
    quadrille_testing::engine_state_conformance!(if available() => || async { fresh().await });
}

mod read_models {
    use super::{available, fresh};
    quadrille_testing::read_models_conformance!(if available() => || async { fresh().await });
}
