//! The proof passes stores that skip nothing, and fails those that do anything else.

mod broken;

use quadrille::memory::MemoryStore;
use quadrille_testing::conformance::{Fixture, Proof};

#[test]
fn a_sound_store_passes_on_one_handle_and_on_many() {
    let found = Proof::new().findings(|| async { MemoryStore::like_kurrentdb() });
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let found = Proof::new().events(1_000).seeds(7..9).findings(|| async {
        let store = MemoryStore::new();
        let same = store.clone();
        Fixture::new(store).reopened_by(move || std::future::ready(same.clone()))
    });
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    assert!(found.events >= 1_000 && found.accepted > 100 && found.refused > 10, "{found:?}");
}
