//! The contracts.

use crate::store::support::database_url;
use quadrille_postgres::Postgres;

async fn fresh() -> Postgres {
    Postgres::options(&database_url()).migrate(true).open().await.unwrap()
}

mod engine_state {
    quadrille_testing::engine_state_conformance!(|| async { super::fresh().await });
}

mod read_models {
    quadrille_testing::read_models_conformance!(|| async { super::fresh().await });
}
