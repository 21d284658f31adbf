use super::envelope::COLUMNS;
use crate::server::Server;
use std::sync::Arc;

/// Calls of the schema's functions and statements of our own, with the schema named, so that nothing
/// depends on a session's search path.
#[derive(Debug)]
pub(super) struct Statements {
    pub append: Arc<str>,
    pub read_log: Arc<str>,
    pub window_end: Arc<str>,
    pub read_page: Arc<str>,
    pub head: Arc<str>,
    pub floors: Arc<str>,
    pub payloads: Arc<str>,
    pub payloads_of_many: Arc<str>,
    pub stream_forward: Arc<str>,
    pub stream_backward: Arc<str>,
    pub event_at: Arc<str>,
    pub event_with_id: Arc<str>,
    pub events_of_command: Arc<str>,
    pub next_category: Arc<str>,
    pub streams_of: Arc<str>,
}

impl Statements {
    pub fn new(server: &Server) -> Self {
        let select = |columns: &str, function: &str, count: usize| {
            let values: Vec<_> = (1..=count).map(|number| format!("${number}")).collect();
            let function = server.named(function);
            format!("SELECT {columns} FROM {function}({}) AS e", values.join(", ")).into()
        };
        let schema = format!("\"{}\"", server.schema);
        let in_schema =
            |text: &str| text.replace("{schema}", &schema).replace("{columns}", COLUMNS).into();
        Self {
            append: select("*", "append", 28),
            read_log: in_schema(include_str!("statements/read_log.sql")),
            window_end: in_schema(include_str!("statements/window_end.sql")),
            read_page: select("*", "read_page", 13),
            head: select("*", "head", 0),
            floors: select("*", "floors", 0),
            payloads: in_schema(include_str!("statements/payloads.sql")),
            payloads_of_many: in_schema(include_str!("statements/payloads_of_many.sql")),
            stream_forward: select(COLUMNS, "stream_forward", 4),
            stream_backward: select(COLUMNS, "stream_backward", 4),
            event_at: select(COLUMNS, "event_at", 1),
            event_with_id: select(COLUMNS, "event_with_id", 1),
            events_of_command: select(COLUMNS, "events_of_command", 3),
            next_category: select("*", "next_category", 2),
            streams_of: select("*", "streams_of", 4),
        }
    }
}
