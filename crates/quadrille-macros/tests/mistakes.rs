//! What the derives say about mistakes.

#[test]
fn mistakes_are_explained_where_they_stand() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
