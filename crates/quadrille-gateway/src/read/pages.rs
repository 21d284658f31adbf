use quadrille_core::Envelope;

/// Events in a page of the log at most. Stores end such pages when they have many bytes.
const EVENTS: usize = 512;
/// Events in a page of a stream at most: it has all that were asked for, each as large as may be.
const EVENTS_OF_STREAM: usize = 64;
/// Bytes that a page should not exceed by much.
const BYTES: usize = 1 << 20;

/// How many events to ask for, so that a page has neither many bytes nor few events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages {
    limit: usize,
    most: usize,
}

impl Pages {
    pub fn of_log() -> Self {
        Self { limit: 32, most: EVENTS }
    }

    pub fn of_stream() -> Self {
        Self { limit: 32, most: EVENTS_OF_STREAM }
    }

    pub fn limit(self) -> usize {
        self.limit
    }

    /// Learns from a page how large events are.
    pub fn learn(&mut self, page: &[Envelope]) {
        let bytes: usize = page.iter().map(|event| event.data.len()).sum();
        self.limit = match bytes {
            bytes if bytes > BYTES => (page.len() * BYTES / bytes).max(1),
            bytes if bytes < BYTES / 2 => (self.limit * 2).min(self.most),
            _ => self.limit,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use quadrille_core::{CorrelationId, EventId, Metadata, Position, Version};

    fn page(events: usize, bytes: usize) -> Vec<Envelope> {
        let flow = CorrelationId::new();
        let event = Envelope {
            id: EventId::new(),
            event_type: "order.placed".into(),
            schema_version: 1,
            stream: "order-1".parse().unwrap(),
            version: Version(1),
            position: Position(1),
            recorded_at: Utc::now(),
            data: vec![0; bytes],
            metadata: Metadata::new(flow, flow.0, "test", Utc::now()),
        };
        vec![event; events]
    }

    #[test]
    fn pages_of_small_events_grow_and_those_of_large_ones_shrink() {
        let mut pages = Pages::of_log();
        for _ in 0..9 {
            pages.learn(&page(pages.limit(), 100));
        }
        assert_eq!(pages.limit(), EVENTS);
        pages.learn(&page(pages.limit(), 4 * BYTES / EVENTS));
        assert_eq!(pages.limit(), EVENTS / 4);
        pages.learn(&page(pages.limit(), 2 * BYTES));
        assert_eq!(pages.limit(), 1);
        pages.learn(&page(1, BYTES));
        assert_eq!(pages.limit(), 1);
    }
}
