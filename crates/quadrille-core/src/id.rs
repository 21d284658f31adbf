//! Identifiers, and how those that a handler issues derive from their cause.

use crate::StreamId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id that sorts by the time of its making (UUID version 7).
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id! {
    /// An event's id, unique within its store.
    EventId
}
id! {
    /// A command's id: sent again with the same id, a command is not carried out again.
    CommandId
}
id! {
    /// The flow that an event belongs to: everything that followed from one first command.
    CorrelationId
}
id! {
    /// The direct cause of an event: the event that led to its command, or the command's own id
    /// where the command came from outside.
    CausationId
}
id! {
    /// A store's identity, made when the store is created. A checkpoint holds it, so that a
    /// consumer notices a foreign or a restored store.
    StoreId
}

impl EventId {
    /// The id of the event at place `ordinal` among those that `command` led to in `stream`.
    pub fn derive(stream: &StreamId, command: CommandId, ordinal: usize) -> Self {
        let ordinal = (ordinal as u64).to_be_bytes();
        Self(derive(command.0, &[b"event", stream.to_string().as_bytes(), &ordinal]))
    }

    /// The id of a framework fact named `kind` about `subject`, by `handler`.
    pub fn of_fact(subject: Uuid, kind: &str, handler: &str) -> Self {
        Self(derive(subject, &[b"fact", kind.as_bytes(), handler.as_bytes()]))
    }
}

impl CommandId {
    /// The id of the command at place `ordinal` among those that `handler` issues on `cause`.
    pub fn derive(cause: EventId, handler: &str, ordinal: usize) -> Self {
        let ordinal = (ordinal as u64).to_be_bytes();
        Self(derive(cause.0, &[b"command", handler.as_bytes(), &ordinal]))
    }
}

impl CorrelationId {
    /// The flow that a command from outside begins unless it is told otherwise.
    pub fn of_command(command: CommandId) -> Self {
        Self(command.0)
    }
}

impl From<EventId> for CausationId {
    fn from(event: EventId) -> Self {
        Self(event.0)
    }
}

impl From<CommandId> for CausationId {
    fn from(command: CommandId) -> Self {
        Self(command.0)
    }
}

/// A UUID of version 8: the first 48 bits of `parent`, then a hash of `parent` and `parts`.
///
/// A parent of version 7 has its time there, so that the ids of one flow lie close together in an
/// index and those of later flows behind them; random keys cost more and more as a log grows.
pub fn derive(parent: Uuid, parts: &[&[u8]]) -> Uuid {
    let mut name = Vec::with_capacity(64);
    for part in parts {
        name.extend_from_slice(&(part.len() as u64).to_be_bytes());
        name.extend_from_slice(part);
    }
    let mut bytes = *Uuid::new_v5(&parent, &name).as_bytes();
    bytes[..6].copy_from_slice(&parent.as_bytes()[..6]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_stable_and_differ_by_every_part() {
        let stream: StreamId = "order-1".parse().unwrap();
        let other: StreamId = "order-2".parse().unwrap();
        let command = CommandId(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001));
        let id = EventId::derive(&stream, command, 0);
        assert_eq!(id, EventId::derive(&stream, command, 0));
        assert_eq!(id.to_string(), "01930000-0000-86b6-a85e-0a09d9a201c9");
        assert_ne!(id, EventId::derive(&stream, command, 1));
        assert_ne!(id, EventId::derive(&other, command, 0));
        assert_ne!(CommandId::derive(id, "a", 0), CommandId::derive(id, "b", 0));
    }

    #[test]
    fn derived_ids_keep_the_time_of_their_parent() {
        let command = CommandId::new();
        let event = EventId::derive(&"order-1".parse().unwrap(), command, 3);
        assert_eq!(event.0.as_bytes()[..6], command.0.as_bytes()[..6]);
        assert_eq!(event.0.get_version_num(), 8);
    }
}
