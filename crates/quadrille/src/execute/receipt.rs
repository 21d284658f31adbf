use crate::{CommandId, EventId, Position, StreamId, Version};

/// What a command left in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The aggregate's stream.
    pub stream: StreamId,
    /// The stream's version after it; for a repeated command, after it ran the first time.
    pub version: Version,
    /// Up to here the log holds all of its events: the position of the last of them, or of the last
    /// event that was appended together with them. If it made none, that of the log as this app
    /// knew it.
    pub position: Position,
    /// The command's id.
    pub command_id: CommandId,
    /// Its events; none if nothing changed.
    pub events: Vec<EventId>,
    /// Whether it had been carried out before, and nothing was done now.
    pub repeated: bool,
    /// How often it was tried, because others wrote at the same time; at least 1.
    pub attempts: u32,
}
