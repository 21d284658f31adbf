//! Flows held against how they are expected to go.

mod monitor;
mod one;

use crate::log::start;
use chrono::Duration;
use quadrille_core::{
    CommandId, CommandStamp, CorrelationId, Envelope, EventId, Metadata, Position, Version,
};
use uuid::Uuid;

pub const ORDER: &str = "
    flow order {
        order.placed                       by sales
        all {
            stock.reserved                 by warehouse
        } and {
            repeat { payment.failed? payment.requested }
            payment.captured               within 3d of order.placed
        }
        either {
            order.shipped                  within 1d
        } or {
            order.lost order.refunded
        }
        ignore audit.*
    }";

/// Events of flows, in the order of the log.
#[derive(Default)]
pub struct Log(pub Vec<Envelope>);

impl Log {
    /// An event some hours after the beginning.
    pub fn push(&mut self, flow: u128, hours: i64, event_type: &str, component: &str) -> &mut Self {
        let number = self.0.len() as u64 + 1;
        let at = start() + Duration::hours(hours);
        let correlation = CorrelationId(Uuid::from_u128(flow));
        let mut metadata = Metadata::new(correlation, Uuid::from_u128(flow), component, at);
        metadata.command = Some(CommandStamp::new(CommandId::new(), "do", b"{}"));
        let (category, _) = event_type.split_once('.').unwrap();
        self.0.push(Envelope {
            id: EventId(Uuid::from_u128(0xe000 + u128::from(number))),
            event_type: event_type.into(),
            schema_version: 1,
            stream: format!("{category}-{flow}").parse().unwrap(),
            version: Version(number),
            position: Position(number * 10),
            recorded_at: at,
            data: b"{}".to_vec(),
            metadata,
        });
        self
    }

    /// A flow's events, as in `order.placed/sales 5h stock.reserved/warehouse`: a time passes before
    /// what stands behind it.
    pub fn flow(&mut self, flow: u128, events: &str) -> &mut Self {
        let mut hours = 0;
        for word in events.split_whitespace() {
            match word.split_once('/') {
                Some((event_type, component)) => {
                    self.push(flow, hours, event_type, component);
                }
                None => hours += word.trim_end_matches('h').parse::<i64>().unwrap(),
            }
        }
        self
    }
}

/// One flow.
pub fn events(text: &str) -> Vec<Envelope> {
    Log::default().flow(1, text).0.clone()
}
