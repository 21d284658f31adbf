//! The contracts.

use crate::support::{available, database, models};
use quadrille_postgres::Postgres;

/// In a database that is deleted with the server.
async fn fresh() -> Postgres {
    let database = database().await.expect("there is a server");
    models(database.url()).await
}

mod engine_state {
    use super::{available, fresh};
    quadrille_testing::engine_state_conformance!(if available() => || async { fresh().await });
}

mod read_models {
    use super::{available, fresh};
    quadrille_testing::read_models_conformance!(if available() => || async { fresh().await });
}
