// ANCHOR: conformance
use quadrille::memory::MemoryStore;

quadrille_testing::conformance!(|| async { MemoryStore::new() });
// ANCHOR_END: conformance
