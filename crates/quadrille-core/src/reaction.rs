//! Stateless reactions: an event in, commands out.

use crate::Message;

/// What a reaction may return: nothing, one command or several.
#[derive(Debug, Default)]
pub struct Messages(pub Vec<Message>);

impl From<()> for Messages {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Message> for Messages {
    fn from(message: Message) -> Self {
        Self(vec![message])
    }
}

impl From<Option<Message>> for Messages {
    fn from(message: Option<Message>) -> Self {
        Self(message.into_iter().collect())
    }
}

impl From<Vec<Message>> for Messages {
    fn from(messages: Vec<Message>) -> Self {
        Self(messages)
    }
}

impl<const N: usize> From<[Message; N]> for Messages {
    fn from(messages: [Message; N]) -> Self {
        Self(messages.into())
    }
}
