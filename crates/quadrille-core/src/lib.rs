//! The vocabulary and the contracts of Quadrille, an event-sourced CQRS framework.
//!
//! Everything here is pure: no runtime, no database. Stores, read-model databases and the engine
//! depend on this crate and on nothing of one another, so that each can be replaced.
//!
//! Read the modules in this order: [`name`] and [`id`] say how things are called, [`event`] what a
//! fact is, [`aggregate`] how facts come about, [`store`] where they are kept, [`view`] how others
//! read them, [`projector`] and [`row`] how they become tables, [`reaction`] and [`process`] how
//! they lead to more commands, [`journal`] how that is recorded, and [`state`] what the engine
//! remembers besides.

pub mod name;

pub mod id;

pub mod version;

pub mod event;

pub mod conventions;

pub mod view;

pub mod codec;

pub mod command;

pub mod aggregate;

pub mod rejection;

pub mod store;

pub mod error;

pub mod projector;

pub mod row;

pub mod read_model;

pub mod reaction;

pub mod process;

pub mod journal;

pub mod state;

pub mod retry;

pub mod clock;

pub mod manifest;

mod derived;

mod redact;

pub use aggregate::{Aggregate, Decision};
pub use clock::{Clock, ManualClock, SystemClock, days, hours, minutes};
pub use command::{Command, CommandType};
pub use error::{DecodeError, EncodeError, StoreError};
pub use event::{
    CommandStamp, Encoded, Envelope, Event, EventType, Metadata, NewEvent, Recorded, Tag,
    TraceContext,
};
pub use id::{CausationId, CommandId, CorrelationId, EventId, StoreId};
pub use name::{Category, InvalidName, StreamId};
pub use process::{Effect, Input, Message, Outbox, ProcessManager, Rejected, message};
pub use projector::{Projected, ProjectionError, Projector};
pub use reaction::{Messages, send};
pub use read_model::{ReadDatabase, Tx};
pub use redact::redact;
pub use rejection::{Never, Rejection};
pub use retry::RetryPolicy;
pub use row::{Row, RowProjector};
pub use state::EngineState;
pub use store::{Append, AppendError, Appended, EventStore, Query};
pub use version::{ExpectedVersion, Position, Version};
pub use view::{Field, Read, View};

/// What the derives' code needs. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::{
        derived::{
            Payload, check_version, column, command_name, has_command, no_more_columns,
            unknown_to_owner, write,
        },
        *,
    };
    pub use serde;
    pub use serde_json;
}
