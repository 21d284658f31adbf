// ANCHOR: conformance
use quadrille::memory::MemoryStore;
use quadrille_testing::conformance::Fixture;

quadrille_testing::conformance!(|| async {
    let store = MemoryStore::new();
    let same = store.clone();
    Fixture::new(store).reopened_by(move || std::future::ready(same.clone()))
});
// ANCHOR_END: conformance
