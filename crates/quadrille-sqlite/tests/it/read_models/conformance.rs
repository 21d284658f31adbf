//! The contracts.

mod engine_state {
    use quadrille_sqlite::Sqlite;
    quadrille_testing::engine_state_conformance!(|| async { Sqlite::temporary().await.unwrap() });
}

mod read_models {
    use quadrille_sqlite::Sqlite;
    quadrille_testing::read_models_conformance!(|| async { Sqlite::temporary().await.unwrap() });
}
