//! Stateless reactions: an event in, commands out.

use crate::{Aggregate, EncodeError, Message, message};
use std::fmt::Display;

/// What a reaction returns: nothing, one command or several. See [`send`].
#[derive(Debug, Default)]
pub struct Messages {
    messages: Vec<Message>,
    failure: Option<EncodeError>,
}

impl Messages {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.failure.is_none()
    }

    /// The commands, in order.
    ///
    /// # Errors
    /// When one of them had no JSON form.
    pub fn into_result(self) -> Result<Vec<Message>, EncodeError> {
        self.failure.map_or(Ok(self.messages), Err)
    }
}

/// A command for the aggregate `A` with this id, to be returned from a reaction.
pub fn send<A: Aggregate>(id: impl Display, command: impl Into<A::Command>) -> Messages {
    match message::<A>(id, command) {
        Ok(message) => Messages { messages: vec![message], failure: None },
        Err(error) => Messages { messages: Vec::new(), failure: Some(error) },
    }
}

impl FromIterator<Messages> for Messages {
    fn from_iter<I: IntoIterator<Item = Messages>>(all: I) -> Self {
        all.into_iter().fold(Self::default(), |mut all, one| {
            all.messages.extend(one.messages);
            all.failure = all.failure.or(one.failure);
            all
        })
    }
}

impl From<()> for Messages {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Option<Messages>> for Messages {
    fn from(messages: Option<Messages>) -> Self {
        messages.unwrap_or_default()
    }
}

impl From<Vec<Messages>> for Messages {
    fn from(messages: Vec<Messages>) -> Self {
        messages.into_iter().collect()
    }
}

impl<const N: usize> From<[Messages; N]> for Messages {
    fn from(messages: [Messages; N]) -> Self {
        messages.into_iter().collect()
    }
}
