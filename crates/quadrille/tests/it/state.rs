mod engine_state {
    use quadrille::memory::MemoryState;

    quadrille_testing::engine_state_conformance!(|| async { MemoryState::new() });
}

mod read_models {
    use quadrille::memory::MemoryState;

    quadrille_testing::read_models_conformance!(|| async { MemoryState::new() });
}
