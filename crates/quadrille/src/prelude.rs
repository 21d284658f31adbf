//! What most files of an application need.

pub use crate::{
    Aggregate, App, Clock, Command, Component, Decision, Event, External, Input, Never, Outbox,
    ProcessManager, Projected, Projector, Quadrille, Recorded, Rejected, Rejection, Row,
    RowProjector, Tx, View, days, hours, minutes, send,
};
#[cfg(feature = "sqlite")]
pub use quadrille_sqlite::{Sqlite, query};
