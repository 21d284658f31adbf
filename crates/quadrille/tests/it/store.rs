use quadrille::memory::MemoryStore;
use quadrille_testing::conformance::{self, Fixture};

fn fixture(store: MemoryStore) -> Fixture {
    let same = store.clone();
    Fixture::new(store).reopened_by(move || std::future::ready(same.clone()))
}

mod full {
    use super::*;

    quadrille_testing::conformance!(|| async { fixture(MemoryStore::new()) });

    #[test]
    fn it_agrees_with_the_model() {
        conformance::model(|| async { MemoryStore::new() });
    }

    #[test]
    fn no_event_is_skipped_whoever_commits_when() {
        conformance::proof(|| async { fixture(MemoryStore::new()) });
    }
}

mod like_kurrentdb {
    use super::*;

    quadrille_testing::conformance!(|| async { fixture(MemoryStore::like_kurrentdb()) });

    #[test]
    fn it_agrees_with_the_model() {
        conformance::model(|| async { MemoryStore::like_kurrentdb() });
    }

    #[test]
    fn no_event_is_skipped_whoever_commits_when() {
        conformance::proof(|| async { fixture(MemoryStore::like_kurrentdb()) });
    }
}
