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
}

mod like_kurrentdb {
    use super::*;

    quadrille_testing::conformance!(|| async { fixture(MemoryStore::like_kurrentdb()) });

    #[test]
    fn it_agrees_with_the_model() {
        conformance::model(|| async { MemoryStore::like_kurrentdb() });
    }
}
