//! Rejections: the domain's refusals, named for the graph and the trail.

/// A refusal that the domain speaks. Derive it beside `thiserror::Error`: `#[derive(Rejection)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rejection",
    note = "add `#[derive(Rejection)]` beside `#[derive(Debug, thiserror::Error)]`, or use `Never`"
)]
pub trait Rejection: std::error::Error + Send + Sync + 'static {
    /// All codes that this type can have.
    const CODES: &'static [&'static str];

    /// The code of this refusal: the type or variant in snake case.
    fn code(&self) -> &'static str;
}

/// The rejection of an aggregate that refuses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Never {}

impl Rejection for Never {
    const CODES: &'static [&'static str] = &[];
    fn code(&self) -> &'static str {
        match *self {}
    }
}
