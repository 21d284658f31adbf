use super::envelope::COLUMNS;
use crate::server::Server;
use std::sync::Arc;

/// Statements in which the schema is named, so that nothing depends on a session's search path.
#[derive(Debug)]
pub(super) struct Statements {
    pub append: Arc<str>,
    pub read_page: Arc<str>,
    pub head: Arc<str>,
    pub floors: Arc<str>,
    pub stream_forward: Arc<str>,
    pub stream_backward: Arc<str>,
    pub event_at: Arc<str>,
    pub event: Arc<str>,
    pub of_command: Arc<str>,
    pub next_category: Arc<str>,
    pub in_category: Arc<str>,
}

impl Statements {
    pub fn new(server: &Server) -> Self {
        let events = server.named("events");
        let call = |function: &str, count: usize| {
            let values: Vec<_> = (1..=count).map(|number| format!("${number}")).collect();
            format!("SELECT * FROM {}({})", server.named(function), values.join(", ")).into()
        };
        let select = |rest: &str| format!("SELECT {COLUMNS} FROM {events} AS e {rest}").into();
        let named = |text: &str| text.replace("{events}", &events);
        Self {
            append: call("append", 28),
            read_page: call("read_page", 13),
            head: call("head", 0),
            floors: call("floors", 0),
            stream_forward: select(
                "WHERE e.category = $1 AND e.stream = $2 AND e.version > $3 ORDER BY e.version LIMIT $4",
            ),
            stream_backward: select(
                "WHERE e.category = $1 AND e.stream = $2 AND e.version < $3 ORDER BY e.version DESC LIMIT $4",
            ),
            event_at: select("WHERE e.position = $1"),
            event: select("WHERE e.id = $1"),
            of_command: format!("SELECT {COLUMNS} {}", named(include_str!("read/of_command.sql")))
                .into(),
            next_category: named(include_str!("streams/next_category.sql")).into(),
            in_category: named(include_str!("streams/in_category.sql")).into(),
        }
    }
}
