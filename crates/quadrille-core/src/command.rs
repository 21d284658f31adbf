//! Commands: what an aggregate is asked to do.

use crate::{DecodeError, EncodeError};

/// One command of an aggregate, as its derive found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandType {
    /// The name within its category: the variant in snake case.
    pub name: &'static str,
    /// The enum's variant.
    pub variant: &'static str,
    /// Variants of the aggregate's events that it may lead to; `None` when undeclared: any.
    pub emits: Option<&'static [&'static str]>,
}

/// The commands of an aggregate, one variant each. Derive it: `#[derive(Command)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    note = "add `#[derive(Command)]` to the enum"
)]
pub trait Command: Sized + Send + Sync + 'static {
    /// All commands of this enum, in the order of its variants.
    const TYPES: &'static [CommandType];

    /// The index of this command's type in [`Command::TYPES`].
    fn kind(&self) -> usize;

    /// The payload's bytes.
    ///
    /// # Errors
    /// When a value has no JSON form.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// A command from its [`CommandType::name`] and its payload; `Ok(None)` for an unknown name.
    ///
    /// # Errors
    /// When the payload does not fit.
    fn decode(name: &str, data: &[u8]) -> Result<Option<Self>, DecodeError>;

    /// This command's type.
    fn command_type(&self) -> &'static CommandType {
        &Self::TYPES[self.kind()]
    }
}
